"""What notices store: what somebody was told, where they want to be told, and what became of each sending.

A `reader` is a person (a citizen) or an account (an officer); `officer` says which. What a notice says of somebody and
where they are reached stand in sealed columns (identity.services.seal).
"""

from uuid import UUID

from django.db import models
from django.db.models.functions import Now

from tinhso.kernel.ids import uuid7


class Notice(models.Model):
    """Something that one reader was told: the template and its data, put into words when it is read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reader = models.UUIDField()
    officer = models.BooleanField(default=False)
    template = models.CharField(max_length=120)
    version = models.IntegerField()
    subject = models.CharField(max_length=120)
    once = models.CharField(max_length=200)
    """What makes it the same notice when it is told again: an event's id and the like."""
    sealed = models.BinaryField()
    """The data of the template."""
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "once"], name="notices_notice_once")]
        indexes = [
            models.Index(fields=["reader", "-id"], name="notices_notice_reader"),
            models.Index(fields=["reader"], condition=models.Q(read_at=None), name="notices_notice_unread"),
        ]


class Ways(models.Model):
    """How a reader wants to be told. Quiet hours are of Vietnam's time; none where they are equal or empty."""

    reader = models.UUIDField(primary_key=True)
    language = models.CharField(max_length=5, blank=True)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    digest = models.BooleanField(default=False)
    """Of officers: one mail a day instead of one for each notice."""
    digested_at = models.DateTimeField(null=True)


class Address(models.Model):
    """Where a reader is told besides their own list: a mail address, a phone, a browser on one device."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reader = models.UUIDField(db_index=True)
    officer = models.BooleanField(default=False)
    channel = models.CharField(max_length=10)
    sealed = models.BinaryField()
    """{"value": …, "code": …}: the address, and the code that was sent to verify it."""
    digest = models.BinaryField()
    """A keyed hash of reader, channel and address: the same one is not added twice."""
    label = models.CharField(max_length=80, blank=True)
    """Of a device: its name."""
    created_at = models.DateTimeField(db_default=Now())
    verified_at = models.DateTimeField(null=True)
    code_until = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)
    consent = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="notices_address_once")]


class Sending(models.Model):
    """One notice on its way to one address. `waiting` is tried again until it is `sent`, or given up as `dead`;
    `dropped` where the reader took the address away meanwhile."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="+")
    notice_id: UUID
    address = models.ForeignKey(Address, on_delete=models.SET_NULL, null=True, related_name="+")
    address_id: UUID | None
    channel = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="waiting")
    attempts = models.SmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "address"], name="notices_sending_once")]
        indexes = [models.Index(fields=["-id"], condition=models.Q(state="dead"), name="notices_sending_dead")]
