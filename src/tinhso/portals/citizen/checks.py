"""For anybody: where a case stands, by the code of its receipt; whether a paper is genuine, by code or by file."""

import re
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.documents import queries as documents
from tinhso.documents.services import too_large_words
from tinhso.kernel.errors import NotFound, Words
from tinhso.kernel.policy import anyone, route


@route(anyone)
def track(request: Any) -> HttpResponse:
    """Where a case stands; nothing personal. Its applicant is led to the case itself."""
    code = re.sub(r"\s+", "", request.GET.get("ma", ""))[:60].upper()
    found, mine = None, ""
    if code:
        with suppress(NotFound):
            found = cases.track(code)
            mine = _own(request, code)
    status = 404 if code and not found else 200
    return render(request, "citizen/track.html", {"code": code, "found": found, "mine": mine}, status=status)


def _own(request: Any, code: str) -> str:
    if not request.actor.is_citizen:
        return ""
    try:
        return reverse("case", args=[cases.case_ref(request.actor, code).id])
    except NotFound:
        return ""


@route(anyone)
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """The address behind the QR of a receipt."""
    return redirect(f"{reverse('track')}?{urlencode({'ma': code})}")


@route(anyone)
def verify(request: HttpRequest) -> HttpResponse:
    """Is this paper genuine: by the code printed on it, or by its file. The file is looked at and not kept."""
    if code := _letters(request.GET.get("code", "")):
        return redirect("verify_code", code)
    errors: list[Words] = []
    context: dict[str, Any] = {}
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None:
            errors = [_("Xin chọn tệp PDF cần kiểm tra")]
        elif not given.size:
            errors = [_("Tệp này trống, không có nội dung. Xin chọn tệp khác.")]
        elif given.size > settings.MAX_UPLOAD_BYTES:
            errors = [too_large_words()]
        elif given.read(5) != b"%PDF-":
            errors = [_("Tệp này không phải PDF, dù tên là gì. Xin chọn tệp PDF đã nhận từ cơ quan.")]
        else:
            given.seek(0)
            ours, checks = documents.check_file(given)
            context = {"file": given.name, "ours": ours, "checks": checks}
    status = 422 if errors else 200
    return render(request, "citizen/verify.html", {"errors": errors, **context}, status=status)


def _letters(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())[:40]


@route(anyone)
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What anybody may know who holds a paper with this code."""
    try:
        verdict = documents.by_code(code)
    except NotFound as problem:
        context = {"code": code, "errors": [], "unknown": problem.detail}
        return render(request, "citizen/verify.html", context, status=404)
    return render(request, "citizen/verdict.html", {"verdict": verdict, "code": code})
