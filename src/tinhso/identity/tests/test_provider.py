"""The platform as an OpenID Connect provider: another application of the province learns who works where."""

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from jwcrypto import jwk, jwt
from oauth2_provider.models import Application

from tinhso.identity.models import Account

from .conftest import PASSWORD
from .test_signing_in import set_up, sign_in

pytestmark = pytest.mark.django_db
BACK = "https://ung-dung.example/ve"
VERIFIER = "k" * 64


@pytest.fixture
def application(desk) -> Application:
    return Application.objects.create(
        client_id="lich-hop",
        name="Lịch họp",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=BACK,
        algorithm=Application.RS256_ALGORITHM,
    )


def ask(scope: str = "openid profile agency role", **changes: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": "lich-hop", "redirect_uri": BACK, "response_type": "code", "scope": scope, "state": "s1"}
    return asked | {"code_challenge": challenge, "code_challenge_method": "S256", "nonce": "n1"} | changes


def agree(client: Client, scope: str) -> str:
    """Say yes on the page of leave, unless that leave still stands; returns the code."""
    answer = client.get("/oauth/authorize", ask(scope))
    if answer.status_code == 200:
        assert "Lịch họp muốn biết" in answer.content.decode()
        answer = client.post("/oauth/authorize", ask(scope) | {"allow": "true"})
    assert answer["Location"].startswith(BACK)
    found = parse_qs(urlsplit(answer["Location"]).query)
    assert found["state"] == ["s1"]
    return found["code"][0]


def tokens(code: str, **changes: str) -> dict:
    asked = {"grant_type": "authorization_code", "code": code, "client_id": "lich-hop", "redirect_uri": BACK}
    return Client().post("/oauth/token", asked | {"code_verifier": VERIFIER} | changes).json()


def claims(id_token: str) -> dict:
    """The claims, with the signature checked against the published keys."""
    keys = jwk.JWKSet.from_json(Client().get("/.well-known/jwks.json").content)
    return json.loads(jwt.JWT(jwt=id_token, key=keys, algs=["RS256"]).claims)


def test_an_application_learns_name_agency_and_roles_under_their_scopes(desk, client, application) -> None:
    sign_in(client)
    set_up(client)
    found = claims(tokens(agree(client, "openid profile agency role"))["id_token"])
    assert (found["name"], found["agency"], found["roles"], found["nonce"]) == (
        "Phạm Thị Lan", "Ủy ban nhân dân phường Thái Bình", ["one-stop"], "n1",
    )  # fmt: skip
    less = claims(tokens(agree(client, "openid"))["id_token"])
    assert less["sub"] == found["sub"] and not {"name", "agency", "roles"} & set(less)
    assert str(Account.objects.get(id=desk.account.id).id) not in less["sub"]


def test_who_is_only_half_signed_in_gives_no_leave(desk, client, application) -> None:
    sign_in(client, password=PASSWORD)
    answer = client.get("/oauth/authorize", ask())
    assert answer.status_code == 302 and answer["Location"].startswith("/dang-nhap")


def test_a_code_without_its_verifier_or_for_another_address_is_worth_nothing(desk, client, application) -> None:
    sign_in(client)
    set_up(client)
    assert tokens(agree(client, "openid"), code_verifier="x" * 64)["error"] == "invalid_grant"
    refused = client.get("/oauth/authorize", ask(redirect_uri="https://ke-gian.example/ve"))
    assert refused.status_code == 400 and "không hợp lệ" in refused.content.decode()
    unprotected = client.get("/oauth/authorize", {k: v for k, v in ask().items() if "challenge" not in k})
    assert "error=invalid_request" in unprotected.get("Location", "") or unprotected.status_code == 400
