"""What is asked of ratings: by applicants (may I rate?), officers (how are we rated?), superiors (what was said?)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from tinhso.identity.queries import agencies
from tinhso.identity.services import open_sealed
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.packs import Compiled, compiled

from .. import policy, survey, workflow
from ..contracts import CaseRef, RatingFigures, RatingLine, RatingPage, RatingView, Survey
from ..models import Case, Rating
from ..services.rating import FOLLOW, case_of_code, followable, open_to_rating

FEWEST = 5
"""Officers see figures of so many ratings at least, and they move by so many: one more rating tells nothing of who gave
it."""
OTHERS = "others"


def survey_of(actor: Actor, case_id: UUID) -> Survey | None:
    """What the applicant is asked about a case of theirs; None where nothing can be rated. Raises NotFound."""
    case = policy.get(actor, case_id)
    return _survey(case) if policy.is_applicant(actor, case) else None


def survey_of_code(code: str) -> Survey | None:
    """The same by the code of the receipt. Raises NotFound."""
    return _survey(case_of_code(code))


def _survey(case: Case) -> Survey | None:
    asked = survey.survey()
    if asked is None or not open_to_rating(case):
        return None
    model: survey.RatingDefinition = asked.model
    return Survey(
        case=case.pk,
        code=case.code,
        procedure=str(workflow.procedure(case.procedure, case.version).model.name),
        name=str(model.name),
        questions=tuple((question.name, str(question.label)) for question in model.questions),
        done=Rating.objects.filter(case=case).exists(),
    )


def rating_figures(actor: Actor, since: date, until: date) -> RatingFigures:
    """How the actor's agency (a province's leader: all of them, by agency) was rated from `since` up to, not including,
    `until`; by procedure. Raises NotFound for who may see no cases."""
    asked = survey.survey()
    if not actor.is_officer or not (actor.may("case.see-agency") or actor.may("case.see-province")):
        raise NotFound()
    if asked is None:
        return RatingFigures()
    whole = actor.may("case.see-province")
    rows = Rating.objects.filter(at__gte=_midnight(since), at__lt=_midnight(until), survey=asked.name)
    if not whole:
        rows = rows.filter(agency__in=policy.desks(actor.agency) if actor.agency else [])
    groups: defaultdict[str, list[Rating]] = defaultdict(list)
    for row in rows.order_by("id").only("agency", "procedure", "marks", "mean", "satisfied").iterator():
        groups[str(row.agency_id) if whole else row.procedure].append(row)
    exact = actor.may(FOLLOW)
    shown = dict(groups) if exact else _unknown(groups)
    names = _names(shown, whole)
    questions = [question.name for question in asked.model.questions]
    lines = sorted((_line(key, names[key], found, questions) for key, found in shown.items()), key=_order)
    everything = [row for found in shown.values() for row in found]
    return RatingFigures(
        questions=tuple(str(question.label) for question in asked.model.questions),
        lines=tuple(lines),
        total=_line("", "", everything, questions) if everything else None,
        hidden=len(everything) < sum(map(len, groups.values())),
    )


def _unknown(groups: dict[str, list[Rating]]) -> dict[str, list[Rating]]:
    """Groups in which nobody can be told: by fives, the oldest first; what has fewer is put together, and left out
    where that is still too few. The total is of what is shown, so that nothing follows by subtraction."""
    shown = {key: found[: len(found) // FEWEST * FEWEST] for key, found in groups.items() if len(found) >= FEWEST}
    rest = sorted((row for found in groups.values() if len(found) < FEWEST for row in found), key=lambda row: row.pk)
    if len(rest) >= FEWEST:
        shown[OTHERS] = rest[: len(rest) // FEWEST * FEWEST]
    return shown


def _line(key: str, name: str, rows: list[Rating], questions: list[str]) -> RatingLine:
    def mean(values: Iterable[float]) -> float:
        found = list(values)
        return round(sum(found) / len(found), 2) if found else 0.0

    return RatingLine(
        key=key,
        name=name,
        count=len(rows),
        mean=mean(float(row.mean) for row in rows),
        by_question=tuple(mean(row.marks[name] for row in rows if name in row.marks) for name in questions),
        satisfied=round(100 * sum(row.satisfied for row in rows) / len(rows), 1),
    )


def _order(line: RatingLine) -> tuple[bool, int, str]:
    return line.key == OTHERS, -line.count, line.name


def _names(keys: Iterable[str], by_agency: bool) -> dict[str, str]:
    if by_agency:
        return {str(ref.id): ref.words for ref in agencies(ids=[UUID(key) for key in keys])}
    return {key: "" if key == OTHERS else str(workflow.procedure(key).model.name) for key in keys}


def ratings(actor: Actor, *, open_only: bool = False, after: str = "", limit: int = 20) -> RatingPage:
    """What was said, newest first, for the superior: those with a comment or a low mark. `open_only`: low ones that
    nobody has followed yet. Raises NotFound for anybody else."""
    from django.db.models import Q

    if not actor.may(FOLLOW) or not actor.is_officer:
        raise NotFound()
    rows = Rating.objects.filter(followable(actor)).order_by("-id")
    rows = rows.filter(low=True, followed_at=None) if open_only else rows.filter(~Q(sealed=b"") | Q(low=True))
    if after:
        if (key := as_uuid(after)) is None:
            raise NotFound()
        rows = rows.filter(id__lt=key)
    page = list(rows.select_related("case", "agency")[: limit + 1])
    names = {ref.id: ref.words for ref in agencies(ids={row.agency_id for row in page})}
    surveys = {key: compiled("rating", *key) for key in {(row.survey, row.version) for row in page}}
    shown = tuple(_view(row, names[row.agency_id], surveys[row.survey, row.version]) for row in page[:limit])
    return RatingPage(shown, str(shown[-1].id) if len(page) > limit else "")


def rating(actor: Actor, id: UUID) -> RatingView:
    """One rating, for the superior. Raises NotFound."""
    row = Rating.objects.filter(followable(actor), pk=id).select_related("case", "agency").first()
    if row is None or not actor.is_officer:
        raise NotFound()
    agency = agencies(ids=[row.agency_id])[0]
    return _view(row, agency.words, compiled("rating", row.survey, row.version))


def _view(row: Rating, agency: str, asked: Compiled) -> RatingView:
    labels: dict[str, str] = {question.name: str(question.label) for question in asked.model.questions}
    return RatingView(
        id=row.pk,
        at=row.at,
        procedure=str(workflow.procedure(row.case.procedure, row.case.version).model.name),
        agency=agency,
        marks=tuple((label, int(row.marks[name])) for name, label in labels.items() if name in row.marks),
        mean=float(row.mean),
        comment=open_sealed(row.sealed, f"rating:{row.pk}") if row.sealed else "",
        low=row.low,
        case=CaseRef(row.case.pk, row.case.code) if row.low else None,
        followed_at=row.followed_at,
        followed_by=row.followed_name,
        follow_note=row.follow_note,
    )


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def last_year() -> tuple[date, date]:
    """The twelve months that end today, today included."""
    today = timezone.localdate()
    return today - timedelta(days=365), today + timedelta(days=1)
