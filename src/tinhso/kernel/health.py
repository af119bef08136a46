"""Figures of the machine that an administrator has an eye on: the disk, the database."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

LOW_SHARE, LOW_BYTES = 0.1, 2 * 1024**3
"""A disk is low with less than a tenth, and less than 2 GiB, free."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that holds the platform's files, in bytes."""

    total: int
    free: int

    @property
    def is_low(self) -> bool:
        return self.free < LOW_BYTES and self.free < self.total * LOW_SHARE


def disk() -> Disk:
    """The disk under VAR."""
    found = shutil.disk_usage(settings.VAR if settings.VAR.exists() else settings.VAR.parent)
    return Disk(found.total, found.free)


def database_bytes() -> int:
    """The size of the database in bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return cursor.fetchone()[0]
