"""What anybody may open: search with and without marks, the catalogue, the check of a paper."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .citizen_site import BIRTH, Commune, commune
from .reading import beside, text


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    return commune()


@pytest.mark.parametrize(
    "words", ["khai sinh", "khai sinh cho con", "KHAI SINH", "đăng ký khai sinh", "dang ky khai sinh", "newborn"]
)
def test_a_procedure_is_found_however_it_is_typed(office: Commune, client: Client, words: str) -> None:
    assert f"/thu-tuc/{BIRTH}" in client.get("/tim", {"q": words}).content.decode()


@pytest.mark.parametrize("words", ["phuong thai binh", "Phường Thái Bình", "thai binh"])
def test_an_office_is_found_by_the_name_of_its_place(office: Commune, client: Client, words: str) -> None:
    assert "Ủy ban nhân dân phường Thái Bình" in text(client.get("/tim", {"q": words}))


def test_an_old_commune_leads_to_the_new_one(office: Commune, client: Client) -> None:
    found = text(client.get("/tim", {"q": "phuong le hong phong"}))
    assert "Phường Thái Bình" in found and "Lê Hồng Phong" in found


def test_nothing_found_says_what_to_do(office: Commune, client: Client) -> None:
    answer = client.get("/tim", {"q": "xyzxyz <b>"})
    assert answer.status_code == 200
    assert "<b>" not in answer.content.decode().partition("xyzxyz")[2][:10]


def test_an_event_in_a_life_leads_to_its_procedures(office: Commune, client: Client) -> None:
    home = client.get("/").content.decode()
    assert home.count("?su-kien=") == 8
    assert f"/thu-tuc/{BIRTH}" in client.get("/thu-tuc?su-kien=birth").content.decode()
    assert f"/thu-tuc/{BIRTH}" not in client.get("/thu-tuc?su-kien=death").content.decode()


def test_a_procedure_says_who_where_how_long_and_how_much(office: Commune, client: Client) -> None:
    page = text(client.get(f"/thu-tuc/{BIRTH}"))
    for said in ("Công dân", "Ủy ban nhân dân xã, phường", "15:00", "Không thu phí", "Giấy chứng sinh", "Luật Hộ tịch"):
        assert said in page
    assert client.get("/thu-tuc/no-such").status_code == 404


def test_the_catalogue_asks_the_database_nothing_for_each_line(office: Commune, client: Client) -> None:
    client.get("/thu-tuc")
    with CaptureQueriesContext(connection) as seen:
        client.get("/thu-tuc")
    assert len(seen) <= 2


def test_a_code_nobody_gave_out_is_said_to_be_unknown(office: Commune, client: Client) -> None:
    answer = client.get("/verify?code=ABCD-EFGH", follow=True)
    assert answer.status_code == 404
    assert "Không có văn bản nào mang mã" in text(answer)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "Xin chọn tệp PDF"), (b"", "trống"), (b"MZ\x90", "không phải PDF")]
)
def test_a_file_that_cannot_be_checked_is_refused_in_words(
    office: Commune, client: Client, content: bytes | None, said: str
) -> None:
    given = {} if content is None else {"file": SimpleUploadedFile("giấy.pdf", content, "application/pdf")}
    answer = client.post("/verify", given)
    assert answer.status_code == 422
    assert said in beside(answer, "file")
