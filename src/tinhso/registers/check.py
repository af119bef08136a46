"""What the loader cannot see of a register by itself: other registers, and names that become one in the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from tinhso.identity import queries as identity
from tinhso.kernel import packs
from tinhso.kernel.fields import faults

from . import conditions
from .definitions import RegisterDefinition
from .shape import KIND, Shape, table_name

Found = Iterable[tuple[Sequence[str | int], str]]


def check(definition: Any, context: packs.Context) -> Found:
    """(path, message) for each fault of a loaded register. `context` holds the definitions loaded with it."""
    model: RegisterDefinition = definition.model
    others = {name for kind, name in context if kind == KIND} | context.in_force(KIND)
    if len(table_name(definition.name)) > 60:
        yield ("register",), "the names of pack and register together are longer than 60 letters"
    for other in sorted(others - {definition.name}):
        if table_name(other) == table_name(definition.name):
            yield ("register",), f"would have the same table as {other}"
    roles = identity.known_roles()
    if model.owner and model.owner.role not in roles:
        yield ("owner", "role"), f"{model.owner.role!r} is no role; known are {', '.join(sorted(roles))}"
    if model.approve and model.approve not in roles:
        yield ("approve",), f"{model.approve!r} is no role; known are {', '.join(sorted(roles))}"
    for path, message in faults(model.fields, context.keys() | {(KIND, name) for name in others}):
        yield ("fields", *path), message
    for number, spec in enumerate(model.fields):
        target = spec.settings().to if spec.type == "reference" else ""
        if target == definition.name and not spec.optional:
            yield ("fields", number), "refers to its own register: it has to be optional, or no record could be first"
    yield from conditions.faults(Shape(definition.name, 0, model))


def needs(model: RegisterDefinition) -> Iterable[tuple[str, str]]:
    """The (kind, name) of the definitions that the fields of a register name: code lists, other registers."""
    return (need for spec in model.fields for need in spec.kind.needs(spec.settings()))
