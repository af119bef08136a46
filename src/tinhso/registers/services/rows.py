"""How a record and its version are written: the SQL under the verbs."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from tinhso.identity import services as identity
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, Problem
from tinhso.kernel.fields.text import visible

from .. import ddl, models, policy
from ..contracts import RecordRef
from ..shape import Shape, carried
from ..shape import shape as compiled

VERSION = (
    "INSERT INTO record_version (record, revision, register, definition, change, values, valid, actor, why, case_id)"
    " VALUES (%s, %s, %s, %s, %s, %s::jsonb, daterange(%s, %s), %s::jsonb, %s, %s)"
)


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Any:
    return json.loads(text)


def snapshot(shape: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the version keeps: the values as JSON; of a sensitive one only that there is one."""
    kept = shape.to_json(values, shape.stored)
    return kept | {f.name: {"sealed": True} for f in shape.secret if values.get(f.name) is not None}


def place(shape: Shape, record: UUID, revision: int) -> str:
    """What the sensitive values of a version are bound to."""
    return f"registers_secret:{shape.register}:{record}:{revision}"


def seal_secrets(shape: Shape, record: UUID, revision: int, values: Mapping[str, Any]) -> bytes | None:
    """The version's sensitive values, encrypted; None where there are none."""
    secrets = shape.to_json(values, shape.secret)
    return identity.seal(secrets, place(shape, record, revision)) if secrets else None


def open_secrets(shape: Shape, record: UUID, revision: int) -> dict[str, Any]:
    """The sensitive values of one version as JSON, by field."""
    sealed = models.Secret.objects.filter(record=record, revision=revision).values_list("sealed", flat=True).first()
    return identity.open_sealed(sealed, place(shape, record, revision)) if sealed else {}


def secrets_of_many(shape: Shape, versions: Sequence[tuple[UUID, int]]) -> dict[UUID, dict[str, Any]]:
    """The sensitive values of one version of each of many records as JSON, by record and field."""
    if not shape.secret or not versions:
        return {}
    records, revisions = zip(*versions, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.record, s.revision, s.sealed FROM unnest(%s::uuid[], %s::int[]) AS v(record, revision)"
            " JOIN registers_secret s USING (record, revision)",
            [list(records), list(revisions)],
        )
        return {
            record: identity.open_sealed(bytes(sealed), place(shape, record, revision))
            for record, revision, sealed in cursor.fetchall()
        }


def secrets_of_today(shape: Shape, record: UUID, revision: int) -> dict[str, Any]:
    """The sensitive values of one version as Python values, under today's names and types; what was written by an
    earlier definition is read by that."""
    data = open_secrets(shape, record, revision)
    if not data:
        return {}
    version = models.RecordVersion.objects.filter(record=record, revision=revision).values_list("definition", flat=True)
    then = compiled(shape.register, version.get())
    return carried(then, shape, {n: then.fields[n].kind.from_json(v) for n, v in data.items() if n in then.fields})


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to a record, why, and by which case. `change` is create, update, end or restore."""

    actor: Actor
    change: str
    why: str
    case: UUID | None


def reason(why: str, *, needed: bool) -> str:
    """Why a record is changed, as it is kept. Raises Invalid where it is needed and missing, or hides letters."""
    try:
        text = visible(why, 2_000).strip()
    except Invalid as error:
        raise Invalid({"why": error.errors[""]}) from None
    if needed and not text:
        raise Invalid({"why": [_("Xin nêu lý do thay đổi")]})
    return text


def version_params(
    shape: Shape, deed: Deed, ref: RecordRef, values: Mapping[str, Any], valid: tuple[date, date | None]
) -> list[Any]:
    """The parameters of `VERSION`."""
    kept, stamp = dumps(snapshot(shape, values)), dumps(deed.actor.stamp())
    who = [stamp, deed.why, deed.case]
    return [ref.id, ref.revision, shape.register, shape.version, deed.change, kept, *valid, *who]


def write_secrets(shape: Shape, record: UUID, revision: int, values: Mapping[str, Any]) -> None:
    if shape.secret and (sealed := seal_secrets(shape, record, revision, values)):
        models.Secret.objects.create(record=record, revision=revision, sealed=sealed)


def next_number(shape: Shape, unit: str, values: dict[str, Any]) -> None:
    """Give the record its number where the register numbers and none was brought; a brought one moves the counter.

    The counter's row is locked until the transaction ends, so that numbers have no gaps.
    """
    numbering = shape.definition.numbering
    if numbering is None:
        return
    day = values.get(numbering.date)
    if day is None:
        raise Invalid({numbering.date: [_("Xin nhập mục này")]})
    scope, brought = f"{unit}/{day.year}", values.get(numbering.field)
    if brought:
        if number := number_in(shape, str(brought), day.year):
            raise_counters(shape, {scope: number})
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registers_counter (register, scope, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (register, scope) DO UPDATE SET last = registers_counter.last + 1 RETURNING last",
            [shape.register, scope],
        )
        number = cursor.fetchone()[0]
    values[numbering.field] = numbering.format.format(n=number, year=day.year)


def next_numbers(shape: Shape, records: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Give each of many records (unit, values) its number, in their order, as `next_number` does; a counter is asked
    once where no record of the lot brought a number."""
    numbering = shape.definition.numbering
    if numbering is None:
        return
    days = [day for _unit, values in records if (day := values.get(numbering.date)) is not None]
    if len(days) < len(records) or any(values.get(numbering.field) for _unit, values in records):
        for unit, values in records:
            next_number(shape, unit, values)
        return
    scopes = [f"{unit}/{day.year}" for (unit, _values), day in zip(records, days, strict=True)]
    counts = Counter(scopes)
    lasts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for scope, count in sorted(counts.items()):
            cursor.execute(
                "INSERT INTO registers_counter (register, scope, last) VALUES (%s, %s, %s) ON CONFLICT"
                " (register, scope) DO UPDATE SET last = registers_counter.last + excluded.last RETURNING last - %s",
                [shape.register, scope, count, count],
            )
            lasts[scope] = cursor.fetchone()[0]
    for (_unit, values), day, scope in zip(records, days, scopes, strict=True):
        lasts[scope] += 1
        values[numbering.field] = numbering.format.format(n=lasts[scope], year=day.year)


def number_in(shape: Shape, text: str, year: int) -> int:
    """The n of a number written in the register's format; 0 where it is written otherwise."""
    assert shape.definition.numbering
    pattern = re.escape(shape.definition.numbering.format).replace(r"\{n\}", r"(\d+)").replace(r"\{year\}", str(year))
    found = re.fullmatch(pattern, text)
    return int(found[1]) if found else 0


def raise_counters(shape: Shape, lasts: Mapping[str, int]) -> None:
    """Let the counters of these scopes go on from numbers that were brought."""
    with connection.cursor() as cursor:
        for scope, last in sorted(lasts.items()):
            cursor.execute(
                "INSERT INTO registers_counter (register, scope, last) VALUES (%s, %s, %s) ON CONFLICT"
                " (register, scope) DO UPDATE SET last = greatest(registers_counter.last, excluded.last)",
                [shape.register, scope, last],
            )


def refused(error: IntegrityError | psycopg.IntegrityError, shape: Shape) -> Problem:
    """What the database's refusal means, in words and by field."""
    diag = getattr(error, "diag", None) or getattr(error.__cause__, "diag", None)
    name = getattr(diag, "constraint_name", None) or ""
    if thing := ddl.named(shape).get(name):
        return _refused(thing, shape)
    if name == f"{shape.name}_pkey" or name.startswith("record_version"):
        return Conflict(_("Mã bản ghi này đã được dùng cho một bản ghi khác."))
    column = getattr(diag, "column_name", None) or ""
    return Invalid({column: [_("Giá trị này sổ không nhận.")]})


def beside(
    problem: Problem, actor: Actor, shape: Shape, values: Mapping[str, Any], unit: str, *, record: UUID | None = None
) -> Problem:
    """The refusal of a double of `record`, with the one that is there already where the actor may see it."""
    fields: list[str] = problem.extra.get("fields", [])
    if not isinstance(problem, Conflict) or not fields:
        return problem
    seen, params = policy.visible(actor, shape)
    where = " AND ".join(["t.id IS DISTINCT FROM %s::uuid", *(f't."{name}" = %s' for name in fields)])
    given = [shape.fields[name].kind.to_sql(values[name]) if name in shape.fields else unit for name in fields]
    period: list[str] = problem.extra.get("period", [])
    if period:
        days = ddl.period(*(f't."{name}"' for name in period))
        where += f" AND t.valid_until IS NULL AND {days} && daterange(%s::date, %s::date, '[]')"
        given += [values[name] for name in period]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {shape.select} FROM {shape.table} t WHERE {where} AND ({seen})",  # noqa: S608  our own names
            [record, *given, *params],
        )
        found = cursor.fetchone()
    if found is None:
        return problem
    row, classes = shape.row(found), policy.classes(actor, shape)
    line = shape.display({name: v for name, v in row.values.items() if shape.fields[name].spec.class_ in classes})
    if period:
        return Conflict(
            _("%(why)s: “%(line)s”, từ %(from)s đến %(until)s. Chưa có gì được ghi; xin chọn thời gian khác.")
            % {"why": problem.extra["why"], "line": line, **_days(row.values, period)},
            fields=fields,
            period=period,
            record=str(row.id),
        )
    return Conflict(
        _("Sổ đã có bản ghi “%(line)s” trùng: %(key)s. Chưa có gì được ghi; xin mở bản ghi đó để sửa.")
        % {"line": line, "key": ", ".join(_label(shape, name) for name in fields)},
        fields=fields,
        record=str(row.id),
    )


def _refused(thing: ddl.Object, shape: Shape) -> Problem:
    if thing.sort == "unique":
        return Conflict(
            _("Sổ đã có một bản ghi trùng: %(key)s. Chưa có gì được ghi; xin mở bản ghi đó để sửa.")
            % {"key": ", ".join(_label(shape, part) for part in thing.fields)},
            fields=list(thing.fields),
        )
    if thing.sort == "exclusion":
        *fields, begins, ends = thing.fields
        why = str(thing.label or "") or _("Trùng thời gian với một bản ghi khác có cùng %(key)s") % {
            "key": ", ".join(_label(shape, name) for name in fields)
        }
        return Conflict(
            _("%(why)s. Chưa có gì được ghi; xin chọn thời gian khác.") % {"why": why},
            fields=fields,
            period=[begins, ends],
            why=why,
        )
    if thing.label:
        return Invalid({name: [str(thing.label)] for name in thing.fields or ("",)})
    if thing.list:
        words = _("Xin chọn một mục trong danh sách")
    elif thing.sort == "foreign":
        words = _("Không có bản ghi này trong sổ được dẫn tới.")
    elif "ST_IsValid" in thing.body:
        words = _("Hình vẽ không hợp lệ: đường biên tự cắt nhau hoặc chưa khép kín.")
    elif thing.requires:
        words = _("Xin nhập mục này")
    else:
        words = _("Giá trị nằm ngoài giới hạn của mục này.")
    return Invalid({thing.field: [words]})


def _days(values: Mapping[str, Any], period: Sequence[str]) -> dict[str, str]:
    first, last = (values[name] for name in period)
    return {"from": f"{first:%d/%m/%Y}" if first else "…", "until": f"{last:%d/%m/%Y}" if last else "…"}


def _label(shape: Shape, name: str) -> str:
    return shape.fields[name].spec.words if name in shape.fields else _("đơn vị")
