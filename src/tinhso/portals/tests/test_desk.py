"""A case at the officers' desk, from the counter to the signed certificate, by the pages alone."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from tinhso.cases import services
from tinhso.cases.models import Case, Task
from tinhso.documents.testing import trust_running
from tinhso.identity import services as identity
from tinhso.identity.models import Access, Agency, Post

from .citizen_site import CHILD, ORIGIN, PAPER, SYSTEM, Citizen, Commune, citizen, commune, couple, photograph
from .people import browser_of
from .reading import beside, summary, text

ASKED = "Ảnh Giấy chứng sinh chưa rõ, xin chụp lại cả bốn góc."


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


@pytest.fixture
def desks(office: Commune) -> dict[str, Client]:
    """A browser for each post of the commune."""
    return {role: browser_of(actor.account) for role, actor in office.officers.items() if actor.account}


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


def address(case: UUID) -> str:
    return f"/desk/ho-so/{case}"


def forms(page: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """The forms of the page that complete the task, by outcome: where each is sent, and its hidden values."""
    found = {}
    for target, body in re.findall(
        r'(?s)<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.content.decode()
    ):
        hidden = dict(re.findall(r'<input type="hidden" name="(outcome|revision)" value="([^"]*)"', body))
        if "outcome" in hidden:
            found[hidden["outcome"]] = (target, hidden)
    return found


def do(desk: Client, case: UUID, outcome: str = "done", **typed: str) -> Any:
    """Press the button of that outcome on the case's page."""
    target, hidden = forms(desk.get(address(case)))[outcome]
    return desk.post(target, hidden | typed)


# -- the whole way -----------------------------------------------------------------------------------------------


def test_a_birth_from_the_counter_to_the_signed_certificate(
    trust: Path, mother: Citizen, case: UUID, desks: dict[str, Client]
) -> None:
    code = Case.objects.get().code
    counter, registrar, chair = desks["one-stop"], desks["civil-status"], desks["chair"]

    queue = counter.get("/desk")
    assert code in text(queue) and "Đăng ký khai sinh: Nguyễn Bảo An" in text(queue)
    assert address(case) in queue.content.decode()
    page = text(counter.get(address(case)))
    for said in ("Việc của Ông/Bà: Tiếp nhận", "Trần Thị Hoa", "Giấy chứng sinh", "Cơ sở dữ liệu dân cư", "Hẹn trả"):
        assert said in page
    received = do(counter, case)
    assert (received.status_code, received["Location"]) == (302, "/desk")
    assert f"Đã xong bước “Tiếp nhận” của hồ sơ {code}" in text(counter.get("/desk"))
    assert code not in text(counter.get("/desk"))

    do(registrar, case, "ask-supplement", note=ASKED)
    paused = text(registrar.get(address(case)))
    assert "Đang chờ người nộp bổ sung. Thời gian giải quyết tạm dừng từ" in paused and ASKED in paused
    assert code not in text(registrar.get("/desk"))
    due = Case.objects.get().due_at
    answer = CHILD | ORIGIN | {f"papers.{PAPER}": photograph("grey"), "note": "Đã chụp lại"}
    assert mother.post(f"/ho-so/{case}/bo-sung", answer).status_code == 302
    resumed = registrar.get(address(case))
    assert "hạn đã được lùi đúng bấy nhiêu giờ làm việc" in text(resumed) and "Đã chụp lại" in text(resumed)
    assert "ask-supplement" not in forms(resumed)
    assert due and (Case.objects.get().due_at or due) >= due
    do(registrar, case)

    page = chair.get(address(case))
    assert "Phê duyệt và ký số" in text(page)
    signed = do(chair, case, "approve")
    assert signed["Location"] == f"/desk?vua={case}"
    assert "Đang ký số" in text(chair.get(f"{address(case)}/vua-xong"))
    assert "Đang ký số" in text(chair.get(f"{address(case)}/tinh-hinh"))
    services.finish_signing(Task.objects.get(completed_at=None, role="platform").pk)
    assert "Đã ký số" in text(chair.get(f"{address(case)}/vua-xong"))

    ended = registrar.get(address(case))
    assert "Hồ sơ đã xong" in text(ended) and forms(ended) == {}
    certificate = re.search(
        rf'href="({address(case)}/van-ban/[0-9a-f-]+)"[^>]*>(?:(?!</a>).)*Nguyễn Bảo An', ended.content.decode()
    )
    assert certificate
    assert "Chữ ký hợp lệ" in text(registrar.get(certificate[1]))
    paper = registrar.get(f"{certificate[1]}/tep")
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF-")
    record = re.search(r'href="(/desk/so/civil-status\.births/[0-9a-f-]+)"', ended.content.decode())
    assert record and "Nguyễn Bảo An" in text(registrar.get(record[1]))


def test_a_signature_that_fails_is_told_and_the_decision_stands(
    office: Commune, case: UUID, desks: dict[str, Client], settings: Any
) -> None:
    office.do(case)
    office.do(case)
    settings.TRUST_URL = "http://127.0.0.1:9"
    do(desks["chair"], case, "approve")
    Task.objects.filter(completed_at=None, role="platform").update(payload={"trouble": "Không nối được", "name": "x"})
    assert "Chưa ký được" in text(desks["chair"].get(f"{address(case)}/vua-xong"))
    page = text(desks["chair"].get(address(case)))
    assert "Chưa ký được" in page and "Không nối được" in page


def test_the_next_case_opens_when_one_is_done(mother: Citizen, case: UUID, desks: dict[str, Client]) -> None:
    second, third = mother.submit(), mother.submit()
    answer = do(desks["one-stop"], case)
    assert answer["Location"] == address(second)
    shown = text(desks["one-stop"].get(answer["Location"]))
    assert f"Đã xong bước “Tiếp nhận” của hồ sơ {Case.objects.get(pk=case).code}" in shown
    assert desks["one-stop"].get("/desk/tiep")["Location"] == address(second)
    task = Task.objects.get(case=second, completed_at=None)
    assert desks["one-stop"].get(f"/desk/tiep?sau={task.pk}")["Location"] == address(third)
    assert desks["one-stop"].get("/desk/tiep?sau=nonsense")["Location"] == address(second)
    assert desks["chair"].get("/desk/tiep")["Location"] == "/desk"
    assert "Không còn hồ sơ nào chờ Ông/Bà" in text(desks["chair"].get("/desk"))


def test_a_refusal_needs_a_reason_and_a_legal_ground(office: Commune, case: UUID, desks: dict[str, Client]) -> None:
    office.do(case)
    desk = desks["civil-status"]
    wrong = do(desk, case, "refuse", note="Trẻ đã được khai sinh", ground=" ")
    assert wrong.status_code == 422
    assert beside(wrong, "refuse.ground").endswith("Xin ghi căn cứ pháp lý của việc từ chối")
    assert beside(wrong, "refuse.note") == ""
    assert summary(wrong) == [("#id_refuse.ground", "Xin ghi căn cứ pháp lý của việc từ chối")]
    assert "Trẻ đã được khai sinh</textarea>" in wrong.content.decode()
    assert Case.objects.get().ended_at is None
    done = do(desk, case, "refuse", note="Trẻ đã được khai sinh", ground="Khoản 2 Điều 16")
    assert done.status_code == 302
    told = text(desk.get(address(case)))
    assert "Trẻ đã được khai sinh Căn cứ: Khoản 2 Điều 16" in told and "Hồ sơ đã xong" in told


def test_a_request_without_words_comes_back_filled_in(office: Commune, case: UUID, desks: dict[str, Client]) -> None:
    office.do(case)
    wrong = do(desks["civil-status"], case, "ask-supplement", note="   ")
    assert wrong.status_code == 422
    assert beside(wrong, "ask-supplement.note").endswith("Xin ghi đầy đủ những gì người nộp cần bổ sung")
    assert beside(wrong, "refuse.note") == ""
    assert re.search(r'<details class="govuk-details" open>\s*<summary[^>]*data-key="b"', wrong.content.decode())
    target, hidden = forms(desks["civil-status"].get(address(case)))["done"]
    nonsense = desks["civil-status"].post(target, hidden | {"outcome": "burn"})
    assert nonsense.status_code == 422 and "Bước này không có kết quả đó" in text(nonsense)


# -- several officers --------------------------------------------------------------------------------------------


def colleague(office: Commune, role: str, name: str) -> Client:
    """The holder of a second post with the same role."""
    valid = DateRange(date(2025, 7, 1), None)
    post = Post.objects.create(agency_id=office.agency, key=f"{role}-2", title=name, roles=[role], valid=valid)
    account = identity.open_demo_account(SYSTEM, f"ban-{role}", name)
    identity.assign(SYSTEM, account, post.id)
    return browser_of(account)


def test_who_is_second_is_told_who_did_it_and_keeps_what_was_typed(
    office: Commune, case: UUID, desks: dict[str, Client]
) -> None:
    office.do(case)
    other = colleague(office, "civil-status", "Phạm Thị Đồng Nghiệp")
    target, hidden = forms(other.get(address(case)))["ask-supplement"]
    do(desks["civil-status"], case)
    late = other.post(target, hidden | {"note": "Xin chụp lại"})
    assert late.status_code == 409
    said = text(late)
    assert re.search(r"Cán bộ civil-status đã hoàn thành bước này lúc \d\d:\d\d \d\d/\d\d/\d{4}", said)
    assert "Những gì Ông/Bà đã nhập, chưa được gửi: Xin chụp lại" in said
    assert not Case.objects.filter(paused_at__isnull=False).exists()


def test_a_button_pressed_twice_does_the_step_once(case: UUID, desks: dict[str, Client]) -> None:
    target, hidden = forms(desks["one-stop"].get(address(case)))["done"]
    first, second = desks["one-stop"].post(target, hidden), desks["one-stop"].post(target, hidden)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Task.objects.filter(case=case).count() == 2


def test_a_page_of_yesterday_is_refused_and_keeps_what_was_typed(
    office: Commune, case: UUID, desks: dict[str, Client]
) -> None:
    office.do(case)
    target, hidden = forms(desks["civil-status"].get(address(case)))["refuse"]
    Case.objects.update(revision=9)
    stale = desks["civil-status"].post(target, hidden | {"note": "Trùng", "ground": "Điều 16"})
    assert stale.status_code == 412
    assert "Hồ sơ đã thay đổi từ lúc Ông/Bà mở trang" in text(stale)
    body = stale.content.decode()
    assert ">Trùng</textarea>" in body and 'value="Điều 16"' in body and 'name="revision" value="9"' in body


def test_a_task_that_is_taken_shows_by_whom_and_is_given_back(
    office: Commune, case: UUID, desks: dict[str, Client]
) -> None:
    desk, task = desks["one-stop"], Task.objects.get()
    back = f"/desk?xem=unit#viec-{task.pk}"
    taken = desk.post(f"/desk/viec/{task.pk}/nhan", {"next": back})
    assert (taken.status_code, taken["Location"]) == (302, back)
    assert "Của tôi (1)" in text(desk.get("/desk"))
    assert Case.objects.get().code in text(desk.get("/desk?xem=mine"))
    assert "Cán bộ one-stop" in text(desks["civil-status"].get("/desk?xem=all"))
    post = office.officers["one-stop"]
    Task.objects.update(claimed_by=task.pk, claimed_name="Phạm Thị Đồng Nghiệp")
    refused = desk.post(f"/desk/viec/{task.pk}/nhan", {"next": "//evil.example/"}, follow=True)
    assert refused.redirect_chain == [("/desk", 302)]
    assert "Phạm Thị Đồng Nghiệp đang xử lý việc này" in text(refused)
    page = desk.get(address(case))
    assert "Phạm Thị Đồng Nghiệp đang xử lý bước Tiếp nhận" in text(page) and forms(page) == {}
    Task.objects.update(claimed_by=post.post, claimed_name=post.name)
    desk.post(f"/desk/viec/{task.pk}/tra", {})
    assert Task.objects.get().claimed_by is None


def test_another_post_looks_and_has_nothing_to_press(case: UUID, desks: dict[str, Client]) -> None:
    page = desks["chair"].get(address(case))
    assert "Đang ở bước Tiếp nhận" in text(page) and forms(page) == {}
    task = Task.objects.get()
    assert desks["chair"].post(f"{address(case)}/viec/{task.pk}", {"outcome": "done"}).status_code == 403


# -- who may look ------------------------------------------------------------------------------------------------


def every_address(case: UUID, desk: Client) -> list[str]:
    """All that the desk has of one case, as the links of its page lead there."""
    page = desk.get(address(case)).content.decode()
    found = set(re.findall(rf'(?:href|src|data-live-get|data-diagram)="({address(case)}[^"#?]*)', page))
    return sorted(found | {f"{address(case)}/vua-xong"})


def test_an_officer_of_another_commune_finds_nothing(
    office: Commune, case: UUID, desks: dict[str, Client], stranger: Client
) -> None:
    services.issue_paper(case, "receipt")
    there = every_address(case, desks["one-stop"])
    document = next(one for one in there if "/van-ban/" in one)
    there.append(f"{document}/tep")
    assert len(there) >= 7
    for one in there:
        assert desks["one-stop"].get(one).status_code == 200, one
        assert stranger.get(one).status_code == 404, one
    task = Task.objects.get()
    for one in (f"{address(case)}/viec/{task.pk}", f"/desk/viec/{task.pk}/nhan", f"/desk/viec/{task.pk}/tra"):
        assert stranger.post(one, {"outcome": "done"}).status_code == 404, one
    code = Case.objects.get().code
    for one in ("/desk?xem=all", f"/desk/ho-so?q={code}", f"/desk?xem=all&q={code}"):
        assert address(case) not in stranger.get(one).content.decode()
    assert Task.objects.get().completed_at is None


@pytest.fixture
def stranger(office: Commune) -> Client:
    """The one-stop officer of the next commune."""
    valid = DateRange(date(2025, 7, 1), None)
    agency = Agency.objects.create(
        code="H31.141", name="Ủy ban nhân dân phường Trần Lãm", kind="people-committee", level="commune",
        unit="12454", valid=valid,
    )  # fmt: skip
    post = Post.objects.create(agency=agency, key="one-stop", title="Một cửa", roles=["one-stop"], valid=valid)
    account = identity.open_demo_account(SYSTEM, "can-bo-khac", "Cán bộ xã khác")
    identity.assign(SYSTEM, account, post.id)
    return browser_of(account)


def test_citizens_and_nobody_do_not_enter(mother: Citizen, case: UUID, client: Client) -> None:
    other = citizen("Lê Thị Khác", "034195999009")
    for one in ("/desk", "/desk/hang-doi", "/desk/ho-so", address(case), f"{address(case)}/giay-to/{PAPER}"):
        assert client.get(one, headers={"accept": "text/html"}).status_code == 302
        assert mother.browser.get(one).status_code == 403
        assert other.browser.get(one).status_code == 403


def test_a_task_of_another_case_is_not_this_case_s(mother: Citizen, case: UUID, desks: dict[str, Client]) -> None:
    other = mother.submit()
    task = Task.objects.get(case=other)
    assert desks["one-stop"].post(f"{address(case)}/viec/{task.pk}", {"outcome": "done"}).status_code == 404
    assert Task.objects.get(pk=task.pk).completed_at is None


def test_each_look_is_in_the_mother_s_log(mother: Citizen, case: UUID, desks: dict[str, Client]) -> None:
    desk = desks["one-stop"]
    desk.get(address(case))
    desk.get(f"{address(case)}/giay-to/{PAPER}/tep")
    looks = Access.objects.filter(person_id=mother.person).order_by("id")
    assert [(one.fields, one.case) for one in looks] == [("personal", case), ("papers", case)]
    seen = text(mother.browser.get("/toi/ai-da-xem"))
    assert "Giấy tờ nộp trong hồ sơ" in seen and "Thông tin cá nhân" in seen


# -- papers ------------------------------------------------------------------------------------------------------


def test_papers_are_looked_at_in_the_page(case: UUID, desks: dict[str, Client]) -> None:
    desk = desks["one-stop"]
    page = desk.get(address(case)).content.decode()
    file = f"{address(case)}/giay-to/{PAPER}/tep"
    assert f'src="{file}"' in page
    shown = desk.get(file)
    assert shown["Content-Type"] == "image/jpeg"
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN" and shown["X-Content-Type-Options"] == "nosniff"
    assert desk.get(f"{file}?tai")["Content-Disposition"].startswith("attachment")
    assert "giấy chứng sinh" in text(desk.get(f"{address(case)}/giay-to/{PAPER}"))
    assert desk.get(f"{address(case)}/giay-to/marriage").status_code == 404


def test_the_process_is_drawn_with_the_place_of_the_case(case: UUID, desks: dict[str, Client]) -> None:
    page = desks["one-stop"].get(address(case)).content.decode()
    at = re.search(r'data-diagram="([^"]+)" data-diagram-at="([^"]+)"', page)
    assert at and at[2] == "receive"
    drawing = desks["one-stop"].get(at[1])
    assert drawing["Content-Type"] == "application/xml"
    assert f'id="{at[2]}"' in drawing.content.decode()


def test_a_page_left_open_says_that_the_case_moved_on(office: Commune, case: UUID, desks: dict[str, Client]) -> None:
    page = desks["one-stop"].get(address(case)).content.decode()
    fragment = re.search(rf'data-live="case:{case}" data-live-get="([^"]+)"', page)
    assert fragment
    assert "vừa có thay đổi" not in text(desks["one-stop"].get(fragment[1]))
    office.do(case)
    moved = desks["one-stop"].get(fragment[1])
    assert "Hồ sơ vừa có thay đổi từ lúc Ông/Bà mở trang" in text(moved)
    assert 'id="case-timeline" hx-swap-oob="innerHTML"' in moved.content.decode()
