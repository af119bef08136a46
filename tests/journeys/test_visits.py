"""Every page of the five portals is opened once in each language, at both widths, by somebody who may.

Pages are found by following links from each portal's first page, one for each route; a route that no link leads to is
named by the test, unless it is seen in another journey or is no page.
"""

from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import APIRequestContext, Browser

from ..installation import HOME, MOTHER, Installation
from .conftest import SignIns
from .visitor import HEIGHT, visiting

BIRTH = "civil-status.birth-registration"
# By portal: who visits, and where each begins.
VISITORS: dict[str, list[tuple[str, str]]] = {
    "citizen": [("", "/"), ("", "/tim?q=khai+sinh"), (MOTHER, "/"), (MOTHER, f"/thu-tuc/{BIRTH}/nop")],
    "desk": [
        (f"mot-cua.{HOME}", "/desk"),
        (f"ho-tich.{HOME}", "/desk/so/civil-status.births"),
        ("nong-nghiep", "/desk/so/agriculture.livestock-farms"),
        ("doanh-nghiep", "/desk/so"),
        (f"chu-tich.{HOME}", "/desk"),
        (f"ke-toan.{HOME}", "/desk/thu-phi"),
    ],
    "ioc": [("lanh-dao", "/ioc")],
    "data": [("", "/data")],
    "admin": [("quan-tri", "/admin")],
}
# Fragments that other pages fetch, addresses that lead on at once, files, and what a POST alone reaches.
NO_PAGES = {
    "case_state", "case_receipt", "case_paper", "document", "draft", "draft_paper_file", "draft_paper_drop", "follow",
    "start", "withdraw_consent", "draft_form", "invitation_paper", "case_store", "procedure_blank", "case_share",
    "notices-list", "notices-read", "notices-bell", "notice-address-add", "notice-address-code", "notice-address-again",
    "notice-address-drop", "notice-device", "desk-notices-list", "desk-notices-read", "desk-notice-address-add",
    "desk-notice-address-code", "desk-notice-address-again", "desk-notice-address-drop", "desk-notice-device",
    "admin-notice-again",
    "desk-queue", "desk-next", "desk-claim", "desk-release", "desk-case-state", "desk-complete", "desk-diagram",
    "desk-done", "desk-choose", "desk-batch-state", "desk-absence-end", "desk-case-preview", "desk-paper-file",
    "desk-case-store", "desk-document-file", "desk-register-map", "desk-builder-drop",
    "desk-builder-export", "desk-import-progress", "desk-import-run", "desk-import-stop", "desk-import-errors",
    "desk-duplicates-search", "desk-bulk-state", "desk-import-corrected", "desk-proposal-withdraw",
    "pay_state", "pay_receipt", "pay_code", "desk-money-receipt", "desk-money-day-csv",
    "desk-counter-state", "desk-counter-act", "desk-counter-drop", "desk-counter-paper", "desk-counter-parcel",
    "desk-counter-fee", "desk-inspection-photo", "desk-inspection-end", "desk-inspection-picture",
    "desk-inspection-minutes",
    "desk-case-accept",
    "ioc-targets", "ioc-now", "ioc-hours",
    "admin-apply", "admin-assign", "admin-calendar-clear", "admin-calendar-put", "admin-job-retry",
    "admin-seals-ask", "admin-seals-progress", "admin-draw-begin", "admin-draw-check", "admin-draw-drop",
    "admin-draw-elements", "admin-draw-file", "admin-draw-zip",
}  # fmt: skip
# Seen in the other journeys and tests, where somebody gets there by a form.
SEEN_ELSEWHERE = {
    "case", "draft_check", "draft_drop", "draft_paper", "draft_place", "submitted", "supplement", "verify_code",
    "withdraw", "desk-document", "desk-paper", "desk-bulk", "desk-merge", "desk-unmerge", "desk-proposal",
    "desk-proposals", "desk-record-restore", "admin-audit", "admin-seals", "desk-builder-plan",
    "desk-builder-preview", "desk-builder-done", "desk-import-columns", "desk-import-result",
    "desk-view", "desk-batch", "desk-case-assign", "desk-case-cancel", "desk-case-note", "desk-case-related",
    "desk-case-reopen", "desk-case-take-over", "desk-hand-over-from", "desk-opinion", "desk-opinion-ask",
    "pay", "desk-money-order", "desk-money-payment", "desk-money-refund", "desk-money-message",
    "notice", "desk-notice", "notices-confirm", "notices-unsubscribe", "rate", "rate-by-code", "rate-thanks",
    "desk-inspection", "desk-inspection-begin", "desk-inspections",
    "application", "desk-case-send-on", "desk-case-send-back",
    "desk-rating", "desk-counter-draft", "desk-counter-taken", "desk-counter-hand",
    # In the browser tests of the portals: test_browser_{forms,time,drawing}.py, test_citizen_{forms,catalogue}.py,
    # test_admin_drawing.py.
    "invitation", "information", "desk-case-redate", "admin-draw-plan", "admin-draw-trial",
}  # fmt: skip
IN_THE_README = {"data", "admin"}
LEADS_ON = {"draft", "start"}


class Links(HTMLParser):
    """The addresses behind the links of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (address := dict(attrs).get("href")) and "download" not in dict(attrs):
            self.found.append(address)


def route_of(address: str) -> str:
    """The name of the route behind an address, "" where there is none."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


def routes(portal: str) -> set[str]:
    """The names of a portal's routes."""
    return {pattern.name for pattern in import_module(f"tinhso.portals.{portal}.urls").urlpatterns}


def pages(
    request: APIRequestContext, site: str, start: str, portal: str, *, stranger: bool
) -> Iterator[tuple[str, str]]:
    """(route, address) of each page of the portal that links lead to from `start`, one a route."""
    names, seen, waiting = routes(portal), set(), deque([start])
    while waiting:
        address = waiting.popleft()
        name = route_of(address)
        if name not in names or name in seen or name in NO_PAGES - LEADS_ON:
            continue
        answer = request.get(site + address)
        landed = answer.url.removeprefix(site)
        if answer.status == 401 and stranger:
            continue  # the sign-in page, which is seen in the journey of a birth
        assert answer.status == 200, f"{address} is linked and answers {answer.status}"
        seen |= {name, route_of(landed)}
        if "text/html" not in answer.headers["content-type"]:
            continue
        yield route_of(landed), landed
        for link in Links(answer.text()).found:
            target = urlsplit(urljoin(answer.url, link))
            if f"{target.scheme}://{target.netloc}" == site:
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("portal", VISITORS)
def test_every_page_is_whole(
    chromium: Browser, installation: Installation, sign_ins: SignIns, portal: str, language: str
) -> None:
    visited: set[str] = set()
    for number, (user, start) in enumerate(VISITORS[portal], 1):
        state = sign_ins.of(chromium, user)
        who = "citizen" if user.isdigit() else user.partition(".")[0] or "nobody"
        with visiting(
            chromium, installation, f"visits/{portal}/{number}-{who}", language, 1280, state=state
        ) as visitor:
            for name, address in list(
                pages(visitor.context.request, installation.address, start, portal, stranger=not user)
            ):
                if name in visited:
                    continue
                visited.add(name)
                answer = visitor.page.goto(installation.address + address)
                assert answer is not None and answer.status == 200, address
                for width in HEIGHT:
                    visitor.resize(width)
                    visitor.look(name)
                    if name in IN_THE_README:
                        visitor.portrait(name)
    missing = routes(portal) - visited - NO_PAGES - SEEN_ELSEWHERE
    assert not missing, f"no link leads to {', '.join(sorted(missing))}"


def test_the_lists_name_no_route_that_is_gone() -> None:
    assert {name for portal in VISITORS for name in routes(portal)} >= NO_PAGES | SEEN_ELSEWHERE | LEADS_ON
