"""Where a step of a case is done: in the agency that holds it, or with `at:` in another one.

at: commune            the people's committee of the commune that the form's `unit` names, else of the case's place
at: province           the people's committee of the province
at: {office: <role>}   the department of the province in which the role sits
at: {unit: <field>}    the people's committee of the place that this field of the form names
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.contracts import AgencyRef
from tinhso.identity.queries import agency_of_unit, department_of_unit, successor_agencies
from tinhso.kernel.errors import Conflict, NotFound
from tinhso.territory.queries import ancestors

from . import form
from .bpmn import APPLICANT, PLATFORM

if TYPE_CHECKING:
    from .definitions import ProcedureDefinition, Step
    from .models import Case, Task

PLACES = frozenset({"address", "unit"})
"""The types of fields that name a place."""


def agency_of(case: "Case", model: "ProcedureDefinition", step: str, role: str) -> UUID:
    """The agency in which the task of this element opens today. Conflict where the place has no such agency: the case
    then stays where it is."""
    if role in {APPLICANT, PLATFORM}:
        return case.holder_id
    spec = model.step(step)
    if spec.at is None:
        return case.holder_id
    try:
        return _named(case, model, spec).id
    except NotFound:
        raise Conflict(
            _("Chưa có cơ quan nào nhận bước “%(step)s”; chưa có gì thay đổi. Xin báo quản trị.")
            % {"step": str(spec.label)},
            title=_("Chưa có cơ quan giải quyết bước này"),
        ) from None


def again(case: "Case", task: "Task") -> UUID:
    """The agency in which a task of a case that is opened again opens: where it was, or what does that one's work
    today; where that is not one agency, the case's own."""
    if task.role in {APPLICANT, PLATFORM}:
        return case.holder_id
    today = successor_agencies(task.agency_id, timezone.localdate())
    return today[0].id if len(today) == 1 else case.holder_id


def _named(case: "Case", model: "ProcedureDefinition", spec: "Step") -> AgencyRef:
    today = timezone.localdate()
    if spec.at == "province":
        above = ancestors(case.unit, today)
        return agency_of_unit(above[-1].code if above else case.unit, today)
    if spec.at == "commune":
        return agency_of_unit((model.unit and _place(case, model, model.unit)) or case.unit, today)
    assert spec.at is not None and not isinstance(spec.at, str)
    if spec.at.office:
        return department_of_unit(case.unit, spec.at.office, today)
    return agency_of_unit(_place(case, model, spec.at.unit or ""), today)


def _place(case: "Case", model: "ProcedureDefinition", field: str) -> str:
    value = form.from_json(model, case.form)[field]
    return str(getattr(value, "unit", value) or "")


def faults(model: "ProcedureDefinition") -> Iterator[tuple[Sequence[str | int], str]]:
    """What is wrong with the `at` of the steps."""
    from .definitions import ROLES

    types = {spec.name: spec.type for spec in model.form}
    for number, step in enumerate(model.steps):
        if step.at is None:
            continue
        path: list[str | int] = ["steps", number, "at"]
        if step.signs:
            yield path, "the agency that holds the case signs its result"
        if step.at == "commune" and "commune" not in model.levels and types.get(model.unit or "") not in PLACES:
            yield path, "a procedure of the province needs a `unit` field that says which commune"
        if isinstance(step.at, str):
            continue
        if bool(step.at.office) == bool(step.at.unit):
            yield path, "names either an `office` or a `unit`"
        elif step.at.office and step.at.office not in ROLES:
            yield path, f"{step.at.office!r} is no role; known are {', '.join(sorted(ROLES))}"
        elif step.at.unit and types.get(step.at.unit) not in PLACES:
            yield path, f"{step.at.unit!r} is no field of this form that names a place"


def told(case: "Case", tasks: Sequence[Any]) -> dict[str, Any]:
    """For the timeline: which of the tasks just opened are in another agency than the case."""
    elsewhere = {task.step: str(task.agency_id) for task in tasks if task.agency_id != case.holder_id}
    return {"places": elsewhere} if elsewhere else {}
