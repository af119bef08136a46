"""Registers that officers are making in the browser."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tinhso.kernel.actor import Actor

from ..building.blueprint import CLASSES, TYPES, Blueprint, Column
from ..building.columns import Held, look
from ..files import open_source
from ..imports.reads import file_path
from ..models import Blueprint as Row
from ..services.blueprints import need_build, own_row

__all__ = [
    "CLASSES",
    "TYPES",
    "Blueprint",
    "BlueprintRef",
    "Column",
    "Held",
    "blueprint",
    "blueprints",
    "held",
    "tables_of",
]


@dataclass(frozen=True, slots=True)
class BlueprintRef:
    """A register being made: `register` is its full name once it is published, `imported` the import that brings its
    rows; `table` is empty while one of the file's tables has to be chosen."""

    id: UUID
    plan: Blueprint
    file: UUID | None
    file_name: str
    table: str
    register: str
    imported: UUID | None
    changed_at: datetime


def blueprint(actor: Actor, id: UUID) -> BlueprintRef:
    """A register that the actor is making. Raises NotFound."""
    return _ref(own_row(actor, id))


def blueprints(actor: Actor, limit: int = 20) -> list[BlueprintRef]:
    """The registers that the actor is making and has not published, the last changed first."""
    need_build(actor)
    rows = Row.objects.filter(account=actor.account, register="").order_by("-changed_at")
    return [_ref(row) for row in rows[:limit]]


def tables_of(actor: Actor, id: UUID) -> list[Any]:
    """The tables of the file of a blueprint (files.Table)."""
    row = own_row(actor, id)
    return list(open_source(file_path(actor, row.file), row.file_name).tables) if row.file else []


def held(actor: Actor, id: UUID) -> tuple[list[Held], tuple[str, ...]]:
    """What the file holds for each column of the blueprint, by the types chosen, and the notes of the table."""
    row = own_row(actor, id)
    plan = Blueprint.load(row.plan)
    table = next((one for one in tables_of(actor, id) if one.key == row.table), None)
    if table is None:
        return [Held() for _column in plan.columns], ()
    return look(plan.columns, table.columns, table.rows()), tuple(table.notes)


def _ref(row: Row) -> BlueprintRef:
    return BlueprintRef(
        row.id, Blueprint.load(row.plan), row.file, row.file_name, row.table, row.register, row.imported, row.changed_at
    )
