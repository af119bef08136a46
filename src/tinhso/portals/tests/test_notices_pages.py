"""The pages of notices: the list, one letter, how they come; for citizens, officers and the administrator."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from tinhso.identity import services as identity
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.ids import uuid7
from tinhso.notices import queries, sealed, services
from tinhso.notices.models import Address, Sending, Ways
from tinhso.portals.live import may_hear

from .citizen_site import SYSTEM, Citizen, citizen, commune, couple
from .people import browser_of

CODE = "H31.201-261125-0001"


@pytest.fixture
def place(db: None) -> Any:
    return commune()


@pytest.fixture
def hoa(place: Any) -> Citizen:
    return couple()


def facts(**more: Any) -> dict[str, Any]:
    words = {"vi": "Đăng ký khai sinh", "en": "Birth registration"}
    agency = {"vi": "Ủy ban nhân dân phường Thái Bình", "en": "Thái Bình Ward"}
    return {
        "code": CODE, "agency": agency, "due": "2026-11-26T02:00:00+00:00", "submitted": "2026-11-25T02:00:00+00:00",
        "procedure": words, "applicant": "Trần Thị Hoa", "matter": "", "note": "Ảnh mờ", "ground": "", "amount": None,
    } | more  # fmt: skip


def tell(one: Citizen, template: str = "one-stop.submitted", subject: str = "case:" + str(uuid4())) -> None:
    with transaction.atomic():
        services.tell(one.person, template, subject=subject, data=facts(), once=str(uuid7()))


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_header_counts_what_is_new_and_the_list_opens_it(hoa) -> None:
    assert "ts-bell__count" not in text(hoa.browser.get("/"))
    assert "Chưa có thông báo" in text(hoa.browser.get("/toi/thong-bao"))
    tell(hoa)
    tell(hoa, "one-stop.supplement-asked")
    assert "(2 thông báo mới)" in text(hoa.browser.get("/"))
    page = text(hoa.browser.get("/toi/thong-bao"))
    assert f"Hồ sơ {CODE} cần bổ sung" in page and f'data-live="person:{hoa.person}"' in page
    key = queries.notices(hoa.actor).notices[0].id
    letter = text(hoa.browser.get(f"/toi/thong-bao/{key}"))
    assert "Ảnh mờ" in letter and "Đăng ký khai sinh" in letter and "/ho-so/" in letter
    assert "(1 thông báo mới)" in text(hoa.browser.get("/thong-bao/moi"))
    assert hoa.browser.post("/toi/thong-bao/da-doc").status_code == 302
    assert "ts-bell__count" not in text(hoa.browser.get("/"))


def test_it_is_read_in_english_too(hoa) -> None:
    tell(hoa)
    hoa.browser.cookies["lang"] = "en"
    assert f"Application {CODE} received" in text(hoa.browser.get("/toi/thong-bao"))


def test_strangers_have_no_bell_and_no_list(hoa) -> None:
    stranger = Client()
    assert "ts-bell" not in text(stranger.get("/"))
    for address in ("/toi/thong-bao", "/toi/cach-nhan", "/desk/thong-bao"):
        assert stranger.get(address).status_code == 302
    tell(hoa)
    key = queries.notices(hoa.actor).notices[0].id
    other = citizen("Lê Thị Mai", "034195999009")
    assert other.browser.get(f"/toi/thong-bao/{key}").status_code == 404
    assert other.browser.get("/toi/thong-bao?after=x").status_code == 404


def test_what_moves_is_heard_by_its_reader_alone(hoa) -> None:
    assert may_hear(hoa.actor, f"person:{hoa.person}")
    assert not may_hear(hoa.actor, f"person:{uuid4()}")
    officer = Actor(account=uuid4(), post=uuid4(), assurance=2)
    assert may_hear(officer, f"account:{officer.account}")
    assert not may_hear(officer, f"account:{uuid4()}")


def test_an_address_is_chosen_proved_and_dropped(hoa, settings) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"
    page = text(hoa.browser.get("/toi/cach-nhan"))
    assert "Tin nhắn SMS" in page and "Thư điện tử" in page
    bad = hoa.post("/toi/cach-nhan/them", {"channel": "mail", "address": "hoa@"})
    assert bad.status_code == 422 and 'value="hoa@"' in text(bad) and "ten@vidu.vn" in text(bad)
    assert hoa.post("/toi/cach-nhan/them", {"channel": "sms", "address": "0912 345 678"}).status_code == 302
    assert "Chờ xác nhận" in text(hoa.browser.get("/toi/cach-nhan"))
    row = Address.objects.get()
    wrong = hoa.post(f"/toi/cach-nhan/{row.pk}/ma", {"code": "12"})
    assert wrong.status_code == 422 and 'value="12"' in text(wrong) and "Mã chưa đúng" in text(wrong)
    hoa.post(f"/toi/cach-nhan/{row.pk}/ma", {"code": sealed.held(row)["code"]})
    assert "Đang nhận" in text(hoa.browser.get("/toi/cach-nhan"))
    assert "Tin nhắn SMS" in text(hoa.browser.get("/toi"))  # among the consents
    other = citizen("Lê Thị Mai", "034195999009")
    assert other.post(f"/toi/cach-nhan/{row.pk}/bo", {}).status_code == 404
    assert hoa.post(f"/toi/cach-nhan/{row.pk}/bo", {}).status_code == 302
    assert not Address.objects.exists()


def test_quiet_hours_and_language_are_kept(hoa) -> None:
    given = {"language": "en", "quiet_from": "21:00", "quiet_until": "06:00"}
    assert hoa.post("/toi/cach-nhan", given).status_code == 302
    kept = Ways.objects.get()
    assert (kept.language, f"{kept.quiet_from:%H:%M}", f"{kept.quiet_until:%H:%M}") == ("en", "21:00", "06:00")
    half = hoa.post("/toi/cach-nhan", given | {"quiet_until": ""})
    assert half.status_code == 422 and "cả giờ bắt đầu" in text(half)
    assert hoa.post("/toi/cach-nhan", given | {"quiet_from": "25:99"}).status_code == 422


def test_a_device_that_is_none_is_refused(hoa) -> None:
    evil = json.dumps({"endpoint": "http://10.0.0.1/", "keys": {"p256dh": "x", "auth": "y"}})
    assert hoa.browser.post("/toi/cach-nhan/thiet-bi", {"subscription": evil, "label": "x"}).status_code == 422
    assert not Address.objects.exists()


def test_officers_have_the_same_at_the_desk(place) -> None:
    officer = place.officers["one-stop"]
    browser = browser_of(officer.account)
    with transaction.atomic():
        services.tell_officer(officer.account, "one-stop.assigned", subject=f"case:{uuid4()}", data=facts(), once="1")
    page = text(browser.get("/desk/thong-bao"))
    assert f"Được giao hồ sơ {CODE}" in page and "(1 thông báo mới)" in page
    key = queries.notices(officer).notices[0].id
    assert "/desk/ho-so/" in text(browser.get(f"/desk/thong-bao/{key}"))
    assert "mỗi sáng một thư" in text(browser.get("/desk/cach-nhan"))
    assert "Tin nhắn SMS" not in text(browser.get("/desk/cach-nhan"))
    assert browser.post("/desk/cach-nhan", {"language": "vi", "digest": "yes"}).status_code == 302
    assert Ways.objects.get().digest


def test_the_administrator_sees_what_could_not_be_sent_and_sends_it_again(hoa, settings) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/"
    hoa.post("/toi/cach-nhan/them", {"channel": "sms", "address": "0912 345 678"})
    row = Address.objects.get()
    services.confirm_code(hoa.actor, row.pk, sealed.held(row)["code"])
    tell(hoa)
    for _attempt in range(6):
        services.send(Sending.objects.get().pk)
    admin = browser_of(_admin())
    page = text(admin.get("/admin/thong-bao"))
    assert "one-stop.submitted" in page and "ConnectionError" in page and "912345678" not in page
    assert admin.post(f"/admin/thong-bao/{Sending.objects.get().pk}/gui-lai").status_code == 302
    assert Sending.objects.get().state == "waiting"
    assert "Không có lần gửi nào hỏng" in text(admin.get("/admin/thong-bao"))
    assert hoa.browser.get("/admin/thong-bao").status_code in {302, 403}


def _admin() -> Any:
    from datetime import date

    from django.db.backends.postgresql.psycopg_any import DateRange

    from tinhso.identity.models import Agency, Post

    agency = Agency.objects.first()
    post = Post.objects.create(
        agency=agency, key="it", title="Quản trị", roles=["admin"], valid=DateRange(date(2025, 7, 1), None)
    )
    account = identity.open_demo_account(SYSTEM, "quan-tri", "Quản trị")
    identity.assign(SYSTEM, account, post.id)
    return account


def test_texts_of_the_pack_are_sound() -> None:
    from .citizen_site import PACKS

    assert packs.check(packs.read([PACKS / "one-stop"])) == []
