"""What registers store besides the tables of the registers themselves (schema `reg`, made by ddl.py)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models.functions import Now

from tinhso.kernel.ids import uuid7
from tinhso.kernel.seal import Sealed


class RecordVersion(Sealed):
    """One version of one record, as it was recorded. The database refuses to change or delete it.

    `valid` is the half-open range of days for which `values` are held to be true; the highest revision that speaks
    of a day is right about it. `change` is create, update, end or restore; an `end` says that from the end of
    `valid` on there is no record. Partitioned by the year of `recorded_at` (migration 0001).
    """

    pk = models.CompositePrimaryKey("record", "revision", "recorded_at")
    record = models.UUIDField()
    revision = models.IntegerField()
    recorded_at = models.DateTimeField(db_default=Now())
    register = models.CharField(max_length=120)
    definition = models.IntegerField()
    change = models.CharField(max_length=10)
    values = models.JSONField()
    valid = DateRangeField()
    actor = models.JSONField()
    why = models.TextField()
    case_id = models.UUIDField(null=True)

    class Meta(Sealed.Meta):
        managed = False
        db_table = "record_version"


class Secret(models.Model):
    """The sensitive values of one version, encrypted (identity's envelope), bound to the record and its revision.

    They stand apart from `record_version` so that a new master key can rewrap them without touching history.
    """

    pk = models.CompositePrimaryKey("record", "revision")
    record = models.UUIDField()
    revision = models.IntegerField()
    sealed = models.BinaryField()


class Period(models.Model):
    """Which revision is true of which days, for records with more than one period; no two of one day."""

    register = models.CharField(max_length=120)
    record = models.UUIDField()
    revision = models.IntegerField()
    valid = DateRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="registers_period_one_truth",
                expressions=[("record", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            )
        ]
        indexes = [GistIndex(fields=["register", "valid"], name="registers_period_as_of")]


class Counter(models.Model):
    """The last number given in a scope ("13225/2026") of a register that numbers its records."""

    pk = models.CompositePrimaryKey("register", "scope")
    register = models.CharField(max_length=120)
    scope = models.CharField(max_length=120)
    last = models.IntegerField()


class RequestKey(models.Model):
    """A request that named itself (Idempotency-Key), and the record it made, or what else it was answered."""

    pk = models.CompositePrimaryKey("who", "key")
    who = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    record = models.UUIDField(null=True)
    answer = models.JSONField(null=True)
    at = models.DateTimeField(db_default=Now())


class SchemaWork(models.Model):
    """A step of a pack's change that reads a large table: done in the background, without a long lock."""

    register = models.CharField(max_length=120)
    what = models.TextField()
    sql = models.TextField()
    planned_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)


class ImportFile(models.Model):
    """A file of rows as it was brought, under IMPORT_ROOT by its id; for whoever brought it. `gone_at` is set when its
    bytes are removed (services/forgetting.py); that it was there stays known."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    kept_by = models.CharField(max_length=80)
    kept_at = models.DateTimeField(db_default=Now())
    gone_at = models.DateTimeField(null=True)


class Import(models.Model):
    """One file on its way into a register. `last_row` moves in the transaction that writes the rows up to it, so that
    whoever goes on after a crash begins where the last one got to. `checked` says that an import of all or nothing has
    found nothing to refuse and writes. `actor` is who began it, with the rights of that moment. `columns` are those of
    the table when it was mapped, so that the next file of the kind is mapped alike; `alone` says that the file has no
    other table."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    register = models.CharField(max_length=120)
    file = models.ForeignKey(ImportFile, on_delete=models.PROTECT, related_name="+")
    table = models.CharField(max_length=200)
    mapping = models.JSONField()
    columns = models.JSONField(default=list)
    alone = models.BooleanField(default=False)
    mode = models.CharField(max_length=4)
    dry_run = models.BooleanField()
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    day = models.DateField()
    actor = models.JSONField()
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, default="waiting")
    checked = models.BooleanField(default=False)
    total = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    last_row = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["register", "id"], name="registers_import_newest")]


class ImportFault(models.Model):
    """Why one row of an import was refused; the row itself stays in the file."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+", db_index=False)
    row = models.BigIntegerField()
    field = models.CharField(max_length=50, blank=True)
    text = models.CharField(max_length=80, blank=True)
    why = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["of", "row", "id"], name="registers_import_faults")]


class ImportKey(models.Model):
    """What the rows of an import have claimed, each with its row: the records that they wrote or, where nothing is
    kept, the MD5 digests of their natural keys. Gone when it has ended. PostgreSQL is not asked for each of a million
    rows whether the import is there: it is what holds them."""

    pk = models.CompositePrimaryKey("of", "key")
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    key = models.UUIDField()
    row = models.BigIntegerField()


class Blueprint(models.Model):
    """A register that an officer is making in the browser: what it is to be (`plan`, see building/blueprint.py), and
    the file it is made from. It stays after the register is published, to tell what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    account = models.UUIDField()
    agency = models.UUIDField()
    file = models.UUIDField(null=True)
    file_name = models.CharField(max_length=200, blank=True)
    table = models.CharField(max_length=200, blank=True)
    plan = models.JSONField(default=dict)
    register = models.CharField(max_length=120, blank=True)
    imported = models.UUIDField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-changed_at"], name="registers_blueprint_of")]


class Proposal(models.Model):
    """A change that somebody wants to a register whose definition names an approver. It does not hold before.

    `sealed` is the change itself (`contracts.Change` as JSON), encrypted: it may carry sensitive values. `unit` and
    `unit_on` say where it belongs, as in a register's table, so that the same predicate decides who sees it. `bulk` is
    the bulk edit that it is about; `case_id` the case that decides; `state` is waiting, done, refused or withdrawn.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    register = models.CharField(max_length=120)
    verb = models.CharField(max_length=12)
    record = models.UUIDField(null=True)
    revision = models.IntegerField(null=True)
    sealed = models.BinaryField()
    why = models.TextField(blank=True)
    unit = models.CharField(max_length=20)
    unit_on = models.DateField()
    role = models.CharField(max_length=40)
    agency = models.UUIDField()
    account = models.UUIDField()
    actor = models.JSONField()
    name = models.CharField(max_length=120, blank=True)
    request_key = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, default="waiting")
    bulk = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    case_code = models.CharField(max_length=60, blank=True)
    answer = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "request_key"],
                condition=~models.Q(request_key=""),
                name="registers_proposal_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["register", "-id"], condition=models.Q(state="waiting"), name="registers_proposal_open"
            ),
            models.Index(fields=["record"], name="registers_proposal_record"),
            models.Index(fields=["case_id"], name="registers_proposal_case"),
        ]


class BulkEdit(models.Model):
    """One change of the same fields of many records. `state` is ready (previewed, nothing written), queued, running,
    done, undoing or undone. `values` are the new values as JSON, null where a field is emptied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    register = models.CharField(max_length=120)
    values = models.JSONField()
    why = models.TextField()
    actor = models.JSONField()
    """Who asked, with the permissions of then: a worker acts in their name (`services/bulk_edit.py`)."""
    account = models.UUIDField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, default="ready")
    total = models.IntegerField(default=0)
    case_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)


class BulkRow(models.Model):
    """A record of a bulk edit: the revision that the preview saw, the one that the edit made, or why it was refused.
    `state` is waiting, done, same (nothing differed), refused, undone or kept (it was changed after the edit)."""

    pk = models.CompositePrimaryKey("bulk_id", "record")
    bulk = models.ForeignKey(BulkEdit, on_delete=models.CASCADE, related_name="+", db_index=False)
    record = models.UUIDField()
    seen = models.IntegerField()
    revision = models.IntegerField(null=True)
    state = models.CharField(max_length=10, default="waiting")
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["bulk", "state", "record"], name="registers_bulkrow_state")]


class Merge(models.Model):
    """Several records of one thing became one. `undone_at` is set where that was taken back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    register = models.CharField(max_length=120)
    survivor = models.UUIDField()
    why = models.TextField()
    actor = models.JSONField()
    case_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["survivor"], name="registers_merge_survivor")]


class MergeStep(models.Model):
    """One record that a merge touched: the survivor, a record that ended in it, or one of any register that was pointed
    to the survivor. `before` and `after` are its revisions."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    register = models.CharField(max_length=120)
    record = models.UUIDField()
    before = models.IntegerField()
    after = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["record"], name="registers_mergestep_record")]


class DuplicateSearch(models.Model):
    """When doubles of a register were last looked for, and among how many records."""

    register = models.CharField(max_length=120, primary_key=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    records = models.IntegerField(default=0)
    pairs = models.IntegerField(default=0)


class Duplicate(models.Model):
    """Two records that may be of the same thing, as the last search found; `score` is the probability, 0 to 1."""

    register = models.CharField(max_length=120)
    one = models.UUIDField()
    other = models.UUIDField()
    score = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["register", "-score", "id"], name="registers_duplicate_likely")]


class SavedView(models.Model):
    """A list of a register as an officer likes to open it, under a name of theirs: private, or shared with the agency.

    `asks` is what it asks (`contracts.ViewAsks` as JSON), in the names that the fields have in version `definition` of
    the register. `by` is the officer's name, for the colleagues with whom it is shared.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    register = models.CharField(max_length=120)
    definition = models.IntegerField()
    account = models.UUIDField()
    agency = models.UUIDField(null=True)
    by = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=80)
    shared = models.BooleanField(default=False)
    asks = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "register", "name"], name="registers_savedview_name"),
        ]
        indexes = [
            models.Index(
                fields=["register", "agency"], condition=models.Q(shared=True), name="registers_savedview_shared"
            )
        ]
