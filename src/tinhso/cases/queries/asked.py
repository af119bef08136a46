"""Asked once, proved: what the forms of procedures ask although a register knows it (DESIGN §1 d)."""

from collections import defaultdict
from dataclasses import dataclass

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden

from .. import sources
from ..definitions import FormField, ProcedureDefinition

SEE = "packs.apply"
POPULATION = "population."


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field that is typed although it is known: `known_by` are the sources ("population.phone") and the fields of
    registers ("civil-status.births.book") that have it."""

    name: str
    label: str
    known_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedForm:
    """A procedure's form: how many fields it has, how many a source fills, and which are asked though known."""

    procedure: str
    name: str
    fields: int
    filled: int
    asked: tuple[AskedField, ...]


def asked_again(actor: Actor) -> list[AskedForm]:
    """The forms of the procedures in force, those that ask most of what is known first.

    A field without `from` counts where its name is that of a source, or where a register other than the one that the
    procedure writes has a field of the same name, type and label: names alone prove nothing. Raises Forbidden without
    `packs.apply`.
    """
    if not actor.may(SEE):
        raise Forbidden()
    held: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for register in packs.in_force("register"):
        for spec in register.model.fields:
            if spec.class_ != "sensitive":
                held[spec.name, spec.type, spec.words].append((register.name, f"{register.name}.{spec.name}"))
    found = [_form(one.name, one.model, held) for one in packs.in_force("procedure")]
    return sorted(found, key=lambda form: (-len(form.asked), form.procedure))


def _form(
    procedure: str, model: ProcedureDefinition, held: dict[tuple[str, str, str], list[tuple[str, str]]]
) -> AskedForm:
    asked = []
    for spec in model.form:
        if spec.from_ or spec.compute:
            continue
        known = [path for register, path in held.get(_key(spec), []) if register != model.result.register_]
        if sources.known(POPULATION + spec.name):
            known.insert(0, POPULATION + spec.name)
        if known:
            asked.append(AskedField(spec.name, spec.words, tuple(known)))
    filled = sum(1 for spec in model.form if spec.from_)
    return AskedForm(procedure, str(model.name), len(model.form), filled, tuple(asked))


def _key(spec: FormField) -> tuple[str, str, str]:
    return spec.name, spec.type, spec.words
