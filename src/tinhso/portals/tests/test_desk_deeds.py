"""What officers do with a case beyond its step, and with many at once, through the pages."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone

from tinhso.cases import queries, services, tasks
from tinhso.cases.models import Batch, Case, Opinion, Task
from tinhso.identity import queries as identity_queries
from tinhso.identity import services as identity
from tinhso.identity.models import Access, Agency, Post
from tinhso.kernel.actor import Actor

from .citizen_site import SYSTEM, Citizen, Commune, commune, couple
from .people import browser_of
from .reading import text


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


def browser(office: Commune, role: str) -> Client:
    account = office.officers[role].account
    assert account is not None
    return browser_of(account)


def seat(agency: UUID, key: str, roles: list[str], name: str) -> Actor:
    post = Post.objects.create(
        agency_id=agency, key=key, title=f"Vị trí {key}", roles=roles, valid=DateRange(date(2025, 7, 1), None)
    )
    account = identity.open_demo_account(SYSTEM, f"can-bo-{key}", name)
    identity.assign(SYSTEM, account, post.id)
    return Actor(account=account, post=post.id, agency=agency, roles=frozenset(roles), name=name)


def task_of(case: UUID) -> Task:
    return Task.objects.get(case=case, completed_at=None)


def to_the_chair(office: Commune, case: UUID) -> None:
    office.do(case)
    office.do(case)


def test_the_chair_gives_a_task_out_from_the_case_page(case: UUID, office: Commune) -> None:
    chair, an = browser(office, "chair"), seat(office.agency, "an", ["one-stop"], "Bà An")
    address = f"/desk/ho-so/{case}/viec/{task_of(case).pk}/giao"
    assert f'href="{address}"' in chair.get(f"/desk/ho-so/{case}").content.decode()
    page = chair.get(address)
    assert "Bà An – Vị trí an, đang giữ 0 việc" in text(page)
    wrong = chair.post(address, {"to": "", "note": "Làm giúp"})
    assert wrong.status_code == 422 and "Làm giúp" in text(wrong)
    assert chair.post(address, {"to": str(an.post), "note": "Làm giúp"}).status_code == 302
    assert task_of(case).claimed_name == "Bà An"
    counter = browser(office, "one-stop")
    assert counter.get(address).status_code == 403
    assert address not in counter.get(f"/desk/ho-so/{case}").content.decode()
    page = text(counter.get(f"/desk/ho-so/{case}"))
    assert "Giao việc cho Bà An (Vị trí an)" in page and "Nhận việc thay" in page


def test_a_task_is_taken_over_with_a_reason(case: UUID, office: Commune) -> None:
    an = seat(office.agency, "an", ["one-stop"], "Bà An")
    services.claim(office.officers["one-stop"], task_of(case).pk)
    address = f"/desk/ho-so/{case}/viec/{task_of(case).pk}/nhan-thay"
    page = browser_of(an.account)  # type: ignore[arg-type]
    assert page.post(address, {"note": ""}).status_code == 422
    assert page.post(address, {"note": "Đồng nghiệp đi họp"}).status_code == 302
    assert task_of(case).claimed_name == "Bà An"
    assert page.post(f"/desk/ho-so/{case}/viec/{case}/nhan-thay", {"note": "x"}).status_code == 404


def test_a_note_is_read_by_officers_and_never_by_the_applicant(case: UUID, office: Commune, mother: Citizen) -> None:
    counter = browser(office, "one-stop")
    empty = counter.post(f"/desk/ho-so/{case}/ghi-chu", {"note": ""})
    assert empty.status_code == 422
    assert counter.post(f"/desk/ho-so/{case}/ghi-chu", {"note": "Hẹn gọi lại chiều nay"}).status_code == 302
    assert "Hẹn gọi lại chiều nay" in text(browser(office, "chair").get(f"/desk/ho-so/{case}"))
    assert "Hẹn gọi lại" not in text(mother.browser.get(f"/ho-so/{case}"))


def test_a_case_is_stopped_with_its_ground_and_opened_again(case: UUID, office: Commune, mother: Citizen) -> None:
    chair = browser(office, "chair")
    wrong = chair.post(f"/desk/ho-so/{case}/dung", {"note": "Sai thẩm quyền", "ground": ""})
    assert wrong.status_code == 422 and "Sai thẩm quyền" in text(wrong) and "căn cứ pháp lý" in text(wrong)
    assert browser(office, "one-stop").get(f"/desk/ho-so/{case}/dung").status_code == 403
    given = {"note": "Sai thẩm quyền", "ground": "Khoản 1 Điều 5"}
    assert chair.post(f"/desk/ho-so/{case}/dung", given).status_code == 302
    told = text(mother.browser.get(f"/ho-so/{case}"))
    assert "Dừng xử lý" in told and "Khoản 1 Điều 5" in told
    assert chair.get(f"/desk/ho-so/{case}/dung").status_code == 403
    assert "Mở lại hồ sơ" in text(chair.get(f"/desk/ho-so/{case}"))
    assert chair.post(f"/desk/ho-so/{case}/mo-lai", {"note": ""}).status_code == 422
    assert chair.post(f"/desk/ho-so/{case}/mo-lai", {"note": "Đúng thẩm quyền"}).status_code == 302
    assert Case.objects.get(pk=case).ended_at is None
    assert "Đúng thẩm quyền" in text(mother.browser.get(f"/ho-so/{case}"))


def test_opinions_are_asked_of_several_and_answered_on_their_desk(case: UUID, office: Commune) -> None:
    justice = Agency.objects.create(
        code="H31.4", name="Sở Tư pháp tỉnh Hưng Yên", kind="department", level="province", unit="33",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    legal = seat(justice.id, "legal", ["legal"], "Ông Pháp")
    asked_desk = browser_of(legal.account)  # type: ignore[arg-type]
    assert asked_desk.get(f"/desk/ho-so/{case}").status_code == 404
    counter, address = browser(office, "one-stop"), f"/desk/ho-so/{case}/hoi-y-kien"
    page = text(counter.get(address))
    assert "Sở Tư pháp tỉnh Hưng Yên: Vị trí legal (Ông Pháp)" in page
    more = counter.post(address, {"rows": "3", "more": "1", "question": "Có vướng không?"})
    assert 'name="to.3.post"' in more.content.decode() and "Có vướng không?" in text(more)
    chair = office.officers["chair"]
    given = {
        "rows": "3", "to.0.post": "", "to.1.post": str(chair.post), "to.1.due": "31/12/2099",
        "to.2.post": str(legal.post), "to.2.due": "hôm qua", "question": "Có vướng không?", "waits": "1",
    }  # fmt: skip
    wrong = counter.post(address, given)
    assert wrong.status_code == 422 and not Opinion.objects.exists() and "hôm qua" in wrong.content.decode()
    assert counter.post(address, given | {"to.2.due": "01/01/2020"}).status_code == 422
    assert counter.post(address, given | {"to.2.due": "30/12/2099"}).status_code == 302
    assert Opinion.objects.count() == 2
    complete = counter.post(f"/desk/ho-so/{case}/viec/{task_of(case).pk}", {"outcome": "done"})
    assert complete.status_code == 409 and "Đang chờ ý kiến" in text(complete)
    mine = Opinion.objects.get(post=legal.post)
    assert "1 câu hỏi ý kiến đang chờ" in text(asked_desk.get("/desk"))
    assert f"/desk/y-kien/{mine.pk}" in asked_desk.get("/desk/y-kien").content.decode()
    opened = text(asked_desk.get(f"/desk/ho-so/{case}"))
    assert "Cho ý kiến" in opened and "Hồ sơ khác của người nộp" not in opened
    assert asked_desk.get(f"/desk/ho-so/{case}/lien-quan").status_code == 404
    assert asked_desk.post(f"/desk/y-kien/{mine.pk}", {"answer": ""}).status_code == 422
    assert asked_desk.post(f"/desk/y-kien/{mine.pk}", {"answer": "Không vướng"}).status_code == 302
    theirs = Opinion.objects.get(post=chair.post)
    assert counter.post(f"/desk/y-kien/{theirs.pk}", {"drop": "1"}).status_code == 302
    assert "Không vướng" in text(counter.get(f"/desk/ho-so/{case}"))
    assert counter.post(f"/desk/ho-so/{case}/viec/{task_of(case).pk}", {"outcome": "done"}).status_code == 302


def test_other_cases_of_the_applicant_are_shown_by_consent_and_each_look_is_logged(
    case: UUID, office: Commune, mother: Citizen
) -> None:
    here, elsewhere = mother.submit(), mother.submit()
    other = Agency.objects.create(
        code="H31.202", name="Ủy ban nhân dân phường Trần Lãm", kind="people-committee", level="commune", unit="12454",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    Case.objects.filter(pk=elsewhere).update(holder=other, agency=other)
    counter = browser(office, "one-stop")
    page = counter.get(f"/desk/ho-so/{case}/lien-quan").content.decode()
    assert str(here) in page and str(elsewhere) not in page and "chưa đồng ý" in page
    look = Access.objects.filter(person_id=mother.person, case=case).latest("id")
    assert look.purpose.startswith("Xem hồ sơ khác của người nộp khi giải quyết")
    assert "Cho xem hồ sơ ở các cơ quan khác" in text(mother.browser.get(f"/ho-so/{case}"))
    assert mother.browser.post(f"/ho-so/{case}/cho-xem").status_code == 302
    assert "Ông/Bà đã đồng ý cho" in text(mother.browser.get(f"/ho-so/{case}"))
    assert str(elsewhere) in counter.get(f"/desk/ho-so/{case}/lien-quan").content.decode()
    fragment = counter.get(f"/desk/ho-so/{case}/lien-quan", headers={"HX-Request": "true"}).content.decode()
    assert str(elsewhere) in fragment and "<html" not in fragment
    (consent,) = identity_queries.consents(mother.actor)
    mother.browser.post(f"/toi/dong-y/{consent.id}/rut")
    assert str(elsewhere) not in counter.get(f"/desk/ho-so/{case}/lien-quan").content.decode()
    assert counter.post(f"/ho-so/{case}/cho-xem").status_code in {403, 404}


def test_the_chair_reviews_what_was_ticked_and_confirms_once(case: UUID, office: Commune, mother: Citizen) -> None:
    second, third = mother.submit(), mother.submit()
    to_the_chair(office, case)
    to_the_chair(office, second)
    chair = browser(office, "chair")
    queue = chair.get("/desk").content.decode()
    assert 'value="approve"' in queue and 'name="viec"' in queue
    ticked = [str(task_of(one).pk) for one in (case, second, third)]
    nothing = chair.post("/desk/chon", {"lam": "approve", "next": "/desk"}, follow=True)
    assert "Xin chọn từ một đến 500 việc" in text(nothing)
    answer = chair.post("/desk/chon", {"lam": "approve", "viec": ticked})
    page = chair.get(answer["Location"])
    said = text(page)
    assert "2 hồ sơ làm được" in said and "Bước này do vị trí khác thực hiện" in said and "Nguyễn Bảo An" in said
    assert f"/desk/ho-so/{case}/viec/{ticked[0]}/xem-truoc" in page.content.decode()
    pdf = chair.get(f"/desk/ho-so/{case}/viec/{ticked[0]}/xem-truoc")
    assert pdf.content.startswith(b"%PDF") and Task.objects.filter(case=case, role="platform").count() == 0
    assert browser(office, "one-stop").get(answer["Location"]).status_code == 404
    assert browser(office, "one-stop").get(f"/desk/ho-so/{case}/viec/{ticked[0]}/xem-truoc").status_code == 404
    none = chair.post(answer["Location"], {})
    assert none.status_code == 422 and "ít nhất một việc" in text(none)
    assert chair.post(answer["Location"], {"giu": ["1", "2"]}).status_code == 302
    batch = Batch.objects.get()
    assert "Có thể rời trang này" in text(chair.get(answer["Location"]))
    tasks.run_batch(str(batch.pk))
    state = chair.get(f"{answer['Location']}/tien-do")
    assert state.status_code == 200 and "Đang ký số" in text(state)
    assert Task.objects.filter(case__in=[case, second], role="platform", completed_at=None).count() == 2
    assert "Ký số hàng loạt" in text(chair.get("/desk/lo"))


def test_a_signature_that_cannot_be_made_is_named_and_the_others_go_on(
    case: UUID, office: Commune, mother: Citizen
) -> None:
    second = mother.submit()
    for one in (case, second):
        to_the_chair(office, one)
    chair = browser(office, "chair")
    address = chair.post("/desk/chon", {"lam": "approve", "viec": [str(task_of(o).pk) for o in (case, second)]})[
        "Location"
    ]
    chair.post(address, {"giu": ["1", "2"]})
    tasks.run_batch(str(Batch.objects.get().pk))
    waiting = Task.objects.get(case=second, role="platform", completed_at=None)
    waiting.payload |= {"trouble": "Chứng thư số không còn hiệu lực"}
    waiting.save()
    page = text(chair.get(address))
    assert "Chứng thư số không còn hiệu lực" in page and Case.objects.get(pk=second).code in page
    assert "Thử lại các hồ sơ này" in page
    assert chair.post(address, {"retry": "1"}).status_code == 302


def test_many_are_given_to_a_colleague_and_what_an_officer_has_is_handed_over(
    case: UUID, office: Commune, mother: Citizen
) -> None:
    second = mother.submit()
    an = seat(office.agency, "an", ["one-stop"], "Bà An")
    chair = browser(office, "chair")
    address = chair.post("/desk/chon", {"lam": "assign", "viec": [str(task_of(o).pk) for o in (case, second)]})[
        "Location"
    ]
    assert chair.post(address, {"giu": ["1", "2"], "to": ""}).status_code == 422
    assert chair.post(address, {"giu": ["1", "2"], "to": str(an.post)}).status_code == 302
    tasks.run_batch(str(Batch.objects.latest("id").pk))
    assert len(queries.inbox(office.officers["chair"], "all").rows) == 2
    page = text(chair.get("/desk/ban-giao"))
    assert "Vị trí an" in page and "Bà An" in page
    assert browser(office, "one-stop").get("/desk/ban-giao").status_code == 403
    leave = f"/desk/ban-giao/{an.post}"
    assert "Cán bộ one-stop" in text(chair.get(leave))
    wrong = chair.post(leave, {"to": str(office.officers["one-stop"].post), "note": ""})
    assert wrong.status_code == 422 and "checked" in wrong.content.decode()
    done = chair.post(leave, {"to": str(office.officers["one-stop"].post), "note": "Nghỉ hưu"})
    tasks.run_batch(str(Batch.objects.latest("id").pk))
    assert "Cán bộ one-stop" in text(chair.get(done["Location"]))
    assert {task_of(one).claimed_by for one in (case, second)} == {office.officers["one-stop"].post}


def test_a_deputy_finds_the_work_of_who_is_absent_on_the_own_desk(case: UUID, office: Commune) -> None:
    counter, keeper = browser(office, "one-stop"), office.officers["civil-status"]
    tomorrow = timezone.localdate() + timedelta(days=1)
    given = {"deputy": str(keeper.post), "since": "", "until": f"{tomorrow:%d/%m/%Y}", "basis": ""}
    wrong = counter.post("/desk/vang-mat", given)
    assert wrong.status_code == 422 and "Xin ghi văn bản" in text(wrong)
    assert counter.post("/desk/vang-mat", given | {"basis": "Giấy nghỉ phép 5"}).status_code == 302
    assert "Giấy nghỉ phép 5" in text(counter.get("/desk/vang-mat"))
    deputy = browser(office, "civil-status")
    assert "Cán bộ one-stop (Vị trí one-stop) vắng" in text(deputy.get("/desk"))
    deputy.post("/dang-nhap/vi-tri", {"post": str(office.officers["one-stop"].post), "next": "/desk"})
    page = deputy.get("/desk")
    assert "đang làm thay mặt Cán bộ one-stop" in text(page) and str(case) in page.content.decode()
    deputy.post(f"/desk/ho-so/{case}/viec/{task_of(case).pk}", {"outcome": "done"})
    assert "Cán bộ civil-status, thay mặt Cán bộ one-stop" in text(browser(office, "chair").get(f"/desk/ho-so/{case}"))
    stop = re.search(r"/desk/vang-mat/[0-9a-f-]+/thoi", counter.get("/desk/vang-mat").content.decode())
    assert stop and counter.post(stop[0]).status_code == 302
    assert "vắng" not in text(browser(office, "civil-status").get("/desk")).replace("Vắng mặt", "")


@pytest.mark.parametrize("role", ["one-stop", "civil-status", "chair"])
def test_the_right_role_in_the_wrong_agency_finds_no_door(case: UUID, office: Commune, role: str) -> None:
    other = Agency.objects.create(
        code="H31.202", name="Ủy ban nhân dân phường Trần Lãm", kind="people-committee", level="commune", unit="12454",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    stranger = browser_of(seat(other.id, f"x-{role}", [role], "Người lạ").account)  # type: ignore[arg-type]
    task = task_of(case).pk
    here = f"/desk/ho-so/{case}"
    doors = [f"{here}/viec/{task}/giao", f"{here}/viec/{task}/nhan-thay", f"{here}/viec/{task}/xem-truoc"]
    doors += [f"{here}/{one}" for one in ("ghi-chu", "dung", "mo-lai", "lien-quan", "hoi-y-kien")]
    for door in doors:
        assert stranger.get(door).status_code == 404, door
        sent = {"note": "x", "ground": "y", "to": str(task), "question": "?", "rows": "1"}
        assert stranger.post(door, sent).status_code == 404, door
    chosen = stranger.post("/desk/chon", {"lam": "claim", "viec": [str(task)]}, follow=True)
    assert "không còn ở hàng đợi" in text(chosen) and not Batch.objects.exists()
    assert stranger.get(f"/desk/ban-giao/{office.officers['one-stop'].post}").status_code in {403, 404}
