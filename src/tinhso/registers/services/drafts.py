"""A change is handed in: it is carried out at once, or waits as a proposal where the register asks for approval.

A proposal does not hold before somebody in the role that the definition names has agreed, by a case (cases hears
`record.proposed`). It is tried when it is made, so that what would be refused is told to who typed it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity import services as identity
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.ids import uuid7

from .. import policy
from ..contracts import PROPOSAL_DECIDED, RECORD_PROPOSED, Change, NewRecord, RecordRef, Written
from ..models import Proposal
from ..shape import Shape, shape
from . import rows
from .change import end, restore, standing, update
from .create import create, home


def hand_in(actor: Actor, change: Change, *, request_key: str = "") -> Written:
    """Carry a change out, or keep it as a proposal where the register asks for approval and `actor` writes by hand.

    `request_key` is the caller's name for this request: handed in again it is the same record or proposal. Raises
    what the verb raises, Forbidden and NotFound by policy.
    """
    of = shape(change.register)
    if not policy.asks_first(actor, of):
        return Written(ref=carry_out(actor, change, request_key=request_key))
    return Written(proposal=_propose(actor, of, change, request_key))


def carry_out(actor: Actor, change: Change, *, case: UUID | None = None, request_key: str = "") -> RecordRef | None:
    """Do what the change says; the record's ref, None for a bulk edit."""
    given = change.values
    if change.verb == "create":
        return create(
            actor, change.register, given, case=case, why=change.why, valid_from=change.on, unit=change.unit,
            unit_on=change.unit_on, request_key=request_key,
        )  # fmt: skip
    if change.verb in {"bulk", "unbulk"}:
        from .bulk_edit import run_bulk, undo_bulk

        assert change.of
        (run_bulk if change.verb == "bulk" else undo_bulk)(actor, change.of, case=case)
        return None
    if change.verb in {"merge", "unmerge"}:
        from .merge import merge, unmerge

        return merge(actor, change, case=case) if change.verb == "merge" else unmerge(actor, change, case=case)
    assert change.record
    where = (actor, change.register, change.record)
    if change.verb == "update":
        return update(*where, given, revision=change.revision, why=change.why, case=case, valid_from=change.on)
    if change.verb == "end":
        day = change.on or timezone.localdate()
        return end(*where, on=day, revision=change.revision, why=change.why, case=case)
    if change.verb == "restore":
        return restore(*where, to_revision=change.to_revision, revision=change.revision, why=change.why, case=case)
    raise ValueError(change.verb)


def _propose(actor: Actor, of: Shape, change: Change, request_key: str) -> UUID:
    if request_key and (before := _before(actor, request_key)):
        return before
    if actor.agency is None or actor.account is None:
        raise Forbidden()
    with policy.trial():
        if change.verb in {"bulk", "unbulk"}:
            policy.need_write(actor, of, by_case=False)  # its records were tried when it was prepared
        else:
            carry_out(actor, change)
        unit, unit_on = _place(actor, of, change)
    proposal = uuid7()
    try:
        with transaction.atomic():
            Proposal.objects.create(
                id=proposal,
                register=change.register,
                verb=change.verb,
                record=change.record,
                revision=change.revision or None,
                sealed=identity.seal(to_json(of, change), place(proposal)),
                why=rows.reason(change.why, needed=change.verb != "create"),
                unit=unit,
                unit_on=unit_on,
                role=of.definition.approve,
                agency=actor.agency,
                account=actor.account,
                actor=actor.stamp(),
                name=actor.name[:120],
                request_key=request_key,
                bulk=change.of if change.verb in {"bulk", "unbulk"} else None,
            )
            told = {"register": change.register, "verb": change.verb}
            audit.record(actor, "record.propose", f"proposal:{proposal}", **told)
            events.publish(
                actor,
                RECORD_PROPOSED,
                f"proposal:{proposal}",
                agency=str(actor.agency),
                unit=unit,
                role=of.definition.approve,
                **told,
            )
    except IntegrityError:
        if request_key and (before := _before(actor, request_key)):
            return before
        raise
    return proposal


def _before(actor: Actor, request_key: str) -> UUID | None:
    asked = Proposal.objects.filter(account=actor.account, request_key=request_key)
    return asked.values_list("id", flat=True).first()


def _place(actor: Actor, of: Shape, change: Change) -> tuple[str, date]:
    """Where what is changed belongs; of many records, where the officer is."""
    today = timezone.localdate()
    if change.verb == "create":
        values = of.check(change.values)
        return home(actor, of, values, NewRecord(values, change.on or today, change.unit, change.unit_on))
    if change.record is None:
        return actor.unit, today
    return standing(of, change.record)


def note_case(proposal: UUID, case: UUID, code: str) -> bool:
    """Say which case decides a proposal; False where it waits no more. Part of cases' transaction."""
    return bool(Proposal.objects.filter(pk=proposal, state="waiting").update(case_id=case, case_code=code))


def approve(actor: Actor, proposal: UUID, *, case: UUID) -> RecordRef | None:
    """Carry a proposal out by the case that decided it; the record's version names the case.

    Raises StaleRevision or Conflict where it can no longer be done as it was seen, Forbidden for who proposed it.
    """
    with transaction.atomic():
        row = _waiting(actor, proposal, case)
        if row.account == actor.account:
            raise Forbidden(_("Người đề nghị không tự duyệt đề nghị của mình; xin để người khác duyệt."))
        of = shape(row.register)
        ref = carry_out(actor, from_json(of, opened(row)), case=case)
        if ref is not None:
            row.record = ref.id
        _decide(actor, row, "done", "")
    return ref


def refuse(actor: Actor, proposal: UUID, *, case: UUID, why: str) -> None:
    """Discard a proposal with the reason that its author will read. Nothing of it holds."""
    with transaction.atomic():
        _decide(actor, _waiting(actor, proposal, case), "refused", rows.reason(why, needed=True))


def withdraw(actor: Actor, proposal: UUID) -> None:
    """Take one's own proposal back while nobody has decided on it; its case is then closed (cases hears
    `record.decided`). Done again it is done already. Raises NotFound, Forbidden for somebody else's, Conflict once it
    was decided."""
    with transaction.atomic():
        row = Proposal.objects.select_for_update().filter(pk=proposal).first()
        if row is None or not (actor.is_officer and actor.account):
            raise NotFound()
        if row.account != actor.account:
            raise Forbidden(_("Chỉ người đề nghị rút được đề nghị của mình."))
        if row.state == "withdrawn":
            return
        if row.state != "waiting":
            raise Conflict(_("Đề nghị này đã được quyết định."))
        _decide(actor, row, "withdrawn", "")


def _waiting(actor: Actor, proposal: UUID, case: UUID) -> Proposal:
    row = Proposal.objects.select_for_update().filter(pk=proposal, case_id=case).first()
    if row is None:
        raise NotFound()
    if not actor.system and row.role not in actor.roles:
        raise Forbidden(_("Đề nghị này do vị trí khác duyệt."))
    if row.state != "waiting":
        raise Conflict(_("Đề nghị này đã được quyết định."))
    return row


def _decide(actor: Actor, row: Proposal, state: str, answer: str) -> None:
    row.state, row.answer, row.decided_at = state, answer, timezone.now()
    row.save(update_fields=["state", "answer", "decided_at", "record"])
    told = {"register": row.register, "state": state}
    verb = {"done": "approve", "refused": "refuse", "withdrawn": "withdraw"}[state]
    audit.record(actor, f"record.{verb}", f"proposal:{row.pk}", **told)
    case = str(row.case_id) if row.case_id else None
    events.publish(actor, PROPOSAL_DECIDED, f"proposal:{row.pk}", case=case, **told)


def place(proposal: UUID) -> str:
    """What a proposal's seal is bound to."""
    return f"registers_proposal:{proposal}"


def opened(row: Proposal) -> dict[str, Any]:
    return identity.open_sealed(row.sealed, place(row.pk))


def to_json(of: Shape, change: Change) -> dict[str, Any]:
    """A change as JSON; a field that is emptied is null."""
    values = {name: None for name, value in change.values.items() if value is None} | of.to_json(change.values)
    return {
        "register": change.register,
        "verb": change.verb,
        "why": change.why,
        "record": str(change.record) if change.record else None,
        "revision": change.revision,
        "values": values,
        "on": change.on.isoformat() if change.on else None,
        "unit": change.unit,
        "unit_on": change.unit_on.isoformat() if change.unit_on else None,
        "to_revision": change.to_revision,
        "others": {str(id): revision for id, revision in change.others.items()},
        "of": str(change.of) if change.of else None,
    }


def from_json(of: Shape, data: Mapping[str, Any]) -> Change:
    """The change that `to_json` wrote. Raises Invalid where the register has changed so that it cannot be read."""
    try:
        return Change(
            register=data["register"],
            verb=data["verb"],
            why=data["why"],
            record=UUID(data["record"]) if data["record"] else None,
            revision=data["revision"],
            values=of.from_json(data["values"]),
            on=date.fromisoformat(data["on"]) if data["on"] else None,
            unit=data["unit"],
            unit_on=date.fromisoformat(data["unit_on"]) if data.get("unit_on") else None,
            to_revision=data["to_revision"],
            others={UUID(id): revision for id, revision in data["others"].items()},
            of=UUID(data["of"]) if data["of"] else None,
        )
    except KeyError as error:
        raise Invalid(str(error)) from error
