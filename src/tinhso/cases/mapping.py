"""How a case's answers become a record and a paper: `result.values` maps a field to one of these.

    form.<field>              the answer, as a value of its field type
    form.<field>.<attribute>  a personal detail of a person field (name, born_on, national_id, ethnicity, nationality…)
    applicant, applicant.<attribute>
    case.code, case.submitted_on, case.agency, case.agency_name, case.unit
    document.number           the number that the result paper got
    decision.signer_name, decision.signer_title, decision.on
    =text                     the text itself
"""

from collections.abc import Iterable
from typing import Any

_CASE = {"code", "submitted_on", "agency", "agency_name", "unit", "unit_name"}
_DECISION = {"signer_name", "signer_title", "on"}
_PERSON = {"name", "born_on", "national_id", "sex", "ethnicity", "nationality", "address_unit", "address_line", "phone"}


def fault(source: str, fields: Iterable[str]) -> str:
    """What is wrong with `source`, "" when nothing is."""
    if source.startswith("="):
        return ""
    head, *rest = source.split(".")
    if head == "form":
        if not rest or rest[0] not in set(fields):
            return f"{source!r}: the form has no such field"
        return "" if len(rest) == 1 or rest[1] in _PERSON else f"{source!r}: a person has no {rest[1]!r}"
    if head == "applicant":
        return "" if not rest or rest[0] in _PERSON else f"{source!r}: a person has no {rest[0]!r}"
    known = {"case": _CASE, "decision": _DECISION, "document": {"number", "code"}}.get(head)
    if known is None or len(rest) != 1 or rest[0] not in known:
        return f"{source!r} is not a source; see tinhso/cases/mapping.py"
    return ""


def persons(sources: Iterable[str], form: dict[str, Any]) -> set[str]:
    """The form fields whose personal details the mapping reads."""
    found = set()
    for source in sources:
        parts = source.split(".")
        if parts[0] == "form" and len(parts) == 3:
            found.add(parts[1])
    return {name for name in found if form.get(name)}


def evaluate(source: str, known: dict[str, Any]) -> Any:
    """The value of `source`. `known` has form, applicant (PersonDetails), persons (by field), case, document,
    decision; what is not there is None."""
    if source.startswith("="):
        return source[1:]
    head, *rest = source.split(".")
    if head == "form":
        if len(rest) == 1:
            return known["form"].get(rest[0])
        return getattr(known["persons"].get(rest[0]), rest[1], None)
    if head == "applicant":
        person = known["applicant"]
        return getattr(person, rest[0] if rest else "id", None)
    return known[head].get(rest[0])
