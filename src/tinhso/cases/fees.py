"""What a procedure costs: which of its fees an application owes, when each is due, and their words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tinhso.payments.contracts import Line

from .definitions import FeeItem, ProcedureDefinition


def owed(model: ProcedureDefinition, answers: Mapping[str, Any], due: str) -> list[Line]:
    """The lines that an application with these answers (as JSON by field name) owes at a moment of its life: submit,
    receive or result. A fee whose conditions it does not meet, or that comes to nothing, is not owed."""
    lines = []
    for fee in model.all_fees:
        vnd = fee.vnd * _count(fee, answers)
        if fee.due == due and vnd > 0 and _applies(fee, answers):
            count = _count(fee, answers)
            vi, en = (f"{words} ({count} {per})" if fee.count else words for words, per in _words(fee))
            lines.append(Line(vi, vnd, fee.kind, fee.account, en))
    return lines


def _words(fee: FeeItem) -> tuple[tuple[str, str], tuple[str, str]]:
    """Name and unit in Vietnamese and in English."""
    return (fee.label.vi, fee.per.vi if fee.per else ""), (fee.label.en, fee.per.en if fee.per else "")


def _count(fee: FeeItem, answers: Mapping[str, Any]) -> int:
    """How many times the fee is owed: the integer that its `count` names, at least 0."""
    return max(0, int(answers.get(fee.count) or 0)) if fee.count else 1


def _applies(fee: FeeItem, answers: Mapping[str, Any]) -> bool:
    def holds(conditions: Mapping[str, Any]) -> Iterator[bool]:
        for name, wanted in conditions.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            yield str(answers.get(name, "")) in {str(value) for value in values}

    return all(holds(fee.when)) and not (fee.unless and all(holds(fee.unless)))


def amount_words(vnd: int) -> str:
    """ "8.000 đồng"; "8,000 đồng" for English readers."""
    separator = "," if (get_language() or "vi").startswith("en") else "."
    return _("%(amount)s đồng") % {"amount": f"{vnd:,}".replace(",", separator)}


def words(model: ProcedureDefinition) -> str:
    """What a procedure costs, for its page and its papers: "Miễn phí", "8.000 đồng/bản", several with their names."""
    fees = [fee for fee in model.all_fees if fee.vnd]
    if not fees:
        return _("Miễn phí")
    said = [amount_words(fee.vnd) + (f"/{fee.per}" if fee.per else "") for fee in fees]
    if len(fees) == 1:
        return said[0]
    return "; ".join(f"{fee.label}: {one}" for fee, one in zip(fees, said, strict=True))


def check(model: ProcedureDefinition) -> Iterator[tuple[Sequence[str | int], str]]:
    """Fees that name no field of the form, or are there twice."""
    fields = {spec.name: spec.type for spec in model.form}
    if model.fee.vnd and model.fees:
        yield ["fee"], "there are `fees` too; `fee` is the short form of one"
    seen: set[str] = set()
    for number, fee in enumerate(model.fees):
        if fee.name in seen:
            yield ["fees", number, "name"], f"{fee.name!r} is there twice"
        seen.add(fee.name)
        if fee.count and fields.get(fee.count) != "integer":
            yield ["fees", number, "count"], f"{fee.count!r} is no integer field of this form"
        for key in ("when", "unless"):
            for name in getattr(fee, key):
                if name not in fields:
                    yield ["fees", number, key], f"{name!r} is not a field of this form"
