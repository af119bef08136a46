"""Plan and apply: the steps shown to whoever decides, and done."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.db import DatabaseError, OperationalError, connection, transaction
from procrastinate.exceptions import AlreadyEnqueued

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.packs import Change

from .. import models
from ..definitions import RegisterDefinition
from ..shape import KIND, SCHEMA, Shape, shape, table_name
from . import parts
from .locks import patiently
from .objects import objects
from .parts import Step, existing
from .rebuild import MOST_DEAD, TIMES_LIVE
from .steps import REBUILD, make_anew, steps


def changes(old: RegisterDefinition | None, new: RegisterDefinition | None, name: str) -> Iterator[Change]:
    """The plan of one register, for `tinhso pack plan`: each step with its cost. For a large table it says how many
    rows a step reads, and that this is done while the table is in use."""
    if new is None:
        yield Change("keep the table and its history; nobody may write to it")
        return
    of = Shape(name, 0, new)
    there, todo = existing(of), list(steps(old, of))
    for step in todo:
        what = step.what
        if there and there.rows > parts.LARGE_ROWS and step.later:
            what += f"; in the background, {there.rows:,} rows"
        elif there and there.rows > parts.LARGE_ROWS and step.cost == "rewrite":
            what += f"; {there.rows:,} rows are copied while the table is in use"
        yield Change(what, step.cost, step.loses)
    if there and there.dead and todo:
        yield Change(
            f"{there.dead} dropped columns still count beside {there.live} in use; beyond {MOST_DEAD}, and"
            f" {TIMES_LIVE} times those in use, the table is made anew"
        )


def apply(
    actor: Actor, old: RegisterDefinition | None, new: RegisterDefinition | None, name: str, version: int
) -> None:
    """Make the table as declared, inside the transaction of `pack apply`.

    A table in use is waited for a few short times; Busy then says that nothing was changed. Steps that read a whole
    large table are left to the background (tasks.schema_work), or done in a copy of it.
    """
    if new is None:
        return
    of = Shape(name, version, new)
    stood = _stands(name)
    _do(of, list(steps(old, of)))
    for other in () if stood else packs.in_force(KIND):  # those that were declared before what they refer to
        if other.name != name and any(s.type == "reference" and s.settings().to == name for s in other.model.fields):
            there = Shape(other.name, other.version, other.model)
            _do(there, [step for step in steps(None, there) if step.needs == name])


def bring_up(name: str) -> list[str]:
    """Make the table of a register in force as today's software would, where its definition has not changed: with the
    columns and kinds of indexes that earlier software did not make. What would lose anything is left to whoever
    applies the pack next. Returns what was done, or put off, in words. Raises Busy where the table stays in use."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.packs'))")
        of = shape(name)
        todo = list(steps(None, of)) if existing(of) else []
        if not todo or any(step.loses for step in todo):
            return []
        _do(of, todo)
    return [step.what for step in todo]


def do_later(work: models.SchemaWork) -> None:
    """Do what `apply` left for later. An index that could not be finished before is begun again."""
    if work.sql == REBUILD:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.packs'))")
            make_anew(shape(work.register))
        return
    with connection.cursor() as cursor:
        if found := re.search(r"CONCURRENTLY IF NOT EXISTS (\w+) ON", work.sql):
            cursor.execute(
                "SELECT FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid", [f"{SCHEMA}.{found[1]}"]
            )
            if cursor.fetchone() is not None:
                cursor.execute(f"DROP INDEX CONCURRENTLY {SCHEMA}.{found[1]}")
        cursor.execute(work.sql)


def _do(of: Shape, todo: Sequence[Step]) -> None:
    there = existing(of)
    is_large, is_held, waits = bool(there and there.rows > parts.LARGE_ROWS), False, False
    _forget(of)
    for step in todo:
        if step.needs and not _stands(step.needs):
            continue
        sql, do = step.sql, step.do
        if step.later and is_large:
            models.SchemaWork.objects.get_or_create(
                register=of.register, sql=step.later, done_at=None, defaults={"what": step.what}
            )
            waits, sql, do = True, step.meanwhile, None
        try:
            if there and step.locks and (sql or do) and not is_held:
                patiently(f"LOCK TABLE {of.table} IN ACCESS EXCLUSIVE MODE", of.register)
                is_held = True
            if do:
                do()
            elif sql:
                patiently(sql, of.register)
        except OperationalError:
            raise
        except DatabaseError as error:
            raise Invalid({of.register: [f"{step.what}: {error}"]}) from error
    if waits:
        from ..tasks import schema_work

        with suppress(AlreadyEnqueued), transaction.atomic():
            schema_work.defer()


def _forget(of: Shape) -> None:
    """Leave undone what an earlier apply put off and this definition does not want any more."""
    wanted = {thing.name(of) for thing in objects(of)}
    for work in models.SchemaWork.objects.filter(register=of.register, done_at=None):
        names = set(re.findall(rf"\b{re.escape(of.name[:40])}_(?:uq|ix|ck|fk)_[0-9a-f]{{10}}\b", work.sql))
        if names and not names & wanted:
            work.delete()


def _stands(register: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'{SCHEMA}."{table_name(register)}"'])
        return cursor.fetchone()[0]
