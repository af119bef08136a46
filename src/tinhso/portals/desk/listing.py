"""A list of records as its address asks for it: the view, the controls above it, conditions, order, columns, layout.

`xem` a view (of the pack by its name, saved by its id), `q` words, `f.<field>` the controls, `xa` a commune,
`k.<field>__<operator>` conditions that were added, `sap` the order, `cot` columns, `hien` table, map or both.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.ids import as_uuid
from tinhso.registers import queries as registers
from tinhso.registers.contracts import SavedView, SavedViewRef, ViewAsks
from tinhso.territory import queries as territory

from . import conditions

MOST_FILTERS = 6
TYPED = frozenset({"text", "national_id", "tax_code", "phone", "email", "vehicle_plate"})
LAYOUTS = {"bang": "table", "ca-hai": "both", "ban-do": "map"}
"""How the address says what contracts.LAYOUTS has."""
NO_CONDITIONS = frozenset({"sap", "after", "xem", "cot", "hien", "sua", "diem"})
ADDRESSED = {layout: word for word, layout in LAYOUTS.items()}


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

    @property
    def words(self) -> str:
        """What is asked, as people read it."""
        if self.kind == "dates":
            return f"{self.label}: {self.first or '…'} – {self.last or '…'}"
        return f"{self.label}: {dict(self.choices).get(self.value, self.value)}"


@dataclass(slots=True)
class Listing:
    """`where`, `search` and `order` are for queries.find; `columns` the fields to be shown, as far as they may be read.
    `base` says in words what the saved view asks; `lost` that its address names one that is not there."""

    of: Any
    asked: QueryDict
    filters: list[Filter]
    more: conditions.Conditions
    views: Mapping[str, Any]
    own: list[SavedViewRef]
    view: Any = None
    saved: SavedView | None = None
    revised: SavedViewRef | None = None
    lost: bool = False
    base: list[str] = field(default_factory=list)
    where: list[tuple[str, Any]] = field(default_factory=list)
    search: str = ""
    order: str = ""
    listed: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    layout: str = "table"
    has_map: bool = False
    readable: frozenset[str] = frozenset()

    @property
    def commune(self) -> str:
        return self.asked.get("xa", "")

    @property
    def view_name(self) -> str:
        """The view as the address names it, "" for the whole register."""
        return str(self.saved.ref.id) if self.saved else self.view.name if self.view else ""

    @property
    def shows(self) -> tuple[str, ...]:
        """The fields that a reader of the list is shown."""
        return (*self.listed, *self.of.in_display)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form of conditions takes along, besides its own controls."""
        columns = [("cot", name) for name in self.columns] if self.chose_columns else []
        return [(name, value) for name, value in self._pairs() if name in {"xem", "sua", "sap", "hien"}] + columns

    @property
    def beside_columns(self) -> list[tuple[str, str]]:
        """What the form of columns takes along."""
        return [(name, value) for name, value in self._pairs() if name not in {"cot", "after", "diem"}]

    def _pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.asked.lists() for value in values if value]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """The fields that may be columns (name, words, whether it is one): those shown first, in their order."""
        names = dict.fromkeys((*self.columns, *(name for name in self.of.fields if name in self.readable)))
        return [(name, self.of.fields[name].spec.words, name in self.columns) for name in names]

    @property
    def chose_columns(self) -> bool:
        return bool(self.asked.getlist("cot"))

    @property
    def usual_columns(self) -> str:
        """The address of the list with the columns that it has of itself."""
        return self.without("cot")

    def asks(self) -> ViewAsks:
        """What the list asks, to be saved: the view it stands on and all that was added to it."""
        where = tuple(dict.fromkeys(_as_kept(key, value) for key, value in self.where))
        columns = self.columns if self.asked.getlist("cot") or self.saved or self.view else ()
        layout = self.layout if self.has_map else ""
        return ViewAsks(where, self.search.strip(), self.order, columns, layout)

    def words(self) -> list[str]:
        """The conditions in force, as people read them."""
        found = [*self.base, *(one.words for one in self.filters if one.is_set), *(a.words for a in self.more.added)]
        if self.view:
            found.insert(0, str(self.view.label))
        if self.commune:
            found.append(conditions.place_words(self.commune))
        return [*found, f"“{self.search.strip()}”"] if self.search.strip() else found

    def at(self, id: str) -> str:
        """The address of the list with the map, and this record pointed out on it."""
        layout = self.layout if self.layout != "table" else "both"
        query = self.asked.copy()
        query["hien"], query["diem"] = ADDRESSED[layout], id
        return f"?{query.urlencode()}#ban-do"

    def without(self, *names: str, **changed: str) -> str:
        """The address of the list without these keys, and with others; always from its first page."""
        query = self.asked.copy()
        for name in (*names, "after", "diem", *changed):
            query.pop(name, None)
        for name, value in changed.items():
            query[name] = value
        return f"?{query.urlencode()}"


def read(actor: Actor, of: Any, asked: QueryDict) -> Listing:
    """The list at this address, for this reader."""
    own = registers.saved_views(actor, of.register)
    found = Listing(
        of, asked, list(_filters(actor, of, asked)), conditions.read(actor, of, asked),
        conditions.views_for(actor, of), own,
    )  # fmt: skip
    _take_view(actor, found, asked.get("xem", ""))
    found.revised = _ref(own, asked.get("sua", "")) or (found.saved.ref if found.saved else None)
    kept = found.saved.asks if found.saved else ViewAsks()
    view, readable = found.view, registers.readable(actor, of)
    found.readable = readable
    found.where = [*conditions.of_view(view), *kept.where, *_where(found.filters, found.commune), *found.more.where]
    found.base = [conditions.words(of, key, value) for key, value in kept.where]
    found.search = asked.get("q", view.search if view else kept.search)
    found.order = asked.get("sap") or (view.order if view else kept.order) or of.newest_first
    chosen = tuple(name for name in dict.fromkeys(asked.getlist("cot")) if name in readable)
    found.listed = chosen or (view.columns if view else kept.columns) or of.definition.shown
    found.columns = tuple(name for name in found.listed if name in readable)
    found.has_map = shows_map(actor, of)
    usual = "both" if view is None or view.map else "table"
    found.layout = (LAYOUTS.get(asked.get("hien", "")) or kept.layout or usual) if found.has_map else "table"
    return found


def read_whole(actor: Actor, of: Any, asked: QueryDict) -> Listing:
    """The same, where something is done with all that the list asks. Raises Invalid where it names a field that is
    gone."""
    found = read(actor, of, asked)
    if found.more.lost:
        raise Invalid({"them": found.more.lost})
    return found


def _take_view(actor: Actor, found: Listing, name: str) -> None:
    """The view that the address names: the pack's, else a saved one."""
    found.view = found.views.get(name)
    ref = _ref(found.own, name)
    if ref is not None:
        found.saved = registers.saved_view(actor, found.of.register, ref.id)
    found.lost = bool(name) and found.view is None and ref is None


def _ref(own: list[SavedViewRef], text: str) -> SavedViewRef | None:
    return next((ref for ref in own if str(ref.id) == text), None)


def shows_map(actor: Actor, of: Any) -> bool:
    """Whether the register has a map that the reader may see."""
    return bool(of.definition.map) and of.definition.map in registers.readable(actor, of)


def spelled_out(saved: SavedView) -> str:
    """The address that asks, part by part, what a saved view asks: there each can be taken off, and saved again."""
    query = QueryDict(mutable=True)
    query["sua"] = str(saved.ref.id)
    for key, value in saved.asks.where:
        query.appendlist("xa" if key == "place" else f"k.{key}", value)
    for name, value in (("q", saved.asks.search), ("sap", saved.asks.order)):
        if value:
            query[name] = value
    query.setlist("cot", list(saved.asks.columns))
    if saved.asks.layout:
        query["hien"] = ADDRESSED[saved.asks.layout]
    return f"?{query.urlencode()}"


def beside(listing: Listing, error: Invalid, errors: dict[str, list[Any]]) -> None:
    """Put the messages of a refused list beside their controls. Raises NotFound where one has none (an address made by
    hand)."""
    controls = {one.name: one for one in listing.filters}
    for key, messages in error.errors.items():
        if listing.more.beside(key, messages, errors):
            continue
        name = key.rpartition("__")[0] or key
        if name not in controls:
            raise NotFound() from error
        one = controls[name]
        one.errors = [str(message) for message in messages]
        errors[f"f.{name}.tu" if one.kind == "dates" else f"f.{name}"] = list(one.errors)


def _filters(actor: Actor, of: Any, asked: QueryDict) -> Iterator[Filter]:
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


def _where(filters: list[Filter], commune: str) -> Iterator[tuple[str, Any]]:
    for one in filters:
        if one.kind == "dates" and one.is_set:
            yield f"{one.name}__between", (one.first, one.last)
        elif one.is_set:
            yield f"{one.name}__{one.operator}", one.value.strip()
    if commune:
        yield "place", commune


def _as_kept(key: str, value: Any) -> tuple[str, str]:
    """A condition as addresses write it, which is how views keep it."""
    if isinstance(value, bool):
        return key, "true" if value else "false"
    return key, ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def communes(actor: Actor) -> list[tuple[str, str]]:
    """The communes of today to choose from; none for whoever sees one alone."""
    here = territory.unit(actor.unit)
    if here is None or here.is_commune:
        return []
    below = territory.descendants(here.code)
    return sorted(((u.code, u.name) for u in below if u.is_commune), key=lambda pair: pair[1])


def is_id(text: str) -> bool:
    """Whether a text is the id of a record or view."""
    return as_uuid(text) is not None
