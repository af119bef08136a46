"""The pages of payments: what a payer reads and scans, what the accountant does, and who sees neither."""

import io
import re
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image
from pyzbar.pyzbar import decode

from tinhso.kernel.actor import Actor
from tinhso.payments import queries, services
from tinhso.payments.models import Order, Payment, Refund
from tinhso.payments.tests.conftest import (  # noqa: F401  fixtures
    Office,
    _fresh,
    ask,
    citizen,
    credit,
    neighbour,
    office,
    offices,
    tell,
)

from .people import browser_of


def browser(actor: Actor) -> Client:
    assert actor.account is not None
    return browser_of(actor.account)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_payer_scans_a_code_that_says_what_the_page_says(office: Office, citizen: Actor) -> None:  # noqa: F811
    order = ask(office, citizen)
    page = browser(citizen).get(f"/nop-phi/{order.id}")
    assert page.status_code == 200
    picture = re.search(r'<img src="(/nop-phi/[^"?]+)', page.content.decode())
    assert picture
    answer = browser(citizen).get(picture[1])
    assert answer["Content-Type"] == "image/png"
    (found,) = decode(Image.open(io.BytesIO(answer.content)))
    assert found.data.decode() == next(way.qr for way in queries.ways(order) if way.qr)
    words = text_of(page)
    for said in ("16.000", order.code, "9990000003301", "Phường Thái Bình".lower()):
        assert said in words.lower() or said in words
    saved = browser(citizen).get(picture[1] + "?tai=1")
    assert "attachment" in saved["Content-Disposition"]


def test_a_part_that_came_is_told_and_the_code_asks_for_the_rest(office: Office, citizen: Actor) -> None:  # noqa: F811
    order = ask(office, citizen)
    tell(credit(order.code, 6_000))
    words = text_of(browser(citizen).get(f"/nop-phi/{order.id}/tinh-hinh"))
    assert "10.000" in words
    assert "Nộp thiếu" in words
    assert "540510000" in next(way.qr for way in queries.ways(queries.order(order.id)) if way.qr)


def test_paid_the_page_has_no_code_any_more(office: Office, citizen: Actor) -> None:  # noqa: F811
    order = ask(office, citizen)
    tell(credit(order.code))
    page = browser(citizen).get(f"/nop-phi/{order.id}")
    assert "Đã nhận đủ tiền" in text_of(page)
    assert "ts-pay__code" not in page.content.decode()
    assert browser(citizen).get(f"/nop-phi/{order.id}/ma/stand-in-bank.png").status_code == 404
    assert browser(citizen).get(f"/nop-phi/{order.id}/bien-lai").status_code == 200


def test_called_off_it_says_not_to_pay(office: Office, citizen: Actor) -> None:  # noqa: F811
    order = ask(office, citizen, subject="thing:1")
    services.cancel(_system(), "thing:1")
    assert "không còn phải nộp" in text_of(browser(citizen).get(f"/nop-phi/{order.id}"))


def test_without_an_account_the_counter_is_named(office: Office, citizen: Actor, settings) -> None:  # noqa: F811
    settings.PAYMENT_PROVIDERS = {}
    order = ask(office, citizen)
    words = text_of(browser(citizen).get(f"/nop-phi/{order.id}"))
    assert "quầy một cửa" in words
    assert order.code in words


def test_strangers_find_nothing(office: Office, neighbour: Office, citizen: Actor) -> None:  # noqa: F811
    order = ask(office)
    tell(credit(order.code, 20_000))
    money = Payment.objects.get()
    key = services.ask_refund(office.at("accountant"), money.pk, 1, "x")
    for at in (f"/nop-phi/{order.id}", f"/nop-phi/{order.id}/tinh-hinh", f"/nop-phi/{order.id}/ma/stand-in-bank.png"):
        assert browser(citizen).get(at).status_code == 404
        assert Client().get(at).status_code == 302
    desk = [
        f"/desk/thu-phi/khoan-thu/{order.id}", f"/desk/thu-phi/tien-den/{money.pk}", f"/desk/thu-phi/hoan-tra/{key}",
        f"/desk/thu-phi/khoan-thu/{order.id}/bien-lai",
    ]  # fmt: skip
    for at in desk:
        assert browser(neighbour.at("accountant")).get(at).status_code == 404
        assert browser(neighbour.at("accountant")).post(at).status_code == 404
        assert browser(citizen).get(at).status_code == 403
    lists = ["", "/tien-den", "/khoan-thu", "/hoan-tra", "/tin-bao", "/cuoi-ngay"]
    for at in lists:
        answer = browser(neighbour.at("accountant")).get(f"/desk/thu-phi{at}")
        assert answer.status_code == 200
        assert order.code not in answer.content.decode()


def test_the_counter_s_form_comes_back_filled_in_and_takes_once(office: Office) -> None:  # noqa: F811
    order = ask(office)
    till = browser(office.at("one-stop"))
    at = f"/desk/thu-phi/khoan-thu/{order.id}"
    wrong = till.post(at, {"amount": "99.999", "method": "card", "_key": "k1"})
    assert wrong.status_code == 422
    assert 'value="99.999"' in wrong.content.decode()
    for _ in range(2):
        assert till.post(at, {"amount": "16.000", "method": "card", "_key": "k2"}).status_code == 302
    assert Payment.objects.get().method == "card"
    assert "Ghi đã thu" not in text_of(till.get(at))
    assert "Ghi đã thu" not in text_of(browser(office.at("chair")).get(at))


def test_the_accountant_s_day(office: Office) -> None:  # noqa: F811
    order = ask(office)
    tell(credit(order.code, 20_000))
    money = Payment.objects.get()
    keeper, chair = browser(office.at("accountant")), browser(office.at("chair"))
    at = f"/desk/thu-phi/tien-den/{money.pk}"
    assert 'value="4000"' in keeper.get(at).content.decode(), "what is too much is offered"
    lacking = keeper.post(at, {"act": "refund", "amount": "4.000", "reason": ""})
    assert lacking.status_code == 422
    assert 'value="4.000"' in lacking.content.decode()
    assert keeper.post(at, {"act": "refund", "amount": "4.000", "reason": "Thừa"}).status_code == 302
    key: UUID = Refund.objects.get().pk
    own = keeper.get(f"/desk/thu-phi/hoan-tra/{key}")
    assert "người khác phải duyệt" in text_of(own)
    assert "Duyệt hoàn trả" not in text_of(own)
    assert chair.post(f"/desk/thu-phi/hoan-tra/{key}", {"act": "refuse", "why": ""}).status_code == 422
    assert chair.post(f"/desk/thu-phi/hoan-tra/{key}", {"act": "approve"}).status_code == 302
    again = chair.post(f"/desk/thu-phi/hoan-tra/{key}", {"act": "approve"}, follow=True)
    assert "Đã có quyết định" in text_of(again)
    page = keeper.get("/desk/thu-phi/cuoi-ngay")
    assert "Sổ kép cân" in text_of(page)
    assert keeper.get("/desk/thu-phi/cuoi-ngay?ngay=32/13/2026").status_code == 422
    table = keeper.get("/desk/thu-phi/cuoi-ngay.csv")
    assert table.content.decode("utf-8-sig").splitlines()[0].startswith("Ngày,Cơ quan")
    assert Order.objects.get().state == "paid"


def test_a_list_asks_no_more_of_the_database_the_longer_it_is(
    office: Office,  # noqa: F811
    django_assert_max_num_queries,
) -> None:
    for _ in range(12):
        tell(credit(ask(office).code, 20_000))
    for at in ("", "/tien-den", "/khoan-thu"):
        with django_assert_max_num_queries(14):
            assert browser(office.at("accountant")).get(f"/desk/thu-phi{at}").status_code == 200


@pytest.mark.parametrize("cursor", ["nonsense", "0"])
def test_a_cursor_that_is_none_is_not_found(office: Office, cursor: str) -> None:  # noqa: F811
    for at in ("", "/tien-den", "/khoan-thu", "/hoan-tra", "/tin-bao"):
        assert browser(office.at("accountant")).get(f"/desk/thu-phi{at}?after={cursor}").status_code == 404


def _system() -> Actor:
    from tinhso.kernel.actor import system

    return system("tests")
