"""What is told goes out: one attempt at a time, with no transaction open while the network is waited for.

A sending that could not go is tried again after a growing pause, `MOST_ATTEMPTS` times in all; then it is a dead letter
that an administrator sees and may send again. What will never be taken (`Refused`) is given up at once, and where the
address is no more, the reader is told so on their page.
"""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from tinhso.identity.queries import reading_language
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Forbidden, NotFound
from tinhso.kernel.jobs import EDIT
from tinhso.kernel.packs import compiled

from .. import quiet, sealed
from ..channels import SENDERS, Outgoing, Refused
from ..contracts import NOTICE_DEAD
from ..definitions import NoticeDefinition
from ..models import Address, Notice, Sending, Ways
from .choosing import link_token, unsubscribe_token

log = structlog.get_logger()

ACTOR = system("notices.send")
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6))
"""Between attempts; with the first one there are six, within nine hours."""
MOST_ATTEMPTS = len(PAUSES) + 1
DIGEST_DAY = timedelta(hours=20)
"""A digest is not sent again sooner, whatever starts the job twice."""


def send(sending: UUID) -> None:
    """One attempt at one sending; does nothing where it has ended. Safe to repeat: what a killed worker had sent goes
    out a second time with the same id, and is never lost."""
    row = Sending.objects.select_related("notice", "address").filter(pk=sending, state="waiting").first()
    if row is None:
        return
    if row.address is None:
        _end(row, "dropped")
        return
    outgoing = _outgoing(row, row.notice, row.address)
    try:
        SENDERS[row.channel](outgoing)
    except Refused as error:
        _end(row, "dead", _said(error, outgoing), attempts=row.attempts + 1)
        if error.gone:
            _in_trouble(row.address, _said(error, outgoing))
    except Exception as error:
        # Whatever a channel throws (a socket, a provider's odd answer) is a reason to try again, and never to lose it.
        log.warning("sending failed", sending=str(row.pk), channel=row.channel, error=type(error).__name__)
        _again(row, f"{type(error).__name__}: {_said(error, outgoing)}")
    else:
        _end(row, "sent", attempts=row.attempts + 1)


def _said(error: Exception, outgoing: Outgoing) -> str:
    """What went wrong, without the address: administrators read it."""
    host = urlsplit(json.loads(outgoing.to)["endpoint"]).path if outgoing.to.startswith("{") else outgoing.to
    return str(error).replace(host, "…")


def _outgoing(row: Sending, notice: Notice, address: Address) -> Outgoing:
    definition: NoticeDefinition = compiled("notice", notice.template, notice.version).model
    ways = Ways.objects.filter(reader=notice.reader).first()
    language = language_of(notice.reader, ways, officer=notice.officer)
    data = sealed.data_of(notice)
    page = reverse("desk-notice" if notice.officer else "notice", args=[notice.pk])
    return Outgoing(
        id=row.pk,
        to=sealed.held(address)["value"],
        subject=definition.fill("subject", data, language),
        text=definition.fill("short", data, language),
        link=settings.BASE_URL + page,
        language=language,
        unsubscribe=_unsubscribe(address) if row.channel == "mail" else "",
    )


def _unsubscribe(address: Address) -> str:
    return settings.BASE_URL + reverse("notices-unsubscribe", args=[unsubscribe_token(address)])


def language_of(reader: UUID, ways: Ways | None, *, officer: bool) -> str:
    """The language that a reader chose for notices, else for the pages, else Vietnamese."""
    return (ways.language if ways else "") or reading_language(reader, officer=officer) or "vi"


def _again(row: Sending, reason: str) -> None:
    from ..tasks import later

    attempts = row.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _end(row, "dead", reason, attempts=attempts)
        return
    with transaction.atomic():
        changed = Sending.objects.filter(pk=row.pk, state="waiting").update(attempts=attempts, reason=reason[:300])
        if changed:
            later(row.pk, timezone.now() + PAUSES[attempts - 1])


def _end(row: Sending, state: str, reason: str = "", *, attempts: int | None = None) -> None:
    with transaction.atomic():
        Sending.objects.filter(pk=row.pk, state="waiting").update(
            state=state, reason=reason[:300], attempts=row.attempts if attempts is None else attempts,
            ended_at=timezone.now(),
        )  # fmt: skip
        if state == "dead":
            audit.record(ACTOR, "notices.dead", f"sending:{row.pk}", channel=row.channel)
            events.publish(ACTOR, NOTICE_DEAD, f"sending:{row.pk}", channel=row.channel)


def _in_trouble(address: Address, reason: str) -> None:
    """The address is no more: a browser's subscription goes, a mail address or phone waits for its owner to prove it
    again."""
    with transaction.atomic():
        if address.channel == "push":
            Address.objects.filter(pk=address.pk).delete()
        else:
            Address.objects.filter(pk=address.pk).update(verified_at=None, trouble=reason[:200])


def send_again(actor: Actor, sending: UUID) -> None:
    """Try a dead letter again, from its first attempt. Raises Forbidden without `jobs.edit`, NotFound, Conflict where
    it is not dead or its address is gone."""
    from ..tasks import later

    if not actor.may(EDIT):
        raise Forbidden()
    with transaction.atomic():
        row = Sending.objects.select_for_update(of=("self",)).filter(pk=sending).first()
        if row is None:
            raise NotFound()
        if row.state != "dead":
            raise Conflict(_("Lần gửi này không còn ở trạng thái hỏng."))
        if row.address_id is None:
            raise Conflict(_("Người nhận đã bỏ địa chỉ này nên không gửi lại được."))
        row.state, row.attempts, row.reason, row.ended_at = "waiting", 0, "", None
        row.save(update_fields=["state", "attempts", "reason", "ended_at"])
        later(row.pk, None)
        audit.record(actor, "notices.send-again", f"sending:{row.pk}", channel=row.channel)


def send_verification(address: UUID) -> None:
    """Send what proves an address: a link by mail, a code otherwise. Does nothing where it was proved meanwhile or the
    proof is too old; a failure is raised, so that the queue tries again."""
    row = Address.objects.filter(pk=address, verified_at=None, code_until__gt=timezone.now()).first()
    if row is None:
        return
    kept = sealed.held(row)
    ways = Ways.objects.filter(reader=row.reader).first()
    language = language_of(row.reader, ways, officer=row.officer)
    with override(language):
        if row.channel == "mail":
            subject = _("Xác nhận địa chỉ nhận thông báo của tỉnh")
            text = _(
                "Có người vừa ghi địa chỉ này để nhận thông báo về hồ sơ. Nếu đó là Ông/Bà, xin mở liên kết sau trong"
                " 24 giờ:\n%(link)s\nNếu không phải, xin bỏ qua thư này: sẽ không có thư nào khác."
            ) % {"link": settings.BASE_URL + reverse("notices-confirm", args=[link_token(row)])}
        else:
            subject = _("Mã xác nhận")
            text = _("Tỉnh Số: mã xác nhận số điện thoại của Ông/Bà là %(code)s, dùng trong 10 phút.") % {
                "code": kept["code"]
            }
    try:
        SENDERS[row.channel](Outgoing(row.pk, kept["value"], subject, text, "", language))
    except Refused as error:
        Address.objects.filter(pk=row.pk).update(trouble=str(error)[:200])


def send_digests(now: datetime | None = None) -> int:
    """One mail to each officer who wants one a day and has something new; returns how many. It names no matter: how
    many notices wait, and where they are read."""
    now = now or timezone.now()
    sent = 0
    for ways in Ways.objects.filter(digest=True):
        if (ways.digested_at and now - ways.digested_at < DIGEST_DAY) or quiet.end(ways, now):
            continue
        unread = Notice.objects.filter(reader=ways.reader, officer=True, read_at=None)
        if ways.digested_at:
            unread = unread.filter(at__gt=ways.digested_at)
        count = unread.count()
        address = Address.objects.filter(reader=ways.reader, channel="mail", verified_at__isnull=False).first()
        if not count or address is None:
            continue
        language = language_of(ways.reader, ways, officer=True)
        with override(language):
            text = ngettext(
                "Có %(count)d thông báo mới trên bàn làm việc.", "Có %(count)d thông báo mới trên bàn làm việc.", count
            ) % {"count": count}
            subject = _("Thông báo trong ngày – Tỉnh Số")
        try:
            SENDERS["mail"](
                Outgoing(
                    address.pk,
                    sealed.held(address)["value"],
                    subject,
                    text,
                    settings.BASE_URL + reverse("desk-notices"),
                    language,
                    _unsubscribe(address),
                )
            )
        except Exception as error:
            log.warning("digest failed", reader=str(ways.reader), error=type(error).__name__)
            continue
        Ways.objects.filter(pk=ways.pk).update(digested_at=now)
        sent += 1
    return sent
