"""Keep a list as an officer likes to open it: save, change, drop. A view is its owner's alone; the colleagues of the
agency with which it is shared open it, and save one of their own where they want another."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.fields.text import visible

from .. import filters, policy
from ..contracts import LAYOUTS, ViewAsks
from ..models import SavedView
from ..shape import Shape, shape

MOST_VIEWS, MOST_CONDITIONS, LONGEST_NAME, LONGEST_VALUE = 50, 30, 80, 500
"""Of one officer in one register; in one view; letters."""


def save_view(actor: Actor, register: str, name: str, asks: ViewAsks, *, shared: bool = False) -> UUID:
    """Keep what a list asks under a name. The same again is the same view.

    Raises Invalid: `name` where it is missing, too long or taken, "" where there are too many, and by the key asked for
    what `find` would refuse; Forbidden for who is no officer, NotFound for who may not see registers.
    """
    of = shape(register)
    _need_officer(actor)
    said, kept = _name(name), _kept(actor, of, asks)
    with transaction.atomic():
        own = SavedView.objects.select_for_update().filter(account=actor.account, register=register)
        for row in own:
            if row.name == said and row.asks == kept and row.shared == shared:
                return row.id
        if len(own) >= MOST_VIEWS:
            raise Invalid(_("Ông/Bà đã có %(n)d cách xem của sổ này; xin xoá bớt.") % {"n": MOST_VIEWS})
        row = SavedView(
            register=register, definition=of.version, account=actor.account, agency=actor.agency, by=actor.name,
            name=said, shared=shared, asks=kept,
        )  # fmt: skip
        _write(row)
        audit.record(actor, "register.view.save", f"register:{register}", view=str(row.id), shared=shared)
    return row.id


def change_view(
    actor: Actor,
    id: UUID,
    *,
    name: str | None = None,
    shared: bool | None = None,
    asks: ViewAsks | None = None,
) -> None:
    """Rename an own view, share it or take it back, or let it ask something else; what is left out stays. Shared anew,
    it is shared with the agency of today's post. Raises NotFound for a view that is not the actor's, Invalid as
    `save_view`."""
    with transaction.atomic():
        row = _own(actor, id)
        if name is not None:
            row.name = _name(name)
        if shared is not None:
            if shared and not row.shared:
                row.agency, row.by = actor.agency, actor.name
            row.shared = shared
        if asks is not None:
            of = shape(row.register)
            row.asks, row.definition = _kept(actor, of, asks), of.version
        _write(row)
        audit.record(actor, "register.view.change", f"register:{row.register}", view=str(id), shared=row.shared)


def drop_view(actor: Actor, id: UUID) -> None:
    """Forget an own view, for everybody with whom it was shared too. Raises NotFound for another's."""
    with transaction.atomic():
        row = _own(actor, id)
        row.delete()
        audit.record(actor, "register.view.drop", f"register:{row.register}", view=str(id))


def _need_officer(actor: Actor) -> None:
    policy.need_see(actor)
    if not (actor.is_officer and actor.account):
        raise Forbidden()


def _own(actor: Actor, id: UUID) -> SavedView:
    _need_officer(actor)
    row = SavedView.objects.select_for_update().filter(id=id, account=actor.account).first()
    if row is None:
        raise NotFound()
    return row


def _write(row: SavedView) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid({"name": [_("Ông/Bà đã có một cách xem tên này trong sổ; xin đặt tên khác.")]}) from None


def _name(text: str) -> str:
    try:
        found = " ".join(visible(text, LONGEST_NAME).split())
    except Invalid as error:
        raise Invalid({"name": error.errors[""]}) from None
    if not found:
        raise Invalid({"name": [_("Xin đặt tên cho cách xem này")]})
    return found


def _kept(actor: Actor, of: Shape, asks: ViewAsks) -> dict[str, Any]:
    """What is asked as JSON, once it is known that its owner may ask it."""
    classes = policy.classes(actor, of)
    filters.conditions(of, asks.where, asks.search, classes)
    if asks.order:
        filters.Order.read(of, asks.order, classes)
    readable = {f.name for f in of.visible(classes) if not f.is_secret}
    if not set(asks.columns) <= readable or len(set(asks.columns)) != len(asks.columns):
        raise Invalid({"columns": [_("Có cột không hiện được, hoặc chọn hai lần")]})
    if asks.layout not in ("", *LAYOUTS):
        raise Invalid({"layout": [_("Không có cách trình bày này")]})
    if len(asks.where) > MOST_CONDITIONS or any(len(str(one)) > LONGEST_VALUE for _key, one in asks.where):
        raise Invalid(_("Cách xem này có quá nhiều điều kiện, hoặc điều kiện quá dài để lưu."))
    if len(asks.search) > LONGEST_VALUE:
        raise Invalid({"search": [_("Nội dung quá dài")]})
    kept = asdict(asks)
    return kept | {"where": [[key, str(value)] for key, value in asks.where], "columns": list(asks.columns)}
