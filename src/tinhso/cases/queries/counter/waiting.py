"""How long it will take, from what happened today."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Avg, Count, ExpressionWrapper, F
from django.db.models.fields import DurationField

from ...counter.definitions import CounterDefinition
from ...counter.models import Ticket, TicketState, Window

ENOUGH = 3
"""Tickets served today from which their mean is believed; before that what the pack declares."""


@dataclass(frozen=True, slots=True)
class Today:
    """What an estimate needs: minutes a ticket by group, and the groups of each window that somebody sits at (None:
    all)."""

    minutes: Mapping[str, float]
    windows: tuple[frozenset[str] | None, ...]

    def estimate(self, group: str, ahead: Mapping[str, int]) -> int | None:
        """Minutes until a ticket of `group` is called with so many tickets of each group before it: the work before it
        that the windows taking `group` do, shared among them. None where no window takes it now."""
        serving = [taken for taken in self.windows if taken is None or group in taken]
        if not serving:
            return None
        work = sum(
            count * self.minutes.get(name, 10)
            for name, count in ahead.items()
            if any(taken is None or name in taken for taken in serving)
        )
        return max(round(work / len(serving)), 1 if work else 0)

    def open_for(self, group: str) -> int:
        return sum(1 for taken in self.windows if taken is None or group in taken)


def today(centre: UUID, day: date, definition: CounterDefinition) -> Today:
    """Two queries, whatever the length of the queue."""
    took = ExpressionWrapper(F("ended_at") - F("began_at"), output_field=DurationField())
    done = Ticket.objects.filter(agency=centre, day=day, state=TicketState.DONE, began_at__isnull=False)
    served = {
        group: mean.total_seconds() / 60
        for group, mean, count in done.values_list("group").annotate(mean=Avg(took), count=Count("*"))
        if count >= ENOUGH
    }
    minutes = {one.name: served.get(one.name, float(one.minutes)) for one in definition.groups}
    seated = Window.objects.filter(agency=centre, closed_at=None, post__isnull=False).values_list("groups", flat=True)
    return Today(minutes, tuple(frozenset(groups) if groups else None for groups in seated))


def ahead(centre: UUID, day: date, before: Ticket | None = None) -> dict[str, int]:
    """How many wait, by group; with `before` only those who are called before that ticket."""
    rows = Ticket.objects.filter(agency=centre, day=day, state=TicketState.WAITING)
    if before is not None:
        rows = rows.filter(rank__lt=before.rank) | rows.filter(rank=before.rank, id__lt=before.pk)
    return dict(rows.order_by().values_list("group").annotate(count=Count("*")))


def reachable(counts: Mapping[str, int], today: Today, group: str) -> int:
    """How many of those stand before a ticket of `group`: tickets that a window taking `group` may call first."""
    serving: Collection[frozenset[str] | None] = [w for w in today.windows if w is None or group in w]
    if not serving:
        return counts.get(group, 0)
    return sum(count for name, count in counts.items() if any(w is None or name in w for w in serving))
