"""What documents store: blobs by their digest, papers issued, the counters that number them."""

from django.db import models
from django.db.models.functions import Now

from tinhso.kernel.ids import uuid7
from tinhso.kernel.seal import Sealed


class Blob(Sealed):
    """Bytes in a file named by their SHA-256 (blobs.py). The row is sealed; the file proves itself by its name."""

    digest = models.CharField(primary_key=True, max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    created = models.DateTimeField(db_default=Now())
    first_name = models.CharField(max_length=255, blank=True)


class Document(models.Model):
    """A paper that was issued: what it was made from, what came of it, who signed.

    `blob` is the paper as typeset, `signed` the same with its signature; the one to hand out is `signed or blob`.
    `signature_box` is [page, x0, y0, x1, y1] in PDF points, null where the template leaves no room.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=120)
    version = models.IntegerField()
    title = models.CharField(max_length=300)
    lang = models.CharField(max_length=5)
    data = models.JSONField()
    number = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=16, unique=True)
    subject = models.CharField(max_length=120, blank=True)
    person = models.UUIDField(null=True)
    agency = models.UUIDField(null=True)
    unit = models.CharField(max_length=20, blank=True)
    issued_on = models.DateField()
    created = models.DateTimeField(db_default=Now())
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    blob_id: str
    signature_box = models.JSONField(null=True)
    signed = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    signed_id: str | None
    signed_at = models.DateTimeField(null=True)
    signer = models.CharField(max_length=300, blank=True)
    signer_agency = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"]),
            models.Index(fields=["person", "id"]),
            models.Index(fields=["agency", "id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signed__isnull=True, signed_at__isnull=True)
                | models.Q(signed__isnull=False, signed_at__isnull=False),
                name="documents_signed_with_time",
            ),
        ]


class Counter(models.Model):
    """The last number that an agency gave to a kind of paper in a year."""

    agency = models.UUIDField(null=True)
    kind = models.CharField(max_length=120)
    year = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind", "year"], name="documents_counter_once", nulls_distinct=False
            )
        ]
