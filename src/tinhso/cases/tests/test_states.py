"""A case under any order of permitted actions, of time and of the calendar: it can always end, its rows are what its
timeline replays to, and its due times are what its history gives."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tinhso.cases import clock, services, tasks, workflow
from tinhso.cases.models import Case, Pause, Task
from tinhso.cases.services.due import pauses_of
from tinhso.cases.timeline import of_case
from tinhso.kernel import calendar
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar.services import clear_special_day, set_special_day
from tinhso.kernel.errors import NotFound, Problem
from tinhso.kernel.models import Event

from .conftest import SYSTEM, Commune, agrees, filled

BEGIN = datetime(2026, 11, 25, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
OUTCOMES = ("done", "ask-supplement", "refuse")
DAYS = tuple(date(2026, 11, 26) + timedelta(days=n) for n in range(9))


def machine(mother: Actor, home: Commune, other: Commune) -> type[RuleBasedStateMachine]:
    """The life of one case as a machine: mother hands it in at home; both communes may hold it."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.mark = transaction.savepoint()
            self.now = BEGIN
            self.patch = patch("django.utils.timezone.now", lambda: self.now.astimezone(UTC))
            self.patch.start()
            calendar.forget()

        def teardown(self) -> None:
            try:
                if hasattr(self, "case"):
                    self.end()
            finally:
                self.patch.stop()
                transaction.savepoint_rollback(self.mark)
                calendar.forget()

        @initialize()
        def submit(self) -> None:
            self.case = services.submit(mother, filled(mother))

        # --- What people do --------------------------------------------------------------------------------------

        @rule(outcome=st.sampled_from(OUTCOMES))
        @precondition(lambda self: self.running)
        def complete(self, outcome: str) -> None:
            task = self.task
            self.try_(services.complete, self.officer(task), task.pk, outcome, note="Lý do", ground="Điều 1")

        @rule()
        @precondition(lambda self: self.running)
        def claim(self) -> None:
            self.try_(services.claim, self.officer(self.task), self.task.pk)

        @rule()
        @precondition(lambda self: self.running)
        def release(self) -> None:
            self.try_(services.release, self.officer(self.task), self.task.pk)

        @rule()
        def answer(self) -> None:
            self.try_(services.answer_supplement, mother, self.case.id, {"stall": "Quầy mới"}, note="Đây")

        @rule()
        def withdraw(self) -> None:
            self.try_(services.withdraw, mother, self.case.id, "Đổi ý")

        @rule(role=st.sampled_from(("one-stop", "chair")), days=st.integers(0, 12))
        def redate(self, role: str, days: int) -> None:
            self.try_(services.redate, self.holder.at(role), self.case.id, DAYS[0] + timedelta(days=days), "Lý do")

        @rule()
        def hand_over(self) -> None:
            old, new = (home, other) if self.holder is home else (other, home)
            services.hand_over(SYSTEM, old.agency.pk, new.agency.pk)

        # --- What time and the calendar do -----------------------------------------------------------------------

        @rule(minutes=st.integers(1, 3_000))
        def wait(self, minutes: int) -> None:
            self.now += timedelta(minutes=minutes)
            services.watch()

        @rule(minutes=st.integers(1, 90))
        def set_the_clock_back(self, minutes: int) -> None:
            self.now -= timedelta(minutes=minutes)

        @rule(day=st.sampled_from(DAYS), works=st.booleans())
        def set_day(self, day: date, works: bool) -> None:
            set_special_day(SYSTEM, day, works=works, name="Ngày đặc biệt")
            self.recompute(day)

        @rule(day=st.sampled_from(DAYS))
        def clear_day(self, day: date) -> None:
            self.try_(clear_special_day, SYSTEM, day)
            self.recompute(day)

        # --- What holds ------------------------------------------------------------------------------------------

        @invariant()
        def rows_are_what_the_timeline_tells(self) -> None:
            if hasattr(self, "case"):
                agrees(self.case.id)

        @invariant()
        def due_times_are_what_history_gives(self) -> None:
            if not hasattr(self, "case") or self.row.ended_at:
                return
            model = workflow.procedure(self.row.procedure, self.row.version).model
            pauses = pauses_of(self.row)
            if self.row.paused_at is None:
                assert self.row.due_at == clock.due(self.row.submitted_at, model.deadline, self.row.form, pauses)
            for task in Task.objects.filter(case=self.case.id, completed_at=None, due_at__isnull=False):
                assert task.due_at <= self.row.due_at

        @invariant()
        def the_clock_stands_once(self) -> None:
            if hasattr(self, "case"):
                open_pauses = Pause.objects.filter(case=self.case.id, until=None).count()
                assert open_pauses == (self.row.paused_at is not None)

        @invariant()
        def what_is_told_is_told_once(self) -> None:
            """Late and escalated are told once for one due time; apologies once at all."""
            if not hasattr(self, "case"):
                return
            kinds = list(of_case(self.case.id).values_list("kind", flat=True))
            moved = kinds.count("rescheduled") + kinds.count("supplement-answered")
            assert kinds.count("late") <= 1 + moved
            assert kinds.count("redated") <= 1
            assert kinds.count("supplement-asked") <= 1
            assert kinds.count("late") == Event.objects.filter(name="case.late").count()

        # --- How it is driven ------------------------------------------------------------------------------------

        @property
        def row(self) -> Case:
            return Case.objects.get(pk=self.case.id)

        @property
        def task(self) -> Task:
            return Task.objects.get(case=self.case.id, completed_at=None)

        @property
        def running(self) -> bool:
            return hasattr(self, "case") and self.row.ended_at is None

        @property
        def holder(self) -> Commune:
            return home if self.row.holder_id == home.agency.pk else other

        def officer(self, task: Task) -> Actor:
            return self.holder.at(task.role if task.role in self.holder.officers else "one-stop")

        def try_(self, verb: Any, *args: Any, **more: Any) -> None:
            """Do it, or be refused in words: never a fault of the platform."""
            try:
                with transaction.atomic():
                    verb(*args, **more)
            except Problem as problem:
                assert problem.status < 500
            except NotFound:
                pass

        def recompute(self, day: date) -> None:
            calendar.forget()
            tasks.reschedule(day.isoformat())

        def end(self) -> None:
            """From wherever it is, the case can end."""
            if self.row.paused_at:
                services.answer_supplement(mother, self.case.id, note="Đây")
            for _step in range(10):
                if self.row.ended_at:
                    break
                services.release(self.officer(self.task), self.task.pk)
                services.complete(self.officer(self.task), self.task.pk, "done")
            assert self.row.ended_at
            agrees(self.case.id)

    return Life


@pytest.mark.django_db
def test_any_order_of_permitted_actions_leaves_a_case_that_can_end(
    permit: str, commune: Commune, neighbour: Commune, mother: Actor
) -> None:
    run_state_machine_as_test(
        machine(mother, commune, neighbour),
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
