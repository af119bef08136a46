"""What identity stores: agencies and their posts, people, accounts, who looked, and what people consented to.

Every range is half-open and kept apart by an exclusion constraint, so that the database refuses two truths for one
day. Personal fields stand in `sealed` columns (crypto.py); what is searched stands beside them as keyed hashes.
"""

from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models.functions import Now

from tinhso.kernel.ids import uuid7
from tinhso.kernel.seal import Sealed


class Agency(models.Model):
    """An agency while it stood under one code and name. A renamed or merged one ends; its successor is a new row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=35)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=30)
    level = models.CharField(max_length=10)
    unit = models.CharField(max_length=10)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    parent_id: UUID | None
    valid = DateRangeField()
    assumed = models.BooleanField(default=False)
    """The code or the dates follow our own pattern: no official list was found."""

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="identity_agency_once",
                expressions=[("code", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]
        indexes = [models.Index(fields=["unit", "level"])]


class AgencySuccession(models.Model):
    """Who took over the work of whom. One agency may have several successors and several predecessors."""

    old = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    new = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["old", "new"], name="identity_succession_once")]


class Post(models.Model):
    """A seat in an agency: it carries the roles, whoever sits in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agency_id: UUID
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=40))
    valid = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="identity_post_once",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("key", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            )
        ]


class Household(models.Model):
    """People who live together; `head` answers for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.CharField(max_length=10)
    demo = models.BooleanField(default=False)


class Person(models.Model):
    """A person of the population register."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sealed = models.BinaryField()
    national_id_hash = models.BinaryField(null=True, unique=True)
    phone_hash = models.BinaryField(null=True, db_index=True)
    email_hash = models.BinaryField(null=True, db_index=True)
    name_hashes = ArrayField(models.BigIntegerField(), default=list)
    mother = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    father = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    spouse = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, related_name="+")
    mother_id: UUID | None
    father_id: UUID | None
    spouse_id: UUID | None
    household_id: UUID | None
    demo = models.BooleanField(default=False)
    revision = models.IntegerField(default=1)

    class Meta:
        indexes = [GinIndex(fields=["name_hashes"], name="identity_person_name")]


class Residence(models.Model):
    """Where a person lived and when. `unit` is a code of the map of the day on which the stay began."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    person_id: UUID
    unit = models.CharField(max_length=10, db_index=True)
    sealed = models.BinaryField()
    valid = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="identity_residence_once",
                expressions=[("person", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username=username)


class Account(AbstractBaseUser):
    """A way to sign in: an officer's (password + TOTP) or a citizen's (national ID). A citizen's has no name of its
    own: it is the person's."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=5, blank=True)
    person = models.OneToOneField(Person, on_delete=models.PROTECT, null=True, related_name="+")
    person_id: UUID | None
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    opened_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    objects = AccountManager()


class Assignment(models.Model):
    """An account in a post. One holder at a time; somebody acting may stand beside the holder."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account_id: UUID
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    post_id: UUID
    acting = models.BooleanField(default=False)
    valid = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="identity_assignment_holder",
                expressions=[("post", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=models.Q(acting=False),
            ),
            ExclusionConstraint(
                name="identity_assignment_once",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("post", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Delegation(models.Model):
    """A post's holder lets another account act in the post for a time; `basis` names the paper that says so."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    post_id: UUID
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    account_id: UUID
    valid = DateRangeField()
    basis = models.CharField(max_length=200)


class Access(Sealed):
    """One look at a person's data by somebody else. Never changed, sealed as the stream `access`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    system = models.CharField(max_length=80, blank=True)
    purpose = models.CharField(max_length=200)
    case = models.UUIDField(null=True)
    fields = models.CharField(max_length=20)
    """What was shown: name, personal, or sensitive."""
    request = models.CharField(max_length=40, blank=True)

    class Meta(Sealed.Meta):
        indexes = [
            models.Index(fields=["person", "-id"], name="identity_access_person"),
            BrinIndex(fields=["txid"], autosummarize=True, name="identity_access_txid"),
        ]


class Consent(models.Model):
    """A person's leave that `recipient` may use their data for `purpose`; `text` is what was shown to them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=120)
    recipient = models.CharField(max_length=120)
    text = models.TextField()
    given_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose", "recipient"],
                condition=models.Q(withdrawn_at=None),
                name="identity_consent_once",
            )
        ]
