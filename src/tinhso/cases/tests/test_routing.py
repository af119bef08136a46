"""Who receives an application: the committee of the place, or the department of its province."""

import pytest

from tinhso.cases import queries, services
from tinhso.cases.models import Case
from tinhso.cases.routing import office
from tinhso.identity import services as identity
from tinhso.kernel.errors import Invalid

from .conftest import PROCEDURE, SYSTEM, filled

AT_PROVINCE = PROCEDURE.replace("levels: [commune]", "levels: [province]\noffice: transport").replace(
    "by: civil-status", "by: transport"
)
BOTH = AT_PROVINCE.replace("levels: [province]", "levels: [commune, province]")


@pytest.fixture
def departments(commune) -> None:
    identity.load_agencies(SYSTEM)


def model(apply, text: str):
    apply(text)
    return queries.procedure("trial.permit").definition


def test_a_department_of_the_applicant_s_province_receives_what_is_its_own(departments, apply, mother) -> None:
    found = office(model(apply, AT_PROVINCE), "13225")
    assert found and found.name == "Sở Xây dựng tỉnh Hưng Yên"
    case = Case.objects.get(pk=services.submit(mother, filled(mother)).id)
    assert (case.agency_id, case.level, case.unit) == (found.id, "province", "33")
    assert case.code.startswith(found.code)


def test_the_draft_says_who_will_receive_it(departments, apply, mother) -> None:
    apply(AT_PROVINCE)
    assert services.start_draft(mother, "trial.permit").agency == "Sở Xây dựng tỉnh Hưng Yên"


def test_the_lowest_level_that_handles_it_receives_it(departments, apply) -> None:
    found = office(model(apply, BOTH), "13225")
    assert found and found.level == "commune"
    of_the_province = office(model(apply, BOTH), "33")
    assert of_the_province and of_the_province.kind == "department"


def test_where_no_such_department_sits_nobody_receives_it(commune, apply, mother) -> None:
    assert office(model(apply, AT_PROVINCE), "13225") is None
    with pytest.raises(Invalid) as refused:
        services.submit(mother, filled(mother))
    assert "unit" in refused.value.errors


def test_a_procedure_at_province_level_that_names_no_office_is_refused(commune, apply) -> None:
    with pytest.raises(Invalid) as refused:
        apply(AT_PROVINCE.replace("office: transport\n", ""))
    assert "names the role whose department receives it" in str(refused.value)
