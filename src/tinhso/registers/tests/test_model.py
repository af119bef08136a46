"""Whatever is done to records in whatever order, the register says what a plain model of its rules says."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tinhso.kernel.errors import Conflict, Invalid, StaleRevision
from tinhso.registers import queries, services

from .conftest import SYSTEM, rows

FIRST = date(2024, 1, 1)
DAYS = st.integers(0, 400).map(lambda n: FIRST + timedelta(n))
REGISTER = "yard.gardens"


class Told:
    """The model of a record: every revision ever, as (trees, since, until, change)."""

    def __init__(self, trees, since):
        self.revisions = [(trees, since, None, "create")]

    @property
    def now(self):
        return self.revisions[-1]

    def on(self, day):
        """The newest revision that speaks of the day is right; an end speaks of all days from its own on."""
        for trees, since, until, change in reversed(self.revisions):
            if since <= day and (until is None or day < until):
                return trees
            if change == "end" and until <= day:
                return None
        return None


class Register(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.told = {}

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(target=ids, trees=st.integers(0, 99), since=DAYS)
    def create(self, trees, since):
        values = {"code": f"C{len(self.told)}", "planted_on": FIRST, "trees": trees}
        ref = services.create(SYSTEM, REGISTER, values, valid_from=since)
        self.told[ref.id] = Told(trees, since)
        return ref.id

    @rule(id=ids, trees=st.integers(0, 99), since=st.none() | DAYS, late=st.booleans())
    def update(self, id, trees, since, late):
        told = self.told[id]
        was, begun, until, _change = told.now
        seen = len(told.revisions) - late
        if late:
            refusal = StaleRevision
        elif until is not None and until <= timezone.localdate():
            refusal = Conflict
        elif until is not None and (since or begun) >= until:
            refusal = Invalid
        else:
            refusal = None
        args = {"revision": seen, "why": "x", "valid_from": since}
        if refusal:
            with pytest.raises(refusal):
                services.update(SYSTEM, REGISTER, id, {"trees": trees}, **args)
            return
        ref = services.update(SYSTEM, REGISTER, id, {"trees": trees}, **args)
        if trees != was or (since or begun) != begun:
            told.revisions.append((trees, since or begun, until, "update"))
        assert ref.revision == len(told.revisions)

    @rule(id=ids, on=DAYS)
    def end(self, id, on):
        told = self.told[id]
        trees, since, until, _change = told.now
        refusal = Conflict if until is not None else Invalid if on <= since else None
        args = {"on": on, "revision": len(told.revisions), "why": "x"}
        if refusal:
            with pytest.raises(refusal):
                services.end(SYSTEM, REGISTER, id, **args)
            return
        services.end(SYSTEM, REGISTER, id, **args)
        told.revisions.append((trees, since, on, "end"))

    @rule(id=ids, to=st.integers(1, 9))
    def restore(self, id, to):
        told = self.told[id]
        if to > len(told.revisions):
            return
        services.restore(SYSTEM, REGISTER, id, to_revision=to, revision=len(told.revisions), why="x")
        told.revisions.append((told.revisions[to - 1][0], told.now[1], None, "restore"))

    @rule(id=ids, day=DAYS)
    def as_of(self, id, day):
        page = queries.find(SYSTEM, REGISTER, as_of=day, limit=500)
        found = {record.ref.id: record.values["trees"] for record in page.records}
        assert found == {one: trees for one, told in self.told.items() if (trees := told.on(day)) is not None}

    @invariant()
    def the_table_and_the_history_are_those_of_the_model(self):
        stands = {
            id: row for id, *row in rows("SELECT id, revision, trees, valid_from, valid_until FROM reg.yard_gardens")
        }
        assert stands == {id: [len(t.revisions), *t.now[:3]] for id, t in self.told.items()}
        versions = rows(
            "SELECT record, revision, (values->>'trees')::int, lower(valid), upper(valid), change FROM record_version"
            " WHERE register = %s ORDER BY record, revision", (REGISTER,))  # fmt: skip
        assert versions == [
            (id, number, *told) for id in sorted(self.told) for number, told in enumerate(self.told[id].revisions, 1)
        ]


def test_records_are_what_a_plain_model_of_their_rules_says(gardens):
    few = settings(max_examples=10, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Register, settings=few)


@pytest.mark.slow
def test_records_are_what_the_model_says_in_many_more_runs(gardens):
    run_state_machine_as_test(Register, settings=settings(max_examples=200, stateful_step_count=40, deadline=None))
