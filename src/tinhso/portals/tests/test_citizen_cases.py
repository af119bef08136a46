"""After a case was submitted: its follow-up, the supplement, the papers, the withdrawal, and who looked."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tinhso.cases import queries, services
from tinhso.cases.models import Case, Task
from tinhso.documents.testing import trust_running

from .citizen_site import PAPER, Citizen, Commune, citizen, commune, couple, photograph
from .reading import beside, text

ASKED = "Ảnh Giấy chứng sinh chưa rõ, xin chụp lại."


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    return commune()


@pytest.fixture
def mother(office: Commune) -> Citizen:
    return couple()


@pytest.fixture
def case(mother: Citizen) -> UUID:
    return mother.submit()


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


@pytest.fixture
def asked(office: Commune, case: UUID) -> str:
    """The address of the answer, after the officer asked for a supplement."""
    office.do(case)
    office.do(case, "ask-supplement", note=ASKED)
    return f"/ho-so/{case}/bo-sung"


def approve(office: Commune, case: UUID) -> None:
    """All steps that are left, to the signed certificate."""
    while (task := Task.objects.filter(case=case, completed_at=None).first()) is not None:
        if task.role == "platform":
            services.finish_signing(task.pk)
        else:
            office.do(case, "approve" if task.step == "approve" else "done")


# -- where it stands ---------------------------------------------------------------------------------------------


def test_a_case_is_followed_from_the_list(mother: Citizen, case: UUID) -> None:
    code = Case.objects.get().code
    mine = mother.browser.get("/ho-so")
    assert code in text(mine)
    assert f"/ho-so/{case}" in mine.content.decode()
    page = text(mother.browser.get(f"/ho-so/{case}"))
    for said in ("Đăng ký khai sinh: Nguyễn Bảo An", code, "Hẹn trả", "Diễn biến", "Trần Thị Hoa", "Giấy chứng sinh"):
        assert said in page
    assert code in text(mother.browser.get("/"))


def test_the_page_moves_by_the_topic_of_its_case(mother: Citizen, office: Commune, case: UUID) -> None:
    page = mother.browser.get(f"/ho-so/{case}").content.decode()
    assert f'data-live="case:{case}" data-live-get="/ho-so/{case}/tinh-hinh"' in page
    before = text(mother.browser.get(f"/ho-so/{case}/tinh-hinh"))
    office.do(case)
    after = text(mother.browser.get(f"/ho-so/{case}/tinh-hinh"))
    assert before != after
    assert "Cán bộ one-stop" in after


def test_the_receipt_says_that_it_is_being_made_until_it_is_there(mother: Citizen, case: UUID) -> None:
    waiting = mother.browser.get(f"/ho-so/{case}/giay-tiep-nhan").content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    services.issue_paper(case, "receipt")
    there = mother.browser.get(f"/ho-so/{case}/giay-tiep-nhan").content.decode()
    assert "hx-trigger" not in there
    address = re.search(r'href="(/van-ban/[^"]+)"', there)
    assert address
    receipt = mother.browser.get(address[1])
    assert receipt["Content-Type"] == "application/pdf"
    assert receipt.content.startswith(b"%PDF-")
    assert receipt["Cache-Control"] == "private, no-cache"


def test_anybody_follows_a_code_and_learns_nothing_personal(mother: Citizen, case: UUID, client: Client) -> None:
    code = Case.objects.get().code
    led = client.get(f"/theo-doi/{code}", follow=True)
    shown = text(led)
    assert code in shown and "Hẹn trả" in shown
    assert "Trần Thị Hoa" not in shown and "Nguyễn Bảo An" not in shown
    assert f"/ho-so/{case}" not in led.content.decode()
    assert f"/ho-so/{case}" in mother.browser.get(f"/tra-cuu?ma={code.lower()}").content.decode()
    assert client.get("/tra-cuu?ma=H31.15-250101-9999").status_code == 404


def copies(case: UUID, count: int) -> None:
    """So many more cases of the same applicant, newer each."""
    made = Case.objects.get(pk=case)
    values = {field.attname: getattr(made, field.attname) for field in Case._meta.concrete_fields}
    for number in range(1, count + 1):
        Case(**values | {"id": UUID(int=case.int + number), "code": f"{made.code}-{number}"}).save(force_insert=True)


def test_a_long_list_has_pages_and_asks_no_more_of_the_database(mother: Citizen, case: UUID) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert mother.browser.get("/ho-so").status_code == 200
        return len(seen)

    few = questions()
    copies(case, 29)
    assert questions() <= few
    shown: list[str] = []
    address = "/ho-so"
    while address:
        page = mother.browser.get(address).content.decode()
        shown += re.findall(r'href="/ho-so/([0-9a-f-]{36})"', page)
        older = re.search(r'href="(\?after=[^"]+)"', page)
        address = f"/ho-so{older[1]}" if older else ""
    assert shown == [str(UUID(int=case.int + number)) for number in range(29, -1, -1)]


# -- the supplement ----------------------------------------------------------------------------------------------


def test_a_supplement_is_asked_answered_and_the_clock_runs_again(
    mother: Citizen, office: Commune, case: UUID, asked: str
) -> None:
    page = text(mother.browser.get(f"/ho-so/{case}"))
    assert "Cần Ông/Bà bổ sung" in page and ASKED in page
    assert "đang tạm dừng" in page.lower()
    form = mother.browser.get(asked)
    assert ASKED in text(form)
    assert 'value="Nguyễn Bảo An"' in form.content.decode(), "what was typed may be mended"
    before = queries.paper(mother.actor, case, PAPER).digest
    answer = answers(mother, case) | {f"papers.{PAPER}": photograph("grey"), "note": "Đã chụp lại"}
    sent = mother.browser.post(asked, answer, follow=True)
    assert sent.redirect_chain[-1][0] == f"/ho-so/{case}"
    assert "Đã gửi bổ sung" in text(sent)
    found = queries.case(mother.actor, case)
    assert not found.paused and found.papers[0].digest != before
    assert mother.browser.get(asked)["Location"] == f"/ho-so/{case}", "nothing is asked any more"
    assert queries.case(office.officers["civil-status"], case).timeline[-1].note == "Đã chụp lại"


def answers(mother: Citizen, case: UUID) -> dict[str, str]:
    """The form of the supplement as it was shown, unchanged."""
    form = mother.browser.get(f"/ho-so/{case}/bo-sung").content.decode()
    found = dict(re.findall(r'<input class="govuk-input[^>]*name="([^"]+)"[^>]* value="([^"]*)"', form))
    found |= dict(re.findall(r'name="([^"]+)" type="radio" value="([^"]+)" checked', form))
    for name, options in re.findall(r'(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def test_a_mended_answer_is_enough(mother: Citizen, case: UUID, asked: str) -> None:
    changed = answers(mother, case) | {"child_name": "Nguyễn Bảo Ân"}
    assert mother.post(asked, changed)["Location"] == f"/ho-so/{case}"
    assert "Nguyễn Bảo Ân" in text(mother.browser.get(f"/ho-so/{case}"))


def test_an_empty_answer_is_not_sent(mother: Citizen, case: UUID, asked: str) -> None:
    refused = mother.post(asked, answers(mother, case))
    assert refused.status_code == 422
    assert beside(refused, "note") == "Lỗi: Xin trả lời, hoặc đính kèm giấy tờ được yêu cầu"
    assert queries.case(mother.actor, case).paused


def test_a_wrong_answer_comes_back_filled_in(mother: Citizen, case: UUID, asked: str) -> None:
    wrong = answers(mother, case) | {"child_name": "x" * 101, "born_on.month": "13", "note": "Xin sửa"}
    wrong[f"papers.{PAPER}"] = SimpleUploadedFile("ảnh.pdf", b"MZ" + bytes(100))  # type: ignore[assignment]
    refused = mother.post(asked, wrong)
    assert refused.status_code == 422
    assert beside(refused, f"papers.{PAPER}")
    body = refused.content.decode()
    assert "x" * 101 in body and ">Xin sửa</textarea>" in body
    del wrong[f"papers.{PAPER}"]
    refused = mother.post(asked, wrong)
    assert refused.status_code == 422
    assert beside(refused, "child_name") and beside(refused, "born_on")
    assert "x" * 101 in refused.content.decode() and ">Xin sửa</textarea>" in refused.content.decode()
    assert queries.case(mother.actor, case).paused


# -- the end -----------------------------------------------------------------------------------------------------


def test_the_certificate_is_among_my_papers(mother: Citizen, office: Commune, case: UUID, trust: Path) -> None:
    assert "Chưa có giấy tờ" in text(mother.browser.get("/toi/giay-to"))
    approve(office, case)
    page = mother.browser.get(f"/ho-so/{case}")
    assert "Đã có kết quả" in text(page)
    result = queries.case(mother.actor, case).result
    assert result is not None and f"/van-ban/{result.id}" in page.content.decode()
    mine = text(mother.browser.get("/toi/giay-to"))
    assert "Giấy khai sinh" in mine and "ký số lúc" in mine and result.code in mine
    content = mother.browser.get(f"/van-ban/{result.id}").content
    assert b"ETSI.CAdES.detached" in content
    genuine = Client().get(f"/verify?code={result.code}", follow=True)
    assert "Văn bản thật" in text(genuine)
    file = BytesIO(content)
    file.name = "giấy.pdf"
    assert "giống từng byte" in text(Client().post("/verify", {"file": file}))
    changed = BytesIO(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    changed.name = "giấy.pdf"
    assert "giống từng byte" not in text(Client().post("/verify", {"file": changed}))


def test_a_paper_that_waits_for_its_signature_is_no_paper_yet(mother: Citizen, office: Commune, case: UUID) -> None:
    for outcome in ("done", "done", "approve"):
        office.do(case, outcome)
    assert "Chưa có giấy tờ" in text(mother.browser.get("/toi/giay-to"))
    assert "Đã có kết quả" not in text(mother.browser.get(f"/ho-so/{case}"))


def test_a_refusal_says_why_on_what_ground_and_what_may_be_done(mother: Citizen, office: Commune, case: UUID) -> None:
    office.do(case)
    office.do(case, "refuse", note="Bé đã có Giấy khai sinh số 12/2025.", ground="Điều 16 Luật Hộ tịch 2014")
    page = text(mother.browser.get(f"/ho-so/{case}"))
    for said in ("Bé đã có Giấy khai sinh số 12/2025.", "Điều 16 Luật Hộ tịch 2014", "quyền khiếu nại"):
        assert said in page


def test_a_case_is_withdrawn_with_a_reason(mother: Citizen, case: UUID) -> None:
    refused = mother.post(f"/ho-so/{case}/rut", {"reason": " "})
    assert refused.status_code == 422 and beside(refused, "reason")
    done = mother.browser.post(f"/ho-so/{case}/rut", {"reason": "Nộp nhầm nơi"}, follow=True)
    assert "Đã rút hồ sơ." in text(done)
    assert Case.objects.get().outcome == "withdrawn"
    again = mother.browser.get(f"/ho-so/{case}/rut")
    assert again.status_code == 409
    assert "Không rút được hồ sơ này" in text(again)


# -- who looked --------------------------------------------------------------------------------------------------


def test_who_looked_for_which_case(mother: Citizen, office: Commune, case: UUID) -> None:
    assert "Chưa có ai xem" in text(mother.browser.get("/toi/ai-da-xem"))
    queries.case(office.officers["civil-status"], case)
    page = mother.browser.get("/toi/ai-da-xem")
    shown = text(page)
    code = Case.objects.get().code
    for said in ("Vị trí civil-status", "Ủy ban nhân dân phường Thái Bình", f"Giải quyết hồ sơ {code}"):
        assert said in shown
    assert f"/ho-so/{case}" in page.content.decode()


def test_my_own_looks_are_nobody_s_business(mother: Citizen, case: UUID) -> None:
    for address in ("/toi", f"/ho-so/{case}", "/ho-so", f"/ho-so/{case}/giay-to/{PAPER}"):
        assert mother.browser.get(address).status_code == 200
    assert "Chưa có ai xem" in text(mother.browser.get("/toi/ai-da-xem"))


def test_my_page_shows_what_the_register_holds(mother: Citizen) -> None:
    page = text(mother.browser.get("/toi"))
    for held in ("Trần Thị Hoa", "034195999001", "02/01/1995", "Nữ", "Kinh", "Tổ 5", "Phường Thái Bình"):
        assert held.lower() in page.lower()


# -- others ------------------------------------------------------------------------------------------------------


def test_another_citizen_gets_nothing_of_it(mother: Citizen, office: Commune, case: UUID, trust: Path) -> None:
    services.issue_paper(case, "receipt")
    approve(office, case)
    documents = [f"/van-ban/{one.id}" for one in queries.case(mother.actor, case).documents]
    assert len(documents) == 2
    other = citizen("Lê Thị Khác", "034197999003")
    addresses = [f"/ho-so/{case}{tail}" for tail in ("", "/tinh-hinh", "/giay-tiep-nhan", "/bo-sung", "/rut")]
    addresses += [f"/ho-so/{case}/giay-to/{PAPER}", *documents]
    got = {address: other.browser.get(address).status_code for address in addresses}
    assert got == dict.fromkeys(addresses, 404)
    for tail in ("/bo-sung", "/rut"):
        assert other.post(f"/ho-so/{case}{tail}", {"note": "x", "reason": "x"}).status_code == 404
    code = Case.objects.get().code
    for address in ("/", "/ho-so", "/toi/giay-to", "/toi/ai-da-xem", f"/tra-cuu?ma={code}"):
        page = other.browser.get(address).content.decode()
        assert str(case) not in page and "Nguyễn Bảo An" not in page
    nobody = Client()
    assert {nobody.get(address).status_code for address in addresses} <= {302, 401}


def test_a_case_that_is_not_there_and_one_of_another_look_alike(mother: Citizen, case: UUID) -> None:
    other = citizen("Lê Thị Khác", "034197999003")
    theirs = other.browser.get(f"/ho-so/{case}")
    none = other.browser.get("/ho-so/00000000-0000-7000-8000-000000000000")
    assert theirs.status_code == none.status_code == 404
    own_words = [re.search(r"(?s)<main.*?</main>", answer.content.decode()) for answer in (theirs, none)]
    said = [re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", found[0]) for found in own_words if found]
    assert len(said) == 2 and said[0] == said[1]
