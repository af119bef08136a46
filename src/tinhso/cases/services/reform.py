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
                _move_parts(actor, old, new)
                return moved
            now = timezone.now()
            ids = [case.pk for case in cases]
            here = Task.objects.filter(case__in=ids, agency_id=old, completed_at=None)
            here.update(agency_id=new, claimed_by=None, claimed_name="")
            Task.objects.filter(escalated_to=old, completed_at=None).update(escalated_to=new)
            Case.objects.filter(pk__in=ids).update(holder_id=new)
            running = [case for case in cases if case.ended_at is None]
            CaseEvent.objects.bulk_create(
                timeline.entry(actor, case, "handed-over", at=now, holder=str(new), old=str(old)) for case in running
            )
            audit.record(actor, "case.hand-over", f"agency:{old}", to=str(new), cases=len(cases))
            moved += len(cases)


def _move_parts(actor: Actor, old: UUID, new: UUID) -> None:
    """The open tasks that `old` has in cases of other agencies are `new`'s; the cases stay whose they are."""
    wanted = Task.objects.filter(agency_id=old, completed_at=None).values("case_id")
    for case in Case.objects.select_for_update().filter(pk__in=wanted).order_by("pk"):
        parts = list(Task.objects.filter(case=case, agency_id=old, completed_at=None))
        for part in parts:
            part.agency_id, part.claimed_by, part.claimed_name = new, None, ""
            part.save(update_fields=["agency_id", "claimed_by", "claimed_name"])
        now = timezone.now()
        for part in parts:
            timeline.write(actor, case, "part-moved", part.step, at=now, places={part.step: str(new)})
        audit.record(actor, "case.hand-over-part", f"case:{case.pk}", to=str(new))


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
    holders += Task.objects.filter(completed_at=None).values_list("agency_id", flat=True).distinct()
    today = timezone.localdate()
    moved = 0
    for agency in agencies(ids=set(holders)):
        if agency.until is None or agency.until > today:
            continue
        successors = successor_agencies(agency.id, today)
        if len(successors) == 1:
            moved += hand_over(actor, agency.id, successors[0].id)
    return moved
