"""The stars of an OCOP product follow from its points, and its certificate holds 36 months (Decision 148/QĐ-TTg)."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from ruamel.yaml import YAML

REGISTER = YAML(typ="safe").load((Path(__file__).parents[1] / "registers" / "ocop-products.yaml").read_text())
CHECKS = {check["name"]: check["must"] for check in REGISTER["checks"]}


def holds(check: str, **values: object) -> bool:
    """Whether PostgreSQL finds a check fulfilled for a row of these values."""
    casts = {int: "int", float: "numeric", date: "date", type(None): "date"}
    row = ", ".join(f"%s::{casts[type(value)]} AS {name}" for name, value in values.items())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({CHECKS[check]}) FROM (SELECT {row}) t", list(values.values()))
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("points", "stars"), [(100, 5), (90, 5), (89.9, 4), (70, 4), (69.9, 3), (50, 3), (49.9, 2), (30, 2), (29.9, 1)]
)
def test_stars_are_those_of_the_points(points: float, stars: int) -> None:
    of_a, of_b = min(points, 40), min(max(points - 40, 0), 25)
    parts = {"points_a": of_a, "points_b": of_b, "points_c": round(points - of_a - of_b, 1)}
    given = [n for n in range(1, 6) if holds("stars-of-the-points", stars=n, **parts)]
    assert given == [stars]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("certified", "expires", "right"),
    [
        (date(2024, 1, 15), date(2027, 1, 15), True),
        (date(2024, 2, 29), date(2027, 2, 28), True),
        (date(2024, 1, 15), date(2027, 1, 16), False),
        (date(2024, 1, 15), date(2026, 1, 15), False),
        (date(2024, 1, 15), None, False),
        (None, date(2027, 1, 15), False),
        (None, None, True),
    ],
)
def test_a_certificate_holds_thirty_six_months(certified: date | None, expires: date | None, right: bool) -> None:
    assert holds("thirty-six-months", certified_on=certified, expires_on=expires) is right


@pytest.mark.django_db
def test_two_stars_are_not_certified() -> None:
    assert not holds("certified-from-three-stars", stars=2, certified_on=date(2024, 1, 15))
    assert holds("certified-from-three-stars", stars=3, certified_on=date(2024, 1, 15))
