"""OpenID Connect as a provider: the platform for the province's other applications, and the stand-in of the national
ID. Both are django-oauth-toolkit; here stands what each tells of whoever signs in, and at which addresses."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import path
from oauth2_provider import views as oauth
from oauth2_provider.oauth2_validators import OAuth2Validator

from tinhso.kernel.errors import Forbidden, SignInNeeded

from . import people
from .models import Account
from .web import with_seats

Claims = dict[str, Callable[[Any], Any]]


def subject(account: Account) -> str:
    """The `sub` of an account: the same at each sign-in, and of no use to find the person elsewhere."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"sub\0" + account.id.bytes, hashlib.sha256).hex()[:40]


class PlatformValidator(OAuth2Validator):
    """What other applications of the province learn: name, agency and roles, each under its scope."""

    oidc_claim_scope = {"sub": "openid", "name": "profile", "agency": "agency", "post": "agency", "roles": "role"}

    def get_additional_claims(self) -> Claims:  # type: ignore[override]  one of the library's two forms
        return {
            "sub": lambda request: subject(request.user),
            "name": lambda request: _name(request.user),
            "agency": lambda request: _seat(request.user, "agency_name"),
            "post": lambda request: _seat(request.user, "title"),
            "roles": lambda request: _seat(request.user, "roles"),
        }


def _name(account: Account) -> str:
    return people.open_fields(account.person)["name"] if account.person else account.name


def _seat(account: Account, key: str) -> Any:
    seats = with_seats().get(id=account.id).seats
    return seats[0][key] if seats else None


class NationalIdValidator(OAuth2Validator):
    """What the stand-in of the national ID tells the platform, for people of the demonstration only."""

    oidc_claim_scope = {
        "sub": "openid",
        "acr": "openid",
        "name": "profile",
        "birthdate": "profile",
        "gender": "profile",
        "national_id": "national_id",
    }

    def get_additional_claims(self) -> Claims:  # type: ignore[override]  one of the library's two forms
        def of(key: str) -> Callable[[Any], Any]:
            return lambda request: _demo_fields(request.user).get(key)

        return {
            "sub": lambda request: subject(request.user),
            "acr": lambda request: "2",
            "name": of("name"),
            "birthdate": lambda request: _demo_fields(request.user)["born_on"].isoformat(),
            "gender": of("sex"),
            "national_id": of("national_id"),
        }


def _demo_fields(account: Account) -> dict[str, Any]:
    if account.person is None or not account.person.demo:
        raise Forbidden()
    return people.open_fields(account.person)


class Authorize(oauth.AuthorizationView):
    """The page that asks for leave. Whoever is only half signed in is led to the second factor first."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.actor.is_anonymous and request.actor.assurance < 2:
            raise SignInNeeded()
        response = super().dispatch(request, *args, **kwargs)
        # The answer to the form is a redirect to the application, which `form-action 'self'` would forbid.
        response.headers["Content-Security-Policy"] = (
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"
        )
        return response


def patterns(authorize: Any) -> list[Any]:
    """The addresses of a provider whose page of leave is `authorize`."""
    return [
        path(
            ".well-known/openid-configuration",
            oauth.ConnectDiscoveryInfoView.as_view(),
            name="oidc-connect-discovery-info",
        ),
        path(".well-known/jwks.json", oauth.JwksInfoView.as_view(), name="jwks-info"),
        path("oauth/authorize", authorize, name="authorize"),
        path("oauth/token", oauth.TokenView.as_view(), name="token"),
        path("oauth/revoke", oauth.RevokeTokenView.as_view(), name="revoke-token"),
        path("oauth/introspect", oauth.IntrospectTokenView.as_view(), name="introspect"),
        path("oauth/userinfo", oauth.UserInfoView.as_view(), name="user-info"),
    ]
