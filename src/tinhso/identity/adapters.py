"""Where django-allauth asks the platform: who may sign in, how sure we are of them, where they go next."""

import time
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import perform_login
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.actor import system

from . import people, services
from .models import Account
from .services import second_factor
from .web import ASSURANCE_KEY, POST_KEY, actor_of, with_seats

log = structlog.get_logger()

PROVIDER = "national-id"
NEXT_KEY = "after-second-factor"
RECENT_SECONDS = 600


class AccountAdapter(DefaultAccountAdapter):
    """Officers: password, then a second factor, which they must have."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu không đúng."),
        "too_many_login_attempts": _("Đã thử quá nhiều lần. Xin chờ năm phút rồi thử lại."),
        "account_inactive": _("Tài khoản này đã ngừng hoạt động."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        sociallogin = (kwargs.get("signal_kwargs") or {}).get("sociallogin")
        methods = {record["method"] for record in get_authentication_records(request, user)}
        if sociallogin:
            request.session[ASSURANCE_KEY] = assurance(claims_of(sociallogin))
        else:
            request.session[ASSURANCE_KEY] = 2 if "mfa" in methods else 1
        request.session.pop(POST_KEY, None)
        account = with_seats().get(id=user.pk)
        services.signed_in(actor_of(request, account))
        response = super().post_login(request, user, **kwargs)
        if request.session[ASSURANCE_KEY] < 2 and user.has_usable_password():
            request.session[NEXT_KEY] = response["Location"]
            return redirect("mfa_activate_totp")
        if len(account.seats) > 1:
            request.session[NEXT_KEY] = response["Location"]
            return redirect("choose-post")
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_of(request.user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within ten minutes need not type the password again to set up a second factor."""
        request: Any = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < RECENT_SECONDS for record in records)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only failures are said; a page that opens needs no "you have signed in"."""
        if level >= messages.WARNING:
            super().add_message(request, level, *args, **kwargs)

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Changes of the second factor are in the audit; an account may have no mailbox."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "account/account_inactive.html", status=403)


def home_of(account: Any) -> str:
    """Where somebody begins: an officer at the desk, everybody else at home."""
    return "/" if account.person_id and not account.has_usable_password() else "/desk"


class MFAAdapter(DefaultMFAAdapter):
    """Second factors are sealed in the database, like personal fields."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("Mã không đúng hoặc đã dùng. Xin nhập mã đang hiện trên điện thoại."),
        "cannot_delete_authenticator": _("Không thể bỏ lớp xác thực thứ hai này."),
    }

    def encrypt(self, text: str) -> str:
        return second_factor.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return second_factor.decrypt(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        return user.username

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """A demonstration account gets its computable second factor when it first signs in."""
        if getattr(user, "demo", False) and user.has_usable_password():
            second_factor.enrol_demo(user)
        return super().is_mfa_enabled(user, types)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return False  # an officer must have one; the administrator resets it


def claims_of(sociallogin: Any) -> dict[str, Any]:
    data = sociallogin.account.extra_data
    return data.get("id_token", {}) | data.get("userinfo", {})


def assurance(claims: dict[str, Any]) -> int:
    """The level of the electronic identity (Decree 69/2024/ND-CP): 2 where the provider's `acr` says so, else 1."""
    return 2 if str(claims.get("acr", "")) in {"2", "3"} else 1


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Citizens: the national ID provider says who they are; the population register knows them by that number.

    Nothing that the provider tells is stored: the account is the person's, found by the number's keyed hash.
    """

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:
        if provider not in {None, "openid_connect", PROVIDER}:
            return []
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name="VNeID",
                client_id=settings.NATIONAL_ID_CLIENT,
                secret=settings.NATIONAL_ID_SECRET,
                settings={
                    "server_url": settings.NATIONAL_ID_URL,
                    "fetch_userinfo": False,
                    "oauth_pkce_enabled": True,
                    "scope": ["openid", "profile", "national_id"],
                },
            )
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        person = people.by_national_id(str(claims_of(sociallogin).get("national_id", "")))
        if person is None:
            raise ImmediateHttpResponse(render(request, "identity/unknown_person.html", status=403))
        account = Account.objects.get(id=services.account_of_person(system("identity sign-in"), person.id))
        if request.user.is_authenticated:
            self._leave(request)
        login = perform_login(
            request,
            account,
            redirect_url=sociallogin.get_redirect_url(request) or "/",
            signal_kwargs={"sociallogin": sociallogin},
        )
        raise ImmediateHttpResponse(login)

    @staticmethod
    def _leave(request: HttpRequest) -> None:
        from allauth.account.adapter import get_adapter

        get_adapter(request).logout(request)

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Say so on the sign-in page; what exactly went wrong is for the log."""
        cancelled = error == AuthError.CANCELLED
        if not cancelled:
            log.warning("national ID sign-in failed", error=str(error), why=repr(exception))
        words = (
            _("Ông/Bà đã dừng đăng nhập. Có thể thử lại bất cứ lúc nào.")
            if cancelled
            else _("Chưa đăng nhập được bằng tài khoản định danh. Xin thử lại sau ít phút.")
        )
        messages.error(request, words)
        raise ImmediateHttpResponse(redirect(reverse("account_login")))
