"""The queue of the officers' desk: what it shows, narrows and counts, by keyset, with the same few questions."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from tinhso.cases import queries
from tinhso.cases.models import Case, Task
from tinhso.identity import services as identity
from tinhso.identity.models import Agency, Post
from tinhso.kernel.actor import Actor
from tinhso.kernel.text import fold

from .citizen_site import BIRTH, SYSTEM, Citizen, Commune, commune, couple
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


@pytest.fixture
def desk(office: Commune) -> Client:
    """The browser of the one-stop officer."""
    account = office.officers["one-stop"].account
    assert account is not None
    return browser_of(account)


def copies(case: UUID, count: int) -> list[UUID]:
    """So many more cases with an open task, each due an hour after the one before."""
    first, task = Case.objects.get(pk=case), Task.objects.get(case=case)
    values = {one.attname: getattr(first, one.attname) for one in Case._meta.concrete_fields}
    work = {one.attname: getattr(task, one.attname) for one in Task._meta.concrete_fields}
    made = []
    for number in range(1, count + 1):
        new = UUID(int=case.int + number)
        code = f"{first.code}-{number}"
        search = fold(f"{code} {first.applicant} {first.subject}")
        Case(**values | {"id": new, "code": code, "search": search}).save(force_insert=True)
        due = task.due_at + timedelta(hours=number)
        Task(**work | {"id": UUID(int=task.pk.int + number), "case_id": new, "due_at": due}).save(force_insert=True)
        made.append(new)
    return made


def rows(page: Any) -> list[UUID]:
    """The cases of the queue, in order."""
    return [
        UUID(one) for one in re.findall(r'id="viec-[^"]+" href="/desk/ho-so/([0-9a-f-]{36})"', page.content.decode())
    ]


def test_a_long_queue_has_pages_by_due_time_and_asks_no_more_of_the_database(case: UUID, desk: Client) -> None:
    def questions(address: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert desk.get(address).status_code == 200
        return len(seen)

    addresses = ("/desk", "/desk?xem=all", "/desk/hang-doi", "/desk/ho-so", f"/desk/ho-so/{case}")
    for address in addresses:
        desk.get(address)
    few = [questions(address) for address in addresses]
    everything = [case, *copies(case, 59)]
    many = [questions(address) for address in addresses]
    assert all(now <= before for now, before in zip(many, few, strict=True)), (few, many)
    shown: list[UUID] = []
    address = "/desk"
    while address:
        page = desk.get(address)
        shown += rows(page)
        later = re.search(r'href="([^"]+)" rel="next"', page.content.decode())
        address = later[1].replace("&amp;", "&") if later else ""
    assert shown == everything
    assert "Của bộ phận (60)" in text(desk.get("/desk"))
    beyond = desk.get("/desk?after=2099-01-01T00:00:00%2B00:00_01a20e03-770d-7000-bcd0-ff32dc690fd6")
    assert "Hết hàng đợi" in text(beyond)
    assert desk.get("/desk?after=nonsense").status_code == 404


def test_the_queue_is_searched_and_narrowed(case: UUID, desk: Client) -> None:
    late, today = copies(case, 2)
    now = timezone.localtime()
    Task.objects.filter(case=late).update(due_at=now - timedelta(days=2))
    Task.objects.filter(case=today).update(due_at=now.replace(hour=23, minute=59, second=59))
    Task.objects.filter(case=case).update(due_at=now + timedelta(days=20))
    code = Case.objects.get(pk=late).code
    assert rows(desk.get("/desk")) == [late, today, case]
    assert rows(desk.get("/desk?han=late")) == [late]
    assert rows(desk.get("/desk?han=today")) == [today]
    assert rows(desk.get(f"/desk?q={code.lower()}")) == [late]
    assert rows(desk.get("/desk?q=tran+thi+hoa")) == [late, today, case]
    assert rows(desk.get("/desk?q=nguyen+bao&han=late")) == [late]
    assert rows(desk.get(f"/desk?thu-tuc={BIRTH}&tinh-trang=1&nguoi=free")) == [late, today, case]
    for nothing in ("tinh-trang=9", "thu-tuc=no.such", "nguoi=taken", "q=khong+ai"):
        assert "Không có việc nào như vậy" in text(desk.get(f"/desk?{nothing}"))
    page = desk.get("/desk?han=late&q=hoa").content.decode()
    assert '<option value="late" selected>' in page and 'value="hoa"' in page
    assert "trễ" in text(desk.get("/desk?han=late"))
    assert rows(desk.get("/desk?xem=nonsense&tinh-trang=x&han=y&nguoi=z")) == [late, today, case]


def test_each_tab_has_its_own(office: Commune, mother: Citizen, case: UUID, desk: Client) -> None:
    other = mother.submit()
    office.do(other)
    assert rows(desk.get("/desk")) == [case]
    assert set(rows(desk.get("/desk?xem=all"))) == {case, other}
    assert rows(desk.get("/desk?xem=mine")) == []
    assert "Ông/Bà chưa nhận việc nào" in text(desk.get("/desk?xem=mine"))
    counts = text(desk.get("/desk"))
    assert "Của tôi (0)" in counts and "Của bộ phận (1)" in counts and "Cả cơ quan (2)" in counts


def test_an_empty_queue_says_what_will_be_here(desk: Client) -> None:
    page = text(desk.get("/desk"))
    assert "Không còn việc nào chờ" in page and "Hồ sơ đến khi người dân nộp" in page
    assert "Chưa có hồ sơ nào" in text(desk.get("/desk/ho-so"))


def test_the_queue_moves_by_the_topic_of_the_desk(case: UUID, desk: Client, mother: Citizen) -> None:
    page = desk.get("/desk?xem=all&q=hoa").content.decode()
    fragment = re.search(r'data-live="desk" data-live-get="([^"]+)"', page)
    assert fragment and fragment[1] == "/desk/hang-doi?xem=all&amp;q=hoa"
    address = fragment[1].replace("&amp;", "&")
    assert rows(desk.get(address)) == [case]
    assert "<html" not in desk.get(address).content.decode()
    other = mother.submit()
    assert rows(desk.get(address)) == [case, other]


def test_keys_reach_everything(case: UUID, desk: Client) -> None:
    queue = desk.get("/desk").content.decode()
    for mark in ('data-key="/"', 'data-key="c"', 'data-key="n"', "data-walk", "data-row"):
        assert mark in queue
    page = desk.get(f"/desk/ho-so/{case}").content.decode()
    for mark in ('data-key-focus="x"', 'data-key="c"', 'data-key="n"', 'data-key="i"', 'data-key="1"'):
        assert mark in page


def test_all_cases_are_found_after_they_left_the_queue(office: Commune, case: UUID, desk: Client) -> None:
    office.do(case)
    office.do(case, "refuse", note="Trùng", ground="Điều 16")
    assert rows(desk.get("/desk?xem=all")) == []
    code = Case.objects.get().code
    for address in ("/desk/ho-so", f"/desk/ho-so?q={code}", "/desk/ho-so?tinh-trang=8", f"/desk/ho-so?thu-tuc={BIRTH}"):
        assert f'href="/desk/ho-so/{case}"' in desk.get(address).content.decode(), address
    assert "Không có hồ sơ nào như vậy" in text(desk.get("/desk/ho-so?tinh-trang=10"))


def test_neighbours_stand_beside_the_case(case: UUID, desk: Client) -> None:
    everything = [case, *copies(case, 14)]
    page = desk.get(f"/desk/ho-so/{everything[6]}").content.decode()
    beside = re.search(r'(?s)<ol class="ts-neighbours".*?</ol>', page)
    assert beside
    shown = [UUID(one) for one in re.findall(r'href="/desk/ho-so/([0-9a-f-]{36})"', beside[0])]
    assert shown == everything[3:14]
    assert beside[0].count('aria-current="page"') == 1


def test_a_post_without_cases_is_told_why(office: Commune) -> None:
    valid = Agency.objects.get(pk=office.agency).valid
    post = Post.objects.create(agency_id=office.agency, key="it", title="Quản trị", roles=["admin"], valid=valid)
    account = identity.open_demo_account(SYSTEM, "quan-tri-xa", "Cán bộ CNTT")
    identity.assign(SYSTEM, account, post.id)
    page = text(browser_of(account).get("/desk/ho-so"))
    assert "Vị trí công tác của Ông/Bà không giải quyết hồ sơ" in page


def test_the_one_stop_centre_does_its_committee_s_counter_work(office: Commune, case: UUID) -> None:
    valid = Agency.objects.get(pk=office.agency).valid
    centre = Agency.objects.create(
        code="H31.201.1", name="Trung tâm Phục vụ hành chính công", kind="one-stop-centre", level="commune",
        unit="13225", valid=valid, parent_id=office.agency,
    )  # fmt: skip
    post = Post.objects.create(agency=centre, key="one-stop", title="Một cửa", roles=["one-stop"], valid=valid)
    account = identity.open_demo_account(SYSTEM, "mot-cua-trung-tam", "Cán bộ trung tâm")
    identity.assign(SYSTEM, account, post.id)
    assert rows(browser_of(account).get("/desk")) == [case]
    actor = Actor(account=account, post=post.id, agency=centre.id, assurance=2)
    assert queries.desks(actor) == {centre.id, office.agency}


def test_the_desk_speaks_english(case: UUID, desk: Client) -> None:
    desk.cookies["lang"] = "en"
    with translation.override("vi"):  # what the page activates ends here
        queue = text(desk.get("/desk"))
        page = text(desk.get(f"/desk/ho-so/{case}"))
    assert "Queue" in queue and "My unit's (1)" in queue and "Take it" in queue
    assert "Your work: Receive" in page and "Population register" in page and "Papers handed in" in page
