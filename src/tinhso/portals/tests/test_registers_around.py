"""What stands around a record: those that refer to it, those that it refers to, its place on the map."""

import pytest

from .reading import text
from .test_registers_asking import ELSEWHERE, LIST, boat, boats, officer

__all__ = ["boats"]


@pytest.mark.usefixtures("boats")
def test_references_are_followed_both_ways_within_what_a_post_may_see() -> None:
    mother = boat("T-mẹ")
    for n in range(11):
        boat(f"T-con{n}", mother=mother)
    boat("T-nơikhác", ELSEWHERE, mother=mother)
    clerk = officer("clerk")
    page = clerk.get(f"{LIST}/{mother}")
    assert "Được dẫn tới từ" in text(page) and "T-con10" in text(page) and "T-nơikhác" not in text(page)
    assert "T-con0" not in text(page).replace("T-con10", "")
    every = f"{LIST}?k.mother__eq={mother}"
    assert every in page.content.decode()
    listed = clerk.get(every)
    assert listed.content.decode().count("T-con") >= 11 and "Thuyền mẹ là T-mẹ" in text(listed)
    child = boat("T-cháu", mother=mother)
    assert f'href="{LIST}/{mother}">T-mẹ</a>' in clerk.get(f"{LIST}/{child}").content.decode()


@pytest.mark.usefixtures("boats")
def test_the_map_draws_what_the_list_asks() -> None:
    here = {"type": "Point", "coordinates": [106.34, 20.45]}
    record = boat("T-bến", seats=3, quay=here)
    boat("T-bếnkhác", ELSEWHERE, quay=here)
    clerk = officer("clerk")
    every = clerk.get(f"{LIST}/ban-do").json()["features"]
    assert {one["properties"]["name"] for one in every} == {"T-vừa", "T-bến"}
    [one] = clerk.get(f"{LIST}/ban-do?k.seats__le=9").json()["features"]
    assert one["geometry"] == here and one["properties"]["href"] == f"{LIST}/{record}"
    assert [one["properties"]["name"] for one in clerk.get(f"{LIST}/ban-do?ban_ghi={record}").json()["features"]] == [
        "T-bến"
    ]
    assert "nhiều nhất 500" in text(clerk.get(LIST))
    page = clerk.get(f"{LIST}/{record}").content.decode()
    assert 'data-center="106.340000,20.450000"' in page and "20.450000, 106.340000" in page
    assert clerk.get(f"{LIST}/ban-do?k.seats__le=nhiều").status_code == 422


@pytest.mark.usefixtures("boats")
def test_what_a_list_asks_is_what_its_file_has() -> None:
    boat("T-nhỏ", seats=3)
    clerk = officer("clerk")
    page = clerk.get(f"{LIST}/tai-ve?k.seats__le=3")
    assert page.status_code == 200 and "Số chỗ" in text(page)
    assert f'href="{LIST}/tai-ve?k.seats__le=3"' in clerk.get(f"{LIST}?k.seats__le=3").content.decode()
    answer = clerk.post(f"{LIST}/tai-ve?k.seats__le=3", {"tep": "csv"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2 and "T-nhỏ" in lines[1]
    assert clerk.post(f"{LIST}/tai-ve", {"tep": "exe"}).status_code == 422
