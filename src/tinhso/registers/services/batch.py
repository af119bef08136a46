"""Enter and change many records in one request, each row with its own result."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Conflict, Invalid, Problem

from .. import policy
from ..contracts import BatchRow, NewRecord, RowResult
from ..shape import Shape, shape
from . import rows as writing
from .change import update
from .create import create, home
from .requests import once

MOST = 1_000
Mode = Literal["each", "all"]


@dataclass(slots=True)
class _Row:
    """A row on its way: what could be read of it, the key that names it, the record that it is."""

    number: int
    asked: BatchRow
    values: dict[str, Any]
    key: tuple[Any, ...] | None = None
    record: UUID | None = None
    revision: int = 0


def upsert(
    actor: Actor, register: str, rows: Sequence[BatchRow], *, why: str, mode: Mode = "each", request_key: str = ""
) -> list[RowResult]:
    """Enter or change up to 1,000 records; the results are in the order of the rows.

    Each row is written by the rules, and with the audit and events, of `create` and `update`. A row without a
    `revision` changes whatever stands there. With mode `each` good rows stand and others are refused by themselves;
    with `all` one refused row means that none is written. One audit row speaks of the whole.

    Raises Invalid with paths `rows.<n>.<field>` (mode `all`, or too many rows), Conflict for a `request_key` used for
    something else, Busy where two batches were in each other's way, NotFound, Forbidden.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=False)
    why = writing.reason(why, needed=True)
    if not 0 < len(rows) <= MOST:
        raise Invalid({"rows": [_("Mỗi lần gửi từ 1 đến %(most)d dòng") % {"most": MOST}]})
    said = [register, mode, why, [_json(row) for row in rows]]
    try:
        answer = once(actor, request_key, said, lambda: _written(actor, of, rows, mode, why))
    except OperationalError as error:
        if "deadlock" not in str(error):
            raise
        raise Busy(_("Nhiều người cùng sửa những bản ghi này; chưa có gì được ghi, xin gửi lại.")) from error
    return [RowResult(**result | {"id": UUID(result["id"]) if result["id"] else None}) for result in answer]


def _json(row: BatchRow) -> dict[str, Any]:
    return {name: value if name == "values" else str(value) for name, value in asdict(row).items() if value is not None}


def _written(actor: Actor, of: Shape, rows: Sequence[BatchRow], mode: Mode, why: str) -> list[dict[str, Any]]:
    results: dict[int, RowResult] = {}
    with transaction.atomic():
        read = list(_read(actor, of, rows, results))
        _find(actor, of, [row for row in read if row.record is None and row.key])
        named: dict[Any, int] = {}
        # By record and key, so that two batches over the same records wait for one another in the same order.
        for row in sorted(read, key=lambda row: (str(row.record or row.key or ""), row.number)):
            name = row.record or row.key
            if name is not None and (before := named.setdefault(name, row.number)) != row.number:
                problem = Conflict(
                    _("Dòng này là cùng một bản ghi với dòng %(row)d của lần gửi này.") % {"row": before}
                )
                results[row.number] = _refused(row.number, problem)
                continue
            try:
                results[row.number] = _write(actor, of, row, why)
            except Problem as problem:
                results[row.number] = _refused(row.number, problem)
        refused = [result for result in results.values() if result.result == "refused"]
        if refused and mode == "all":
            raise Invalid(_by_path(refused))
        counts = {what: sum(r.result == what for r in results.values()) for what in ("created", "updated", "refused")}
        audit.record(actor, "record.batch", f"register:{of.register}", rows=len(rows), why=why, mode=mode, **counts)
    done = [asdict(results[number]) for number in range(len(rows))]
    return [result | {"id": str(result["id"]) if result["id"] else None} for result in done]


def _read(actor: Actor, of: Shape, rows: Sequence[BatchRow], results: dict[int, RowResult]) -> Iterator[_Row]:
    """The rows that can be read; of the others their refusals."""
    for number, asked in enumerate(rows):
        try:
            values = of.from_json(asked.values)
        except Invalid as problem:
            results[number] = _refused(number, problem)
            continue
        yield _Row(number, asked, values, None if asked.id else _key(actor, of, asked, values), asked.id)


def _key(actor: Actor, of: Shape, asked: BatchRow, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """The natural key as SQL has it; None where the row does not bring all of it, or brings what is no value of it."""
    parts = []
    for name in of.definition.key:
        if name == "unit" and name not in of.fields:
            new = NewRecord(values, asked.valid_from or timezone.localdate(), asked.unit, asked.unit_on)
            parts.append(home(actor, of, values, new)[0])
            continue
        field, value = of.fields[name], values.get(name)
        if value in (None, ""):
            return None
        try:
            field.kind.check(value, field.options)
            parts.append(field.kind.to_sql(value))
        except (Invalid, TypeError, ValueError, AttributeError):
            return None
    return tuple(parts) or None


def _find(actor: Actor, of: Shape, rows: Sequence[_Row]) -> None:
    """Give each row the record that has its key, where the actor may see it; one query."""
    if not rows:
        return
    names = of.definition.key
    sql = ["text" if name not in of.fields else _type(of, name) for name in names]
    marks = f"(%s::int, {', '.join(f'%s::{kind}' for kind in sql)})"
    same = " AND ".join(f't."{name}" = k.c{at}' for at, name in enumerate(names))
    seen, params = policy.visible(actor, of)
    by_number = {row.number: row for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT k.n, t.id FROM (VALUES {', '.join([marks] * len(rows))})"  # noqa: S608  our own names
            f" k (n, {', '.join(f'c{at}' for at in range(len(names)))}) JOIN {of.table} t ON {same} WHERE ({seen})",
            [*(part for row in rows for part in (row.number, *(row.key or ()))), *params],
        )
        for number, id in cursor.fetchall():
            by_number[number].record = id


def _type(of: Shape, name: str) -> str:
    return of.fields[name].kind.column(of.fields[name].options).sql


def _write(actor: Actor, of: Shape, row: _Row, why: str) -> RowResult:
    asked = row.asked
    if row.record is None and asked.revision is not None:
        raise Invalid({"revision": [_("Chưa có bản ghi này trong sổ, nên chưa có lần sửa nào.")]})
    if row.record is None:
        made = create(
            actor,
            of.register,
            row.values,
            valid_from=asked.valid_from,
            unit=asked.unit,
            unit_on=asked.unit_on,
            why=why,
        )
        return RowResult(row.number, "created", made.id, made.revision)
    revision = _revision(of, row.record) if asked.revision is None else asked.revision
    ref = update(actor, of.register, row.record, row.values, revision=revision, why=why, valid_from=asked.valid_from)
    return RowResult(row.number, "unchanged" if ref.revision == revision else "updated", ref.id, ref.revision)


def _revision(of: Shape, id: UUID) -> int:
    """The revision that stands, its row locked; 0 where there is none, which `update` then does not find."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT revision FROM {of.table} WHERE id = %s FOR UPDATE", [id])  # noqa: S608
        found = cursor.fetchone()
    return found[0] if found else 0


def _refused(number: int, problem: Problem) -> RowResult:
    return RowResult(number, "refused", problem=problem.document())


def _by_path(refused: Sequence[RowResult]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for result in sorted(refused, key=lambda result: result.row):
        said = result.problem or {}
        faults = said.get("errors") or [{"path": "", "message": said.get("detail") or said["title"]}]
        for fault in faults:
            path = f"rows.{result.row}.{fault['path']}".rstrip(".")
            errors.setdefault(path, []).append(fault["message"])
    return errors
