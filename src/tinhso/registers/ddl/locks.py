"""Waiting for a table that others use. A change of the schema needs it alone for a moment, and whoever asks after it
waits behind it: so it asks for a short time, lets the others through, and asks again."""

import time

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Busy

TIMEOUT = "600ms"
TRIES = 5
PAUSE = 0.5
"""Seconds in which those who queued behind us get their turn."""
_AGAIN = {"55P03", "40P01"}  # lock_not_available, deadlock_detected


def patiently(sql: str, register: str) -> None:
    """Run a statement in a savepoint of the transaction that is open. Raises Busy where the table stays in use."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{TIMEOUT}'")
                cursor.execute(sql)
                cursor.execute("SET LOCAL lock_timeout = DEFAULT")
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _AGAIN:
                raise
            if not left:
                raise Busy(
                    _("Sổ %(register)s đang có người dùng lâu; chưa có gì thay đổi, xin áp dụng lại sau ít phút.")
                    % {"register": register}
                ) from error
        time.sleep(PAUSE)
