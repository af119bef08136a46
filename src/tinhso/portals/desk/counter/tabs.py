"""The pages of the counter, as tabs above each of them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.kernel.policy import may

AT_COUNTER = may("case.intake")
GIVES_BACK = may("case.return")


def around(current: str, **more: Any) -> dict[str, Any]:
    """What every page of the counter shows; `current` is the route of the tab that is open."""
    tabs = [
        ("desk-counter", _("Quầy của tôi")),
        ("desk-counter-intake", _("Tiếp nhận")),
        ("desk-counter-shelf", _("Chờ trả")),
        ("desk-counter-parcels", _("Bưu chính")),
        ("desk-counter-day", _("Cuối ngày")),
        ("desk-counter-figures", _("Thống kê")),
        ("desk-counter-setup", _("Cài đặt")),
    ]
    return {"tabs": [(reverse(name), words) for name, words in tabs], "tab": reverse(current), **more}
