"""A province of the demonstration, officers and citizens as actors of the services, and as many cases as asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

PROCEDURE = "civil-status.birth-registration"
STORED = {
    "case": ("cases_case",),
    "tasks": ("cases_task",),
    "timeline": ("cases_caseevent", "cases_pause"),
    "audit": ("kernel_audit",),
    "events": ("kernel_event",),
}
"""What belongs to a case, without its papers, its result and what notices are sent of it."""


def province(people: int, cases: int) -> None:
    """The demonstration, by the commands of `make run`."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply")
    call_command("identity", "load")
    call_command("demo", "load", people=people, cases=cases)


class Officers:
    """Who of the demonstration does the work of a role in an agency."""

    def __init__(self) -> None:
        from tinhso.cases import policy
        from tinhso.identity.web import actor_in_post, with_seats

        self.all = [
            actor_in_post(account.pk, UUID(seat["post"])) for account in with_seats() for seat in account.seats or []
        ]
        self.by: dict[tuple[UUID, str], Any] = {}
        for actor in self.all:
            for agency in policy.desks(actor.agency):
                self.by |= {(agency, role): actor for role in actor.roles}

    def at(self, agency: UUID, role: str) -> Any:
        """LookupError where nobody of the demonstration has that seat."""
        return self.by[agency, role]

    def with_role(self, role: str) -> list[Any]:
        return [actor for actor in self.all if role in actor.roles]


@dataclass(frozen=True, slots=True)
class Grown:
    cases: int
    running: int
    tasks: int


def grow(cases: int, running: int) -> Grown:
    """Copy the loaded cases with their tasks until there are about so many, of which so many run: at other moments, a
    quarter of the tasks taken by somebody, those long late with the superior. Timelines are not copied: no list reads
    them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronize_seqscans = off")
        cursor.execute("SET session_replication_role = replica")  # the keys hold by how the rows are made
        indexes = _drop_indexes(cursor)
        cursor.execute("SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FROM cases_case")
        open_now, have = cursor.fetchone()
        for ended, wanted, there in ((False, running, open_now), (True, cases - running, have - open_now)):
            _multiply(cursor, ended=ended, times=max(0, round(wanted / there) - 1))
        for made in indexes:
            cursor.execute(made)
        cursor.execute("RESET session_replication_role")
        for table in ("cases_case", "cases_task"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE ended_at IS NULL), (SELECT count(*) FROM cases_task)"
            " FROM cases_case"
        )
        return Grown(*cursor.fetchone())


def _drop_indexes(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname IN ('cases_case', 'cases_task') AND NOT i.indisprimary"
    )
    found = cursor.fetchall()
    for name, _made in found:
        cursor.execute(f"DROP INDEX {name}")
    return [made.replace(" ON ONLY ", " ON ") for _name, made in found]


def _multiply(cursor: Any, *, ended: bool, times: int) -> None:
    over = "NOT NULL" if ended else "NULL"
    cursor.execute(
        f"CREATE TEMP TABLE chosen AS SELECT * FROM cases_case WHERE ended_at IS {over};"
        " CREATE TEMP TABLE work AS SELECT t.* FROM cases_task t JOIN chosen c ON c.id = t.case_id"
    )
    shift = "make_interval(mins => (hashint8extended(n, 7) & 32767)::int % 14400 - 7200)"
    case = _columns(
        cursor, "cases_case",
        id=_other("id"), code="code || '.' || n", search="search || '.' || n",
        due_at=f"due_at + {shift}", alarm_at="NULL",
    )  # fmt: skip
    taken = (
        "CASE WHEN completed_at IS NULL AND (hashtextextended(id::text, n) & 3) = 0 THEN (SELECT p.id FROM"
        " identity_post p WHERE p.agency_id = w.agency_id AND w.role = ANY(p.roles) LIMIT 1) END"
    )
    late = f"CASE WHEN completed_at IS NULL AND due_at + {shift} < now() - interval '2 days' THEN agency_id END"
    task = _columns(
        cursor, "cases_task",
        id=_other("id"), case_id=_other("case_id"), due_at=f"due_at + {shift}", alarm_at="NULL",
        claimed_by=taken, claimed_name="'Cán bộ'", escalated_to=late,
    )  # fmt: skip
    for first in range(1, times + 1, 10):
        numbers = f"generate_series({first}, {min(times, first + 9)}) n"
        cursor.execute(f"INSERT INTO cases_case SELECT {case} FROM chosen, {numbers}")
        cursor.execute(f"INSERT INTO cases_task SELECT {task} FROM work w, {numbers}")
    cursor.execute("DROP TABLE chosen; DROP TABLE work")


def _columns(cursor: Any, table: str, **other: str) -> str:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [table],
    )
    return ", ".join(other.get(name, name) for (name,) in cursor.fetchall())


def _other(column: str) -> str:
    """SQL of the id of the n-th copy: of the same moment."""
    text = f"md5({column}::text || n)"
    tail = f"substr({text}, 1, 3) || '-8' || substr({text}, 4, 3) || '-' || substr({text}, 7, 12)"
    return f"(left({column}::text, 14) || '7' || {tail})::uuid"


def bytes_of(*tables: str) -> int:
    """Bytes of tables with their indexes and partitions."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass) + (SELECT coalesce(sum(pg_total_relation_size(relid)),"
            " 0) FROM pg_partition_tree(name::regclass) WHERE relid <> name::regclass)) FROM unnest(%s::text[]) name",
            [list(tables)],
        )
        return int(cursor.fetchone()[0])


def cut(rows: list[Any], parts: int) -> Iterator[list[Any]]:
    for part in range(parts):
        yield rows[part::parts]
