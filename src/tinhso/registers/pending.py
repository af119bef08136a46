"""Reads of what stands beside the records: changes that wait for approval, bulk edits, merges. Part of `queries`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.text import fold

from . import policy
from .contracts import BulkView, Change, Difference, MergeView, ProposalView, Record, Version
from .look_ups import display_many
from .looks import note_told
from .models import BulkEdit, BulkRow, Merge, MergeStep, Proposal
from .services import drafts
from .services.merge import pointing
from .shape import Shape, shape

__all__ = [
    "bulk", "editable", "find_for_reference", "keeps", "may_approve", "merge", "merge_of", "merged_into", "pointing",
    "proposal", "proposal_by_id", "proposal_of_case", "proposals", "waiting",
]  # fmt: skip
_TITLED = frozenset({"open", "internal"})
MOST_FAULTS, SAMPLE = 200, 5


def keeps(actor: Actor, register: str) -> bool:
    """Whether the actor's post writes to the register by hand."""
    return bool(actor.system) or (actor.is_officer and policy.keeps(actor, shape(register)))


def editable(actor: Actor, register: str) -> tuple[str, ...]:
    """The fields that stand in the actor's forms: those that they may read, in the order of the definition."""
    of = shape(register)
    return tuple(f.name for f in of.visible(policy.classes(actor, of)))


def may_approve(actor: Actor, register: str) -> bool:
    return shape(register).definition.approve in actor.roles


def waiting(actor: Actor, register: str, record: UUID | None = None, *, limit: int = 50) -> list[ProposalView]:
    """Changes of a register, or of one record, that wait for approval, newest first."""
    return proposals(actor, register, record, states=("waiting",), limit=limit)


def proposals(
    actor: Actor,
    register: str,
    record: UUID | None = None,
    *,
    states: Sequence[str] = ("waiting", "done", "refused", "withdrawn"),
    limit: int = 50,
) -> list[ProposalView]:
    """Proposed changes of the actor's place, newest first."""
    of = shape(register)
    conditions, params = ["t.register = %s", "t.state = ANY(%s)"], [register, list(states)]
    if record is not None:
        conditions.append("t.record = %s")
        params.append(record)
    return [_view(actor, of, row) for row in _rows(actor, conditions, params, limit)]


def proposal(actor: Actor, register: str, id: UUID) -> ProposalView:
    """One proposed change; whom it names learns of the look. Raises NotFound where it is of another register or
    place."""
    found = _rows(actor, ["t.register = %s", "t.id = %s"], [register, id], 1)
    if not found:
        raise NotFound()
    return _view(actor, shape(register), found[0], is_look=True)


def proposal_of_case(actor: Actor, case: UUID) -> ProposalView | None:
    """The change that a case decides on; None where it decides on none. Who sees the case sees it."""
    row = Proposal.objects.filter(case_id=case).first()
    return _view(actor, shape(row.register), row, is_look=True) if row and actor.is_officer else None


def proposal_by_id(id: UUID) -> ProposalView:
    """A proposal as the platform sees it, for the engine that opens its case."""
    from tinhso.kernel.actor import system

    row = Proposal.objects.filter(pk=id).first()
    if row is None:
        raise NotFound()
    return _view(system("registers.proposals"), shape(row.register), row)


def _rows(actor: Actor, conditions: list[str], params: list[Any], limit: int) -> list[Proposal]:
    policy.need_see(actor)
    if not (actor.system or actor.is_officer):
        raise NotFound()
    seen, more = ("TRUE", []) if actor.system else policy.of_place(actor.unit)
    where = " AND ".join([*conditions, f"({seen})"])
    sql = f"SELECT t.* FROM registers_proposal t WHERE {where} ORDER BY t.id DESC LIMIT %s"  # noqa: S608  our own words
    return list(Proposal.objects.raw(sql, [*params, *more, limit]))


def _view(actor: Actor, of: Shape, row: Proposal, *, is_look: bool = False) -> ProposalView:
    try:
        change, stale = drafts.from_json(of, drafts.opened(row)), ""
    except Invalid:
        change, stale = Change(row.register, row.verb), _("Sổ đã đổi mẫu từ lúc đề nghị; xin làm lại đề nghị.")
    seen = _seen(of, row.record, row.revision) if row.record else None
    if row.state == "waiting" and not stale:
        stale = _stale(of, row, change)
    readable = {f.name for f in of.visible(policy.classes(actor, of))}
    changes = _differences(of, row, change, seen, readable)
    if is_look:
        then = _seen(of, row.record, change.to_revision) if change.verb == "restore" and row.record else {}
        told = {difference.name for difference in changes}
        note_told(actor, of, [{n: s.get(n) for n in told} for s in (change.values, seen or {}, then)])
    title = display_many([row.record]).get(row.record, "") if row.record else ""
    if not title and change.verb == "create":
        shown = {n: v for n, v in change.values.items() if n in of.fields and of.fields[n].spec.class_ in _TITLED}
        title = of.display(dict.fromkeys(of.fields) | shown)
    rows = len(change.others) + 1 if change.others else 0
    if row.bulk:
        rows = BulkEdit.objects.filter(pk=row.bulk).values_list("total", flat=True).first() or 0
    return ProposalView(
        id=row.pk,
        register=row.register,
        verb=row.verb,
        record=row.record,
        title=title or str(of.definition.name),
        why=row.why,
        by=row.name,
        agency=row.agency,
        unit=row.unit,
        role=row.role,
        at=row.at,
        state=row.state,
        case=row.case_id,
        case_code=row.case_code,
        answer=row.answer,
        stale=stale,
        changes=changes,
        on=change.on,
        mine=row.account == actor.account,
        hidden=sum(1 for name in change.values if name in of.fields and name not in readable),
        rows=rows,
        of=change.of,
    )


def _stale(of: Shape, row: Proposal, change: Change) -> str:
    wanted = dict(change.others)
    if row.record and row.revision:
        wanted[row.record] = row.revision
    for record, revision in wanted.items():
        now = _revision(of, record)
        if now != revision:
            return _(
                "Bản ghi đã được sửa từ lúc đề nghị (nay bản %(now)s, đề nghị trên bản %(seen)s), nên không duyệt được"
                " nữa: xin từ chối, rồi người đề nghị làm lại trên bản mới."
            ) % {"now": now, "seen": revision}
    return ""


def _revision(of: Shape, record: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT revision FROM {of.table} WHERE id = %s", [record])  # noqa: S608  our own name
        found = cursor.fetchone()
    return found[0] if found else 0


def _seen(of: Shape, record: UUID, revision: int | None) -> dict[str, Any]:
    from .services.change import values_at

    try:
        return values_at(of, record, revision or 1)
    except NotFound:
        return {}


def _differences(
    of: Shape, row: Proposal, change: Change, seen: dict[str, Any] | None, readable: Iterable[str]
) -> tuple[Difference, ...]:
    after = dict(change.values)
    if change.verb == "restore" and row.record:
        after = _seen(of, row.record, change.to_revision)
    if change.verb in {"bulk", "unbulk"} and row.bulk:
        edit = BulkEdit.objects.get(pk=row.bulk)
        after, seen = of.from_json(edit.values), None
    found = []
    for name, value in after.items():
        field = of.fields.get(name)
        if field is None or name not in readable:
            continue
        was = (seen or {}).get(name)
        if value != was or (seen is None and change.verb == "bulk"):
            words = ["" if v is None else field.kind.display(v, field.options) for v in (was, value)]
            found.append(Difference(name, field.spec.words, *words))
    return tuple(found)


def bulk(actor: Actor, id: UUID) -> BulkView:
    """A bulk edit as its author, or who approves it, may see it. Raises NotFound."""
    edit = BulkEdit.objects.filter(pk=id).first()
    if edit is None:
        raise NotFound()
    of = shape(edit.register)
    if not actor.system and edit.account != actor.account:
        policy.need_see(actor)
        if of.definition.approve not in actor.roles or edit.unit != actor.unit:
            raise NotFound()
    counts = Counter(dict(_counts(edit)))
    values = of.from_json(edit.values)
    readable = {f.name for f in of.visible(policy.classes(actor, of))}
    words = tuple(
        (of.fields[n].spec.words, "" if v is None else of.fields[n].kind.display(v, of.fields[n].options))
        for n, v in values.items()
        if n in readable
    )
    at_fault = BulkRow.objects.filter(bulk=edit).exclude(error="").order_by("record")
    refused = at_fault.count() if edit.state == "ready" else counts["refused"]
    wrong = list(at_fault.values_list("record", "error")[:MOST_FAULTS])
    lines = display_many([record for record, _error in wrong])
    return BulkView(
        id=edit.pk,
        register=edit.register,
        state=edit.state,
        why=edit.why,
        by=edit.actor.get("name", ""),
        at=edit.at,
        total=edit.total,
        done=counts["done"],
        same=counts["same"],
        refused=refused,
        waiting=counts["waiting"],
        undone=counts["undone"],
        kept=counts["kept"],
        changes=words,
        sample=_sample(actor, of, edit, values) if edit.state == "ready" else (),
        faults=tuple((record, lines.get(record, str(record)[:8]), error) for record, error in wrong),
        tried=min(edit.total, 5_000),
        case=edit.case_id,
    )


def _counts(edit: BulkEdit) -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM registers_bulkrow WHERE bulk_id = %s GROUP BY state", [edit.pk])
        return cursor.fetchall()


def _sample(
    actor: Actor, of: Shape, edit: BulkEdit, values: dict[str, Any]
) -> tuple[tuple[Record, tuple[Difference, ...]], ...]:
    from . import queries

    first = BulkRow.objects.filter(bulk=edit, error="").order_by("record").values_list("record", flat=True)[:SAMPLE]
    found = []
    for record in queries.find(actor, edit.register, where={"id": ("in", list(first))}, limit=SAMPLE).records:
        before = Version(0, record.values, record.updated_at, "", "", None, record.valid_from, None)  # type: ignore[arg-type]
        after = replace(before, values=record.values | values)
        changed = [d for d in queries.differences(of, before, after) if d.name in values]
        found.append((record, tuple(changed)))
    return tuple(found)


def merged_into(record: UUID) -> UUID | None:
    """The record that this one was merged into, where it was and that stands."""
    step = MergeStep.objects.filter(record=record, kind="ended", merge__undone_at=None).select_related("merge").first()
    return step.merge.survivor if step else None


def merge(actor: Actor, register: str, id: UUID) -> MergeView:
    """One merge of a register whose survivor the actor may see. Raises NotFound."""
    from . import queries

    row = Merge.objects.filter(register=register, pk=id).first()
    if row is None:
        raise NotFound()
    queries.get(actor, register, row.survivor)
    return _merge_view(row)


def merge_of(actor: Actor, register: str, record: UUID) -> MergeView | None:
    """The newest merge that this record survived, which stands; None where there is none."""
    row = Merge.objects.filter(register=register, survivor=record, undone_at=None).order_by("-at").first()
    return _merge_view(row) if row else None


def _merge_view(row: Merge) -> MergeView:
    steps = list(MergeStep.objects.filter(merge=row))
    return MergeView(
        row.pk, row.register, row.survivor, tuple(s.record for s in steps if s.kind == "ended"),
        sum(s.kind == "pointed" for s in steps), row.why, row.at, row.undone_at,
    )  # fmt: skip


def find_for_reference(actor: Actor, register: str, text: str, *, limit: int = 20) -> list[tuple[UUID, str]]:
    """Records that a typed text may mean, with their lines: for a field that refers to them. A register that declares
    no search is looked through by its newest records' lines."""
    from . import queries

    of = shape(register)
    if not of.definition.search:
        words = fold(text).split()
        found = queries.find(actor, register, limit=500).records
        found = [one for one in found if all(word in fold(one.display) for word in words)][:limit]
    else:
        found = queries.find(actor, register, search=text, limit=limit).records
    return [(one.ref.id, one.display or str(one.ref.id)[:8]) for one in found if one.valid_until is None]
