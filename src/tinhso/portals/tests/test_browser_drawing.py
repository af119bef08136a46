"""In a real browser: a procedure is drawn, a dead end is marked and mended, it is published; new cases run by it."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, Page

from tinhso.cases import queries
from tinhso.cases.models import Case, Task

from . import citizen_site as site_of
from .people import session_of
from .test_admin import officer
from .test_admin_drawing import made, publish
from .test_browser import beside
from .test_browser_time import faults, opened


def a_procedure() -> tuple[str, str, Any, UUID, Any]:
    """A procedure of one's own, published, with a draft begun, and a case that runs by it: the address, the session of
    its administrator, who applied, the case, and the office that works on it."""
    office = site_of.commune()
    admin = officer("admin")
    address = made(admin)
    publish(admin, address)
    mother = site_of.couple()
    case = submitted(mother, address.split("/")[3])
    admin.post(f"{address}/bat-dau")
    return address, session_of(get_user_model().objects.get(username="thu-admin").pk), mother, case, office


def submitted(citizen: Any, procedure: str) -> UUID:
    draft = citizen.begin(procedure)
    citizen.post(citizen.fill(draft), {})
    found = queries.draft(citizen.actor, UUID(draft.rpartition("/")[2])).case
    assert found is not None
    return found.id


def shown(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-modeler][data-checked]", timeout=20_000)


def checked(page: Page, words: str) -> None:
    page.wait_for_function("w => document.querySelector('[data-modeler-faults]').innerText.includes(w)", arg=words)


def test_a_task_is_drawn_a_dead_end_mended_and_the_next_case_runs_by_it(site: str, chromium: Browser) -> None:
    address, session, mother, case, office = beside(a_procedure)
    page = opened(chromium, site, session)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    shown(page, site + address)
    checked(page, "Không có lỗi")

    # The flow from the receipt to the check goes, and a new task follows the receipt: a dead end.
    page.select_option("#modeler-pick", "receive__verify")
    page.click("[data-modeler-remove]")
    page.select_option("#modeler-pick", "receive")
    page.click("[data-draw=userTask]")
    page.fill("#modeler-name", "Xem thực địa")
    page.keyboard.press("Tab")
    checked(page, "ngõ cụt")
    drawn = page.input_value("#modeler-pick")
    assert page.locator(f".ts-fault[data-element-id={drawn}]").count() == 1
    assert "ngõ cụt" in page.inner_text(f".djs-overlays[data-container-id={drawn}] .ts-modeler__fault")

    # The fault leads to its element; joining it mends it.
    page.select_option("#modeler-pick", "")
    page.click(f"[data-modeler-faults] [data-element={drawn}] >> nth=0")
    assert page.input_value("#modeler-pick") == drawn
    page.select_option("#modeler-to", "verify")
    page.click("[data-modeler-connect]")
    checked(page, "Không có lỗi")
    page.fill(f"[name='step.{drawn}.hours']", "2")
    page.fill(f"[name='step.{drawn}.label_vi']", "Xem thực địa")
    page.fill(f"[name='step.{drawn}.label_en']", "Visit")

    page.click("[name=plan]")
    page.wait_for_url("**/ke-hoach")
    page.click("main form[data-once] button")
    page.wait_for_selector("text=Đã công bố 1 thay đổi.")
    assert refused == []

    procedure = address.split("/")[3]
    later = beside(lambda: submitted(mother, procedure))
    versions = beside(lambda: dict(Case.objects.filter(procedure=procedure).values_list("pk", "version")))
    assert versions == {case: 1, later: 2}
    beside(lambda: office.do(later))
    beside(lambda: office.do(case))
    assert beside(lambda: waits_at(later)) == drawn
    assert beside(lambda: waits_at(case)) == "verify"


def waits_at(case: UUID) -> str:
    return Task.objects.get(case=case, completed_at=None).step


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_editor_is_accessible_and_fits(site: str, chromium: Browser, language: str) -> None:
    address, session, _mother, _case, _office = beside(a_procedure)
    found: list[str] = []
    for width in (1280, 360):
        page = opened(chromium, site, session, width=width, language=language)
        for part in ("", "/ke-hoach"):
            if part:
                page.goto(site + address + part)
            else:
                shown(page, site + address)
            found += faults(page)
        page.goto(f"{site}/admin/quy-trinh/tao")
        found += faults(page)
    assert found == []
