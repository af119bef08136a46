"""Sessions in Django's own table, read by statements that are written out and prepared: each request of somebody
signed in asks for one, and the ORM takes longer to build the question, and the database to plan it, than to answer it.
All else is Django's."""

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone
from psycopg import Cursor

_READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """The engine of SESSION_ENGINE; what it keeps is Django's to the letter."""

    def load(self) -> dict[str, Any]:
        found = first_row(_READ, [self.session_key, timezone.now()])
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found[0])


def first_row(sql: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that is asked so often that each connection prepares it: psycopg does from the fifth
    time on (`prepare_threshold`), for its own kind of cursor, not for Django's."""
    connection.ensure_connection()
    with connection._prepare_cursor(Cursor(connection.connection)) as cursor:  # type: ignore[attr-defined]
        cursor.execute(sql, params)
        return cursor.fetchone()
