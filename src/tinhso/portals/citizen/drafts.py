"""From the start button to the submitted case. Each page saves what was typed, right or wrong, before it is judged."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import DraftView
from tinhso.identity.queries import own_details
from tinhso.kernel.errors import Invalid, Words
from tinhso.kernel.policy import citizen, route
from tinhso.kernel.text import fold
from tinhso.territory import queries as territory

from . import filling

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
    if head == "co_sign":
        return reverse("draft_check", args=[draft.id]) + "#co-sign"
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
    said_later(request)
    return redirect("my_cases")


def said_later(request: HttpRequest) -> None:
    messages.success(request, _("Đã lưu. Ông/Bà điền tiếp lúc nào cũng được, trên máy này hoặc máy khác."))


@route(citizen)
def page(request: Any, draft_id: UUID, number: int) -> HttpResponse:
    """One page of questions; number 0 is the whole form."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    here = _page(draft, number)
    if here is None:
        return redirect("draft", draft.id)
    return _answered(request, draft, here) if request.method == "POST" else _shown(request, draft, here)


def _answered(request: Any, draft: DraftView, here: filling.Page) -> HttpResponse:
    """Keep what was typed, then judge it and go on; or, after an answer on the page, say what is asked now."""
    if (known := request.headers.get("X-Revision")) and known != draft.saved_at.isoformat():
        return HttpResponse(status=409, headers={"X-Revision": draft.saved_at.isoformat()})
    own = [spec for spec in draft.procedure.definition.form if spec.name in draft.typed]
    asked = own if filling.FIELD in request.POST else here.asked
    raw, refused = filling.posted(request, request.actor, asked, draft.raw)
    draft = services.save_draft(request.actor, draft.id, raw)
    here = _page(draft, here.number) or here
    if filling.LIVE in request.headers:
        return _fragment(request, draft, here)
    if "later" in request.POST:
        return later(request)
    if filling.ROWS in request.POST:
        return _shown(request, draft, here, more_rows=filling.row_added(request))
    errors: dict[str, Sequence[Words]] = {}
    shown = {*raw, *(spec.name for spec in here.specs if spec.compute)}
    try:
        services.check_draft(request.actor, draft.id, sorted(shown))
    except Invalid as error:
        errors |= error.errors
    errors |= refused
    return _shown(request, draft, here, errors) if errors else redirect(_onward(request, draft, here.number, shown))


def _shown(
    request: Any, draft: DraftView, here: filling.Page, errors: Errors | None = None, more_rows: str = ""
) -> HttpResponse:
    fields, number = _fields(request, draft, here, errors, more_rows), here.number
    context = frame(
        request, draft, number,
        page=here, fields=fields, bound=[one.bound for one in fields], errors=errors or {},
        live=filling.hangs_together(draft),
        repeats=any(one.widget == "repeats" for one in fields),
        known=filling.known_rows(draft) if number <= 1 else [],
        back=reverse("draft_page", args=[draft.id, number - 1]) if number > 1
        else reverse("procedure", args=[draft.procedure.name]),
    )  # fmt: skip
    return render(request, "citizen/draft_page.html", context, status=422 if errors else 200)


def _page(draft: DraftView, number: int) -> filling.Page | None:
    if number == 0:
        return filling.whole(draft)
    asked = filling.pages(draft)
    return asked[number - 1] if number <= len(asked) else None


def _fields(
    request: Any, draft: DraftView, here: filling.Page, errors: Errors | None = None, more_rows: str = ""
) -> list[filling.Shown]:
    if not here.number:
        return filling.whole_form(request.actor, draft, errors, more_rows)
    return filling.shown(request.actor, here.specs, draft.raw, errors, more_rows)


def _fragment(request: Any, draft: DraftView, here: filling.Page) -> HttpResponse:
    """The fields as they are asked now, and the revision that the device's own copy belongs to."""
    answer = render(request, "citizen/draft_fields.html", {"fields": _fields(request, draft, here)})
    answer["X-Revision"] = draft.saved_at.isoformat()
    return answer


def _onward(request: Any, draft: DraftView, number: int, answered: set[str]) -> str:
    """Where a page leads that was filled in well. An answer may have opened questions on this same page: then it is
    shown again with them."""
    now = _page(draft, number)
    if now is not None and any(spec.name not in answered for spec in now.asked):
        return request.get_full_path()
    if BACK_TO_CHECK in request.GET:
        return reverse("draft_check", args=[draft.id])
    return following(draft, number) if number else after_paper(draft, "")


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


@route(citizen)
def drop(request: Any, draft_id: UUID) -> HttpResponse:
    """Throw a draft away, asked once."""
    draft = cases.draft(request.actor, draft_id)
    if draft.case:
        return redirect("case", draft.case.id)
    if request.method == "POST":
        services.drop_draft(request.actor, draft_id)
        messages.success(request, _("Đã bỏ bản nháp."))
        return redirect(f"{reverse('my_cases')}?da-bo={draft_id}")
    return render(request, "citizen/draft_drop.html", frame(request, draft, 1))
