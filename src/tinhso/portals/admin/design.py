"""/admin/design: every component in every theme, with invented content."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.policy import anyone, route
from tinhso.portals.design import ICONS, STATES, THEMES, Control


@dataclass(slots=True)
class Rows(Control):
    """A table field as islands/rows.ts serves it."""

    columns: list[Control] = field(default_factory=list)
    rows: list[list[Control]] = field(default_factory=list)


def _controls(theme: str) -> list[tuple[str, Control]]:
    """One control a widget, some of them with an error; names differ by theme, since ids are unique in a page."""
    wrong = [_("Xin nhập ngày sinh, ví dụ 24 11 2025")]
    sexes = [("female", _("Nữ")), ("male", _("Nam"))]
    communes = [("12466", "Phường Vũ Phúc"), ("13225", "Phường Thái Bình")]
    controls = [
        ("text", Control("name", _("Họ, chữ đệm, tên"), "Nguyễn Bảo Ân", _("Viết như trong giấy khai sinh"))),
        ("date", Control("born", _("Ngày sinh"), {"day": "31", "month": "2"}, _("Ví dụ 24 11 2025"), wrong)),
        ("datetime", Control("at", _("Thời điểm"), {"time": "08:30"})),
        ("number", Control("amount", _("Số bản sao"), "2")),
        ("phone", Control("phone", _("Số điện thoại"), optional=True)),
        ("email", Control("email", _("Thư điện tử"), optional=True)),
        ("radios", Control("sex", _("Giới tính"), "female", choices=sexes)),
        ("checkboxes", Control("copies", _("Cần thêm"), ["a"], choices=[("a", _("Bản sao")), ("b", _("Bản điện tử"))])),
        ("select", Control("unit", _("Xã, phường"), "13225", choices=communes)),
        ("unit", Control("place", _("Nơi sinh"), "Phường Thái Bình")),
        ("textarea", Control("why", _("Lý do"), hint=_("Viết ngắn gọn"), attrs={"max": 200})),
        ("file", Control("paper", _("Giấy chứng sinh"), hint=_("Chụp cả tờ giấy, đủ bốn góc"))),
        ("person", Control("mother", _("Mẹ"), {"name": "Trần Thị Mẫu", "national_id": "034190000000"})),
        ("address", Control("home", _("Nơi cư trú"), {"line": "Thôn Đông", "unit": "Xã Vũ Quý"})),
    ]
    for _widget, control in controls:
        control.name = f"{theme}_{control.name}"
        control.id = f"id_{control.name}"
    columns = [Control("item", _("Giấy tờ")), Control("count", _("Số bản"))]
    row = [Control("item", _("Giấy tờ"), "Căn cước"), Control("count", _("Số bản"), "1")]
    return [*controls, ("table", Rows(f"{theme}_rows", _("Giấy tờ kèm theo"), columns=columns, rows=[row]))]


@route(anyone)
def page(request: HttpRequest) -> HttpResponse:
    """Open to all: it shows nothing but ourselves. `?theme=dark` shows one theme alone."""
    only = request.GET.get("theme", "")
    themes = [
        {"name": name, "title": title, "controls": _controls(name)}
        for name, title in THEMES.items()
        if not only or name == only
    ]
    now = timezone.now()
    sample: dict[str, Any] = {
        "states": [
            ("new", _("Mới nộp")),
            ("active", _("Đang xử lý")),
            ("wait", _("Chờ bổ sung")),
            ("done", _("Đã trả kết quả")),
            ("late", _("Quá hạn 2 giờ")),
            ("refused", _("Từ chối")),
            ("neutral", _("Nháp")),
        ],
        "rows": [
            {"key": _("Trẻ"), "value": "Nguyễn Bảo Ân", "href": "#", "action": _("Sửa")},
            {"key": _("Ngày sinh"), "value": "24/11/2025", "href": "#", "action": _("Sửa")},
            {"key": _("Lệ phí"), "value": _("Không thu phí")},
        ],
        "tasks": [
            {"text": _("Thông tin của trẻ"), "href": "#", "kind": "done", "status": _("Đã xong")},
            {"text": _("Giấy tờ"), "href": "#", "hint": _("Còn 1 giấy"), "kind": "active", "status": _("Đang làm")},
            {"text": _("Gửi hồ sơ"), "kind": "neutral", "status": _("Chưa tới lượt")},
        ],
        "entries": [
            {"when": now, "title": _("Yêu cầu bổ sung"), "by": _("Công chức tư pháp – hộ tịch"), "kind": "wait"},
            {"when": now - timedelta(hours=2), "title": _("Đã tiếp nhận"), "by": _("Một cửa"), "kind": "done"},
            {"when": now - timedelta(hours=3), "title": _("Đã nộp"), "by": "", "kind": "new"},
        ],
        "steps": [_("Trẻ"), _("Cha mẹ"), _("Giấy tờ"), _("Xem lại"), _("Gửi")],
        "crumbs": [("/admin", _("Quản trị")), ("#", _("Giao diện"))],
        "tabs": [("#a", _("Hồ sơ")), ("#b", _("Giấy tờ")), ("#c", _("Nhật ký"))],
        "series": [12, 15, 14, 18, 22, 21, 26],
        "hours": {"x": ["T2", "T3", "T4", "T5", "T6"], "values": [12, 15, 14, 18, 22]},
        "chart": {
            "type": "line",
            "unit": "%",
            "target": 80,
            "x": ["2021", "2022", "2023", "2024", "2025"],
            "series": [{"name": _("Hồ sơ trực tuyến"), "values": [31, 44, 58, 71, 79.5]}],
        },
        "errors": {"": [_("Xin chọn giới tính của trẻ")], "born": [_("Xin nhập ngày sinh")]},
    }
    keys = [("/", _("Tìm")), ("n", _("Hồ sơ kế tiếp"))]
    tokens = ["ink", "ink-soft", "act", "accent", "done", "late", "line", "sunk", "paper", "ground"]
    return render(
        request,
        "admin/design.html",
        {"themes": themes, "icons": ICONS, "states": STATES, "keys": keys, "tokens": tokens} | sample,
    )
