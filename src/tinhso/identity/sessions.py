"""Sessions in Django's own table, read by a statement that is written out: each request of somebody signed in asks for
one, and the ORM takes longer to build the question than the database to answer it. All else is Django's."""

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection
from django.utils import timezone

_READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """The engine of SESSION_ENGINE; what it keeps is Django's to the letter."""

    def load(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(_READ, self._asked())
            return self._read(cursor.fetchone())

    def load_with(self, sql: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
        """Load the session, and the first row of another statement, in one journey to the database."""
        with connection.cursor() as cursor:
            cursor.execute(f"{_READ}; {sql}", [*self._asked(), *params])
            self._session_cache = self._read(cursor.fetchone())
            cursor.nextset()
            return cursor.fetchone()

    def _asked(self) -> list[Any]:
        return [self.session_key, timezone.now()]

    def _read(self, found: tuple[str] | None) -> dict[str, Any]:
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found[0])
