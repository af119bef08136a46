"""The applicant rates the service once the result is there; a low rating is followed by the superior.

A rating is no step of the case: it stands in no timeline and names nobody, so that the officers who read the case learn
neither that it was rated nor how.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.documents.queries import subject_of_code
from tinhso.identity.queries import agency_by_id, posts
from tinhso.identity.services import key_id, rewrap, seal
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.packs import Compiled
from tinhso.notices import services as notices

from .. import papers, policy, survey, telling
from ..contracts import CASE_RATED, RATING_FOLLOWED
from ..models import Case, Rating

FOLLOW = "rating.follow"
RATED = ("returned", "refused")
LOW = "one-stop.low-rating"
BATCH = 200


def rate(actor: Actor, case_id: UUID, answers: Mapping[str, Any], comment: str = "") -> UUID:
    """The applicant rates a case that has its result. `answers` are marks 1–5 by question.

    Raises NotFound for another's case, Conflict before the result and for a second time, Invalid by question.
    """
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not policy.is_applicant(actor, case):
            raise Forbidden(_("Chỉ người nộp hồ sơ đánh giá được."))
        return _rate(actor, case, answers, comment, how="online")


def rate_by_code(code: str, answers: Mapping[str, Any], comment: str = "") -> UUID:
    """The same by whoever holds the receipt, with its code, at the counter's tablet. Raises NotFound for a code of no
    receipt."""
    actor = Actor(system="cases.rate-at-counter")
    with transaction.atomic():
        return _rate(actor, case_of_code(code, lock=True), answers, comment, how="counter")


def case_of_code(code: str, *, lock: bool = False) -> Case:
    """The case whose receipt carries this code. Raises NotFound."""
    kind, _colon, key = subject_of_code(code, papers.KINDS["receipt"]).partition(":")
    rows = Case.objects.select_for_update() if lock else Case.objects.all()
    found = rows.filter(pk=as_uuid(key), internal=False).first() if kind == "case" and as_uuid(key) else None
    if found is None:
        raise NotFound(_("Không có giấy tiếp nhận nào mang mã này. Xin xem lại từng chữ của mã."))
    return found


def open_to_rating(case: Case) -> bool:
    """Whether the case has a result that can be rated."""
    return case.ended_at is not None and case.outcome in RATED and not case.internal


def _rate(actor: Actor, case: Case, answers: Mapping[str, Any], comment: str, *, how: str) -> UUID:
    asked = survey.survey()
    if asked is None or not open_to_rating(case):
        raise Conflict(_("Hồ sơ này chưa có kết quả nên chưa đánh giá được."), title=_("Chưa đánh giá được"))
    if Rating.objects.filter(case=case).exists():
        raise Conflict(_("Hồ sơ này đã được đánh giá. Cảm ơn Ông/Bà."), title=_("Đã đánh giá"))
    comment = comment.strip()
    if len(comment) > survey.MOST_WORDS:
        raise Invalid({"comment": [_("Xin viết không quá %(most)d chữ") % {"most": survey.MOST_WORDS}]})
    row = made(case, asked, asked.model.read(answers), how=how)
    row.sealed = seal(comment, f"rating:{row.pk}") if comment else b""
    row.save(force_insert=True)
    said = {"agency": str(row.agency_id), "procedure": row.procedure, "low": row.low}
    audit.record(Actor(system=f"cases.rate-{how}"), "case.rate", f"rating:{row.pk}", **said)
    events.publish(Actor(system=f"cases.rate-{how}"), CASE_RATED, f"rating:{row.pk}", **said)
    if row.low:
        _call_superior(case, row)
    return row.pk


def made(case: Case, asked: Compiled, marks: dict[str, int], *, how: str, **more: Any) -> Rating:
    """The rating of a case by these marks, not yet stored; `more` are further columns of it."""
    definition: survey.RatingDefinition = asked.model
    mean = definition.mean(marks)
    return Rating(
        case=case,
        agency_id=case.holder_id,
        level=case.level,
        unit=case.unit,
        procedure=case.procedure,
        survey=asked.name,
        version=asked.version,
        marks=marks,
        mean=mean,
        satisfied=mean >= definition.satisfied,
        low=min(marks.values()) <= definition.low,
        how=how,
        **more,
    )


def _call_superior(case: Case, row: Rating) -> None:
    """Tell who answers for the agency: its chair, else that of what it stands under."""
    agency = agency_by_id(row.agency_id)
    seats = posts(agency.id, "chair") or (posts(agency.parent, "chair") if agency.parent else [])
    for post in seats:
        if post.account:
            with telling.known(LOW):
                notices.tell_officer(
                    post.account,
                    LOW,
                    subject=f"case:{case.pk}",
                    data=telling.facts(case),
                    once=f"{LOW}:{row.pk}",
                )


def follow(actor: Actor, rating_id: UUID, note: str) -> None:
    """The superior notes what was done about a low rating. Raises NotFound for another agency's, Invalid without a
    note, Conflict where it was noted already."""
    with transaction.atomic():
        row = Rating.objects.select_for_update().filter(followable(actor), pk=rating_id, low=True).first()
        if row is None:
            raise NotFound()
        if not note.strip():
            raise Invalid({"note": [_("Xin ghi đã làm gì với đánh giá này")]})
        if row.followed_at is not None:
            raise Conflict(_("%(who)s đã ghi kết quả xử lý.") % {"who": row.followed_name})
        row.followed_at, row.followed_name, row.follow_note = timezone.now(), actor.name, note.strip()[:2_000]
        row.save(update_fields=["followed_at", "followed_name", "follow_note"])
        audit.record(actor, "case.follow-rating", f"rating:{row.pk}")
        events.publish(actor, RATING_FOLLOWED, f"rating:{row.pk}", agency=str(row.agency_id))


def followable(actor: Actor) -> Any:
    """The ratings that an actor answers for, as one predicate: a province's leader all, a chair the agency's own."""
    from django.db.models import Q

    if not actor.may(FOLLOW):
        return Q(pk=None)
    if actor.may("case.see-province"):
        return Q()
    return Q(agency__in=policy.desks(actor.agency)) if actor.agency else Q(pk=None)


def rotate_ratings() -> int:
    """Rewrap some comments that do not stand under the newest key (identity.services.rotates)."""
    from django.db.models import BinaryField, F, Func, Value

    with transaction.atomic():
        key = Func(F("sealed"), Value(2), Value(4), function="substr", output_field=BinaryField())
        rows = Rating.objects.annotate(key=key).exclude(sealed=b"").exclude(key=key_id())
        found = list(rows.select_for_update(skip_locked=True)[:BATCH])
        for row in found:
            row.sealed = rewrap(row.sealed, f"rating:{row.pk}")
            row.save(update_fields=["sealed"])
    return len(found)
