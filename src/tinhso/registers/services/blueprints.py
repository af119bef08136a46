"""Make a register in the browser: begin from a file or from nothing, decide, publish, and bring the file's rows in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.identity import queries as identity
from tinhso.kernel import audit, packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.packs import Edit, OwnPack, Proposal, Words

from .. import policy
from ..building import columns as looking
from ..building.blueprint import Blueprint, Column, faults, from_guesses, slug
from ..contracts import KeptFile
from ..files import Table, guess, open_source
from ..imports.reads import file_path
from ..models import Blueprint as Row
from .imports import begin_import


def begin_blueprint(actor: Actor, file: KeptFile | None = None) -> UUID:
    """Begin a register: from the only table of a file that was kept, as the file proposes, or from nothing. Where the
    file has several tables, the blueprint waits for one (`choose_table`).

    Raises Forbidden without `registers.build`, Invalid for a file that cannot be read, in words.
    """
    need_build(actor)
    row = Row(account=actor.account, agency=actor.agency, plan=Blueprint().dump())
    if file is not None:
        row.file, row.file_name = file.id, file.name
        source = open_source(file_path(actor, file.id), file.name)
        if not source.tables:
            raise Invalid({"file": [_("Tệp không có bảng nào.")]})
        if len(source.tables) == 1:
            _propose(actor, row, source, source.tables[0].key)
    row.save()
    return row.id


def choose_table(actor: Actor, id: UUID, table: str) -> None:
    """Take one of the tables of the file."""
    row = own_row(actor, id)
    if row.file is None:
        raise NotFound()
    _propose(actor, row, open_source(file_path(actor, row.file), row.file_name), table)
    row.save()


def save_blueprint(actor: Actor, id: UUID, plan: Blueprint) -> None:
    """Keep what was decided, right or wrong. A column that becomes a choice gets the values it has as its list."""
    row = own_row(actor, id)
    if row.register:
        raise Invalid(_("Sổ này đã được tạo."))
    key = plan.key or (_free(actor, plan.name_vi) if plan.name_vi else "")
    table = cache(lambda: _table(actor, row))  # opened once, and only where a column needs a list
    row.plan = replace(plan, key=key, columns=tuple(_with_list(column, table) for column in plan.columns)).dump()
    row.save()


def drop_blueprint(actor: Actor, id: UUID) -> None:
    """Forget a register that is not made yet."""
    row = own_row(actor, id)
    if not row.register:
        row.delete()


def propose_register(actor: Actor, id: UUID) -> Proposal:
    """What publishing would do. Raises Invalid by control of the page where something is still to be decided."""
    row = own_row(actor, id)
    plan = Blueprint.load(row.plan)
    if found := faults(plan):
        raise Invalid(found)
    return packs.propose(own_pack(actor), [_edit(actor, plan)])


def publish_register(actor: Actor, id: UUID, digest: str) -> str:
    """Make the register, and begin to bring in the rows of its file, the good ones; returns its full name. Done again
    it is the same register. Raises Invalid, Conflict where somebody changed the agency's pack meanwhile."""
    row = own_row(actor, id)
    if row.register:
        return row.register
    plan, own = Blueprint.load(row.plan), own_pack(actor)
    if found := faults(plan):
        raise Invalid(found)
    with transaction.atomic():
        packs.amend(actor, own, [_edit(actor, plan)], digest=digest)
        row.register = f"{own.name}.{plan.key}"
        audit.record(actor, "register.build", f"register:{row.register}", file=row.file_name)
        if row.file is not None:
            row.imported = begin_import(
                actor, row.register, row.file, table=row.table, mapping=plan.mapping(), mode="good", dry_run=False
            )
        row.save()
    return row.register


def field_name(words: str, taken: Sequence[str]) -> str:
    """The name of a field from its words, another than those taken."""
    return slug(words, taken)


def need_build(actor: Actor) -> None:
    """Raise unless the actor may make registers in the browser."""
    if not (actor.may(policy.BUILD) and actor.agency):
        raise Forbidden(_("Chỉ cán bộ giữ sổ của cơ quan mới tạo được sổ."))


def own_row(actor: Actor, id: UUID) -> Row:
    """The actor's own blueprint; another's does not exist. Raises NotFound."""
    need_build(actor)
    row = Row.objects.filter(id=id, account=actor.account).first()
    if row is None:
        raise NotFound()
    return row


def own_pack(actor: Actor) -> OwnPack:
    """The pack in which the actor's agency makes registers: the one it has, else one named after its code."""
    assert actor.agency
    agency = identity.agency_by_id(actor.agency)
    name = next(iter(packs.names_of(agency.id)), "") or slug(f"cq {agency.code}", joint="-")
    words = Words(vi=agency.name, en=agency.name_en or agency.name)
    return OwnPack(name, agency.id, words, words)


def _edit(actor: Actor, plan: Blueprint) -> Edit:
    assert actor.agency
    role = next(iter(sorted(actor.roles & identity.roles_that_may(policy.BUILD))))
    level = identity.agency_by_id(actor.agency).level
    return Edit("register", plan.key, plan.definition(role=role, level=level))


def _propose(actor: Actor, row: Row, source: Any, key: str) -> None:
    table = next((one for one in source.tables if one.key == key), None)
    if table is None:
        raise NotFound()
    guesses = guess.guess(table)
    keys = next(iter(guess.key_candidates(table, guesses)), ())
    words = [one.header for one in guesses if one.type in {"text", "choice"} and one.header not in keys]
    plan = from_guesses(
        _title(table.title),
        guesses,
        place=guess.coordinates(guesses),
        keys=keys,
        units=looking.places(table.columns, table.rows(), words),
    )
    row.table, row.plan = key, replace(plan, key=_free(actor, plan.name_vi)).dump()


def _title(text: str) -> str:
    """The words above a table as the name of a register: its last line, not in capitals."""
    last = text.rsplit("\n", maxsplit=1)[-1].rsplit(" – ", maxsplit=1)[-1].strip()[:120]
    return last.capitalize() if last.isupper() else last


def _free(actor: Actor, title: str) -> str:
    """A short name that no register of the agency's pack has; pack and register together fit PostgreSQL's names."""
    own = own_pack(actor)
    taken = [name.removeprefix(f"{own.name}.") for name in packs.names("register")]
    return slug(title, taken, joint="-", longest=30)


def _with_list(column: Column, table: Callable[[], Table]) -> Column:
    if column.type != "choice" or {"of", "choices"} & column.options.keys() or not column.header:
        return column
    found = looking.choices_of(column.header, table().columns, table().rows())
    return replace(column, options={"choices": found}) if found else column


def _table(actor: Actor, row: Row) -> Table:
    assert row.file
    source = open_source(file_path(actor, row.file), row.file_name)
    return next(one for one in source.tables if one.key == row.table)
