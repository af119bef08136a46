"""The registers on the desk: who sees which record, how a list is found, what a record was on a day."""

import re
from datetime import date
from html import unescape
from uuid import UUID

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tinhso.identity import services as identity
from tinhso.identity.models import Access, Agency, Post
from tinhso.registers import services as registers

from . import citizen_site as site
from .people import browser_of
from .reading import beside, summary, text

BIRTHS = "civil-status.births"
LIST = f"/desk/so/{BIRTHS}"
HERE, OLD, ELSEWHERE = "13141", "13150", "12454"
"""Vũ Quý of today, Vũ Trung that was merged into it, and a ward far from both."""


@pytest.fixture
def commune(db: None) -> site.Commune:
    return site.commune()


def officer(role: str, unit: str = HERE, level: str = "commune") -> Client:
    """A browser of somebody in a post of this role."""
    valid = DateRange(date(2025, 7, 1), None)
    agency, _made = Agency.objects.get_or_create(
        code=f"H31.9{unit}",
        defaults={"name": f"Ủy ban nhân dân {unit}", "kind": "people-committee", "level": level, "unit": unit,
                  "valid": valid},
    )  # fmt: skip
    post = Post.objects.create(agency=agency, key=role, title=f"Vị trí {role}", roles=[role], valid=valid)
    account = identity.open_demo_account(site.SYSTEM, f"{role}-{unit}", f"Cán bộ {role}")
    identity.assign(site.SYSTEM, account, post.id)
    return browser_of(account)


def birth(name: str = "Nguyễn Bảo Ân", on: date = date(2026, 3, 5), unit: str = HERE, **more: object) -> UUID:
    values = {"child_name": name, "born_on": on, "registered_on": on, "sex": "female", "ethnicity": "kinh",
              "nationality": "VN", "birth_place": "Trạm y tế", "home_town": "Thái Bình"} | more  # fmt: skip
    return registers.create(site.SYSTEM, BIRTHS, values, valid_from=on, unit=unit, unit_on=on).id


def names(answer: object) -> list[str]:
    return re.findall(r"Nguyễn \w+ \w+|Trần \w+ \w+", text(answer))


def test_what_an_officer_may_open_and_how_much_it_holds(commune: site.Commune) -> None:
    birth()
    birth(unit=ELSEWHERE)
    page = officer("civil-status").get("/desk/so")
    assert re.search(r"Hộ tịch Khai sinh 1\b", text(page))


def test_a_list_shows_the_ground_of_the_officer_whatever_the_map_of_the_day(commune: site.Commune) -> None:
    birth("Nguyễn Hiện Nay")
    birth("Nguyễn Ngày Trước", date(2024, 3, 5), OLD)
    birth("Trần Xã Khác", unit=ELSEWHERE)
    page = officer("civil-status").get(LIST)
    assert names(page) == ["Nguyễn Hiện Nay", "Nguyễn Ngày Trước"]
    assert "Xã Vũ Trung" in text(page)
    leader = officer("leader", "33", "province")
    assert len(re.findall(rf"{LIST}/[0-9a-f-]{{36}}", leader.get(LIST).content.decode())) == 3
    place = leader.get(f"{LIST}?xa={HERE}").content.decode()
    assert len(re.findall(rf"{LIST}/[0-9a-f-]{{36}}", place)) == 2


def test_a_name_is_found_without_diacritics_and_filters_narrow_it(commune: site.Commune) -> None:
    birth("Nguyễn Bảo Ân")
    birth("Nguyễn Bảo Đan", date(2026, 5, 1), sex="male")
    clerk = officer("civil-status")
    assert names(clerk.get(f"{LIST}?q=bao+dan")) == ["Nguyễn Bảo Đan"]
    assert names(clerk.get(f"{LIST}?f.sex=female")) == ["Nguyễn Bảo Ân"]
    assert names(clerk.get(f"{LIST}?f.born_on.tu=1/4/2026&f.born_on.den=2026-05-01")) == ["Nguyễn Bảo Đan"]
    assert names(clerk.get(f"{LIST}?sap=child_name")) == ["Nguyễn Bảo Ân", "Nguyễn Bảo Đan"]
    assert names(clerk.get(f"{LIST}?sap=-child_name")) == ["Nguyễn Bảo Đan", "Nguyễn Bảo Ân"]
    assert "Không có bản ghi nào như vậy" in text(clerk.get(f"{LIST}?q=khong+co"))


def test_a_filter_that_is_no_date_comes_back_filled_in(commune: site.Commune) -> None:
    birth()
    page = officer("civil-status").get(f"{LIST}?f.born_on.tu=32/1/2026&f.number=1/2026")
    assert page.status_code == 422
    assert "Không có ngày này trong lịch" in beside(page, "f.born_on.tu") + text(page)
    assert 'value="32/1/2026"' in page.content.decode() and 'value="1/2026"' in page.content.decode()
    assert summary(page)[0][0] == "#id_f.born_on.tu"


def test_a_list_pages_by_key(commune: site.Commune) -> None:
    made = {birth(f"Nguyễn Bảo {chr(65 + n)}n", date(2026, 1, 1)) for n in range(27)}
    clerk = officer("civil-status")
    page = clerk.get(LIST).content.decode()
    [older] = re.findall(r'href="(\?[^"]*after=[^"]+)"', page)
    seen = [
        set(re.findall(rf"{LIST}/([0-9a-f-]{{36}})", body))
        for body in (page, clerk.get(LIST + unescape(older)).content.decode())
    ]
    assert len(seen[0]) == 25 and seen[0].isdisjoint(seen[1])
    assert seen[0] | seen[1] == {str(one) for one in made}


def test_a_list_asks_the_database_no_more_for_more_rows(commune: site.Commune) -> None:
    clerk = officer("civil-status")
    mother = site.citizen("Trần Thị Hoa", "034195999001").person
    birth("Nguyễn Bảo Ân", mother=mother)
    clerk.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        clerk.get(LIST)
    for n in range(9):
        birth(f"Nguyễn Bảo {n}", mother=mother)
    with CaptureQueriesContext(connection) as many:
        clerk.get(LIST)
    assert len(many) == len(few)


def test_a_record_tells_what_changed_who_did_it_and_why(commune: site.Commune) -> None:
    record = birth("Nguyễn Bảo Ân")
    registers.update(site.SYSTEM, BIRTHS, record, {"child_name": "Nguyễn Bảo An"}, why="Viết sai dấu", revision=1)
    page = text(officer("civil-status").get(f"{LIST}/{record}"))
    assert "Bản 2: Sửa nội dung" in page and "Lý do: Viết sai dấu" in page
    assert "trước: Nguyễn Bảo Ân sau: Nguyễn Bảo An" in page
    assert "Bản 1: Ghi vào sổ" in page and "Hệ thống (tests)" in page


def test_a_record_as_it_was_on_a_day(commune: site.Commune) -> None:
    record = birth("Nguyễn Bảo Ân")
    registers.update(
        site.SYSTEM, BIRTHS, record, {"child_name": "Nguyễn Bảo An"}, why="Cải chính", revision=1,
        valid_from=date(2026, 6, 1),
    )  # fmt: skip
    clerk = officer("civil-status")
    assert '<h1 class="govuk-heading-l">Nguyễn Bảo An –' in clerk.get(f"{LIST}/{record}").content.decode()
    then = clerk.get(f"{LIST}/{record}?ngay=30/04/2026")
    assert '<h1 class="govuk-heading-l">Nguyễn Bảo Ân –' in then.content.decode()
    assert names(clerk.get(f"{LIST}?ngay=30/04/2026")) == ["Nguyễn Bảo Ân"]
    early = clerk.get(f"{LIST}/{record}?ngay=01/01/2026")
    assert early.status_code == 422 and "Ngày này chưa có" in beside(early, "ngay")
    wrong = clerk.get(f"{LIST}/{record}?ngay=30/02/2026")
    assert wrong.status_code == 422 and 'value="30/02/2026"' in wrong.content.decode()


def test_a_look_at_a_record_is_a_row_of_the_log_of_who_is_named(commune: site.Commune) -> None:
    mother = site.citizen("Trần Thị Hoa", "034195999001").person
    record = birth(mother=mother)
    officer("civil-status").get(f"{LIST}/{record}")
    [look] = Access.objects.filter(person=mother)
    assert look.post_id and look.fields == "personal"


def test_who_may_not_look_at_people_sees_that_something_is_hidden(commune: site.Commune) -> None:
    record = birth("Nguyễn Bảo Ân")
    leader = officer("leader", "33", "province")
    page = text(leader.get(f"{LIST}/{record}"))
    assert "Nguyễn Bảo Ân" not in page and "Dữ liệu riêng" in page and "Họ, chữ đệm, tên của trẻ" in page
    assert "Nguyễn Bảo Ân" not in text(leader.get(LIST))


def test_what_is_not_theirs_is_not_there(commune: site.Commune) -> None:
    record = birth()
    other = officer("civil-status", ELSEWHERE)
    assert other.get(f"{LIST}/{record}").status_code == 404
    assert other.get("/desk/so/civil-status.nothing").status_code == 404
    assert other.get(f"{LIST}?after=x").status_code == 404
    assert other.get(f"{LIST}?sap=notes.x").status_code == 404
    assert Client().get(LIST).status_code == 302
    citizen = site.citizen("Trần Thị Hoa", "034195999001").browser
    for address in ("/desk/so", LIST, f"{LIST}/{record}"):
        assert citizen.get(address).status_code in {302, 403, 404}
