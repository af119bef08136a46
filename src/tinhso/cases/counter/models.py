"""What the one-stop counter stores. A queue ticket is no case: it is of one day, carries no name, and ends with it."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.ids import uuid7


class TicketState(models.IntegerChoices):
    WAITING = 1, _("Đang chờ")
    CALLED = 2, _("Đang gọi")
    SERVING = 3, _("Đang phục vụ")
    ASIDE = 4, _("Gọi chưa thấy, để lại")
    DONE = 5, _("Đã xong")
    NO_SHOW = 6, _("Không đến")


class Rank(models.IntegerChoices):
    """Who is called before whom: by rank, then by when the ticket was taken."""

    MOVED = 0, _("Chuyển từ quầy khác")
    PRIORITY = 1, _("Ưu tiên")
    ORDINARY = 2, _("Thường")


class HandoutState(models.TextChoices):
    HANDED = "handed", _("Đã giao tận tay")
    SENT = "sent", _("Đã gửi bưu chính")
    DELIVERED = "delivered", _("Bưu chính đã phát")
    RETURNED = "returned", _("Bưu chính hoàn lại")


class Window(models.Model):
    """A window of a centre, the groups of services that it takes (none: all), and who sits at it now."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    number = models.PositiveSmallIntegerField()
    groups = ArrayField(models.CharField(max_length=60), default=list)
    closed_at = models.DateTimeField(null=True)
    """Taken out of use; the row stays for the statistics."""
    post = models.UUIDField(null=True)
    officer = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "number"], condition=models.Q(closed_at=None), name="cases_window_number"
            ),
            models.UniqueConstraint(fields=["post"], condition=models.Q(post__isnull=False), name="cases_window_seat"),
        ]


class Device(models.Model):
    """A kiosk of a centre. Its key is shown once and kept as a hash: whoever holds it may take tickets there."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+")
    agency_id: UUID
    name = models.CharField(max_length=80)
    key_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)


class TicketNumber(models.Model):
    """The last number of a letter on a day: they begin anew each day, in each centre."""

    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    letter = models.CharField(max_length=2)
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "day", "letter"], name="cases_ticketnumber_once")]


class Ticket(models.Model):
    """A place in the queue. `key` is the address under which its holder follows it on a phone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency_id: UUID
    day = models.DateField()
    letter = models.CharField(max_length=2)
    number = models.IntegerField()
    group = models.CharField(max_length=60)
    priority = models.CharField(max_length=60, blank=True)
    rank = models.SmallIntegerField(choices=Rank.choices, default=Rank.ORDINARY)
    key = models.CharField(max_length=24, unique=True)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.SmallIntegerField(choices=TicketState.choices, default=TicketState.WAITING)
    taken_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    """When it was first called: until then its holder waited."""
    announced_at = models.DateTimeField(null=True)
    calls = models.SmallIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    window = models.ForeignKey(Window, on_delete=models.PROTECT, null=True, related_name="+")
    window_id: UUID | None
    only = models.ForeignKey(Window, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    """The one window that it was sent to; any that takes its group otherwise."""
    only_id: UUID | None
    officer = models.CharField(max_length=120, blank=True)
    post = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["agency", "day", "rank", "id"],
                condition=models.Q(state=TicketState.WAITING),
                name="cases_ticket_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["agency", "day", "letter", "number"], name="cases_ticket_once"),
            models.UniqueConstraint(
                fields=["window"],
                condition=models.Q(state__in=(TicketState.CALLED, TicketState.SERVING)),
                name="cases_ticket_one_a_window",
            ),
        ]

    @property
    def code(self) -> str:
        return f"{self.letter}{self.number:03}"


class Intake(models.Model):
    """That a case was handed in at a counter: where, to whom, and where its result is to be given back.

    `contact` holds, sealed, how to reach an applicant whom the population register does not know."""

    case = models.OneToOneField("cases.Case", on_delete=models.CASCADE, related_name="+", primary_key=True)
    case_id: UUID
    centre = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    centre_id: UUID
    competent = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    competent_id: UUID
    window = models.ForeignKey(Window, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+")
    post = models.UUIDField(null=True)
    officer = models.CharField(max_length=120)
    at = models.DateTimeField()
    give_back = models.CharField(max_length=10)
    """person (at this counter), post, or online (in the applicant's own store)."""
    contact = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["centre", "at"], name="cases_intake_centre")]


class Handout(models.Model):
    """A result that left the counter: who took it, on whose authority, or where it was posted to (sealed)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+", db_index=False)
    case_id: UUID
    centre = models.ForeignKey("identity.Agency", on_delete=models.PROTECT, related_name="+", db_index=False)
    centre_id: UUID
    window = models.ForeignKey(Window, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    post = models.UUIDField(null=True)
    officer = models.CharField(max_length=120)
    at = models.DateTimeField()
    how = models.CharField(max_length=10)
    taken_as = models.CharField(max_length=20, blank=True)
    """applicant or authorised."""
    checked_by = models.CharField(max_length=20, blank=True)
    """number (of the identity paper) or receipt."""
    to = models.BinaryField()
    state = models.CharField(max_length=10, choices=HandoutState.choices)
    state_at = models.DateTimeField()
    tracking = models.CharField(max_length=60, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["case"], name="cases_handout_case"),
            models.Index(fields=["centre", "at"], name="cases_handout_centre"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=("handed", "sent", "delivered")),
                name="cases_handout_once",
            ),
        ]
