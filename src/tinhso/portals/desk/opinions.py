"""/desk/…/hoi-y-kien and /desk/y-kien: opinions are asked of several at once, and given."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import add_working_time
from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.kernel.policy import officer, route
from tinhso.kernel.text import fold

from .. import days
from ..design import Control
from .deeds import MOST_WORDS, Deed, show, uuid_of, words

ROWS = 3
MOST_ROWS = 10
MOST_FOUND = 12
CLOSES = time(17, 0)
"""An opinion is due at the end of the working day that is named."""


@route(officer)
def ask(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask several posts at once, each until its own day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    if not cases.around(actor, case_id).may_ask:
        raise Forbidden(_("Chỉ cán bộ của cơ quan đang giải quyết được hỏi ý kiến."))
    given = request.POST
    count = int(given["rows"]) if given.get("rows", "").isdecimal() else ROWS
    count = max(1, min(MOST_ROWS, count + ("more" in given)))
    errors: dict[str, Any] = {}
    if request.method == "POST" and "more" not in given and "find" not in given:
        try:
            errors = _ask(actor, request, case_id, count)
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-case", case_id)
        if not errors:
            messages.success(request, _("Đã hỏi ý kiến. Nơi được hỏi thấy ngay; câu trả lời sẽ ở trang hồ sơ này."))
            return redirect("desk-case", case_id)
    search = given.get("agency", "")[:100]
    places = _places(actor, search)
    default = days.typed(_next_day(found.due_at))
    rows = [
        [
            ("select", Control(f"to.{n}.post", _("Hỏi ai"), given.get(f"to.{n}.post", ""), choices=places,
                               errors=errors.get(f"to.{n}.post", ()), optional=n > 0)),
            ("text", Control(f"to.{n}.due", _("Trả lời trước hết ngày"), given.get(f"to.{n}.due", default),
                             errors=errors.get(f"to.{n}.due", ()), attrs={"inputmode": "numeric"})),
        ]
        for n in range(count)
    ]  # fmt: skip
    hint = _("Nơi được hỏi đọc đúng lời này, và xem được hồ sơ này cho đến khi hồ sơ kết thúc.")
    waits = Control(
        "waits", _("Trong khi chờ"), given.get("waits", "0"),
        choices=[("0", _("Vẫn làm tiếp bước này")), ("1", _("Bước này chờ đủ ý kiến rồi mới hoàn thành được"))],
    )  # fmt: skip
    deed = Deed(
        _("Hỏi ý kiến"),
        _("Hỏi nhiều nơi cùng lúc, mỗi nơi một hạn. Cơ quan khác chỉ xem được hồ sơ này. Người nộp không thấy."),
        _("Gửi câu hỏi"),
        [words(request, "question", _("Điều cần hỏi"), hint, errors), ("radios", waits)],
    )
    context = {"rows": rows, "count": count, "search": search, "asking": True}
    return show(request, found, deed, errors, **context)


def _ask(actor: Actor, request: HttpRequest, case_id: UUID, count: int) -> dict[str, Any]:
    """Ask; the errors by the names of the form's boxes, empty where it was done."""
    given, errors = request.POST, {}
    to, numbers = [], []
    for n in range(count):
        post = uuid_of(given.get(f"to.{n}.post", ""))
        if post is None:
            continue
        day = days.read(given.get(f"to.{n}.due", ""), f"to.{n}.due", errors)
        if day is None:
            errors.setdefault(f"to.{n}.due", [_("Xin ghi ngày, ví dụ 30/11/2026")])
            continue
        to.append(services.Asked(post, timezone.make_aware(datetime.combine(day, CLOSES))))
        numbers.append(n)
    if errors:
        return errors
    try:
        question = given.get("question", "")
        services.ask_opinions(actor, case_id, to, question, waits=given.get("waits") == "1")
    except Invalid as problem:
        return {_renamed(path, numbers): told for path, told in problem.errors.items()}
    return {}


def _renamed(path: str, numbers: list[int]) -> str:
    """The name of the box that a path of the service speaks of: empty rows were left out."""
    if not path.startswith("to.") or not numbers:
        return path
    _to, number, part = path.split(".")
    return f"to.{numbers[int(number)]}.{part}"


def _next_day(due: datetime | None) -> date:
    """Two working days from now, and not after the case itself, as far as that lies ahead."""
    now = timezone.localtime()
    day = timezone.localdate(add_working_time(now, timedelta(hours=16)))
    last = timezone.localdate(due) if due else day
    return max(min(day, last), now.date() if now.time() < CLOSES else now.date() + timedelta(days=1))


def _places(actor: Actor, search: str) -> list[tuple[str, str]]:
    """Posts that may be asked: of the own agency, of the province's departments, of agencies found by words."""
    here = cases.desks(actor)
    held = {ref.id: ref for ref in identity.agencies(ids=here)}
    others = identity.agencies(level="province")
    if words_ := fold(search).split():
        found = [one for one in identity.agencies() if all(word in fold(one.name) for word in words_)]
        others = [*found[:MOST_FOUND], *others]
    known = {ref.id: ref for ref in [*held.values(), *others]}
    order = {id: number for number, id in enumerate(known)}
    posts = [one for one in identity.posts_of(known) if one.holder and one.id != actor.post]
    posts.sort(key=lambda one: (order[one.agency], one.title))
    named = [(str(one.id), f"{known[one.agency].words}: {one.title} ({one.holder})") for one in posts]
    return [("", _("Chọn nơi hỏi")), *named]


@route(officer)
def asked(request: HttpRequest) -> HttpResponse:
    """What one's post is asked, those due first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.opinions_asked(actor, open_only=False)
    context = {
        "open": [one for one in found if not one.answered_at],
        "answered": [one for one in found if one.answered_at],
    }
    return render(request, "desk/opinions.html", context)


@route(officer)
def opinion(request: HttpRequest, opinion_id: UUID) -> HttpResponse:
    """Answer, or take the question back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    one = cases.opinion(actor, opinion_id)
    found = cases.case(actor, one.case)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            if "drop" in request.POST:
                services.drop_opinion(actor, opinion_id)
                messages.success(request, _("Đã thôi hỏi %(to)s.") % {"to": one.to})
            else:
                services.answer_opinion(actor, opinion_id, request.POST.get("answer", ""))
                messages.success(request, _("Đã gửi ý kiến về hồ sơ %(code)s.") % {"code": one.code})
            return redirect("desk-case", one.case)
        except Invalid as problem:
            errors = problem.errors
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-case", one.case)
    box = words(request, "answer", _("Ý kiến của Ông/Bà"), _("Nơi hỏi đọc đúng lời này; người nộp không thấy."), errors)
    context = {"case": found, "opinion": one, "box": box, "errors": errors, "demo": found.demo, "most": MOST_WORDS}
    return render(request, "desk/opinion.html", context, status=422 if errors else 200)
