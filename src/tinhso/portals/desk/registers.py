"""/desk/so: the registers, their records, and one record with its history and as it was on a day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.cases import queries as cases
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.portals import days
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Page, Record, Version
from tinhso.territory import queries as territory

from . import conditions
from .records import acts

PAGE_ROWS = 25
MOST_FILTERS = 6
MOST_ON_MAP = 500
COMPARED = frozenset({"text", "integer", "decimal", "money", "date", "datetime", "boolean", "choice", "national_id"})
TYPED = frozenset({"text", "national_id", "tax_code", "phone", "email", "vehicle_plate"})
CHANGES = {
    "create": ("new", gettext_lazy("Ghi vào sổ")),
    "update": ("active", gettext_lazy("Sửa nội dung")),
    "end": ("neutral", gettext_lazy("Kết thúc hiệu lực")),
    "restore": ("done", gettext_lazy("Khôi phục")),
}


@dataclass(slots=True)
class Filter:
    """A control above the list. `kind` is text, choice or dates; a choice has `choices`, dates `first` and `last`."""

    name: str
    label: str
    kind: str
    value: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    first: str = ""
    last: str = ""
    operator: str = "eq"
    errors: list[str] = field(default_factory=list)

    @property
    def is_set(self) -> bool:
        return bool(self.value or self.first or self.last)


@route(may("registers.see"))
def home(request: HttpRequest) -> HttpResponse:
    """The registers that the officer may open, each with what it holds."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown = []
    for ref in registers.registers_visible(actor):
        of = registers.definition(ref.register).definition
        count = registers.count_estimate(actor, ref.register)
        shown.append({"ref": ref, "summary": str(of.summary or ""), "name": ref.plural or ref.name, "count": count})
    return render(request, "desk/registers.html", {"registers": shown, "builds": actor.may("registers.build")})


@route(may("registers.see"))
def register(request: HttpRequest, register: str) -> HttpResponse:
    """The records of a register: found, filtered, sorted, or as they were on a day (`?ngay=`)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    asked = request.GET
    errors: dict[str, list[Any]] = {}
    day = days.read(asked.get("ngay", ""), "ngay", errors)
    views = conditions.views_for(actor, of)
    view = views.get(asked.get("xem", ""))
    order = asked.get("sap") or (view and view.order) or of.newest_first
    search = asked.get("q", view.search if view else "")
    filters = list(_filters(actor, of, asked))
    shown = (*((view and view.columns) or of.definition.shown), *of.in_display)
    more = conditions.read(actor, of, asked)
    if more.adding and more.adding.errors:
        errors["them.gt"] = list(more.adding.errors)
    if more.lost:
        errors["them"] = list(more.lost)
    page, failed = Page(), ""
    if not errors:
        try:
            if day:
                page = registers.find(
                    actor, register, as_of=day, after=asked.get("after", ""), limit=PAGE_ROWS, shows=shown
                )
            else:
                page = registers.find(
                    actor,
                    register,
                    where=[*conditions.of_view(view), *_where(filters, asked.get("xa", "")).items(), *more.where],
                    search=search,
                    order=order,
                    after=asked.get("after", ""),
                    limit=PAGE_ROWS,
                    shows=shown,
                )
        except Invalid as error:
            if not _beside(filters, more, error, errors):
                raise NotFound() from error
        except Busy as error:
            failed = str(error.detail)
    masked = set(page.records[0].masked) if page.records else set()
    listed = (view and view.columns) or of.definition.shown
    names = [name for name in listed if name not in masked]
    context = {
        "register": register,
        "acts": acts.of_register(actor, register),
        "of": of.definition,
        "columns": [_column(of, name, order, asked) for name in names],
        "rows": _rows(of, page.records, names),
        "older": page.next,
        "search": search,
        "searchable": bool(of.definition.search),
        "keeps": registers.keeps(actor, register),
        "filters": filters,
        "filtering": any(one.is_set for one in filters) or bool(asked.get("xa") or errors or more.adding),
        "communes": _communes(actor),
        "commune": asked.get("xa", ""),
        "day": day,
        "day_typed": asked.get("ngay", ""),
        "order": asked.get("sap", ""),
        "errors": errors,
        "failed": failed,
        "asked": any(value for name, value in asked.items() if name not in {"sap", "after", "xem"}),
        "hidden": sum(1 for name in listed if name in masked),
        "more": more,
        "map_of": asked.urlencode() if (view is None or view.map) and shows_map(actor, of) and not day else None,
        "map_most": MOST_ON_MAP,
        "view": view,
        "tabs": [("?", _("Cả sổ")), *((f"?xem={one.name}", str(one.label)) for one in views.values())] if views else [],
        "tab": f"?xem={view.name}" if view else "?",
        "keys": [("/", _("Tìm")), ("j", _("Dòng dưới")), ("k", _("Dòng trên"))],
    }
    return render(request, "desk/register.html", context, status=422 if errors else 503 if failed else 200)


@route(may("registers.see"))
def record(request: HttpRequest, register: str, record_id: UUID) -> HttpResponse:
    """One record, as it stands or as it was on a day (`?ngay=`), with every version of it. Opening it leaves a row in
    the access log of each person named in it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    errors: dict[str, list[Any]] = {}
    typed = request.GET.get("ngay", "")
    day = days.read(typed, "ngay", errors)
    try:
        found = registers.get(actor, register, record_id, at=day)
    except NotFound:
        if day is None:
            raise
        found = registers.get(actor, register, record_id)
        errors["ngay"] = [_("Ngày này chưa có hoặc không còn bản ghi; đang hiện bản ghi như hôm nay.")]
        day = None
    names = [name for name in of.fields if name not in found.masked]
    words = registers.in_words(of, [found], names)[0]
    geometries = [name for name in names if of.fields[name].spec.type == "geometry"]
    versions = registers.history(actor, register, record_id)
    known = cases.visible_refs(actor, {one for one in (found.case, *(v.case for v in versions)) if one})
    place = territory.unit(found.unit, found.unit_on)
    context = {
        "register": register,
        "acts": acts.of_record(actor, register, found),
        "of": of.definition,
        "record": found,
        "title": found.display or f"{of.definition.name} {next((words[name] for name in names if words[name]), '')}",
        "filled": [{"key": of.fields[name].spec.words, "value": words[name]} for name in names if words[name]],
        "vacant": [of.fields[name].spec.words for name in names if not words[name]],
        "masked": [of.fields[name].spec.words for name in found.masked],
        "place": place.name if place else found.unit,
        "case": known.get(found.case) if found.case else None,
        "versions": list(_versions(of, versions, known)),
        "day": day,
        "day_typed": typed,
        "errors": errors,
        "ended": found.valid_until,
        "referring": registers.referring(actor, register, record_id),
        "targets": list(_targets(of, found, names, words)),
        "places": [of.fields[name].spec.words for name in geometries if found.values.get(name)],
        "center": _center(next((found.values[name] for name in geometries if found.values.get(name)), None)),
    }
    return render(request, "desk/record.html", context, status=422 if errors else 200)


def _targets(of: Any, record: Record, names: list[str], words: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The records that this one refers to, each with its page."""
    for name in names:
        if of.fields[name].spec.type == "reference" and (id := record.values.get(name)):
            yield {
                "label": of.fields[name].spec.words,
                "words": words[name],
                "to": of.fields[name].options.to,
                "id": id,
            }


def _center(geometry: Any) -> str:
    """Where a map of a shape begins: the middle of its corners, "longitude,latitude"."""
    corners = list(_corners(geometry["coordinates"])) if geometry else []
    if not corners:
        return ""
    west, east = min(x for x, _y in corners), max(x for x, _y in corners)
    south, north = min(y for _x, y in corners), max(y for _x, y in corners)
    return f"{(west + east) / 2:.6f},{(south + north) / 2:.6f}"


def _corners(part: Any) -> Iterator[tuple[float, float]]:
    if part and isinstance(part[0], int | float):
        yield part[0], part[1]
        return
    for one in part:
        yield from _corners(one)


def shows_map(actor: Actor, of: Any) -> bool:
    """Whether the register has a map that the reader may see."""
    return bool(of.definition.map) and of.definition.map in registers.readable(actor, of)


def list_where(actor: Actor, of: Any, asked: Any) -> tuple[list[tuple[str, Any]], str]:
    """What the address of a list asks: conditions and the text searched for. Raises Invalid where one of them names a
    field that is gone."""
    view = conditions.views_for(actor, of).get(asked.get("xem", ""))
    more = conditions.read(actor, of, asked)
    if more.lost:
        raise Invalid({"them": more.lost})
    filters = list(_filters(actor, of, asked))
    where = [*conditions.of_view(view), *_where(filters, asked.get("xa", "")).items(), *more.where]
    return where, asked.get("q", view.search if view else "")


def _filters(actor: Actor, of: Any, asked: Any) -> Iterator[Filter]:
    """One control for each field that is listed or searched and can be compared, those that are searched first."""
    definition = of.definition
    readable = registers.readable(actor, of)
    names = [*(n for n, how in definition.search.items() if how != "fulltext"), *definition.shown]
    made = 0
    for name in dict.fromkeys(names):
        if name not in readable or made == MOST_FILTERS:
            continue
        spec = of.fields[name].spec
        kind, options, key = spec.kind, spec.settings(), f"f.{name}"
        if spec.type == "date":
            yield Filter(name, spec.words, "dates", first=asked.get(f"{key}.tu", ""), last=asked.get(f"{key}.den", ""))
        elif spec.type == "boolean":
            choices = [("true", _("Có")), ("false", _("Không"))]
            yield Filter(name, spec.words, "choice", asked.get(key, ""), choices)
        elif spec.type == "choice" and kind.widget_for(options) != "checkboxes":
            yield Filter(name, spec.words, "choice", asked.get(key, ""), kind.choices(options))
        elif spec.type in TYPED and definition.search.get(name) in {"exact", "prefix", "contains"}:
            how = definition.search[name]
            operator = "eq" if how == "exact" else how
            yield Filter(name, spec.words, "text", asked.get(key, ""), operator=operator)
        else:
            continue
        made += 1


def _where(filters: list[Filter], commune: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in filters:
        if one.kind == "dates" and one.is_set:
            found[one.name] = ("between", (one.first, one.last))
        elif one.is_set:
            found[one.name] = (one.operator, one.value.strip())
    if commune:
        found["place"] = commune
    return found


def _beside(filters: list[Filter], more: conditions.Conditions, error: Invalid, errors: dict[str, list[Any]]) -> bool:
    """Put the messages beside their controls; False where one has none (an address made by hand)."""
    controls = {one.name: one for one in filters}
    for name, messages in error.errors.items():
        if more.beside(name, messages, errors):
            continue
        if name not in controls:
            return False
        controls[name].errors = [str(message) for message in messages]
        errors[f"f.{name}.tu" if controls[name].kind == "dates" else f"f.{name}"] = controls[name].errors
    return True


def _column(of: Any, name: str, order: str, asked: Any) -> dict[str, Any]:
    """A head of the table: its words, whether it is a number, and the address that sorts by it."""
    spec = of.fields[name].spec
    query = asked.copy()
    query.pop("after", None)
    query["sap"] = f"-{name}" if order == name else name
    sortable = spec.type in COMPARED and "ngay" not in asked
    return {
        "words": spec.words,
        "number": spec.type in {"integer", "decimal", "money"},
        "href": f"?{query.urlencode()}" if sortable else "",
        "sorted": {name: "ascending", f"-{name}": "descending"}.get(order, ""),
    }


def _rows(of: Any, records: list[Record], names: list[str]) -> list[dict[str, Any]]:
    numbers = {name for name in names if of.fields[name].spec.type in {"integer", "decimal", "money"}}
    wordy = {
        name for name in names[1:] if of.fields[name].spec.type in {"text", "address", "person", "agency", "reference"}
    }
    shown = []
    for one, words in zip(records, registers.in_words(of, records, names), strict=True):
        place = territory.unit(one.unit, one.unit_on)
        cells = [{"words": words[name], "number": name in numbers, "wide": name in wordy} for name in names]
        shown.append({"record": one, "cells": cells, "place": place.name if place else one.unit})
    return shown


def _communes(actor: Actor) -> list[tuple[str, str]]:
    """The communes of today to choose from; none for whoever sees one alone."""
    here = territory.unit(actor.unit)
    if here is None or here.is_commune:
        return []
    below = territory.descendants(here.code)
    return sorted(((u.code, u.name) for u in below if u.is_commune), key=lambda pair: pair[1])


def _versions(of: Any, versions: list[Version], known: dict[UUID, Any]) -> Iterator[dict[str, Any]]:
    """Versions newest first, each with what it changed against the one before."""
    for at, version in enumerate(versions):
        before = versions[at + 1] if at + 1 < len(versions) else None
        kind, title = CHANGES.get(version.change, ("neutral", version.change))
        yield {
            "version": version,
            "kind": kind,
            "title": title,
            "first": before is None,
            "changes": registers.differences(of, before, version),
            "case": known.get(version.case) if version.case else None,
            "hidden_case": bool(version.case) and version.case not in known,
        }
