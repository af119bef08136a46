"""What officers do with many cases at once, and how a case is refused, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from ..installation import HOME, Installation
from .conftest import SignIns
from .visitor import Visitor, visiting

MANY = 50
SLIP = "Phiếu từ chối tiếp nhận giải quyết hồ sơ"
"""What form 03 is called: an official paper keeps its Vietnamese title."""
LOAD = """
from datetime import timedelta
from django.utils import timezone
from tinhso.cases import services
from tinhso.cases.contracts import LoadedCase
from tinhso.cases.models import Case
from tinhso.identity import queries
from tinhso.kernel.actor import system
home = queries.agency_of_unit({home!r})
officers = {{role: (seat.id, seat.holder) for seat in queries.posts(home.id) for role in seat.roles}}
known = Case.objects.filter(procedure='civil-status.birth-registration', person__isnull=False, demo=True)
first = known.filter(ended_at__isnull=False).exclude(form={{}}).order_by('id').last()
now = timezone.now()
rows = []
for n in range({count}):
    at = now - timedelta(minutes=200 - n)
    steps = services.steps_to('civil-status.birth-registration', {reached!r})
    rows.append(LoadedCase(
        procedure='civil-status.birth-registration', submitted_at=at, person=first.person, applicant=first.applicant,
        agency=home, form=first.form | {{'child_name': f'{name} {{n + 1}}'}}, subject=f'{name} {{n + 1}}',
        reached={reached!r}, moments=[at + timedelta(minutes=1 + i) for i in range(len(steps))], officers=officers,
        prefilled=first.prefilled))
print(services.load_cases(system('journeys'), rows))
"""


def load(installation: Installation, count: int, reached: str, name: str) -> None:
    """So many applications of today at HOME that wait at a step."""
    installation.tinhso("shell", "-c", LOAD.format(home=HOME, count=count, reached=reached, name=name))


def tick(chair: Visitor, name: str) -> None:
    """All the rows of this search, page by page; what is ticked stays ticked."""
    chair.open(f"/desk?q={name}")
    for page in range(1, 4):
        chair.page.keyboard.press("a")
        expect(chair.page.locator("[data-count]")).to_contain_text(str(min(25 * page, MANY)))
        if page == 1:
            chair.look("ticked")
        older = chair.page.locator('a[rel="next"]')
        if not older.count():
            return
        chair.tap(older)


@pytest.mark.parametrize(("language", "width"), [("vi", 1280), ("en", 360)])
def test_fifty_papers_are_signed_with_one_confirmation(
    chromium: Browser, installation: Installation, sign_ins: SignIns, language: str, width: int
) -> None:
    name = f"Ký Loạt {language.upper()}"
    load(installation, MANY, "approve", name)
    state = sign_ins.of(chromium, f"chu-tich.{HOME}")
    with visiting(chromium, installation, "batch-signing", language, width, state=state) as chair:
        tick(chair, name)
        chair.press("Ký số", "desk")
        chair.page.wait_for_url("**/desk/lo/**")
        expect(chair.page.locator('input[name="giu"]:checked')).to_have_count(MANY)
        chair.look("review")
        preview = chair.page.locator('a[href$="/xem-truoc"]').first.get_attribute("href")
        paper = chair.context.request.get(f"{installation.address}{preview}")
        assert paper.status == 200 and paper.body().startswith(b"%PDF")
        chair.press("Phê duyệt và ký tất cả")
        chair.look("running")
        batch = chair.page.url
        chair.open("/desk")  # the page can be left, and comes back
        chair.open("/desk/lo")
        chair.look("bulk-work")
        chair.open(batch)
        said = chair.words("%(done)s trên %(total)s hồ sơ.") % {"done": MANY, "total": MANY}
        expect(chair.content()).to_contain_text(said, timeout=300_000)
        expect(chair.page.locator(".ts-documents > li .ts-status--done")).to_have_count(MANY)
        chair.look("signed")
        chair.tap(chair.page.locator(".ts-documents > li a").nth(MANY - 1))
        chair.reads(chair.words("Đã ký số"))


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_a_refusal_states_its_reason_and_its_legal_ground(
    chromium: Browser, installation: Installation, sign_ins: SignIns, language: str, width: int
) -> None:
    name = f"Từ Chối {language.upper()}"
    load(installation, 1, "verify", name)
    state = sign_ins.of(chromium, f"ho-tich.{HOME}")
    with visiting(chromium, installation, "refusal", language, width, state=state) as officer:
        officer.open(f"/desk?q={name}")
        officer.tap(officer.page.locator("[data-row] th a").first)
        address = officer.page.url
        officer.tap(officer.page.locator("summary", has_text=re.compile(f"^{officer.words('Từ chối')}$")))
        officer.page.locator("[id='id_refuse.note']").fill("Trẻ đã được đăng ký khai sinh ở nơi khác.")
        officer.press("Từ chối hồ sơ")
        officer.look("ground-missing")
        assert officer.page.locator("[id='id_refuse.note']").input_value().startswith("Trẻ đã được")
        officer.page.locator("[id='id_refuse.ground']").fill("Khoản 2 Điều 16 Luật Hộ tịch năm 2014")
        officer.press("Từ chối hồ sơ")
        for _attempt in range(30):  # the slip is made by the worker
            officer.open(address)
            if officer.content().get_by_role("link", name=SLIP).count():
                break
            officer.page.wait_for_timeout(1_000)
        officer.reads("Trẻ đã được đăng ký khai sinh ở nơi khác.", "Khoản 2 Điều 16 Luật Hộ tịch năm 2014", SLIP)
        officer.look("refused")
    state = sign_ins.of(chromium, f"chu-tich.{HOME}")
    with visiting(chromium, installation, "reopening", language, width, state=state) as chair:
        chair.open(address)
        chair.press("Mở lại hồ sơ")
        chair.look("reopening")
        chair.page.locator("[name=note]").fill("Nơi đăng ký trước là của người trùng tên.")
        chair.press("Mở lại hồ sơ")
        chair.reads("Nơi đăng ký trước là của người trùng tên.")
        chair.look("reopened")
        for deed, link in (("give-out", "Giao việc"), ("ask", "Hỏi ý kiến"), ("stop", "Dừng giải quyết")):
            chair.open(address)
            chair.press(link)
            chair.look(deed)
        chair.open(f"{address}/lien-quan")
        chair.look("others-of-the-applicant")


def test_an_officer_who_leaves_hands_everything_over(
    chromium: Browser, installation: Installation, sign_ins: SignIns
) -> None:
    name = "Bàn Giao"
    load(installation, 3, "receive", name)
    with visiting(
        chromium, installation, "leaving/officer", "vi", 1280, state=sign_ins.of(chromium, f"mot-cua.{HOME}")
    ) as officer:
        officer.open(f"/desk?q={name}")
        officer.page.keyboard.press("a")
        officer.tap(officer.page.locator("#chosen button[value=claim]"))
        officer.press("Nhận tất cả")
        said = officer.words("%(done)s trên %(total)s hồ sơ.") % {"done": 3, "total": 3}
        expect(officer.content()).to_contain_text(said, timeout=60_000)
        officer.open(f"/desk?q={name}&xem=mine")
        desk_row = officer.page.locator("[data-row] th a").first
        officer.tap(desk_row)
        officer.page.locator("[name=note]").fill("Người nộp hẹn chiều thứ Năm.")
        officer.press("Ghi vào hồ sơ")
        officer.reads("Người nộp hẹn chiều thứ Năm.")
        officer.look("noted")
    with visiting(
        chromium, installation, "leaving/chair", "vi", 360, state=sign_ins.of(chromium, f"chu-tich.{HOME}")
    ) as chair:
        chair.open("/desk/ban-giao")
        chair.look("who-has-what")
        chair.tap(chair.page.locator("tr", has_text="một cửa").locator("a").first)
        chair.look("to-whom")
        chair.page.locator("[name=note]").fill("Nghỉ hưu từ 01/12/2026")
        chair.press("Bàn giao tất cả")
        expect(chair.content()).to_contain_text(chair.words("Đã xong"), timeout=60_000)
        chair.look("handed-over")
