"""Who may see and write records: one SQL predicate over the register's own columns, and the classes of fields.

An officer with `registers.see` sees the records of the unit of their agency, on every map that this ground has been
on; a province's officer sees all of the province. A citizen sees the records that name them. What the predicate
leaves out does not exist for the reader (404).
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, NotFound, SignInNeeded
from tinhso.territory import queries as territory

from .definitions import RegisterDefinition
from .shape import Shape

SEE, EDIT, LOOK, BUILD = "registers.see", "registers.edit", "person.look", "registers.build"
Predicate = tuple[str, list[Any]]
_NEVER: Predicate = ("FALSE", [])
_trial: ContextVar[bool] = ContextVar("registers.trial", default=False)


class ApprovalNeeded(Conflict):
    """What was written by hand would hold only after somebody else has agreed."""

    type, title = "approval-needed", gettext_lazy("Sổ này cần người duyệt")


@contextmanager
def trial() -> Iterator[None]:
    """Write within it to learn what would be refused: all of it is taken back at the end, so that no approval is
    asked for."""
    token = _trial.set(True)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _trial.reset(token)


def visible(actor: Actor, shape: Shape) -> Predicate:
    """The condition on the register's table `t` that holds for the records `actor` may see."""
    if actor.system:
        return "TRUE", []
    if actor.is_officer:
        return of_place(actor.unit) if actor.may(SEE) else _NEVER
    if actor.person and shape.definition.people:
        named = " OR ".join(f't."{name}" = %s' for name in shape.definition.people)
        return f"({named})", [actor.person] * len(shape.definition.people)
    return _NEVER


def visible_by_unit(actor: Actor) -> list[Predicate]:
    """The condition of `visible` for an officer, parted by the units of their ground: a record that they may see
    fulfils one of these, any other none. Empty where it does not come apart (the whole province, a citizen)."""
    return units_of_place(actor.unit) if actor.is_officer and actor.may(SEE) and actor.unit else []


def of_place(unit: str) -> Predicate:
    """The condition that a record lies on the ground of `unit` (a code of today's map), whatever the map of its day."""
    found = _ground(unit, timezone.localdate())
    if found is None:
        return "TRUE", []
    if not found:
        return _NEVER
    parts, params = [], []
    for since, until, codes in found:
        part, more = _within("t.unit = ANY(%s)", [list(codes)], since, until)
        parts.append(f"({part})")
        params += more
    return f"({' OR '.join(parts)})", params


def units_of_place(unit: str) -> list[Predicate]:
    """The same ground as conditions on one code of a unit each, no two of which hold for one record; none where it is
    all. A code that lies on this ground on several maps is one condition."""
    spans: dict[str, list[tuple[date, date | None]]] = defaultdict(list)
    for since, until, codes in _ground(unit, timezone.localdate()) or ():
        for code in codes:
            spans[code].append((since, until))
    found: list[Predicate] = []
    for code, times in spans.items():
        parts = [_within("TRUE", [], since, until) for since, until in times]
        days = " OR ".join(f"({part})" for part, _params in parts)
        found.append((f"t.unit = %s AND ({days})", [code, *(one for _part, params in parts for one in params)]))
    return found


def _within(part: str, params: list[Any], since: date, until: date | None) -> Predicate:
    if since > date.min:
        part += " AND t.unit_on >= %s"
        params.append(since)
    if until is not None:
        part += " AND t.unit_on < %s"
        params.append(until)
    return part, params


def _ground(unit: str, day: date) -> tuple[tuple[date, date | None, tuple[str, ...]], ...] | None:
    """(since, until, codes) of the units on this ground; None for the whole province."""
    here = territory.unit(unit, day)
    if here is None:
        return ((date.min, None, (unit,)),) if unit else ()
    if here.level == 1:
        return None
    spans: dict[tuple[date, date | None], set[str]] = defaultdict(set)
    for part in (here, *(() if here.is_commune else territory.descendants(unit, day))):
        for place in territory.same_place(part.code, day):
            spans[place.since, place.until].add(place.code)
    return tuple((since, until, tuple(sorted(codes))) for (since, until), codes in sorted(spans.items(), key=str))


def classes(actor: Actor, shape: Shape) -> frozenset[str]:
    """The classes of fields that `actor` may read in a record that they may see.

    Leaders, analysts and auditors read what is open or internal; who may look at people reads personal fields too;
    sensitive ones are for the keeper of the register, and for the people the record is about.
    """
    if actor.system or actor.is_citizen:
        return frozenset({"open", "internal", "personal", "sensitive"})
    found = {"open", "internal"}
    if actor.may(LOOK):
        found.add("personal")
        owner = shape.definition.owner
        if actor.may(EDIT) and (owner is None or owner.role in actor.roles):
            found.add("sensitive")
    return frozenset(found)


def need_see(actor: Actor) -> None:
    """Raise unless there can be records that `actor` may see."""
    if actor.system or actor.may(SEE) or actor.is_citizen:
        return
    raise SignInNeeded() if actor.is_anonymous else NotFound()


def need_write(actor: Actor, shape: Shape, *, by_case: bool) -> None:
    """Raise SignInNeeded, NotFound or Forbidden unless `actor` may write to the register.

    The keeper writes by hand with `registers.edit`; where the definition names an approver, as a proposal
    (`services.hand_in`), and anything else is ApprovalNeeded. A decision of a case writes in the name of the officer
    who took it: what it may decide is the procedure's rule, checked by cases.
    """
    if actor.system or (actor.is_officer and (by_case or keeps(actor, shape))):
        if not by_case and asks_first(actor, shape) and not _trial.get():
            raise ApprovalNeeded(_("Việc ghi vào sổ này phải gửi làm đề nghị, chờ duyệt; chưa có gì được ghi."))
        return
    if actor.is_anonymous:
        raise SignInNeeded()
    if not (actor.may(SEE) or actor.is_citizen):
        raise NotFound()
    raise Forbidden(_("Chỉ cán bộ giữ sổ được ghi vào sổ này."))


def keeps(actor: Actor, shape: Shape) -> bool:
    """Whether the actor's post keeps the register, and so may write to it by hand."""
    owner = shape.definition.owner
    return actor.may(EDIT) and (owner is None or owner.role in actor.roles)


def may_build(actor: Actor, agency: UUID, old: RegisterDefinition | None, new: RegisterDefinition | None) -> bool:
    """Whether `actor` may make `new` of `old` by hand in the own pack of `agency`: with `registers.build`, as somebody
    of the agency or of one that took over its work, and only what is kept by a role of their own, before and after."""
    standing = {ref.id for ref in identity.successor_agencies(agency)}
    kept = [one.owner.role if one.owner else "" for one in (old, new) if one is not None]
    return actor.may(BUILD) and actor.agency in standing and all(role in actor.roles for role in kept)


def asks_first(actor: Actor, shape: Shape) -> bool:
    """Whether what the actor writes by hand has to be approved before it holds."""
    return shape.definition.approve is not None and not actor.system


def codes_of(actor: Actor) -> frozenset[str] | None:
    """The codes that the actor's ground has had on any map; None for who covers all."""
    found = None if actor.system else _ground(actor.unit, timezone.localdate())
    return None if found is None else frozenset(code for _since, _until, codes in found for code in codes)


def covers(actor: Actor, unit: str, on: date) -> bool:
    """Whether a record of `unit` (a code of the map of `on`) lies within the actor's place."""
    if actor.system:
        return True
    found = _ground(actor.unit, timezone.localdate())
    return found is None or any(
        unit in codes and since <= on and (until is None or on < until) for since, until, codes in found
    )
