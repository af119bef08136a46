"""What every read of registers stands on: rows within their time, versions as told, what a reader may see."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid, NotFound

from .. import policy
from ..contracts import Record, RecordRef
from ..look_ups import names_of
from ..models import RecordVersion
from ..services import rows
from ..shape import Row, Shape, carried, shape

STATEMENT_SECONDS = 5
_TIME, _HELP = "statement_timeout", "max_parallel_workers_per_gather"
_LIMIT = f"SELECT set_config('{_TIME}', %s, true)"
_ALONE = f"{_LIMIT}, set_config('{_HELP}', '0', true)"
_KEEP = ", ".join(f"set_config('tinhso.{name}', current_setting('{name}'), true)" for name in (_TIME, _HELP))
_RESTORE = ", ".join(f"set_config('{name}', current_setting('tinhso.{name}'), true)" for name in (_TIME, _HELP))


def row_of(actor: Actor, of: Shape, id: UUID) -> Row:
    policy.need_see(actor)
    seen, params = policy.visible(actor, of)
    found = select(f"SELECT {of.select} FROM {of.table} t WHERE t.id = %s AND ({seen})", [id, *params], is_page=True)  # noqa: S608
    if not found:
        raise NotFound()
    return of.row(found[0])


def days_of(version: RecordVersion) -> tuple[date, date | None]:
    """From which day, and up to (not with) which, a version's values hold."""
    assert version.valid.lower
    return version.valid.lower, version.valid.upper


def as_told(of: Shape, row: Row, version: RecordVersion) -> Row:
    """The row with what an earlier version says."""
    since, until = days_of(version)
    return replace(
        row,
        revision=version.revision,
        valid_from=since,
        valid_until=until,
        case_id=version.case_id or row.case_id,
        values=values_of(of, version),
    )


def values_of(of: Shape, version: RecordVersion) -> dict[str, Any]:
    then = of if version.definition == of.version else shape(of.register, version.definition)
    return carried(then, of, then.read_json({k: v for k, v in version.values.items() if not _is_sealed(v)}))


def _is_sealed(item: Any) -> bool:
    return isinstance(item, dict) and item == {"sealed": True}


def secrets_of(of: Shape, id: UUID, revision: int) -> dict[str, Any]:
    """The sensitive values of one version, under the names that the fields have today."""
    return rows.secrets_of_today(of, id, revision)


def record_of(actor: Actor, of: Shape, row: Row) -> Record:
    return records_of(actor, of, [row])[0]


def records_of(actor: Actor, of: Shape, rows: Sequence[Row]) -> list[Record]:
    """What the reader may see of these rows; names in their lines are asked for once a page."""
    readable = {f.name for f in of.visible(policy.classes(actor, of))}
    masked = tuple(sorted(of.fields.keys() - readable))
    shown = [{name: value for name, value in row.values.items() if name in readable} for row in rows]
    known = names_of(of, shown, of.in_display)
    return [
        Record(
            ref=RecordRef(of.register, row.id, row.revision),
            values=values,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            case=row.case_id,
            display=of.display(values, known),
            demo=row.demo,
            unit=row.unit,
            unit_on=row.unit_on,
            created_at=row.created_at,
            updated_at=row.updated_at,
            masked=masked,
        )
        for row, values in zip(rows, shown, strict=True)
    ]


def select(
    sql: str, params: Sequence[Any], *, seconds: float | None = None, is_page: bool = False
) -> list[tuple[Any, ...]]:
    """Rows of a read that may not take longer than `seconds` (five). Raises Busy where it would; inside somebody else's
    transaction that is then over, as after any fault of the database. A page is found by one process alone: to call
    others in takes longer than most pages do, and takes from who else is reading.

    The limits, the read and, inside a transaction, the limits as they were before go to the database in one journey;
    outside a transaction the limits end with it.
    """
    asked = f"{_ALONE if is_page else _LIMIT}; {sql}"
    if connection.in_atomic_block:
        asked = f"SELECT {_KEEP}; {asked}; SELECT {_RESTORE}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(asked, [f"{int((seconds or STATEMENT_SECONDS) * 1_000)}ms", *params])
            for _before in range(2 if connection.in_atomic_block else 1):
                cursor.nextset()
            return cursor.fetchall()
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise Busy(_("Tìm như vậy lâu quá; xin thu hẹp điều kiện hoặc tìm theo mục có chỉ mục.")) from error
        raise


def encode(parts: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def cursor_of(text: str) -> list[Any]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        UUID(parts[1])
    except (binascii.Error, ValueError, LookupError, TypeError):
        raise Invalid({"after": [_("Dấu trang không đúng; xin bắt đầu lại từ trang đầu.")]}) from None
    return parts
