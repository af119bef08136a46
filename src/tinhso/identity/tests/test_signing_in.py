"""Officers sign in with a password and a second factor, which they must have."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tinhso.identity import queries, services
from tinhso.identity.models import Account
from tinhso.identity.web import ActorMiddleware
from tinhso.kernel.errors import Forbidden
from tinhso.kernel.models import Audit

from .conftest import PASSWORD, SYSTEM, make_agency, make_post

pytestmark = pytest.mark.django_db


def code(secret: str) -> str:
    """What an authenticator app shows now: the middle of the three counters that are accepted."""
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def sign_in(client: Client, username: str = "mot-cua", password: str = PASSWORD, **extra: str):
    return client.post("/dang-nhap", {"login": username, "password": password, **extra})


def actor(client: Client):
    """Who the platform takes the client for."""
    seen = []

    def view(request):
        seen.append(request.actor)

    request = HttpRequest()
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    request.session = client.session
    ActorMiddleware(view)(request)  # type: ignore[arg-type]
    return seen[0]


def set_up(client: Client) -> str:
    """Scan the QR code and type the first code; returns the secret."""
    page = client.get("/dang-nhap/hai-lop").content.decode()
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    done = client.post("/dang-nhap/hai-lop", {"code": code(secret)})
    assert (done.status_code, done["Location"]) == (302, "/dang-nhap/ma-du-phong")
    return secret


def test_an_officer_without_a_second_factor_is_led_to_set_it_up(desk, client) -> None:
    answer = sign_in(client, next="/desk/cong-viec")
    assert answer["Location"] == "/dang-nhap/hai-lop"
    assert actor(client).assurance == 1  # every officer's door asks for 2
    assert client.get("/dang-nhap?next=/desk")["Location"] == "/dang-nhap/hai-lop"
    set_up(client)
    assert actor(client).assurance == 2
    codes = client.get("/dang-nhap/ma-du-phong").content.decode()
    assert len(re.findall(r"<li><code>\w+</code></li>", codes)) == 10
    assert client.get("/dang-nhap/hai-lop/xong")["Location"] == "/desk"


def test_the_next_sign_in_asks_for_the_code_and_goes_where_it_should(desk) -> None:
    first, second = Client(), Client()
    sign_in(first)
    secret = set_up(first)
    cache.clear()  # the code just used would be refused as a replay
    assert sign_in(second, next="/desk/cong-viec")["Location"].startswith("/dang-nhap/ma")
    assert actor(second).is_anonymous
    wrong = second.post("/dang-nhap/ma", {"code": "000000"})
    assert "Mã không đúng" in wrong.content.decode()
    assert second.post("/dang-nhap/ma", {"code": code(secret)})["Location"] == "/desk/cong-viec"
    me = actor(second)
    assert (me.assurance, me.post, me.roles, me.name) == (2, desk.post.id, {"one-stop"}, "Phạm Thị Lan")
    assert me.may("case.receive") and not me.may("case.approve")


def test_a_code_works_once(desk) -> None:
    first, second, third = Client(), Client(), Client()
    sign_in(first)
    secret = set_up(first)
    cache.clear()
    used = code(secret)
    sign_in(second)
    assert second.post("/dang-nhap/ma", {"code": used}).status_code == 302
    sign_in(third)
    assert "đã dùng" in third.post("/dang-nhap/ma", {"code": used}).content.decode()


def test_the_second_factor_stands_sealed(desk, client) -> None:
    sign_in(client)
    secret = set_up(client)
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in str(stored)


def test_wrong_passwords_are_counted_and_then_refused(desk) -> None:
    for _n in range(5):
        assert "không đúng" in sign_in(Client(), password="sai-mat-khau").content.decode()
    assert "quá nhiều lần" in sign_in(Client()).content.decode()


def test_a_rejected_form_keeps_the_name_and_never_the_password(desk, client) -> None:
    page = sign_in(client, password="sai-mat-khau").content.decode()
    assert 'value="mot-cua"' in page and "sai-mat-khau" not in page


def test_a_session_known_beforehand_is_worth_nothing_afterwards(desk, client) -> None:
    """Session fixation: the key changes at sign-in, and the old one opens nothing."""
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    sign_in(client)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert actor(thief).is_anonymous


def test_a_changed_password_or_a_closed_account_ends_sessions(desk, client) -> None:
    sign_in(client)
    assert not actor(client).is_anonymous
    account = Account.objects.get(id=desk.account.id)
    account.set_password("mot-mat-khau-khac")
    account.save()
    assert actor(client).is_anonymous
    other = Client()
    sign_in(other, password="mot-mat-khau-khac")
    assert not actor(other).is_anonymous
    services.close_account(SYSTEM, account.id)
    assert actor(other).is_anonymous
    assert sign_in(Client(), password="mot-mat-khau-khac").status_code != 302


def test_a_post_taken_away_is_gone_with_the_next_request(desk, client) -> None:
    from tinhso.identity.models import Assignment

    sign_in(client)
    assert actor(client).is_officer
    services.end_assignment(SYSTEM, Assignment.objects.get().id)
    assert not actor(client).is_officer


def test_who_sits_in_two_posts_chooses_and_a_delegation_counts(desk, client) -> None:
    other = make_post(make_agency("H31.998", "Ủy ban nhân dân phường Trần Lãm", "12454"), "chair", ["chair"])
    until = timezone.localdate() + timedelta(days=2)
    services.delegate(SYSTEM, other.id, desk.account.id, until=until, basis="QĐ 5/QĐ-UBND")
    sign_in(client)
    assert client.post("/dang-nhap/vi-tri", {"post": str(other.id)}).status_code == 302
    assert (actor(client).post, actor(client).unit) == (other.id, "12454")
    assert client.post("/dang-nhap/vi-tri", {"post": str(make_post(desk.agency, "x", []).id)}).status_code == 404


def test_the_actor_costs_no_query_for_nobody_and_two_for_an_officer_of_any_number_of_posts(desk, client) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert actor_cost(Client()) is None
    assert len(captured) == 0
    sign_in(client)
    costs = []
    for n in range(3):
        with CaptureQueriesContext(connection) as captured:
            actor_cost(client)
        costs.append(len(captured))
        post = make_post(desk.agency, f"more-{n}", ["clerk"])
        services.assign(SYSTEM, desk.account.id, post.id)
    assert costs == [2, 2, 2]  # the session, and the account


def actor_cost(client: Client) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    request = HttpRequest()
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    request.session = SessionStore(request.COOKIES.get("sessionid"))  # type: ignore[attr-defined]
    ActorMiddleware(lambda request: None)(request)  # type: ignore[arg-type, return-value]


def test_demonstration_codes_are_for_demonstration_accounts_only(desk, client) -> None:
    services.open_demo_account(SYSTEM, "demo-mot-cua", "Cán bộ trình diễn")
    assert services.open_demo_account(SYSTEM, "demo-mot-cua", "Cán bộ trình diễn")
    assert sign_in(client, "demo-mot-cua", services.DEMO_PASSWORD)["Location"].startswith("/dang-nhap/ma")
    answer = client.post("/dang-nhap/ma", {"code": services.demo_totp_code("demo-mot-cua")})
    assert answer["Location"] == "/desk"
    with pytest.raises(Forbidden):
        services.demo_totp_code("mot-cua")


def test_many_demonstration_accounts_get_their_second_factor_at_the_first_sign_in(desk, client) -> None:
    post = make_post(desk.agency, "chair", ["chair"])
    assert services.open_demo_accounts(SYSTEM, [("demo-chu-tich", "Chủ tịch trình diễn", post.id)]) == 1
    assert services.open_demo_accounts(SYSTEM, [("demo-chu-tich", "Chủ tịch trình diễn", post.id)]) == 0
    assert sign_in(client, "demo-chu-tich", services.DEMO_PASSWORD)["Location"].startswith("/dang-nhap/ma")
    assert client.post("/dang-nhap/ma", {"code": services.demo_totp_code("demo-chu-tich")}).status_code == 302
    assert [example.role for example in queries.sign_in_examples()] == ["chair"]


def test_a_sign_in_is_audited(desk, client) -> None:
    sign_in(client)
    assert Audit.objects.filter(action="identity.sign-in", subject=f"account:{desk.account.id}").count() == 1


@pytest.mark.parametrize("next_", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(desk, client, next_: str) -> None:
    sign_in(client, next=next_)
    set_up(client)
    assert client.get("/dang-nhap/hai-lop/xong")["Location"] == "/desk"


def test_signing_out_needs_a_click_and_ends_the_session(desk, client) -> None:
    sign_in(client)
    client.get("/dang-xuat")
    assert not actor(client).is_anonymous
    assert client.post("/dang-xuat")["Location"] == "/"
    assert actor(client).is_anonymous
