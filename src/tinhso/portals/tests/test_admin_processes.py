"""/admin/quy-trinh: which versions run, what moving would do, and the moving."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from tinhso.cases.models import Case
from tinhso.kernel import packs

from . import citizen_site as site
from .reading import summary, text
from .test_admin import officer

ADDRESS = f"/admin/quy-trinh/{site.BIRTH}"


@pytest.fixture
def moved_on(db: None, tmp_path: Path) -> tuple[Client, UUID, UUID]:
    """Two cases, one received; then a version in which the second step has another name."""
    commune = site.commune()
    waiting = site.couple().submit()
    received = site.citizen("Lê Thị Mai", "034195999009").submit()
    commune.do(received)
    pack = tmp_path / "civil-status"
    shutil.copytree(site.PACKS / "civil-status", pack)
    file = pack / "procedures/birth-registration.yaml"
    file.write_text(file.read_text().replace("- name: verify\n", "- name: appraise\n"))
    packs.apply(site.SYSTEM, packs.read([pack]))
    return officer("admin"), waiting, received


def test_the_page_counts_the_cases_of_other_versions(moved_on: tuple[Client, UUID, UUID]) -> None:
    browser, _waiting, _received = moved_on
    assert "Đăng ký khai sinh civil-status.birth-registration 2 2 2" in text(browser.get("/admin/quy-trinh"))


def test_nothing_moves_before_it_was_tried_and_what_stays_is_named(moved_on: tuple[Client, UUID, UUID]) -> None:
    browser, waiting, received = moved_on
    stays = Case.objects.get(pk=received)
    tried = text(browser.get(ADDRESS, {"xem": "1"}))
    assert "1 hồ sơ chuyển được sang bản 2." in tried
    assert f"{stays.code} 1 đang ở “Thẩm tra”, bản mới không có phần tử này" in tried
    assert set(Case.objects.values_list("version", flat=True)) == {1}
    done = text(browser.post(ADDRESS, {"ban": "2"}))
    assert "Đã chuyển 1 hồ sơ sang bản 2." in done
    assert stays.code in done
    assert Case.objects.get(pk=waiting).version == 2
    answer = browser.post(ADDRESS, {"ban": "2", "noi": "verify = appraise", "ho-so": stays.code}, follow=True)
    assert "Đã chuyển 1 hồ sơ sang bản 2." in text(answer)
    assert Case.objects.get(pk=received).version == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ban": "hai"}, ("#f-ban", "Xin nhập số của một bản, ví dụ 3")),
        ({"noi": "verify appraise"}, ("#f-mapping", "Mỗi dòng viết: mã cũ = mã mới. Dòng chưa đúng: verify appraise")),
        ({"noi": "verify = nowhere"}, ("#f-mapping", "Bản 2 không có phần tử nowhere")),
        ({"ho-so": "H31.1-000000-0001"}, ("#f-cases", "Không có hồ sơ H31.1-000000-0001")),
    ],
)
def test_what_is_wrong_comes_back_filled_in(moved_on, given: dict[str, str], told: tuple[str, str]) -> None:
    browser = moved_on[0]
    answer = browser.get(ADDRESS, given | {"xem": "1"})
    assert answer.status_code == 422
    assert summary(answer) == [told]
    for value in given.values():
        assert value in answer.content.decode()


def test_only_administrators_see_it(moved_on) -> None:
    assert officer("leader").get("/admin/quy-trinh").status_code in {403, 404}
    assert officer("auditor").get(ADDRESS).status_code in {403, 404}
    assert moved_on[0].get("/admin/quy-trinh/no.such").status_code == 404
