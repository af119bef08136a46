"""The vocabulary of what people see: icons, states, and a control that stands without a kernel field behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

ICONS: Mapping[str, str] = {
    "alert": '<path d="M12 3 2 20h20zM12 10v4m0 3v.01"/>',
    "arrow": '<path d="m9 5 7 7-7 7"/>',
    "back": '<path d="m15 5-7 7 7 7"/>',
    "bell": '<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/>',
    "book": '<path d="M4 5c3-1 6-1 8 1 2-2 5-2 8-1v14c-3-1-6-1-8 1-2-2-5-2-8-1zM12 6v14"/>',
    "briefcase": '<path d="M3 8h18v12H3zM8 8V4h8v4M3 13h18"/>',
    "camera": '<path d="M3 7h4l2-3h6l2 3h4v13H3z"/><circle cx="12" cy="13" r="4"/>',
    "candle": '<path d="M9 21h6M10 21V11h4v10M12 3c2 2.5 2 3.6 0 5-2-1.4-2-2.5 0-5z"/>',
    "cap": '<path d="m2 9 10-5 10 5-10 5zM6 11v6c3 3 9 3 12 0v-6"/>',
    "chart": '<path d="M4 4v16h16M8 16v-4m4 4V8m4 8v-6"/>',
    "check": '<path d="m4 12 6 6L20 6"/>',
    "child": '<circle cx="12" cy="12" r="9"/><path d="M9 10v.01M15 10v.01M8.5 14.5c2 2.5 5 2.5 7 0"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5l3 3"/>',
    "cross": '<path d="M6 6l12 12M18 6 6 18"/>',
    "data": '<ellipse cx="12" cy="6" rx="8" ry="3"/><path d="M4 6v12c0 4 16 4 16 0V6M4 12c0 4 16 4 16 0"/>',
    "document": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6m-6 4h6"/>',
    "dot": '<circle cx="12" cy="12" r="4" fill="currentcolor"/>',
    "eye": '<path d="M2 12c5-8 15-8 20 0-5 8-15 8-20 0z"/><circle cx="12" cy="12" r="3"/>',
    "heart": '<path d="M12 20S4 15 4 9a4.3 4.3 0 0 1 8-2 4.3 4.3 0 0 1 8 2c0 6-8 11-8 11z"/>',
    "house": '<path d="m3 11 9-8 9 8M5 9.5V20h14V9.5M10 20v-6h4v6"/>',
    "link-on": '<path d="M4 9c5-5 11-5 16 0M7 13c3-3 7-3 10 0M12 18v.01"/>',
    "link-off": '<path d="M4 9c5-5 11-5 16 0M7 13c3-3 7-3 10 0M12 18v.01M4 20 20 4"/>',
    "pause": '<path d="M8 5v14M16 5v14"/>',
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c1-8 15-8 16 0"/>',
    "pin": '<path d="M12 21c-5-6-7-9-7-12a7 7 0 0 1 14 0c0 3-2 6-7 12z"/><circle cx="12" cy="9" r="2.5"/>',
    "printer": '<path d="M7 8V3h10v5M5 8h14v9h-2M7 17H5V8m2 6h10v7H7z"/>',
    "rings": '<circle cx="8.5" cy="14" r="5.5"/><circle cx="15.5" cy="14" r="5.5"/><path d="m10 4 2 3 2-3"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "shop": '<path d="m3 9 2-5h14l2 5c0 4-6 4-6 0 0 4-6 4-6 0 0 4-6 4-6 0zM5 12v8h14v-8"/>',
    "star": '<path d="m12 3 2.7 6 6.3.6-4.8 4.3 1.5 6.3-5.7-3.4-5.7 3.4 1.5-6.3L3 9.6 9.3 9z"/>',
    "sun": '<path d="M3 18h18M6 18a6 6 0 0 1 12 0M12 4v4M4.5 9l2.5 2M19.5 9 17 11M8 22h8"/>',
}
"""Line icons on a grid of 24, drawn for this project."""

STATES: Mapping[str, str] = {
    "new": "dot",
    "active": "arrow",
    "wait": "pause",
    "done": "check",
    "late": "alert",
    "refused": "cross",
    "neutral": "dot",
}
"""The icon of each state; `refused` is coloured as `neutral`."""

THEMES: Mapping[str, Words] = {"light": _("Sáng"), "dark": _("Tối (màn hình lớn)"), "contrast": _("Tương phản cao")}


@dataclass(slots=True)
class Control:
    """What the templates of `fields/` show when no kernel field stands behind: the same names as a bound field."""

    name: str
    label: Words
    raw: Any = ""
    hint: Words = ""
    errors: Sequence[Words] = ()
    optional: bool = False
    id: str = ""
    choices: Iterable[tuple[str, Words]] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.id = self.id or f"id_{self.name}"
        self.choices = list(self.choices)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One address of a portal's navigation. `permission` hides the link from who may not follow it."""

    url: str
    text: Words
    permission: str = ""
