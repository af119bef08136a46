"""How agencies keep their terms: what is open, at risk and late today, what was answered early, on time and late in a
month; by agency and by procedure, and the cases behind each figure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.queries import agencies, agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import policy, workflow
from ..contracts import CasePage, Performance, Progress
from ..models import Case, at_risk
from .lists import _page

SUPERVISE = "case.supervise"
Kind = Literal["open", "at-risk", "late", "paused", "early", "on-time", "ended-late"]
KINDS: tuple[Kind, ...] = ("open", "at-risk", "late", "paused", "early", "on-time", "ended-late")
RUNNING = KINDS[:4]


def performance(actor: Actor, month: date | None = None) -> Performance:
    """The situation of the agencies that the actor leads: a chair's own agency, all of the province for its leaders.
    `month` is any day of it (default: this one). NotFound for whoever leads nobody."""
    month = (month or timezone.localdate()).replace(day=1)
    holders = _led(actor)
    by: dict[tuple[UUID, str], dict[str, int]] = {}
    for kinds, rows in ((RUNNING, _running(holders)), (KINDS[4:], _ended(holders, month))):
        counted = {_column(kind): Count("pk", filter=_is(kind)) for kind in kinds}
        for row in rows.order_by().values("holder_id", "procedure").annotate(**counted):
            by.setdefault((row.pop("holder_id"), row.pop("procedure")), {}).update(row)
    names = {ref.id: ref.words for ref in agencies(ids={holder for holder, _procedure in by})}
    titles = {procedure: str(workflow.procedure(procedure).model.name) for _holder, procedure in by}
    by_agency = _sums((str(holder), names[holder], row) for (holder, _procedure), row in by.items())
    by_procedure = _sums((procedure, titles[procedure], row) for (_holder, procedure), row in by.items())
    total = _sums(("", _("Tất cả"), row) for row in by.values())
    return Performance(
        month,
        total[0] if total else Progress("", _("Tất cả")),
        by_agency if len(holders) > 2 else (),
        by_procedure,
    )


def performance_cases(
    actor: Actor,
    kind: Kind,
    *,
    month: date | None = None,
    agency: UUID | None = None,
    procedure: str = "",
    after: str = "",
    limit: int = 25,
) -> CasePage:
    """The cases behind a figure of `performance`, newest first. NotFound for whoever leads nobody, for an agency that
    the actor does not lead, and for another kind."""
    holders = _led(actor)
    if kind not in KINDS or (agency is not None and agency not in holders):
        raise NotFound()
    month = (month or timezone.localdate()).replace(day=1)
    wanted = frozenset({agency}) if agency else holders
    rows = _running(wanted) if kind in RUNNING else _ended(wanted, month)
    if procedure:
        rows = rows.filter(procedure=procedure)
    return _page(rows.filter(_is(kind)), after, limit)


def _column(kind: Kind) -> str:
    """The name of its number among a query's columns: none of a case's own."""
    return f"n_{kind.replace('-', '_')}"


def _led(actor: Actor) -> frozenset[UUID]:
    """The agencies whose work the actor answers for."""
    if not actor.is_officer or actor.agency is None or not actor.may(SUPERVISE):
        raise NotFound()
    if not actor.may("case.see-province"):
        return policy.desks(actor.agency)
    here = agency_by_id(actor.agency)
    return frozenset({here.id, *(ref.id for ref in agencies())})


def _running(holders: Iterable[UUID]) -> QuerySet[Case]:
    return Case.objects.filter(holder__in=holders, ended_at=None, internal=False)


def _ended(holders: Iterable[UUID], month: date) -> QuerySet[Case]:
    """Those answered in a month of Viet Nam's time: returned or refused, not taken back."""
    until = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
    rows = Case.objects.filter(holder__in=holders, ended_at__gte=_midnight(month), ended_at__lt=_midnight(until))
    return rows.filter(internal=False).exclude(outcome="withdrawn")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _is(kind: Kind) -> Q:
    now, early = timezone.now(), Q(on_time=True, margin__gte=settings.EARLY_HOURS * 60)
    return {
        "open": Q(),
        "paused": Q(paused_at__isnull=False),
        "late": Q(paused_at=None, due_at__lt=now),
        "at-risk": Q(paused_at=None, due_at__gte=now) & at_risk(now),
        "early": early,
        "on-time": Q(on_time=True) & ~Q(margin__isnull=False, margin__gte=settings.EARLY_HOURS * 60),
        "ended-late": Q(on_time=False),
    }[kind]


def _sums(rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> tuple[Progress, ...]:
    """Rows of one key added up, the one with the most late cases first."""
    sums: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for key, name, row in rows:
        names[key] = name
        into = sums.setdefault(key, {})
        for kind, number in row.items():
            into[kind] = into.get(kind, 0) + number
    found = [
        Progress(key, names[key], **{k.removeprefix("n_"): n for k, n in row.items()}) for key, row in sums.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.late, -one.at_risk, -one.open, one.name)))
