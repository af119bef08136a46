"""The checks, keys, indexes and code lists that a definition asks of its table."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tinhso.kernel.packs import Words

from .. import conditions
from ..filters import searched
from ..shape import SCHEMA, Shape, table_name
from . import codes, pages
from .parts import Object

IN_ORDER = frozenset({"date", "datetime", "integer", "decimal", "money"})
"""Types that lists are sorted by: the readers of one commune get theirs from an index of their own."""
BACKWARDS = Words(vi="Ngày cuối không được trước ngày đầu", en="It may not end before it begins")
Name = Callable[[str], str]
Add = Callable[..., None]


def period(begins: str, ends: str) -> str:
    """The days between two columns, both included, as SQL; of a period that ends before it begins there are none."""
    return f"(CASE WHEN {begins} > {ends} THEN NULL ELSE daterange({begins}, {ends}, '[]') END)"


@lru_cache(maxsize=500)
def named(shape: Shape) -> dict[str, Object]:
    """The objects of a compiled register by the names they have in the database: what a refusal is about."""
    return {thing.name(shape): thing for thing in objects(shape)}


def objects(shape: Shape, named: Name = lambda name: name, *, stored: bool = True) -> list[Object]:
    """The checks, keys, indexes and code lists of a register; `named` gives a field the column name it has. Not
    `stored`: as of a table without the columns kept for searches, whose indexes are of expressions."""
    definition, found = shape.definition, []

    def column(name: str) -> str:
        return name if name not in shape.fields else f'"{named(name)}"'

    def add(sort: str, what: str, body: str, *fields: str, **more: Any) -> None:
        found.append(Object(sort, what, body, fields, **more))

    _of_fields(shape, column, named, add)
    for check in definition.checks:
        must = conditions.read(shape, check.must)
        beside = tuple(part for part in must.columns if part in shape.fields)
        add("check", f"check {check.name}", f"({must.sql(column)})", *beside, label=check.label)
    _keys_and_searches(shape, column, named, add, stored=stored)
    _pages(shape, column, add)
    return list({(thing.sort, thing.body): thing for thing in reversed(found)}.values())[::-1]


def _of_fields(shape: Shape, column: Name, named: Name, add: Add) -> None:
    for field in shape.stored:
        name, quoted = field.name, column(field.name)
        for check in field.kind.column(field.options).checks:
            add("check", f"check {name}", f"({check.format(column=quoted)})", name)
        if not field.spec.optional:
            add("check", f"require {name}", f"({quoted} IS NOT NULL)", name, requires=True)
        if field.spec.type == "geometry":
            add("index", f"map index {name}", f"USING gist ({quoted})", name)
        if field.spec.type == "reference":
            target = field.options.to
            body = f'({quoted}) REFERENCES {SCHEMA}."{table_name(target)}" (id)'
            add("foreign", f"{name} refers to {target}", body, name, needs=target)
        if field.spec.type == "choice" and field.options.of:
            add(*codes.constraint(named(name), field.options), name, list=field.options.of)


def _keys_and_searches(shape: Shape, column: Name, named: Name, add: Add, *, stored: bool) -> None:
    definition = shape.definition
    for names in dict.fromkeys((definition.key, *definition.unique)):
        if names:
            add("unique", f"unique {', '.join(names)}", f"({', '.join(map(column, names))})", *names)
    if apart := definition.apart:
        begins, ends = map(column, apart.period)
        add("check", "check of the period", f"({begins} <= {ends})", *apart.period, label=BACKWARDS)
        same = ", ".join(f"{column(name)} WITH =" for name in apart.fields)
        body = f"USING gist ({same}, {period(begins, ends)} WITH &&) WHERE (valid_until IS NULL) DEFERRABLE"
        add("exclusion", f"keep apart {', '.join(apart.fields)}", body, *apart.fields, *apart.period, label=apart.label)
    add("index", "index by unit", "(unit, id)")
    add("index", "index by case", "(case_id) WHERE case_id IS NOT NULL")
    for name in definition.people:
        add("index", f"index people {name}", f"({column(name)}) WHERE {column(name)} IS NOT NULL", name)
    for one in searched.searched(shape, named):
        what = "full-text index" if one.how == "fulltext" else "index"
        end = "" if one.how == "fulltext" else f" ({one.how})"
        body = one.index() if stored else one.index(searched.unstored(one, named))
        add("index", f"{what} {', '.join(one.fields)}{end}", body, *one.fields, of=one.name)
    for name, how in definition.search.items():
        body = {
            "exact": f"({column(name)}, id)",
            "prefix": f"(tinhso_fold({column(name)}::text) text_pattern_ops)",
            "contains": f"USING gin (unit, tinhso_fold({column(name)}::text) gin_trgm_ops)",
        }.get(how)
        if body and (how == "exact" or not searched.is_folded(shape.fields[name])):
            add("index", f"index {name} ({how})", body, name)
        if how == "exact" and shape.fields[name].spec.type in IN_ORDER:
            add("index", f"index {name} by unit", f"(unit, {column(name)}, id)", name)


def _pages(shape: Shape, column: Name, add: Add) -> None:
    """What is followed from both ends, and the pages of the views."""
    definition = shape.definition
    first = {names[0] for names in (definition.key, *definition.unique) if names}
    first |= {name for name, how in definition.search.items() if how == "exact"}
    for field in shape.stored:
        if field.spec.type == "reference" and field.name not in first:
            name = column(field.name)
            add("index", f"index of who refers by {field.name}", f"({name}, id) WHERE {name} IS NOT NULL", field.name)
    for what, body, fields in pages.indexes(shape, column):
        add("index", what, body, *fields)
