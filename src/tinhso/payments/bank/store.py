"""What the stand-in keeps: movements on accounts, and messages that the platform has not had yet. One SQLite file."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS movement (
    id TEXT PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT NULL, vnd INTEGER NOT NULL, content TEXT NOT NULL,
    at REAL NOT NULL, of TEXT, refund TEXT UNIQUE
);
CREATE TABLE IF NOT EXISTS outbox (
    id TEXT PRIMARY KEY, provider TEXT NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    next REAL NOT NULL, answer TEXT
);
"""
LONGEST = 300.0
"""Seconds between two tries at most."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money in (`vnd` positive) or back (negative, `of` the movement it gives back, `refund` the platform's number)."""

    id: str
    provider: str
    account: str
    vnd: int
    content: str
    at: float
    of: str | None = None
    refund: str | None = None


class Store:
    """A connection for each use: requests come in threads."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        with self.open() as tables:
            tables.execute("PRAGMA journal_mode = WAL")
            tables.executescript(TABLES)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        connection = sqlite3.connect(self.file, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, movement: Movement, body: Mapping[str, Any] | None) -> bool:
        """Book a movement and put its message into the outbox, together; False where it is there already."""
        with self.open() as tables:
            done = tables.execute(
                "INSERT OR IGNORE INTO movement VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    movement.id, movement.provider, movement.account, movement.vnd, movement.content, movement.at,
                    movement.of, movement.refund,
                ),
            )  # fmt: skip
            if done.rowcount and body is not None:
                text = json.dumps(body, ensure_ascii=False)
                tables.execute(
                    "INSERT INTO outbox (id, provider, body, next) VALUES (?, ?, ?, ?)",
                    (f"msg_{movement.id}", movement.provider, text, time.time()),
                )
        return bool(done.rowcount)

    def one(self, key: str) -> Movement | None:
        return next(iter(self._movements("id = ?", key)), None)

    def refund(self, key: str) -> Movement | None:
        return next(iter(self._movements("refund = ?", key)), None)

    def given_back(self, of: str) -> int:
        """How many VND of a movement were given back."""
        return -sum(one.vnd for one in self._movements("of = ?", of))

    def of_account(self, account: str, since: float, until: float) -> list[Movement]:
        return self._movements("account = ? AND at >= ? AND at < ?", account, since, until)

    def last(self, count: int = 10) -> list[Movement]:
        return self._movements("1 ORDER BY at DESC LIMIT ?", count)

    def _movements(self, where: str, *values: Any) -> list[Movement]:
        with self.open() as tables:
            rows = tables.execute(
                f"SELECT id, provider, account, vnd, content, at, of, refund FROM movement WHERE {where}",  # noqa: S608
                values,
            ).fetchall()
        return [Movement(*row) for row in rows]

    def due(self) -> list[tuple[str, str, str]]:
        """Messages to be sent now: id, provider, body."""
        with self.open() as tables:
            return tables.execute(
                "SELECT id, provider, body FROM outbox WHERE answer IS NULL AND next <= ? ORDER BY next LIMIT 20",
                (time.time(),),
            ).fetchall()

    def sent(self, key: str, answer: str) -> None:
        with self.open() as tables:
            tables.execute("UPDATE outbox SET answer = ?, tries = tries + 1 WHERE id = ?", (answer, key))

    def failed(self, key: str) -> None:
        """Try again after 1, 2, 4 … seconds, at most five minutes."""
        with self.open() as tables:
            tables.execute(
                "UPDATE outbox SET next = ? + min(?, 1 << min(tries, 10)), tries = tries + 1 WHERE id = ?",
                (time.time(), LONGEST, key),
            )
