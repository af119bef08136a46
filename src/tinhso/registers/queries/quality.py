"""How good the records of a register are: rules kept and broken, and the same thing entered twice."""

from django.utils import timezone

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound

from .. import policy
from .. import quality as judging
from ..contracts import DuplicatePair, Duplicates, Page, QualityReport
from ..looks import note_list
from ..models import DuplicateSearch
from ..shape import Shape, shape
from .reading import cursor_of, encode, records_of, select
from .registers import need_export, readable


def quality(actor: Actor, register: str, unit: str = "") -> QualityReport:
    """How the records in force that the reader may see keep the register's rules of quality; with `unit` (a code of
    today's map) only those on its ground.

    A rule that reads fields which the reader may not read is not judged. Raises Busy where counting takes longer than
    five seconds.
    """
    of = shape(register)
    return judging.report(of, _of_officers(actor, of, unit), readable(actor, of), select)


def faulty(actor: Actor, register: str, rule: str, *, unit: str = "", after: str = "", limit: int = 50) -> Page:
    """A page of the records in force that break a rule of quality, newest first; empty where it cannot be judged.

    Raises NotFound for a rule that the register does not have or the reader may not know the answer to.
    """
    of = shape(register)
    land = judging.ground(of)
    judge = next((j for j in judging.judges(of, readable(actor, of), land) if j.rule.name == rule), None)
    if judge is None or judge.unknown == "masked":
        raise NotFound()
    limit = max(1, min(limit, 500))
    seen, params = _of_officers(actor, of, unit)
    head, source, broken, more = judging.broken_rows(of, judge, land)
    key, key_params = ("AND t.id < %s", [cursor_of(after)[1]]) if after else ("", [])
    sql = f"{head}SELECT {of.select} {source} WHERE {broken} AND ({seen}) {key} ORDER BY t.id DESC LIMIT %s"
    found = [of.row(row) for row in select(sql, [*more, *params, *key_params, limit + 1])]
    last = found[limit - 1] if len(found) > limit else None
    records = records_of(actor, of, found[:limit])
    note_list(actor, of, records)
    return Page(records, encode(["", str(last.id)]) if last else "")


def duplicates(actor: Actor, register: str, *, limit: int = 100) -> Duplicates:
    """The pairs that the last search found, of records in force that the reader may both see, the likeliest first.

    Raises Forbidden for who may not read the fields that are compared.
    """
    of = shape(register)
    seen, params = _of_officers(actor, of, "")
    if not set(of.definition.duplicates) <= readable(actor, of):
        raise Forbidden()
    there = (
        f"EXISTS (SELECT FROM {of.table} t WHERE t.id = d.{{}}"
        f" AND (t.valid_until IS NULL OR t.valid_until > %s) AND ({seen}))"
    )
    today = timezone.localdate()
    found = select(
        "SELECT d.one, d.other, d.score FROM registers_duplicate d WHERE d.register = %s"  # noqa: S608
        f" AND {there.format('one')} AND {there.format('other')} ORDER BY d.score DESC, d.id LIMIT %s",
        [register, today, *params, today, *params, max(1, min(limit, 500))],
    )
    ids = list({id for one, other, _score in found for id in (one, other)})
    rows = select(f"SELECT {of.select} FROM {of.table} t WHERE t.id = ANY(%s)", [ids])  # noqa: S608
    shown = records_of(actor, of, [of.row(row) for row in rows])
    note_list(actor, of, shown)
    records = {record.ref.id: record for record in shown}
    search = DuplicateSearch.objects.filter(register=register).first()
    return Duplicates(
        [DuplicatePair(records[one], records[other], score) for one, other, score in found],
        search is not None,
        search.done_at if search else None,
        search.records if search else 0,
    )


def _of_officers(actor: Actor, of: Shape, unit: str) -> policy.Predicate:
    """What an officer sees of a register, on the ground of `unit`; citizens are shown no figures over others."""
    need_export(actor)
    seen, params = policy.visible(actor, of)
    if not unit:
        return seen, params
    place, more = policy.of_place(unit)
    return f"({seen}) AND ({place})", [*params, *more]
