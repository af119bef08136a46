"""The desk's search: by code, by name, and by place on whichever map."""

import re
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tinhso.cases import services as cases
from tinhso.cases.contracts import LoadedCase
from tinhso.identity.contracts import AgencyRef
from tinhso.identity.models import Agency
from tinhso.kernel.ids import uuid7, uuid7_at

from . import citizen_site as site
from .reading import text
from .test_registers_pages import birth, officer

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FORM = {"child_name": "Nguyễn Bảo An", "born_on": "2025-03-01", "sex": "female"}


@pytest.fixture
def commune(db: None) -> site.Commune:
    return site.commune()


@pytest.fixture
def leader(commune: site.Commune) -> Client:
    return officer("leader", "33", "province")


def filed(commune: site.Commune, unit: str, at: datetime, child: str = "Nguyễn Bảo An") -> UUID:
    """A case handed in at the counter of a commune."""
    row = Agency.objects.get(pk=commune.agency)
    agency = AgencyRef(row.id, row.code, row.name, row.level, unit)
    key = uuid7_at(at, uuid7().int)
    case = LoadedCase(site.BIRTH, at, None, "Trần Thị Hoa", agency, FORM, child, "receive", id=key)
    cases.load_cases(site.SYSTEM, [case])
    return key


def found(page: object) -> set[str]:
    return set(re.findall(r"/desk/ho-so/([0-9a-f-]{36})", page.content.decode()))  # type: ignore[attr-defined]


def test_a_case_of_an_old_commune_is_found_from_the_new_one_and_the_reverse(
    commune: site.Commune, leader: Client
) -> None:
    """Vũ Trung (13150) is one of the four communes that Vũ Quý (13141) of today was made of."""
    old = filed(commune, "13150", datetime(2025, 3, 5, 9, tzinfo=HANOI))
    new = filed(commune, "13141", datetime(2026, 3, 5, 9, tzinfo=HANOI))
    filed(commune, "12454", datetime(2026, 3, 5, 9, tzinfo=HANOI))
    both = {str(old), str(new)}
    from_new = leader.get("/desk/tim?noi=vũ quý")
    assert found(from_new) == both and "Xã Vũ Trung (đến 30/06/2025)" in text(from_new)
    assert found(leader.get("/desk/tim?noi=vu trung")) == both
    assert found(leader.get("/desk/tim?xa=13150&ban-do=2025-06-30")) == both
    assert found(leader.get("/desk/tim?noi=xa vu trung&q=khong ai")) == set()


def test_a_case_is_found_by_code_and_by_name_without_diacritics(commune: site.Commune, leader: Client) -> None:
    one = filed(commune, "13141", datetime(2026, 3, 5, 9, tzinfo=HANOI), "Đỗ Minh Phong")
    filed(commune, "13141", datetime(2026, 3, 5, 10, tzinfo=HANOI), "Nguyễn Bảo An")
    page = leader.get("/desk/tim?q=do minh phong")
    assert found(page) == {str(one)}
    [code] = set(re.findall(r"H31\.[\d.]+-\d{6}-\d{4}", page.content.decode()))
    assert found(leader.get(f"/desk/tim?q={code.lower()}")) == {str(one)}


def test_a_record_is_found_with_its_case_s_name(commune: site.Commune) -> None:
    old = birth("Đỗ Minh Phong", date(2024, 3, 5), "13150")
    birth("Đỗ Minh Phong", unit="12454")
    clerk = officer("civil-status")
    for asked in ("q=do minh phong", "q=do minh&noi=vu trung", "noi=vu quy"):
        page = clerk.get(f"/desk/tim?{asked}").content.decode()
        assert re.findall(r"civil-status\.births/([0-9a-f-]{36})", page) == [str(old)], asked


def test_a_place_that_is_nowhere_and_nothing_asked(commune: site.Commune, leader: Client) -> None:
    page = leader.get("/desk/tim?noi=không đâu cả&q=an")
    assert "Không có xã, phường nào tên như vậy" in text(page) and 'value="không đâu cả"' in page.content.decode()
    assert "Gõ mã, tên hoặc nơi để bắt đầu" in text(leader.get("/desk/tim"))
    assert leader.get("/desk/tim?xa=99999").status_code == 404
    assert leader.get("/desk/tim?q=a&after=x").status_code == 404


def test_search_is_for_officers(commune: site.Commune) -> None:
    assert Client().get("/desk/tim").status_code == 302
    assert site.citizen("Trần Thị Hoa", "034195999001").browser.get("/desk/tim").status_code == 403
