"""Tables partitioned by year on a UUIDv7 key: its first 48 bits are milliseconds, so years are ranges of ids."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.migrations.operations import CreateModel

TABLES = ("cases_case", "cases_task", "cases_caseevent")
FIRST_YEAR = 2024
AHEAD = 2


class CreatePartitioned(CreateModel):
    """CreateModel whose table is `PARTITION BY RANGE (id)`; its partitions are made by `ensure`."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.sql_create_table = f"{type(schema_editor).sql_create_table} PARTITION BY RANGE (id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            del schema_editor.sql_create_table


def first_id(year: int) -> UUID:
    """The least UUIDv7 of a year (UTC)."""
    return UUID(int=int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) << 80)


def ensure(until_year: int) -> list[str]:
    """Make the partitions up to `until_year` that are not there; returns the names of those made.

    What was submitted before FIRST_YEAR lies in one partition of its own. A code is unique within its year's
    partition, which is enough: it carries its date.
    """
    made = []
    with connection.cursor() as cursor:
        for table in TABLES:
            spans = [("before", "MINVALUE", f"'{first_id(FIRST_YEAR)}'")]
            spans += [
                (str(year), f"'{first_id(year)}'", f"'{first_id(year + 1)}'")
                for year in range(FIRST_YEAR, until_year + 1)
            ]
            for name, low, high in spans:
                cursor.execute("SELECT to_regclass(%s)", [f"{table}_{name}"])
                if cursor.fetchone()[0] is not None:
                    continue
                cursor.execute(f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})")
                if table == "cases_case":
                    cursor.execute(f"CREATE UNIQUE INDEX {table}_{name}_code ON {table}_{name} (code)")
                made.append(f"{table}_{name}")
    return made
