"""What was done at the counters of a centre: by window and officer for the end of a day, and by day for its keeper."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, Sum
from django.utils import timezone

from tinhso.identity.queries import agencies, agency_by_id
from tinhso.kernel.actor import Actor

from ... import workflow
from ...counter.contracts import DayFigures, DayLine, DayReport
from ...counter.models import Handout, HandoutState, Intake, Ticket, TicketState
from ...services.counter.leave import centre_of
from ..casepage import title
from .queue import centre

PATIENCE = timedelta(minutes=15)
"""Waiting of which the share is told: what the national set of indicators calls reasonable is not fixed by law."""
_SERVED = ExpressionWrapper(F("ended_at") - F("began_at"), output_field=DurationField())
_WAITED = ExpressionWrapper(F("called_at") - F("taken_at"), output_field=DurationField())


def report(actor: Actor, day: date) -> DayReport:
    """The end of a day at the actor's centre, to be printed and signed. Cases are named by code and procedure alone."""
    of = centre_of(actor)
    since, until = _span(day)
    lines: dict[tuple[int | None, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    tickets = Ticket.objects.filter(agency=of, day=day, state__in=(TicketState.DONE, TicketState.NO_SHOW))
    for window, officer, served, gone, took in (
        tickets.order_by()
        .values_list("window__number", "officer")
        .annotate(
            served=Count("id", filter=Q(state=TicketState.DONE)),
            gone=Count("id", filter=Q(state=TicketState.NO_SHOW)),
            took=Sum(_SERVED, filter=Q(state=TicketState.DONE)),
        )
    ):
        line = lines[window, officer]
        line["served"], line["no_show"] = served, gone
        line["minutes"] = round(took.total_seconds() / 60) if took else 0
    intakes = Intake.objects.filter(centre=of, at__gte=since, at__lt=until)
    for row in (
        intakes.order_by()
        .values_list("window__number", "officer")
        .annotate(count=Count("*"), others=Count("case", filter=~Q(competent=F("centre")) & ~Q(competent=_parent(of))))
    ):
        lines[row[0], row[1]]["taken_in"], lines[row[0], row[1]]["for_others"] = row[2], row[3]
    given = Handout.objects.filter(centre=of, at__gte=since, at__lt=until)
    for row in (
        given.order_by()
        .values_list("window__number", "officer")
        .annotate(handed=Count("id", filter=Q(how="person")), posted=Count("id", filter=Q(how="post")))
    ):
        lines[row[0], row[1]]["handed"], lines[row[0], row[1]]["posted"] = row[2], row[3]
    found = tuple(
        DayLine(window, officer, **values)
        for (window, officer), values in sorted(lines.items(), key=lambda one: (one[0][0] or 100, one[0][1]))
    )
    total = DayLine(None, "")
    for line in found:
        total = replace(total, **{name: getattr(total, name) + getattr(line, name) for name in _FIGURES})
    return DayReport(centre(actor), day, found, total, _taken(intakes), _given(given))


_FIGURES = ("served", "no_show", "taken_in", "for_others", "handed", "posted", "minutes")


def days(actor: Actor, *, until: date | None = None, count: int = 30) -> tuple[DayFigures, ...]:
    """Waiting and serving of the last `count` days on which tickets were taken, newest first."""
    of = centre_of(actor)
    rows = Ticket.objects.filter(agency=of, day__lte=until or timezone.localdate())
    figures = (
        rows.order_by("-day")
        .values("day")
        .annotate(
            taken=Count("id"),
            served=Count("id", filter=Q(state=TicketState.DONE)),
            gone=Count("id", filter=Q(state=TicketState.NO_SHOW)),
            called=Count("id", filter=Q(called_at__isnull=False)),
            soon=Count("id", filter=Q(called_at__lte=F("taken_at") + PATIENCE)),
            wait=Avg(_WAITED),
            longest=Max(_WAITED),
            serving=Avg(_SERVED, filter=Q(state=TicketState.DONE)),
        )[:count]
    )
    by_group: dict[date, dict[str, int]] = defaultdict(dict)
    found = list(figures)
    split = rows.filter(day__in=[one["day"] for one in found]).order_by().values_list("day", "letter")
    for day, letter, number in split.annotate(count=Count("id")):
        by_group[day][letter] = number
    return tuple(
        DayFigures(
            one["day"],
            one["taken"],
            one["served"],
            one["gone"],
            _minutes(one["wait"]),
            _minutes(one["longest"]),
            _minutes(one["serving"]),
            one["soon"] / one["called"] if one["called"] else None,
            dict(sorted(by_group[one["day"]].items())),
        )
        for one in found
    )


def _minutes(span: timedelta | None) -> float | None:
    return round(span.total_seconds() / 60, 1) if span is not None else None


def _span(day: date) -> tuple[datetime, datetime]:
    since = timezone.make_aware(datetime.combine(day, time.min))
    return since, since + timedelta(days=1)


def _parent(of: UUID) -> UUID:
    """The committee that a one-stop centre stands under; itself for a committee's own counter."""
    ref = agency_by_id(of)
    return ref.parent if ref.kind == "one-stop-centre" and ref.parent else of


def _taken(rows: Any) -> tuple[Mapping[str, Any], ...]:
    found = list(rows.select_related("case", "window").order_by("at"))
    names = {ref.id: ref.words for ref in agencies(ids={row.competent_id for row in found})}
    return tuple(
        {
            "at": row.at,
            "code": row.case.code,
            "title": title(workflow.procedure(row.case.procedure, row.case.version).model, ""),
            "window": row.window.number if row.window else None,
            "officer": row.officer,
            "competent": names[row.competent_id],
        }
        for row in found
    )


def _given(rows: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {
            "at": row.at,
            "code": row.case.code,
            "title": title(workflow.procedure(row.case.procedure, row.case.version).model, ""),
            "window": row.window.number if row.window else None,
            "officer": row.officer,
            "how": row.how,
            "state": str(HandoutState(row.state).label),
        }
        for row in rows.select_related("case", "window").order_by("at")
    )
