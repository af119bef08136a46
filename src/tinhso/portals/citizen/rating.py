"""Rating the service: on the page of one's own case, or at the counter's tablet by the code of the receipt."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import Survey
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Words
from tinhso.kernel.policy import anyone, citizen, route

MARKS: list[tuple[str, Words]] = [
    ("1", gettext_lazy("Rất không hài lòng")),
    ("2", gettext_lazy("Không hài lòng")),
    ("3", gettext_lazy("Bình thường")),
    ("4", gettext_lazy("Hài lòng")),
    ("5", gettext_lazy("Rất hài lòng")),
]
MOST_LETTERS = 4_000
NOT_YET = gettext_lazy("Hồ sơ này chưa có kết quả nên chưa đánh giá được.")


def offer(request: Any, case_id: UUID) -> Survey | None:
    """What the page of a case offers: the survey where it has a result that was not rated yet."""
    found = cases.survey_of(request.actor, case_id)
    return found if found and not found.done else None


@route(citizen)
def rate(request: Any, case_id: UUID) -> HttpResponse:
    """Five questions and a few words, once."""
    asked = cases.survey_of(request.actor, case_id)
    if asked is None:
        raise Conflict(NOT_YET, title=_("Chưa đánh giá được"))

    def send(answers: dict[str, str], comment: str) -> HttpResponse:
        services.rate(request.actor, case_id, answers, comment)
        messages.success(request, _("Cảm ơn Ông/Bà đã đánh giá."))
        return redirect("case", case_id)

    return _form(request, asked, reverse("case", args=[case_id]), send)


@route(anyone)
def at_counter(request: HttpRequest) -> HttpResponse:
    """The tablet: asks for the code of the receipt."""
    code = request.GET.get("ma", "").strip()[:40]
    error = ""
    if code:
        try:
            cases.survey_of_code(code)
        except NotFound as problem:
            error = str(problem.detail)
        else:
            return redirect("rate-by-code", code)
    return render(request, "citizen/rate_code.html", {"code": code, "error": error}, status=422 if error else 200)


@route(anyone)
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The same questions for whoever holds the receipt. It shows the procedure and the dossier code, nobody's name."""
    asked = cases.survey_of_code(code)
    if asked is None:
        raise Conflict(NOT_YET, title=_("Chưa đánh giá được"))

    def send(answers: dict[str, str], comment: str) -> HttpResponse:
        services.rate_by_code(code, answers, comment)
        return redirect("rate-thanks")

    return _form(request, asked, reverse("rate-at-counter"), send)


@route(anyone)
def thanks(request: HttpRequest) -> HttpResponse:
    """The tablet's last page, ready for the next person."""
    return render(request, "citizen/rate_thanks.html")


def _form(request: Any, asked: Survey, back: str, send: Any) -> HttpResponse:
    answers = {name: request.POST.get(name, "") for name, _words in asked.questions}
    comment = request.POST.get("comment", "")[:MOST_LETTERS]
    errors: dict[str, list[Words]] = {}
    if asked.done:
        raise Conflict(_("Hồ sơ này đã được đánh giá. Cảm ơn Ông/Bà."), title=_("Đã đánh giá"))
    if request.method == "POST":
        try:
            return send(answers, comment)
        except Invalid as error:
            errors = error.errors
    questions = [
        {"name": name, "label": words, "value": answers[name], "errors": errors.get(name, [])}
        for name, words in asked.questions
    ]
    context = {
        "asked": asked,
        "questions": questions,
        "comment": comment,
        "errors": errors,
        "marks": MARKS,
        "back": back,
    }
    return render(request, "citizen/rate.html", context, status=422 if errors else 200)
