"""What administration calls things that engines know by a code."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

KINDS = {
    "list": gettext_lazy("danh mục"),
    "register": gettext_lazy("sổ"),
    "procedure": gettext_lazy("thủ tục"),
    "sample": gettext_lazy("bộ dữ liệu mẫu"),
    "paper": gettext_lazy("mẫu giấy tờ"),
    "indicator": gettext_lazy("chỉ tiêu"),
}
"""Kinds of definition of packs."""


def counted(definitions: Mapping[str, int]) -> str:
    """How many definitions of each kind, in words: "3 thủ tục, 2 sổ"."""
    return ", ".join(f"{count} {KINDS.get(kind, kind)}" for kind, count in definitions.items())
