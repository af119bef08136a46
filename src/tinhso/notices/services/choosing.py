"""A reader chooses how they are told: addresses that they prove to be theirs, quiet hours, the language."""

import secrets
from datetime import time, timedelta
from uuid import UUID

from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.services import give_consent, withdraw_consent
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.fields import field_types

from .. import sealed
from ..channels import offered
from ..channels.push import read_subscription
from ..contracts import CHANNELS, CHANNELS_CHOSEN
from ..models import Address, Sending, Ways
from ..policy import Reader, need_reader

CODE_MINUTES = 10
LINK_HOURS = 24
MOST_TRIES = 5
MOST_ADDRESSES = 10
MOST_CODES_AN_HOUR = 5
"""Messages that verify an address, for one reader: a phone must not be rung by somebody else's clicks."""
KINDS = {"mail": "email", "sms": "phone", "zalo": "phone"}
LINK_SALT, UNSUBSCRIBE_SALT = "tinhso.notices.confirm", "tinhso.notices.unsubscribe"


def set_ways(
    actor: Actor, *, language: str, quiet_from: time | None, quiet_until: time | None, digest: bool = False
) -> None:
    """Keep language ("vi", "en"), quiet hours and, of officers, whether mail comes once a day. Raises Invalid where
    only one end of the quiet hours is given."""
    reader = need_reader(actor)
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_until" if quiet_until is None else "quiet_from"
        raise Invalid({missing: [_("Xin ghi cả giờ bắt đầu và giờ kết thúc, hoặc để trống cả hai")]})
    if language not in {"vi", "en"}:
        raise Invalid({"language": [_("Xin chọn một ngôn ngữ")]})
    with transaction.atomic():
        Ways.objects.update_or_create(
            reader=reader.id,
            defaults={
                "language": language,
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "digest": digest and reader.officer,
            },
        )
        _chosen(actor, reader, "ways")


def add_address(actor: Actor, channel: str, text: str) -> UUID:
    """Add a mail address or phone, and send there what proves it to be the reader's: a link by mail, a code by SMS or
    Zalo. The consent that it is used for this is kept. Raises Invalid for what is no address, Conflict for too many.
    The same address again sends the proof again.
    """
    reader = need_reader(actor)
    if channel not in KINDS or channel not in offered():
        raise NotFound()
    value = _read(channel, text)
    with transaction.atomic():
        row = _add(actor, reader, channel, value, label="")
        if row.verified_at is None:
            _prove(reader, row, value)
        _chosen(actor, reader, channel)
    return row.pk


def _read(channel: str, text: str) -> str:
    kind = field_types()[KINDS[channel]]
    empty = _("Xin nhập địa chỉ thư điện tử") if channel == "mail" else _("Xin nhập số điện thoại")
    try:
        value = kind.read(text, kind.Options())
    except Invalid as error:
        raise Invalid({"address": [message for messages in error.errors.values() for message in messages]}) from None
    if not value:
        raise Invalid({"address": [empty]})
    return str(value).casefold() if channel == "mail" else str(value)


def add_device(actor: Actor, subscription: str, label: str) -> UUID:
    """Add this browser: it asked its owner already, and so needs no further proof. Raises Invalid for what is no
    subscription of a known push service."""
    reader = need_reader(actor)
    if "push" not in offered():
        raise NotFound()
    value = read_subscription(subscription)
    with transaction.atomic():
        row = _add(actor, reader, "push", value, label=label[:80])
        if row.verified_at is None:
            row.verified_at = timezone.now()
            row.save(update_fields=["verified_at"])
        _chosen(actor, reader, "push")
    return row.pk


def _add(actor: Actor, reader: Reader, channel: str, value: str, *, label: str) -> Address:
    digest = sealed.digest(reader.id, channel, value)
    row = Address.objects.select_for_update().filter(digest=digest).first()
    if row is not None:
        return row
    if Address.objects.filter(reader=reader.id).count() >= MOST_ADDRESSES:
        raise Conflict(_("Xin bỏ bớt một nơi nhận trước khi thêm nơi khác."), title=_("Đã có nhiều nơi nhận"))
    row = Address(reader=reader.id, officer=reader.officer, channel=channel, digest=digest, label=label)
    sealed.hold(row, value)
    if not reader.officer:
        row.consent = _consent(actor, channel)
    row.save(force_insert=True)
    return row


def _consent(actor: Actor, channel: str) -> UUID:
    """A citizen's leave that we write to this channel; what they read is kept (identity.Consent)."""
    with override("vi"):
        name = str(CHANNELS[channel])
    text = _(
        "Tỉnh gửi thông báo về hồ sơ của tôi qua kênh này: %(channel)s. Nội dung gửi đi không có thông tin cá nhân."
    )
    return give_consent(
        actor, f"notices.{channel}", _("Thông báo – %(channel)s") % {"channel": name}, text % {"channel": name}
    )


def send_code(actor: Actor, address: UUID) -> None:
    """Send the proof once more. Raises NotFound, Conflict where that was done too often within an hour."""
    reader = need_reader(actor)
    with transaction.atomic():
        row = _own(reader, address)
        if row.verified_at is None:
            _prove(reader, row, sealed.held(row)["value"])


def _prove(reader: Reader, row: Address, value: str) -> None:
    """A fresh code, on its way by a job."""
    from ..tasks import verify

    key = f"notices.proofs:{reader.id}"
    sent = 1 if cache.add(key, 1, 3600) else cache.incr(key)
    if sent > MOST_CODES_AN_HOUR:
        raise Conflict(_("Đã gửi nhiều lần trong một giờ qua. Xin thử lại sau."), title=_("Chưa gửi được nữa"))
    now = timezone.now()
    sealed.hold(row, value, f"{secrets.randbelow(10**6):06d}")
    row.code_until = now + (timedelta(hours=LINK_HOURS) if row.channel == "mail" else timedelta(minutes=CODE_MINUTES))
    row.tries = 0
    row.save(update_fields=["sealed", "code_until", "tries"])
    verify.defer(address=str(row.pk))


def confirm_code(actor: Actor, address: UUID, code: str) -> None:
    """The code that came by SMS or Zalo. Raises NotFound; Invalid for a wrong or old one, and after too many tries."""
    reader = need_reader(actor)
    wrong: Invalid | None = None
    with transaction.atomic():
        row = _own(reader, address)
        if row.verified_at is not None:
            return
        kept = sealed.held(row)
        if row.code_until is None or row.code_until < timezone.now() or row.tries >= MOST_TRIES or not kept["code"]:
            wrong = Invalid({"code": [_("Mã đã hết hạn. Xin bấm gửi lại mã.")]})
        elif not secrets.compare_digest(kept["code"].encode(), "".join(code.split()).encode()):
            row.tries += 1
            row.save(update_fields=["tries"])
            wrong = Invalid({"code": [_("Mã chưa đúng. Xin xem lại tin nhắn mới nhất.")]})
        else:
            _verified(actor, reader, row, kept["value"])
    if wrong:
        raise wrong  # after the transaction: the try is counted


def link_token(address: Address) -> str:
    """What the link of a verifying mail carries: the address, the code of this very sending."""
    return signing.dumps([str(address.pk), sealed.held(address)["code"]], salt=LINK_SALT)


def confirm_link(token: str) -> None:
    """The link of a verifying mail was opened and agreed to; whoever holds it reads that mail. Raises NotFound for a
    link that was not ours, is old, or was replaced."""
    try:
        key, code = signing.loads(token, salt=LINK_SALT, max_age=LINK_HOURS * 3600)
    except signing.BadSignature:
        raise NotFound(_("Liên kết đã hết hạn hoặc đã được thay bằng liên kết mới.")) from None
    with transaction.atomic():
        row = Address.objects.select_for_update().filter(pk=key).first()
        if row is None:
            raise NotFound(_("Địa chỉ này không còn trong danh sách nhận thông báo."))
        if row.verified_at is not None:
            return
        kept = sealed.held(row)
        if kept["code"] != code:
            raise NotFound(_("Liên kết đã hết hạn hoặc đã được thay bằng liên kết mới."))
        reader = Reader(row.reader, row.officer)
        _verified(Actor(system="notices.confirm-link"), reader, row, kept["value"])


def _verified(actor: Actor, reader: Reader, row: Address, value: str) -> None:
    sealed.hold(row, value)
    row.verified_at, row.code_until, row.trouble = timezone.now(), None, ""
    row.save(update_fields=["sealed", "verified_at", "code_until", "trouble"])
    _chosen(actor, reader, row.channel)


def drop_address(actor: Actor, address: UUID) -> None:
    """Take an address away, with its consent; what waits to be sent there is not sent. Raises NotFound."""
    reader = need_reader(actor)
    with transaction.atomic():
        _drop(actor, _own(reader, address))


def unsubscribe_token(address: Address) -> str:
    return signing.Signer(salt=UNSUBSCRIBE_SALT).sign(address.pk.hex)


def unsubscribe(token: str) -> bool:
    """One click in a mail, without sign-in (RFC 8058): the address gets nothing more. False where it was taken away
    before; NotFound for a token that is not ours. The token does not grow old: a mail may be read years later."""
    try:
        key = UUID(signing.Signer(salt=UNSUBSCRIBE_SALT).unsign(token))
    except signing.BadSignature:
        raise NotFound() from None
    with transaction.atomic():
        row = Address.objects.select_for_update().filter(pk=key).first()
        if row is None:
            return False
        person = None if row.officer else row.reader
        _drop(Actor(system="notices.unsubscribe", person=person), row)
    return True


def consent_withdrawn(person: UUID, purpose: str) -> None:
    """A citizen took back, on the page of consents, that a channel is used: its addresses go."""
    channel = purpose.removeprefix("notices.")
    with transaction.atomic():
        for row in Address.objects.select_for_update().filter(reader=person, officer=False, channel=channel):
            _forget(Actor(system="notices.consent-withdrawn", person=person), row)


def _drop(actor: Actor, row: Address) -> None:
    consent, channel, person = row.consent, row.channel, row.reader
    _forget(actor, row)
    if consent and not Address.objects.filter(reader=person, channel=channel).exists():
        withdraw_consent(actor, consent)


def _forget(actor: Actor, row: Address) -> None:
    Sending.objects.filter(address=row, state="waiting").update(state="dropped", ended_at=timezone.now())
    reader, channel = Reader(row.reader, row.officer), row.channel
    row.delete()
    _chosen(actor, reader, channel)


def _own(reader: Reader, address: UUID) -> Address:
    row = Address.objects.select_for_update().filter(pk=address, reader=reader.id).first()
    if row is None:
        raise NotFound()
    return row


def _chosen(actor: Actor, reader: Reader, channel: str) -> None:
    audit.record(actor, "notices.choose", reader.topic, channel=channel)
    events.publish(actor, CHANNELS_CHOSEN, reader.topic, channel=channel)
