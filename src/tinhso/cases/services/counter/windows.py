"""Windows of a centre, who sits at them, and the kiosks that give out tickets."""

import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.text import clean

from ...counter.contracts import COUNTER_MOVED
from ...counter.models import Device, Ticket, TicketState, Window
from .leave import centre_of, definition_of

OPEN = (TicketState.CALLED, TicketState.SERVING)


def open_window(actor: Actor, number: int, groups: Sequence[str] = ()) -> UUID:
    """A window with this number on its plate, for these groups of services (none: all). Raises Invalid where the number
    is taken or a group is unknown."""
    centre = centre_of(actor)
    _check(centre, number, groups)
    try:
        with transaction.atomic():
            row = Window.objects.create(agency_id=centre, number=number, groups=list(groups))
            audit.record(actor, "counter.open-window", f"window:{row.pk}", number=number, groups=list(groups))
            say(actor, centre, "windows")
    except IntegrityError:
        raise Invalid({"number": [_("Đã có quầy mang số này")]}) from None
    return row.pk


def change_window(actor: Actor, window_id: UUID, groups: Sequence[str]) -> None:
    """The window takes these groups from now on; who waits is called accordingly."""
    with transaction.atomic():
        row = window_here(actor, window_id)
        _check(row.agency_id, row.number, groups)
        row.groups = list(groups)
        row.save(update_fields=["groups"])
        audit.record(actor, "counter.change-window", f"window:{row.pk}", groups=list(groups))
        say(actor, row.agency_id, "windows")


def close_window(actor: Actor, window_id: UUID) -> None:
    """Take a window out of use. Conflict while somebody is served there; tickets sent to it go to any window."""
    with transaction.atomic():
        row = window_here(actor, window_id)
        if Ticket.objects.filter(window=row, state__in=OPEN).exists():
            raise Conflict(_("Quầy này đang phục vụ. Xin kết thúc số đang gọi trước."), title=_("Chưa đóng được quầy"))
        row.closed_at, row.post, row.officer, row.since = timezone.now(), None, "", None
        row.save()
        Ticket.objects.filter(only=row, state=TicketState.WAITING).update(only=None)
        audit.record(actor, "counter.close-window", f"window:{row.pk}")
        say(actor, row.agency_id, "windows")


def sit(actor: Actor, window_id: UUID) -> None:
    """Take a seat at a window. One post sits at one window; Conflict where a colleague sits there or a number is still
    being served at the window left."""
    with transaction.atomic():
        row = window_here(actor, window_id)
        if row.post == actor.post:
            return
        if row.post:
            raise Conflict(_("%(who)s đang ngồi ở quầy này.") % {"who": row.officer}, title=_("Quầy đã có người"))
        _stand_up(actor)
        row.post, row.officer, row.since = actor.post, actor.name, timezone.now()
        row.save()
        audit.record(actor, "counter.sit", f"window:{row.pk}", number=row.number)
        say(actor, row.agency_id, "windows")


def leave(actor: Actor) -> None:
    """Leave the window. Conflict while a number is being served."""
    centre = centre_of(actor)
    with transaction.atomic():
        _stand_up(actor)
        say(actor, centre, "windows")


def _stand_up(actor: Actor) -> None:
    row = Window.objects.select_for_update().filter(post=actor.post).first()
    if row is None:
        return
    if Ticket.objects.filter(window=row, state__in=OPEN).exists():
        raise Conflict(
            _("Quầy %(number)s còn số đang gọi. Xin kết thúc số ấy trước.") % {"number": row.number},
            title=_("Chưa rời quầy được"),
        )
    row.post, row.officer, row.since = None, "", None
    row.save()
    audit.record(actor, "counter.leave", f"window:{row.pk}", number=row.number)


def add_device(actor: Actor, name: str) -> tuple[UUID, str]:
    """A kiosk of the centre; returns its id and its key, which is shown this once and kept only as a hash."""
    centre = centre_of(actor)
    name = clean(name)[:80]
    if not name:
        raise Invalid({"name": [_("Xin đặt tên cho máy, ví dụ: Máy lấy số ở cửa chính")]})
    key = secrets.token_urlsafe(24)
    with transaction.atomic():
        row = Device.objects.create(agency_id=centre, name=name, key_hash=key_hash(key), made_by=actor.name)
        audit.record(actor, "counter.add-device", f"device:{row.pk}", name=name)
    return row.pk, key


def end_device(actor: Actor, device_id: UUID) -> None:
    """The key of a kiosk holds no longer."""
    centre = centre_of(actor)
    with transaction.atomic():
        row = Device.objects.select_for_update().filter(pk=device_id, agency=centre).first()
        if row is None:
            raise NotFound()
        if row.ended_at is None:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])
            audit.record(actor, "counter.end-device", f"device:{row.pk}")


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def window_here(actor: Actor, window_id: UUID) -> Window:
    """The window of the actor's centre, locked. NotFound for another's."""
    centre = centre_of(actor)
    row = Window.objects.select_for_update().filter(pk=window_id, agency=centre, closed_at=None).first()
    if row is None:
        raise NotFound()
    return row


def say(actor: Actor, centre: UUID, what: str, **data: object) -> None:
    """Tell the screens of the centre that its queue moved."""
    events.publish(actor, COUNTER_MOVED, f"counter:{centre}", what=what, **data)


def _check(centre: UUID, number: int, groups: Sequence[str]) -> None:
    errors = {}
    if not 1 <= number <= 99:
        errors["number"] = [_("Số quầy từ 1 đến 99")]
    known = {group.name for group in definition_of(centre).groups}
    if unknown := set(groups) - known:
        errors["groups"] = [_("Không có nhóm dịch vụ “%(name)s”") % {"name": sorted(unknown)[0]}]
    if errors:
        raise Invalid(errors)
