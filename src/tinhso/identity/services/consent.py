"""Consent: a person lets somebody use their data for a purpose, reads what they agreed to, and takes it back."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound, SignInNeeded

from .. import contracts
from ..models import Consent


def give_consent(actor: Actor, purpose: str, recipient: str, text: str) -> UUID:
    """The signed-in person agrees to `text`. Given twice, the first stands; a changed text replaces it."""
    if actor.person is None:
        raise SignInNeeded()
    with transaction.atomic():
        standing = Consent.objects.select_for_update().filter(
            person=actor.person, purpose=purpose, recipient=recipient, withdrawn_at=None
        )
        if same := standing.filter(text=text).first():
            return same.id
        standing.update(withdrawn_at=timezone.now())
        given = Consent.objects.create(person_id=actor.person, purpose=purpose, recipient=recipient, text=text)
        _record(actor, purpose, given=True)
    return given.id


def withdraw_consent(actor: Actor, consent: UUID) -> None:
    """The signed-in person takes a consent back. Raises NotFound where it is not theirs; twice does nothing."""
    with transaction.atomic():
        row = Consent.objects.select_for_update().filter(id=consent, person=actor.person).first()
        if row is None or actor.person is None:
            raise NotFound()
        if row.withdrawn_at is None:
            row.withdrawn_at = timezone.now()
            row.save(update_fields=["withdrawn_at"])
            _record(actor, row.purpose, given=False)


def _record(actor: Actor, purpose: str, *, given: bool) -> None:
    audit.record(actor, "identity.consent", f"person:{actor.person}", purpose=purpose, given=given)
    events.publish(actor, contracts.CONSENT_CHANGED, f"person:{actor.person}", purpose=purpose, given=given)
