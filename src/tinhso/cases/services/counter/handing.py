"""Results are given back: by hand to who is entitled to them, or by post. One transaction for all the cases that one
person takes at once: all are handed, or none."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity import services as identity
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.text import clean
from tinhso.territory import queries as territory

from ... import policy, timeline, workflow
from ...counter.contracts import CASE_POST_MOVED, CASE_RESULT_HANDED, Address, Taker
from ...counter.models import Handout, HandoutState, Intake, Ticket, Window
from ...counter.rotation import handout_place
from ...counter.slips import stranger_of
from ...fees import amount_words
from ...models import Case, Status, Task
from .. import fees
from ..moving import move, where
from .leave import RETURN, centre_of
from .queue import OPEN

STANDING = (HandoutState.HANDED, HandoutState.SENT, HandoutState.DELIVERED)
NEXT = {
    HandoutState.SENT: {HandoutState.SENT, HandoutState.DELIVERED, HandoutState.RETURNED},
    HandoutState.DELIVERED: {HandoutState.DELIVERED},
    HandoutState.RETURNED: {HandoutState.RETURNED},
}


def hand_results(actor: Actor, case_ids: Sequence[UUID], taker: Taker) -> tuple[UUID, ...]:
    """Give results by hand. The applicant is identified by the number of the paper by which they applied, or by a
    receipt of one of these cases; who is authorised by their number, with what authorises them. Returns the handouts.

    Raises Invalid by path where that does not hold, Conflict for a case whose result is not ready or was given back
    already, NotFound for one that this counter does not give back.
    """
    with transaction.atomic():
        cases = _ready(actor, case_ids)
        checked = _identify(actor, cases, taker)
        with override("vi"):
            note = _note(taker, checked)
        kept = {"name": clean(taker.name), "number": taker.number.replace(" ", ""), "authority": clean(taker.authority)}
        return tuple(
            _give(actor, case, kept, note, how="person", state=HandoutState.HANDED, taken_as=taker.as_, checked=checked)
            for case in cases
        )


def post_results(actor: Actor, case_ids: Sequence[UUID], address: Address) -> tuple[UUID, ...]:
    """Hand results to the post. The event `case.result-handed` (how=post) asks the post connector for its part, which
    finds the address by `queries.counter.parcel`. Raises as `hand_results`."""
    errors = {}
    if not clean(address.recipient):
        errors["recipient"] = [_("Xin ghi họ tên người nhận")]
    if not clean(address.line):
        errors["line"] = [_("Xin ghi số nhà, đường, thôn hoặc tổ dân phố")]
    if territory.unit(address.unit) is None:
        errors["unit"] = [_("Xin chọn một xã, phường trong danh sách")]
    if not re.fullmatch(r"\+?\d{9,14}", address.phone.replace(" ", "")):
        errors["phone"] = [_("Xin ghi số điện thoại để bưu tá liên hệ")]
    if errors:
        raise Invalid(errors)
    kept = {
        "recipient": clean(address.recipient)[:120],
        "phone": address.phone.replace(" ", ""),
        "line": clean(address.line)[:200],
        "unit": address.unit,
    }
    with override("vi"):
        note = _("Gửi qua dịch vụ bưu chính công ích")
    with transaction.atomic():
        return tuple(
            _give(actor, case, kept, note, how="post", state=HandoutState.SENT) for case in _ready(actor, case_ids)
        )


def post_moved(actor: Actor, handout_id: UUID, state: str, tracking: str = "") -> None:
    """What the post says of a result that it carries: sent (with its tracking code), delivered, returned. Told by the
    connector, or entered at the counter. The same word again changes nothing; a result that came back lies on the shelf
    again. Raises Conflict for a word that cannot follow."""
    centre = None if actor.system else centre_of(actor, RETURN)
    with transaction.atomic():
        rows = Handout.objects.select_for_update(of=("self",)).filter(pk=handout_id, how="post")
        row = (rows.filter(centre=centre) if centre else rows).first()
        if row is None:
            raise NotFound()
        if state not in NEXT[HandoutState(row.state)]:
            raise Conflict(
                _("Bưu gửi này đã ở tình trạng “%(state)s”.") % {"state": HandoutState(row.state).label},
                title=_("Không ghi được tình trạng này"),
            )
        tracking = re.sub(r"[^A-Z0-9-]", "", tracking.upper())[:60] or row.tracking
        if (row.state, row.tracking) == (state, tracking):
            return
        row.state, row.tracking, row.state_at = state, tracking, timezone.now()
        row.save(update_fields=["state", "tracking", "state_at"])
        case = Case.objects.get(pk=row.case_id)
        with override("vi"):
            words = f"{HandoutState(state).label} {tracking}".strip()
        timeline.write(actor, case, "result-post", at=row.state_at, note=words, state=state)
        audit.record(actor, "counter.post-moved", f"case:{case.pk}", handout=str(row.pk), state=state)
        events.publish(actor, CASE_POST_MOVED, f"case:{case.pk}", handout=str(row.pk), state=state, **where(case))


def _ready(actor: Actor, case_ids: Sequence[UUID]) -> list[Case]:
    """The cases, locked in the order of their ids, each with a result that this counter gives back."""
    centre = centre_of(actor, RETURN)
    asked = sorted(set(case_ids))
    if not asked:
        raise Invalid({"": [_("Xin chọn ít nhất một kết quả")]})
    here = policy.desks(centre)
    cases = list(Case.objects.select_for_update().filter(pk__in=asked).order_by("pk"))
    others = [case.pk for case in cases if case.holder_id not in here]
    allowed = set(Intake.objects.filter(case__in=others, centre__in=here).values_list("case_id", flat=True))
    if len(cases) != len(asked) or set(others) - allowed:
        raise NotFound()
    given = Handout.objects.filter(case__in=asked, state__in=STANDING).values_list("case_id", "officer")
    for case_id, officer in given:
        case = next(one for one in cases if one.pk == case_id)
        raise Conflict(
            _("Kết quả hồ sơ %(code)s đã được %(who)s trả.") % {"code": case.code, "who": officer},
            title=_("Kết quả đã trả rồi"),
        )
    for case in cases:
        if owed := sum(order.rest for order in fees.unpaid(case)):
            raise Conflict(
                _("Hồ sơ %(code)s còn %(owed)s phí, lệ phí chưa nộp.")
                % {"code": case.code, "owed": amount_words(owed)},
                title=_("Chưa nộp đủ phí, lệ phí"),
            )
        if _return_task(case) is None and not Handout.objects.filter(case=case).exists():
            raise Conflict(
                _("Hồ sơ %(code)s chưa có kết quả để trả.") % {"code": case.code}, title=_("Chưa có kết quả")
            )
    return cases


def _return_task(case: Case) -> Task | None:
    """The open task of giving the result back."""
    if case.status != Status.PROCESSED:
        return None
    return Task.objects.filter(case=case, completed_at=None, role="one-stop").first()


def _identify(actor: Actor, cases: Sequence[Case], taker: Taker) -> str:
    """How it was checked who takes them: "number" or "receipt"."""
    number = taker.number.replace(" ", "")
    if taker.as_ == "authorised":
        errors = {}
        if not clean(taker.name):
            errors["name"] = [_("Xin ghi họ tên người nhận thay")]
        if not number:
            errors["number"] = [_("Xin ghi số giấy tờ của người nhận thay")]
        if not clean(taker.authority):
            errors["authority"] = [_("Xin ghi căn cứ: giấy ủy quyền số nào, ngày nào, hoặc quan hệ theo luật")]
        if errors:
            raise Invalid(errors)
        return "number"
    if taker.as_ != "applicant":
        raise Invalid({"as": [_("Xin chọn người nhận")]})
    if number:
        with override("vi"):
            why = _("Kiểm tra người nhận kết quả tại quầy")
        known = identity.find_person(actor.for_case(cases[0].pk, why), number, why)
        for case in cases:
            applied = stranger_of(case.pk).get("number", "").replace(" ", "")
            if not (case.person and known and known.id == case.person) and not (applied and applied == number):
                raise Invalid({"number": [_("Số này không phải của người nộp hồ sơ %(code)s") % {"code": case.code}]})
        return "number"
    code = taker.receipt.strip().rstrip("/").rpartition("/")[2].upper()
    if not code:
        raise Invalid({"number": [_("Xin nhập số giấy tờ, hoặc quét mã trên giấy tiếp nhận")]})
    held = next((case for case in cases if case.code == code), None)
    if held is None or any(case.person != held.person or case.applicant != held.applicant for case in cases):
        raise Invalid({"receipt": [_("Mã này không phải của các hồ sơ đã chọn")]})
    return "receipt"


def _note(taker: Taker, checked: str) -> str:
    """For the timeline, which names nobody who takes a result."""
    how = _("kiểm tra theo số giấy tờ") if checked == "number" else _("kiểm tra theo giấy tiếp nhận")
    who = _("Người nộp nhận tận tay") if taker.as_ == "applicant" else _("Người được ủy quyền nhận thay")
    return f"{who}; {how}"


def _give(
    actor: Actor,
    case: Case,
    to: dict[str, Any],
    note: str,
    *,
    how: str,
    state: HandoutState,
    taken_as: str = "",
    checked: str = "",
) -> UUID:
    centre, now = centre_of(actor, RETURN), timezone.now()
    window = Window.objects.filter(post=actor.post, agency=centre).first()
    ticket = Ticket.objects.filter(window=window, state__in=OPEN).first() if window else None
    row = Handout(
        case=case, centre_id=centre, window=window, ticket=ticket, post=actor.post, officer=actor.name, at=now, how=how,
        taken_as=taken_as, checked_by=checked, state=state, state_at=now,
    )  # fmt: skip
    row.to = identity.seal(to, handout_place(row.pk))
    row.save(force_insert=True)
    timeline.write(actor, case, "result-handed", at=now, note=note, how=how, handout=str(row.pk))
    if task := _return_task(case):
        if task.claimed_by and task.claimed_by != actor.post:
            raise Conflict(
                _("%(who)s đang xử lý việc này.") % {"who": task.claimed_name}, title=_("Việc này đã có người nhận")
            )
        move(actor, case, task, "done", found=workflow.procedure(case.procedure, case.version), now=now)
    audit.record(actor, "counter.hand-result", f"case:{case.pk}", handout=str(row.pk), how=how)
    events.publish(actor, CASE_RESULT_HANDED, f"case:{case.pk}", how=how, handout=str(row.pk), **where(case))
    return row.pk
