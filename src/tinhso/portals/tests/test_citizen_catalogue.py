"""What the national catalogue lists and no pack has is found and told, and cannot be begun."""

from pathlib import Path

from django.test import Client

from tinhso.cases import catalogue, services
from tinhso.kernel.actor import system

from .citizen_site import commune
from .reading import text

SAMPLE = Path(catalogue.__file__).parent / "tests" / "catalogue.csv"


def test_information_only_entries_are_found_shown_and_not_begun(db: None, client: Client) -> None:
    commune()
    services.take_catalogue(system("tests"), catalogue.read(SAMPLE), SAMPLE.name)
    for address in ("/tim?q=gia dinh cap tinh", "/thu-tuc?q=gia dinh cap tinh"):
        page = client.get(address)
        assert "Thủ tục giả định cấp tỉnh" in text(page) and "Chỉ cung cấp thông tin" in text(page)
    shown = client.get("/thu-tuc/thong-tin/9.900001")
    for words in ("15 ngày làm việc", "100.000 đồng", "Luật giả định số 1", "catalogue.csv"):
        assert words in text(shown)
    assert "/nop" not in shown.content.decode()
    assert client.get("/thu-tuc/thong-tin/9.999999").status_code == 404
    assert "Chỉ cung cấp thông tin" not in text(client.get("/tim?q=khai sinh"))
