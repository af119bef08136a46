"""/desk/quay/tiep-nhan, …/ban-nhap/<id>: somebody stands at the counter; one page from their number to the receipt."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import DraftView
from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound, Words
from tinhso.kernel.policy import route
from tinhso.kernel.text import fold
from tinhso.portals import days
from tinhso.territory import queries as territory

from ...citizen import filling
from ...citizen.files import send_view
from . import fees
from .tabs import AT_COUNTER, around

STRANGER = ("name", "paper", "number", "nationality", "phone", "email", "address")


@route(AT_COUNTER)
def begin(request: HttpRequest) -> HttpResponse:
    """Who stands there, and what they want. The number finds them in the population register; who is not in it is named
    by the paper they show."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = request.POST
    errors: dict[str, Sequence[Words]] = {}
    if request.method == "POST":
        procedure = given.get("procedure", "")
        stranger = given.get("known") == "no"
        if not procedure:
            errors["procedure"] = [_("Xin chọn thủ tục")]
        try:
            draft = None if errors else _begin(actor, given, procedure, stranger, errors)
        except Invalid as problem:
            errors |= problem.errors
        except (NotFound, Forbidden) as problem:
            errors["procedure"] = [problem.detail or _("Thủ tục này không tiếp nhận tại quầy")]
        else:
            if draft:
                return redirect("desk-counter-draft", draft)
    context = around("desk-counter-intake") | {
        "procedures": [(one.name, str(one.definition.name)) for one in cases.procedures(applicant="citizen")],
        "given": {name: given.get(name, "") for name in (*STRANGER, "national_id", "known", "born_on")}
        | {"procedure": given.get("procedure", request.GET.get("thu-tuc", ""))},
        "errors": errors,
        "drafts": queries.counter_drafts(actor),
    }
    return render(request, "desk/counter/begin.html", context, status=422 if errors else 200)


def _begin(
    actor: Actor, given: Mapping[str, str], procedure: str, stranger: bool, errors: dict[str, Sequence[Words]]
) -> UUID | None:
    """The draft; None with the reason in `errors`."""
    if stranger:
        wrong: dict[str, list[Any]] = {}
        born = days.read(given.get("born_on", ""), "born_on", wrong)
        if wrong:
            errors |= wrong
            return None
        told = counter.Stranger(**{name: given.get(name, "") for name in STRANGER}, born_on=born)
        return counter.begin_intake(actor, procedure, stranger=told)
    number = given.get("national_id", "").replace(" ", "")
    if not number.isdecimal() or len(number) != 12:
        errors["national_id"] = [_("Số định danh có 12 chữ số, ghi trên thẻ căn cước")]
        return None
    found = counter.find_applicant(actor, number, procedure)
    if found is None:
        errors["national_id"] = [
            _("Dữ liệu dân cư không có ai mang số này. Xin xem lại số, hoặc ghi người nộp theo giấy tờ ở dưới.")
        ]
        return None
    return counter.begin_intake(actor, procedure, person=found.id)


@route(AT_COUNTER)
def draft(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """The whole form, its papers and how the result comes back, on one page. What was typed is kept before it is
    judged."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.counter_draft(actor, draft_id)
    view: DraftView = found.draft
    if view.case:
        return redirect("desk-counter-taken", view.case.id)
    errors: dict[str, Sequence[Words]] = {}
    more_rows = ""
    if request.method == "POST" and filling.LIVE in request.headers:
        return _fragment(request, _keep_fields(request, actor, view)[0])
    if request.method == "POST":
        errors = _keep(request, actor, view)
        if filling.ROWS in request.POST:
            more_rows = filling.row_added(request)
        elif not errors and "send" in request.POST:
            try:
                ref = counter.hand_in(actor, draft_id)
            except Invalid as problem:
                errors = dict(problem.errors)
            else:
                return redirect("desk-counter-taken", ref.id)
        elif not errors:
            messages.success(request, _("Đã lưu. Biểu mẫu này là của quầy, đồng nghiệp cùng quầy làm tiếp được."))
            return redirect("desk-counter-draft", draft_id)
        found = queries.counter_draft(actor, draft_id)
        view = found.draft
    fields = filling.whole_form(actor, view, errors, more_rows)
    names = {one.bound.name for one in fields}
    papers = [{"paper": one, "errors": errors.get(f"papers.{one.name}", ())} for one in view.papers]
    context = around("desk-counter-intake") | {
        "found": found,
        "draft": view,
        "procedure": view.procedure.definition.name,
        "known": filling.known_rows(view),
        "fields": fields,
        "bound": [one.bound for one in fields],
        "live": filling.hangs_together(view),
        "papers": papers,
        "errors": errors,
        "other_errors": {path: said for path, said in errors.items() if path.partition(".")[0] not in names},
        "communes": _communes(),
        "unit": request.POST.get("_unit", view.unit if view.unit else ""),
        "ways": _ways(found.known),
        "give_back": request.POST.get("_give_back", found.give_back),
        "demo": found.demo,
    }
    return render(request, "desk/counter/draft.html", context, status=422 if errors else 200)


def _keep(request: HttpRequest, actor: Actor, view: DraftView) -> dict[str, Sequence[Words]]:
    """Save fields, papers and wishes; what was refused, by path."""
    _draft, errors = _keep_fields(request, actor, view)
    for paper in view.papers:
        pages = request.FILES.getlist(f"papers.{paper.name}")
        if not pages:
            continue
        try:
            pictures = [(page.file, page.name or paper.name) for page in pages if page.file]
            kept = services.attach_photos(actor, view.id, paper.name, pictures)
        except filling.REFUSED_FILES as problem:
            errors[f"papers.{paper.name}"] = filling.why(problem)
        else:
            hard = next((one.warnings for one in kept.papers if one.name == paper.name), [])
            if hard:
                messages.warning(request, f"{paper.label}: {' '.join(hard)}")
    try:
        counter.settle_intake(
            actor, view.id, unit=request.POST.get("_unit", ""), give_back=request.POST.get("_give_back", "person")
        )
    except Invalid as problem:
        errors |= {"_give_back" if path == "give_back" else path: said for path, said in problem.errors.items()}
    return errors


def _keep_fields(request: HttpRequest, actor: Actor, view: DraftView) -> tuple[DraftView, dict[str, Sequence[Words]]]:
    """Save what was typed, right or wrong; the draft as it is then, and what files were refused, by path."""
    specs = [spec for spec in view.procedure.definition.form if spec.name in view.typed]
    raw, refused = filling.posted(request, actor, specs, view.raw)
    return services.save_draft(actor, view.id, raw), dict(refused)


def _fragment(request: HttpRequest, view: DraftView) -> HttpResponse:
    """The fields that are asked now, after an answer that others hang on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(request, "desk/counter/fields.html", {"fields": filling.whole_form(actor, view)})


def _ways(known: bool) -> list[tuple[str, str]]:
    ways = [("person", _("Nhận tại quầy này")), ("post", _("Gửi bưu chính về nhà"))]
    return [*ways, ("online", _("Bản điện tử trong “Giấy tờ của tôi”"))] if known else ways


def _communes() -> list[tuple[str, str]]:
    found = sorted((unit for unit in territory.units() if unit.is_commune), key=lambda unit: fold(unit.name))
    return [(unit.code, unit.name) for unit in found]


@route(AT_COUNTER)
def paper_file(request: HttpRequest, draft_id: UUID, name: str) -> HttpResponse:
    """A paper as it was scanned so far."""
    view: DraftView = queries.counter_draft(request.actor, draft_id).draft  # type: ignore[attr-defined]
    found = next((one for one in view.papers if one.name == name and one.given), None)
    if found is None:
        raise NotFound()
    return send_view(request, found.digest, found.file_name)


@route(AT_COUNTER)
@require_POST
def drop(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Throw the form away: it was the wrong person, or they went."""
    services.drop_draft(request.actor, draft_id)  # type: ignore[attr-defined]
    messages.success(request, _("Đã bỏ biểu mẫu."))
    return redirect("desk-counter")


@route(AT_COUNTER)
def taken(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """It was taken in: the code, the appointment, the receipt to be printed and signed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    context = around("desk-counter-intake", **fees.owed(actor, case_id)) | {
        "case": found,
        "demo": found.demo,
        "follow": request.build_absolute_uri(reverse("follow", args=[found.code])),
    }
    return render(request, "desk/counter/taken.html", context)
