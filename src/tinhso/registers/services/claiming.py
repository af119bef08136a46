"""Which rows an import has had: a key that a file has twice is named with its first row, across chunks and restarts.

A row that was written claims its record: ids of new records rise, so that noting them costs little however many there
are. In a trial, whose records are taken back, a row claims the digest of its key.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from ..models import ImportKey


class Claims(ABC):
    """The claims of one import. `order` is that in which staged rows make theirs, for the sake of the index."""

    order = ""

    def __init__(self, into: UUID) -> None:
        self.into = into

    @abstractmethod
    def of(self, digest: UUID, record: UUID | None) -> UUID | None:
        """What a row with a key of this `digest`, whose record is `record`, claims; None for a record to be."""

    @abstractmethod
    def staged(self, rows: str, found: str) -> tuple[str, str]:
        """(what the rows of the temporary table `rows` claim, as SQL over `p` and its record `f`; where they are)."""

    def met(self, claims: Iterable[UUID | None]) -> dict[UUID, int]:
        """The rows of earlier chunks that have claimed these."""
        wanted = [claim for claim in claims if claim is not None]
        found = ImportKey.objects.filter(of=self.into, key__in=wanted) if wanted else ()
        return {one.key: one.row for one in found}

    def met_staged(self, rows: str, found: str) -> set[int]:
        """The numbers of the staged rows whose claim an earlier chunk has made: one look into the index each."""
        claim, source = self.staged(rows, found)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT p._n FROM {source} CROSS JOIN LATERAL (SELECT FROM {ImportKey._meta.db_table} k"  # noqa: S608
                f" WHERE k.of_id = %s AND k.key = {claim} LIMIT 1) known",
                [self.into],
            )
            return {number for (number,) in cursor}

    def note(self, claimed: dict[UUID, int]) -> None:
        ImportKey.objects.bulk_create(
            [ImportKey(of_id=self.into, key=key, row=number) for key, number in claimed.items()], batch_size=10_000
        )

    def note_staged(self, rows: str, found: str) -> None:
        """Note the claims of all staged rows that have a key."""
        claim = self.claim_of_all()
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {ImportKey._meta.db_table} (of_id, key, row) SELECT %s, {claim}, p._n"  # noqa: S608
                f" FROM {rows} p LEFT JOIN {found} f ON f._n = p._n WHERE p._digest IS NOT NULL{self.order}",
                [self.into],
            )

    @abstractmethod
    def claim_of_all(self) -> str:
        """The claim as SQL over a staged row `p` and its record `f`, if it has one."""


class Written(Claims):
    """Of rows that are written: their records."""

    def of(self, digest: UUID, record: UUID | None) -> UUID | None:
        return record

    def staged(self, rows: str, found: str) -> tuple[str, str]:
        return "p.id", f"{found} p"  # a row without a record has claimed none before

    def claim_of_all(self) -> str:
        return "coalesce(f.id, p.id)"


class Tried(Claims):
    """Of rows that are taken back: the digests of their keys."""

    order = " ORDER BY p._digest"

    def of(self, digest: UUID, record: UUID | None) -> UUID | None:
        return digest

    def staged(self, rows: str, found: str) -> tuple[str, str]:
        return "p._digest", f"{rows} p"

    def claim_of_all(self) -> str:
        return "p._digest"
