"""Conditions that an officer adds to a list, without any script: choose a field (`?them=trees`), then how to compare
and with what; what was added stands in the address as `k.<field>__<operator>`, and can be taken off one by one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.registers import queries as registers
from tinhso.territory import queries as territory

FILLED = "filled"
"""`empty` the other way round, as people ask it."""

MOST_CHOICES = 60


@dataclass(frozen=True, slots=True)
class Added:
    """A condition in force: its words, its name and value in the address, and the address without it."""

    words: str
    name: str
    value: str
    without: str


@dataclass(slots=True)
class Adding:
    """The control of a condition about to be added: the field, how it may be compared, and with what."""

    name: str
    label: str
    operators: list[tuple[str, str]]
    operator: str = ""
    value: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    hint: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Conditions:
    """What was added, what is being added, and the fields that may be chosen. `where` is for queries.find. `lost` says
    what is wrong with an address whose conditions name a field that is gone, or that the reader may not read: without
    them the list would be of more records than whoever kept the address meant."""

    fields: list[tuple[str, str]]
    added: list[Added] = field(default_factory=list)
    adding: Adding | None = None
    where: list[tuple[str, Any]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def beside(self, key: str, messages: list[Any], errors: dict[str, list[Any]]) -> bool:
        """Put the messages of a refused condition above the control that adds; False where it is none of these."""
        if any(one.name == f"k.{key}" for one in self.added):
            errors.setdefault("them", []).extend(messages)
            return True
        return False


def read(actor: Actor, of: Any, asked: QueryDict) -> Conditions:
    """The conditions of an address."""
    known = registers.operators(actor, of)
    found = Conditions([(name, of.fields[name].spec.words) for name in known])
    for key in asked:
        name, _sep, operator = key.removeprefix("k.").rpartition("__")
        if key.startswith("k.") and _is_known(key, known):
            found.where += [(f"{name}__{operator}", value) for value in dict.fromkeys(asked.getlist(key))]
    name = asked.get("them", "")
    if name in known:
        adding = _adding(of, name, known[name], asked.get("them.phep", ""), asked.get("them.gt", "").strip())
        condition = (f"{name}__{_plain(adding.operator)[0]}", _plain(adding.operator, adding.value)[1])
        if asked.get("them.phep"):
            adding.errors = _faults(actor, of, condition)
        if asked.get("them.phep") and not adding.errors:
            found.where.append(condition)
        else:
            found.adding = adding
    found.added = [_added(of, asked, found.where, one) for one in found.where]
    lost = [key for key in asked if asked[key] and _is_lost(key, known)]
    if lost:
        names = ", ".join(dict.fromkeys(key[2:].partition("__")[0].partition(".")[0] for key in lost))
        found.lost = [
            _("Mục “%(names)s” không còn trong sổ hoặc Ông/Bà không được xem; xin bỏ điều kiện này.") % {"names": names}
        ]
        without = _without(asked, found.where, lost=lost)
        found.added += [Added(key[2:], key, str(asked[key]), without) for key in lost]
    return found


def _is_lost(key: str, known: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a key of the address is a condition (`k.` added, `f.` of a control) on a field that cannot be asked."""
    if key.startswith("f."):
        return key.split(".")[1] not in known
    return key.startswith("k.") and not _is_known(key, known)


def _is_known(key: str, known: Mapping[str, tuple[str, ...]]) -> bool:
    name, _sep, operator = key.removeprefix("k.").rpartition("__")
    return operator in known.get(name, ())


def _faults(actor: Actor, of: Any, condition: tuple[str, str]) -> list[str]:
    try:
        registers.check_where(actor, of, [condition])
    except Invalid as error:
        return [str(message) for messages in error.errors.values() for message in messages]
    return []


def _added(of: Any, asked: QueryDict, given: list[tuple[str, str]], one: tuple[str, str]) -> Added:
    key, value = one
    name, _sep, operator = key.rpartition("__")
    return Added(_words(of, name, operator, value), f"k.{key}", value, _without(asked, given, one))


def _without(
    asked: QueryDict, given: list[tuple[str, str]], one: tuple[str, str] | None = None, lost: Collection[str] = ()
) -> str:
    """The address with the conditions `given`, but for `one` and what is `lost`."""
    query = asked.copy()
    for gone in [
        name for name in query if name in {"after", "them", "them.phep", "them.gt", *lost} or name.startswith("k.")
    ]:
        del query[gone]
    for other in given:
        if other != one:
            query.appendlist(f"k.{other[0]}", other[1])
    return f"?{query.urlencode()}"


def words(of: Any, key: str, value: str) -> str:
    """A condition as people read it; its key and value as addresses write them."""
    if key == "place":
        return place_words(value)
    name, _sep, operator = key.rpartition("__")
    if name in of.fields:
        return _words(of, name, operator, value)
    return f"{key}: {value}"  # a column that every record has, which only a pack's view asks


def place_words(code: str) -> str:
    """A condition on the commune, as people read it."""
    place = territory.unit(code)
    return f"{_('Xã, phường hiện nay')}: {place.name if place else code}"


def _words(of: Any, name: str, operator: str, value: str) -> str:
    spec = of.fields[name].spec
    if operator == "empty":
        shown = _("để trống") if value == "true" else _("có giá trị")
        return f"{spec.words}: {shown}"
    if operator == "between":
        first, _comma, last = (one.strip() for one in value.partition(","))
        if not (first and last):
            return _words(of, name, "ge" if first else "le", first or last)
        value = f"{_value_words(of, name, first)} – {_value_words(of, name, last)}"
        return f"{spec.words} {dict(_operators(of, name, (operator,)))[operator]} {value}"
    if operator == "in":
        value = ", ".join(_value_words(of, name, one.strip()) for one in value.split(","))
    else:
        value = _value_words(of, name, value)
    return f"{spec.words} {dict(_operators(of, name, (operator,)))[operator]} {value}"


def _value_words(of: Any, name: str, value: str) -> str:
    """A chosen value by its words; what was typed as it was typed."""
    one = of.fields[name]
    if one.spec.type in {"boolean", "choice", "person", "agency", "unit", "reference"}:
        try:
            read = one.kind.read(value, one.options)
            return one.kind.display(read, one.options) or value
        except Invalid:
            return value
    return value


def _adding(of: Any, name: str, known: tuple[str, ...], operator: str, value: str) -> Adding:
    one = of.fields[name]
    offered = _operators(of, name, (*(o for o in known if o not in {"in", "between"}), FILLED))
    made = Adding(name, one.spec.words, offered, operator if operator in dict(offered) else offered[0][0], value)
    if one.spec.type == "boolean" or (one.spec.type == "choice" and len(one.kind.choices(one.options)) <= MOST_CHOICES):
        made.choices = one.kind.choices(one.options)
    made.hint = {
        "date": _("dd/mm/yyyy, hoặc today, today+30, today-7"),
        "datetime": _("dd/mm/yyyy, hoặc today, today+30, today-7"),
        "geometry": _("kinh độ, vĩ độ, số mét; ví dụ 106.336, 20.446, 500"),
        "person": _("số định danh rồi họ tên"),
        "unit": _("mã hoặc tên xã, phường"),
        "reference": _("mã của bản ghi, như trong địa chỉ trang của nó"),
    }.get(one.spec.type, "")
    return made


def _operators(of: Any, name: str, known: tuple[str, ...]) -> list[tuple[str, str]]:
    """The operators with their words, as the type of the field says them."""
    kind = of.fields[name].spec.type
    days = kind in {"date", "datetime"}
    words = {
        "eq": _("đúng ngày") if days else _("thuộc") if kind == "address" else _("là"),
        "ne": _("khác"),
        "lt": _("trước ngày") if days else _("dưới"),
        "le": _("đến hết ngày") if days else _("nhiều nhất"),
        "gt": _("sau ngày") if days else _("trên"),
        "ge": _("từ ngày") if days else _("ít nhất"),
        "in": _("một trong"),
        "between": _("trong khoảng"),
        "prefix": _("bắt đầu bằng"),
        "contains": _("có"),
        "near": _("gần"),
        "empty": _("để trống"),
        FILLED: _("có giá trị"),
    }
    return [(operator, words[operator]) for operator in known]


def _plain(operator: str, value: str = "") -> tuple[str, str]:
    """The operator and value of queries.find."""
    if operator == FILLED:
        return "empty", "false"
    return (operator, "true") if operator == "empty" else (operator, value)


def of_view(view: Any) -> list[tuple[str, Any]]:
    """What a saved view of the pack asks."""
    return list(view.where.items()) if view else []


def views_for(actor: Actor, of: Any) -> Mapping[str, Any]:
    """The views of the pack by name, but for those that ask, or sort by, what the reader may not read."""
    found, readable = {}, registers.readable(actor, of)
    for view in of.definition.views:
        by = view.order.removeprefix("-")
        if by in of.fields and by not in readable:
            continue
        try:
            registers.check_where(actor, of, view.where)
        except Invalid:
            continue
        found[view.name] = view
    return found
