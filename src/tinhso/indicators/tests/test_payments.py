"""How much is paid online, from the orders that were really paid, each by its own method."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tinhso.indicators import queries, services
from tinhso.kernel import packs
from tinhso.kernel.lake import tables
from tinhso.payments import services as payments
from tinhso.payments.tests.conftest import PACKS, SYSTEM, Office, _fresh, ask, credit, furnish, tell

__all__ = ["_fresh"]
SCORE = "steering.service-766"


@pytest.fixture
def office(db: None) -> Office:
    found = furnish()[0]
    packs.apply(SYSTEM, packs.read([PACKS / "steering"]))
    return found


def published() -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p) FROM pub.payments p ORDER BY p.id")
        return [row[0] for row in cursor.fetchall()]


def test_what_is_paid_online_counts_against_all_that_is_paid(office: Office) -> None:
    by_bank, by_hand, both, unpaid = (ask(office) for _ in range(4))
    till = office.at("one-stop")
    tell(credit(by_bank.code))
    payments.take_at_counter(till, by_hand.id, method="cash", amount=16_000)
    tell(credit(both.code, 6_000))
    payments.take_at_counter(till, both.id, method="cash", amount=10_000)
    assert [(one["method"], one["state"], one["amount"]) for one in published()] == [
        ("bank", "paid", 16_000), ("cash", "paid", 16_000), ("mixed", "paid", 16_000), ("", "asked", 16_000),
    ]  # fmt: skip
    assert unpaid.is_open
    services.refresh_score(SYSTEM, SCORE, timezone.localdate() - timedelta(days=40))
    now = datetime.now(UTC).date()
    year = queries.Period(now.replace(month=1, day=1), now.replace(year=now.year + 1, month=1, day=1))
    card = queries.score_card(SCORE, office.agency, year)
    one = next(c for group in card.groups for c in group.criteria if c.name == "online-payments")
    assert (one.numerator, one.denominator) == (1, 3)
    assert float(one.earned) == 3.33


def test_nobody_is_named_and_the_lake_has_the_same(office: Office, tmp_path, settings) -> None:
    order = ask(office)
    tell(credit(order.code))
    (shown,) = published()
    assert not {"payer", "payer_name", "title", "subject", "code"} & shown.keys()
    assert "Hoa" not in str(shown) and shown["unit"] == "13225"
    settings.LAKE_ROOT, settings.LAKE_PERSONAL_ROOT = tmp_path / "lake", tmp_path / "personal"
    from tinhso.kernel import lake

    synced = lake.sync(SYSTEM, next(table for table in tables() if table.name == "payments"))
    assert synced.rows == 1 and synced.written == (f"{timezone.now():%Y-%m}",)
