"""Shared code lists in the database: one table a list in schema `codes`, of every code that the list ever had.

A register's field refers to it by a foreign key, so that the list can grow without a change (or a lock) of any
register's table. Codes are only ever added: one that is closed, or that the list's text no longer has, is still what
old records say. A field of several codes has no foreign key in SQL; a trigger looks each of them up, and since no code
ever goes, needs no lock for it (docs/decisions/0012).
"""

from typing import Any

from django.db import connection

from tinhso.kernel import packs
from tinhso.kernel.errors import NotFound
from tinhso.kernel.fields import lists

SCHEMA = "codes"


def table(name: str) -> str:
    return f'{SCHEMA}."{name}"'


def constraint(column: str, options: Any) -> tuple[str, str, str]:
    """(sort, words, body) of what keeps a choice field to the codes of its list."""
    what = f"{column} is a code of {options.of}"
    if options.multiple:
        return (
            "codes",
            what,
            f'AFTER INSERT OR UPDATE OF "{column}" ON {{table}} FOR EACH ROW WHEN (NEW."{column}" IS NOT NULL)'
            f" EXECUTE FUNCTION registers_known_codes('{column}', '{options.of}')",
        )
    return "foreign", what, f'("{column}") REFERENCES {table(options.of)} (code)'


def stands(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table(name)])
        return cursor.fetchone()[0]


def make(name: str) -> None:
    """Make the table of a list, with all its codes."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {table(name)} (code text PRIMARY KEY)")
    _add(name, _ever(name))


def take(published: lists.CodeList) -> None:
    """A list was published, in this transaction: registers that use it take its new codes from now on."""
    if stands(published.list):
        _add(published.list, {code.value for code in published.codes})


def refresh(**_kwargs: object) -> None:
    """After a migration: the nation's lists come with the software, and may have grown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'", [SCHEMA]
        )
        names = [row[0] for row in cursor.fetchall()]
    for name in names:
        if lists.national(name):
            _add(name, _ever(name))


def _ever(name: str) -> set[str]:
    """Every code that a list has or had, in any version."""
    found = {code.value for code in national.codes} if (national := lists.national(name)) else set()
    try:
        last = packs.compiled("list", name).version
    except NotFound:
        last = 0
    for version in range(1, last + 1):
        found |= {code.value for code in packs.compiled("list", name, version).model.codes}
    return found


def _add(name: str, values: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table(name)} SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [sorted(values)],
        )
