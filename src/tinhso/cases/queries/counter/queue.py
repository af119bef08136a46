"""The queue of a centre as kiosks, screens, phones and officers see it. None of it names a person who waits."""

from uuid import UUID

from django.utils import timezone

from tinhso.identity.contracts import AgencyRef
from tinhso.identity.queries import agency, agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.text import fold

from ...counter.contracts import Board, Centre, DeviceView, Followed, GroupView, TicketView, WindowView
from ...counter.definitions import CounterDefinition
from ...counter.models import Device, Rank, Ticket, TicketState, Window
from ...services.counter.leave import centre_of, declared, definition_of
from ...services.counter.queue import OPEN
from ...services.counter.windows import key_hash
from ..catalogue import procedures
from .waiting import ahead, reachable, today

SHOWN = 6
"""Tickets on the call screen."""


def centre(actor: Actor) -> Centre:
    """The centre at which the actor sits."""
    return _centre(agency_by_id(centre_of(actor)))


def centre_by_code(code: str) -> Centre:
    """The centre of an agency's code today. NotFound where there is none, or no pack declares how it queues."""
    ref = agency(code)
    if declared(ref.level) is None:
        raise NotFound()
    return _centre(ref)


def kiosk(code: str, key: str) -> bool:
    """Whether this key gives out tickets at that centre."""
    centre_id = centre_by_code(code).id
    return bool(key) and Device.objects.filter(agency=centre_id, key_hash=key_hash(key), ended_at=None).exists()


def groups(of: UUID) -> tuple[GroupView, ...]:
    """The groups of services with who waits for them and how long it would take."""
    definition = definition_of(of)
    now, waiting = today(of, timezone.localdate(), definition), ahead(of, timezone.localdate())
    return tuple(
        GroupView(
            one.name,
            one.letter,
            str(one.label),
            str(one.hint or ""),
            waiting.get(one.name, 0),
            now.estimate(one.name, waiting),
        )
        for one in definition.groups
    )


def priorities(of: UUID) -> list[tuple[str, str]]:
    """Who is called before others, as (name, words)."""
    return [(one.name, str(one.label)) for one in definition_of(of).priorities]


def suggest(of: UUID, said: str) -> list[tuple[str, str]]:
    """The groups that what somebody says may be about, best first, as (name, why): the group's own words, or a
    procedure that it takes."""
    wanted = fold(said).split()
    if not wanted:
        return []
    definition = definition_of(of)
    found: dict[str, str] = {}
    for one in definition.groups:
        spoken = fold(" ".join([one.label.vi, one.label.en, *one.words]))
        if all(word in spoken for word in wanted):
            found.setdefault(one.name, "")
    for procedure in procedures(search=said)[:5]:
        name = group_of(definition, procedure.name)
        if name:
            found.setdefault(name, str(procedure.definition.name))
    return list(found.items())


def group_of(definition: CounterDefinition, procedure: str) -> str:
    """The group that takes a procedure: the one that names it, or its pack, or the last that takes anything."""
    pack = procedure.partition(".")[0]
    for wanted in (procedure, pack):
        for one in definition.groups:
            if wanted in one.takes:
                return one.name
    return ""


def followed(code: str, key: str) -> Followed:
    """A ticket of today, for who holds its key."""
    where = centre_by_code(code)
    row = Ticket.objects.filter(agency=where.id, key=key).select_related("window", "only").first()
    if row is None:
        raise NotFound()
    definition = definition_of(where.id)
    now = today(where.id, row.day, definition)
    before = ahead(where.id, row.day, row) if row.state == TicketState.WAITING else {}
    waits = row.state == TicketState.WAITING and row.day == timezone.localdate()
    return Followed(
        _ticket(row, definition),
        where,
        reachable(before, now, row.group),
        now.estimate(row.group, before) if waits else None,
        now.open_for(row.group),
    )


def board(code: str) -> Board:
    """What the call screen shows."""
    where = centre_by_code(code)
    definition = definition_of(where.id)
    rows = Ticket.objects.filter(agency=where.id, day=timezone.localdate(), state__in=OPEN).select_related("window")
    called = tuple(_ticket(row, definition) for row in rows.order_by("-announced_at")[:SHOWN])
    latest = next((one for one in called if one.state == TicketState.CALLED), None)
    return Board(where, called, groups(where.id), latest)


def windows(actor: Actor) -> tuple[WindowView, ...]:
    """The windows of the actor's centre, with who sits there and which ticket they have."""
    of = centre_of(actor)
    definition = definition_of(of)
    labels = {one.name: str(one.label) for one in definition.groups}
    held = {
        row.window_id: _ticket(row, definition)
        for row in Ticket.objects.filter(agency=of, state__in=OPEN).select_related("window")
    }
    return tuple(
        WindowView(
            row.pk,
            row.number,
            tuple(row.groups),
            tuple(labels.get(name) or name for name in row.groups),
            row.officer,
            row.post is not None and row.post == actor.post,
            row.since,
            held.get(row.pk),
        )
        for row in Window.objects.filter(agency=of, closed_at=None).order_by("number")
    )


def tickets(actor: Actor) -> tuple[TicketView, ...]:
    """Today's tickets that wait or were set aside, in the order in which they are called."""
    of = centre_of(actor)
    definition = definition_of(of)
    rows = Ticket.objects.filter(
        agency=of, day=timezone.localdate(), state__in=(TicketState.WAITING, TicketState.ASIDE)
    )
    return tuple(_ticket(row, definition) for row in rows.select_related("only").order_by("state", "rank", "id")[:200])


def devices(actor: Actor) -> tuple[DeviceView, ...]:
    """The kiosks of the actor's centre, those that hold first."""
    rows = Device.objects.filter(agency=centre_of(actor)).order_by("-id")
    found = [DeviceView(row.pk, row.name, row.made_by, row.made_at, row.ended_at) for row in rows]
    return tuple(sorted(found, key=lambda one: one.ended_at is not None))


def _centre(ref: AgencyRef) -> Centre:
    return Centre(ref.id, ref.code, ref.words, ref.unit, ref.level)


def _ticket(row: Ticket, definition: CounterDefinition) -> TicketView:
    group = definition.group(row.group)
    reason = next((str(one.label) for one in definition.priorities if one.name == row.priority), row.priority)
    return TicketView(
        id=row.pk,
        code=row.code,
        group=row.group,
        label=str(group.label) if group else row.group,
        priority=reason,
        state=row.state,
        state_words=str(TicketState(row.state).label),
        taken_at=row.taken_at,
        called_at=row.called_at,
        began_at=row.began_at,
        ended_at=row.ended_at,
        calls=row.calls,
        window=row.window.number if row.window else None,
        moved=row.rank == Rank.MOVED,
        key=row.key,
        only=row.only.number if row.only else None,
    )
