"""What registers store besides the tables of the registers themselves (schema `reg`, made by ddl.py)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models.functions import Now

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
    """A request that named itself (Idempotency-Key), and the record it made."""

    pk = models.CompositePrimaryKey("who", "key")
    who = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    record = models.UUIDField()
    at = models.DateTimeField(db_default=Now())


class SchemaWork(models.Model):
    """A step of a pack's change that reads a large table: done in the background, without a long lock."""

    register = models.CharField(max_length=120)
    what = models.TextField()
    sql = models.TextField()
    planned_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)


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
