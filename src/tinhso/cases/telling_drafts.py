"""Who is told of a draft that several people answer for: whoever is asked to agree, and the applicant of the answer."""

from typing import Any

from tinhso.identity.queries import own_details
from tinhso.kernel import events
from tinhso.kernel.actor import Actor
from tinhso.notices import services as notices

from . import workflow
from .contracts import CO_SIGN_ANSWERED, CO_SIGN_ASKED
from .models import Invitation
from .telling import known

ASKED, AGREED, DECLINED = "one-stop.co-sign-asked", "one-stop.co-sign-agreed", "one-stop.co-sign-declined"


@events.subscribe(CO_SIGN_ASKED, CO_SIGN_ANSWERED, key="cases.tell-co-signers")
def tell(event: events.Event) -> None:
    """Tell the person invited, or the applicant what they answered. What was taken back meanwhile, or asked of somebody
    else by now, is told to nobody."""
    rows = Invitation.objects.select_related("draft").filter(draft=event.data["draft"], field=event.data["field"])
    row = rows.first()
    if row is None or row.draft.case is not None:
        return
    if event.name == CO_SIGN_ASKED:
        if event.subject != f"person:{row.person}":
            return
        reader, template, subject = row.person, ASKED, f"invitation:{row.pk}"
    else:
        template = AGREED if event.data["agreed"] else DECLINED
        reader, subject = row.draft.person, f"draft:{row.draft_id}"
    with known(template):
        notices.tell(reader, template, subject=subject, data=_facts(row), once=f"{template}:{event.id}")


def _facts(row: Invitation) -> dict[str, Any]:
    """What texts about a draft may have filled in, by the names that texts about a case have."""
    draft = row.draft
    name = workflow.procedure(draft.procedure, draft.version).model.name
    return {
        "procedure": {"vi": name.vi, "en": name.en},
        "applicant": own_details(Actor(person=draft.person, assurance=2)).name,
        "who": own_details(Actor(person=row.person, assurance=2)).name,
        "note": row.reason,
    }
