"""Which agency receives an application: the people's committee of the place, or a department of its province."""

from django.utils import timezone

from tinhso.identity.contracts import AgencyRef
from tinhso.identity.queries import agency_of_unit, department_of_unit, office_of_unit
from tinhso.kernel.errors import NotFound

from .definitions import ProcedureDefinition


def office(model: ProcedureDefinition, unit: str) -> AgencyRef | None:
    """Who receives applications of a place (the code of a unit on the map of today): its committee where the procedure
    is handled at that level (or the office beside it in which the procedure's `office` sits, such as the police post of
    a commune), else the department of the province in which the procedure's `office` sits. None where
    the place has neither."""
    today = timezone.localdate()
    try:
        committee = agency_of_unit(unit, today)
        if committee.level in model.levels and not (committee.level == "province" and model.office):
            return _beside(committee, model.office) if model.office else committee
        if "province" in model.levels and model.office:
            return department_of_unit(unit, model.office, today)
    except NotFound:
        pass
    return None


def _beside(committee: AgencyRef, role: str) -> AgencyRef:
    """The office of the same place that the role sits in; the committee itself where there is none."""
    try:
        return office_of_unit(committee.unit, role)
    except NotFound:
        return committee
