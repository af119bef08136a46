"""Cases as lines of lists, by keyset; counts by place."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from tinhso.identity.queries import agencies
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound, SignInNeeded
from tinhso.kernel.text import fold
from tinhso.territory import queries as territory

from .. import policy, workflow
from ..contracts import CasePage, CaseRef, Summary, Tracked
from ..models import Case, Status, id_at
from .casepage import title


def my_cases(actor: Actor, *, after: str = "", limit: int = 20) -> CasePage:
    """The cases of whoever is signed in as a citizen, newest first."""
    if actor.person is None:
        raise SignInNeeded()
    return _page(Case.objects.filter(person=actor.person), after, limit)


def visible_refs(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, CaseRef]:
    """Those of these cases that the actor may see, by id; one query."""
    rows = Case.objects.filter(policy.reachable(actor), pk__in=set(ids)).values_list("pk", "code")
    return {pk: CaseRef(pk, code) for pk, code in rows}


def agency_cases(
    actor: Actor,
    *,
    search: str = "",
    procedure: str = "",
    status: int | None = None,
    after: str = "",
    limit: int = 25,
) -> CasePage:
    """All the cases that an officer may see, open and ended, newest first. `search` is a dossier code or words of
    the applicant's or the subject's name."""
    if not actor.is_officer:
        raise NotFound()
    rows = Case.objects.filter(policy.visible(actor))
    if procedure:
        rows = rows.filter(procedure=procedure)
    if status is not None:
        rows = rows.filter(status=status)
    for word in fold(search).split():
        rows = rows.filter(search__contains=word)
    return _page(rows, after, limit)


def statuses() -> dict[int, str]:
    """The ten states of the National Public Service Portal, in the reader's language."""
    return {int(code): str(Status(code).label) for code in Status}


def cases_in(
    actor: Actor,
    unit: str,
    *,
    at: date | None = None,
    same_place: bool = True,
    search: str = "",
    after: str = "",
    limit: int = 25,
) -> CasePage:
    """Cases filed in a unit, newest first; `unit` is a code on the map of `at` (today). With `same_place`, also
    those filed in what came before or after it on its ground: a case of an old commune is found from the new one,
    and the reverse. Only what the actor may see."""
    if same_place:
        places = territory.same_place(unit, at)
    else:
        here = territory.unit(unit, at)
        places = (here,) if here else ()
    if not places:
        raise NotFound()
    asked = Q()
    for place in places:
        span = Q(unit=place.code)
        if place.since > date(1970, 1, 2):
            span &= Q(id__gte=_first_id(place.since))
        if place.until:
            span &= Q(id__lt=_first_id(place.until))
        asked |= span
    rows = Case.objects.filter(policy.visible(actor)).filter(asked)
    for word in fold(search).split():
        rows = rows.filter(search__contains=word)
    return _page(rows, after, limit)


def counts_by_unit(since: datetime, until: datetime) -> dict[str, int]:
    """How many cases were submitted from `since` to before `until`, by the unit's code on the map of the day of
    each. Open to everybody: figures, no cases."""
    rows = Case.objects.filter(id__gte=_floor(since), id__lt=_floor(until)).order_by()
    return dict(rows.values_list("unit").annotate(number=Count("*")))


def track(code: str) -> Tracked:
    """Where a case stands, for anybody who has the code of its receipt; nothing personal. Raises NotFound."""
    row = Case.objects.filter(code=code.strip().upper(), internal=False).first()
    if row is None:
        raise NotFound()
    model = workflow.procedure(row.procedure, row.version).model
    holder = agencies(ids=[row.holder_id])[0]
    return Tracked(
        row.code,
        str(model.name),
        holder.words,
        str(Status(row.status).label),
        row.submitted_at,
        row.due_at,
        row.ended_at,
        row.redated_to,
    )


def _first_id(day: date) -> UUID:
    return _floor(timezone.make_aware(datetime.combine(day, time.min)))


def _floor(moment: datetime) -> UUID:
    """The least id of a moment: ids are UUIDv7 of the submission."""
    return UUID(int=id_at(moment.astimezone(UTC)).int >> 80 << 80)


def _page(rows: QuerySet[Case], after: str, limit: int) -> CasePage:
    if after:
        try:
            rows = rows.filter(id__lt=UUID(after))
        except ValueError:
            raise NotFound() from None
    found = list(rows.order_by("-id")[: limit + 1])
    return CasePage(summaries(found[:limit]), str(found[limit - 1].pk) if len(found) > limit else "")


def summaries(rows: Iterable[Case]) -> tuple[Summary, ...]:
    """Cases as lines of a list; one query for the names of their agencies."""
    found = list(rows)
    names = {ref.id: ref.words for ref in agencies(ids={row.holder_id for row in found})}
    return tuple(_summary(row, names[row.holder_id]) for row in found)


def _summary(row: Case, agency: str) -> Summary:
    model = workflow.procedure(row.procedure, row.version).model
    return Summary(
        id=row.pk,
        code=row.code,
        procedure=row.procedure,
        title=title(model, row.subject),
        applicant=row.applicant,
        agency=agency,
        status=str(Status(row.status).label),
        submitted_at=row.submitted_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        demo=row.demo,
        status_code=row.status,
        unit=row.unit,
    )
