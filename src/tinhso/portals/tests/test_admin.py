"""Administration: who may open which page, what is set there holds, what is wrong comes back filled in."""

import re
import shutil
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tinhso.identity import queries as identity
from tinhso.identity import services as people
from tinhso.identity.models import Agency, Post
from tinhso.kernel import calendar, packs, seal_checks
from tinhso.kernel.models import Audit, Definition
from tinhso.kernel.tasks import deliver
from tinhso.territory import services as territory

from . import citizen_site as site
from .people import browser_of
from .reading import beside, summary, text

PAGES = {
    "admin": ["/admin", "/admin/goi", "/admin/goi/ke-hoach", "/admin/don-vi", "/admin/don-vi/13141",
              "/admin/don-vi/sap-xep/2025-07-01", "/admin/co-quan", "/admin/lich", "/admin/viec"],
    "auditor": ["/admin/nhat-ky"],
}  # fmt: skip


@pytest.fixture
def province(db: None) -> None:
    territory.load_facts(site.SYSTEM)
    people.load_agencies(site.SYSTEM)


def officer(role: str) -> Client:
    """A browser of somebody in a post of this role."""
    valid = DateRange(date(2025, 7, 1), None)
    agency, _made = Agency.objects.get_or_create(
        code="H31.990", defaults={"name": "Cơ quan thử", "kind": "department", "level": "province", "unit": "33",
                                  "valid": valid},
    )  # fmt: skip
    post = Post.objects.create(agency=agency, key=role, title=f"Vị trí {role}", roles=[role], valid=valid)
    account = people.open_demo_account(site.SYSTEM, f"thu-{role}", f"Người {role}")
    people.assign(site.SYSTEM, account, post.id)
    return browser_of(account)


@pytest.fixture
def admin(province: None) -> Client:
    return officer("admin")


@pytest.fixture
def auditor(province: None) -> Client:
    return officer("auditor")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_page_opens_for_its_role_and_for_no_other(province: None, language: str) -> None:
    browsers = {role: officer(role) for role in (*PAGES, "clerk")}
    for role, addresses in PAGES.items():
        for address in addresses:
            for other, browser in browsers.items():
                browser.cookies["lang"] = language
                answer = browser.get(address)
                refused = 302 if (address, other) == ("/admin", "auditor") else 403
                assert answer.status_code == (200 if other == role else refused), (address, other)
            assert Client().get(address).status_code == 302


def test_an_inspector_is_led_to_the_audit(auditor: Client) -> None:
    assert auditor.get("/admin")["Location"] == "/admin/nhat-ky"


# --- Jobs --------------------------------------------------------------------------------------------------------


def failed(number: int) -> list[int]:
    made = [deliver.defer(event=str(uuid4())) for _n in range(number)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = ANY(%s)", [made])
    return made


def test_a_failed_job_is_shown_and_done_again(admin: Client) -> None:
    [job] = failed(1)
    assert "Có 1 việc hỏng" in text(admin.get("/admin"))
    assert f"/admin/viec/{job}/chay-lai" in admin.get("/admin/viec").content.decode()
    page = admin.post(f"/admin/viec/{job}/chay-lai", follow=True)
    assert f"Việc số {job} đã vào hàng chờ" in text(page) and "Không có việc nào hỏng" in text(page)
    again = admin.post(f"/admin/viec/{job}/chay-lai", follow=True)
    assert "không còn ở trạng thái hỏng" in text(again)
    assert admin.get("/admin/viec?trang-thai=succeeded").status_code == 404


def test_jobs_page_by_key(admin: Client) -> None:
    made = failed(27)
    page = admin.get("/admin/viec").content.decode()
    [older] = re.findall(r'href="(\?[^"]*after=[^"]+)"', page)
    rest = admin.get("/admin/viec" + unescape(older)).content.decode()
    seen = [set(re.findall(r"/admin/viec/(\d+)/", body)) for body in (page, rest)]
    assert seen[0].isdisjoint(seen[1]) and seen[0] | seen[1] == {str(job) for job in made}


# --- Packs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(settings: object, tmp_path: Path) -> Path:
    shutil.copytree(site.PACKS / "demo", tmp_path / "demo", ignore=shutil.ignore_patterns("samples"))
    settings.PACKS = tmp_path  # type: ignore[attr-defined]
    return tmp_path / "demo"


def digest(page: object) -> str:
    return re.findall(r'name="digest" value="(\w+)"', page.content.decode())[0]  # type: ignore[attr-defined]


def test_a_pack_is_planned_and_applied(admin: Client, folder: Path) -> None:
    assert "Chưa áp dụng" in text(admin.get("/admin/goi"))
    plan = admin.get("/admin/goi/ke-hoach?goi=demo")
    assert "sổ demo.gardens mới" in text(plan)
    page = admin.post("/admin/goi/ap-dung", {"goi": "demo", "digest": digest(plan)}, follow=True)
    assert "Đã áp dụng 2 thay đổi" in text(page) and "Khớp" in text(page)
    assert packs.names("register") == ["demo.gardens", "demo.harvests"]
    assert "Không có gì thay đổi" in text(admin.get("/admin/goi/ke-hoach?goi=demo"))


def test_nothing_else_is_applied_than_what_was_seen(admin: Client, folder: Path) -> None:
    seen = digest(admin.get("/admin/goi/ke-hoach?goi=demo"))
    (folder / "registers" / "harvests.yaml").unlink()
    page = admin.post("/admin/goi/ap-dung", {"goi": "demo", "digest": seen})
    assert page.status_code == 409 and "chưa áp dụng gì" in text(page)
    assert not Definition.objects.exists()


def test_a_fault_is_named_by_file_line_and_key(admin: Client, folder: Path) -> None:
    file = folder / "registers" / "harvests.yaml"
    file.write_text(file.read_text().replace("type: date", "type: dat"))
    page = admin.get("/admin/goi/ke-hoach?goi=demo")
    line = next(n for n, words in enumerate(file.read_text().splitlines(), 1) if "type: dat," in words)
    assert f"demo/registers/harvests.yaml {line} fields.2" in text(page)
    assert 'name="digest"' not in page.content.decode()
    assert "1 lỗi" in text(admin.get("/admin/goi"))
    assert admin.get("/admin/goi/ke-hoach?goi=nothing").status_code == 404


def test_a_plan_that_loses_data_cannot_be_applied(admin: Client, folder: Path) -> None:
    packs.apply(site.SYSTEM, packs.read([folder]))
    file = folder / "registers" / "harvests.yaml"
    file.write_text(re.sub(r".*name: kilograms.*\n", "", file.read_text()))
    page = admin.get("/admin/goi/ke-hoach?goi=demo")
    assert "mất dữ liệu" in text(page) and 'name="digest"' not in page.content.decode()


# --- Agencies ----------------------------------------------------------------------------------------------------


def committee() -> tuple[UUID, Post]:
    agency = identity.agency_of_unit("13141").id
    return agency, Post.objects.get(agency=agency, key="chair")


def test_an_officer_is_given_a_post_and_leaves_it(admin: Client) -> None:
    agency, post = committee()
    people.open_demo_account(site.SYSTEM, "duc.13141", "Lê Văn Đức")
    found = admin.get(f"/admin/co-quan/{agency}?can-bo=van duc")
    assert "duc.13141 – Lê Văn Đức" in text(found)
    yesterday = timezone.localdate() - timedelta(days=1)
    asked = {"post": str(post.id), "username": "duc.13141", "since": f"{yesterday:%d/%m/%Y}"}
    page = admin.post(f"/admin/co-quan/{agency}/giao", asked, follow=True)
    assert "Lê Văn Đức được giao vị trí" in text(page)
    assert identity.post(post.id).holder == "Lê Văn Đức"
    [end] = re.findall(r"/admin/co-quan/thoi/[0-9a-f-]+", page.content.decode())
    assert "Lê Văn Đức thôi giữ vị trí" in text(admin.get(end))
    wrong = admin.post(end, {"on": "31/02/2026"})
    assert wrong.status_code == 422 and 'value="31/02/2026"' in wrong.content.decode()
    done = admin.post(end, {"on": f"{timezone.localdate():%d/%m/%Y}"}, follow=True)
    assert "(không giữ hôm nay)" in text(done)
    assert identity.post(post.id).holder == ""


def test_a_wrong_assignment_comes_back_filled_in(admin: Client) -> None:
    agency, post = committee()
    holder = people.open_demo_account(site.SYSTEM, "hoa.13141", "Trần Thị Hoa")
    people.open_demo_account(site.SYSTEM, "duc.13141", "Lê Văn Đức")
    people.assign(site.SYSTEM, holder, post.id)
    page = admin.post(f"/admin/co-quan/{agency}/giao", {"post": "", "username": "ai-do", "since": "hôm nay"})
    assert page.status_code == 422
    assert beside(page, "post") and "Không có tài khoản" in beside(page, "username") and beside(page, "since")
    assert summary(page)[0][0] == "#id_post" and 'value="ai-do"' in page.content.decode()
    taken = admin.post(
        f"/admin/co-quan/{agency}/giao", {"post": str(post.id), "username": "duc.13141", "since": "", "until": ""}
    )
    assert taken.status_code == 422 and "đang có người giữ" in beside(taken, "post")
    backwards = {"post": str(post.id), "username": "duc.13141", "since": "1/5/2030", "until": "1/4/2030"}
    assert "phải sau" in beside(admin.post(f"/admin/co-quan/{agency}/giao", backwards), "until")


def test_agencies_are_found_and_read_as_of_a_day(admin: Client) -> None:
    assert "Ủy ban nhân dân xã Vũ Trung" not in text(admin.get("/admin/co-quan"))
    before = admin.get("/admin/co-quan?ngay=30/06/2025")
    assert "Ủy ban nhân dân xã Vũ Trung" in text(before)
    found = text(admin.get("/admin/co-quan?q=vu quy"))
    assert "Ủy ban nhân dân xã Vũ Quý" in found and "Vũ Thư" not in found
    assert admin.get("/admin/co-quan?ngay=hôm qua").status_code == 422
    agency, _post = committee()
    assert "Tiếp nhận việc của: Ủy ban nhân dân huyện Kiến Xương" in text(admin.get(f"/admin/co-quan/{agency}"))
    assert admin.get(f"/admin/co-quan/{uuid4()}").status_code == 404


def test_an_agency_s_page_asks_no_more_for_more_holders(admin: Client) -> None:
    agency, post = committee()
    admin.get(f"/admin/co-quan/{agency}")
    with CaptureQueriesContext(connection) as few:
        admin.get(f"/admin/co-quan/{agency}")
    for number in range(5):
        account = people.open_demo_account(site.SYSTEM, f"nguoi-{number}", f"Người {number}")
        people.assign(site.SYSTEM, account, post.id, acting=True)
    with CaptureQueriesContext(connection) as many:
        admin.get(f"/admin/co-quan/{agency}")
    assert len(many) == len(few)


# --- Calendar ----------------------------------------------------------------------------------------------------


def test_a_day_off_is_set_and_taken_back(admin: Client) -> None:
    day = date(2027, 3, 10)
    asked = {"year": "2027", "day": "10/3/2027", "works": "no", "name": "Ngày hội làng", "source": "01/QĐ-UBND"}
    page = admin.post("/admin/lich/dat", asked, follow=True)
    assert "Ngày 10/03/2027 là ngày nghỉ" in text(page) and "Ngày hội làng 01/QĐ-UBND" in text(page)
    calendar.forget()
    assert not calendar.is_working_day(day)
    page = admin.post("/admin/lich/bo/2027-03-10", follow=True)
    assert "trở lại theo luật" in text(page) and "Ngày hội làng" not in text(page)
    calendar.forget()
    assert calendar.is_working_day(day)
    assert admin.post("/admin/lich/bo/2027-03-10").status_code == 404
    assert Audit.objects.filter(action__startswith="calendar.").count() == 2


def test_a_wrong_day_comes_back_filled_in(admin: Client) -> None:
    page = admin.post("/admin/lich/dat", {"year": "2027", "day": "30/2/2027", "name": "", "source": "văn bản"})
    assert page.status_code == 422
    for field in ("day", "works", "name"):
        assert beside(page, field), field
    body = page.content.decode()
    assert 'value="30/2/2027"' in body and 'value="văn bản"' in body and "Lịch làm việc 2027" in body
    for year in ("1999", "x", "2101"):
        assert admin.get(f"/admin/lich?nam={year}").status_code == 404


def test_the_year_shows_what_law_moved(admin: Client) -> None:
    page = text(admin.get("/admin/lich?nam=2026"))
    assert "249 ngày làm việc" in page and "Tết Nguyên Đán" in page


# --- Units -------------------------------------------------------------------------------------------------------


def test_the_reform_is_read_from_both_sides(admin: Client) -> None:
    page = text(admin.get("/admin/don-vi/sap-xep/2025-07-01"))
    assert "242 xã, phường, thị trấn cũ" in page and "65 xã, phường mới" in page
    found = text(admin.get("/admin/don-vi/sap-xep/2025-07-01?q=vu trung"))
    assert "Xã Vũ Quý" in found and "Xã Vũ Trung" in found and "Phường Thái Bình" not in found
    assert admin.get("/admin/don-vi/sap-xep/2024-01-01").status_code == 404
    assert admin.get("/admin/don-vi/sap-xep/hom-qua").status_code == 404


def test_a_code_that_was_used_again_is_another_unit_on_another_map(admin: Client) -> None:
    now = text(admin.get("/admin/don-vi/13141"))
    assert "Xã Vũ Quý" in now and "Lập từ" in now
    then = text(admin.get("/admin/don-vi/13141?ngay=2025-06-30"))
    assert "Xã Vũ Quí" in then and "Trở thành Xã Vũ Quý" in then
    gone = text(admin.get("/admin/don-vi/13150"))
    assert "Kết thúc ngày 01/07/2025" in gone
    assert admin.get("/admin/don-vi/99999").status_code == 404
    assert admin.get("/admin/don-vi/13141?ngay=x").status_code == 404


def test_units_are_found_on_the_map_of_a_day(admin: Client) -> None:
    assert "Xã Vũ Trung" not in text(admin.get("/admin/don-vi?q=vu trung"))
    assert "Xã Vũ Trung" in text(admin.get("/admin/don-vi?q=vu trung&ngay=30/06/2025"))
    assert admin.get("/admin/don-vi?ngay=32/1/2025").status_code == 422


# --- Audit -------------------------------------------------------------------------------------------------------


def test_deeds_are_filtered_and_say_who(auditor: Client, admin: Client) -> None:
    [job] = failed(1)
    admin.post(f"/admin/viec/{job}/chay-lai")
    page = auditor.get("/admin/nhat-ky?viec=job.")
    assert f"Vị trí admin, Cơ quan thử job.retry job {job} task: kernel.deliver" in text(page)
    assert "Không có việc nào như vậy" in text(auditor.get("/admin/nhat-ky?den=1/1/2020"))
    wrong = auditor.get("/admin/nhat-ky?tu=1/13/2026&viec=job.")
    assert wrong.status_code == 422 and beside(wrong, "tu") and 'value="job."' in wrong.content.decode()
    assert auditor.get("/admin/nhat-ky?after=x").status_code == 404


def test_the_audit_pages_by_key_with_the_same_queries(auditor: Client) -> None:
    auditor.get("/admin/nhat-ky")  # whose session it is costs a query of its own the first time
    with CaptureQueriesContext(connection) as few:
        auditor.get("/admin/nhat-ky?viec=identity.open")
    for number in range(60):
        people.open_demo_account(site.SYSTEM, f"nguoi-{number}", f"Người {number}")
    with CaptureQueriesContext(connection) as many:
        page = auditor.get("/admin/nhat-ky?viec=identity.open").content.decode()
    assert len(many) == len(few)
    [older] = re.findall(r'href="(\?[^"]*after=[^"]+)"', page)
    assert page.count("?ve=") == 50
    assert auditor.get("/admin/nhat-ky" + unescape(older)).content.decode().count("?ve=") >= 11


@pytest.mark.django_db(transaction=True)
def test_a_check_of_the_seals_is_followed_to_its_end(auditor: Client) -> None:
    page = auditor.post("/admin/nhat-ky/niem-phong", follow=True)
    address = page.redirect_chain[-1][0]
    assert "Chờ tới lượt" in text(page) and "every 2s" in page.content.decode()
    assert "Một lần kiểm tra đang chạy" in text(auditor.post("/admin/nhat-ky/niem-phong", follow=True))
    seal_checks.run(UUID(address.rpartition("/")[2]))
    assert auditor.get(f"{address}/tien-do")["HX-Refresh"] == "true"
    assert "còn nguyên như lúc ghi" in text(auditor.get(address))
    assert "Nguyên vẹn" in text(auditor.get("/admin/nhat-ky"))
    assert officer("clerk").get(address).status_code == 403
