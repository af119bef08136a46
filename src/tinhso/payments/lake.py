"""Payments as a table of the lake: what `pub.payments` shows, without people, by the month in which it was asked."""

from collections.abc import Iterator

from tinhso.kernel.lake import Table

MONTH = "to_char(t.asked_at AT TIME ZONE 'UTC', 'YYYY-MM')"


def tables() -> Iterator[Table]:
    yield Table("payments", "pub.payments", MONTH)
