"""The stand-in's pages: sign in as somebody of the demonstration, and agree to tell the platform who you are."""

import re
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from oauth2_provider.views import AuthorizationView

from tinhso.identity import people, queries, services
from tinhso.identity.models import Account
from tinhso.identity.views import safe_next
from tinhso.kernel.actor import system
from tinhso.kernel.policy import anyone, route


@route(anyone)
def home(request: HttpRequest) -> HttpResponse:
    """What this is, for whoever opens the address by itself."""
    return render(request, "national_id/home.html", {"platform": settings.BASE_URL})


@route(anyone)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with the 12 digits of a demonstration citizen and the demonstration code."""
    after = safe_next(request, request.POST.get("next") or request.GET.get("next")) or "/"
    number = re.sub(r"\D", "", request.POST.get("national_id", ""))
    errors: dict[str, str] = {}
    if request.method == "POST":
        account, errors = _check(request, number, request.POST.get("code", "").strip())
        if account:
            login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect(after)
    shown = {"errors": errors, "next": after, "number": number, "examples": queries.citizen_examples()}
    return render(request, "national_id/sign_in.html", shown, status=422 if errors else 200)


def _check(request: HttpRequest, number: str, code: str) -> tuple[Account | None, dict[str, str]]:
    if not re.fullmatch(r"\d{12}", number):
        return None, {"national_id": _("Số định danh có 12 chữ số")}
    key = f"national-id:{number}"
    if not ratelimit.consume(request, action="login_failed", key=key):
        return None, {"code": _("Đã thử quá nhiều lần. Xin chờ năm phút rồi thử lại.")}
    person = people.by_national_id(number)
    if person is None or not person.demo or not constant_time_compare(code, services.DEMO_CODE):
        return None, {"code": _("Số định danh hoặc mã trình diễn không đúng")}
    ratelimit.clear(request, action="login_failed", key=key)
    return Account.objects.get(id=services.account_of_person(system("national-id"), person.id)), {}


@route(anyone)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave, to sign in as somebody else; `next` stays."""
    logout(request)
    return redirect(safe_next(request, request.POST.get("next")) or "/")


class Consent(AuthorizationView):
    """Who asks, what for, yes or no."""

    template_name = "national_id/consent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account: Any = self.request.user
        name = people.open_fields(account.person)["name"] if account.person else account.username
        return super().get_context_data(**kwargs) | {"citizen": name, "here": self.request.get_full_path()}
