"""Forms being filled at a counter."""

from uuid import UUID

from tinhso.identity.queries import person_refs
from tinhso.kernel.actor import Actor

from ...counter.contracts import CounterDraft
from ...counter.models import Ticket
from ...models import Draft
from ...services.counter.leave import centre_of
from ...services.drafts import applicant_of, own_draft
from .. import catalogue
from ..drafts import view_draft


def counter_draft(actor: Actor, draft_id: UUID) -> CounterDraft:
    """A form of the actor's counter, with who stands there. NotFound for another counter's."""
    row = own_draft(actor, draft_id, submitted=True)
    who = applicant_of(actor, row)
    told = row.intake
    ticket = Ticket.objects.filter(pk=told["ticket"]).first() if told.get("ticket") else None
    return CounterDraft(
        view_draft(actor, row),
        who.name,
        row.person is not None,
        told.get("give_back", "person"),
        told.get("officer", ""),
        ticket.code if ticket else "",
        who.demo,
    )


def counter_drafts(actor: Actor, limit: int = 30) -> list[dict[str, object]]:
    """Forms begun at the actor's counter and not sent: id, procedure, applicant's name, officer and when, newest
    first."""
    rows = list(Draft.objects.filter(counter=centre_of(actor), case=None).order_by("-id")[:limit])
    names = {ref.id: ref.name for ref in person_refs(row.person for row in rows if row.person).values()}
    return [
        {
            "id": row.pk,
            "procedure": str(catalogue.procedure(row.procedure, row.version).definition.name),
            "applicant": names.get(row.person) if row.person else (row.intake.get("stranger") or {}).get("name", ""),
            "officer": row.intake.get("officer", ""),
            "saved_at": row.saved_at,
        }
        for row in rows
    ]
