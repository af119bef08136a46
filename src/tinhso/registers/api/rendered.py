"""Records as the JSON of an answer. They are made of what was checked when it was written: each is put together as it
goes out, where the frameworks would check it by its schema once more, which costs more than reading it."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from ..contracts import Record
from ..shape import Shape
from .expansion import Expansion


def answer(said: Any) -> HttpResponse:
    return HttpResponse(
        json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=_text), content_type="application/json"
    )


def record(of: Shape, record: Record, fields: frozenset[str] | None, expansion: Expansion) -> dict[str, Any]:
    """A record as `RecordOut` describes it; `fields` are the values that were asked for, None for all."""
    return {
        "id": str(record.ref.id),
        "register": record.ref.register,
        "revision": record.ref.revision,
        "unit": record.unit,
        "unit_on": record.unit_on,
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
        "case": record.case,
        "demo": record.demo,
        "display": record.display,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "masked": record.masked,
        "merged_into": None,
        "values": _values(of, record.values, fields),
        "expanded": {name: _expanded(said) for name, said in expansion.items()},
    }


def _values(of: Shape, values: Mapping[str, Any], fields: frozenset[str] | None) -> dict[str, Any]:
    return of.to_json(values if fields is None else {n: v for n, v in values.items() if n in fields})


def _expanded(said: Mapping[str, Any]) -> dict[str, Any]:
    """As `Expanded` describes it."""
    return {
        "id": said["id"],
        "display": said["display"],
        "register": said.get("of"),
        "values": said.get("values"),
    }


def _text(value: Any) -> str:
    """What JSON has no word for; of moments the milliseconds, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
