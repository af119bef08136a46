"""A procedure changes on its day: announced before, in force from then on, ended after its last."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tinhso.cases import queries, services, versions
from tinhso.kernel.errors import Conflict, NotFound

from .conftest import PROCEDURE, do, filled

TODAY = timezone.localdate()
LATER = TODAY + timedelta(days=30)


def since(day: date, text: str = PROCEDURE) -> str:
    new = text.replace("name: note, type", "name: aim, type").replace("working_hours: 8", "working_hours: 7")
    return f"{new}valid: {{from: {day}}}\n"


def fields(version: object) -> set[str]:
    return {spec.name for spec in version.definition.form}  # type: ignore[attr-defined]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """Go to a day: what asks for today is told that one."""

    def go(day: date) -> None:
        monkeypatch.setattr(versions.timezone, "localdate", lambda at=None: at.date() if at else day)

    return go


def test_a_new_version_is_announced_and_takes_over_on_its_day(apply, mother, later) -> None:
    apply()
    apply(since(LATER))
    now = queries.procedure("trial.permit")
    assert (now.version, now.offered, now.coming) == (1, True, LATER) and "note" in fields(now)
    assert [one.coming for one in queries.procedures(search="giay phep")] == [LATER]
    later(LATER - timedelta(days=1))
    assert queries.procedure("trial.permit").version == 1
    later(LATER)
    then = queries.procedure("trial.permit")
    assert (then.version, then.offered, then.coming) == (2, True, None) and "aim" in fields(then)


def test_a_draft_is_shown_the_new_form_and_keeps_what_was_typed(apply, mother, later) -> None:
    apply()
    draft = filled(mother)
    apply(since(LATER))
    assert services.continue_draft(mother, draft).procedure.version == 1
    later(LATER)
    with pytest.raises(Conflict, match="vừa thay đổi"):
        services.submit(mother, draft)
    view = queries.draft(mother, draft)
    assert view.procedure.version == 2 and view.raw["stall"] == "Quầy Hoa" and "aim" in view.typed
    assert services.submit(mother, draft).code


def test_a_running_case_ends_by_the_version_it_began_with(apply, mother, commune, later) -> None:
    apply()
    case = services.submit(mother, filled(mother))
    due = queries.case(mother, case.id).due_at
    apply(since(LATER))
    later(LATER)
    for outcome in ("done",) * 4:
        if queries.case(mother, case.id).ended_at is None:
            do(commune, case, outcome)
    view = queries.case(mother, case.id)
    assert view.outcome == "returned" and view.procedure.version == 1 and view.due_at == due


def test_what_is_only_announced_is_shown_and_not_begun(apply, mother, later) -> None:
    apply(since(LATER))
    found = queries.procedure("trial.permit")
    assert (found.offered, found.coming) == (False, LATER)
    assert [one.offered for one in queries.procedures()] == [False]
    with pytest.raises(NotFound):
        services.start_draft(mother, "trial.permit")
    later(LATER)
    assert services.start_draft(mother, "trial.permit").procedure.version == 1


def test_an_announcement_that_was_replaced_before_its_day_never_holds(apply, later) -> None:
    apply()
    apply(since(LATER))
    apply(since(LATER + timedelta(days=10)))
    later(LATER + timedelta(days=5))
    assert queries.procedure("trial.permit").version == 1
    later(LATER + timedelta(days=10))
    assert queries.procedure("trial.permit").version == 3


def test_an_ended_procedure_is_not_offered_and_its_drafts_are_kept(apply, mother, later) -> None:
    apply(f"{PROCEDURE}valid: {{until: {LATER}}}\n")
    draft = filled(mother)
    later(LATER)
    assert queries.procedure("trial.permit").offered
    later(LATER + timedelta(days=1))
    assert not queries.procedure("trial.permit").offered and queries.procedures() == ()
    for verb in (services.continue_draft, services.submit):
        with pytest.raises(Conflict, match="không còn được áp dụng"):
            verb(mother, draft)
    assert queries.draft(mother, draft).raw["stall"] == "Quầy Hoa"
