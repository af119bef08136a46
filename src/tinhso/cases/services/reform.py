"""Agencies end; their cases do not. Each case goes to the agency that does the work today."""

from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tinhso.identity.queries import agencies, successor_agencies
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden

from .. import timeline
from ..models import Case, CaseEvent, Task

PERMISSION = "agencies.edit"
BATCH = 1_000


def hand_over(actor: Actor, old: UUID, new: UUID) -> int:
    """Give all cases that the agency `old` holds, running and ended, to `new`, with their open tasks; claims are
    let go, since they were of posts that ended. Returns how many cases moved. Safe to repeat."""
    if not actor.may(PERMISSION):
        raise Forbidden()
    moved = 0
    while True:
        with transaction.atomic():
            cases = list(Case.objects.select_for_update().filter(holder_id=old).order_by("pk")[:BATCH])
            if not cases:
                return moved
            now = timezone.now()
            ids = [case.pk for case in cases]
            Task.objects.filter(case__in=ids, completed_at=None).update(agency_id=new, claimed_by=None, claimed_name="")
            Task.objects.filter(escalated_to=old, completed_at=None).update(escalated_to=new)
            Case.objects.filter(pk__in=ids).update(holder_id=new)
            running = [case for case in cases if case.ended_at is None]
            CaseEvent.objects.bulk_create(
                timeline.entry(actor, case, "handed-over", at=now, holder=str(new), old=str(old)) for case in running
            )
            audit.record(actor, "case.hand-over", f"agency:{old}", to=str(new), cases=len(cases))
            moved += len(cases)


def follow_reforms(actor: Actor) -> int:
    """Hand over the cases of every agency that has ended, to the successor that stands today. Where one has several
    successors, a person decides (`hand_over`): those are left. Returns how many cases moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE holders AS ((SELECT min(holder_id::text) AS h FROM cases_case) UNION ALL"
            " SELECT (SELECT min(holder_id::text) FROM cases_case WHERE holder_id > h::uuid) FROM holders"
            " WHERE h IS NOT NULL) SELECT h::uuid FROM holders WHERE h IS NOT NULL"
        )
        holders = [row[0] for row in cursor.fetchall()]
    today = timezone.localdate()
    moved = 0
    for agency in agencies(ids=holders):
        if agency.until is None or agency.until > today:
            continue
        successors = successor_agencies(agency.id, today)
        if len(successors) == 1:
            moved += hand_over(actor, agency.id, successors[0].id)
    return moved
