"""How good the records of a register are, by the rules of its definition: counted where they lie, in one pass."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from tinhso.territory import queries as territory

from . import conditions
from .contracts import QualityReport, RuleQuality, UnitQuality
from .definitions import Alone, Rule
from .policy import Predicate
from .shape import Shape

Select = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
IN_FORCE = "(t.valid_until IS NULL OR t.valid_until > %s)"
GRACE = 0.0001
"""Degrees, about 10 m: how far beyond a boundary a thing still counts as inside; boundaries are no more exact."""

_GROUND = (
    "ground AS MATERIALIZED (SELECT code, since, until,"
    " ST_Buffer(ST_SetSRID(ST_GeomFromGeoJSON(shape), 4326), %s) AS shape"
    " FROM jsonb_to_recordset(%s::jsonb) AS g(code text, since date, until date, shape text))"
)
_ON_GROUND = (
    " LEFT JOIN ground g ON g.code = t.unit AND t.unit_on >= g.since AND (g.until IS NULL OR t.unit_on < g.until)"
)


@dataclass(frozen=True, slots=True)
class Judge:
    """A rule as SQL over `t` (and `g`): of which rows it speaks, and which of those break it. `unknown` says why it
    cannot be judged here: "boundaries" (none are loaded), "masked" (it reads what the reader may not), "sensitive"."""

    rule: Rule
    judged: str = "FALSE"
    broken: str = "FALSE"
    unknown: str = ""


def judges(of: Shape, readable: frozenset[str], ground: Sequence[Mapping[str, Any]]) -> list[Judge]:
    """Every rule of the register for a reader of the fields `readable`, on the boundaries that are known."""
    return [_judge(of, rule, readable, bool(ground)) for rule in of.definition.quality]


def _judge(of: Shape, rule: Rule, readable: frozenset[str], has_ground: bool) -> Judge:
    if any(of.fields[name].is_secret for name in rule.complete):
        return Judge(rule, unknown="sensitive")
    if not (_read(of, rule) & of.fields.keys()) <= readable:
        return Judge(rule, unknown="masked")
    if rule.inside and not has_ground:
        return Judge(rule, unknown="boundaries")
    return Judge(rule, *_broken(of, rule))


def _broken(of: Shape, rule: Rule) -> tuple[str, str]:
    """(of which rows the rule speaks, which of those break it)."""
    if rule.complete:
        return "TRUE", "(" + " OR ".join(f't."{name}" IS NULL' for name in rule.complete) + ")"
    if rule.must:
        holds = conditions.condition(of, rule.must, of="t").replace("%", "%%")
        return f"({holds} IS NOT NULL)", f"({holds} IS FALSE)"
    if rule.alone:
        return _alone(of, rule.alone)
    where = f't."{rule.inside}"'
    return f"({where} IS NOT NULL AND g.code IS NOT NULL)", f"(NOT ST_Covers(g.shape, {where}))"


def _read(of: Shape, rule: Rule) -> set[str]:
    """The columns that a rule reads."""
    if rule.must:
        return set(conditions.read(of, rule.must, today=True).columns)
    if rule.alone is None:
        return {*rule.complete, rule.inside}
    among = conditions.read(of, rule.alone.among, today=True).columns if rule.alone.among else ()
    return {*rule.alone.same, rule.alone.from_, rule.alone.until, *among}


def _alone(of: Shape, rule: Alone) -> tuple[str, str]:
    """(of which rows `t` the rule speaks, which of those have another one beside them). The other counts whether or
    not the reader may see it: that there is one is all that is told."""

    def compared(row: str) -> str:
        among = conditions.condition(of, rule.among, of=row).replace("%", "%%") if rule.among else "TRUE"
        return f"{among} IS TRUE"

    judged = " AND ".join([compared("t"), *(f't."{name}" IS NOT NULL' for name in rule.same)])
    other = [f'o."{name}" = t."{name}"' for name in rule.same]
    other += ["o.id <> t.id", compared("o"), f"(o.valid_until IS NULL OR o.valid_until > '{timezone.localdate()}')"]
    for first, last in (("o", "t"), ("t", "o")):
        if rule.from_ and rule.until:
            other.append(f'coalesce({first}."{rule.from_}" <= {last}."{rule.until}", TRUE)')
    return f"({judged})", f"EXISTS (SELECT FROM {of.table} o WHERE {' AND '.join(other)})"


def ground(of: Shape) -> list[dict[str, Any]]:
    """The imported boundaries of the units of every map, where a rule needs them; those that were only drawn round an
    inner point prove nothing, and are left out."""
    if not any(rule.inside for rule in of.definition.quality):
        return []
    found = []
    for since, until in territory.maps():
        for level in (1, 2, 3):
            for cell in territory.map_cells(since, level, tolerance=0.0):
                if not cell.approximate:
                    found.append(
                        {
                            "code": cell.code,
                            "since": since.isoformat(),
                            "until": until.isoformat() if until else None,
                            "shape": json.dumps(cell.geometry),
                        }
                    )
    return found


def _from(of: Shape, land: Sequence[Mapping[str, Any]]) -> tuple[str, str, list[Any]]:
    """(WITH …, FROM …, parameters): the register, beside the boundary of each record's unit where there are any."""
    if not land:
        return "", f"FROM {of.table} t", []
    return f"WITH {_GROUND} ", f"FROM {of.table} t{_ON_GROUND}", [GRACE, json.dumps(land)]


def report(of: Shape, seen: Predicate, readable: frozenset[str], select: Select) -> QualityReport:
    """Count each rule over the records in force that `seen` lets through, by the commune of today they lie in."""
    land = ground(of)
    found = judges(of, readable, land)
    maps = [since for since, _until in territory.maps()]
    counts = "".join(
        f", count(*) FILTER (WHERE {j.judged}), count(*) FILTER (WHERE {j.judged} AND {j.broken})" for j in found
    )
    head, source, params = _from(of, land)
    sql = (
        f"{head}SELECT t.unit, width_bucket(t.unit_on, %s::date[]), count(*){counts} {source}"
        f" WHERE {IN_FORCE} AND ({seen[0]}) GROUP BY 1, 2"
    )
    rows = select(sql, [*params, maps, timezone.localdate(), *seen[1]])
    return _summed(of, found, rows, maps)


def _summed(of: Shape, found: list[Judge], rows: Sequence[tuple[Any, ...]], maps: list[date]) -> QualityReport:
    units: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (1 + 2 * len(found)))
    for unit, era, *numbers in rows:
        place = _today(unit, maps[era - 1] if era else None)
        units[place] = [a + b for a, b in zip(units[place], numbers, strict=True)]
    totals = [sum(column) for column in zip(*units.values(), strict=True)] or [0] * (1 + 2 * len(found))
    rules = [
        RuleQuality(
            j.rule.name,
            str(j.rule.label),
            j.rule.severity,
            str(j.rule.advice or ""),
            totals[1 + 2 * at],
            totals[2 + 2 * at],
            j.unknown,
        )
        for at, j in enumerate(found)
    ]
    by_unit = [
        UnitQuality(code, name, n[0], {j.rule.name: (n[1 + 2 * at], n[2 + 2 * at]) for at, j in enumerate(found)})
        for (code, name), n in units.items()
    ]
    by_unit.sort(key=lambda one: (one.score if one.score is not None else 1.0, one.name))
    return QualityReport(of.register, totals[0], rules, by_unit)


def _today(unit: str, map_of: date | None) -> tuple[str, str]:
    """(code, name) of the unit of today on this ground. What was divided keeps its old name and has no code, since
    nobody knows on which side a record would lie."""
    if map_of is None or not unit:
        return "", unit
    now = territory.on_map(unit, map_of, timezone.localdate())
    if len(now) == 1:
        return now[0].code, now[0].name
    before = territory.unit(unit, map_of)
    return "", before.name if before else unit


def broken_rows(of: Shape, judge: Judge, land: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, list[Any]]:
    """(WITH …, FROM …, condition, parameters of both) of the records that break a rule."""
    head, source, params = _from(of, land)
    return head, source, f"{judge.judged} AND {judge.broken} AND {IN_FORCE}", [*params, timezone.localdate()]
