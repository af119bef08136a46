"""One inspection: its checklist, the photographs, its end. The same addresses serve a form without script and the
island that sends what was kept on the device (frontend/src/islands/inspection.ts, header X-Live)."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import services
from tinhso.cases.contracts import DAYS_TO_REMEDY, MOST_NOTE, Photo, Sheet
from tinhso.cases.queries import inspection as inspections
from tinhso.documents import queries as documents
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Problem, StaleRevision
from tinhso.kernel.policy import route

from ... import days
from ...citizen.files import send
from .listing import DOES

MOST_WORDS, MOST_ITEMS = 2_000, 100


@route(DOES)
def sheet(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """The checklist, and keeping its answers. The island is told the new revision, or 409 with the standing one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = inspections.inspection(actor, inspection_id)
    if request.method != "POST":
        return _page(request, found)
    is_live = request.headers.get("X-Live") == "1"
    answers = _answers(request)
    try:
        ref = services.answer_inspection(actor, inspection_id, answers, revision=_revision(request))
    except StaleRevision:
        return _changed_meanwhile(request, inspection_id, is_live=is_live)
    except Problem as problem:
        if is_live:
            return _told(problem)
        return _page(request, found, errors=_errors(problem), answers=answers)
    if is_live:
        return JsonResponse({"revision": ref.revision, "left": inspections.inspection(actor, inspection_id).left})
    messages.success(request, _("Đã lưu kết quả."))
    return redirect("desk-inspection", inspection_id)


@route(DOES)
@require_POST
def photo(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """Keep one photograph."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    is_live = request.headers.get("X-Live") == "1"
    source, posted = request.FILES.get("photo"), request.POST
    try:
        if source is None or source.file is None:
            raise Invalid({"photo": [_("Xin chụp hoặc chọn một ảnh")]})
        one = Photo(
            number=re.sub(r"[^0-9A-Za-z-]", "", posted.get("number", ""))[:40] or str(uuid4()),
            item=posted.get("item", ""),
            taken_at=_moment(posted.get("taken_at", "")),
            digest=posted.get("digest", "")[:64],
            place=_place(posted.get("place", "")),
            no_place=posted.get("no_place", "") or _("Trình duyệt không gửi nơi chụp"),
        )
        ref = services.keep_photo(actor, inspection_id, one, source.file)
    except Problem as problem:
        if isinstance(problem, NotFound):
            raise
        if is_live:
            return _told(problem)
        return _page(request, inspections.inspection(actor, inspection_id), errors=_errors(problem))
    now = inspections.inspection(actor, inspection_id)
    if is_live:
        return JsonResponse({"id": str(ref.id), "revision": now.revision, "left": now.left})
    messages.success(request, _("Đã lưu ảnh."))
    return redirect("desk-inspection", inspection_id)


@route(DOES)
@require_POST
def end(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """End it: findings and minutes are made. What is wrong comes back as it was typed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    typed = {"conclusion": request.POST.get("conclusion", "")[:MOST_WORDS], "due_on": request.POST.get("due_on", "")}
    errors: dict[str, Any] = {}
    due_on = days.read(typed["due_on"].strip(), "due_on", errors)
    if due_on is None:
        errors.setdefault("due_on", [_("Xin nhập mục này")])
    if not errors and due_on is not None:
        try:
            services.end_inspection(actor, inspection_id, typed["conclusion"], due_on, revision=_revision(request))
        except StaleRevision:
            return _changed_meanwhile(request, inspection_id)
        except (Invalid, Conflict) as problem:
            errors = _errors(problem)
        else:
            messages.success(request, _("Đã kết thúc kiểm tra. Biên bản đã lập và đang được ký số."))
            return redirect("desk-inspection", inspection_id)
    return _page(request, inspections.inspection(actor, inspection_id), errors=errors, typed=typed)


@route(DOES)
def picture(request: HttpRequest, inspection_id: UUID, photo_id: UUID) -> HttpResponse:
    """A photograph, exactly as it was taken."""
    found = inspections.evidence(request.actor, inspection_id, photo_id)  # type: ignore[attr-defined]
    kept = found.values["photo"]
    with documents.open_blob(kept["digest"]) as file:
        return send(request, file.read(), kept["media_type"], kept["name"])


@route(DOES)
def minutes(request: HttpRequest, inspection_id: UUID) -> HttpResponse:
    """The minutes, signed as soon as they are."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = inspections.inspection(actor, inspection_id).minutes
    if found is None:
        raise NotFound()
    with documents.open_blob(found.blob.digest) as file:
        return send(request, file.read(), found.blob.media_type, f"{found.title} {found.number}.pdf", framed=True)


def _changed_meanwhile(request: HttpRequest, inspection_id: UUID, *, is_live: bool = False) -> HttpResponse:
    """A colleague was quicker: the device is told the standing revision, a person is shown the new answers."""
    if is_live:
        now = inspections.inspection(request.actor, inspection_id)  # type: ignore[attr-defined]
        return JsonResponse({"revision": now.revision}, status=409)
    messages.warning(request, _("Có người khác vừa ghi kết quả cuộc kiểm tra này. Dưới đây là bản mới."))
    return redirect("desk-inspection", inspection_id)


def _page(
    request: HttpRequest,
    found: Sheet,
    *,
    errors: dict[str, Any] | None = None,
    answers: dict[str, tuple[str, str]] | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    answers, ahead = answers or {}, timezone.localdate() + timedelta(days=DAYS_TO_REMEDY)
    choices = [("yes", _("Đạt")), ("no", _("Không đạt")), ("na", _("Không áp dụng"))]
    rows = []
    for number, one in enumerate(found.questions):
        answer, note = answers.get(one.item, (one.answer, one.note))
        words = dict(choices).get(answer, "")
        rows.append({"n": number, "number": number + 1, "it": one, "answer": answer, "note": note, "words": words})
    context = {
        "sheet": found, "rows": rows, "choices": choices, "errors": errors or {}, "most_note": MOST_NOTE,
        "typed": typed or {"conclusion": "", "due_on": days.typed(ahead)}, "demo": found.demo,
    }  # fmt: skip
    return render(request, "desk/inspection/sheet.html", context, status=422 if errors else 200)


def _answers(request: HttpRequest) -> dict[str, tuple[str, str]]:
    """What the form holds of each item, by the item's own words: the checklist may have changed since."""
    posted = request.POST
    numbers = [n for n in range(MOST_ITEMS) if f"item.{n}" in posted]
    return {posted[f"item.{n}"]: (posted.get(f"answer.{n}", ""), posted.get(f"note.{n}", "")) for n in numbers}


def _revision(request: HttpRequest) -> int:
    given = request.headers.get("X-Revision") or request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _errors(problem: Problem) -> dict[str, Any]:
    return dict(problem.errors) if isinstance(problem, Invalid) else {"": [str(problem.detail or problem.title)]}


def _told(problem: Problem) -> JsonResponse:
    """A refusal for the device, in words."""
    words = [str(word) for found in _errors(problem).values() for word in found]
    return JsonResponse({"words": " ".join(words)}, status=422)


def _moment(text: str) -> datetime:
    """When the device says that it was taken; now, where it does not say."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return found if found.tzinfo else timezone.make_aware(found)


def _place(text: str) -> tuple[float, float] | None:
    """ "longitude,latitude" in degrees."""
    try:
        east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (east, north) if -180 <= east <= 180 and -90 <= north <= 90 else None
