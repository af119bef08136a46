"""What an officer may do from a list or a record, for the buttons of those pages."""

from typing import Any
from uuid import UUID, uuid4

from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Record


def need_keeper(actor: Actor, register: str) -> None:
    """Raise Forbidden where the officer does not keep the register: no form is shown that could not be sent."""
    if not registers.keeps(actor, register):
        raise Forbidden()


def revision_of(text: str) -> int:
    """The revision that a form says it saw; 0, which no record has, for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def key_of(posted: Any) -> str:
    """The name that a form gives its request, so that sent twice it is done once; a new one where it has none."""
    key = posted.get("_key", "")[:80]
    return key if key and key.isprintable() else str(uuid4())


def role_words(of: Any) -> str:
    """Who has to agree, as people read it; "" where nobody has to."""
    approve = of.definition.approve
    return next((str(name) for name in identity.role_names([approve])), "") if approve else ""


def of_register(actor: Actor, register: str) -> dict[str, Any]:
    """For the head of a list: whether to offer writing, and what waits for approval."""
    of = registers.definition(register)
    waiting = registers.waiting(actor, register) if of.definition.approve and actor.is_officer else []
    return {"may_write": registers.keeps(actor, register), "waiting": waiting}


def of_record(actor: Actor, register: str, record: Record) -> dict[str, Any]:
    """For a record's page: what may be done, what waits, where it went and what was merged into it."""
    of = registers.definition(register)
    waiting = registers.waiting(actor, register, record.ref.id) if of.definition.approve and actor.is_officer else []
    into: UUID | None = registers.merged_into(record.ref.id)
    return {
        "may_write": registers.keeps(actor, register),
        "waiting": waiting,
        "merged_into": into,
        "merge": registers.merge_of(actor, register, record.ref.id),
    }
