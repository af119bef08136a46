"""New master keys: what payments has sealed is wrapped again (`tinhso identity rotate-keys`)."""

from collections.abc import Callable
from uuid import UUID

from django.db import connection, transaction

from tinhso.identity import services as identity

from . import hearing, taking

BATCH = 1_000


def rewrap_payments() -> int:
    """Rewrap up to BATCH words of transfers that an older key still wraps; returns how many, 0 when none is left."""
    return _rewrap("payments_payment", taking.place)


def rewrap_messages() -> int:
    """The same for messages."""
    return _rewrap("payments_message", hearing.place)


def _rewrap(table: str, place: Callable[[UUID], str]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, sealed FROM {table} WHERE substr(sealed, 2, 4) <> %s LIMIT %s FOR UPDATE SKIP LOCKED",  # noqa: S608
            [identity.key_id(), BATCH],
        )
        rows = cursor.fetchall()
        for key, sealed in rows:
            again = identity.rewrap(bytes(sealed), place(key))
            cursor.execute(f"UPDATE {table} SET sealed = %s WHERE id = %s", [again, key])  # noqa: S608
    return len(rows)
