"""Seals: proof that rows once written were not changed behind the platform's back.

A sealed table only grows. Its rows carry `txid`, the transaction that wrote them, and `seq`, a number from one
shared sequence. Writers do nothing more, so they never wait for one another. A background sealer takes the rows of
all transactions that have certainly ended, in the order of (txid, seq), and
stores their SHA-256 digests as a block chained to the block before it. No row can appear later below that mark, so
the order is final without a lock on the writers.

`verify` computes the digests again and names each row that differs, is gone, or was slipped in between.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.db.models import Func

BLOCK_ROWS = 5_000


class NextSeq(Func):
    template = "nextval('kernel_seq')"

    def __init__(self) -> None:
        super().__init__(output_field=models.BigIntegerField())


class CurrentTransaction(Func):
    template = "((pg_current_xact_id())::text)::bigint"

    def __init__(self) -> None:
        super().__init__(output_field=models.BigIntegerField())


class Sealed(models.Model):
    """A model whose table is sealed. Declare the stream in `AppConfig.ready` with `register`."""

    seq = models.BigIntegerField(db_default=NextSeq(), editable=False)
    txid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        abstract = True


@dataclass(frozen=True, slots=True)
class Stream:
    name: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One finding of `verify`: `row` is the primary key of the row, or the number of the block."""

    stream: str
    row: str
    what: str  # changed, missing, inserted, block
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.stream} {self.row}: {self.what}{' – ' + self.detail if self.detail else ''}"


_streams: dict[str, Stream] = {}
_verifiers: dict[str, Callable[[], Iterable[Fault]]] = {}


def register(name: str, table: str, columns: Sequence[str]) -> None:
    """Seal `columns` of `table` as the stream `name`. The first column must be the primary key.

    Registered by the engine that owns the table; a second registration of the name raises ValueError.
    """
    stream = Stream(name, table, tuple(columns))
    if _streams.setdefault(name, stream) != stream:
        raise ValueError(f"the seal stream {name!r} is registered twice")


def register_verifier(name: str, verifier: Callable[[], Iterable[Fault]]) -> None:
    """Let `tinhso verify` also walk what is not rows: the bytes behind the blobs, say."""
    _verifiers[name] = verifier


def streams() -> list[Stream]:
    return list(_streams.values())


def verifiers() -> dict[str, Callable[[], Iterable[Fault]]]:
    return dict(_verifiers)


def _digest_sql(stream: Stream) -> str:
    """SHA-256 over the sealed columns as one canonical jsonb array (times in UTC)."""
    array = ", ".join(f'to_jsonb("{column}")' for column in stream.columns)
    return f"sha256(convert_to(jsonb_build_array({array})::text, 'UTF8'))"


def _chain(previous: bytes, digests: bytes, stream: str, number: int, rows: Sequence[int]) -> bytes:
    head = f"{stream}:{number}:{','.join(map(str, rows))}".encode()
    return hashlib.sha256(previous + head + digests).digest()


# The transaction below which nothing of this database can still appear. Transactions that run in other databases of the
# cluster are passed over; one that has left pg_stat_activity meanwhile, or was prepared, is waited for.
_HORIZON = """
WITH now AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
running AS MATERIALIZED (SELECT pg_snapshot_xip(snapshot)::text::bigint AS txid FROM now)
SELECT coalesce(min(txid), (SELECT pg_snapshot_xmax(snapshot)::text::bigint FROM now)) FROM running
WHERE NOT EXISTS (
    SELECT 1 FROM pg_stat_activity
    WHERE backend_xid::text::bigint = running.txid & 4294967295 AND datname <> current_database()
)
"""


def horizon() -> int:
    """The transaction below which no row of this database can still appear: what is older has ended, for good or ill.

    Ask for it in a statement of its own, before the one that reads the rows. A transaction that stays open holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        return cursor.fetchone()[0]


def seal(stream: Stream) -> int:
    """Seal the rows of ended transactions not yet sealed; returns how many. Safe to run in several workers."""
    from .models import SealBlock

    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone TO 'UTC'")
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('tinhso.seal'), hashtext(%s))", [stream.name])
            if not cursor.fetchone()[0]:
                return total
            last = SealBlock.objects.filter(stream=stream.name).order_by("-number").first()
            mark = (last.last_txid, last.last_seq) if last else (-1, -1)
            cursor.execute(
                f"SELECT txid, seq, {_digest_sql(stream)} FROM {stream.table}"  # noqa: S608  our own names
                " WHERE txid < %s AND txid >= %s AND (txid, seq) > (%s, %s) ORDER BY txid, seq LIMIT %s",
                [horizon(), mark[0], *mark, BLOCK_ROWS],
            )
            rows = cursor.fetchall()
            if not rows:
                return total
            number = last.number + 1 if last else 1
            previous = bytes(last.digest) if last else b""
            seqs = [row[1] for row in rows]
            digests = b"".join(bytes(row[2]) for row in rows)
            SealBlock.objects.create(
                stream=stream.name,
                number=number,
                last_txid=rows[-1][0],
                last_seq=rows[-1][1],
                rows=seqs,
                digests=digests,
                previous=previous,
                digest=_chain(previous, digests, stream.name, number, seqs),
            )
            total += len(rows)
        if len(rows) < BLOCK_ROWS:
            return total


def seal_all() -> int:
    return sum(seal(stream) for stream in streams())


def sealed_rows(stream: str) -> int:
    """How many rows of a stream are sealed; 0 for what is no stream."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(cardinality(rows)), 0) FROM kernel_sealblock WHERE stream = %s", [stream])
        return cursor.fetchone()[0]


def verify(stream: Stream) -> Iterator[Fault]:
    """Every fault of one stream, block by block; memory stays that of one block.

    Rows of transactions that ended after the last seal are not looked at: seal first.
    """
    from .models import SealBlock

    previous, expected_number, mark = b"", 1, (-1, -1)
    key = stream.columns[0]
    for block in SealBlock.objects.filter(stream=stream.name).order_by("number").iterator(chunk_size=20):
        if block.number != expected_number or bytes(block.previous) != previous:
            yield Fault(stream.name, str(expected_number), "block", "the chain is broken before this block")
        digests = bytes(block.digests)
        if _chain(bytes(block.previous), digests, stream.name, block.number, block.rows) != bytes(block.digest):
            yield Fault(stream.name, str(block.number), "block", "the block itself was changed")
        sealed = {seq: digests[n * 32 : n * 32 + 32] for n, seq in enumerate(block.rows)}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone TO 'UTC'")
            cursor.execute(
                f"SELECT seq, {key}::text, {_digest_sql(stream)} FROM {stream.table}"  # noqa: S608
                " WHERE txid BETWEEN %s AND %s AND (txid, seq) > (%s, %s) AND (txid, seq) <= (%s, %s)",
                [mark[0], block.last_txid, *mark, block.last_txid, block.last_seq],
            )
            for seq, row, digest in cursor:
                if seq not in sealed:
                    yield Fault(stream.name, row, "inserted", "written between sealed rows")
                elif sealed.pop(seq) != bytes(digest):
                    yield Fault(stream.name, row, "changed", f"sealed in block {block.number}")
        for seq in sealed:
            yield Fault(stream.name, f"seq {seq}", "missing", f"sealed in block {block.number}")
        previous, expected_number = bytes(block.digest), block.number + 1
        mark = (block.last_txid, block.last_seq)
