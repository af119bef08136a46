"""How a case's answers become a record and a paper: `result.values` maps a field to one of these.

form.<field>              the answer, as a value of its field type
form.<field>.<attribute>  of a person field a personal detail (PERSON below); of a reference a field of the record;
                          of an address its unit or line
applicant.<attribute>     a personal detail of the applicant; `applicant` alone is the person
case.code, case.submitted_on, case.agency, case.agency_name, case.unit, case.unit_name
decided.<name>            what a decision table of the procedure answered
document.number           the number that the register gave
decision.signer_name, decision.signer_title, decision.on
=text                     the text itself
"""

from collections.abc import Mapping
from typing import Any

from tinhso.identity.contracts import PersonDetails
from tinhso.kernel.fields.places import Address
from tinhso.territory.queries import ancestors, unit

CASE = frozenset({"code", "submitted_on", "agency", "agency_name", "unit", "unit_name"})
DECISION = frozenset({"signer_name", "signer_title", "on"})
PERSON = frozenset(
    {"name", "born_on", "born_year", "national_id", "sex", "ethnicity", "nationality", "phone", "residence"}
)

ADDRESS = frozenset({"unit", "line"})


def fault(source: str, fields: dict[str, str]) -> str:
    """What is wrong with `source`, "" when nothing is; `fields` are the form's, name to type."""
    if source.startswith("="):
        return ""
    head, *rest = source.split(".")
    if head == "form" and rest:
        return _field_fault(source, rest, fields)
    if head == "applicant" and len(rest) < 2:
        return "" if not rest or rest[0] in PERSON else f"{source!r}: a person has no {rest[0]!r}"
    if head == "decided" and len(rest) == 1:
        return ""
    known = {"case": CASE, "decision": DECISION, "document": frozenset({"number"})}.get(head, frozenset())
    if len(rest) != 1 or rest[0] not in known:
        return f"{source!r} is not a source; see tinhso/cases/mapping.py"
    return ""


def _field_fault(source: str, rest: list[str], fields: dict[str, str]) -> str:
    kind = fields.get(rest[0])
    if kind is None:
        return f"{source!r}: the form has no field {rest[0]!r}"
    attributes = {"person": PERSON, "address": ADDRESS}.get(kind, frozenset())
    if len(rest) == 1 or (len(rest) == 2 and (kind == "reference" or rest[1] in attributes)):
        return ""
    return f"{source!r}: {rest[0]!r} is of type {kind} and has no {'.'.join(rest[1:])!r}"


def evaluate(source: str, known: Mapping[str, Any]) -> Any:
    """The value of `source`; None where it is not there. `known` is what `papers.facts` gathers."""
    if source.startswith("="):
        return source[1:]
    head, *rest = source.split(".")
    if head == "form":
        return _answer(rest, known)
    if head == "applicant":
        person = known["applicant"]
        return person_attribute(person, rest[0]) if rest else person and person.id
    return known[head].get(rest[0])


def _answer(path: list[str], known: Mapping[str, Any]) -> Any:
    """An answer of the form, or what is known of the record, address or person that it names."""
    name, *attribute = path
    answer = known["form"].get(name)
    if not attribute:
        return answer
    if name in known["records"]:
        return known["records"][name].values.get(attribute[0])
    if isinstance(answer, Address):
        return getattr(answer, attribute[0])
    return person_attribute(known["persons"].get(name), attribute[0])


def person_attribute(person: PersonDetails | None, name: str) -> Any:
    if person is None:
        return None
    if name == "born_year":
        return person.born_on.year if person.born_on else None
    if name == "residence":
        return place(person.address_unit, person.address_line)
    return getattr(person, name)


def place(code: str, line: str = "") -> str:
    """An address in words: the line, the unit and what is above it, on the map of today."""
    here = unit(code)
    names = [here.name, *(above.name for above in ancestors(code))] if here else []
    return ", ".join(part for part in [line, *names] if part)
