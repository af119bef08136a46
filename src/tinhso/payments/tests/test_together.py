"""Many at once, and a bank that is another process."""

import base64
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from django.conf import settings as conf
from django.db import connections
from django.utils import timezone

from tinhso.documents.queries import check_signatures, document, open_blob
from tinhso.documents.testing import free_port, trust_running
from tinhso.payments import ledger, queries, services
from tinhso.payments.models import Account, Entry, Message, Payment, Refund
from tinhso.payments.settings import BANK, stand_ins

from .conftest import SYSTEM, Office, ask, credit, furnish, tell

Kind = Account.Kind
TIMES = 50


def at_once(act: Callable[[int], Any], times: int = TIMES) -> list[Any]:
    """Do it `times` times, as nearly at once as eight threads do."""
    together = min(8, times)
    gate = threading.Barrier(together)

    def one(number: int) -> Any:
        try:
            if number < together:
                gate.wait(10)
            return act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(together) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def shared(transactional_db: None) -> Office:
    return furnish()[0]


def test_a_message_replayed_fifty_times_at_once_is_one_payment(shared: Office) -> None:
    order = ask(shared)
    told = credit(order.code)
    outcomes = [heard.outcome for heard in at_once(lambda _n: tell(told, message="msg_same"))]
    assert sorted(outcomes) == ["repeated"] * (TIMES - 1) + ["taken"]
    assert Payment.objects.count() == 1
    assert Entry.objects.filter(what="came").count() == 1
    assert queries.order(order.id).paid == 16_000
    assert Message.objects.count() == TIMES, "each is kept"


def test_asked_at_once_by_many_it_is_one_order(shared: Office) -> None:
    orders = at_once(lambda _n: ask(shared, subject="case:7"), 16)
    assert len({order.id for order in orders}) == 1
    assert len(queries.order(orders[0].id).lines) == 1


def test_two_transfers_of_the_same_order_at_once_are_both_there(shared: Office) -> None:
    order = ask(shared)
    at_once(lambda number: tell(credit(order.code, 8_000, transaction=f"FT{number}")), 4)
    assert queries.order(order.id).paid == 32_000
    assert ledger.balance(Kind.MONEY) == 32_000
    assert -ledger.balance(Kind.HELD) == -ledger.balance(Kind.REVENUE) == 16_000


@pytest.fixture
def bank(tmp_path: Path, settings: Any) -> Iterator[str]:
    """The stand-in, a process of its own with a file of its own; nothing of the platform answers its messages here."""
    port, platform = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.embedded", "TINHSO_VAR": str(tmp_path / "var"),
        "TINHSO_BASE_URL": f"http://127.0.0.1:{platform}", "TINHSO_BANK_PORT": str(port),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }  # fmt: skip
    with (tmp_path / "bank.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "tinhso", "bank", "serve"], env=env, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not _answers(url):
            assert process.poll() is None and time.monotonic() < until, (tmp_path / "bank.log").read_text()
            time.sleep(0.1)
        key = "whsec_" + _base64_of_hex((tmp_path / "var" / "secrets" / "bank").read_text())
        settings.PAYMENT_PROVIDERS = stand_ins(url, key)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _base64_of_hex(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/health/ready", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def pay(bank: str, qr: str, **changed: str) -> str:
    """What a customer does in the app: opens the code, presses transfer. The page that comes of it."""
    with urlopen(f"{bank}/chuyen-tien?{urlencode({'qr': qr})}") as page:
        form = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page.read().decode()))
    body = urlencode(form | changed).encode()
    with urlopen(Request(f"{bank}/chuyen-tien", body, method="POST")) as page:
        return page.read().decode()


def test_money_of_which_no_message_came_is_found_in_the_statement_and_given_back_over_http(
    shared: Office, bank: str
) -> None:
    order = ask(shared)
    qr = next(way.qr for way in queries.ways(order) if way.qr)
    assert order.code in pay(bank, qr, amount="20.000")
    today = timezone.localdate()
    actor = SYSTEM
    assert services.fetch_statements(actor, today) == 1
    assert services.fetch_statements(actor, today) == 0, "asked again it is known"
    assert queries.order(order.id).state == "overpaid"
    report = queries.day_report(actor, today)
    (line,) = [one for one in report.stated if one.provider == BANK]
    assert (line.stated_in, line.came_in, line.difference) == (20_000, 20_000, 0)

    key = services.ask_refund(shared.at("accountant"), Payment.objects.get().pk, 4_000, "Nộp thừa")
    services.decide_refund(shared.at("chair"), key, agreed=True)
    for _ in range(2):  # a worker that was killed after the bank had answered asks again
        Refund.objects.filter(pk=key).update(state="approved")
        services.send_refund(key)
    assert queries.refund(actor, key).state == "sent"
    assert queries.refund(actor, key).reference.startswith("RF")
    services.fetch_statements(actor, today)
    (line,) = [one for one in queries.day_report(actor, today).stated if one.provider == BANK]
    assert line.stated_out == 4_000, "the bank gave it back once, however often it was asked"
    assert line.difference == -4_000, "and the report names what our books do not know yet"
    assert "statement" in {one.what for one in queries.day_report(actor, today).troubles}


def test_the_bank_refuses_more_than_came_and_the_refund_has_failed(shared: Office, bank: str) -> None:
    order = ask(shared)
    tell(credit(order.code, 20_000, transaction="FTUNKNOWN"), key=conf.PAYMENT_PROVIDERS[BANK]["keys"][0])
    key = services.ask_refund(shared.at("accountant"), Payment.objects.get().pk, 4_000, "Nộp thừa")
    services.decide_refund(shared.at("chair"), key, agreed=True)
    services.send_refund(key)
    found = queries.refund(SYSTEM, key)
    assert found.state == "failed"
    assert "no such transaction" in found.trouble
    assert queries.order(order.id).state == "overpaid"


def test_a_telecom_account_pays_and_takes_back_over_http_by_the_same_verbs(shared: Office, bank: str) -> None:
    order = ask(shared)
    link = next(way.link for way in queries.ways(order) if way.method == "telecom")
    with pytest.raises(HTTPError, match="422"):
        urlopen(link.replace("amount=16000", "amount=1"))
    with urlopen(link) as page:
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', unescape(page.read().decode())))
    for _ in range(2):  # the button is pressed twice
        with urlopen(Request(f"{bank}/vi", urlencode(form).encode(), method="POST")) as page:
            assert order.code in page.read().decode()
    assert services.fetch_statements(SYSTEM, timezone.localdate()) == 1
    assert queries.order(order.id).state == "paid"
    key = services.ask_refund(shared.at("accountant"), Payment.objects.get().pk, 16_000, "Hồ sơ được miễn")
    services.decide_refund(shared.at("chair"), key, agreed=True)
    services.send_refund(key)
    assert queries.refund(SYSTEM, key).state == "confirmed", "this operator answers that it is done"
    assert queries.order(order.id).state == "refunded"


def test_a_code_that_somebody_changed_is_not_paid(bank: str) -> None:
    with pytest.raises(HTTPError, match="422"):
        pay(bank, "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800006304FFFF")


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


def test_receipts_are_numbered_without_a_gap_and_sealed(office: Office, neighbour: Office, trust: Path) -> None:
    numbers = []
    for where in (office, office, neighbour):
        order = ask(where)
        services.take_at_counter(where.at("one-stop"), order.id, method="cash", amount=16_000)
        made = services.issue_receipt(order.id)
        assert services.issue_receipt(order.id) == made, "asked again it is the same paper"
        found = document(SYSTEM, made)
        numbers.append(found.number)
        (check,) = check_signatures(found.blob.digest)
        assert check.trusted, check.message
        with open_blob(found.blob.digest) as file:
            assert file.read(5) == b"%PDF-"
    year = timezone.localdate().year
    assert numbers == [f"0000001/{year}", f"0000002/{year}", f"0000001/{year}"]


def test_the_report_of_a_day_names_what_differs(office: Office) -> None:
    whole, over = ask(office), ask(office)
    tell(credit(whole.code))
    tell(credit(over.code, 20_000))
    services.take_at_counter(office.at("one-stop"), ask(office).id, method="cash", amount=16_000)
    tell(credit("khong ro"))
    today = timezone.localdate()
    mine = queries.day_report(office.at("accountant"), today)
    assert {(row.method, row.closing) for row in mine.rows} == {("bank", 36_000), ("cash", 16_000)}
    assert [(row.account, row.vnd) for row in mine.revenue] == [("2801", 48_000)]
    assert [(one.what, one.count, one.vnd) for one in mine.troubles] == [("over", 1, 20_000)]
    all_of_it = queries.day_report(SYSTEM, today)
    assert {one.what for one in all_of_it.troubles} == {"over", "unknown"}
    assert all_of_it.balances
    assert all_of_it.closing == 68_000
    text = queries.days_csv(mine)
    assert "36000" in text
    assert text.startswith("\ufeff")
    assert queries.day_report(SYSTEM, today - timedelta(days=1)).rows == ()
