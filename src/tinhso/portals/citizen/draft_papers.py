"""The papers of a draft: photographed, chosen, or taken from the applicant's store; and the official form filled in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import DraftView, PaperView
from tinhso.kernel.errors import NotFound, Words
from tinhso.kernel.policy import citizen, route

from . import filling
from .drafts import BACK_TO_CHECK, after_paper, before_paper, frame, later
from .files import send, send_view


def _paper(draft: DraftView, name: str) -> PaperView:
    found = next((paper for paper in draft.papers if paper.name == name), None)
    if found is None:
        raise NotFound()
    return found


@route(citizen)
def paper(request: Any, draft_id: UUID, name: str) -> HttpResponse:
    """One paper: photographed or chosen, seen, replaced. A file that is refused costs nothing of the rest."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    wanted = _paper(draft, name)
    errors: Sequence[Words] = []
    if request.method == "POST":
        given = request.FILES.getlist(name)
        if stored := uuid_of(request.POST.get("document", "")):
            draft = services.attach_result(request.actor, draft_id, name, stored)
            wanted, given = _paper(draft, name), []
        elif given:
            try:
                pictures = [(one.file, one.name or name) for one in given]
                draft = services.attach_photos(request.actor, draft_id, name, pictures)
            except filling.REFUSED_FILES as problem:
                errors = filling.why(problem)
        if "later" in request.POST and not errors:
            return later(request)
        if not given and not wanted.given and not wanted.optional:
            errors = [_("Xin chụp ảnh hoặc chọn tệp %(paper)s") % {"paper": wanted.label}]
        wanted = _paper(draft, name)
        if not errors:
            if given and wanted.warnings:
                messages.warning(
                    request, " ".join([*wanted.warnings, _("Ông/Bà vẫn nộp được; nếu chữ khó đọc, xin chụp lại.")])
                )
            editing = BACK_TO_CHECK in request.GET
            return redirect(reverse("draft_check", args=[draft.id]) if editing else after_paper(draft, name))
    number = len(filling.pages(draft)) + [one.name for one in draft.papers].index(name) + 1
    context = frame(
        request, draft, number, paper=wanted, errors={name: errors} if errors else {},
        back=before_paper(draft, name), stored=cases.results_for(request.actor, wanted.result_kind),
    )  # fmt: skip
    return render(request, "citizen/draft_paper.html", context, status=422 if errors else 200)


@route(citizen)
def paper_file(request: Any, draft_id: UUID, name: str) -> HttpResponse:
    """The paper as it was handed in so far."""
    found = _paper(cases.draft(request.actor, draft_id), name)
    if not found.given:
        raise NotFound()
    return send_view(request, found.digest, found.file_name)


def uuid_of(text: str) -> UUID | None:
    """An id among what was posted, None where it is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


@route(citizen)
def form_paper(request: Any, draft_id: UUID) -> HttpResponse:
    """The official form as it is filled in so far."""
    draft = cases.draft(request.actor, draft_id)
    name = f"{draft.procedure.definition.name}.pdf"
    return send(request, cases.form_paper(request.actor, draft_id), "application/pdf", name)


@route(citizen)
@require_POST
def drop_paper(request: Any, draft_id: UUID, name: str) -> HttpResponse:
    """Take the paper out again."""
    services.detach_paper(request.actor, draft_id, name)
    return redirect("draft_paper", draft_id, name)
