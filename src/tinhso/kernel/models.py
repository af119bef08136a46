"""What the kernel stores: events and their deliveries, audit rows, sealed blocks, published definitions, days off."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from .ids import uuid7
from .seal import Sealed


class Event(Sealed):
    """Something that happened, published in the transaction that made it happen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    actor = models.JSONField()
    data = models.JSONField()

    class Meta(Sealed.Meta):
        indexes = [
            models.Index(fields=["subject", "seq"]),
            BrinIndex(fields=["txid"], autosummarize=True, name="kernel_event_txid"),
        ]


class Delivery(models.Model):
    """One event taken by one subscriber. The unique pair makes a repeated delivery do nothing."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    subscriber = models.CharField(max_length=120)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="kernel_delivery_once")]


class Audit(Sealed):
    """Who did what to what. Written in the transaction of the deed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(db_default=Now())
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    actor = models.JSONField()
    data = models.JSONField()

    class Meta(Sealed.Meta):
        indexes = [
            models.Index(fields=["subject", "seq"]),
            BrinIndex(fields=["txid"], autosummarize=True, name="kernel_audit_txid"),
        ]


class SealBlock(models.Model):
    """The digests of a run of rows of one stream, chained to the block before (see seal.py)."""

    stream = models.CharField(max_length=40)
    number = models.BigIntegerField()
    last_txid = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    rows = ArrayField(models.BigIntegerField())
    digests = models.BinaryField()
    previous = models.BinaryField()
    digest = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="kernel_seal_block_once")]


class SealCheck(models.Model):
    """One run of "is everything sealed still what it was?" that somebody asked for, and what it found."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    asked_at = models.DateTimeField(db_default=Now())
    actor = models.JSONField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    at = models.CharField(max_length=60, blank=True)
    """What is being looked through now."""
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    """How many streams and stores there are, and how many of them are done."""
    rows = models.BigIntegerField(default=0)
    """How many sealed rows were computed again."""
    fault_count = models.IntegerField(default=0)
    faults = models.JSONField(default=list)
    """The first of them, each [stream, row, what, detail]."""


class Pack(models.Model):
    """A pack as it was last applied."""

    name = models.SlugField(primary_key=True, max_length=60)
    version = models.CharField(max_length=30)
    digest = models.CharField(max_length=64)
    applied_at = models.DateTimeField(db_default=Now())
    manifest = models.JSONField(default=dict)
    owner = models.UUIDField(null=True, db_index=True)
    """The agency that makes it in the browser; none of packs of folders."""


class Definition(models.Model):
    """One published version of one definition of a pack: a register, a procedure, a measure…

    A published version never changes: `digest` is the SHA-256 of its canonical JSON, and a pack whose text
    differs is published as the next version.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField()
    digest = models.CharField(max_length=64)
    body = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "version"], name="kernel_definition_version"),
        ]


class SpecialDay(models.Model):
    """A day off, or a day worked in exchange, that the province's administrator set by hand."""

    day = models.DateField(primary_key=True)
    works = models.BooleanField()
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=200, blank=True)
