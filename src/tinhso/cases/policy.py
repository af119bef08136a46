"""Who may see and touch a case. What may not be seen does not exist: NotFound, with no hint."""

from functools import lru_cache
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tinhso.identity.queries import agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .bpmn import APPLICANT
from .models import Case, CaseEvent, Intake, Opinion, Task

RELATED = "cases.related"
"""The purpose to which an applicant agrees, so that an agency (its name) sees their cases elsewhere."""


@lru_cache(maxsize=2_000)
def desks(agency: UUID) -> frozenset[UUID]:
    """The agencies whose work an agency's posts do: its own, and for a one-stop centre that of the committee which
    it stands under (Decree 118/2025/ND-CP)."""
    ref = agency_by_id(agency)
    return frozenset({agency, ref.parent} - {None}) if ref.kind == "one-stop-centre" else frozenset({agency})


def visible(actor: Actor) -> Q:
    """The cases that `actor` may see, as one indexed predicate.

    An officer sees the cases that the agency holds; a reform or a hand-over moves the holder, so that nothing else
    has to be asked. Inspectors and leaders of the province see all. Anybody else sees their own.
    """
    if actor.system or (actor.is_officer and actor.may("case.see-province")):
        return Q()
    if actor.is_officer:
        return Q(holder__in=desks(actor.agency)) if actor.agency and actor.may("case.see-agency") else Q(pk=None)
    return Q(person=actor.person) if actor.person else Q(pk=None)


def reachable(actor: Actor) -> Q:
    """The single cases that `actor` may open: those visible, each whose open task is the actor's agency's to do, and
    each that the actor's post was asked an opinion on while the case runs. Not for lists: what is lent is seen by its
    own address alone."""
    seen = visible(actor)
    if actor.post is None or not seen:
        return seen
    if actor.agency and actor.may("case.see-agency"):
        seen |= Q(Exists(_parts(actor).filter(case=OuterRef("pk"), completed_at=None)))
    lent = Opinion.objects.filter(post=actor.post, dropped_at=None).values("case_id")
    return seen | Q(pk__in=lent, ended_at=None)


def _parts(actor: Actor) -> QuerySet[Task]:
    """The tasks, open and done, of the agencies whose work the actor does; not the applicant's and the platform's."""
    return Task.objects.filter(agency__in=desks(actor.agency) if actor.agency else []).exclude(role=APPLICANT)


def get_part(actor: Actor, case_id: UUID) -> Case:
    """A case of another agency in which the actor's agency did a part: what it did remains its own to see, when the
    case is no longer. NotFound for others."""
    if actor.agency is None or not actor.may("case.see-agency"):
        raise NotFound()
    case = Case.objects.filter(Exists(_parts(actor).filter(case=OuterRef("pk"))), pk=case_id).first()
    if case is None:
        raise NotFound()
    return case


def does_part(actor: Actor, case: Case) -> bool:
    """Whether an open task of the case, which another agency holds, is for the actor's agency."""
    return actor.agency is not None and _parts(actor).filter(case=case, completed_at=None).exists()


def leads_task(actor: Actor, case: Case, task: Task, permission: str) -> bool:
    """Whether the actor may decide who does this task: as whoever leads the case, or the agency in which it opened."""
    if leads(actor, case, permission):
        return True
    return actor.may(permission) and actor.agency is not None and task.agency_id in desks(actor.agency)


def leads(actor: Actor, case: Case, permission: str) -> bool:
    """Whether the actor may decide on this case beyond its steps (assign, cancel, reopen): a leader of the province, or
    the head of the agency that holds it; never one to whom the case is only lent."""
    if not actor.may(permission):
        return False
    if actor.system or actor.may("case.see-province"):
        return True
    return actor.agency is not None and case.holder_id in desks(actor.agency)


def works_at(actor: Actor, case: Case) -> bool:
    """Whether the actor is an officer of the agency that holds the case."""
    return actor.system != "" or (actor.agency is not None and case.holder_id in desks(actor.agency))


def reads_note(actor: Actor, event: CaseEvent) -> bool:
    """Whether the actor reads this event where it is a note: the agency that wrote it does, and whoever sees all."""
    if event.kind != "noted" or actor.system or actor.may("case.see-province"):
        return True
    return actor.agency is not None and event.data.get("agency") in {str(one) for one in desks(actor.agency)}


def get(actor: Actor, case_id: UUID, *, lock: bool = False) -> Case:
    """The case, or NotFound. With `lock` its row is held until the transaction ends: every change of a case goes
    through this lock, so that two of them stand in a row."""
    rows = Case.objects.select_related(None)
    if lock:
        rows = rows.select_for_update()
    case = rows.filter(reachable(actor), pk=case_id).first()
    if case is None and taken_in_by(actor, case_id):
        case = rows.filter(pk=case_id).first()
    if case is None:
        raise NotFound()
    return case


def taken_in_by(actor: Actor, case_id: UUID) -> bool:
    """Whether the actor's counter took the case in for another agency: it goes on seeing what was handed in there, so
    that the applicant is answered where they asked. Lists stay those of the holder."""
    if not (actor.is_officer and actor.agency and actor.may("case.intake")):
        return False
    return Intake.objects.filter(case=case_id, centre__in=desks(actor.agency)).exists()


def is_applicant(actor: Actor, case: Case) -> bool:
    return not actor.is_officer and actor.person is not None and actor.person == case.person


def may_do(actor: Actor, task: Task) -> bool:
    """Whether the actor's post does this task: a role of the post, in the agency whose turn it is."""
    if actor.system:
        return True
    return (
        actor.is_officer
        and task.role != APPLICANT
        and task.role in actor.roles
        and actor.agency is not None
        and task.agency_id in desks(actor.agency)
    )


def may_read_subject(actor: Actor, subject: str) -> bool:
    """For documents: whoever may see the case may read its papers."""
    try:
        case_id = UUID(subject)
    except ValueError:
        return False
    return Case.objects.filter(reachable(actor), pk=case_id).exists() or taken_in_by(actor, case_id)
