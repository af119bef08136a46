"""Ten registers, filled: those of the packs, and six with a field of every type. What the tests of the lake share."""

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings as django_settings
from django.db import connection
from hypothesis import HealthCheck, Phase, given, seed, settings

from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.ids import uuid7
from tinhso.kernel.tests.fields import SAMPLES
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import SYSTEM, rows

OF_PACKS = ("demo.gardens", "demo.harvests", "civil-status.births", "civil-status.deaths")
OF_YARD = tuple(f"yard.all{n}" for n in range(6))
REGISTERS = OF_PACKS + OF_YARD
DAY = date(2024, 3, 1)
SINCE, UNTIL = date(1900, 1, 1), date(2026, 1, 1)


@cache
def pool(sample: str) -> tuple[Any, ...]:
    """Values of a kind, the simplest and the nasty ones, the same at every run."""
    found: list[Any] = []

    @seed(19)
    @settings(max_examples=40, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(SAMPLES[sample].values)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return tuple(found)


def yard(n: int) -> str:
    """A register with a field of every type, the fields in another order and of another class in each."""
    names = sorted(SAMPLES)
    names = names[n:] + names[:n]
    fields = []
    for at, name in enumerate(names):
        spec = SAMPLES[name].spec
        given = json.dumps(spec.options | ({"to": "demo.gardens"} if spec.type == "reference" else {}), default=_plain)
        fields.append(
            f"  - {{name: f_{name.replace(' ', '_')}, type: {spec.type}, optional: true,"
            f" class: {('open', 'internal', 'internal', 'personal')[(at + n) % 4]}, options: {given}}}"
        )
    head = f"register: all{n}\nname: {{vi: Mọi kiểu {n}, en: Every type {n}}}\nsubjects: []\nfields:\n"
    return head + "\n".join(fields) + "\n"


def _plain(value: Any) -> Any:
    return value.model_dump(by_alias=True, exclude_defaults=True) if hasattr(value, "model_dump") else str(value)


def make(apply: Any) -> None:
    """Apply the packs and fill the ten registers with forty records each, over four months."""
    root = Path(django_settings.PACKS)
    packs.apply(SYSTEM, packs.read([root / name for name in ("demo", "one-stop", "civil-status")]))
    apply(**{name.partition(".")[2]: yard(int(name[-1])) for name in OF_YARD})
    identity_services.register_people(
        SYSTEM, [NewPerson("Trần Thị Hòa", "099199000001", date(1999, 3, 4), "female", demo=True)]
    )
    for name in REGISTERS:
        fill(name, 40)
        scatter(name)


def fill(register: str, count: int, chance: Random | None = None) -> None:
    of = queries.definition(register)
    chance = chance or Random(f"{register} {rows(f'SELECT count(*) FROM {of.table}')}")
    has_gardens = rows("SELECT to_regclass('reg.demo_gardens') IS NOT NULL")[0][0]
    known = {
        "reference": rows("SELECT id FROM reg.demo_gardens") if has_gardens else [],
        "person": rows("SELECT id FROM identity_person"),
        "agency": rows("SELECT id FROM identity_agency ORDER BY id LIMIT 3"),
    }
    records = []
    for n in range(count):
        values = {s.name: value_of(s, chance, known) for s in of.definition.fields}
        for key in of.definition.key:
            if key in of.fields and of.fields[key].spec.type == "text":
                values[key] = f"{n + 1}/{chance.randrange(10**9)}"
        if of.definition.numbering:
            values[of.definition.numbering.field] = f"{n + 1}/{values[of.definition.numbering.date].year}"
        values |= {of.definition.unit: "13225"} if of.definition.unit else {}
        records.append(NewRecord(values, DAY, unit="13225", unit_on=date(2025, 9, 1), id=uuid7()))
    services.create_many(SYSTEM, register, records)


def value_of(spec: Any, chance: Random, known: dict[str, list[Any]]) -> Any:
    """A value that the field takes; None now and then where it may be empty."""
    options = spec.settings()
    if spec.optional and chance.random() < 0.3:
        return None
    match spec.type:
        case "reference" | "person" | "agency":
            return chance.choice(known[spec.type])[0] if known[spec.type] else None
        case "date":
            return date.fromordinal(chance.randrange(SINCE.toordinal(), UNTIL.toordinal()))
        case "datetime":
            return datetime.fromtimestamp(chance.randrange(10**9), UTC)
        case "integer" if options.max is not None or (options.min or 0) > 0:
            return chance.randint(int(options.min or 0), int(options.max or 10**12))
        case "decimal":
            return abs(chance.choice(pool("decimal"))).quantize(type(pool("decimal")[0])(1).scaleb(-options.places))
        case "choice":
            value = chance.choice(spec.kind.choices(options))[0]
            return [value] if options.multiple else value
        case "text":
            return chance.choice(pool("text"))[: options.max]
        case "table":
            return [{c.name: value_of(c, chance, known) for c in options.columns} for _ in range(chance.randint(1, 3))]
        case "file" if "image/*" in options.accept:
            return chance.choice(pool("file")) | {"media_type": "image/png"}
    by_type = [name for name, s in SAMPLES.items() if s.spec.type == spec.type]
    same = [name for name in by_type if SAMPLES[name].spec.options == spec.options] or by_type[:1]
    return chance.choice(pool(same[0]))


def scatter(register: str) -> None:
    """As if the records had been entered over four months."""
    table = queries.definition(register).table
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET created_at = '2025-03-15 10:00+00'::timestamptz + make_interval(months => n % 4)"
            f" FROM (SELECT id, row_number() OVER (ORDER BY id)::int AS n FROM {table}) o WHERE o.id = t.id"
        )
