"""Figures as a table of the lake: the parts of each measure for a commune and a month, by month."""

from collections.abc import Iterator

from tinhso.kernel.lake import Table

MONTH = "to_char(t.month, 'YYYY-MM')"
REVISIONS = "sum(hashtextextended(t.id::text, t.revision))"


def tables() -> Iterator[Table]:
    yield Table("figures", "indicators_figure", MONTH, stamp=REVISIONS)
