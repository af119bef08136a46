"""Which rows and columns go out: the reader's own, under the same filters as a list."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid

from .. import filters, policy
from ..shape import Field, Shape

SYSTEM = ("id", "unit", "valid_from", "valid_until")
"""What every file says of a record before its fields."""

BLOCK = 256 * 1024
"""Bytes that are handed over at once: each part of a stream costs a change of threads (docs/decisions/0008)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """`rows` is the SQL after the columns (FROM … ORDER BY), `params` its parameters. `left_out` names the personal
    fields that the reader might read and that stay behind, because no purpose was given."""

    of: Shape
    fields: tuple[Field, ...]
    rows: str
    params: tuple[Any, ...]
    left_out: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """The fields going out that name people."""
        return tuple(f.name for f in self.fields if f.spec.type == "person")

    @property
    def is_personal(self) -> bool:
        return any(f.spec.class_ == "personal" for f in self.fields)


def select(
    actor: Actor,
    of: Shape,
    *,
    where: filters.Where,
    search: str,
    order: str,
    fields: Collection[str],
    purpose: str,
) -> Selection:
    """What `actor` may take away. `fields` narrows the columns; none means all. Personal ones need a purpose: without
    it they stay behind, or, asked for by name, are refused. Sensitive ones never go out.

    Raises Invalid by the name asked for.
    """
    classes = policy.classes(actor, of) - {"sensitive"}
    may_read = [f for f in of.stored if f.spec.class_ in classes]
    unknown = [name for name in fields if name not in {f.name for f in may_read}]
    if unknown:
        raise Invalid({"fields": [_("Sổ này không có mục “%(name)s”.") % {"name": name} for name in unknown]})
    wanted = [f for f in may_read if not fields or f.name in fields]
    kept_back = [f.name for f in wanted if f.spec.class_ == "personal"] if not purpose else []
    if kept_back and fields:
        raise Invalid({"purpose": [_("Xin cho biết lấy dữ liệu cá nhân để làm việc gì")]})
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where, search, classes)
    sort = filters.Order.read(of, order, classes)
    rows = f"FROM {of.table} t WHERE {' AND '.join(['(' + seen + ')', *conditions])} ORDER BY {sort.sql}"
    chosen = tuple(f for f in wanted if f.name not in kept_back)
    return Selection(of, chosen, rows, (*params, *more), tuple(kept_back))


def copied(query: str, params: tuple[Any, ...], before_row: bytes = b"", size: int = BLOCK) -> Iterator[bytes]:
    """What `COPY (query) TO STDOUT …` says, whole rows in blocks of `size` bytes and a little more; `before_row` parts
    them."""
    waiting: list[bytes] = []
    held = 0
    parting = b""
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(query, params) as copy:
        for row in copy:
            waiting += (parting, row)
            parting = before_row
            held += len(row)
            if held >= size:
                yield b"".join(waiting)
                waiting.clear()
                held = 0
    if waiting:
        yield b"".join(waiting)


@contextmanager
def reading(query: str, params: tuple[Any, ...]) -> Iterator[Any]:
    """A cursor that stays at the server: `fetchmany` brings some rows at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        yield cursor


def people(chosen: Selection, chunk: int) -> Iterator[list[UUID]]:
    """Whom the rows going out name, once each, some at a time."""
    named = ", ".join(f'(t."{name}")' for name in chosen.people)
    query = (
        f"SELECT DISTINCT one.id FROM (SELECT t.* {chosen.rows}) t"  # noqa: S608  our own names
        f" CROSS JOIN LATERAL (VALUES {named}) one (id) WHERE one.id IS NOT NULL"
    )
    with reading(query, chosen.params) as cursor:
        while found := cursor.fetchmany(chunk):
            yield [id for (id,) in found]
