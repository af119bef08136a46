"""What an editor tells whoever draws: the elements that are run, in their words, and the commonest faults. The keys are
those of `elements.RUN`; a test holds the two together."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

NAMES: Mapping[str, Any] = {
    "startEvent": _("Bắt đầu"),
    "startEvent: message": _("Bắt đầu khi có tin"),
    "startEvent: timer": _("Bắt đầu đúng hạn"),
    "endEvent": _("Kết thúc"),
    "endEvent: message": _("Kết thúc và gửi tin"),
    "endEvent: error": _("Kết thúc phần này vì lỗi"),
    "endEvent: escalation": _("Kết thúc và báo lên"),
    "endEvent: terminate": _("Dừng tất cả"),
    "userTask": _("Bước của cán bộ"),
    "manualTask": _("Bước làm ngoài máy"),
    "serviceTask": _("Hệ thống ký kết quả"),
    "sendTask": _("Gửi tin"),
    "receiveTask": _("Chờ tin"),
    "businessRuleTask": _("Bảng quyết định"),
    "exclusiveGateway": _("Rẽ một nhánh"),
    "parallelGateway": _("Song song"),
    "inclusiveGateway": _("Rẽ một hay nhiều nhánh"),
    "eventBasedGateway": _("Việc nào đến trước"),
    "subProcess": _("Phần quy trình"),
    "callActivity": _("Gọi quy trình khác"),
    "boundaryEvent: timer": _("Hết hạn của bước"),
    "boundaryEvent: error": _("Khi phần này lỗi"),
    "boundaryEvent: escalation": _("Khi phần này báo lên"),
    "boundaryEvent: message": _("Khi có tin"),
    "intermediateCatchEvent: timer": _("Chờ đến hạn"),
    "intermediateCatchEvent: message": _("Chờ tin giữa đường"),
    "intermediateCatchEvent: link": _("Đi tiếp từ liên kết"),
    "intermediateThrowEvent": _("Cột mốc"),
    "intermediateThrowEvent: message": _("Gửi tin giữa đường"),
    "intermediateThrowEvent: escalation": _("Báo lên"),
    "intermediateThrowEvent: link": _("Đi đến liên kết"),
    "sequenceFlow": _("Đường nối"),
    "lane": _("Làn của bộ phận"),
}
"""What an element is called in the palette."""

FAULTS: Mapping[str, Any] = {
    "is a dead end: nothing follows it, and it is no end event": _(
        "là ngõ cụt: không có gì đi tiếp, mà cũng không phải điểm kết thúc"
    ),
    "cannot be reached from the start": _("không đến được từ điểm bắt đầu"),
    "is in an endless loop: no end event can be reached from it": _(
        "nằm trong vòng lặp không có lối ra: không đến được điểm kết thúc nào"
    ),
    "has no entry in `steps` that says who does it and how long it takes": _("chưa cho biết ai làm và trong bao lâu"),
    "has no start event": _("không có điểm bắt đầu"),
    "has several flows out of it; put a gateway behind it, which says which are taken": _(
        "có nhiều đường đi ra; xin đặt sau nó một nút rẽ nhánh để nói đi đường nào"
    ),
    "has no default, and all conditions may be false": _("chưa có đường mặc định, mà có thể không điều kiện nào đúng"),
    "may be reached by two paths at once: join them by a gateway first": _(
        "có thể có hai đường cùng đến một lúc; xin gộp bằng một nút trước"
    ),
    "another element has this id": _("trùng mã với phần tử khác"),
    "is an end, and something follows it": _("là điểm kết thúc mà còn đường đi tiếp"),
    "is a start, and something leads to it": _("là điểm bắt đầu mà có đường đi đến"),
    "names no message": _("chưa ghi tên tin"),
    "names no decision (decisionRef)": _("chưa chọn bảng quyết định"),
    "names no process (calledElement)": _("chưa chọn quy trình được gọi"),
    "there is no step that `signs`, so that there is nothing to be done here": _(
        "không có bước nào ký kết quả, nên ở đây không có gì để làm"
    ),
    "is the default of its gateway, and has a condition": _("là đường mặc định mà lại có điều kiện"),
    "is the only way on, and has a condition that may not hold": _("là lối đi duy nhất mà lại có điều kiện"),
    "is the applicant's, and so only reached by flows whose condition is outcome == 'ask-supplement'": _(
        "là việc của người nộp, nên chỉ đến được bằng đường có điều kiện “cần bổ sung”"
    ),
}
"""What is at fault, in the words of whoever draws. What is not here is told in the words of the check."""


def told(what: str) -> tuple[str, bool]:
    """A fault in the reader's language, and whether it is; otherwise in the check's English."""
    if what in FAULTS:
        return str(FAULTS[what]), True
    if what.startswith("leaves ") and what.endswith("without a condition, and is not its default"):
        return now("chưa có điều kiện và không phải đường mặc định"), True
    if what.startswith("is no role; lanes are named by one"):
        return now("không phải tên một bộ phận; xin chọn bộ phận cho làn"), True
    if what.startswith("is not supported: "):
        return now("không dùng được ở đây"), True
    return what, False
