"""The bulk path and the reform: cases of communes that are gone are found, and go on, in those that followed."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tinhso.cases import queries, services
from tinhso.cases.contracts import LoadedCase
from tinhso.cases.models import Case, Task
from tinhso.cases.timeline import of_case
from tinhso.identity.models import AgencySuccession
from tinhso.identity.queries import agency_by_id
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.territory.queries import predecessors

from .conftest import SYSTEM, agrees, do, make_commune, open_task

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BEFORE = datetime(2025, 6, 26, 9, 0, tzinfo=HANOI)


@pytest.fixture
def old(commune):
    """The commune that was there before 2025-07-01, and whom it became."""
    unit = predecessors("13225")[0]
    made = make_commune("H54.1.1", f"Ủy ban nhân dân {unit.name}", unit.code, date(2020, 1, 1), date(2025, 7, 1))
    AgencySuccession.objects.create(old=made.agency, new=commune.agency, since=date(2025, 7, 1))
    return made


def loaded(permit: str, commune, reached: str, *, since: datetime = BEFORE, person: UUID | None = None, **more):
    steps = services.steps_to(permit, reached)
    count = len(steps) + (reached == "withdrawn")
    return LoadedCase(
        procedure=permit,
        submitted_at=since,
        person=person,
        applicant="Trần Thị Hoa",
        agency=agency_by_id(commune.agency.id),
        form={"stall": "Quầy cũ", "opens_on": "2025-08-01"},
        subject="Quầy cũ",
        reached=reached,
        moments=[since + timedelta(hours=1 + n) for n in range(count)],
        officers={role: (actor.post, actor.name) for role, actor in commune.officers.items()},
        **more,
    )


@pytest.mark.parametrize(
    "reached", ["returned", "refused", "withdrawn", "supplement", "receive", "verify", "decide", "return"]
)
def test_a_loaded_case_is_as_one_that_was_lived(permit, commune, mother, reached: str) -> None:
    since = datetime(2026, 11, 20, 9, 0, tzinfo=HANOI)
    services.load_cases(SYSTEM, [loaded(permit, commune, reached, since=since, person=mother.person)])
    case = Case.objects.get()
    agrees(case.pk)
    assert case.code == "H31.15-261120-0001" and case.demo
    view = queries.case(mother, case.pk)
    assert view.timeline[0].kind == "submitted" and view.title == "Cấp phép thử: Quầy cũ"
    if case.paused_at:
        services.answer_supplement(mother, case.pk)
    while Case.objects.get().ended_at is None:
        do(commune, case)
        agrees(case.pk)


def test_a_loaded_life_equals_the_lived_one(submitted, permit, commune, mother) -> None:
    for _ in range(3):
        do(commune, submitted)
    services.load_cases(SYSTEM, [loaded(permit, commune, "returned")])
    other = Case.objects.exclude(pk=submitted.id).get()

    def told(case: UUID) -> list:
        return [
            (e.kind, e.step, e.data.get("status"), e.data.get("opens"), e.data.get("closes"), e.data.get("outcome"))
            for e in of_case(case)
        ]

    assert told(submitted.id) == told(other.pk)
    columns = ("step", "role", "outcome")
    assert list(Task.objects.filter(case=submitted.id).order_by("opened_at").values_list(*columns)) == list(
        Task.objects.filter(case=other).order_by("opened_at").values_list(*columns)
    )


def test_an_open_case_of_an_old_commune_goes_on_in_its_successor(permit, old, commune, mother) -> None:
    services.load_cases(
        SYSTEM,
        [
            loaded(permit, old, "verify", person=mother.person, holder=agency_by_id(commune.agency.id)),
            loaded(permit, old, "returned", holder=agency_by_id(commune.agency.id)),
        ],
    )
    case = Case.objects.get(ended_at=None)
    assert [e.kind for e in of_case(case.pk)] == [
        "submitted", "received", "handed-over",
    ]  # fmt: skip
    officer = commune.at("civil-status")
    assert [row.case for row in queries.inbox(officer, "unit").rows] == [case.pk]
    services.complete(officer, open_task(case.pk).pk, "done")
    agrees(case.pk)
    view = queries.case(officer, case.pk)
    assert (view.agency, view.holder) == (old.agency.name, commune.agency.name)
    assert len(queries.cases_in(officer, "13225").cases) == 2
    before = queries.cases_in(officer, old.agency.unit, at=date(2025, 6, 30))
    assert len(before.cases) == 2
    assert queries.cases_in(officer, "13225", same_place=False).cases == ()
    assert queries.counts_by_unit(BEFORE, BEFORE + timedelta(days=1)) == {old.agency.unit: 2}


def test_reforms_are_followed_by_running_cases(permit, old, commune) -> None:
    services.load_cases(SYSTEM, [loaded(permit, old, "verify"), loaded(permit, old, "returned")])
    assert queries.inbox(commune.at("civil-status"), "unit").rows == ()
    assert services.follow_reforms(SYSTEM) == 2
    assert services.follow_reforms(SYSTEM) == 0
    for case in Case.objects.all():
        assert case.holder_id == commune.agency.id
    running = Case.objects.get(ended_at=None)
    agrees(running.pk)
    assert len(queries.inbox(commune.at("civil-status"), "unit").rows) == 1
    with pytest.raises(Forbidden):
        services.hand_over(commune.at("chair"), commune.agency.id, old.agency.id)


def test_a_row_that_could_not_have_been_lived_loads_nothing(permit, commune) -> None:
    good = loaded(permit, commune, "returned")
    late = loaded(permit, commune, "verify")
    bad = LoadedCase(**{name: getattr(late, name) for name in late.__slots__} | {"moments": ()})
    with pytest.raises(Invalid):
        services.load_cases(SYSTEM, [good, bad])
    assert not Case.objects.exists()
    with pytest.raises(LookupError):
        services.steps_to(permit, "moon")
    with pytest.raises(Forbidden):
        services.load_cases(commune.at("chair"), [good])


def test_the_published_view_has_figures_and_no_person(permit, commune) -> None:
    services.load_cases(SYSTEM, [loaded(permit, commune, "returned")])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM pub.cases")
        columns = [column.name for column in cursor.description]
        assert len(cursor.fetchall()) == 1
    assert columns == [
        "id", "code", "procedure", "agency", "unit", "level", "status", "submitted_at", "received_at", "due_at",
        "ended_at", "outcome", "on_time", "online", "demo", "holder", "paused_at", "redated_to", "margin",
    ]  # fmt: skip
