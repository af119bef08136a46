"""A keeper brings a spreadsheet into a register on the desk: sends it, names the columns, tries it, writes it."""

import csv
import io
import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tinhso.documents import uploads
from tinhso.registers import queries
from tinhso.registers.services import imports

from . import citizen_site as site
from .reading import text
from .test_registers_pages import BIRTHS, LIST, names, officer

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


def test_a_larger_file_may_be_sent_to_an_import_and_nowhere_else(settings: object) -> None:
    assert uploads.most(PAGE) == 500 * 1024 * 1024
    assert uploads.most(LIST) == uploads.most(f"{PAGE}/x") == 20 * 1024 * 1024
