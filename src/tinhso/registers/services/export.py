"""Take records away as a file."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound

from .. import exports, looks, policy
from ..filters import Where, pairs
from ..shape import shape
from . import rows

CHUNK = 5_000
"""People noted at a time."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way: `parts` are read once. `left_out` names personal fields that stayed behind for want of a
    purpose."""

    name: str
    media_type: str
    left_out: tuple[str, ...]
    parts: Iterator[bytes]


def export(
    actor: Actor,
    register: str,
    ends: str,
    *,
    where: Where | None = None,
    search: str = "",
    order: str = "id",
    fields: Collection[str] = (),
    purpose: str = "",
) -> Export:
    """The records that the reader may see, under the filters of a list (`queries.find`), as csv, xlsx, parquet or
    geojson (`ends`). `fields` narrows the columns.

    Sensitive fields never go out; personal ones only with a `purpose`, which the audit keeps, and then everybody whom
    the records name finds it in the log of who looked at their data. Both are written before the first byte.

    Raises NotFound, Forbidden (a citizen), Invalid; all before the first byte.
    """
    if ends not in exports.FORMATS:
        raise NotFound()
    of, form = shape(register), exports.FORMATS[ends]
    policy.need_see(actor)
    if actor.is_citizen:
        raise Forbidden(_("Ông/Bà xem được từng bản ghi của mình; tệp cả sổ chỉ dành cho cán bộ."))
    purpose = rows.reason(purpose, needed=False)
    chosen = exports.select(actor, of, where=where or {}, search=search, order=order, fields=fields, purpose=purpose)
    parts = form.parts(chosen)
    with transaction.atomic():
        people = 0
        if chosen.is_personal and chosen.people:
            people = looks.note_exported(actor, exports.people(chosen, CHUNK), purpose)
        audit.record(
            actor,
            "record.export",
            f"register:{register}",
            format=ends,
            fields=[f.name for f in chosen.fields],
            filters=sorted({key for key, _value in pairs(where or {})}),
            personal=chosen.is_personal,
            people=people,
            purpose=purpose,
        )
    return Export(f"{register}.{ends}", form.media_type, chosen.left_out, parts)
