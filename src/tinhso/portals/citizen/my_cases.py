"""What became of what was asked: the list, one case as it moves, the answer to a supplement, the withdrawal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import CaseView
from tinhso.cases.definitions import FormField
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Words
from tinhso.kernel.fields import conditions
from tinhso.kernel.policy import citizen, route, signed_in
from tinhso.payments import queries as payments

from . import draft_papers, filling, rating, states
from .files import send_view

KIND_OF_ENTRY = {
    "submitted": "new", "supplement-asked": "wait", "payment-asked": "wait", "paid": "done",
    "payment-received": "done", "refused": "refused", "withdrawn": "neutral", "signed": "done", "returned": "done",
    "late": "late", "redated": "late", "rescheduled": "neutral", "escalated": "late",
    "cancelled": "refused", "reopened": "active",
}  # fmt: skip
MOST_WORDS = 4_000


@route(citizen)
def my_cases(request: Any) -> HttpResponse:
    """Drafts, what is under way, what has ended: newest first, by keyset."""
    after = request.GET.get("after", "")
    page = cases.my_cases(request.actor, after=after)
    begun = [] if after else [states.of_draft(draft) for draft in cases.drafts(request.actor)]
    context = {
        "drafts": begun,
        "dropped": draft_papers.uuid_of(request.GET.get("da-bo", "")),
        "invited": [] if after else [states.of_invitation(one) for one in cases.invitations(request.actor)],
        "open": [case for case in page.cases if not case.ended_at],
        "ended": [case for case in page.cases if case.ended_at],
        "kinds": states.KINDS,
        "next": page.next,
        "first": not after,
        "demo": any(case.demo for case in page.cases),
    }
    return render(request, "citizen/my_cases.html", context)


def _own(request: Any, case_id: UUID) -> CaseView:
    """The case, for its applicant; officers have their desk."""
    found = cases.case(request.actor, case_id)
    if not found.mine:
        raise NotFound()
    return found


@route(citizen)
def case(request: Any, case_id: UUID) -> HttpResponse:
    """One case, moving under the reader's eyes."""
    shown = _shown(request.actor, _own(request, case_id))
    more = {"rating": rating.offer(request, case_id), "shares": cases.shares_cases(request.actor, case_id)}
    return render(request, "citizen/case.html", shown | more)


@route(citizen)
def state(request: Any, case_id: UUID) -> HttpResponse:
    """The part of the page that moves."""
    return render(request, "citizen/case_state.html", _shown(request.actor, _own(request, case_id)))


def _shown(actor: Actor, found: CaseView) -> dict[str, Any]:
    names, at = states.steps(found)
    timeline = [
        {"when": one.at, "title": one.what, "by": one.by, "text": one.note, "kind": KIND_OF_ENTRY.get(one.kind, "")}
        for one in reversed(found.timeline)
    ]
    ends = {"refused", "withdrawn", "cancelled"} if found.ended_at else set()  # a reopened case has not ended so
    told = next((one for one in reversed(found.timeline) if one.kind in ends), None)
    sections = [
        {"title": section.title, "rows": [{"key": row.label, "value": row.text} for row in section.rows]}
        for section in found.sections
    ]
    return {
        "case": found,
        "kind": "late" if found.late and not found.ended_at else states.KINDS[found.status_code],
        "steps": names,
        "at": at,
        "asked": found.supplement if found.paused and found.supplement and not found.supplement.answered_at else None,
        "told": told,
        "entries": timeline,
        "sections": sections,
        "from_store": cases.from_store(actor, found.id),
        "linked": cases.application_of(actor, found.id),
        "orders": payments.orders_of(f"case:{found.id}"),
        "demo": found.demo,
    }


@route(citizen)
@require_POST
def from_store(request: Any, case_id: UUID, name: str) -> HttpResponse:
    """Let the agency take this paper from my store, or not."""
    _own(request, case_id)
    document = draft_papers.uuid_of(request.POST.get("document", ""))
    if document is None and "keep" not in request.POST:
        raise NotFound()
    services.answer_from_store(request.actor, case_id, name, document)
    said = (
        _("Đã đưa giấy tờ từ kho vào hồ sơ.") if document else _("Ông/Bà không đồng ý; cơ quan không lấy giấy tờ này.")
    )
    messages.success(request, said)
    return redirect("case", case_id)


@route(citizen)
def receipt(request: Any, case_id: UUID) -> HttpResponse:
    """The receipt, or that it is being made: this fragment asks again by itself until it is there."""
    return render(request, "citizen/receipt.html", {"case": _own(request, case_id)})


@route(signed_in)
def paper(request: Any, case_id: UUID, name: str) -> HttpResponse:
    """A paper handed in with a case, for whoever may see the case."""
    found = cases.paper(request.actor, case_id, name)
    return send_view(request, found.digest, found.file_name)


@route(citizen)
def supplement(request: Any, case_id: UUID) -> HttpResponse:
    """The answer to a request for a supplement: papers, corrected answers, a few words; then the clock runs again."""
    found = _own(request, case_id)
    if not found.paused or found.supplement is None or found.supplement.answered_at:
        return redirect("case", case_id)
    specs = _typed(found)
    raw = {row.name: specs[row.name].kind.to_raw(row.value) for row in _rows(found) if row.name in specs}
    note = request.POST.get("note", "")[:MOST_WORDS]
    errors: dict[str, list[Words]] = {}
    if request.method == "POST":
        errors = _attach(request, found)
        specs = _typed(found, request.POST)
        raw = {name: filling.raw_of(request.POST, spec) for name, spec in specs.items()}
        if not errors and _answer(request, found, raw, note, errors):
            messages.success(request, _("Đã gửi bổ sung. Cơ quan tiếp tục giải quyết hồ sơ."))
            return redirect("case", case_id)
        found = _own(request, case_id)
    fields = filling.shown(request.actor, list(specs.values()), raw, errors)
    context = {
        "case": found,
        "fields": fields,
        "bound": [one.bound for one in fields],
        "papers": [
            {
                "paper": one,
                "errors": errors.get(f"papers.{one.name}", []),
                "name": f"papers.{one.name}",
                "stored_name": f"store.{one.name}",
                "stored": [
                    (str(held.document.id), held.document.title)
                    for held in ([] if one.document else cases.results_for(request.actor, one.result_kind))
                ],
            }
            for one in found.papers
        ],
        "note": note,
        "errors": {path: said for path, said in errors.items() if path.partition(".")[0] not in specs},
        "wrong": any(one.bound.errors for one in fields),
        "demo": found.demo,
    }
    return render(request, "citizen/supplement.html", context, status=422 if errors else 200)


def _rows(found: CaseView) -> list[Any]:
    return [row for section in found.sections for row in section.rows]


def _typed(found: CaseView, posted: QueryDict | None = None) -> dict[str, FormField]:
    """The answers that the applicant typed and may mend: not those that a register gave, nor files, nor what was
    computed or agreed on by several; with those that an answer just posted opens."""
    model = found.procedure.definition
    answered = {row.name: row for row in _rows(found)}
    raw = {spec.name: spec.kind.to_raw(answered[spec.name].value) for spec in model.form if spec.name in answered}
    if posted is not None:
        raw |= {spec.name: given for spec in model.form if (given := filling.raw_of(posted, spec)) is not None}
    asked = {spec.name for spec in conditions.asked(model.form, raw.get)}
    return {
        spec.name: spec
        for spec in model.form
        if spec.type != "file"
        and not (spec.compute or spec.by or model.co_sign)
        and (not answered[spec.name].prefilled if spec.name in answered else spec.name in asked)
    }


def _attach(request: Any, found: CaseView) -> dict[str, list[Words]]:
    errors: dict[str, list[Words]] = {}
    for one in found.papers:
        given = request.FILES.get(f"papers.{one.name}")
        if given:
            try:
                services.attach_supplement(
                    request.actor, found.id, one.name, given.file, file_name=given.name or one.name
                )
            except filling.REFUSED_FILES as problem:
                errors[f"papers.{one.name}"] = filling.why(problem)
    return errors


def _answer(request: Any, found: CaseView, raw: dict[str, Any], note: str, errors: dict[str, list[Words]]) -> bool:
    """Send it, unless there is nothing to send. False, with `errors` filled, where it was refused."""
    now = _own(request, found.id)
    asked = found.supplement
    new_paper = any(one.added_at and asked and one.added_at > asked.asked_at for one in now.papers)
    before = {row.name: row.text for row in _rows(found)}
    specs = _typed(found, request.POST)
    changed = {
        name: value for name, value in raw.items() if filling.words_of(specs[name], value) != before.get(name, "")
    }
    stored = {
        one.name: document
        for one in found.papers
        if (document := draft_papers.uuid_of(request.POST.get(f"store.{one.name}", "")))
    }
    if not (note.strip() or new_paper or changed or stored):
        errors["note"] = [_("Xin trả lời, hoặc đính kèm giấy tờ được yêu cầu")]
        return False
    try:
        services.answer_supplement(request.actor, found.id, changed or None, stored=stored, note=note)
    except Invalid as error:
        errors |= error.errors
        return False
    return True


@route(citizen)
def withdraw(request: Any, case_id: UUID) -> HttpResponse:
    """Take the case back, with a reason."""
    found = _own(request, case_id)
    if not found.may_withdraw:
        raise Conflict(_("Hồ sơ đã được giải quyết nên không rút được nữa."), title=_("Không rút được hồ sơ này"))
    reason = request.POST.get("reason", "")[:MOST_WORDS]
    errors: dict[str, list[Words]] = {}
    if request.method == "POST":
        try:
            services.withdraw(request.actor, case_id, reason)
        except Invalid as error:
            errors = error.errors
        else:
            messages.success(request, _("Đã rút hồ sơ."))
            return redirect("case", case_id)
    context = {"case": found, "reason": reason, "errors": errors, "demo": found.demo}
    return render(request, "citizen/withdraw.html", context, status=422 if errors else 200)
