"""A measure may only read what is published."""

import pytest

from tinhso.indicators.sql import read_measure

GOOD = "SELECT id, unit, submitted_at AS at FROM pub.cases WHERE online AND status <> 7"


def test_reads_published_views() -> None:
    assert read_measure(GOOD).views == {"cases"}
    assert read_measure(f"WITH x AS ({GOOD}) SELECT id, unit, at FROM x").views == {"cases"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("DELETE FROM pub.cases", "one SELECT"),
        (f"{GOOD}; DROP TABLE x", "one SELECT"),
        ("SELECT id, unit, at FROM kernel_audit", "only views of schema pub"),
        ("SELECT id, unit, at FROM identity.person", "only views of schema pub"),
        (f"{GOOD} AND pg_read_file('/etc/passwd') IS NULL", "pg_read_file"),
        (f"{GOOD} AND EXISTS (SELECT 1 FROM identity_person)", "only views of schema pub"),
        ("WITH gone AS (DELETE FROM pub.cases RETURNING id) SELECT id, unit, at FROM pub.cases", "may only read"),
        ("SELECT id, unit, at INTO copy FROM pub.cases", "may only read"),
        ("SELECT id FROM pub.cases", "missing: at, unit"),
        ("SELECT 1 AS id, 2 AS unit, 3 AS at", "reads nothing"),
        ("SELECT id, unit, at FROM pub.cases FOR UPDATE", "may only read"),
        ("SELEC id", "SQL|SELECT"),
        ("SELECT id, unit, at FROM pg_ls_dir('/') AS x", "only views|not among"),
    ],
)
def test_refuses_all_else(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_measure(text)
