"""Forms beyond plain questions, without script: rows, computed values, conditions, co-signers, the store."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tinhso.cases import queries, services
from tinhso.documents.testing import trust_running

from .citizen_site import Citizen, Commune, citizen, commune, couple, photograph
from .reading import text
from .together import STALL, certificate_of, husband_of, officer_browser, publish

ROWS = {"goods.0.what": "Rau", "goods.0.quantity": "20", "goods.0.price": "30.000"}


@pytest.fixture(scope="module")
def trust() -> Any:
    with trust_running() as root:
        yield root


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Path) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    office = commune()
    publish(tmp_path / "packs")
    return office


@pytest.fixture
def wife(office: Commune) -> Citizen:
    return couple()


def draft_of(who: Citizen, address: str) -> Any:
    return queries.draft(who.actor, UUID(address.split("/")[3]))


def test_an_answer_opens_the_question_that_hangs_on_it(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    first = wife.browser.get(f"{draft}/1")
    assert "kitchen" not in first.content.decode()
    again = wife.post(f"{draft}/1", {"field": ["stall", "food"], "stall": "Quầy Hoa", "food": "true"})
    assert again["Location"] == f"{draft}/1" and "kitchen" in wife.browser.get(f"{draft}/1").content.decode()
    on = wife.post(
        f"{draft}/1", {"field": ["stall", "food", "kitchen"], "stall": "Quầy Hoa", "food": "true", "kitchen": "Sân"}
    )
    assert on["Location"] == f"{draft}/2"


def test_the_page_asks_the_server_what_is_asked_now_and_loses_nothing(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    wife.browser.get(f"{draft}/1")
    live = {"HTTP_X_LIVE": "1"}
    posted = {"field": ["stall", "food"], "stall": "Quầy Hoa", "food": "true"}
    answer = wife.browser.post(f"{draft}/1", posted, **live)
    assert answer.status_code == 200 and 'data-field="kitchen"' in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert answer["X-Revision"] == draft_of(wife, draft).saved_at.isoformat()
    back = wife.browser.post(f"{draft}/1", {"field": ["stall", "food"], "stall": "Quầy Hoa"}, **live)
    assert 'data-field="kitchen"' not in back.content.decode()


def test_rows_are_added_and_dropped_without_script(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    wife.post(f"{draft}/1", {"stall": "Quầy"})
    page = wife.browser.get(f"{draft}/2").content.decode()
    assert "goods.0.what" in page and "goods.1.what" not in page
    page = wife.post(f"{draft}/2", ROWS | {"rows": "goods.add"}).content.decode()
    assert "goods.1.what" in page and 'value="Rau"' in page and "600.000" in page
    two = ROWS | {"goods.1.what": "Cá", "goods.1.quantity": "1", "goods.1.price": "5"}
    page = wife.post(f"{draft}/2", two | {"rows": "goods.drop.0"}).content.decode()
    assert 'value="Cá"' in page and 'value="Rau"' not in page
    assert [row["what"] for row in draft_of(wife, draft).raw["goods"]] == ["Cá"]


def test_a_wrong_cell_comes_back_with_its_reason_and_everything_typed(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    wife.post(f"{draft}/1", {"stall": "Quầy"})
    page = wife.post(f"{draft}/2", ROWS | {"goods.0.quantity": "nhiều"})
    assert page.status_code == 422
    shown = page.content.decode()
    assert 'value="nhiều"' in shown and "Xin nhập một số" in shown and 'value="30.000"' in shown


def test_the_whole_form_is_one_page_and_leads_to_the_papers(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    page = wife.browser.get(f"{draft}/0")
    for words in ("Quầy", "Hàng hóa", "Tên quầy", "Tổng giá trị"):
        assert words in text(page)
    on = wife.post(f"{draft}/0", {"field": ["stall", "food", "goods"], "stall": "Quầy"} | ROWS)
    assert on["Location"] == f"{draft}/giay-to/certificate"
    assert queries.draft(wife.actor, draft_of(wife, draft).id).raw["total"] == "600000"


def test_what_was_typed_without_a_network_does_not_overwrite_what_changed_meanwhile(wife: Citizen) -> None:
    draft = wife.begin(STALL)
    known = draft_of(wife, draft).saved_at.isoformat()
    wife.post(f"{draft}/1", {"stall": "Trên máy khác"})
    late = {"HTTP_X_LIVE": "1", "HTTP_X_REVISION": known}
    answer = wife.browser.post(f"{draft}/0", {"field": ["stall"], "stall": "Khi mất mạng"}, **late)
    assert answer.status_code == 409 and draft_of(wife, draft).raw["stall"] == "Trên máy khác"
    mine = late | {"HTTP_X_REVISION": answer["X-Revision"]}
    assert wife.browser.post(f"{draft}/0", {"field": ["stall"], "stall": "Bản của tôi"}, **mine).status_code == 200
    assert draft_of(wife, draft).raw["stall"] == "Bản của tôi"


@pytest.fixture
def ready(wife: Citizen, office: Commune, trust: Any) -> str:
    """A draft with everything but the husband's word; its paper is taken from the store."""
    certificate = certificate_of(wife, office)
    draft = wife.begin(STALL)
    wife.post(f"{draft}/1", {"stall": "Quầy Hoa"})
    wife.post(f"{draft}/2", ROWS)
    page = wife.browser.get(f"{draft}/giay-to/certificate")
    assert "Ông/Bà đã có giấy tờ này" in text(page)
    on = wife.post(f"{draft}/giay-to/certificate", {"document": str(certificate)})
    assert on["Location"] == f"{draft}/kiem-tra"
    return draft


def test_a_couple_hands_in_together(ready: str, wife: Citizen, office: Commune) -> None:
    check = wife.browser.get(f"{ready}/kiem-tra")
    assert "Chưa mời" in text(check) and "Nộp hồ sơ" not in re.findall(r"<button[^>]*>([^<]+)<", check.content.decode())
    wife.post(f"{ready}/kiem-tra", {"invite": "1"})
    assert "Đang chờ đồng ý" in text(wife.browser.get(f"{ready}/kiem-tra"))
    refused = wife.post(f"{ready}/kiem-tra", {})
    assert refused.status_code == 422 and "Còn chờ Nguyễn Văn Đức đồng ý" in text(refused)
    husband = husband_of(wife)
    mine = husband.browser.get("/ho-so")
    address = re.search(r"/ho-so/moi/[0-9a-f-]+", mine.content.decode())
    assert address and "Mời Ông/Bà cùng nộp" in text(mine)
    page = husband.browser.get(address[0])
    assert "Quầy Hoa" in text(page) and "600.000" in text(page)
    assert husband.browser.get(f"{address[0]}/giay-to/certificate")["Content-Type"] == "application/pdf"
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page.content.decode())
    assert seen
    wrong = husband.post(address[0], {"seen": seen[1], "agree": "1", "field": "job", "job": ""})
    assert wrong.status_code == 422
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', wrong.content.decode())
    assert seen
    done = husband.post(address[0], {"seen": seen[1], "agree": "1", "field": "job", "job": "Thợ mộc"})
    assert done.status_code == 302 and "Ông/Bà đã đồng ý lúc" in text(husband.browser.get(address[0]))
    stranger = citizen("Lê Thị Lạ", "034195999009")
    for path in (address[0], f"{address[0]}/giay-to/certificate"):
        assert stranger.browser.get(path).status_code == 404
        assert wife.browser.get(path).status_code == 404
    assert Client().get(address[0]).status_code in {302, 401}
    sent = wife.post(f"{ready}/kiem-tra", {})
    assert sent["Location"] == f"{ready}/da-nop"
    assert "Nguyễn Văn Đức" in text(wife.browser.get(f"/ho-so/{draft_of(wife, ready).case.id}"))
    replay = wife.post(f"{ready}/1", {"stall": "Sửa sau khi nộp"})
    assert replay.status_code == 302 and queries.my_cases(wife.actor).cases[0].title.endswith("Quầy Hoa")


def test_who_declines_gives_a_reason_that_the_applicant_reads(ready: str, wife: Citizen) -> None:
    wife.post(f"{ready}/kiem-tra", {"invite": "1"})
    husband = husband_of(wife)
    address = re.search(r"/ho-so/moi/[0-9a-f-]+", husband.browser.get("/ho-so").content.decode())
    assert address
    assert husband.post(address[0], {"decline": "1", "reason": ""}).status_code == 422
    husband.post(address[0], {"decline": "1", "reason": "Chưa bàn xong"})
    check = text(wife.browser.get(f"{ready}/kiem-tra"))
    assert "Không đồng ý" in check and "Chưa bàn xong" in check


def test_the_store_shows_what_it_holds_with_its_code(ready: str, wife: Citizen) -> None:
    page = wife.browser.get("/toi/kho")
    assert "Còn hiệu lực" in text(page) and "Giấy khai sinh" in text(page)
    code = re.search(r'href="(/verify/[A-Z0-9]+)"', page.content.decode())
    assert code and Client().get(code[1]).status_code == 200
    stranger = citizen("Lê Thị Lạ", "034195999009")
    assert "Kho chưa có gì" in text(stranger.browser.get("/toi/kho"))


def test_a_procedure_s_page_says_steps_results_and_gives_blank_forms(office: Commune, client: Client) -> None:
    page = client.get(f"/thu-tuc/{STALL}")
    for words in ("Thẩm tra", "Giấy phép mở quầy", "Hỏi ở đâu", "bản chính", "Số bản: 2", "kho của Ông/Bà"):
        assert words in text(page)
    blank = client.get(f"/thu-tuc/{STALL}/mau/certificate")
    assert blank["Content-Type"] == "application/pdf" and blank.content.startswith(b"%PDF")
    assert client.get(f"/thu-tuc/{STALL}/mau/none").status_code == 404


def test_the_official_form_opens_from_the_check_of_answers(office: Commune, wife: Citizen) -> None:
    draft = wife.begin()
    check = wife.browser.get(wife.fill(draft))
    assert f"{draft}/to-khai" in check.content.decode()
    form = wife.browser.get(f"{draft}/to-khai")
    assert form["Content-Type"] == "application/pdf" and form.content.startswith(b"%PDF")
    stranger = citizen("Lê Thị Lạ", "034195999009")
    assert stranger.browser.get(f"{draft}/to-khai").status_code == 404


def test_the_catalogue_is_narrowed_by_level_and_applicant(office: Commune, client: Client) -> None:
    assert STALL in client.get("/thu-tuc?cap=commune&doi-tuong=citizen").content.decode()
    assert STALL not in client.get("/thu-tuc?cap=province").content.decode()
    assert STALL not in client.get("/thu-tuc?doi-tuong=enterprise").content.decode()
    assert STALL in client.get("/thu-tuc?q=mo quay chung").content.decode()


def test_the_desk_takes_a_paper_from_the_store_by_consent_and_may_not_ask_for_it(
    office: Commune, wife: Citizen, trust: Any
) -> None:
    certificate = certificate_of(wife, office)
    draft = wife.begin(STALL)
    wife.post(f"{draft}/0", {"field": ["stall", "food", "goods"], "stall": "Quầy"} | ROWS)
    wife.post(f"{draft}/giay-to/certificate", {"certificate": photograph()})
    wife.post(f"{draft}/kiem-tra", {"invite": "1"})
    husband = husband_of(wife)
    (asked,) = queries.invitations(husband.actor)
    services.save_part(husband.actor, asked.id, {"job": "Thợ"})
    services.agree(husband.actor, asked.id, queries.invitation(husband.actor, asked.id).digest)
    wife.post(f"{draft}/kiem-tra", {})
    case = draft_of(wife, draft).case
    office.do(case.id)
    desk = officer_browser(office, "civil-status")
    page = desk.get(f"/desk/ho-so/{case.id}")
    assert "Có trong kho của người nộp" in text(page) and "Văn bản có chữ ký số" not in text(page)
    task = next(one for one in queries.case(office.officers["civil-status"], case.id).tasks if one.choices)
    refused = desk.post(
        f"/desk/ho-so/{case.id}/viec/{task.id}",
        {"outcome": "ask-supplement", "note": "Xin nộp lại Giấy khai sinh của con"},
    )
    assert refused.status_code == 422 and "kho dữ liệu điện tử" in text(refused)
    assert desk.post(f"/desk/ho-so/{case.id}/kho/certificate").status_code == 302
    assert "Đang chờ người nộp đồng ý" in text(desk.get(f"/desk/ho-so/{case.id}"))
    assert "Cơ quan xin lấy giấy tờ từ kho" in text(wife.browser.get(f"/ho-so/{case.id}"))
    assert husband.post(f"/ho-so/{case.id}/kho/certificate", {"document": str(certificate)}).status_code == 404
    given = wife.post(f"/ho-so/{case.id}/kho/certificate", {"document": str(certificate)})
    assert given.status_code == 302
    after = desk.get(f"/desk/ho-so/{case.id}")
    assert "Văn bản có chữ ký số, từ kho của người nộp" in text(after)
    assert "Có trong kho của người nộp" not in text(after)
