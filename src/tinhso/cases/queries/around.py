"""What stands around a case for officers: notes, opinions, colleagues, the applicant's other cases."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.queries import absences, agencies, agency_by_id, agreed, posts_of
from tinhso.identity.services import note_looks
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import papers, policy, timeline, workflow
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import Around, Colleague, Desk, Note, OpinionView, Related
from ..models import Case, Opinion, Task
from ..services.assigning import ASSIGN
from ..services.ending import AGAIN, CANCEL, REOPEN, may_end
from .casepage import title
from .lists import summaries

MOST_RELATED = 50
MOST_COUNTED = 999


def around(actor: Actor, case_id: UUID) -> Around:
    """Notes and opinions of a case, and what the reader may do with it beyond its step. NotFound where it may not be
    seen."""
    row = policy.get(actor, case_id)
    if not actor.is_officer:
        raise NotFound()
    here = policy.works_at(actor, row)
    sees_all = actor.may("case.see-province")
    tasks = list(Task.objects.filter(case=row, completed_at=None))
    task = next((one for one in tasks if one.role not in {APPLICANT, PLATFORM}), None)
    taken = bool(task and task.claimed_by and task.claimed_by != actor.post)
    doing = task is not None and policy.may_do(actor, task)
    return Around(
        notes=_notes(actor, row),
        opinions=opinions(actor, row),
        task=task.pk if task else None,
        taken_by=task.claimed_name if task and taken else "",
        may_note=here,
        may_ask=here and task is not None,
        may_assign=task is not None and policy.leads_task(actor, row, task, ASSIGN),
        may_take_over=taken and doing,
        may_cancel=not row.internal and policy.leads(actor, row, CANCEL) and may_end(row, tasks),
        may_reopen=not row.internal and row.outcome in AGAIN and policy.leads(actor, row, REOPEN),
        may_preview=bool(task and doing and not taken and _signs(row, task)),
        has_applicant=row.person is not None and here,
        may_send_on=task is not None and doing and not taken and not row.internal and row.paused_at is None,
        lent=not here and not sees_all and not policy.does_part(actor, row),
    )


def opinions(actor: Actor, row: Case) -> tuple[OpinionView, ...]:
    """The opinions asked in a case, in the order of asking. Whom the case is only lent reads their own alone."""
    found = Opinion.objects.filter(case=row).order_by("asked_at", "post_words")
    if not policy.works_at(actor, row) and not actor.may("case.see-province"):
        found = found.filter(post=actor.post)
    return tuple(_opinion(actor, row, one) for one in found)


def opinion(actor: Actor, opinion_id: UUID) -> OpinionView:
    """One opinion, for the post that was asked and for the agency that asked. Raises NotFound."""
    found = Opinion.objects.filter(pk=opinion_id).first()
    if found is None:
        raise NotFound()
    row = policy.get(actor, found.case_id)
    return next((one for one in opinions(actor, row) if one.id == found.pk), None) or _missing()


def opinions_asked(actor: Actor, *, open_only: bool = True, limit: int = 50) -> tuple[OpinionView, ...]:
    """What the actor's post is asked, those due first; with `open_only` False also those answered, of running cases."""
    if actor.post is None:
        raise NotFound()
    rows = Opinion.objects.filter(post=actor.post, dropped_at=None, case__ended_at=None).select_related("case")
    if open_only:
        rows = rows.filter(answered_at=None)
    return tuple(_opinion(actor, one.case, one) for one in rows.order_by("due_at")[:limit])


def opinions_waiting(actor: Actor) -> int:
    """How many opinions the actor's post is asked for and has not given."""
    rows = Opinion.objects.filter(post=actor.post, dropped_at=None, answered_at=None, case__ended_at=None)
    return rows.count() if actor.post else 0


def colleagues(actor: Actor, task_id: UUID) -> tuple[Colleague, ...]:
    """The posts that may do a task, each with who holds it, how much it has, and whether the holder is away."""
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    policy.get(actor, task.case_id)
    return able_colleagues({task.agency_id}, {task.role})


def able_colleagues(held: Iterable[UUID], roles: Iterable[str]) -> tuple[Colleague, ...]:
    """Posts with one of these roles in the agencies that do the work of those that hold the cases."""
    places: set[UUID] = set(held)
    for one in tuple(places):
        places |= {centre.id for centre in agencies(parent=one, kind="one-stop-centre")}
    wanted = set(roles)
    refs = [ref for ref in posts_of(places) if ref.holder and wanted & set(ref.roles)]
    counts = _taken([ref.id for ref in refs])
    away = {one.post: one for one in reversed(absences([ref.id for ref in refs])) if one.since <= timezone.localdate()}
    return tuple(
        Colleague(
            ref.id,
            ref.title,
            ref.holder,
            counts.get(ref.id, (0, 0))[0],
            away[ref.id].until if ref.id in away else None,
            away[ref.id].deputy if ref.id in away else "",
        )
        for ref in refs
    )


def desks_of_agency(actor: Actor) -> tuple[Desk, ...]:
    """The posts of the actor's agency that have taken tasks, for whoever hands them over: those without a holder and
    those with most first."""
    if actor.agency is None or not actor.may(ASSIGN):
        raise NotFound()
    held = policy.desks(actor.agency)
    places = set(held) | {one.id for place in held for one in agencies(parent=place, kind="one-stop-centre")}
    names = {ref.id: ref.words for ref in agencies(ids=places)}
    refs = posts_of(places)
    counts = _taken([ref.id for ref in refs])
    found = [
        Desk(ref.id, ref.title, names[ref.agency], ref.holder, *counts[ref.id]) for ref in refs if ref.id in counts
    ]
    return tuple(sorted(found, key=lambda one: (bool(one.holder), -one.open, one.title)))


def related(actor: Actor, case_id: UUID) -> Related:
    """The applicant's other cases: those that the officer's agency holds, and, where the applicant agreed, those of
    other agencies. The look stands in the applicant's log, with this case."""
    row = policy.get(actor, case_id)
    if not actor.is_officer or row.person is None or not policy.works_at(actor, row):
        raise NotFound()
    held = policy.desks(actor.agency) if actor.agency else frozenset()
    consent = _agreed(row)
    others = Case.objects.filter(person=row.person, internal=False).exclude(pk=row.pk)
    shown = others if consent else others.filter(holder__in=held)
    with override("vi"):  # the log is the citizen's: it does not follow the officer's language
        purpose = _("Xem hồ sơ khác của người nộp khi giải quyết %(code)s") % {"code": row.code}
    note_looks(actor.for_case(row.pk, purpose), [row.person], purpose, "personal")
    hidden = not consent and others.exclude(holder__in=held).exists()
    return Related(summaries(shown.order_by("-id")[:MOST_RELATED]), consent, hidden)


def shares_cases(actor: Actor, case_id: UUID) -> bool:
    """Whether the applicant, who asks, has agreed that the agency of this case sees their cases elsewhere."""
    row = policy.get(actor, case_id)
    return policy.is_applicant(actor, row) and _agreed(row)


def _agreed(row: Case) -> bool:
    return row.person is not None and agreed(row.person, policy.RELATED, agency_by_id(row.holder_id).name[:120])


def result_preview(actor: Actor, task_id: UUID) -> bytes:
    """The result of a case as it would be signed now by the actor, without number or code, as PDF. For whoever is about
    to sign it; NotFound for others and where there is nothing to sign."""
    from tinhso.documents.queries import preview
    from tinhso.identity.queries import post

    task = Task.objects.filter(pk=task_id, completed_at=None).first()
    if task is None or not policy.may_do(actor, task) or actor.post is None:
        raise NotFound()
    row = policy.get(actor, task.case_id)
    found = workflow.procedure(row.procedure, row.version)
    if not _signs(row, task) or not found.model.result.document:
        raise NotFound()
    today = timezone.localdate()
    with override("vi"):
        signer = {"name": actor.name, "title": post(actor.post).title}
        purpose = _("Xem trước kết quả hồ sơ %(code)s") % {"code": row.code}
        known = papers.facts(actor.for_case(row.pk, purpose), row, found, signer, today)
        name = found.model.result.document
        kind = name if "." in name else f"{found.pack}.{name}"
        return preview(kind, papers.result_data(found.model, row, known))


def _signs(row: Case, task: Task) -> bool:
    model = workflow.procedure(row.procedure, row.version).model
    return any(step.name == task.step and step.signs for step in model.steps)


def _missing() -> OpinionView:
    raise NotFound()


def _notes(actor: Actor, row: Case) -> tuple[Note, ...]:
    events = timeline.of_case(row.pk).filter(kind="noted")
    return tuple(
        Note(event.at, event.actor.get("name", ""), event.data["note"])
        for event in events
        if policy.reads_note(actor, event)
    )


def _opinion(actor: Actor, row: Case, one: Opinion) -> OpinionView:
    model = workflow.procedure(row.procedure, row.version).model
    return OpinionView(
        id=one.pk,
        case=row.pk,
        code=row.code,
        title=title(model, row.subject),
        to=one.post_words,
        question=one.question,
        waits=one.waits,
        asked_by=one.asked_name,
        asked_at=one.asked_at,
        due_at=one.due_at,
        state=_state(row, one, timezone.now()),
        answer=one.answer,
        answered_by=one.answered_name,
        answered_at=one.answered_at,
        mine=one.post == actor.post,
        may_drop=policy.works_at(actor, row) and one.answered_at is None and one.dropped_at is None
        and row.ended_at is None,
    )  # fmt: skip


def _state(row: Case, one: Opinion, now: datetime) -> Literal["open", "late", "answered", "dropped", "ended"]:
    if one.answered_at:
        return "answered"
    if one.dropped_at:
        return "dropped"
    if row.ended_at:
        return "ended"
    return "late" if one.due_at < now else "open"


def _taken(posts: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many open tasks each post has taken, and how many of them are late."""
    rows = Task.objects.filter(claimed_by__in=posts, completed_at=None, due_at__isnull=False).order_by()
    late = Count("pk", filter=Q(due_at__lt=timezone.now()))
    counted = rows.values("claimed_by").annotate(number=Count("pk"), late=late)
    return {one["claimed_by"]: (one["number"], one["late"]) for one in counted}
