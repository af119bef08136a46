"""Pages of signing in. The other pages about oneself are the portals'."""

from typing import Any

import requests
import structlog
from allauth.account.views import LoginView, LogoutView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.socialaccount.providers.openid_connect.views import login as openid_connect_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import anyone, route, signed_in

from . import queries, services
from .adapters import NEXT_KEY, PROVIDER, home_of
from .web import ASSURANCE_KEY, POST_KEY

log = structlog.get_logger()


def safe_next(request: HttpRequest, url: str | None) -> str:
    """`url` where it stays on this site, else ""."""
    if url and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return url
    return ""


class SignIn(LoginView):
    """Both ways in on one page. Somebody half in (a password, no second factor) is led on to the second factor."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        actor = request.actor
        if not actor.is_anonymous and actor.assurance < 2 and request.user.has_usable_password():
            request.session[NEXT_KEY] = safe_next(request, request.GET.get("next")) or home_of(request.user)
            return redirect("mfa_activate_totp")
        if not actor.is_anonymous and actor.assurance < 2 and request.method == "GET":
            return render(request, "identity/low_assurance.html", status=403)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        after = safe_next(self.request, self.request.GET.get("next") or self.request.POST.get("next"))
        form = context["form"]
        faults = {field.name: list(field.errors) for field in form.visible_fields()}
        faults["login"] += form.non_field_errors()
        return context | {"next": after, "examples": queries.sign_in_examples(), "faults": faults}


class SignOut(LogoutView):
    """Sign-out by POST only; a GET asks."""


class SetUpSecondFactor(ActivateTOTPView):
    """The QR code to scan, once. Afterwards the recovery codes, then on to where the officer was going."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        self.request.session.cycle_key()
        self.request.session[ASSURANCE_KEY] = 2
        services.second_factor_set_up(self.request.actor)  # type: ignore[attr-defined]
        return response

    def get_success_url(self) -> str:
        return super().get_success_url() if self.did_generate_recovery_codes else after_second_factor(self.request)


def after_second_factor(request: HttpRequest) -> str:
    return safe_next(request, request.session.pop(NEXT_KEY, "")) or home_of(request.user)


@route(anyone)
def citizen(request: HttpRequest) -> HttpResponse:
    """On to the national ID provider; `next` is where the citizen comes back to."""
    try:
        return openid_connect_login(request, PROVIDER)
    except requests.RequestException as error:
        log.warning("national ID provider does not answer", why=repr(error))
        messages.error(request, _("Trang định danh điện tử chưa trả lời. Xin thử lại sau ít phút."))
        return redirect("account_login")


@route(signed_in)
def second_factor_done(request: HttpRequest) -> HttpResponse:
    """The recovery codes were noted down: on to where the officer was going."""
    return redirect(after_second_factor(request))


@route(signed_in)
def choose_post(request: Any) -> HttpResponse:
    """Which of several posts to act in; changed at any time from the desk."""
    seats = request.user.seats
    if request.method == "POST":
        chosen = request.POST.get("post", "")
        if chosen not in {seat["post"] for seat in seats}:
            raise NotFound()
        request.session[POST_KEY] = chosen
        return redirect(safe_next(request, request.POST.get("next")) or after_second_factor(request))
    english = (get_language() or "").startswith("en")
    shown = [
        {
            "post": seat["post"],
            "title": (english and seat["title_en"]) or seat["title"],
            "agency": (english and seat["agency_name_en"]) or seat["agency_name"],
            "current": seat["post"] == str(request.actor.post),
        }
        for seat in seats
    ]
    after = safe_next(request, request.GET.get("next"))
    return render(request, "identity/choose_post.html", {"seats": shown, "next": after})


sign_in = route(anyone)(SignIn.as_view())
sign_out = route(anyone)(SignOut.as_view())
set_up_second_factor = route(signed_in)(SetUpSecondFactor.as_view())
