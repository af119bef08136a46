"""Opinions of other posts and agencies, several at once, each with its own due time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.queries import agencies, posts_by_id
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import policy, timeline
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import OPINION_ANSWERED, OPINION_ASKED
from ..models import Case, Opinion, Task
from .moving import where

MOST = 10
LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom to ask, and until when."""

    post: UUID
    due_at: datetime


def ask_opinions(actor: Actor, case_id: UUID, to: Sequence[Asked], question: str, *, waits: bool) -> list[UUID]:
    """Ask several posts at once, each until its own due time. `waits` says that the step is not completed before all
    have answered; else it may go on. A post of another agency sees this case, and no other, while it runs.

    For officers who have the case at work. Invalid by path (`question`, `to.0.post`, `to.0.due`), Conflict where the
    case waits for no officer.
    """
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        task = Task.objects.filter(case=case, completed_at=None).exclude(role__in=[APPLICANT, PLATFORM]).first()
        if not (actor.is_officer and policy.works_at(actor, case)):
            raise Forbidden(_("Chỉ cán bộ của cơ quan đang giải quyết được hỏi ý kiến."))
        if task is None:
            raise Conflict(_("Hồ sơ đang không chờ cán bộ nào nên không hỏi ý kiến được."))
        now = timezone.now()
        names = _check(actor, case, to, question, now)
        made = [
            Opinion(
                case=case,
                step=task.step,
                post=one.post,
                post_words=names[one.post][0],
                agency_id=names[one.post][1],
                question=question.strip(),
                waits=waits,
                asked_at=now,
                due_at=one.due_at,
                asked_by=actor.post,
                asked_name=actor.name,
            )
            for one in to
        ]
        Opinion.objects.bulk_create(made)
        for one in made:
            told = {"to": one.post_words, "note": one.question, "opinion": str(one.pk), "waits": waits}
            timeline.write(actor, case, "opinion-asked", task.step, at=now, **told)
            audit.record(actor, "case.ask-opinion", f"case:{case.pk}", opinion=str(one.pk), to=str(one.post))
            told = where(case) | {"to": str(one.post), "asked": str(one.agency_id), "opinion": str(one.pk)}
            events.publish(actor, OPINION_ASKED, f"case:{case.pk}", **told)
    return [one.pk for one in made]


def answer_opinion(actor: Actor, opinion_id: UUID, answer: str) -> None:
    """Give the opinion that one's post was asked for; once. Late it is taken too. Invalid without words, Conflict where
    it was given, taken back, or the case has ended."""
    said = answer.strip()
    if not said or len(said) > LONGEST:
        why = _("Xin ghi ý kiến") if not said else _("Ý kiến dài quá %(most)s chữ cái") % {"most": LONGEST}
        raise Invalid({"answer": [why]})
    with transaction.atomic():
        case, found = _opinion(actor, opinion_id)
        if found.post != actor.post:
            raise Forbidden(_("Ý kiến này được hỏi ở vị trí khác."))
        if found.answered_at and (found.answer, found.answered_name) == (said, actor.name):
            return
        _need_open(case, found)
        now = timezone.now()
        found.answer, found.answered_at, found.answered_name = said, now, actor.name
        found.save(update_fields=["answer", "answered_at", "answered_name"])
        timeline.write(actor, case, "opinion-answered", found.step, at=now, note=said, opinion=str(found.pk))
        audit.record(actor, "case.answer-opinion", f"case:{case.pk}", opinion=str(found.pk))
        told = where(case) | {"to": str(found.asked_by), "answered": True, "opinion": str(found.pk)}
        events.publish(actor, OPINION_ANSWERED, f"case:{case.pk}", **told)


def drop_opinion(actor: Actor, opinion_id: UUID) -> None:
    """Take a question back that was not answered; the post asked sees the case no more. For the agency that asked."""
    with transaction.atomic():
        case, found = _opinion(actor, opinion_id)
        if not policy.works_at(actor, case):
            raise Forbidden()
        if found.dropped_at:
            return
        _need_open(case, found)
        found.dropped_at = timezone.now()
        found.save(update_fields=["dropped_at"])
        timeline.write(
            actor, case, "opinion-dropped", found.step, at=found.dropped_at, to=found.post_words, opinion=str(found.pk)
        )
        audit.record(actor, "case.drop-opinion", f"case:{case.pk}", opinion=str(found.pk))
        told = where(case) | {"to": str(found.post), "answered": False, "opinion": str(found.pk)}
        events.publish(actor, OPINION_ANSWERED, f"case:{case.pk}", **told)


def need_answers(case: Case) -> None:
    """Conflict, naming them, where the step waits for opinions that were not given yet."""
    waiting = list(Opinion.objects.filter(case=case, waits=True, answered_at=None, dropped_at=None).order_by("due_at"))
    if not waiting:
        return
    last = date_format(timezone.localtime(waiting[-1].due_at), "H:i d/m/Y")
    raise Conflict(
        _("Bước này đang chờ ý kiến của %(whom)s, hạn %(due)s. Ông/Bà có thể thôi hỏi, rồi làm tiếp.")
        % {"whom": "; ".join(one.post_words for one in waiting), "due": last},
        title=_("Đang chờ ý kiến"),
    )


def _check(actor: Actor, case: Case, to: Sequence[Asked], question: str, now: datetime) -> dict[UUID, tuple[str, UUID]]:
    """The words and the agency of each post asked; Invalid by path."""
    errors: dict[str, list[str]] = {}
    if not question.strip() or len(question) > LONGEST:
        errors["question"] = [_("Xin ghi điều cần hỏi, tối đa %(most)s chữ cái") % {"most": LONGEST}]
    if not to or len(to) > MOST:
        errors["to.0.post"] = [_("Xin chọn từ một đến %(most)s nơi để hỏi") % {"most": MOST}]
    refs = posts_by_id([one.post for one in to])
    held = {ref.id: ref for ref in agencies(ids={ref.agency for ref in refs.values()})}
    asked = set(Opinion.objects.filter(case=case, answered_at=None, dropped_at=None).values_list("post", flat=True))
    with override("vi"):  # the timeline is kept, and does not follow the reader's language
        plain = posts_by_id([one.post for one in to])
    names: dict[UUID, tuple[str, UUID]] = {}
    for number, one in enumerate(to):
        ref = refs.get(one.post)
        if ref is None or not ref.holder:
            errors[f"to.{number}.post"] = [_("Vị trí này hiện không có người giữ")]
        elif one.post == actor.post or one.post in names or one.post in asked:
            errors[f"to.{number}.post"] = [_("Nơi này đã được hỏi, hoặc là chính Ông/Bà")]
        else:
            names[one.post] = (f"{plain[one.post].title}, {held[ref.agency].name}", ref.agency)
        if one.due_at <= now:
            errors[f"to.{number}.due"] = [_("Hạn trả lời phải ở phía trước")]
    if errors:
        raise Invalid(errors)
    return names


def _opinion(actor: Actor, opinion_id: UUID) -> tuple[Case, Opinion]:
    case_id = Opinion.objects.filter(pk=opinion_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = policy.get(actor, case_id, lock=True)
    return case, Opinion.objects.get(pk=opinion_id)


def _need_open(case: Case, found: Opinion) -> None:
    if found.answered_at:
        raise Conflict(_("%(who)s đã trả lời.") % {"who": found.answered_name}, title=_("Ý kiến đã được trả lời"))
    if found.dropped_at:
        raise Conflict(_("Nơi hỏi không cần ý kiến này nữa."), title=_("Đã thôi hỏi ý kiến"))
    if case.ended_at:
        raise Conflict(_("Hồ sơ đã kết thúc nên không cần ý kiến nữa."), title=_("Hồ sơ đã kết thúc"))
