"""Notes: what officers of an agency tell one another about a case. They are events of its timeline, and so sealed."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid

from .. import policy, timeline
from ..contracts import CASE_NOTED
from .moving import where

LONGEST = 4_000


def note(actor: Actor, case_id: UUID, text: str) -> None:
    """Leave a note on a case for the officers of one's own agency; the applicant never reads it. Invalid where it is
    empty or too long."""
    said = text.strip()
    if not said:
        raise Invalid({"note": [_("Xin ghi nội dung ghi chú")]})
    if len(said) > LONGEST:
        raise Invalid({"note": [_("Ghi chú dài quá %(most)s chữ cái") % {"most": LONGEST}]})
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not (actor.is_officer and policy.works_at(actor, case)):
            raise Forbidden(_("Chỉ cán bộ của cơ quan đang giải quyết ghi chú được vào hồ sơ."))
        timeline.write(actor, case, "noted", at=timezone.now(), note=said, agency=str(actor.agency))
        audit.record(actor, "case.note", f"case:{case.pk}")
        events.publish(actor, CASE_NOTED, f"case:{case.pk}", **where(case))
