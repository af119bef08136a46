"""Records that may be of the same thing: pairs scored by splink (the model of Fellegi and Sunter) on DuckDB, over the
fields that the definition names in `duplicates`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from django.db import connection, transaction
from django.utils import timezone
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from .models import Duplicate, DuplicateSearch
from .shape import Field, Shape

LEAST = 0.5
"""The probability from which on a pair is shown: likelier than not."""
MOST_PAIRS = 10_000
BATCH = 20_000
_WORDY = frozenset({"text", "address", "email"})
_WEAK = frozenset({"boolean", "choice", "integer", "unit", "money", "decimal"})
"""Types of which too many records have the same value to compare all those with each other."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records and the probability, 0 to 1, that they are of the same thing."""

    one: UUID
    other: UUID
    score: float


def search(of: Shape) -> int:
    """Find the pairs of a register anew and store them in place of those found before; how many there are."""
    columns = _columns(of)
    pairs = pairs_of(columns, [of.fields[name] for name in of.definition.duplicates])
    with transaction.atomic():
        Duplicate.objects.filter(register=of.register).delete()
        Duplicate.objects.bulk_create(
            [Duplicate(register=of.register, one=p.one, other=p.other, score=p.score) for p in pairs], batch_size=1000
        )
        DuplicateSearch.objects.filter(register=of.register).update(
            done_at=timezone.now(), records=len(columns["unique_id"]), pairs=len(pairs)
        )
    return len(pairs)


def _columns(of: Shape) -> dict[str, list[Any]]:
    """The values of the records in force to compare: text folded, so that a missing tone mark makes no difference."""
    names = of.definition.duplicates
    select = ", ".join(f"nullif({_folded(of.fields[name])}, '') AS \"{name}\"" for name in names)
    found: dict[str, list[Any]] = {"unique_id": [], **{name: [] for name in names}}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT t.id::text, {select} FROM {of.table} t"  # noqa: S608
            " WHERE t.valid_until IS NULL OR t.valid_until > %s ORDER BY t.id",
            [timezone.localdate()],
        )
        while rows := cursor.fetchmany(BATCH):
            for values, cells in zip(found.values(), zip(*rows, strict=True), strict=True):
                values.extend(cells)
    return found


def _folded(field: Field) -> str:
    column = f't."{field.name}"'
    if field.spec.type == "address":
        return f"tinhso_fold(concat_ws(' ', {column}->>'line', {column}->>'unit'))"
    return f"tinhso_fold({column}::text)" if field.spec.type in _WORDY else f"{column}::text"


def pairs_of(columns: dict[str, list[Any]], fields: Sequence[Field]) -> list[Pair]:
    """The pairs of at least `LEAST`, the likeliest first, at most `MOST_PAIRS`.

    How often two records of one thing agree in a field (m) is set, since no register begins with pairs judged by
    hand; how often strangers do (u) is counted from the values themselves, field by field. Only
    records that agree in one telling field, or in its beginning, are compared.
    """
    count = len(columns["unique_id"])
    if count < 2 or not fields:
        return []
    telling = [f.name for f in fields if f.spec.type not in _WEAK] or [f.name for f in fields]
    blocks: list[Any] = [block_on(name) for name in telling]
    if len(telling) == 1:
        blocks.append(block_on(f"substr({telling[0]}, 1, 5)"))
    settings = SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=min(0.01, 0.1 / count),
        comparisons=[_comparison(f, columns[f.name]) for f in fields],
        blocking_rules_to_generate_predictions=blocks,
        retain_matching_columns=False,
    )
    with duckdb.connect() as db:
        db.execute("SET threads = 1")
        table = DuckDBAPI(db).register(pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))
        linker = Linker(table, settings, log_level=None)
        scored = linker.inference.predict(threshold_match_probability=LEAST, warning_mode="never")
        rows = db.execute(
            f"SELECT unique_id_l, unique_id_r, match_probability FROM {scored.physical_name}"  # noqa: S608
            f" ORDER BY match_probability DESC, unique_id_l, unique_id_r LIMIT {MOST_PAIRS}"
        ).fetchall()
    return [Pair(UUID(one), UUID(other), score) for one, other, score in rows]


def _comparison(field: Field, values: Sequence[str | None]) -> Any:
    filled = [value for value in values if value]
    total = max(len(filled), 2)
    chance = sum(n * (n - 1) for n in Counter(filled).values()) / (total * (total - 1))
    same = min(0.5, max(chance, 1 / total))
    near = min(0.3, same)
    if field.spec.type in _WORDY:
        made = cl.JaroWinklerAtThresholds(field.name, [0.92])
    elif field.spec.type in {"date", "datetime", "national_id", "phone", "tax_code"}:
        made = cl.LevenshteinAtThresholds(field.name, 1)
    else:
        return cl.ExactMatch(field.name).configure(m_probabilities=[0.95, 0.05], u_probabilities=[same, 1 - same])
    return made.configure(m_probabilities=[0.85, 0.12, 0.03], u_probabilities=[same, near, 1 - same - near])
