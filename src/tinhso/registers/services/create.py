"""Enter a record."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden
from tinhso.kernel.ids import uuid7

from .. import models, policy
from ..contracts import RECORD_CREATED, NewRecord, RecordRef
from ..shape import Shape, shape
from . import rows


def create(
    actor: Actor,
    register: str,
    values: Mapping[str, Any],
    *,
    case: UUID | None = None,
    why: str = "",
    valid_from: date | None = None,
    id: UUID | None = None,
    unit: str = "",
    unit_on: date | None = None,
    demo: bool = False,
    request_key: str = "",
) -> RecordRef:
    """Enter a record that holds from `valid_from` (today) on.

    Its unit is `unit`, else the field that the register names for it, else the actor's own; `unit_on` says on which
    map that code is meant (default: the map of `valid_from`; of today where it is the actor's). A field that the
    register numbers is filled where it is empty.

    Entered again with the same `id`, the same natural key or the same `request_key` (the caller's name for this
    request), and the same values, the record that is there is returned. Raises Invalid by field, Conflict where a
    different record has the id or key, Forbidden outside the actor's place.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=case is not None)
    why = rows.reason(why, needed=False)
    asked = of.check(values)
    since = valid_from or timezone.localdate()
    place, on = home(actor, of, asked, NewRecord(asked, since, unit, unit_on))
    if case is None and not policy.covers(actor, place, on):
        raise Forbidden(_("Bản ghi thuộc đơn vị khác; Ông/Bà chỉ ghi được cho đơn vị mình."))
    record = id or uuid7()
    kept = dict(asked)
    try:
        with transaction.atomic():
            if request_key and (before := _asked_before(actor, of, request_key, record, asked)):
                return before
            rows.next_number(of, place, kept)
            new = NewRecord(kept, since, place, on, case, record, demo)
            _insert(of, new, rows.Deed(actor, "create", why, case))
            audit.record(actor, "record.create", f"record:{record}", register=register, revision=1)
            events.publish(
                actor, RECORD_CREATED, f"record:{record}", register=register, revision=1, unit=place, case=_text(case)
            )
    except IntegrityError as error:
        problem = rows.refused(error, of)
        if isinstance(problem, Conflict) and (found := _already(of, record if id else None, asked, kept, place)):
            return found
        raise rows.beside(problem, actor, of, kept, place) from error
    return RecordRef(register, record, 1)


def _asked_before(actor: Actor, of: Shape, key: str, record: UUID, asked: Mapping[str, Any]) -> RecordRef | None:
    """The record that an earlier request of this name made; None, with the name noted, where there was none."""
    body = [of.register, of.to_json(asked)]
    digest = hashlib.sha256(rows.dumps(body).encode()).hexdigest()
    who = str(actor.account or actor.system)
    noted, is_new = models.RequestKey.objects.get_or_create(
        who=who, key=key, defaults={"digest": digest, "record": record}
    )
    if is_new:
        return None
    if noted.digest != digest:
        raise Conflict(_("Mã yêu cầu này đã dùng cho một nội dung khác; chưa có gì được ghi."))
    return RecordRef(of.register, noted.record, 1)


def home(actor: Actor, of: Shape, values: Mapping[str, Any], new: NewRecord) -> tuple[str, date]:
    """The unit of a new record, and the day on whose map it is a code."""
    stated = new.unit or (of.definition.unit and values.get(of.definition.unit)) or ""
    code = str(getattr(stated, "code", stated))
    if code:
        return code, new.unit_on or getattr(stated, "since", None) or new.valid_from
    return actor.unit, new.unit_on or timezone.localdate()


def _insert(of: Shape, new: NewRecord, deed: rows.Deed) -> None:
    assert new.id
    names = ["id", "revision", "valid_from", "unit", "unit_on", "case_id", "demo", *(f'"{f.name}"' for f in of.stored)]
    params: list[Any] = [new.id, 1, new.valid_from, new.unit, new.unit_on, new.case, new.demo]
    params += [None if (v := new.values[f.name]) is None else f.kind.to_sql(v) for f in of.stored]
    ref = RecordRef(of.register, new.id, 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH made AS (INSERT INTO {of.table} ({', '.join(names)})"  # noqa: S608  our own names
            f" VALUES ({', '.join(['%s'] * len(names))})) {rows.VERSION}",
            [*params, *rows.version_params(of, deed, ref, new.values, (new.valid_from, None))],
        )
    rows.write_secrets(of, new.id, 1, new.values)


def _already(
    of: Shape, record: UUID | None, asked: Mapping[str, Any], kept: Mapping[str, Any], unit: str
) -> RecordRef | None:
    """The record that was entered before with this id, or this natural key, and the same values."""
    if record is not None:
        where, params = "id = %s", [record]
    else:
        names = of.definition.key
        if not names:
            return None
        where = " AND ".join(f'"{name}" = %s' for name in names)
        params = [unit if n == "unit" and n not in of.fields else of.fields[n].kind.to_sql(kept[n]) for n in names]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, revision FROM {of.table} WHERE {where}", params)  # noqa: S608
        found = cursor.fetchone()
        if found is None:
            return None
        cursor.execute(
            "SELECT values::text FROM record_version WHERE record = %s AND revision = 1 AND register = %s",
            [found[0], of.register],
        )
        first = cursor.fetchone()
    before = rows.loads(first[0]) if first else None
    numbered = of.definition.numbering.field if of.definition.numbering else ""
    again = rows.snapshot(of, asked)
    if before is not None and numbered and numbered not in again:
        before.pop(numbered, None)
    return RecordRef(of.register, found[0], found[1]) if before == rows.loads(rows.dumps(again)) else None


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
