"""From the start button to the submitted case. Each page saves what was typed, right or wrong, before it is judged."""

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
from tinhso.cases.contracts import DraftView, PaperView
from tinhso.identity.queries import own_details
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Words
from tinhso.kernel.policy import citizen, route
from tinhso.kernel.text import fold
from tinhso.territory import queries as territory

from . import filling
from .files import send_view

BACK_TO_CHECK = "sua"
"""?sua=1: the page was opened from the check of answers and leads back there."""
Errors = Mapping[str, Sequence[Words]]


@route(citizen)
def start(request: Any, name: str) -> HttpResponse:
    """Open a draft, or go on with the one that is open. A GET, since signing in leads back here."""
    draft = services.start_draft(request.actor, name)
    return redirect("draft", draft.id)


@route(citizen)
def resume(request: Any, draft_id: UUID) -> HttpResponse:
    """On to the first page that still wants something, of the form that holds today."""
    draft = services.continue_draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    errors = faults(request, draft)
    return redirect(where(draft, next(iter(errors))) if errors else reverse("draft_check", args=[draft.id]))


def faults(request: Any, draft: DraftView) -> Errors:
    """What would be refused now, by path, in the order of the pages."""
    if not draft.agency:
        return {"unit": [_("Xin chọn xã, phường nơi Ông/Bà muốn nộp hồ sơ.")]}
    try:
        services.check_draft(request.actor, draft.id)
    except Invalid as error:
        order = [name for page in filling.pages(draft) for name in page.names]
        order += [f"papers.{paper.name}" for paper in draft.papers]
        rank = {name: number for number, name in enumerate(order)}

        def place_of(path: str) -> int:
            return rank.get(path, rank.get(path.partition(".")[0], len(rank)))

        return {path: error.errors[path] for path in sorted(error.errors, key=place_of)}
    return {}


def where(draft: DraftView, path: str, *, back: bool = False) -> str:
    """The address of the page that asks for the field or paper `path`."""
    query = f"?{BACK_TO_CHECK}=1" if back else ""
    head, _dot, rest = path.partition(".")
    if head == "unit" and not any(spec.name == "unit" for spec in draft.procedure.definition.form):
        return reverse("draft_place", args=[draft.id]) + query
    if head == "papers":
        return reverse("draft_paper", args=[draft.id, rest]) + query
    number = next((page.number for page in filling.pages(draft) if head in page.names), 1)
    return reverse("draft_page", args=[draft.id, number]) + query + (f"#id_{head}" if back else "")


def following(draft: DraftView, number: int) -> str:
    """The address after page `number` of the form: the next page, the first paper, the check of answers."""
    if number < len(filling.pages(draft)):
        return reverse("draft_page", args=[draft.id, number + 1])
    return after_paper(draft, "")


def after_paper(draft: DraftView, name: str) -> str:
    names = [paper.name for paper in draft.papers]
    at = names.index(name) + 1 if name in names else 0
    if at < len(names):
        return reverse("draft_paper", args=[draft.id, names[at]])
    return reverse("draft_check", args=[draft.id])


def before_paper(draft: DraftView, name: str) -> str:
    names = [paper.name for paper in draft.papers]
    at = names.index(name) if name in names else len(names)
    if at > 0:
        return reverse("draft_paper", args=[draft.id, names[at - 1]])
    if asked := filling.pages(draft):
        return reverse("draft_page", args=[draft.id, len(asked)])
    return reverse("procedure", args=[draft.procedure.name])


def frame(request: Any, draft: DraftView, at: int, **more: Any) -> dict[str, Any]:
    """What every page of a form shows: the procedure, and how far it is."""
    total = len(filling.pages(draft)) + len(draft.papers) + 1
    return {
        "draft": draft,
        "procedure": draft.procedure.definition.name,
        "at": at,
        "total": total,
        "editing": BACK_TO_CHECK in request.GET,
        "demo": own_details(request.actor).demo,
        **more,
    }


def later(request: HttpRequest) -> HttpResponse:
    """The way out that loses nothing."""
    messages.success(request, _("Đã lưu. Ông/Bà điền tiếp lúc nào cũng được, trên máy này hoặc máy khác."))
    return redirect("my_cases")


@route(citizen)
def page(request: Any, draft_id: UUID, number: int) -> HttpResponse:
    """One page of questions."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    asked = filling.pages(draft)
    if not 0 < number <= len(asked):
        return redirect("draft", draft.id)
    here = asked[number - 1]
    errors: dict[str, Sequence[Words]] = {}
    if request.method == "POST":
        raw, refused = filling.posted(request, request.actor, here.specs, draft.raw)
        draft = services.save_draft(request.actor, draft_id, raw)
        if "later" in request.POST:
            return later(request)
        try:
            services.check_draft(request.actor, draft_id, here.names)
        except Invalid as error:
            errors |= error.errors
        errors |= refused
        if not errors:
            return redirect(_onward(request, draft, here))
    fields = filling.shown(request.actor, here.specs, draft.raw, errors)
    context = frame(
        request, draft, number,
        page=here, fields=fields, bound=[one.bound for one in fields], errors=errors,
        known=filling.known_rows(draft) if number == 1 else [],
        back=reverse("draft_page", args=[draft.id, number - 1]) if number > 1
        else reverse("procedure", args=[draft.procedure.name]),
    )  # fmt: skip
    return render(request, "citizen/draft_page.html", context, status=422 if errors else 200)


def _onward(request: Any, draft: DraftView, here: filling.Page) -> str:
    """Where a page leads that was filled in well. An answer may have opened questions on this same page: then it is
    shown again with them."""
    now = next((one for one in filling.pages(draft) if one.number == here.number), None)
    if now is not None and now.names != here.names:
        return request.get_full_path()
    if BACK_TO_CHECK in request.GET:
        return reverse("draft_check", args=[draft.id])
    return following(draft, here.number)


@route(citizen)
def place(request: Any, draft_id: UUID) -> HttpResponse:
    """Which commune receives it, where that is not the one of residence."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    communes = sorted((unit for unit in territory.units() if unit.is_commune), key=lambda unit: fold(unit.name))
    errors: Errors = {}
    chosen = request.POST.get("unit", draft.unit)
    if request.method == "POST":
        if chosen in {unit.code for unit in communes}:
            services.start_draft(request.actor, draft.procedure.name, unit=chosen)
            return redirect("draft", draft.id)
        errors = {"unit": [_("Xin chọn một xã, phường trong danh sách")]}
    context = frame(
        request, draft, 1,
        communes=[(unit.code, unit.name) for unit in communes], chosen=chosen, errors=errors,
        back=reverse("draft_check", args=[draft.id]) if draft.agency
        else reverse("procedure", args=[draft.procedure.name]),
    )  # fmt: skip
    return render(request, "citizen/draft_place.html", context, status=422 if errors else 200)


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
        given = request.FILES.get(name)
        if given:
            try:
                draft = services.attach_paper(request.actor, draft_id, name, given.file, file_name=given.name or name)
            except filling.REFUSED_FILES as problem:
                errors = filling.why(problem)
        if "later" in request.POST and not errors:
            return later(request)
        if not given and not wanted.given and not wanted.optional:
            errors = [_("Xin chụp ảnh hoặc chọn tệp %(paper)s") % {"paper": wanted.label}]
        if not errors:
            editing = BACK_TO_CHECK in request.GET
            return redirect(reverse("draft_check", args=[draft.id]) if editing else after_paper(draft, name))
        wanted = _paper(draft, name)
    number = len(filling.pages(draft)) + [one.name for one in draft.papers].index(name) + 1
    context = frame(
        request, draft, number, paper=wanted, errors={name: errors} if errors else {},
        back=before_paper(draft, name),
    )  # fmt: skip
    return render(request, "citizen/draft_paper.html", context, status=422 if errors else 200)


@route(citizen)
def paper_file(request: Any, draft_id: UUID, name: str) -> HttpResponse:
    """The paper as it was handed in so far."""
    found = _paper(cases.draft(request.actor, draft_id), name)
    if not found.given:
        raise NotFound()
    return send_view(request, found.digest, found.file_name)


@route(citizen)
@require_POST
def drop_paper(request: Any, draft_id: UUID, name: str) -> HttpResponse:
    """Take the paper out again."""
    services.detach_paper(request.actor, draft_id, name)
    return redirect("draft_paper", draft_id, name)


@route(citizen)
def check(request: Any, draft_id: UUID) -> HttpResponse:
    """All answers at once, each with its way back; and the button that hands them in, once whatever is repeated."""
    errors: Errors = {}
    if request.method == "POST":
        if "later" in request.POST:
            return later(request)
        try:
            services.submit(request.actor, draft_id)
        except Invalid as error:
            errors = error.errors
        except Conflict as changed:
            messages.warning(request, changed.detail)
            return redirect("draft", draft_id)
        else:
            return redirect("submitted", draft_id)
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("submitted", draft.id)
    if not errors and faults(request, draft):
        return redirect("draft", draft.id)
    lines = [(where(draft, path, back=True), message) for path, found in errors.items() for message in found]
    context = frame(
        request, draft, len(filling.pages(draft)) + len(draft.papers) + 1,
        lines=lines, sections=_answers(draft), back=before_paper(draft, ""),
    )  # fmt: skip
    return render(request, "citizen/draft_check.html", context, status=422 if errors else 200)


def _answers(draft: DraftView) -> list[dict[str, Any]]:
    """The answers by section; what a register gave has no way to change it here."""
    model = draft.procedure.definition
    found = []
    for name, title, _hint in filling.sections(model):
        rows = []
        for spec in model.form:
            if spec.section != name or spec.name not in {*draft.typed, *draft.prefilled}:
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
    case = cases.case(request.actor, draft.case.id)
    return render(request, "citizen/submitted.html", {"case": case, "draft": draft, "demo": case.demo})


@route(citizen)
def drop(request: Any, draft_id: UUID) -> HttpResponse:
    """Throw a draft away, asked once."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    if request.method == "POST":
        services.drop_draft(request.actor, draft_id)
        messages.success(request, _("Đã bỏ bản nháp."))
        return redirect("my_cases")
    return render(request, "citizen/draft_drop.html", frame(request, draft, 1))
