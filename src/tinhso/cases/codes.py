"""Dossier codes: `<agency>-YYMMDD-XXXX` (Circular 01/2018/TT-VPCP art. 19)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from .models import CodeCounter


def next_code(agency_code: str, at: datetime) -> str:
    """The next code of an agency on the local day of `at`. The counter's row is locked until the transaction ends,
    so that no number is skipped or given twice."""
    day = timezone.localdate(at)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_codecounter (agency_code, day, last) VALUES (%s, %s, 1)"
            " ON CONFLICT ON CONSTRAINT cases_code_counter_once DO UPDATE SET last = cases_codecounter.last + 1"
            " RETURNING last",
            [agency_code, day],
        )
        order = cursor.fetchone()[0]
    return code_of(agency_code, day, order)


def code_of(agency_code: str, day: date, order: int) -> str:
    """A day with more than 9,999 dossiers at one agency gets five digits."""
    return f"{agency_code}-{day:%y%m%d}-{order:04d}"


class Counters:
    """Codes for a bulk load: counted in memory from what is stored, stored once at the end."""

    def __init__(self, agency_codes: Iterable[str]) -> None:
        rows = CodeCounter.objects.filter(agency_code__in=set(agency_codes))
        self.last = {(row.agency_code, row.day): row.last for row in rows}

    def next_code(self, agency_code: str, at: datetime) -> str:
        day = timezone.localdate(at)
        order = self.last[agency_code, day] = self.last.get((agency_code, day), 0) + 1
        return code_of(agency_code, day, order)

    def save(self) -> None:
        CodeCounter.objects.bulk_create(
            [CodeCounter(agency_code=code, day=day, last=last) for (code, day), last in self.last.items()],
            update_conflicts=True,
            unique_fields=["agency_code", "day"],
            update_fields=["last"],
            batch_size=5_000,
        )
