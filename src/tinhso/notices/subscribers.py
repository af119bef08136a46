"""What notices hears: consents that are taken back on the page of consents."""

from uuid import UUID

from tinhso.identity.contracts import CONSENT_CHANGED
from tinhso.kernel import events


@events.subscribe(CONSENT_CHANGED, key="notices.consent")
def stop(event: events.Event) -> None:
    from .services.choosing import consent_withdrawn

    purpose = str(event.data.get("purpose", ""))
    if purpose.startswith("notices.") and not event.data.get("given"):
        consent_withdrawn(UUID(event.subject.partition(":")[2]), purpose)
