"""What no officer types and a program sends: each page refuses it or takes it for nothing, and stays up."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from .guarded import GARDENS, Place, held, make
from .reading import beside
from .test_registers_doors import API, FORM

SO = f"/desk/so/{GARDENS}"
NUL, LONG = "\0", "9" * 5_000
ASKED = [
    f"{SO}?q=%00", f"{SO}?f.code=%00", f"{SO}?k.code__in=a,%00", f"{SO}?k.trees__ge={LONG}", f"{SO}?them=code%00",
    f"{SO}?k.planted_on__between=%00,", f"{SO}?xa=%00", f"{SO}?ngay=%00", f"{SO}?after=%00", f"{SO}?xem=%00",
    f"{SO}/gop?ids=%00,²", f"{SO}/sua-nhieu?ids=%00", f"{SO}/sua-nhieu?f.code=%00", f"{SO}/ban-do?ban_ghi=%00",
    f"{SO}/nhap?after=%00", f"{SO}/chat-luong?xa=%00", f"{SO}/chat-luong/counted?after=²", "/desk/so/a%00b",
    "/desk/tim?q=%00", "/desk/tim?noi=%00", "/desk/tim?xa=%00", "/desk/tim?q=a&ban-do=%00&xa=13225",
]  # fmt: skip
SENT: list[tuple[str, dict[str, str]]] = [
    ("/desk/so/tao/{p.blueprint}", {"name_vi": NUL, "c0.label_vi": NUL, "check": "1"}),
    ("/desk/so/tao/{p.blueprint}", {"c0.order": "²", "c1.order": LONG, "check": "1"}),
    (f"{SO}/nhap/tep/{{p.file}}", {"cot.code": LONG, "cot.planted_on": "²"}),
    (f"{SO}/nhap/tep/{{p.file}}", {"bang": NUL}),
    (f"{SO}/moi", {"_key": NUL, "code": NUL}),
    (f"{SO}/moi", {"code": "A" * 100_000}),
    (f"{SO}/moi", {"unit": NUL, "valid_from": NUL, "why": NUL}),
    *((f"{SO}/{{p.record}}/sua", {"revision": bad, "trees": bad}) for bad in (LONG, "²", "-1", NUL)),
    *((f"{SO}/{{p.record}}/ket-thuc", {"revision": bad, "on": "01/05/2026"}) for bad in (LONG, "²", "-1", NUL)),
    *((f"{SO}/{{p.record}}/khoi-phuc/1", {"revision": bad}) for bad in (LONG, "²", NUL)),
    (f"{SO}/{{p.record}}/khoi-phuc/99999999999999999999", {"revision": "1"}),
    (f"{SO}/gop?ids={{p.record}},{{p.double}}", {"_seen.{p.record}": LONG, "_seen.{p.double}": "²", "why": NUL}),
    (f"{SO}/sua-nhieu?ids={{p.record}}", {"_do.tenant": "set", "tenant": NUL, "why": "x"}),
    (f"{SO}/sua-nhieu?ids={{p.record}}", {"_do.trees": "set", "trees": LONG, "why": NUL}),
]


@pytest.fixture
def place(db: None, tmp_path: Path, settings: Any) -> Place:
    return make(tmp_path, settings)


def test_no_page_falls_over_what_is_asked_or_sent(place: Place) -> None:
    browser = place.browser
    browser.raise_request_exception = False
    fallen = []
    for address in ASKED:
        with transaction.atomic():
            if (status := browser.get(address).status_code) >= 500:
                fallen.append(f"{address[:80]}: {status}")
            transaction.set_rollback(True)
    for pattern, sent in SENT:
        address = pattern.format(p=place)
        with transaction.atomic():
            form = {name.format(p=place): value for name, value in (FORM | sent).items()}
            if (status := browser.post(address, form).status_code) >= 500:
                fallen.append(f"{address[:80]} {str(sent)[:60]}: {status}")
            transaction.set_rollback(True)
    assert "\n".join(fallen) == ""


BOW = {"type": "Polygon", "coordinates": [[[106, 20], [107, 21], [107, 20], [106, 21], [106, 20]]]}


def test_a_polygon_that_crosses_itself_is_refused_with_the_place_where_on_the_page_and_by_the_api(place: Place) -> None:
    typed = FORM | {"land": json.dumps(BOW), "_key": "ranh"}
    before = held()
    page = place.browser.post(f"{SO}/moi", typed)
    assert page.status_code == 422
    assert "tự cắt nhau" in beside(page, "land") and "20.5, 106.5" in beside(page, "land")
    body = {"values": {"code": "X", "planted_on": "2026-03-01", "land": BOW}}
    answer = place.browser.post(f"{API}/records", json.dumps(body), content_type="application/json")
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["path"]) == (422, "land")
    assert "tự cắt nhau" in error["message"] and "20.5, 106.5" in error["message"]
    assert held() == before
