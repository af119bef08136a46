"""Samples of a pack read as records: what they refer to is named by natural key, number or code."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.fields import lists
from tinhso.kernel.fields.identifiers import DEMO_PROVINCE, check_national_id
from tinhso.kernel.ids import uuid7

from .definitions import RegisterDefinition, SamplesDefinition
from .shape import KIND, Shape

SAMPLES = "sample"
NAMED = frozenset({"person", "agency", "reference"})
"""Types whose value a sample names by something else than the id."""

Found = Iterator[tuple[Sequence[str | int], str]]
Find = Callable[[str, Any, Any], Any]
"""(type, what the sample says, options) to the id; Invalid where there is none."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The definitions loaded together by kind and name, and those in force."""

    context: packs.Context

    def get(self, kind: str, name: str) -> Any:
        """The definition of this kind and name, None where there is none."""
        found = self.context.get((kind, name))
        return found or (packs.compiled(kind, name).model if name in self.context.in_force(kind) else None)

    def lists(self) -> dict[str, lists.CodeList]:
        return {name: model for (kind, name), model in self.context.items() if kind == "list"}


def key_of(register: RegisterDefinition, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The natural key of a sample, as other samples name it. Of `unit` it has the field that says the place."""
    names = [register.unit or name if name == "unit" else name for name in register.key]
    return tuple(str(row.get(name, "")) for name in names)


def named_key(value: Any) -> tuple[str, ...]:
    """The natural key that a sample's reference says."""
    return tuple(map(str, value if isinstance(value, list | tuple) else [value]))


def read(shape: Shape, row: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """A sample as values. Raises Invalid by field."""
    named, errors = {}, {}
    for name, said in row.items():
        field = shape.fields.get(name)
        if field and field.spec.type in NAMED and said is not None:
            try:
                named[name] = find(field.spec.type, said, field.options)
            except Invalid as error:
                errors |= {name: error.errors[""]}
    if errors:
        raise Invalid(errors)
    return shape.from_json({name: said for name, said in row.items() if name not in named}) | named


def check(definition: Any, context: packs.Context) -> Found:
    """(path, message) for each fault of loaded samples: a register that is not there, a value that its field refuses,
    a natural key that two rows have, a reference that no sample has for its key."""
    loaded = Loaded(context)
    samples: SamplesDefinition = definition.model
    register: RegisterDefinition | None = loaded.get(KIND, definition.name)
    if register is None:
        yield ("samples",), f"there is no register {definition.name!r}"
        return
    shape = Shape(definition.name, 0, register)
    seen: set[tuple[str, ...]] = set()
    with lists.at_hand(loaded.lists()):
        for number, row in enumerate(samples.rows):
            try:
                shape.check(read(shape, row, _finder(loaded)), trusted=True)
            except Invalid as error:
                for path, messages in error.errors.items():
                    yield ("rows", number, *path.split(".")), "; ".join(map(str, messages))
            except NotFound:  # a list that is not there: the register's own check says so
                return
            key = key_of(register, row)
            if register.key and not register.numbering and key in seen:
                yield ("rows", number), f"the key {' '.join(key)} is there twice"
            seen.add(key)


def _finder(loaded: Loaded) -> Find:
    """Find nothing: see that what a sample names can be there, and give some id."""

    def find(kind: str, said: Any, options: Any) -> Any:
        if kind == "person":
            check_national_id(said)
            if not said.startswith(DEMO_PROVINCE):
                raise Invalid("names a person who may exist; those of the demonstration have numbers of 099")
        elif kind == "reference":
            target, samples = loaded.get(KIND, options.to), loaded.get(SAMPLES, options.to)
            keys = {key_of(target, row) for row in samples.rows} if target and samples else set()
            if named_key(said) not in keys:
                raise Invalid(f"no sample of {options.to} has the key {' '.join(named_key(said))}")
        return uuid7()

    return find
