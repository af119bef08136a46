"""One record, as it stands or as it was."""

from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import policy
from ..contracts import Record
from ..looks import note_looks
from ..models import RecordVersion
from ..shape import Shape, shape
from .reading import as_told, days_of, record_of, row_of, secrets_of


def get(
    actor: Actor,
    register: str | Shape,
    id: UUID,
    *,
    at: date | None = None,
    known_at: datetime | None = None,
    purpose: str = "",
) -> Record:
    """One record: as it stands, or as it was on the day `at`, or as that day was known at the time `known_at`.

    Where the record names people and the reader is not one of them, one row of the access log is left for each.
    Raises NotFound where there is none for the reader or the day.
    """
    of = shape(register)
    row = row_of(actor, of, id)
    if at is not None or known_at is not None:
        row = as_told(of, row, _then(of, id, at or timezone.localdate(), known_at))
    if of.secret and "sensitive" in policy.classes(actor, of):
        row.values.update(secrets_of(of, id, row.revision))
    record = record_of(actor, of, row)
    note_looks(actor, of, [record], purpose)
    return record


def _then(of: Shape, id: UUID, day: date, known_at: datetime | None) -> RecordVersion:
    """The newest version that speaks of `day` is right about it; an end speaks of all days from its own on."""
    versions = RecordVersion.objects.filter(record=id, register=of.register).order_by("-revision")
    if known_at is not None:
        versions = versions.filter(recorded_at__lte=known_at)
    for v in versions:
        since, until = days_of(v)
        if since <= day and (until is None or day < until):
            return v
        if v.change == "end" and until and until <= day:
            break
    raise NotFound(_("Ngày này chưa có hoặc không còn bản ghi."))
