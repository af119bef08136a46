"""Checks of all seals that are asked for in the browser: done in the background, followed while they run, kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit, events, seal
from .actor import Actor, system
from .audit import SEE
from .errors import Conflict, Forbidden, NotFound
from .models import SealCheck

SEALS_CHECKED = events.declare(
    "seals.checked", "Everything sealed was computed again; subject seals:<id of the check>; data: rows, faults."
)
SHOWN_FAULTS = 200
GIVEN_UP_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of all seals. `at` is what is looked through now, `done` of `total` streams and stores are behind it;
    `faults` are the first of `fault_count`."""

    id: UUID
    asked_at: datetime
    by: dict[str, str]
    begun_at: datetime | None
    ended_at: datetime | None
    at: str
    done: int
    total: int
    rows: int
    fault_count: int
    faults: tuple[seal.Fault, ...]


def ask(actor: Actor) -> UUID:
    """Have every seal computed again in the background; returns the id to follow it by.

    Raises Forbidden without `audit.see`, Conflict while another check is under way.
    """
    _allow(actor)
    from .tasks import check_seals

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.seal-checks'))")
        if SealCheck.objects.filter(ended_at=None, asked_at__gt=timezone.now() - GIVEN_UP_AFTER).exists():
            raise Conflict(_("Một lần kiểm tra đang chạy; xin chờ kết quả của nó."))
        row = SealCheck.objects.create(actor=actor.stamp(), total=len(seal.streams()) + len(seal.verifiers()))
        audit.record(actor, "seals.check", f"seals:{row.id}")
        check_seals.defer(check=str(row.id))
    return row.id


def run(id: UUID) -> None:
    """Do a check that was asked for. Run again after a crash, it begins anew; one that has ended is left alone."""
    row = SealCheck.objects.get(pk=id)
    if row.ended_at:
        return
    row.begun_at, row.done, row.rows, row.fault_count, row.faults = timezone.now(), 0, 0, 0, []
    row.at = ""
    row.save()
    seal.seal_all()
    checks: dict[str, Any] = {stream.name: (lambda stream=stream: seal.verify(stream)) for stream in seal.streams()}
    for name, found in (checks | seal.verifiers()).items():
        row.at = name
        row.save(update_fields=["at"])
        for fault in found():
            row.fault_count += 1
            if len(row.faults) < SHOWN_FAULTS:
                row.faults.append([fault.stream, fault.row, fault.what, fault.detail])
        row.rows += seal.sealed_rows(name)
        row.done += 1
        row.save()
    with transaction.atomic():
        row.at, row.ended_at = "", timezone.now()
        row.save()
        events.publish(system("seals"), SEALS_CHECKED, f"seals:{row.id}", rows=row.rows, faults=row.fault_count)


def check(actor: Actor, id: UUID) -> Check:
    """One check, as it stands. Raises Forbidden, NotFound."""
    _allow(actor)
    row = SealCheck.objects.filter(pk=id).first()
    if row is None:
        raise NotFound()
    return _check(row)


def last(actor: Actor, limit: int = 5) -> list[Check]:
    """The last checks that were asked for, newest first. Raises Forbidden without `audit.see`."""
    _allow(actor)
    return [_check(row) for row in SealCheck.objects.order_by("-id")[:limit]]


def _check(row: SealCheck) -> Check:
    faults = tuple(seal.Fault(*fault) for fault in row.faults)
    return Check(
        row.id, row.asked_at, row.actor, row.begun_at, row.ended_at, row.at, row.done, row.total, row.rows,
        row.fault_count, faults,
    )  # fmt: skip


def _allow(actor: Actor) -> None:
    if not actor.may(SEE):
        raise Forbidden()
