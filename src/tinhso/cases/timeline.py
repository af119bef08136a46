"""The timeline: what happened to a case, sealed, and enough to make its state again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
    "signed": _("Ký số và vào sổ"),
    "returned": _("Trả kết quả"),
    "refused": _("Từ chối giải quyết"),
    "withdrawn": _("Rút hồ sơ"),
    "handed-over": _("Chuyển cơ quan tiếp tục giải quyết"),
    "issued": _("Lập giấy tờ: %(step)s"),
    "decided": _("Tra bảng quyết định: %(step)s"),
    "time-came": _("Đến hạn đã định trong quy trình: %(step)s"),
    "message-received": _("Nhận tin báo: %(step)s"),
    "message-sent": _("Gửi tin báo: %(step)s"),
    "migrated": _("Chuyển hồ sơ sang bản quy trình mới"),
}


def entry(actor: Actor, case: Case, kind: str, step: str = "", *, at: datetime, **data: Any) -> CaseEvent:
    """An event of the timeline, not yet stored. `data` may carry `status`, `opens` (steps), `note`, `outcome`."""
    stamp = actor.stamp()
    stamp.pop("case", None)
    if actor.is_officer and actor.name:
        stamp["name"] = actor.name
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


def replay(events: Iterable[CaseEvent]) -> Replayed:
    """Fold the events of one case, in order."""
    state = Replayed()
    for event in events:
        data = event.data
        if closes := data.get("closes"):
            state.open.difference_update(closes)
        state.open.update(data.get("opens", ()))
        state.status = data.get("status", state.status)
        state.outcome = data.get("outcome", state.outcome)
        state.holder = data.get("holder", state.holder)
        if event.kind == "supplement-asked":
            state.paused = True
        elif event.kind in {"supplement-answered", "withdrawn"} or data.get("resumed"):
            state.paused = False
    return state
