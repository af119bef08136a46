"""Every component of the design system as a template tag, and how numbers, dates and times are written.

The living page /admin/design shows them all; README.md says how a page is put together.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

import segno
from django import template
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tinhso.kernel import calendar
from tinhso.kernel.errors import Invalid
from tinhso.portals.assets import entry_tags
from tinhso.portals.design import ICONS, STATES, Control, Words

register = template.Library()

SVG = '<svg class="ts-icon" viewBox="0 0 24 24" {}>{}</svg>'
SOON = timedelta(hours=2)
"""Working time below which a due time is shown as near."""


def _attributes(given: Mapping[str, Any]) -> SafeString:
    """`hx_get="/x"` as ` hx-get="/x"`; None and False leave the attribute out, True gives it bare."""
    return flatatt({key.replace("_", "-"): value for key, value in given.items() if value not in (None, "")})


def _show(component: str, /, **context: Any) -> SafeString:
    return render_to_string(f"components/{component}.html", context)


# --- Parts of a sentence ----------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: Words = "") -> SafeString:
    """A line icon; without a label it is decoration and hidden from screen readers."""
    if not label:
        return _decoration(name)
    return format_html(SVG, format_html('role="img" aria-label="{}"', label), mark_safe(ICONS[name]))  # noqa: S308


@cache
def _decoration(name: str) -> SafeString:
    return format_html(SVG, mark_safe('aria-hidden="true"'), mark_safe(ICONS[name]))  # noqa: S308  our own drawings


@register.simple_tag
def status(kind: str, text: Words) -> SafeString:
    """A state as icon and word: new, active, wait, done, late, refused or neutral."""
    return format_html('<span class="ts-status ts-status--{}">{}<span>{}</span></span>', kind, icon(STATES[kind]), text)


@register.simple_tag
def button(
    text: Words, href: str = "", kind: str = "", icon: str = "", small: bool = False, **attributes: Any
) -> SafeString:
    """A button, or with `href` a link that looks like one. `kind`: "" (the one thing to do), secondary, danger,
    quiet. Further attributes are passed on (`name="go"`, `hx_post="/…"`, `data_key="a"`)."""
    classes = f"ts-button ts-button--{kind}" if kind else "ts-button"
    if small:
        classes += " ts-button--small"
    drawing = _decoration(icon) if icon else ""
    if href:
        return format_html('<a class="{}" href="{}"{}>{}{}</a>', classes, href, _attributes(attributes), drawing, text)
    given = _attributes({"type": "submit"} | attributes)
    return format_html('<button class="{}"{}>{}{}</button>', classes, given, drawing, text)


@register.simple_tag
def key_hint(key: str) -> SafeString:
    return format_html('<kbd class="ts-key">{}</kbd>', key)


@register.simple_tag
def back_link(href: str, text: Words = "") -> SafeString:
    return format_html('<a class="govuk-back-link" href="{}">{}</a>', href, text or _("Quay lại"))


@register.simple_tag
def breadcrumbs(items: Iterable[tuple[str, Words]]) -> SafeString:
    """`items` are (address, words), the outermost first."""
    return _show("breadcrumbs", items=list(items))


@register.simple_tag
def asset(entry: str) -> SafeString:
    """The script and styles of a bundle: main, office, map, chart, diagram, modeler, playback. Once a page, in its
    `islands`."""
    return entry_tags(entry)


@register.simple_tag
def qr(text: str, label: Words) -> SafeString:
    """A QR code (ISO/IEC 18004, error level M) of an address, with words for who does not see it."""
    drawn = segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)
    return format_html('<span class="ts-qr" role="img" aria-label="{}">{}</span>', label, mark_safe(drawn))  # noqa: S308


# --- Forms ------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def field(context: template.Context, bound: Any, **more: Any) -> SafeString:
    """A field of a register or form: fields/<widget>.html with `field`. `more` reaches the template
    (`page_heading=True` makes the label the h1 of a page with one question)."""
    widget = more.pop("widget", "") or bound.widget
    if getattr(bound, "prefilled", False) and not bound.errors:
        widget, more["value"] = "known", _known(bound)
    return render_to_string(f"fields/{widget}.html", {"field": bound, **more}, context.get("request"))


def _known(bound: Any) -> str:
    """What a register answered, as people read it: it is shown, and not asked again."""
    options = bound.spec.settings()
    try:
        return bound.spec.kind.display(bound.spec.kind.read(bound.raw, options), options)
    except Invalid:
        return str(bound.raw)


@register.simple_tag(takes_context=True)
def control(
    context: template.Context,
    widget: str,
    name: str,
    label: Words,
    *,
    value: Any = "",
    hint: Words = "",
    errors: Sequence[Words] = (),
    choices: Iterable[tuple[str, Words]] = (),
    optional: bool = False,
    page_heading: bool = False,
    **attributes: Any,
) -> SafeString:
    """A control with no kernel field behind it: a search, a filter, a comment. `widget` names the template."""
    shown = Control(name, label, value, hint, errors, optional, "", choices, attributes)
    return render_to_string(
        f"fields/{widget}.html", {"field": shown, "page_heading": page_heading}, context.get("request")
    )


@register.simple_tag
def attributes(given: Mapping[str, Any] | None) -> SafeString:
    return _attributes(given or {})


@register.simple_tag
def describedby(bound: Any) -> SafeString:
    """aria-describedby and aria-invalid of a control: its hint, its error, its count."""
    ids = [f"{bound.id}-hint"] if bound.hint else []
    if bound.errors:
        ids.append(f"{bound.id}-error")
    return _attributes({"aria-describedby": " ".join(ids), "aria-invalid": "true" if bound.errors else None})


@register.filter
def messages(errors: Any) -> list[Words]:
    """The messages of a field, those of the parts of a composite among them."""
    return _messages(errors)


@register.filter
def option(bound: Any, name: str) -> Any:
    """An option of the field's type ("max"), or of a plain control; None where it has none."""
    spec = getattr(bound, "spec", None)
    return getattr(spec.settings(), name, None) if spec else bound.attrs.get(name)


@register.filter
def same(raw: Any, value: Any) -> bool:
    """Whether a choice is chosen: `raw` is one value, or a list of them."""
    return str(value) in map(str, raw) if isinstance(raw, list | tuple | set) else str(raw) == str(value)


@register.simple_tag
def error_summary(fields: Iterable[Any] = (), errors: Mapping[str, Sequence[Words]] | Sequence[Words] = ()) -> Any:
    """What has to be mended, each line a link to its field; nothing when all is well. `errors` are those of no field:
    a list, or kernel.errors.Invalid.errors by path."""
    lines = [(f"#{_first_id(bound)}", message) for bound in fields for message in _messages(bound.errors)]
    if isinstance(errors, Mapping):
        lines += [(f"#id_{path}" if path else "", words) for path, found in errors.items() for words in found]
    else:
        lines += [("", words) for words in errors]
    return _show("error_summary", lines=lines) if lines else ""


def _messages(errors: Any) -> list[Words]:
    if isinstance(errors, Mapping):
        return [message for found in errors.values() for message in _messages(found)]
    return list(errors or ())


def _first_id(bound: Any) -> str:
    """The control that an error leads to: the first part of a composite, the first of a group."""
    parts = bound.spec.kind.parts if hasattr(bound, "spec") else ()
    return f"{bound.id}.{parts[0]}" if parts else bound.id


@register.simple_tag
def draft_notice(key: str) -> SafeString:
    """Says that a draft was put back into <form data-draft="key">; hidden until islands/draft.ts shows it."""
    return _show("draft_notice", key=key)


@register.simple_tag
def search_box(action: str, label: Words, value: str = "", name: str = "q", placeholder: Words = "") -> SafeString:
    return _show("search_box", action=action, label=label, value=value, name=name, placeholder=placeholder)


# --- Blocks -----------------------------------------------------------------------------------------------------


@register.simple_block_tag
def card(content: str, title: Words = "", href: str = "", level: int = 2) -> SafeString:
    """A bordered block; with `href` the whole of it takes the tap."""
    return _show("card", content=content, title=title, href=href, level=level)


@register.simple_block_tag
def inset(content: str) -> SafeString:
    return format_html('<div class="govuk-inset-text">{}</div>', content)


@register.simple_block_tag
def warning(content: str) -> SafeString:
    return _show("warning", content=content)


@register.simple_block_tag
def notification(content: str, kind: str = "", title: Words = "") -> SafeString:
    """A banner at the head of a page. `kind`: "" (important), success, warning."""
    titles = {"success": _("Đã xong"), "warning": _("Cần chú ý")}
    return _show("notification", content=content, kind=kind, title=title or titles.get(kind, _("Thông báo")))


@register.simple_block_tag
def panel(content: str, title: Words = "", level: int = 1) -> SafeString:
    """The end of a journey: what was done, and its number."""
    return _show("panel", content=content, title=title, level=level)


@register.simple_block_tag
def details(content: str, summary: Words = "", open: bool = False) -> SafeString:
    return _show("details", content=content, summary=summary, open=open)


@register.simple_block_tag
def accordion(content: str) -> SafeString:
    """Holds {% section %}s. Plain <details>: works without a script, and the browser's search opens them."""
    return format_html('<div class="ts-accordion">{}</div>', content)


@register.simple_block_tag
def section(content: str, title: Words = "", open: bool = False) -> SafeString:
    return _show("section", content=content, title=title, open=open)


@register.simple_block_tag
def fieldset(content: str, legend: Words = "", hint: Words = "", id: str = "") -> SafeString:
    return _show("fieldset", content=content, legend=legend, hint=hint, id=id)


@register.simple_block_tag
def table(content: str, caption: Words = "", dense: bool = False, hide_caption: bool = False) -> SafeString:
    """<thead>, <tbody> and the frame that scrolls on a phone. `dense` for the desk; cells of numbers have class num."""
    return _show("table", content=content, caption=caption, dense=dense, hide_caption=hide_caption)


@register.simple_block_tag
def live(content: str, topic: str = "", url: str = "", polite: bool = True) -> SafeString:
    """A fragment that fetches itself again from `url` when `topic` moves (live.py lists the topics)."""
    return _show("live", content=content, topic=topic, url=url, polite=polite)


@register.simple_block_tag
def phase_banner(content: str, tag: Words = "") -> SafeString:
    return format_html('<div class="ts-phase">{}<p>{}</p></div>', status("active", tag), content)


@register.simple_block_tag
def empty(content: str, title: Words = "", level: int = 2) -> SafeString:
    """What will be here, and how to begin."""
    return _show("empty", content=content, title=title, level=level)


# --- Lists ------------------------------------------------------------------------------------------------------


@register.simple_tag
def summary_list(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """Rows of {key, value} and optionally {href, action, about}: "Sửa" with, for who does not see, what."""
    return _show("summary_list", rows=list(rows))


@register.simple_tag
def task_list(items: Iterable[Mapping[str, Any]]) -> SafeString:
    """Items of {text, href, hint, kind, status}."""
    return _show("task_list", items=list(items))


@register.simple_tag
def timeline(entries: Iterable[Mapping[str, Any]]) -> SafeString:
    """Entries of {when, title, by, text, kind, href}, the newest first; `kind` as in {% status %}."""
    shown = [{"icon": STATES.get(entry.get("kind", ""), "dot"), **entry} for entry in entries]
    return _show("timeline", entries=shown)


@register.simple_tag
def steps(names: Iterable[Words], current: int) -> SafeString:
    """Where one is on the way; `current` counts from 1, above the last all is done."""
    listed = [{"at": at, "name": name} for at, name in enumerate(names, 1)]
    return _show("steps", steps=listed, current=current, total=len(listed))


@register.simple_tag
def tabs(items: Iterable[tuple[str, Words]], current: str) -> SafeString:
    """Tabs are addresses: (address, words); `current` is the address of the one that is open."""
    return _show("tabs", items=list(items), current=current)


@register.simple_tag(takes_context=True)
def pagination(context: template.Context, older: str = "", newer: str = "", name: str = "after") -> SafeString:
    """Keyset pages: `older` is the cursor of the page after, `newer` the address or cursor of the page before."""

    def address(cursor: str) -> str:
        if not cursor or cursor.startswith(("/", "?")):
            return cursor
        query = context["request"].GET.copy()
        query[name] = cursor
        return f"?{query.urlencode()}"

    return _show("pagination", older=address(older), newer=address(newer)) if older or newer else mark_safe("")


# --- Figures and waiting ----------------------------------------------------------------------------------------


@register.simple_tag
def stat(
    value: Any,
    label: Words,
    *,
    href: str = "",
    unit: Words = "",
    target: Any = None,
    kind: str = "",
    note: Words = "",
    decimals: int = 0,
    series: Sequence[float | None] = (),
) -> SafeString:
    """A figure with its name; `href` leads to the rows that it counts. `kind` done or late says with icon and word
    whether `target` is met; `series` adds a small line of how it came."""
    return _show(
        "stat",
        value="–" if value is None else vn_number(value, decimals),
        label=label,
        href=href,
        unit=unit,
        target=None if target is None else vn_number(target, decimals),
        kind=kind,
        note=note,
        series=series,
    )


@register.simple_tag
def sparkline(values: Sequence[float | None], label: Words = "", target: float | None = None) -> SafeString:
    """A line of 100 × 24 without axes; `label` says in words what it shows. Gaps (None) are skipped."""
    points = [(at, float(value)) for at, value in enumerate(values) if value is not None]
    if len(points) < 2:
        return mark_safe("")
    drawn = [value for _at, value in points] + ([target] if target is not None else [])
    low, high = min(drawn), max(drawn)
    height = (high - low) or 1.0

    def place(at: int, value: float) -> tuple[float, float]:
        return round(at * 100 / (len(values) - 1), 1), round(24 - (value - low) * 24 / height, 1)

    line = " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
    x, y = place(*points[-1])
    level = place(0, target)[1] if target is not None else None
    return _show("sparkline", line=line, x=x, y=y, level=level, label=label)


@register.simple_tag
def progress(value: int, total: int, label: Words, url: str = "") -> SafeString:
    """Long work: how far it is. With `url` the fragment asks again every two seconds."""
    return _show("progress", value=value, total=total, label=label, url=url)


@register.simple_tag
def skeleton(lines: int = 3, label: Words = "") -> SafeString:
    return _show("skeleton", lines=range(lines), label=label or _("Đang tải"))


# --- Writing ----------------------------------------------------------------------------------------------------


@register.filter
def vn_number(value: Any, decimals: int | None = None) -> str:
    """1234567.8 as 1.234.567,8 (in English 1,234,567.8). Without `decimals` as many as it has; "" for None."""
    if value is None or value == "":
        return ""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return "–"
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-int(decimals)), ROUND_HALF_UP)
    text = f"{number:,f}"
    if _vietnamese():
        text = text.translate(str.maketrans(",.", ".,"))
    return text.replace("-", "\N{MINUS SIGN}")


@register.filter
def vnd(value: Any) -> str:
    """15000 as "15.000 ₫"; 0 as "Không thu phí"."""
    if value in (None, ""):
        return ""
    return f"{vn_number(value, 0)}\N{NO-BREAK SPACE}₫" if int(value) else _("Không thu phí")


@register.filter
def percent(value: Any, decimals: int = 1) -> str:
    return "–" if value is None else f"{vn_number(value, decimals)}\N{NO-BREAK SPACE}%"


@register.filter
def vn_date(value: date | datetime | None) -> SafeString | str:
    """dd/mm/yyyy in a <time> element, of the day in Vietnam."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        value = _local(value).date()
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), f"{value:%d/%m/%Y}")


@register.filter
def vn_datetime(value: datetime | None) -> SafeString | str:
    """hh:mm dd/mm/yyyy in Vietnam's time."""
    if value is None or value == "":
        return ""
    local = _local(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), f"{local:%H:%M %d/%m/%Y}")


@register.filter
def ago(value: datetime | None) -> str:
    """ "5 phút trước" up to a week, then the date."""
    if value is None:
        return ""
    seconds = int((timezone.now() - value).total_seconds())
    if seconds < 60:
        return _("vừa xong")
    for length, words in (
        (3_600, lambda n: ngettext("%(n)s phút trước", "%(n)s phút trước", n)),
        (86_400, lambda n: ngettext("%(n)s giờ trước", "%(n)s giờ trước", n)),
        (7 * 86_400, lambda n: ngettext("%(n)s ngày trước", "%(n)s ngày trước", n)),
    ):
        if seconds < length:
            count = seconds // {3_600: 60, 86_400: 3_600}.get(length, 86_400)
            return words(count) % {"n": count}
    return f"{_local(value):%d/%m/%Y}"


@register.simple_tag
def time_state(words: Words, late: bool = False, soon: bool = False) -> SafeString:
    """A time left, in words that an engine gave ("còn 3 giờ làm việc"), with the icon of its state. That little of it
    is left is said too, and not shown by a colour alone."""
    kind = "late" if late else "soon" if soon else "fine"
    said = _("sắp đến hạn, %(left)s") % {"left": words} if kind == "soon" else words
    drawn = icon({"late": "alert", "soon": "bell"}.get(kind, "clock"))
    return format_html('<span class="ts-time ts-time--{}">{}<span>{}</span></span>', kind, drawn, said)


@register.filter
def time_left(due: datetime | None) -> SafeString | str:
    """A due time as the working time that is left until it."""
    if due is None:
        return ""
    now = timezone.now()
    left = calendar.remaining(now, due)
    return time_state(calendar.remaining_words(now, due), left < timedelta(0), left < SOON)


@register.filter
def json_attribute(value: Any) -> str:
    """JSON for a data- attribute, escaped by the template."""
    return json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def part(value: Any, name: str) -> Any:
    """One part of a composite raw value: {{ field.raw|part:"day" }}; "" where there is none."""
    return value.get(name, "") if isinstance(value, Mapping) else ""


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _vietnamese() -> bool:
    return not (get_language() or "vi").startswith("en")
