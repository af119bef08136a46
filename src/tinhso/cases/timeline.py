"""The timeline: what happened to a case, sealed, and enough to make its state again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.actor import Actor

from .models import Case, CaseEvent

CO_SIGNED = "co-signed"
STORE_ASKED, STORE_GIVEN, STORE_KEPT = "store-asked", "store-given", "store-kept"
KINDS = {
    STORE_ASKED: _("Xin phép lấy giấy tờ từ kho dữ liệu điện tử"),
    STORE_GIVEN: _("Đồng ý cho lấy giấy tờ từ kho dữ liệu điện tử"),
    STORE_KEPT: _("Không đồng ý cho lấy giấy tờ từ kho dữ liệu điện tử"),
    CO_SIGNED: _("Đồng ý cùng nộp hồ sơ"),
    "submitted": _("Nộp hồ sơ"),
    "received": _("Tiếp nhận hồ sơ"),
    "claimed": _("Nhận việc: %(step)s"),
    "released": _("Trả lại việc: %(step)s"),
    "completed": _("Hoàn thành: %(step)s"),
    "approved": _("Phê duyệt: %(step)s"),
    "supplement-asked": _("Yêu cầu bổ sung hồ sơ; tạm dừng tính thời gian"),
    "supplement-answered": _("Bổ sung hồ sơ; tiếp tục tính thời gian"),
    "payment-asked": _("Yêu cầu nộp phí, lệ phí; tạm dừng tính thời gian"),
    "payment-received": _("Đã nộp phí, lệ phí; tiếp tục tính thời gian"),
    "paid": _("Đã nộp phí, lệ phí"),
    "signed": _("Ký số và vào sổ"),
    "returned": _("Trả kết quả"),
    "refused": _("Từ chối giải quyết"),
    "withdrawn": _("Rút hồ sơ"),
    "handed-over": _("Chuyển cơ quan tiếp tục giải quyết"),
    "sent-on": _("Chuyển sang %(to)s: %(step)s"),
    "sent-accepted": _("%(to)s nhận: %(step)s"),
    "sent-back": _("Không nhận, chuyển lại %(to)s: %(step)s"),
    "part-moved": _("Phần việc sang cơ quan kế tục: %(step)s"),
    "issued": _("Lập giấy tờ: %(step)s"),
    "decided": _("Tra bảng quyết định: %(step)s"),
    "time-came": _("Đến hạn đã định trong quy trình: %(step)s"),
    "message-received": _("Nhận tin báo: %(step)s"),
    "message-sent": _("Gửi tin báo: %(step)s"),
    "migrated": _("Chuyển hồ sơ sang bản quy trình mới"),
    "late": _("Quá hạn trả kết quả"),
    "redated": _("Xin lỗi và hẹn lại ngày trả kết quả"),
    "rescheduled": _("Tính lại hạn theo lịch làm việc mới"),
    "escalated": _("Quá hạn bước, báo cấp trên: %(step)s"),
    "assigned": _("Giao việc cho %(to)s: %(step)s"),
    "taken-over": _("Nhận việc thay %(old)s: %(step)s"),
    "noted": _("Ghi chú nội bộ"),
    "opinion-asked": _("Hỏi ý kiến %(to)s"),
    "opinion-answered": _("Trả lời ý kiến"),
    "opinion-dropped": _("Thôi hỏi ý kiến %(to)s"),
    "cancelled": _("Dừng giải quyết hồ sơ"),
    "reopened": _("Mở lại hồ sơ; tiếp tục tính thời gian"),
    "taken-in": _("Nộp trực tiếp tại quầy"),
    "result-handed": _("Giao kết quả"),
    "result-post": _("Bưu chính báo kết quả đã gửi"),
}
AMONG_OFFICERS = frozenset(
    {
        "claimed", "released", "escalated", "assigned", "taken-over", "noted", "opinion-asked", "opinion-answered",
        "opinion-dropped",
    }
)  # fmt: skip
"""What the applicant does not read: who works on it, and what officers say to one another."""


def of_case(case_id: UUID) -> QuerySet[CaseEvent]:
    """The events of a case in the order in which they were written: by the database's own sequence, which all processes
    share and no clock that is set back can turn round (an id is as good as the clock of the machine that made it)."""
    return CaseEvent.objects.filter(case=case_id).order_by("seq")


def ending(case_id: UUID) -> CaseEvent | None:
    """The event that ended the case last; None where none did."""
    return of_case(case_id).exclude(data__outcome="").filter(data__has_key="outcome").last()


def why(event: CaseEvent) -> str:
    """The reason of an ending in words: what the process itself gave as one, else what the officer wrote."""
    return event.data.get("why") or event.data.get("note", "")


def entry(actor: Actor, case: Case, kind: str, step: str = "", *, at: datetime, **data: Any) -> CaseEvent:
    """An event of the timeline, not yet stored. `data` may carry `status`, `opens` (steps), `note`, `outcome`."""
    stamp = actor.stamp()
    stamp.pop("case", None)
    if actor.is_officer and actor.name:
        stamp["name"] = actor.name
        if actor.acting_for:
            stamp["for"] = actor.acting_for
    elif actor.person is not None and actor.person == case.person:
        stamp["applicant"] = "1"
    return CaseEvent(case_id=case.pk, at=at, kind=kind, step=step, actor=stamp, data=data)


def write(actor: Actor, case: Case, kind: str, step: str = "", *, at: datetime, **data: Any) -> None:
    entry(actor, case, kind, step, at=at, **data).save(force_insert=True)


@dataclass(slots=True)
class Replayed:
    """The state of a case that its events alone give."""

    status: int = 0
    open: set[str] = field(default_factory=set)
    paused: bool = False
    outcome: str = ""
    holder: str = ""
    due: str = ""
    """The due time in ISO 8601, as the events gave it last; "" where none says it."""
    redated: str = ""
    places: dict[str, str] = field(default_factory=dict)
    """The agencies of the open steps that were opened in another one than the case's."""


ENDS_A_PAUSE = frozenset({"supplement-answered", "payment-received", "withdrawn", "cancelled", "refused"})


def replay(events: Iterable[CaseEvent]) -> Replayed:
    """Fold the events of one case, in order."""
    state = Replayed()
    for event in events:
        data = event.data
        if closes := data.get("closes"):
            state.open.difference_update(closes)
            for step in closes:
                state.places.pop(step, None)
        state.open.update(data.get("opens", ()))
        if event.kind == "handed-over":  # what stood with the old agency is with the new one too
            state.places = {step: place for step, place in state.places.items() if place != data.get("old")}
        state.places |= data.get("places", {})
        state.status = data.get("status", state.status)
        state.outcome = data.get("outcome", state.outcome)
        state.holder = data.get("holder", state.holder)
        state.due = data.get("due") or state.due
        state.redated = data.get("redated", state.redated)
        if event.kind in {"supplement-asked", "payment-asked"}:
            state.paused = True
        elif event.kind in ENDS_A_PAUSE or data.get("resumed"):
            state.paused = False
        elif event.kind == "reopened":
            state.paused = data["paused"]
    return state
