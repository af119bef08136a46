"""Somebody is told something: a row in their own list, and one sending for each place where they want to be told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tinhso.kernel import events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import compiled

from .. import quiet, sealed
from ..contracts import NOTICE_TOLD
from ..definitions import NoticeDefinition, placeholders
from ..models import Address, Notice, Sending, Ways
from ..policy import Reader, need_reader

ACTOR = system("notices")


def tell(person: UUID, template: str, *, subject: str, data: Mapping[str, Any], once: str) -> None:
    """Tell a citizen, in the caller's transaction: what is rolled back was never told.

    `template` is a published notice ("one-stop.submitted"), `subject` what it is about ("case:0190…"), `data` its
    placeholders by name, as `definitions.Placeholder` reads them. The same `once` a second time does nothing.
    Raises NotFound for a template that no applied pack has, ValueError for a placeholder that has no data, RuntimeError
    outside a transaction.
    """
    _tell(Reader(person, False), template, subject, data, once)


def tell_officer(account: UUID, template: str, *, subject: str, data: Mapping[str, Any], once: str) -> None:
    """The same for an officer, by the account."""
    _tell(Reader(account, True), template, subject, data, once)


def _tell(reader: Reader, template: str, subject: str, data: Mapping[str, Any], once: str) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError(f"notice {template!r} outside a transaction")
    found = compiled("notice", template)
    definition: NoticeDefinition = found.model
    wanted = definition.needs()
    if missing := wanted - data.keys():
        raise ValueError(f"notice {template!r} needs {', '.join(sorted(missing))}")
    notice = Notice(
        reader=reader.id, officer=reader.officer, template=template, version=found.version, subject=subject, once=once
    )
    kept = {name: data[name] for name in placeholders(definition.about) if name in wanted}
    sealed.seal_data(notice, kept)
    if not _is_new(notice):
        return
    _spread(reader, notice, urgent=definition.urgent)
    events.publish(ACTOR, NOTICE_TOLD, reader.topic)


def _is_new(notice: Notice) -> bool:
    """Store it, unless the reader was told already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_notice (id, reader, officer, template, version, subject, once, sealed)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (reader, once) DO NOTHING RETURNING id",
            [
                notice.pk,
                notice.reader,
                notice.officer,
                notice.template,
                notice.version,
                notice.subject,
                notice.once,
                notice.sealed,
            ],
        )
        return cursor.fetchone() is not None


def _spread(reader: Reader, notice: Notice, *, urgent: bool) -> None:
    """A sending and its job for each verified address; in quiet hours the job waits for their end. An officer who
    takes one mail a day gets no other."""
    from ..tasks import later

    ways = Ways.objects.filter(reader=reader.id).first() or Ways(reader=reader.id)
    addresses = Address.objects.filter(reader=reader.id, verified_at__isnull=False).order_by("id")
    if ways.digest:
        addresses = addresses.exclude(channel="mail")
    at: datetime | None = None if urgent else quiet.end(ways, timezone.now())
    for address in addresses:
        sending = Sending.objects.create(notice=notice, address=address, channel=address.channel)
        later(sending.pk, at)


def read(actor: Actor, notice: UUID) -> None:
    """The reader opened it. Raises NotFound where it is not theirs; a second time does nothing."""
    reader = need_reader(actor)
    with transaction.atomic():
        row = Notice.objects.select_for_update().filter(pk=notice, reader=reader.id).first()
        if row is None:
            raise NotFound()
        if row.read_at is None:
            row.read_at = timezone.now()
            row.save(update_fields=["read_at"])
            events.publish(actor, NOTICE_TOLD, reader.topic)


def read_all(actor: Actor) -> int:
    """The reader has seen the whole list; returns how many were new to them."""
    reader = need_reader(actor)
    with transaction.atomic():
        count = Notice.objects.filter(reader=reader.id, read_at=None).update(read_at=timezone.now())
        if count:
            events.publish(actor, NOTICE_TOLD, reader.topic)
    return count
