"""What an inspector is shown: their inspections, and one of them with its checklist."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.documents import queries as documents
from tinhso.documents.contracts import DocumentRef
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Record

from ..inspection import (
    CHECKLISTS,
    DOES,
    EVIDENCE,
    FINDINGS,
    INSPECTIONS,
    MINUTES,
    PLANS,
    Planned,
    Question,
    Sheet,
    Work,
)

MOST = 100


def inspections(actor: Actor) -> Work:
    """What is before an inspector: running first. Raises NotFound for who inspects nothing."""
    need_inspector(actor)
    today = timezone.localdate()
    own = registers.find(actor, INSPECTIONS, where={"agency": actor.agency}, order="-begun_on", limit=MOST).records
    begun = {one.values["plan"] for one in own}
    plans = registers.find(
        actor, PLANS, where={"agency": actor.agency, "ends_on__ge": today}, order="starts_on", limit=MOST
    ).records
    late = registers.find(
        actor, FINDINGS, where={"due_on__lt": today, "remedied_on__empty": True}, order="due_on", limit=MOST
    ).records
    open_ = [plan for plan in plans if plan.ref.id not in begun and plan.valid_until is None]
    names = _names([*(one.values["enterprise"] for one in own), *(one.values["enterprise"] for one in open_)], actor)
    planned = tuple(
        Planned(
            plan.ref.id,
            plan.values["number"],
            names.get(plan.values["enterprise"], ""),
            plan.values["starts_on"],
            plan.values["ends_on"],
            max(plan.values["starts_on"], today) if plan.values["starts_on"] > today else None,
        )
        for plan in open_
    )
    return Work(
        tuple(one for one in own if one.values["done_on"] is None),
        planned,
        tuple(one for one in own if one.values["done_on"] is not None),
        tuple(late),
        names,
    )


def inspection(actor: Actor, id: UUID) -> Sheet:
    """One inspection with its questions and what was answered. Raises NotFound where it is another agency's."""
    need_inspector(actor)
    found = registers.get(actor, INSPECTIONS, id, purpose=_("Kiểm tra tại chỗ"))
    if found.values["agency"] not in (None, actor.agency) and not actor.system:
        raise NotFound()
    photos = registers.find(actor, EVIDENCE, where={"inspection": id}, order="taken_at", limit=500).records
    questions = tuple(_questions(actor, found, photos))
    findings = registers.find(actor, FINDINGS, where={"inspection": id}, order="number", limit=MOST).records
    return Sheet(
        id,
        found.ref.revision,
        found.values,
        _names([found.values["enterprise"]], actor).get(found.values["enterprise"], ""),
        questions,
        tuple(findings),
        minutes(id),
        tuple(_left(questions)),
        found.demo,
    )


def checklists(actor: Actor) -> list[Record]:
    """The checklists in use, by title."""
    need_inspector(actor)
    found = registers.find(actor, CHECKLISTS, where={"replaced_on__empty": True}, order="code", limit=MOST)
    return found.records


def evidence(actor: Actor, id: UUID, photo: UUID) -> Record:
    """A photograph of an inspection that the actor may see. Raises NotFound."""
    inspection(actor, id)
    found = registers.get(actor, EVIDENCE, photo)
    if found.values["inspection"] != id or not found.values["photo"]:
        raise NotFound()
    return found


def minutes(id: UUID) -> DocumentRef | None:
    """The minutes of an inspection, once it is ended."""
    return next((one for one in documents.documents_of(f"inspection:{id}") if one.kind == MINUTES), None)


def need_inspector(actor: Actor) -> None:
    """Raise NotFound unless the actor's post inspects."""
    if not actor.may(DOES):
        raise NotFound()


def _questions(actor: Actor, found: Record, photos: Iterable[Record]) -> Iterable[Question]:
    """The items of the checklist; where the inspection names none, those that were answered."""
    answers = {row["item"]: row for row in found.values["answers"] or []}
    listed: list[dict[str, Any]] = []
    if found.values["checklist"]:
        listed = registers.get(actor, CHECKLISTS, found.values["checklist"]).values["items"]
    known = {row["item"] for row in listed}
    for row in [*listed, *(row for item, row in answers.items() if item not in known)]:
        answered = answers.get(row["item"], {})
        yield Question(
            row["item"],
            row.get("ground") or "",
            bool(row.get("photo")),
            answered.get("answer") or "",
            answered.get("note") or "",
            tuple(one for one in photos if one.values["item"] == row["item"]),
        )


def _left(questions: Iterable[Question]) -> Iterable[str]:
    for number, question in enumerate(questions, 1):
        if not question.answer:
            yield _("Mục %(number)d chưa trả lời") % {"number": number}
        elif question.needs_photo and question.answer != "na" and not question.photos:
            yield _("Mục %(number)d phải có ảnh") % {"number": number}


def _names(ids: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    from tinhso.kernel.fields import hooks

    known = hooks.look_up("record")
    wanted = sorted(set(ids), key=str)
    return {one: known.display(one) for one in wanted} if known else {}
