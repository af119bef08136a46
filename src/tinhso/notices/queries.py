"""What notices is asked."""

from uuid import UUID

from django.utils.translation import get_language

from tinhso.identity.queries import own_details
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.kernel.fields import field_types
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.jobs import SEE
from tinhso.kernel.packs import compiled

from . import models, sealed
from .channels import offered
from .channels.push import public_key
from .contracts import AddressView, DeadLetter, DeadPage, NoticePage, NoticeView, Ways
from .definitions import NoticeDefinition
from .policy import need_reader, reader

MOST_COUNTED = 99
Known = dict[tuple[str, int], NoticeDefinition]


def topic(actor: Actor) -> str:
    """What a live page of the actor's notices listens to; "" for nobody."""
    found = reader(actor)
    return found.topic if found else ""


def unread(actor: Actor) -> int:
    """How many notices the actor has not opened, counted up to 100."""
    found = reader(actor)
    if found is None:
        return 0
    return models.Notice.objects.filter(reader=found.id, read_at=None)[: MOST_COUNTED + 1].count()


def notices(actor: Actor, *, after: str = "", limit: int = 20) -> NoticePage:
    """The actor's notices, newest first, without their full text."""
    found = need_reader(actor)
    rows = models.Notice.objects.filter(reader=found.id).order_by("-id")
    if after:
        key = as_uuid(after)
        if key is None:
            raise NotFound()
        rows = rows.filter(id__lt=key)
    page = list(rows[: limit + 1])
    known: Known = {}
    shown = tuple(_view(row, known, whole=False) for row in page[:limit])
    return NoticePage(shown, str(shown[-1].id) if len(page) > limit else "")


def notice(actor: Actor, id: UUID) -> NoticeView:
    """One notice in full. Raises NotFound where it is not the actor's."""
    row = models.Notice.objects.filter(pk=id, reader=need_reader(actor).id).first()
    if row is None:
        raise NotFound()
    return _view(row, {}, whole=True)


def _view(row: models.Notice, known: Known, *, whole: bool) -> NoticeView:
    key = row.template, row.version
    if key not in known:  # a list is of few templates, however long it is
        known[key] = compiled("notice", *key).model
    definition = known[key]
    language = "en" if (get_language() or "vi").startswith("en") else "vi"
    data = sealed.data_of(row)
    about, _colon, thing = row.subject.partition(":")
    return NoticeView(
        id=row.pk,
        at=row.at,
        subject=definition.fill("subject", data, language),
        body=definition.fill("body", data, language) if whole else "",
        about=about,
        thing=thing,
        unread=row.read_at is None,
    )


def ways(actor: Actor) -> Ways:
    """How the actor is told, for the page on which it is chosen."""
    found = need_reader(actor)
    kept = models.Ways.objects.filter(reader=found.id).first() or models.Ways(reader=found.id)
    addresses = models.Address.objects.filter(reader=found.id).order_by("id")
    channels = tuple(name for name in offered() if not found.officer or name in {"mail", "push"})
    return Ways(
        language=kept.language or (get_language() or "vi")[:2],
        quiet_from=kept.quiet_from,
        quiet_until=kept.quiet_until,
        digest=kept.digest,
        addresses=tuple(_address(row) for row in addresses),
        offered=channels,
        suggested={} if found.officer else _suggested(actor),
        push_key=public_key() if "push" in channels else "",
    )


def _address(row: models.Address) -> AddressView:
    value = row.label if row.channel == "push" else str(sealed.held(row)["value"])
    if row.channel in {"sms", "zalo"}:
        value = field_types()["phone"].to_raw(value)
    return AddressView(row.pk, row.channel, value, row.verified_at is not None, row.trouble)


def _suggested(actor: Actor) -> dict[str, str]:
    """What the population register knows already: it is offered, not asked for again."""
    person = own_details(actor)
    phone = field_types()["phone"].to_raw(person.phone) if person.phone else ""
    return {"mail": person.email, "sms": phone, "zalo": phone}


def dead_letters(actor: Actor, *, after: str = "", limit: int = 25) -> DeadPage:
    """Sendings that were given up, newest first. Raises Forbidden without `jobs.see`."""
    if not actor.may(SEE):
        raise Forbidden()
    rows = models.Sending.objects.filter(state="dead").select_related("notice").order_by("-id")
    if after:
        key = as_uuid(after)
        if key is None:
            raise NotFound()
        rows = rows.filter(id__lt=key)
    page = list(rows[: limit + 1])
    letters = tuple(
        DeadLetter(row.pk, row.notice.template, row.channel, row.attempts, row.reason, row.ended_at or row.created_at)
        for row in page[:limit]
    )
    return DeadPage(letters, str(letters[-1].id) if len(page) > limit else "")
