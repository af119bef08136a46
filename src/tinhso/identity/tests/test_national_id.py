"""Citizens sign in over real HTTP: the platform here, the stand-in of the national ID as a process of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as configured
from django.db import connection

from tinhso.identity import services
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Account
from tinhso.kernel.models import Audit

from .conftest import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[4]


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


@pytest.fixture
def national_id(live_server, settings) -> Iterator[str]:
    """The address of the stand-in, started on this test's database and stopped afterwards."""
    port = free_port()
    settings.BASE_URL = live_server.url
    settings.NATIONAL_ID_URL = f"http://localhost:{port}"
    services.register_client(SYSTEM)
    database = connection.settings_dict
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.national_id",
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}",
        "TINHSO_VAR": str(configured.VAR),
        "TINHSO_BASE_URL": live_server.url,
        "TINHSO_NATIONAL_ID_URL": settings.NATIONAL_ID_URL,
        "PYTHONPATH": str(ROOT / "src"),
    }
    granian = str(Path(sys.executable).with_name("granian"))
    command = [granian, "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "tinhso.project.asgi:application"], env=environment)
    try:
        for _attempt in range(150):
            if process.poll() is not None:
                raise RuntimeError("the stand-in did not start")
            try:
                if httpx.get(f"{settings.NATIONAL_ID_URL}/health/live").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.2)
        yield settings.NATIONAL_ID_URL
    finally:
        process.terminate()
        process.wait(15)


@pytest.fixture
def web() -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True, timeout=20) as client:
        yield client


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that asks something (the last but the language's)."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.DOTALL) if "ngon-ngu" not in f)
    found = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', form)
    return {name: unescape(value) for name, value in found}


def type_in(web: httpx.Client, page: httpx.Response, number: str, code: str) -> httpx.Response:
    return web.post(page.url, data=fields(page.text) | {"national_id": number, "code": code})


def test_a_citizen_signs_in_and_comes_back_to_the_page(family, national_id, live_server, web) -> None:
    page = web.get(f"{live_server.url}/dang-nhap/cong-dan", params={"next": "/health/live?den=day"})
    assert page.url.host == "localhost" and page.url.port == int(national_id.rsplit(":", 1)[1])
    assert "Trang này đóng vai VNeID trong bản trình diễn" in page.text
    asked = parse_qs(urlsplit(parse_qs(page.url.query.decode())["next"][0]).query)
    assert asked["code_challenge_method"] == ["S256"] and asked["response_type"] == ["code"]

    wrong = type_in(web, page, family.mother.national_id, "000000")
    assert wrong.status_code == 422 and family.mother.national_id in wrong.text
    consent = type_in(web, wrong, family.mother.national_id, services.DEMO_CODE)
    assert "Trần Thị Hoa" in consent.text and "Số định danh cá nhân" in consent.text
    back = web.post(consent.url, data=fields(consent.text) | {"allow": "true"})
    assert (str(back.url), back.text) == (f"{live_server.url}/health/live?den=day", "ok\n")

    account = Account.objects.get(person=family.mother.id)
    sign_in = Audit.objects.get(action="identity.sign-in")
    assert (sign_in.subject, sign_in.data["assurance"]) == (f"account:{account.id}", 2)
    assert not SocialAccount.objects.exists()  # what the provider told is not kept

    # the second time the provider remembers both the citizen and the leave given
    web.cookies.delete("sessionid")
    again = web.get(f"{live_server.url}/dang-nhap/cong-dan", params={"next": "/health/live"})
    assert str(again.url) == f"{live_server.url}/health/live"
    assert Account.objects.filter(person=family.mother.id).count() == 1


def test_a_citizen_who_says_no_is_back_at_the_sign_in_page(family, national_id, live_server, web) -> None:
    page = web.get(f"{live_server.url}/dang-nhap/cong-dan")
    consent = type_in(web, page, family.father.national_id, services.DEMO_CODE)
    back = web.post(consent.url, data=fields(consent.text))
    assert back.url.path == "/dang-nhap" and "đã dừng đăng nhập" in back.text
    assert not Audit.objects.filter(action="identity.sign-in").exists()


def test_the_stand_in_knows_nobody_real_and_counts_wrong_codes(family, national_id, web) -> None:
    services.register_person(SYSTEM, NewPerson("Người Có Thật", "034199999009"))
    page = web.get(f"{national_id}/dang-nhap")
    assert type_in(web, page, "034199999009", services.DEMO_CODE).status_code == 422
    for _n in range(5):
        answer = type_in(web, page, family.mother.national_id, "111111")
    assert "không đúng" in answer.text
    assert "quá nhiều lần" in type_in(web, page, family.mother.national_id, services.DEMO_CODE).text


def test_a_code_from_another_session_signs_nobody_in(family, national_id, live_server, web) -> None:
    """Login forgery: the answer of the provider counts only in the browser that asked."""
    web.follow_redirects = False
    page = web.get(f"{live_server.url}/dang-nhap/cong-dan")
    while page.is_redirect:
        page = web.get(page.next_request.url)
    page = type_in(web, page, family.mother.national_id, services.DEMO_CODE)
    while page.is_redirect:
        page = web.get(page.next_request.url)
    answer = web.post(page.url, data=fields(page.text) | {"allow": "true"})
    stolen = answer.headers["Location"]
    assert "/dang-nhap/national-id/ve?code=" in stolen.replace("&", "?") or "code=" in stolen
    with httpx.Client(follow_redirects=True) as victim:
        assert victim.get(stolen).url.path == "/dang-nhap"
    assert not Audit.objects.filter(action="identity.sign-in").exists()


def test_when_the_provider_is_away_the_page_says_so(live_server, settings, web) -> None:
    settings.NATIONAL_ID_URL = f"http://localhost:{free_port()}"
    page = web.get(f"{live_server.url}/dang-nhap/cong-dan")
    assert page.url.path == "/dang-nhap" and "chưa trả lời" in page.text


def test_discovery_names_where_things_are_and_its_keys_check_the_token(national_id, web) -> None:
    found = web.get(f"{national_id}/.well-known/openid-configuration").json()
    assert found["issuer"] == national_id
    assert found["code_challenge_methods_supported"]
    keys = web.get(found["jwks_uri"]).json()["keys"]
    assert [key["kty"] for key in keys] == ["RSA"]


def test_the_platform_is_a_provider_too(live_server, web) -> None:
    found = web.get(f"{live_server.url}/.well-known/openid-configuration").json()
    assert set(found["scopes_supported"]) == {"openid", "profile", "agency", "role"}
    assert found["authorization_endpoint"].endswith("/oauth/authorize")
