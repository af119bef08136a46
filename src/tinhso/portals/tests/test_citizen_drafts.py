"""From the start button to a submitted case, and everything that may go wrong on that way."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tinhso.cases import queries
from tinhso.cases.models import Case

from .citizen_site import BIRTH, CHILD, ORIGIN, PAPER, Citizen, Commune, citizen, commune, couple, photograph
from .reading import beside, summary, text

MEGABYTE = 1024 * 1024


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    return commune()


@pytest.fixture
def mother(office: Commune) -> Citizen:
    return couple()


def draft_of(mother: Citizen, address: str) -> Any:
    return queries.draft(mother.actor, UUID(address.split("/")[3]))


# -- the way -----------------------------------------------------------------------------------------------------


def test_the_start_button_asks_a_stranger_to_sign_in_and_leads_back(office: Commune, client: Client) -> None:
    page = client.get(f"/thu-tuc/{BIRTH}")
    assert f"/thu-tuc/{BIRTH}/nop" in page.content.decode()
    asked = client.get(f"/thu-tuc/{BIRTH}/nop")
    assert asked.status_code in {302, 401}
    assert f"next=/thu-tuc/{BIRTH}/nop" in asked.content.decode() + asked.get("Location", "")


def test_what_registers_know_is_shown_and_never_asked(mother: Citizen) -> None:
    draft = mother.begin()
    first = mother.browser.get(draft, follow=True)
    assert first.redirect_chain[-1][0] == f"{draft}/1"
    shown = text(first)
    for known in ("Trần Thị Hoa", "Nguyễn Văn Đức", "Phường Thái Bình"):
        assert known.lower() in shown.lower()
    names = set(re.findall(r'name="([^"]+)"', first.content.decode()))
    names |= set(re.findall(r'name="([^"]+)"', mother.browser.get(f"{draft}/2").content.decode()))
    assert not any(name.partition(".")[0] in {"mother", "father", "residence"} for name in names)


def test_six_answers_and_a_photograph_are_all_it_takes(mother: Citizen) -> None:
    draft = mother.begin()
    onward = mother.post(f"{draft}/1", CHILD)
    assert onward["Location"] == f"{draft}/2"
    onward = mother.post(f"{draft}/2", ORIGIN)
    assert onward["Location"] == f"{draft}/giay-to/{PAPER}"
    onward = mother.post(f"{draft}/giay-to/{PAPER}", {PAPER: photograph()})
    assert onward["Location"] == f"{draft}/kiem-tra"
    check = text(mother.browser.get(f"{draft}/kiem-tra"))
    for answer in ("Nguyễn Bảo An", "10/11/2025", "Nữ", "Kinh", "Bệnh viện Đa khoa", "Trần Thị Hoa", "Nơi nhận hồ sơ"):
        assert answer in check
    sent = mother.browser.post(f"{draft}/kiem-tra", follow=True)
    assert sent.redirect_chain[-1][0] == f"{draft}/da-nop"
    case = Case.objects.get()
    assert case.code in text(sent)
    assert "Hẹn trả kết quả" in text(sent)
    assert len(draft_of(mother, draft).typed) == 6


def test_another_start_goes_on_with_the_open_draft(mother: Citizen) -> None:
    draft = mother.begin()
    mother.post(f"{draft}/1", CHILD)
    assert mother.begin() == draft
    assert mother.browser.get(draft)["Location"] == f"{draft}/2"
    assert "Đăng ký khai sinh: Nguyễn Bảo An" in text(mother.browser.get("/ho-so"))


def test_the_same_submission_sent_twice_makes_one_case(mother: Citizen) -> None:
    draft = mother.begin()
    check = mother.fill(draft)
    first, second = mother.post(check, {}), mother.post(check, {})
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"] == f"{draft}/da-nop"
    assert Case.objects.count() == 1
    for address in (draft, f"{draft}/1", f"{draft}/giay-to/{PAPER}", f"{draft}/noi-nop"):
        assert mother.browser.get(address)["Location"].startswith("/ho-so/")


def test_an_answer_is_changed_from_the_check_and_leads_back_there(mother: Citizen) -> None:
    draft = mother.begin()
    check = mother.fill(draft)
    links = re.findall(r'href="([^"]+\?sua=1[^"]*)"', mother.browser.get(check).content.decode())
    assert f"{draft}/1?sua=1#id_child_name" in links
    onward = mother.post(f"{draft}/1?sua=1", CHILD | {"child_name": "Nguyễn Bảo Ân"})
    assert onward["Location"] == check
    assert "Nguyễn Bảo Ân" in text(mother.browser.get(check))


def test_the_check_leads_to_what_is_missing(mother: Citizen) -> None:
    draft = mother.begin()
    assert mother.browser.get(f"{draft}/kiem-tra", follow=True).redirect_chain[-1][0] == f"{draft}/1"
    check = mother.fill(draft, paper=False)
    assert mother.browser.get(check, follow=True).redirect_chain[-1][0] == f"{draft}/giay-to/{PAPER}"
    refused = mother.post(check, {})
    assert refused.status_code == 422
    assert f"{draft}/giay-to/{PAPER}?sua=1" in refused.content.decode()
    assert not Case.objects.exists()


def test_save_and_go_on_later_keeps_even_what_is_not_right_yet(mother: Citizen) -> None:
    draft = mother.begin()
    later = mother.post(f"{draft}/1", {"child_name": "Nguyễn Bảo An", "born_on.day": "40", "later": "1"})
    assert later["Location"] == "/ho-so"
    again = mother.browser.get(f"{draft}/1").content.decode()
    assert 'value="Nguyễn Bảo An"' in again
    assert 'value="40"' in again


def test_a_draft_is_thrown_away_after_one_question(mother: Citizen) -> None:
    draft = mother.begin()
    assert "Bỏ bản nháp này?" in text(mother.browser.get(f"{draft}/bo"))
    mother.post(f"{draft}/bo", {})
    assert mother.browser.get(draft).status_code == 404
    assert "Chưa có hồ sơ" in text(mother.browser.get("/ho-so"))


def test_another_commune_is_chosen_by_name(mother: Citizen) -> None:
    draft = mother.begin()
    wrong = mother.post(f"{draft}/noi-nop", {"unit": "99999"})
    assert wrong.status_code == 422
    assert "Xin chọn một xã, phường trong danh sách" in beside(wrong, "unit")
    mother.post(f"{draft}/noi-nop", {"unit": "13225"})
    assert draft_of(mother, draft).unit == "13225"


# -- wrong answers -----------------------------------------------------------------------------------------------


def test_a_form_with_every_field_wrong_comes_back_filled_in(mother: Citizen) -> None:
    draft = mother.begin()
    wrong = {"child_name": "x" * 101, "born_on.day": "31", "born_on.month": "2", "born_on.year": "2025", "sex": "maybe"}
    answer = mother.post(f"{draft}/1", wrong)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert f'value="{"x" * 101}"' in body
    for part, typed in (("day", "31"), ("month", "2"), ("year", "2025")):
        assert re.search(rf'name="born_on\.{part}"[^>]* value="{typed}"', body)
    told = dict(summary(answer))
    assert list(told) == ["#id_child_name", "#id_born_on.day", "#id_sex"], "in the order of the page"
    for address, message in told.items():
        name = address.removeprefix("#id_").partition(".")[0]
        assert beside(answer, name) == f"Lỗi: {message}"
        assert f'id="{address[1:]}"' in body, "the summary leads to the field"
    assert "Những gì đã nhập vẫn còn nguyên" in text(answer)
    assert "<title>Lỗi:" in body
    kept = mother.browser.get(f"{draft}/1").content.decode()
    assert "x" * 101 in kept, "a wrong answer is kept too"


def test_an_empty_form_says_what_each_field_wants(mother: Citizen) -> None:
    draft = mother.begin()
    for number, names in ((1, ("child_name", "born_on", "sex")), (2, ("ethnicity", "birth_place", "home_town"))):
        answer = mother.post(f"{draft}/{number}", {})
        assert answer.status_code == 422
        assert all(beside(answer, name) for name in names)


def test_a_child_of_tomorrow_is_refused(mother: Citizen) -> None:
    draft = mother.begin()
    answer = mother.post(f"{draft}/1", CHILD | {"born_on.year": "2099"})
    assert answer.status_code == 422
    assert beside(answer, "born_on")
    assert not beside(answer, "child_name")


def test_mistakes_are_said_in_english_to_who_reads_english(mother: Citizen) -> None:
    mother.browser.cookies["lang"] = "en"
    draft = mother.begin()
    answer = mother.post(f"{draft}/1", {})
    assert beside(answer, "child_name").startswith("Error: ")
    assert not re.search(r"[ăâđêôơưàảạáấ]", " ".join(beside(answer, n) for n in ("child_name", "born_on", "sex")))


# -- files -------------------------------------------------------------------------------------------------------


REFUSED = {
    "an executable named .pdf": (
        lambda: SimpleUploadedFile("giấy.pdf", b"MZ\x90\x00" + bytes(300), "application/pdf"),
        "không",
    ),
    "an empty file": (lambda: SimpleUploadedFile("giấy.png", b"", "image/png"), "trống"),
    "a web page named .png": (
        lambda: SimpleUploadedFile("giấy.png", b"<html><script>alert(1)</script>", "image/png"),
        "không",
    ),
    "one byte more than 20 MB": (
        lambda: SimpleUploadedFile("giấy.pdf", b"%PDF-1.7" + bytes(20 * MEGABYTE - 7), "application/pdf"),
        "20 MB",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_refused_costs_nothing_of_the_rest(mother: Citizen, what: str) -> None:
    make, word = REFUSED[what]
    draft = mother.begin()
    mother.fill(draft)
    answer = mother.post(f"{draft}/giay-to/{PAPER}", {PAPER: make()})
    assert answer.status_code == 422
    assert word in beside(answer, PAPER).lower() or word in beside(answer, PAPER)
    assert "Đã nhận" in text(answer), "the photograph of before is still there"
    kept = draft_of(mother, draft)
    assert kept.raw["child_name"] == "Nguyễn Bảo An"
    assert kept.papers[0].file_name == "giấy chứng sinh.png"
    assert mother.post(f"{draft}/kiem-tra", {})["Location"] == f"{draft}/da-nop"


def test_no_file_at_all_is_said_beside_the_field(mother: Citizen) -> None:
    draft = mother.begin()
    answer = mother.post(f"{draft}/giay-to/{PAPER}", {})
    assert answer.status_code == 422
    assert "Giấy chứng sinh" in beside(answer, PAPER)


def test_a_paper_is_seen_replaced_and_taken_out(mother: Citizen) -> None:
    draft = mother.begin()
    mother.fill(draft)
    seen = mother.browser.get(f"{draft}/giay-to/{PAPER}/tep")
    assert seen["Content-Type"] == "image/jpeg"
    assert seen["X-Content-Type-Options"] == "nosniff"
    first = draft_of(mother, draft).papers[0].digest
    mother.post(f"{draft}/giay-to/{PAPER}", {PAPER: photograph("black")})
    assert draft_of(mother, draft).papers[0].digest != first
    mother.post(f"{draft}/giay-to/{PAPER}/bo", {})
    assert not draft_of(mother, draft).papers[0].given
    assert mother.browser.get(f"{draft}/giay-to/{PAPER}/tep").status_code == 404


# -- others ------------------------------------------------------------------------------------------------------


def test_another_citizen_s_draft_does_not_exist(mother: Citizen) -> None:
    draft = mother.begin()
    check = mother.fill(draft)
    other = citizen("Lê Thị Khác", "034197999003")
    addresses = [draft, f"{draft}/1", check, f"{draft}/noi-nop", f"{draft}/bo", f"{draft}/da-nop"]
    addresses += [f"{draft}/giay-to/{PAPER}", f"{draft}/giay-to/{PAPER}/tep"]
    assert {address: other.browser.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    posts = [f"{draft}/1", check, f"{draft}/noi-nop", f"{draft}/bo", f"{draft}/giay-to/{PAPER}"]
    posts += [f"{draft}/giay-to/{PAPER}/bo"]
    for address in posts:
        assert other.post(address, {"unit": "13225", PAPER: photograph("red"), **CHILD}).status_code == 404, address
    kept = draft_of(mother, draft)
    assert kept.raw["child_name"] == "Nguyễn Bảo An" and kept.papers[0].given
    assert not Case.objects.exists()
