"""The sealed columns of the counter under the newest key (`tinhso identity rotate-keys`)."""

from django.db import transaction
from django.db.models import BinaryField, F, Func, Value

from tinhso.identity import services as identity

from .models import Handout, Intake

BATCH = 500


def intake_place(case: object) -> str:
    """Where the contact of an applicant stands, for the seal."""
    return f"cases_intake:{case}"


def handout_place(handout: object) -> str:
    return f"cases_handout:{handout}"


def rewrap_intakes() -> int:
    """Rewrap up to BATCH contacts that an older key still wraps; returns how many."""
    with transaction.atomic():
        rows = _stale(Intake.objects.filter(contact__isnull=False), "contact")
        for row in rows:
            row.contact = identity.rewrap(bytes(row.contact or b""), intake_place(row.case_id))
            row.save(update_fields=["contact"])
    return len(rows)


def rewrap_handouts() -> int:
    """The same for who took a result, and where it was posted to."""
    with transaction.atomic():
        rows = _stale(Handout.objects.all(), "to")
        for row in rows:
            row.to = identity.rewrap(bytes(row.to), handout_place(row.pk))
            row.save(update_fields=["to"])
    return len(rows)


def _stale(rows, column: str) -> list:
    """Rows whose data key is wrapped by an older master key; its id is in bytes 2–5 (identity/crypto.py)."""
    key = Func(F(column), Value(2), Value(4), function="substr", output_field=BinaryField())
    return list(rows.annotate(key=key).exclude(key=identity.key_id()).select_for_update(skip_locked=True)[:BATCH])
