"""The last page of a draft: everything at once, who has to agree, and the button that hands it in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import DraftView
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.kernel.policy import citizen, route

from . import filling
from .drafts import Errors, before_paper, faults, frame, said_later, where


@route(citizen)
def check(request: Any, draft_id: UUID) -> HttpResponse:
    """All answers at once, each with its way back; and the button that hands them in, once whatever is repeated."""
    errors: Errors = {}
    if request.method == "POST":
        try:
            return redirect(_sent(request, draft_id))
        except Invalid as error:
            errors = error.errors
        except Conflict as changed:
            messages.warning(request, str(changed.detail))
            return redirect("draft", draft_id)
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("submitted", draft.id)
    if not errors and faults(request, draft):
        return redirect("draft", draft.id)
    signers = cases.co_signers(request.actor, draft_id)
    lines = [(where(draft, path, back=True), message) for path, found in errors.items() for message in found]
    context = frame(
        request, draft, len(filling.pages(draft)) + len(draft.papers) + 1,
        lines=lines, sections=_answers(draft), back=before_paper(draft, ""), co_signers=signers,
        to_invite=any(one.state in {"", "declined"} for one in signers),
        waiting=any(one.state != "agreed" for one in signers),
    )  # fmt: skip
    return render(request, "citizen/draft_check.html", context, status=422 if errors else 200)


def _sent(request: Any, draft_id: UUID) -> str:
    """Do what the button said; returns where that leads."""
    if "later" in request.POST:
        said_later(request)
        return reverse("my_cases")
    if "invite" in request.POST:
        services.invite(request.actor, draft_id)
        messages.success(request, _("Đã gửi lời mời. Người được mời thấy trong “Hồ sơ của tôi”."))
        return reverse("draft_check", args=[draft_id]) + "#co-sign"
    services.submit(request.actor, draft_id)
    return reverse("submitted", args=[draft_id])


def _answers(draft: DraftView) -> list[dict[str, Any]]:
    """The answers by section; what a register gave has no way to change it here."""
    model = draft.procedure.definition
    found = []
    for name, title, _hint in filling.sections(model):
        rows = []
        for spec in model.form:
            if spec.section != name or spec.name not in {*draft.typed, *draft.prefilled, *draft.computed}:
                continue
            if spec.compute and not draft.raw.get(spec.name):
                continue
            row: dict[str, Any] = {"key": spec.words, "value": filling.words_of(spec, draft.raw.get(spec.name, ""))}
            if spec.name in draft.typed:
                row |= {"href": where(draft, spec.name, back=True), "action": _("Sửa")}
            rows.append(row)
        if rows:
            found.append({"title": title, "rows": rows})
    return found


@route(citizen)
def submitted(request: Any, draft_id: UUID) -> HttpResponse:
    """It was handed in: the code, when the answer comes, the receipt, what happens next."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case is None:
        return redirect("draft", draft.id)
    if linked := cases.application_of(request.actor, draft.case.id):
        return redirect("application", linked.id)
    case = cases.case(request.actor, draft.case.id)
    return render(request, "citizen/submitted.html", {"case": case, "draft": draft, "demo": case.demo})
