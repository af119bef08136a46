"""The queue of a centre: a ticket is taken, called, served, set aside, moved or gone. Each verb holds the row of the
window first, then that of a ticket; who presses at the same time never gets the same ticket (SKIP LOCKED)."""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Busy, Conflict, Forbidden, Invalid, NotFound

from ...counter.models import Device, Rank, Ticket, TicketState, Window
from .leave import centre_of, definition_of
from .windows import OPEN, key_hash, say

MOST_A_MINUTE = 20
"""Tickets that one kiosk gives out in a minute; more is no queue of people."""


def take_ticket(key: str, group: str, priority: str = "") -> str:
    """A ticket from a kiosk that holds `key`; returns the ticket's own key, under which it is followed.

    Raises Forbidden where the kiosk's key does not hold, Invalid for a group or priority that is not declared, Busy
    where the kiosk gave out too many.
    """
    device = Device.objects.filter(key_hash=key_hash(key), ended_at=None).first()
    if device is None:
        raise Forbidden(_("Máy này chưa được phép phát số. Xin hỏi cán bộ hướng dẫn."))
    actor = system("counter.kiosk")
    with transaction.atomic():
        Device.objects.select_for_update().get(pk=device.pk)
        last = Ticket.objects.filter(device=device, taken_at__gt=timezone.now() - timedelta(minutes=1)).count()
        if last >= MOST_A_MINUTE:
            raise Busy(_("Máy vừa phát nhiều số liền nhau. Xin chờ một phút, hoặc hỏi cán bộ hướng dẫn."))
        return _take(actor, device.agency_id, group, priority, device)


def give_ticket(actor: Actor, group: str, priority: str = "") -> str:
    """A ticket from an officer's hand, for who does not use the kiosk; returns its key."""
    centre = centre_of(actor)
    with transaction.atomic():
        return _take(actor, centre, group, priority, None)


def _take(actor: Actor, centre: UUID, group: str, priority: str, device: Device | None) -> str:
    definition = definition_of(centre)
    found = definition.group(group)
    if found is None:
        raise Invalid({"group": [_("Xin chọn một nhóm dịch vụ")]})
    if priority and priority not in {one.name for one in definition.priorities}:
        raise Invalid({"priority": [_("Không có diện ưu tiên này")]})
    now = timezone.now()
    row = Ticket(
        agency_id=centre,
        day=timezone.localdate(now),
        letter=found.letter,
        number=_next_number(centre, found.letter, now),
        group=found.name,
        priority=priority,
        rank=Rank.PRIORITY if priority else Rank.ORDINARY,
        key=secrets.token_urlsafe(12),
        device=device,
        taken_at=now,
    )
    row.save(force_insert=True)
    audit.record(actor, "counter.take", f"ticket:{row.pk}", code=row.code, group=group, priority=priority)
    say(actor, centre, "taken", ticket=row.code)
    return row.key


def _next_number(centre: UUID, letter: str, now: Any) -> int:
    """The row of the number is held until the transaction ends: none is skipped or given twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_ticketnumber (agency_id, day, letter, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT ON CONSTRAINT cases_ticketnumber_once DO UPDATE SET last = cases_ticketnumber.last + 1"
            " RETURNING last",
            [centre, timezone.localdate(now), letter],
        )
        return cursor.fetchone()[0]


def call_next(actor: Actor, seen: str | None = None) -> UUID | None:
    """Call whoever is next for the actor's window; None where nobody waits for it.

    `seen` is the ticket that the officer's page showed ("" for none): where the window has another one by now, the
    button was pressed twice, and nothing is called anew. A ticket that was being served is done with it; one that was
    only called has to be judged first (Conflict).
    """
    with transaction.atomic():
        window = own_window(actor)
        current = _current(window)
        if seen is not None and seen != (str(current.pk) if current else ""):
            return current.pk if current else None
        if current and current.state == TicketState.CALLED:
            raise Conflict(
                _("Số %(code)s đã gọi mà chưa bắt đầu. Xin bấm “Bắt đầu”, “Để lại” hoặc “Không đến”.")
                % {"code": current.code},
                title=_("Còn số đang gọi"),
            )
        if current:
            _end(actor, current, TicketState.DONE)
        row = waiting_for(window).select_for_update(skip_locked=True, of=("self",)).order_by("rank", "id").first()
        if row is None:
            return None
        _call(actor, row, window)
    return row.pk


def call(actor: Actor, ticket_id: UUID) -> None:
    """Call this ticket: one that waits, or one that was set aside and has turned up. Conflict where a colleague has it
    or the window is taken."""
    with transaction.atomic():
        window = own_window(actor)
        if (current := _current(window)) is not None:
            if current.pk == ticket_id:
                return
            raise Conflict(
                _("Quầy đang có số %(code)s. Xin kết thúc số ấy trước.") % {"code": current.code},
                title=_("Còn số đang gọi"),
            )
        row = _ticket(actor, ticket_id)
        if row.state not in {TicketState.WAITING, TicketState.ASIDE}:
            raise _gone(row)
        _call(actor, row, window)


def recall(actor: Actor) -> None:
    """Announce the window's ticket once more."""
    with transaction.atomic():
        window, row = _held(actor)
        if row.state != TicketState.CALLED:
            raise Conflict(_("Số %(code)s đã ở tại quầy.") % {"code": row.code}, title=_("Không cần gọi lại"))
        row.calls, row.announced_at = row.calls + 1, timezone.now()
        row.save(update_fields=["calls", "announced_at"])
        audit.record(actor, "counter.recall", f"ticket:{row.pk}", code=row.code, window=window.number)
        say(actor, window.agency_id, "called", ticket=row.code, window=window.number)


def begin(actor: Actor) -> UUID:
    """Who was called is here; returns the ticket."""
    with transaction.atomic():
        window, row = _held(actor)
        if row.state == TicketState.CALLED:
            row.state, row.began_at = TicketState.SERVING, timezone.now()
            row.save(update_fields=["state", "began_at"])
            audit.record(actor, "counter.begin", f"ticket:{row.pk}", code=row.code, window=window.number)
            say(actor, window.agency_id, "began", ticket=row.code)
    return row.pk


def finish(actor: Actor) -> None:
    """Done with whoever was served; the window is free, and nobody is called yet."""
    with transaction.atomic():
        _window, row = _held(actor)
        _end(actor, row, TicketState.DONE)


def no_show(actor: Actor) -> None:
    """Nobody came. The ticket ends."""
    with transaction.atomic():
        _window, row = _held(actor)
        if row.state != TicketState.CALLED:
            raise Conflict(_("Số %(code)s đang được phục vụ.") % {"code": row.code}, title=_("Người này đã đến"))
        _end(actor, row, TicketState.NO_SHOW)


def skip(actor: Actor) -> None:
    """Set the ticket aside: whoever turns up later today is called from the list, without a new ticket."""
    with transaction.atomic():
        window, row = _held(actor)
        row.state, row.window, row.began_at = TicketState.ASIDE, None, None
        row.save(update_fields=["state", "window", "began_at"])
        audit.record(actor, "counter.skip", f"ticket:{row.pk}", code=row.code, window=window.number)
        say(actor, window.agency_id, "aside", ticket=row.code)


def transfer(actor: Actor, *, group: str = "", window_id: UUID | None = None) -> None:
    """Send the window's ticket on: to another group of services, or to one window. It keeps its number and is called
    before those who have waited for nothing yet."""
    with transaction.atomic():
        window, row = _held(actor)
        if window_id is not None:
            to = Window.objects.filter(pk=window_id, agency=window.agency_id, closed_at=None).exclude(pk=window.pk)
            row.only = to.first()
            if row.only is None:
                raise Invalid({"to": [_("Xin chọn một quầy khác")]})
        elif definition_of(window.agency_id).group(group) is None or group == row.group:
            raise Invalid({"to": [_("Xin chọn nơi chuyển đến")]})
        else:
            row.group, row.only = group, None
        row.state, row.rank, row.window, row.began_at = TicketState.WAITING, Rank.MOVED, None, None
        row.save(update_fields=["group", "only", "state", "rank", "window", "began_at"])
        audit.record(actor, "counter.transfer", f"ticket:{row.pk}", code=row.code, group=row.group)
        say(actor, window.agency_id, "moved", ticket=row.code)


def waiting_for(window: Window) -> QuerySet[Ticket]:
    """Today's tickets that a window may call."""
    rows = Ticket.objects.filter(agency=window.agency_id, day=timezone.localdate(), state=TicketState.WAITING)
    mine = Q(only=window) | Q(only=None, group__in=window.groups) if window.groups else Q(only=window) | Q(only=None)
    return rows.filter(mine)


def own_window(actor: Actor) -> Window:
    """The window at which the actor sits, locked. Conflict where they sit at none."""
    centre = centre_of(actor)
    row = Window.objects.select_for_update().filter(post=actor.post, agency=centre).first()
    if row is None:
        raise Conflict(_("Ông/Bà chưa ngồi quầy nào. Xin chọn quầy trước."), title=_("Chưa có quầy"))
    return row


def _current(window: Window) -> Ticket | None:
    return Ticket.objects.select_for_update().filter(window=window, state__in=OPEN).first()


def _held(actor: Actor) -> tuple[Window, Ticket]:
    window = own_window(actor)
    row = _current(window)
    if row is None:
        raise Conflict(_("Quầy của Ông/Bà không có số nào đang gọi."), title=_("Không có số nào"))
    return window, row


def _ticket(actor: Actor, ticket_id: UUID) -> Ticket:
    """A ticket of today and of the actor's centre, locked."""
    rows = Ticket.objects.select_for_update(of=("self",)).filter(agency=centre_of(actor), day=timezone.localdate())
    row = rows.filter(pk=ticket_id).first()
    if row is None:
        raise NotFound()
    return row


def _call(actor: Actor, row: Ticket, window: Window) -> None:
    row.state, row.window, row.announced_at, row.calls = TicketState.CALLED, window, timezone.now(), row.calls + 1
    row.called_at = row.called_at or row.announced_at
    row.officer, row.post = actor.name, actor.post
    row.save()
    audit.record(actor, "counter.call", f"ticket:{row.pk}", code=row.code, window=window.number)
    say(actor, window.agency_id, "called", ticket=row.code, window=window.number)


def _end(actor: Actor, row: Ticket, state: TicketState) -> None:
    row.state, row.ended_at = state, timezone.now()
    if state == TicketState.DONE and row.began_at is None:
        row.began_at = row.called_at
    row.save(update_fields=["state", "ended_at", "began_at"])
    verb = "finish" if state == TicketState.DONE else "no-show"
    audit.record(actor, f"counter.{verb}", f"ticket:{row.pk}", code=row.code)
    say(actor, row.agency_id, verb, ticket=row.code)


def _gone(row: Ticket) -> Conflict:
    if row.state in OPEN:
        said = _("Số %(code)s đã được %(who)s gọi.") % {"code": row.code, "who": row.officer}
        return Conflict(said, title=_("Số này đã có quầy gọi"))
    return Conflict(_("Số %(code)s đã xong.") % {"code": row.code}, title=_("Số này đã xong"))
