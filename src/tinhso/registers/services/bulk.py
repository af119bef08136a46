"""Load many records at once, by COPY: the demonstration generator, and imports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.ids import uuid7

from .. import policy
from ..contracts import RECORDS_LOADED, NewRecord
from ..shape import Shape, shape
from . import rows
from .create import home

CHUNK = 5_000
MOST_FAULTS = 200


def create_many(
    actor: Actor, register: str, records: Iterable[NewRecord], *, why: str = "", case: UUID | None = None
) -> int:
    """Load records with their first versions; returns how many. All of them or none; memory stays that of one chunk.

    One audit row and one event (`record.loaded`) speak of all of them. Numbers that the register gives must be
    brought here; they move its counters. Raises Invalid with paths `rows.<n>.<field>` (n from 0) for the first chunk
    that has faults, Conflict for a natural key or id that is there, Forbidden outside the actor's place.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=case is not None)
    stream, count, why = iter(records), 0, rows.reason(why, needed=False)
    try:
        with transaction.atomic():
            while chunk := list(islice(stream, CHUNK)):
                _load(of, chunk, count, rows.Deed(actor, "create", why, case))
                count += len(chunk)
            if count:
                audit.record(actor, "record.load", f"register:{register}", count=count, why=why)
                events.publish(actor, RECORDS_LOADED, f"register:{register}", register=register, count=count)
    except (IntegrityError, psycopg.IntegrityError) as error:  # COPY is not wrapped by Django
        raise rows.refused(error, of) from error
    return count


def _load(of: Shape, chunk: Sequence[NewRecord], offset: int, deed: rows.Deed) -> None:
    actor = deed.actor
    checked = list(_checked(of, chunk, offset, trusted=bool(actor.system)))
    ids = [record.id or uuid7() for record in chunk]
    homes = [home(actor, of, v, r) for r, v in zip(chunk, checked, strict=True)]
    if not actor.system and not all(policy.covers(actor, unit, on) for unit, on in dict.fromkeys(homes)):
        raise Forbidden(_("Bản ghi thuộc đơn vị khác; Ông/Bà chỉ ghi được cho đơn vị mình."))
    _move_counters(of, checked, homes)
    whole = [
        replace(record, values=values, unit=unit, unit_on=on, id=id)
        for id, record, values, (unit, on) in zip(ids, chunk, checked, homes, strict=True)
    ]
    copy_in(of, whole, deed)


def copy_in(of: Shape, records: Sequence[NewRecord], deed: rows.Deed) -> None:
    """Write new records and their first versions. Each has its id, its place and checked values; what only the database
    knows is raised as psycopg's IntegrityError."""
    stored = [(field.name, field.kind.to_sql) for field in of.stored]
    names = ["id", "revision", "valid_from", "unit", "unit_on", "case_id", "demo", *(f'"{f.name}"' for f in of.stored)]
    stamp = rows.dumps(deed.actor.stamp())
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {of.table} ({', '.join(names)}) FROM STDIN") as copy:
            for one in records:
                cells = [None if (v := one.values[name]) is None else to_sql(v) for name, to_sql in stored]
                case = one.case or deed.case
                copy.write_row([one.id, 1, one.valid_from, one.unit, one.unit_on, case, one.demo, *cells])
        with cursor.copy(
            "COPY record_version (record, revision, register, definition, change, values, valid, actor, why, case_id)"
            " FROM STDIN"
        ) as copy:
            for one in records:
                kept, case = rows.dumps(rows.snapshot(of, one.values)), one.case or deed.case
                days = f"[{one.valid_from},)"
                copy.write_row([one.id, 1, of.register, of.version, deed.change, kept, days, stamp, deed.why, case])
        if of.secret:
            with cursor.copy("COPY registers_secret (record, revision, sealed) FROM STDIN") as copy:
                for one in records:
                    if one.id and (sealed := rows.seal_secrets(of, one.id, 1, one.values)):
                        copy.write_row([one.id, 1, sealed])


def _checked(of: Shape, chunk: Sequence[NewRecord], offset: int, *, trusted: bool) -> Iterator[dict[str, Any]]:
    faults: dict[str, Any] = {}
    for number, record in enumerate(chunk, offset):
        try:
            yield of.check(record.values, trusted=trusted)
        except Invalid as error:
            faults |= {f"rows.{number}.{path}": messages for path, messages in error.errors.items()}
            if len(faults) >= MOST_FAULTS:
                break
    if faults:
        raise Invalid(faults)


def _move_counters(of: Shape, checked: Sequence[dict[str, Any]], homes: Sequence[tuple[str, Any]]) -> None:
    numbering = of.definition.numbering
    if numbering is None:
        return
    lasts: dict[str, int] = {}
    for number, (values, (unit, _on)) in enumerate(zip(checked, homes, strict=True)):
        brought, day = values.get(numbering.field), values.get(numbering.date)
        if not brought or day is None:
            raise Invalid({f"rows.{number}.{numbering.field}": [_("Xin nhập mục này")]})
        scope = f"{unit}/{day.year}"
        lasts[scope] = max(lasts.get(scope, 0), rows.number_in(of, str(brought), day.year))
    rows.raise_counters(of, {scope: last for scope, last in lasts.items() if last})
