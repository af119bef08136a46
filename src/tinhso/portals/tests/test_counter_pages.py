"""The counter's pages: kiosk, ticket, call screen; window, intake on one page, shelf, post, the end of the day."""

import json
import re
import threading
import time
from datetime import date
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from django.utils import timezone
from PIL import Image

from tinhso.cases.models import Case, Draft, Handout, Intake, Status, Ticket, TicketState
from tinhso.cases.services import counter
from tinhso.documents import queries as documents
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Access, Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.ids import uuid7
from tinhso.payments import queries as orders
from tinhso.payments import services as payments
from tinhso.payments.contracts import Line

from .citizen_site import BIRTH, CHILD, ORIGIN, PACKS, PAPER, SYSTEM, Commune, commune, photograph
from .people import browser_of
from .reading import text

CODE = "H31.201"
HOA, DUC = "034195999001", "034096999002"


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    return commune()


@pytest.fixture
def desk(office: Commune) -> Client:
    account = office.officers["one-stop"].account
    assert account is not None
    return browser_of(account)


@pytest.fixture
def seated(office: Commune, desk: Client) -> Client:
    """The officer's browser, who sits at window 1."""
    officer = office.officers["one-stop"]
    counter.sit(officer, counter.open_window(officer, 1))
    return desk


@pytest.fixture
def kiosk(office: Commune) -> Client:
    """A tablet in the hall that an officer has made a kiosk."""
    _id, key = counter.add_device(office.officers["one-stop"], "Máy ở cửa")
    browser = Client()
    assert browser.get(f"/quay/{CODE}/may/{key}").status_code == 302
    return browser


def couple() -> None:
    """A mother and a father in the population register, who never signed in."""
    people = [
        NewPerson(
            name, number, date(1995, 1, 2), sex, "kinh", demo=True, address_unit="13225", address_line="Tổ 5",
            address_since=date(2025, 7, 1),
        )
        for name, number, sex in (("Trần Thị Hoa", HOA, "female"), ("Nguyễn Văn Đức", DUC, "male"))
    ]  # fmt: skip
    identity.register_people(SYSTEM, people)
    identity.marry(SYSTEM, people[0].id, people[1].id)


def begun(desk: Client) -> str:
    """The address of a birth registration begun for the mother."""
    answer = desk.post("/desk/quay/tiep-nhan", {"procedure": BIRTH, "national_id": HOA, "known": ""})
    assert answer.status_code == 302, text(answer)
    return answer["Location"]


def filled(**more: Any) -> dict[str, Any]:
    pages = {f"papers.{PAPER}": [photograph()]}
    return {**CHILD, **ORIGIN, **pages, "_unit": "", "_give_back": "person", "send": "1", **more}


def taken_in(desk: Client) -> Case:
    answer = desk.post(begun(desk), filled())
    assert answer.status_code == 302 and "/da-nhan/" in answer["Location"], text(answer)
    return Case.objects.get(pk=answer["Location"].rpartition("/")[2])


def ready(office: Commune, case: Case) -> Case:
    """The result is signed and waits on the shelf; the signature itself is tested with documents."""
    from tinhso.cases.models import Task
    from tinhso.cases.services.moving import move
    from tinhso.cases.workflow import procedure

    office.do(case.pk)
    office.do(case.pk, "approve")
    task = Task.objects.get(case=case, completed_at=None)
    case.refresh_from_db()
    move(SYSTEM, case, task, "done", found=procedure(case.procedure, case.version), now=timezone.now())
    case.refresh_from_db()
    assert case.status == Status.PROCESSED
    return case


def test_a_kiosk_asks_two_things_and_gives_a_number(kiosk: Client, seated: Client) -> None:
    home = kiosk.get(f"/quay/{CODE}")
    assert "Ông/Bà đến làm việc gì?" in text(home) and "lay-so?nhom=civil-status" in home.content.decode()
    asked = kiosk.get(f"/quay/{CODE}/lay-so?nhom=civil-status")
    assert "Người cao tuổi" in text(asked)
    taken = kiosk.post(f"/quay/{CODE}/lay-so", {"nhom": "civil-status", "uu-tien": "elderly"})
    page = kiosk.get(taken["Location"])
    assert "A001" in text(page) and "Ưu tiên" in text(page) and "<svg" in page.content.decode()
    assert "data-print-now" in page.content.decode()
    phone = Client().get(taken["Location"])
    assert "A001" in text(phone) and "data-print-now" not in phone.content.decode(), "a phone prints nothing"


def test_what_is_said_leads_to_its_group_and_what_is_not_known_to_advice(kiosk: Client) -> None:
    assert "Có phải việc này không?" in text(kiosk.get(f"/quay/{CODE}?noi=lam+khai+sinh"))
    unknown = text(kiosk.get(f"/quay/{CODE}?noi=<script>"))
    assert "Chưa rõ “<script>”" in unknown or "&lt;script&gt;" in unknown


def test_without_the_key_nobody_takes_a_number(office: Commune) -> None:
    stranger = Client()
    page = stranger.get(f"/quay/{CODE}")
    assert page.status_code == 200 and "lay-so?" not in page.content.decode()
    assert stranger.get(f"/quay/{CODE}/may/guessed").status_code == 404
    refused = stranger.post(f"/quay/{CODE}/lay-so", {"nhom": "land"})
    assert refused.status_code == 403 and Ticket.objects.count() == 0
    assert stranger.get("/quay/H99.99").status_code == 404
    assert stranger.get(f"/quay/{CODE}/so/guessed").status_code == 404


def test_the_window_calls_and_the_screen_and_the_phone_show_it(kiosk: Client, seated: Client) -> None:
    ticket = kiosk.post(f"/quay/{CODE}/lay-so", {"nhom": "land", "uu-tien": "khong"})["Location"]
    kiosk.post(f"/quay/{CODE}/lay-so", {"nhom": "land", "uu-tien": "khong"})
    assert "Sắp đến lượt" in text(kiosk.get(ticket))
    seated.post("/desk/quay/so/tiep", {"seen": ""})
    seated.post("/desk/quay/so/tiep", {"seen": ""})
    board = Client().get(f"/quay/{CODE}/man-hinh/goi")
    assert "B001" in text(board) and 'data-say="Mời số B 0 0 1 đến quầy 1"' in board.content.decode()
    assert "Mời Ông/Bà đến quầy 1" in text(Client().get(ticket.partition("?")[0] + "/tinh-hinh"))
    refused = seated.post("/desk/quay/so/tiep", {"seen": str(Ticket.objects.get(state=TicketState.CALLED).pk)})
    assert refused.status_code == 409 and "B001" in text(refused)
    seated.post("/desk/quay/so/bat-dau")
    assert "Đang làm việc tại quầy 1" in text(Client().get(ticket))
    seated.post("/desk/quay/so/tiep", {"seen": str(Ticket.objects.get(state=TicketState.SERVING).pk)})
    assert "B002" in text(Client().get(f"/quay/{CODE}/man-hinh"))
    for verb in ("goi-lai", "de-lai"):
        assert seated.post(f"/desk/quay/so/{verb}").status_code == 302
    aside = Ticket.objects.get(state=TicketState.ASIDE)
    assert "B002" in text(seated.get("/desk/quay/tinh-hinh"))
    seated.post("/desk/quay/so/goi", {"ticket": str(aside.pk)})
    assert seated.post("/desk/quay/so/chuyen", {"to": "land"}).status_code == 422
    assert seated.post("/desk/quay/so/chuyen", {"to": "results"}).status_code == 302
    assert seated.post("/desk/quay/so/khong-den").status_code == 409
    assert seated.post("/desk/quay/so/nonsense").status_code == 404


def test_an_officer_opens_windows_and_kiosks_and_hands_out_numbers(desk: Client) -> None:
    assert "Trung tâm chưa có quầy nào" in text(desk.get("/desk/quay"))
    wrong = desk.post("/desk/quay/cai-dat", {"what": "window", "number": "abc", "groups": ["land"]})
    assert wrong.status_code == 422 and "Số quầy từ 1 đến 99" in text(wrong) and "abc" in wrong.content.decode()
    assert desk.post("/desk/quay/cai-dat", {"what": "window", "number": "4", "groups": ["land"]}).status_code == 302
    shown = desk.post("/desk/quay/cai-dat", {"what": "device", "name": "Máy A"})
    address = re.search(r"http://testserver(/quay/H31\.201/may/[\w-]+)", shown.content.decode())
    assert address and Client().get(address[1]).status_code == 302
    assert address[1] not in desk.get("/desk/quay/cai-dat").content.decode(), "shown once"
    page = desk.get("/desk/quay")
    window = re.search(r'name="window" value="([0-9a-f-]{36})"', page.content.decode())
    assert window
    desk.post("/desk/quay/so/ngoi", {"window": window[1]})
    assert "Quầy 4" in text(desk.get("/desk/quay"))
    assert desk.post("/desk/quay/so/phat-so", {"group": ""}).status_code == 422
    desk.post("/desk/quay/so/phat-so", {"group": "land", "priority": "merit"})
    assert Ticket.objects.get().code == "B001"


def test_an_officer_takes_somebody_in_on_one_page(seated: Client, office: Commune) -> None:
    couple()
    address = begun(seated)
    page = text(seated.get(address))
    assert "Trần Thị Hoa" in page and "Nguyễn Văn Đức" in page, "the register has answered"
    assert 'name="mother' not in seated.get(address).content.decode()
    refused = seated.post(address, {"child_name": "Nguyễn Bảo An", "_give_back": "person", "send": "1"})
    assert refused.status_code == 422
    assert "Xin đính kèm giấy chứng sinh" in text(refused) and 'value="Nguyễn Bảo An"' in refused.content.decode()
    done = seated.post(address, filled())
    assert done.status_code == 302
    shown = seated.get(done["Location"])
    case = Case.objects.get()
    assert case.code in text(shown) and "In giấy tiếp nhận" in text(shown)
    assert not case.online and case.status == Status.RECEIVED and Intake.objects.get().window is not None
    receipt = re.search(r'href="(/desk/ho-so/[^"]+/tep)"', shown.content.decode())
    assert receipt and seated.get(receipt[1])["Content-Type"] == "application/pdf"
    assert seated.get(address).status_code == 302, "the form is sent"
    assert Access.objects.filter(purpose__contains="Đăng ký khai sinh", fields="personal").count() >= 1


def test_several_photographs_are_one_paper_of_as_many_pages(seated: Client) -> None:
    couple()
    address = begun(seated)
    seated.post(address, {f"papers.{PAPER}": [photograph("white"), photograph("red"), photograph("blue")], "save": "1"})
    paper = Draft.objects.get().papers[PAPER]
    assert paper["media_type"] == "application/pdf"
    with documents.open_blob(paper["digest"]) as file:
        assert len(re.findall(rb"/Type\s*/Page\b", file.read())) == 3
    assert seated.get(f"{address}/giay-to/{PAPER}")["Content-Type"] == "application/pdf"
    pdf = SimpleUploadedFile("trang.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
    refused = seated.post(address, {f"papers.{PAPER}": [photograph(), pdf], "save": "1"})
    assert refused.status_code == 422 and "mỗi trang là một ảnh" in text(refused)
    assert Draft.objects.get().papers[PAPER] == paper, "what was there is kept"


def test_a_page_lies_upright_and_says_nothing_of_the_camera(seated: Client) -> None:
    couple()
    address = begun(seated)
    sideways = Image.new("RGB", (400, 300), "white")
    exif = sideways.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET CAMERA"
    out = BytesIO()
    sideways.save(out, "JPEG", exif=exif)
    pages = [SimpleUploadedFile(f"{n}.jpg", out.getvalue(), "image/jpeg") for n in "12"]
    seated.post(address, {f"papers.{PAPER}": pages, "save": "1"})
    with documents.open_blob(Draft.objects.get().papers[PAPER]["digest"]) as file:
        content = file.read()
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", content)
    assert box and float(box[1]) < float(box[2]) and b"SECRET CAMERA" not in content


def test_who_is_not_in_the_register_is_said_so_and_may_be_named_by_a_paper(seated: Client) -> None:
    unknown = seated.post("/desk/quay/tiep-nhan", {"procedure": BIRTH, "national_id": "099999999999", "known": ""})
    assert unknown.status_code == 422 and "không có ai mang số này" in text(unknown)
    wrong = seated.post("/desk/quay/tiep-nhan", {"procedure": "", "national_id": "123", "known": ""})
    assert wrong.status_code == 422 and "Xin chọn thủ tục" in text(wrong)
    bare = seated.post("/desk/quay/tiep-nhan", {"procedure": BIRTH, "known": "no", "name": "John Smith"})
    assert bare.status_code == 422 and "John Smith" in bare.content.decode()
    given = {"procedure": BIRTH, "known": "no", "name": "John Smith", "paper": "Hộ chiếu", "number": "N1",
             "address": "Khách sạn Hồng Hà", "born_on": "31/02/1980"}  # fmt: skip
    assert seated.post("/desk/quay/tiep-nhan", given).status_code == 422
    answer = seated.post("/desk/quay/tiep-nhan", given | {"born_on": "01/02/1980"})
    assert answer.status_code == 302
    assert "John Smith" in text(seated.get(answer["Location"]))
    dropped = seated.post(f"{answer['Location']}/bo")
    assert dropped.status_code == 302 and Draft.objects.count() == 0


def test_a_result_is_found_by_the_scanned_receipt_and_given(seated: Client, office: Commune) -> None:
    couple()
    case = ready(office, taken_in(seated))
    found = seated.get("/desk/quay/tra", {"q": f"https://tinh.example/theo-doi/{case.code}"})
    assert case.code in text(found) and "Đăng ký khai sinh" in text(found)
    assert "Không có kết quả nào" in text(seated.get("/desk/quay/tra", {"q": "khong-co"}))
    assert seated.get("/desk/quay/tra/giao").status_code == 302
    assert f"/desk/quay/tra/giao?ho-so={case.pk}" in seated.get(f"/desk/ho-so/{case.pk}").content.decode()
    page = seated.get("/desk/quay/tra/giao", {"ho-so": str(case.pk)})
    assert "Giao tận tay" in text(page)
    wrong = seated.post(
        "/desk/quay/tra/giao", {"how": "person", "ho-so": str(case.pk), "as": "applicant", "number": DUC}
    )
    assert wrong.status_code == 422 and "không phải của người nộp" in text(wrong) and DUC in wrong.content.decode()
    seated.post("/desk/quay/tra/giao", {"how": "person", "ho-so": str(case.pk), "as": "applicant", "number": HOA})
    case.refresh_from_db()
    assert case.status == Status.RETURNED
    again = seated.post(
        "/desk/quay/tra/giao", {"how": "person", "ho-so": str(case.pk), "as": "applicant", "number": HOA}
    )
    assert again.status_code == 409
    taken = text(seated.get(f"/desk/ho-so/{case.pk}"))
    assert "Đã giao tận tay" in taken
    day = text(seated.get("/desk/quay/ngay"))
    assert case.code in day and "Hoa" not in day
    assert seated.get("/desk/quay/ngay", {"ngay": "32/13/2026"}).status_code == 422
    assert "Chưa có ngày nào" in text(seated.get("/desk/quay/thong-ke"))


def test_a_result_goes_by_post_and_its_way_is_written_down(seated: Client, office: Commune) -> None:
    couple()
    case = ready(office, taken_in(seated))
    form = {"how": "post", "ho-so": str(case.pk), "recipient": "Trần Thị Hoa", "phone": "0912345678", "line": "",
            "unit": "13225"}  # fmt: skip
    wrong = seated.post("/desk/quay/tra/giao", form)
    assert wrong.status_code == 422 and "0912345678" in wrong.content.decode()
    assert seated.post("/desk/quay/tra/giao", form | {"line": "Tổ 5"}).status_code == 302
    parcel = Handout.objects.get()
    listed = seated.get("/desk/quay/buu-chinh")
    assert "Tổ 5" in text(listed) and case.code in text(listed)
    address = f"/desk/quay/buu-chinh/{parcel.pk}"
    seated.post(address, {"state": "sent", "tracking": "VN1"})
    assert "VN1" in text(seated.get("/desk/quay/buu-chinh?tinh-trang=sent"))
    seated.post(address, {"state": "returned"})
    assert seated.post(address, {"state": "delivered"}).status_code == 409
    assert "Bưu chính hoàn lại" in text(seated.get("/desk/quay/tra"))


def test_others_find_no_door(seated: Client, office: Commune) -> None:
    couple()
    draft = begun(seated)
    case = ready(office, taken_in(seated))
    post = Post.objects.create(
        agency=Agency.objects.create(
            code="H31.202", name="Ủy ban nhân dân phường Trần Lãm", kind="people-committee", level="commune",
            unit="12454", valid=DateRange(date(2025, 7, 1), None),
        ),
        key="one-stop", title="Một cửa", roles=["one-stop"], valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    account = identity.open_demo_account(SYSTEM, "ben-kia", "Cán bộ bên kia")
    identity.assign(SYSTEM, account, post.id)
    neighbour = browser_of(account)
    for address in (draft, f"{draft}/giay-to/{PAPER}", f"/desk/quay/da-nhan/{case.pk}"):
        assert neighbour.get(address).status_code == 404, address
    assert neighbour.get("/desk/quay/tra/giao", {"ho-so": str(case.pk)}).status_code == 302, "nothing of theirs to give"
    assert case.code not in text(neighbour.get("/desk/quay/tra"))
    chair = browser_of(UUID(str(office.officers["chair"].account)))
    for address in ("/desk/quay", "/desk/quay/tiep-nhan", "/desk/quay/tra", "/desk/quay/cai-dat", "/desk/quay/ngay"):
        assert chair.get(address).status_code == 403, address
        assert Client().get(address).status_code in {302, 401}, address
    assert "/desk/quay" not in chair.get("/desk").content.decode()


def test_the_screen_names_nobody(kiosk: Client, seated: Client) -> None:
    couple()
    kiosk.post(f"/quay/{CODE}/lay-so", {"nhom": "civil-status", "uu-tien": "khong"})
    seated.post("/desk/quay/so/tiep", {"seen": ""})
    begun(seated)
    for address in (f"/quay/{CODE}/man-hinh", f"/quay/{CODE}/man-hinh/goi", f"/quay/{CODE}"):
        shown = Client().get(address).content.decode()
        assert "Hoa" not in shown and "Cán bộ one-stop" not in shown and HOA not in shown


def test_the_screen_hears_a_call_within_two_seconds_without_signing_in(site: str, settings: Any, tmp_path: Any) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))  # no register: its table would outlive this test
    agency = Agency.objects.create(
        code=CODE, name="Ủy ban nhân dân phường Thái Bình", kind="people-committee", level="commune", unit="13225",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    officer = Actor(
        account=uuid7(), post=uuid7(), agency=agency.id, permissions=permissions(["one-stop"]), assurance=2, name="Hạnh"
    )
    counter.sit(officer, counter.open_window(officer, 1))
    counter.give_ticket(officer, "land")
    heard: list[tuple[float, dict[str, Any]]] = []
    ready_now = threading.Event()

    def listen() -> None:
        address = f"{site}/live?topics=counter:{agency.id},desk"
        with httpx.stream("GET", address, timeout=15) as answer:
            for line in answer.iter_lines():
                ready_now.set()
                if line.startswith("data: "):
                    heard.append((time.monotonic(), json.loads(line[6:])))
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready_now.wait(10)
    time.sleep(0.5)
    pressed = time.monotonic()
    counter.call_next(officer)
    thread.join(10)
    at, message = heard[0]
    assert at - pressed < 2
    assert message == {"topics": [f"counter:{agency.id}"]}, "the desk's topics stay the officers'"
    assert "B001" in httpx.get(f"{site}/quay/{CODE}/man-hinh/goi").text


def test_a_fee_is_taken_where_the_case_was_taken_in(seated: Client, office: Commune) -> None:
    couple()
    case = taken_in(seated)
    order = payments.ask(
        SYSTEM, payer=case.person, subject=f"case:{case.pk}", purpose="receive", agency=case.agency_id,
        lines=[Line("Phí bản sao", 16_000)], title="Phí",
    )  # fmt: skip
    page = seated.get(f"/desk/quay/da-nhan/{case.pk}")
    assert "16.000" in text(page) and "Đã thu bằng tiền mặt" in text(page)
    back = f"/desk/quay/da-nhan/{case.pk}"
    form = {"method": "cash", "_key": "once", "next": back}
    for _time in range(2):
        assert seated.post(f"/desk/quay/thu/{order.id}", form)["Location"] == back
    assert orders.order(order.id).paid == 16_000, "pressed twice it is taken once"
    assert "còn phải nộp" not in text(seated.get(back))
    foreign = seated.post(f"/desk/quay/thu/{order.id}", form | {"next": "https://evil.example/", "_key": "two"})
    assert foreign["Location"] == "/desk/quay"


TOGETHER = """\
procedure: fair
code: "1.000009"
name: {vi: Xin gian hàng, en: A stall at the fair}
summary: {vi: Thử, en: Trial}
sector: {vi: Thử, en: Trial}
levels: [commune]
applicant: [citizen]
deadline: {working_hours: 8}
co_sign: [spouse]
sections:
  - {name: goods, title: {vi: Hàng bán, en: Goods}}
  - {name: family, title: {vi: Hai vợ chồng, en: The couple}}
form:
  - {name: goods, type: table, section: goods, label: {vi: Mặt hàng, en: Goods}, min: 1, max: 9, columns: [
      {name: what, type: text, label: {vi: Tên hàng, en: Name}, max: 40},
      {name: price, type: money, label: {vi: Giá, en: Price}, min: 0},
      {name: pieces, type: integer, label: {vi: Số lượng, en: Pieces}, min: 0}]}
  - {name: total, type: money, section: goods, label: {vi: Tổng giá trị, en: Worth},
     compute: "sum(goods.price * goods.pieces)"}
  - {name: food, type: boolean, section: goods, label: {vi: Có bán thực phẩm, en: Sells food}}
  - {name: permit_no, type: text, section: goods, label: {vi: Số giấy an toàn thực phẩm, en: Permit},
     max: 40, when: {food: true}}
  - {name: owner, type: person, section: family, label: {vi: Người nộp, en: Applicant}, from: population.self}
  - {name: spouse, type: person, section: family, label: {vi: Vợ hoặc chồng, en: Spouse}, from: population.spouse}
  - {name: job, type: text, section: family, label: {vi: Nghề của người kia, en: Their work}, by: spouse, max: 40}
papers:
  - {name: birth, label: {vi: Giấy khai sinh, en: Birth certificate},
     from: result.civil-status.birth-certificate, else: upload}
steps:
  - {name: receive, label: {vi: Tiếp nhận, en: Receive}, by: one-stop, hours: 1}
  - {name: verify, label: {vi: Thẩm tra, en: Verify}, by: civil-status, hours: 4}
legal_basis: [Thử]
"""
ROWS = {"goods.0.what": "Bánh", "goods.0.price": "20.000", "goods.0.pieces": "3",
        "goods.1.what": "Chè", "goods.1.price": "5.000", "goods.1.pieces": "4"}  # fmt: skip


def test_a_form_of_two_people_with_rows_sums_and_conditions_is_one_page(seated: Client, tmp_path: Any) -> None:
    """The counter shows the citizen's own widgets; both stand there, and the officer writes for each."""
    (tmp_path / "fair/procedures").mkdir(parents=True)
    (tmp_path / "fair/pack.yaml").write_text(
        "pack: fair\nversion: 1.0.0\nname: {vi: Hội chợ, en: Fair}\nsummary: {vi: Thử, en: Trial}\n"
    )
    (tmp_path / "fair/procedures/fair.yaml").write_text(TOGETHER)
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop", PACKS / "civil-status", tmp_path / "fair"]))
    couple()
    begin = seated.post("/desk/quay/tiep-nhan", {"procedure": "fair.fair", "national_id": HOA, "known": ""})
    address = begin["Location"]
    page = seated.get(address).content.decode()
    assert "data-asks" in page and 'name="goods.0.what"' in page and 'data-field="total"' in page
    assert 'name="job"' in page, "the spouse's part is written at the counter"
    assert 'name="permit_no"' not in page and 'name="spouse' not in page
    assert page.index("Hàng bán") < page.index('name="goods.0.what"') < page.index("Hai vợ chồng")

    live = seated.post(address, {**ROWS, "food": "true"}, headers={"X-Live": "1"}).content.decode()
    assert 'name="permit_no"' in live and "80.000" in live and "<form" not in live
    more = seated.post(address, {**ROWS, "food": "true", "rows": "goods.add"}).content.decode()
    assert 'name="goods.2.what"' in more and 'value="Chè"' in more
    less = seated.post(address, {**ROWS, "food": "true", "rows": "goods.drop.0"}).content.decode()
    assert 'value="Bánh"' not in less and "20.000" in less

    wrong = seated.post(address, {**ROWS, "food": "true", "_give_back": "person", "send": "1"})
    assert wrong.status_code == 422
    assert "Số giấy an toàn thực phẩm" in text(wrong) and "Xin đính kèm giấy khai sinh" in text(wrong)
    given = {**ROWS, "food": "true", "permit_no": "12/ATTP", "job": "Thợ mộc", "_give_back": "person", "send": "1"}
    done = seated.post(address, given | {"papers.birth": [photograph("white"), photograph("red")]})
    assert done.status_code == 302, text(done)
    case = Case.objects.get()
    assert (case.form["total"], case.form["job"], case.form["permit_no"]) == (80_000, "Thợ mộc", "12/ATTP")
    assert [row["what"] for row in case.form["goods"]] == ["Bánh", "Chè"] and not case.online
