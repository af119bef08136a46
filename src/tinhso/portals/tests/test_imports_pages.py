"""A keeper brings a spreadsheet into a register on the desk: sends it, names the columns, tries it, writes it."""

import csv
import io
import re
import resource
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tinhso.documents import uploads
from tinhso.registers import queries
from tinhso.registers.models import Import
from tinhso.registers.services import imports

from . import citizen_site as site
from .reading import text
from .test_registers_pages import BIRTHS, HERE, LIST, names, officer

PAGE = f"{LIST}/nhap"


@pytest.fixture
def commune(db: None) -> site.Commune:
    return site.commune()


def sheet(*lines: list[str], head: list[str] | None = None) -> SimpleUploadedFile:
    of = queries.definition(BIRTHS)
    columns = ["child_name", "born_on", "registered_on", "sex", "ethnicity", "nationality", "birth_place", "home_town"]
    out = io.StringIO()
    csv.writer(out).writerows([head or [of.fields[name].spec.words for name in columns], *lines])
    return SimpleUploadedFile("khai-sinh.csv", out.getvalue().encode(), "text/csv")


def child(name: str, born: str = "5/3/2026") -> list[str]:
    return [name, born, "6/3/2026", "Nữ", "Kinh", "Việt Nam", "Trạm y tế", "Thái Bình"]


def tried(client: Client, *lines: list[str]) -> str:
    """Send a file and try it with the columns that are guessed; the address of the trial."""
    columns = client.post(PAGE, {"file": sheet(*lines)})
    assert columns.status_code == 302, text(columns)
    page = client.get(columns["Location"]).content.decode()
    chosen = {}
    for name, options in re.findall(r'<select[^>]* name="(cot\.\w+)"[^>]*>(.*?)</select>', page, re.S):
        if picked := re.search(r'value="(\d+)" selected', options):
            chosen[name] = picked[1]
    assert len(chosen) == 8
    answer = client.post(columns["Location"], chosen)
    assert answer.status_code == 302, text(answer)
    return answer["Location"]


def work(address: str) -> None:
    imports.run(UUID(address.rsplit("/", 1)[1]))


def test_a_file_is_tried_then_its_right_rows_are_written(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Nguyễn Bảo Ân"), child("Trần Minh Khôi", "31/02/2026"), child("Nguyễn Gia Hân"))
    assert "Chờ tới lượt" in text(client.get(address))
    work(address)
    shown = client.get(address)
    assert "Xem thử" in text(shown) and "31/02/2026" in text(shown)
    assert names(client.get(LIST)) == []
    file = b"".join(client.get(f"{address}/loi").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "Trần Minh Khôi" in file and "Nguyễn Gia Hân" not in file
    done = client.post(f"{address}/ghi", {"mode": "good"})["Location"]
    work(done)
    assert "Đã ghi mới" in text(client.get(done))
    assert sorted(names(client.get(LIST))) == ["Nguyễn Bảo Ân", "Nguyễn Gia Hân"]
    listed = text(client.get(PAGE))
    assert listed.count("khai-sinh.csv") == 2 and "xem thử" in listed


def columns_page(client: Client, file: SimpleUploadedFile) -> str:
    answer = client.post(PAGE, {"file": file})
    assert answer.status_code == 302, text(answer)
    return answer["Location"]


def picked(page: str, name: str) -> str:
    options = re.search(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.S)
    assert options
    chosen = re.search(r'value="([^"]*)" selected', options[1])
    return chosen[1] if chosen else ""


def test_the_encoding_and_the_delimiter_are_shown_as_found_and_the_preview_follows_another_choice(
    commune: site.Commune,
) -> None:
    client = officer("civil-status")
    lines = "Họ tên;Ngày sinh;Giới tính\nTrÇn §øc;5/3/2026;Nam\nNguyÔn Hoµ;6/3/2026;N÷\n"
    address = columns_page(client, SimpleUploadedFile("cu.csv", lines.encode()))
    page = client.get(address).content.decode()
    assert (picked(page, "ma"), picked(page, "dau")) == ("UTF-8", ";")
    old = "Ho ten;Ngay sinh\nTrÇn §øc;5/3/2026\n".encode("cp1252")
    address = columns_page(client, SimpleUploadedFile("cu.csv", old))
    found = client.get(address)
    assert picked(found.content.decode(), "ma") == "TCVN3 (ABC)" and "Trần Đức" in text(found)
    other = client.get(address, {"ma": "VNI", "dau": ";"})
    assert picked(other.content.decode(), "ma") == "VNI" and "TrÇn §øc" in text(other)
    whole = client.get(address, {"ma": "TCVN3 (ABC)", "dau": "|"})
    assert "Ho ten;Ngay sinh" in text(whole)
    wrong = client.get(address, {"ma": "UTF-8", "dau": ";"})
    assert wrong.status_code == 422 and "Không đọc được tệp theo lựa chọn này" in text(wrong)


def test_what_is_tried_is_read_as_it_was_shown(commune: site.Commune) -> None:
    client = officer("civil-status")
    body = "Họ tên con|Ngày sinh\nNguyễn Bảo Ân|5/3/2026\n".encode("utf-16-le")
    address = columns_page(client, SimpleUploadedFile("a.csv", body))
    chosen = {"ma": "UTF-16 LE", "dau": "|", "bang": "0:1", "cot.child_name": "0", "cot.born_on": "1", "xem": "1"}
    shown = client.post(address, chosen)
    assert shown.status_code == 200 and "Nguyễn Bảo Ân" in text(shown) and "đọc được cả" in text(shown)


def test_of_a_large_file_the_page_says_what_will_happen_and_that_it_may_be_left(commune: site.Commune) -> None:
    client = officer("civil-status")
    small, large = (SimpleUploadedFile("a.csv", b"child_name,born_on\n" + b"An,5/3/2026\n" * n) for n in (9, 60_000))
    assert "rời trang" not in text(client.get(columns_page(client, small)))
    shown = text(client.get(columns_page(client, large)))
    assert "Tệp lớn" in shown and "có thể rời trang" in shown
    about = re.search(r"khoảng ([\d.]+) dòng", shown)
    assert about and 50_000 < int(about[1].replace(".", "")) < 70_000


def test_a_running_import_says_about_how_long_it_takes_still(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Nguyễn Bảo Ân"))
    begun = timezone.now() - timedelta(minutes=2)
    Import.objects.filter(pk=address.rsplit("/", 1)[1]).update(
        state="running", started_at=begun, read=400_000, total=1_000_000
    )
    assert "còn khoảng 3 phút" in text(client.get(address))
    assert "Đã đọc 400.000 dòng" in text(client.get(f"{address}/tien-do"))


def test_the_first_rows_show_the_faults_that_they_would_have(commune: site.Commune) -> None:
    client = officer("civil-status")
    lines = [child("Nguyễn Bảo Ân"), child("Trần Minh Khôi", "31/02/2026")]
    shown = text(client.get(columns_page(client, sheet(*lines))))
    assert "Một dòng chưa đúng như đang chọn" in shown and "31/02/2026" in shown


def test_columns_chosen_by_hand_are_chosen_the_next_time(commune: site.Commune) -> None:
    client = officer("civil-status")
    of = queries.definition(BIRTHS)
    names = ["child_name", "born_on", "registered_on", "sex", "ethnicity", "nationality", "birth_place", "home_town"]
    head = ["Cột lạ", *(of.fields[name].spec.words for name in names[1:])]
    first = columns_page(client, sheet(child("Nguyễn Bảo Ân"), head=head))
    assert picked(client.get(first).content.decode(), "cot.child_name") == ""
    asked = {f"cot.{name}": str(at) for at, name in enumerate(names)}
    assert client.post(first, asked).status_code == 302
    second = columns_page(client, sheet(child("Trần Minh Khôi"), head=head))
    assert picked(client.get(second).content.decode(), "cot.child_name") == "0"


def test_the_corrected_rows_alone_are_sent_and_come_in(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Nguyễn Bảo Ân"), child("Trần Minh Khôi", "31/02/2026"), child("Nguyễn Gia Hân"))
    work(address)
    done = client.post(f"{address}/ghi", {"mode": "good"})["Location"]
    work(done)
    refused = client.get(f"{done}/loi")
    assert "filename*=" in refused["Content-Disposition"]
    mended = b"".join(refused.streaming_content).replace(b"31/02/2026", b"28/02/2026")  # type: ignore[attr-defined]
    nothing = client.post(f"{done}/sua")
    assert nothing.status_code == 422 and "Xin chọn tệp" in text(nothing)
    again = client.post(f"{done}/sua", {"file": SimpleUploadedFile("loi.csv", mended)})["Location"]
    work(again)
    assert "Nhập cả 1 dòng" in text(client.get(again))
    last = client.post(f"{again}/ghi", {"mode": "all"})["Location"]
    work(last)
    assert len(names_of := names(client.get(LIST))) == 3 and "Trần Minh Khôi" in names_of


def test_a_corrected_file_with_other_columns_is_shown_column_by_column(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Trần Minh Khôi", "31/02/2026"), child("Nguyễn Gia Hân"))
    work(address)
    done = client.post(f"{address}/ghi", {"mode": "good"})["Location"]
    work(done)
    answer = client.post(f"{done}/sua", {"file": SimpleUploadedFile("a.csv", b"x,y\n1,2\n")})
    assert "/nhap/tep/" in answer["Location"]


def test_an_officer_of_the_province_says_where_rows_belong_that_do_not(commune: site.Commune) -> None:
    commune_s, province_s = officer("civil-status"), officer("civil-status", unit="33", level="province")
    file = columns_page(commune_s, sheet(child("Nguyễn Bảo Ân")))
    assert 'name="noi"' not in commune_s.get(file).content.decode()
    file = columns_page(province_s, sheet(child("Nguyễn Bảo Ân")))
    page = province_s.get(file).content.decode()
    assert 'name="noi"' in page and f'value="{HERE}"' in page


def test_the_fragment_of_progress_asks_for_the_whole_page_at_the_end(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Nguyễn Bảo Ân"))
    assert "HX-Refresh" not in client.get(f"{address}/tien-do")
    work(address)
    assert client.get(f"{address}/tien-do")["HX-Refresh"] == "true"


def test_an_import_can_be_stopped_before_it_runs(commune: site.Commune) -> None:
    client = officer("civil-status")
    address = tried(client, child("Nguyễn Bảo Ân"))
    client.post(f"{address}/dung")
    work(address)
    assert "Đã dừng" in text(client.get(address))
    assert client.post(f"{address}/dung").status_code == 302


def test_no_file_a_file_that_is_none_and_a_column_left_out_come_back_with_what_to_do(commune: site.Commune) -> None:
    client = officer("civil-status")
    nothing = client.post(PAGE)
    assert nothing.status_code == 422 and "Xin chọn tệp" in text(nothing)
    paper = client.post(PAGE, {"file": SimpleUploadedFile("a.csv", b"%PDF-1.7 something")})
    assert paper.status_code == 422
    columns = client.post(PAGE, {"file": sheet(child("Nguyễn Bảo Ân"))})["Location"]
    answer = client.post(columns, {"cot.child_name": "0"})
    assert answer.status_code == 422 and 'value="0" selected' in answer.content.decode()


def test_only_who_keeps_the_register_finds_the_way_to_import(commune: site.Commune) -> None:
    keeper, leader = officer("civil-status"), officer("leader")
    assert f'href="{PAGE}"' in keeper.get(LIST).content.decode()
    assert f'href="{PAGE}"' not in leader.get(LIST).content.decode()
    assert leader.get(PAGE).status_code in {403, 404}
    address = tried(keeper, child("Nguyễn Bảo Ân"))
    assert leader.get(address).status_code in {403, 404}


def test_a_larger_file_may_be_sent_to_an_import_and_nowhere_else() -> None:
    corrected = f"{PAGE}/01a21325-aaff-7000-8b52-9b52af2d7557/sua"
    for address in (PAGE, corrected, "/desk/so/tao"):
        assert uploads.most(address) == 500 * 1024 * 1024
    for address in (LIST, f"{PAGE}/x", "/desk/so/tao/x"):
        assert uploads.most(address) == 20 * 1024 * 1024


@pytest.mark.parametrize("address", [PAGE, "/desk/so/tao"])
def test_a_file_that_outgrows_the_limit_as_it_comes_is_answered_on_the_page(
    commune: site.Commune, settings: Any, address: str
) -> None:
    settings.MAX_IMPORT_BYTES = 10
    answer = officer("civil-status").post(address, {"file": sheet(child("Nguyễn Bảo Ân"))})
    assert answer.status_code == 422 and "xin chia tệp ra" in text(answer)


@pytest.mark.parametrize("address", [PAGE, "/desk/so/tao"])
def test_a_disk_that_fills_up_is_told_in_words_and_nothing_stays(
    commune: site.Commune, settings: Any, tmp_path: Path, address: str
) -> None:
    """A limit on the size of files stands for the end of the disk: the operating system refuses the write."""
    settings.IMPORT_ROOT = tmp_path / "imports"
    client, usual = officer("civil-status"), resource.getrlimit(resource.RLIMIT_FSIZE)
    file = SimpleUploadedFile("to.csv", b"a,b\n" * 500_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, usual[1]))
    try:
        answer = client.post(address, {"file": file}, headers={"Accept": "text/html"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert answer.status_code == 507 and "hết chỗ" in text(answer)
    assert list(settings.IMPORT_ROOT.iterdir()) == []
