"""A ticket on the kiosk's printer: one piece of a roll of 80 mm, whose QR a phone reads."""

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from PIL import Image
from playwright.sync_api import Browser
from pyzbar.pyzbar import decode

from tinhso.cases.services import counter
from tinhso.identity.models import Agency
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.ids import uuid7

from .citizen_site import PACKS, SYSTEM

POINTS = 80 / 25.4 * 72


@pytest.fixture
def ticket(site: str) -> str:
    """The address of a ticket with priority; made before the browser's loop is there."""
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    agency = Agency.objects.create(
        code="H31.201", name="Ủy ban nhân dân phường Thái Bình", kind="people-committee", level="commune", unit="13225",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    officer = Actor(
        account=uuid7(), post=uuid7(), agency=agency.id, permissions=permissions(["one-stop"]), assurance=2, name="Hạnh"
    )
    return f"{site}/quay/H31.201/so/{counter.give_ticket(officer, 'social', 'pregnant')}"


def test_a_ticket_is_one_piece_of_80_mm_with_a_code_that_opens_it(
    ticket: str, chromium: Browser, tmp_path: Path
) -> None:
    page = chromium.new_page(locale="vi-VN")
    page.goto(ticket)
    page.evaluate("document.fonts.ready.then(() => true)")
    paper = tmp_path / "ticket.pdf"
    paper.write_bytes(page.pdf(prefer_css_page_size=True))
    said = subprocess.run(["pdfinfo", paper], capture_output=True, check=True, text=True).stdout
    assert re.search(r"Pages:\s+1\n", said), said
    width = re.search(r"Page size:\s+([\d.]+) x", said)
    assert width and abs(float(width[1]) - POINTS) < 1
    words = subprocess.run(["pdftotext", paper, "-"], capture_output=True, check=True, text=True).stdout
    assert "C001" in words and "Phụ nữ mang thai" in words
    subprocess.run(["pdftoppm", "-r", "203", "-png", paper, tmp_path / "ticket"], check=True)
    (picture,) = tmp_path.glob("ticket-*.png")
    assert [found.data.decode() for found in decode(Image.open(picture))] == [ticket]
