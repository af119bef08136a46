"""/desk/so: the registers, their records, and one record with its history and as it was on a day."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.cases import queries as cases
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.kernel.text import fold
from tinhso.portals import days
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Page, Record, Version
from tinhso.territory import queries as territory

from . import listing, views
from .records import acts
from .register_map import MOST_ON_MAP

PAGE_ROWS = 25
COMPARED = frozenset({"text", "integer", "decimal", "money", "date", "datetime", "boolean", "choice", "national_id"})
WORDY = frozenset({"text", "address", "person", "agency", "unit", "reference"})
TIGHT = 18
"""Letters of a cell that stays on one line: codes, dates, a word or two."""
CHANGES = {
    "create": ("new", gettext_lazy("Ghi vào sổ")),
    "update": ("active", gettext_lazy("Sửa nội dung")),
    "end": ("neutral", gettext_lazy("Kết thúc hiệu lực")),
    "restore": ("done", gettext_lazy("Khôi phục")),
}


@route(may("registers.see"))
def home(request: HttpRequest) -> HttpResponse:
    """The registers that the officer may open, each with what it holds."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    titles = packs.titles()
    fields: dict[str, list[dict[str, Any]]] = {}
    for ref in registers.registers_visible(actor):
        of = registers.definition(ref.register).definition
        count = registers.count_estimate(actor, ref.register)
        row = {"ref": ref, "summary": str(of.summary or ""), "name": ref.plural or ref.name, "count": count}
        fields.setdefault(titles.get(ref.pack, ref.pack), []).append(row)
    context = {
        "fields": sorted(fields.items(), key=lambda pair: fold(pair[0])),
        "builds": actor.may("registers.build"),
    }
    return render(request, "desk/registers.html", context)


@route(may("registers.see"))
def register(request: HttpRequest, register: str) -> HttpResponse:
    """The records of a register: found, filtered, sorted, or as they were on a day (`?ngay=`)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    asked = request.GET
    errors: dict[str, list[Any]] = {}
    day = days.read(asked.get("ngay", ""), "ngay", errors)
    found = listing.read(actor, of, asked)
    if found.more.adding and found.more.adding.errors:
        errors["them.gt"] = list(found.more.adding.errors)
    if found.more.lost:
        errors["them"] = list(found.more.lost)
    page, failed = Page(), ""
    if not errors:
        after = asked.get("after", "")
        try:
            if day:
                page = registers.find(actor, register, as_of=day, after=after, limit=PAGE_ROWS, shows=found.shows)
            else:
                page = registers.find(
                    actor, register, where=found.where, search=found.search, order=found.order, after=after,
                    limit=PAGE_ROWS, shows=found.shows,
                )  # fmt: skip
        except Invalid as error:
            listing.beside(found, error, errors)
        except Busy as error:
            failed = str(error.detail)
    hidden = len(found.listed) - len(found.columns)
    layout = "table" if day else found.layout
    context = {
        "register": register,
        "acts": acts.of_register(actor, register),
        "of": of.definition,
        "list": found,
        "columns": [_column(of, name, found.order, asked) for name in found.columns],
        "rows": _rows(of, page.records, list(found.columns), found if layout != "table" else None),
        "older": page.next,
        "searchable": bool(of.definition.search),
        "communes": listing.communes(actor),
        "filtering": any(one.is_set for one in found.filters) or bool(found.commune or errors or found.more.adding),
        "day": day,
        "day_typed": asked.get("ngay", ""),
        "errors": errors,
        "failed": failed,
        "asked": any(v for name, v in asked.items() if name not in listing.NO_CONDITIONS),
        "hidden": hidden,
        "placed": of.definition.unit not in found.columns,
        "views": views.of_list(found),
        "layout": layout,
        "layouts": views.layouts(found) if found.has_map and not day else [],
        "map_most": MOST_ON_MAP,
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
    center = _center(next((found.values[name] for name in geometries if found.values.get(name)), None))
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
        "center": center,
        "center_words": center.replace(",", ", "),
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


def _rows(
    of: Any, records: list[Record], names: list[str], mapped: listing.Listing | None = None
) -> list[dict[str, Any]]:
    """The rows of the table; `mapped` is the list where a map stands beside, on which a row may have its place."""
    numbers = {name for name in names if of.fields[name].spec.type in {"integer", "decimal", "money"}}
    wordy = {name for name in names[1:] if of.fields[name].spec.type in WORDY}
    shown = []
    for one, words in zip(records, registers.in_words(of, records, names), strict=True):
        place = territory.unit(one.unit, one.unit_on)
        cells = [
            {
                "words": words[name],
                "number": name in numbers,
                "wide": name in wordy,
                "tight": len(words[name]) <= TIGHT,
            }
            for name in names
        ]
        at = ""
        if mapped and one.values.get(of.definition.map):
            at = mapped.at(str(one.ref.id))
        shown.append({"record": one, "cells": cells, "place": place.name if place else one.unit, "at": at})
    return shown


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
