"""Bring the samples of packs into their registers, for the demonstration."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tinhso.identity import queries as identity_queries
from tinhso.identity import services as identity
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound

from ..definitions import SamplesDefinition
from ..samples import SAMPLES, key_of, named_key, read
from ..shape import shape
from .create import create

Known = dict[tuple[str, tuple[str, ...]], UUID]


def load_samples(actor: Actor, *, why: str) -> int:
    """Enter the samples of every register that has no record of the demonstration yet, marked as demonstration, those
    that others refer to first; returns how many. All or none."""
    samples = {found.name: found.model for found in packs.in_force(SAMPLES)}
    known: Known = {}
    count = 0
    with transaction.atomic():
        for register in _in_order(samples):
            of, has_some = shape(register), _has_some(register)
            for row in samples[register].rows:
                key = (register, key_of(of.definition, row))
                if has_some:
                    if found := _there(register, row):
                        known[key] = found
                    continue
                values = read(of, row, lambda kind, said, options: _find(actor, known, kind, said, options))
                known[key] = create(actor, register, values, why=why, demo=True).id
                count += 1
    return count


def _in_order(samples: Mapping[str, SamplesDefinition]) -> list[str]:
    """Registers so that each comes after those that it refers to; in a circle, by name."""
    done: dict[str, None] = {}

    def visit(register: str, path: tuple[str, ...]) -> None:
        for spec in shape(register).definition.fields:
            target = spec.settings().to if spec.type == "reference" else ""
            if target in samples and target not in done and target not in path:
                visit(target, (*path, target))
        done[register] = None

    for register in sorted(samples):
        if register not in done:
            visit(register, (register,))
    return list(done)


def _has_some(register: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {shape(register).table} WHERE demo)")  # noqa: S608  our own name
        return cursor.fetchone()[0]


def _there(register: str, row: Mapping[str, Any]) -> UUID | None:
    """The record that has the natural key of a sample."""
    of = shape(register)
    if not of.definition.key:
        return None
    names = [of.definition.unit or name if name == "unit" else name for name in of.definition.key]
    if any(name not in of.fields or of.refers(name) for name in names):
        return None
    values = of.from_json({name: row.get(name) for name in names})
    where = " AND ".join(f'"{name}" = %s' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {of.table} WHERE {where}",  # noqa: S608  our own names
            [of.fields[name].kind.to_sql(values[name]) for name in names],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def _find(actor: Actor, known: Known, kind: str, said: Any, options: Any) -> UUID | None:
    """The id of what a sample names. A person who is not in this demonstration is left out."""
    if kind == "person":
        found = identity.find_person(actor, said, "Dữ liệu mẫu")
        return found.id if found else None
    if kind == "agency":
        try:
            return identity_queries.agency(said).id
        except NotFound:
            raise Invalid(f"there is no agency {said}") from None
    found = known.get((options.to, named_key(said)))
    if found is None:
        raise Invalid(f"no sample of {options.to} has the key {' '.join(named_key(said))}")
    return found
