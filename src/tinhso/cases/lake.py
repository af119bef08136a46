"""Cases as a table of the lake: what `pub.cases` shows, without content or people, by the month of submission."""

from collections.abc import Iterator

from tinhso.kernel.lake import Table

MONTH = "coalesce(to_char(t.submitted_at AT TIME ZONE 'UTC', 'YYYY-MM'), 'draft')"


def tables() -> Iterator[Table]:
    yield Table("cases", "pub.cases", MONTH)
