"""The register as a pack writes it (registers/<name>.yaml), and invented records of it (samples/<name>.yaml)."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from tinhso.kernel.fields.base import FieldSpec
from tinhso.kernel.packs.definitions import Name, Strict, Words

Search = Literal["exact", "prefix", "contains", "fulltext"]

SYSTEM_COLUMNS = (
    "id",
    "revision",
    "valid_from",
    "valid_until",
    "unit",
    "unit_on",
    "case_id",
    "demo",
    "created_at",
    "updated_at",
)
RESERVED = (
    frozenset(SYSTEM_COLUMNS)
    | {"case", "place", "record", "register", "values", "why", "limit", "after", "order", "q", "at", "as_of"}
    | {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}
)
NOT_APART = frozenset({"boolean", "geometry", "table", "file", "address"})
"""Types that a constraint `apart` cannot compare."""
BRACES = re.compile(r"\{([^}]*)\}")


class Owner(Strict):
    """The post that keeps the register: a role of identity, and the level of its agency."""

    role: Name
    level: Literal["commune", "district", "province"] = "commune"


class Numbering(Strict):
    """A field that the register numbers itself: from 1 in each unit and each year of `date`, without gaps."""

    field: str
    date: str
    format: str = "{n}/{year}"


class Section(Strict):
    """A heading of the register's form; fields name it by `section`."""

    name: Name
    title: Words
    hint: Words | None = None


class View(Strict):
    """A list that somebody opens daily: what is in it, in which columns and order, and whether the map stands beside.

    `where` maps a field, or a field with an operator (`expires_on__le`), to a value as the API's address has it; of a
    day, `today`, `today+30` and `today-7` are values too.
    """

    name: Name
    label: Words
    where: dict[str, Any] = {}
    search: str = ""
    order: str = ""
    columns: tuple[str, ...] = ()
    map: bool = False


class Check(Strict):
    """A condition across fields that every record has to fulfil; PostgreSQL refuses what does not. `must` is a SQL
    condition on the register's own columns."""

    name: Name
    label: Words
    must: str = Field(min_length=1)


class Alone(Strict):
    """No two records ought to agree in all fields of `same` at one time: no second project of the same kind in the
    same place and period, no second current post of an officer. An empty field agrees with none.

    `from` and `until` are the dates between which a record counts, both included; what is empty is open. `among` is a
    SQL condition on the register's own columns: only records that fulfil it are compared.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    same: tuple[str, ...] = Field(min_length=1)
    from_: str = Field(default="", alias="from")
    until: str = ""
    among: str = ""

    @model_validator(mode="after")
    def _has_both_ends(self) -> "Alone":
        if bool(self.from_) != bool(self.until):
            raise ValueError("a period has both `from` and `until`")
        return self


class Apart(Strict):
    """No two records that agree in all of `fields` may have periods that share a day; PostgreSQL refuses the second.

    `period` names the dates from and until which a record counts, both included; what is empty is open. An empty field
    agrees with none, and a record that was ended is in nobody's way. `label` is what people read when it refuses.
    """

    fields: tuple[str, ...] = Field(min_length=1)
    period: tuple[str, str]
    label: Words | None = None


class Rule(Strict):
    """A rule of quality: records that break it stay, and are shown to the owner. One of `complete` (fields that ought
    to be filled), `must` (a SQL condition on the register's own columns, true where all is well), `inside` (a
    geometry that ought to lie in the record's unit) and `alone` (fields in which no other record ought to agree)."""

    name: Name
    label: Words
    severity: Literal["error", "warning"] = "warning"
    complete: tuple[str, ...] = ()
    must: str = ""
    inside: str = ""
    alone: Alone | None = None
    advice: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> "Rule":
        if sum(map(bool, (self.complete, self.must, self.inside, self.alone))) != 1:
            raise ValueError("needs one of complete, must, inside and alone")
        return self


class RegisterDefinition(Strict):
    """registers/<name>.yaml. Words, fields, keys and views are separate, and what is left out has its default.

    `source` says where its fields were taken from (decree, standard), and how sure that is, for whoever relies on it.
    `key` names a record in the world; `unique` are further sets of fields that no two records share, `apart` those
    that they share only at different times. `duplicates` are the fields by which records of the same thing are looked
    for. `approve` is the role that has to agree before what is written by hand holds. `drop` names fields whose data
    may go from the current table; they stay readable in the history.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    key_name: Name = Field(alias="register")
    name: Words
    plural: Words | None = None
    summary: Words | None = None
    source: Words | None = None
    owner: Owner | None = None
    sections: tuple[Section, ...] = ()
    fields: tuple[FieldSpec, ...] = Field(min_length=1, max_length=400)
    key: tuple[str, ...] = ()
    numbering: Numbering | None = None
    unit: str | None = None
    subjects: tuple[str, ...] | None = None
    map: str | None = None
    search: dict[str, Search] = {}
    columns: tuple[str, ...] = Field(default=(), alias="list")
    display: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    checks: tuple[Check, ...] = ()
    apart: Apart | None = None
    views: tuple[View, ...] = ()
    quality: tuple[Rule, ...] = ()
    duplicates: tuple[str, ...] = ()
    approve: Name | None = None
    rename: dict[str, str] = {}
    drop: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> "RegisterDefinition":
        for path, message in self.faults():
            raise ValueError(f"{'.'.join(map(str, path))}: {message}")
        return self

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(path of the key, message) for each reference inside the definition that leads nowhere."""
        by_name = {spec.name: spec for spec in self.fields}
        for number, spec in enumerate(self.fields):
            if spec.name in RESERVED:
                yield ("fields", number, "name"), f"{spec.name!r} is a name that every record has; choose another"
            if spec.section and spec.section not in {section.name for section in self.sections}:
                yield ("fields", number, "section"), f"{spec.section!r} is not one of the sections"
        yield from self._twice()
        for where, name, wanted in self._named():
            spec = by_name.get(name)
            if spec is None:
                yield (where,), f"there is no field {name!r}"
            elif wanted and spec.type != wanted:
                yield (where,), f"{name!r} is of type {spec.type}, not {wanted}"
            elif where in {"key", "unique", "search", "display", "duplicates"} and spec.class_ == "sensitive":
                yield (where,), f"{name!r} is sensitive: it is encrypted, and cannot be looked up or shown here"
            elif where == "key" and spec.optional:
                yield (where,), f"{name!r} is optional; what names a record may not be empty"
        yield from self._not_alone()
        for name in self.apart.fields if self.apart else ():
            spec = by_name.get(name)
            if spec and (spec.class_ == "sensitive" or spec.type in NOT_APART or spec.options.get("multiple")):
                yield ("apart", "fields"), f"{name!r} is of a kind of which the database keeps no two apart"
        for old, new in self.rename.items():
            if old in by_name:
                yield ("rename", old), f"{old!r} is still a field; renaming it to {new!r} would make two"

    def _twice(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(path, message) for each name that two rows of one list have."""
        lists = {
            "sections": self.sections,
            "fields": self.fields,
            "checks": self.checks,
            "views": self.views,
            "quality": self.quality,
        }
        for where, rows in lists.items():
            names = [row.name for row in rows]
            for number, name in enumerate(names):
                if name in names[:number]:
                    yield (where, number, "name"), f"{name!r} is there twice"

    def _not_alone(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(path, message) for each rule `alone` that cannot be judged, or not without reading the register once for
        each of its records."""
        by_name = {spec.name: spec for spec in self.fields}
        found = {name for name, how in self.search.items() if how == "exact"} | set(self.key[:1])
        for number, rule in enumerate(self.quality):
            if rule.alone is None:
                continue
            same = [by_name[name] for name in rule.alone.same if name in by_name]
            if any(spec.class_ == "sensitive" or spec.type in {"geometry", "table", "file"} for spec in same):
                yield ("quality", number, "alone"), "compares fields of which no two can be said to be the same"
            if not found & set(rule.alone.same):
                yield ("quality", number, "alone"), "one of the fields of `same` has to be in `search`, as exact"

    def _named(self) -> Iterator[tuple[str, str, str]]:
        """(key, field, type it must have or "") for each place that names a field."""
        yield from (("key", name, "") for name in self.key if name != "unit")
        yield from (("unique", name, "") for names in self.unique for name in names if name != "unit")
        if self.apart:
            yield from (("apart", name, "") for name in self.apart.fields if name != "unit")
            yield from (("apart", name, "date") for name in self.apart.period)
        yield from (("views", name, "") for view in self.views for name in view.columns)
        yield from (("quality", name, "") for rule in self.quality for name in rule.complete)
        yield from (("quality", rule.inside, "geometry") for rule in self.quality if rule.inside)
        alone = [rule.alone for rule in self.quality if rule.alone]
        yield from (("quality", name, "") for rule in alone for name in rule.same)
        yield from (("quality", name, "date") for rule in alone for name in (rule.from_, rule.until) if name)
        yield from (("duplicates", name, "") for name in self.duplicates)
        yield from (("list", name, "") for name in self.columns)
        yield from (("subjects", name, "person") for name in self.subjects or ())
        yield from (("search", name, "") for name in self.search)
        yield from (("unit", name, "unit") for name in (self.unit,) if name)
        yield from (("map", name, "geometry") for name in (self.map,) if name)
        yield from (("display", name, "") for name in BRACES.findall(self.display))
        yield from (("rename", name, "") for name in self.rename.values())
        if self.numbering:
            yield "numbering", self.numbering.field, ""
            yield "numbering", self.numbering.date, "date"

    @property
    def people(self) -> tuple[str, ...]:
        """The fields of type person whose person may read the record."""
        if self.subjects is not None:
            return self.subjects
        return tuple(s.name for s in self.fields if s.type == "person" and s.class_ != "sensitive")

    @property
    def shown(self) -> tuple[str, ...]:
        """The fields shown in a list: those declared, or the first six."""
        return self.columns or tuple(s.name for s in self.fields if s.class_ != "sensitive")[:6]


class SamplesDefinition(Strict):
    """samples/<register>.yaml: invented records that show what the register holds, for its tests and for the
    demonstration. `rows` are values by field, as the API's JSON has them, but for what only a loaded database has an
    id of: a `reference` is the natural key of another sample (a list where the key has several fields), a `person`
    the number of a person of the demonstration, an `agency` its code.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    key_name: Name = Field(alias="samples")
    rows: tuple[dict[str, Any], ...] = Field(min_length=1, max_length=50)
