"""A procedure that is being drawn is played without a case: with chosen answers and values of the form, by the same run
time, on a clock that goes on only when a timer is let go off. Nothing is kept; each look plays from the start."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.packs import Compiled

from .. import clock, workflow
from ..bpmn import APPLICANT, PLATFORM, editing, lane_words
from ..contracts import Trial, TrialStep
from ..definitions import ProcedureDefinition
from ..services import drawing as writing

MOST = 200
"""Deeds of one trial."""
WAKE, MESSAGE = "@", "!"
"""How a deed begins that is no step's answer: a timer goes off, a message comes."""


def try_drawing(
    actor: Actor, procedure: str, deeds: Sequence[tuple[str, str]], values: Mapping[str, str], begun: datetime
) -> Trial:
    """Where the process of a draft stands after these deeds: (step, its answer), ("@", "") where the next timer goes
    off, ("!", name of the message). `values` are what is written in the form's fields, `begun` when the case is handed
    in. Raises Invalid where the draft has faults, a value is none, or a decision table has no one answer; NotFound for
    deeds that the process does not wait for."""
    row = writing.own_draft(actor, procedure)
    papers = [name for name in packs.names("paper") if name.startswith(f"{procedure.partition('.')[0]}.")]
    if editing.faults(row.body, papers):
        raise Invalid({})
    model = ProcedureDefinition.model_validate(row.body)
    found = Compiled(procedure, "", 0, packs.digest(row.body), model)
    asked = read_fields(model)
    given = {name: _value(model.field(name).type, values.get(name, "")) for name in asked}
    try:
        return _played(found, deeds, given, begun)
    except workflow.NotAwaited as error:
        raise NotFound() from error
    except workflow.Undecided as error:
        raise Invalid({"": [str(error)]}) from error


def read_fields(model: ProcedureDefinition) -> list[str]:
    """The fields of the form that conditions and decision tables read."""
    read = {name for text in model.files.values() for name in re.findall(r"\bform\.(\w+)", text)}
    return [field.name for field in model.form if field.name in read]


def _played(found: Compiled, deeds: Sequence[tuple[str, str]], form: Mapping[str, Any], begun: datetime) -> Trial:
    now, passed = begun, []
    moved = workflow.start(found, lambda: form, now=now)
    since = {one.step: now for one in moved.open}
    log: list[tuple[str, str]] = []
    for what, answer in deeds[:MOST]:
        if moved.state is None:
            raise NotFound()
        if what == WAKE:
            if moved.wakes is None:
                raise NotFound()
            now = max(now, moved.wakes)
            moved = workflow.wake(found, moved.state, lambda: form, now=now)
            log.append((", ".join(workflow.label(found.model, one) for one in moved.fired), ""))
        elif what == MESSAGE:
            moved = workflow.receive(found, moved.state, answer, {}, lambda: form, now=now)
            log.append((answer, ""))
        else:
            moved = workflow.advance(found, moved.state, what, answer, lambda: form, now=now)
            passed.append(what)
            log.append((workflow.label(found.model, what), answer))
        since = {one.step: since.get(one.step, now) if one.step != what else now for one in moved.open}
    done = workflow.passed(found, moved.state) if moved.state is not None else (*passed, *moved.ends)
    return Trial(
        steps=tuple(_step(found.model, one, since[one.step]) for one in moved.open),
        at=workflow.resting(found, moved.state) if moved.state is not None else (),
        done=tuple(done),
        wakes=moved.wakes,
        messages=workflow.awaited(found, moved.state) if moved.state is not None else (),
        log=tuple(log),
        end=workflow.label(found.model, moved.end) if moved.ended else "",
        due=clock.due(begun, found.model.deadline),
        asks=tuple((name, str(found.model.field(name).label)) for name in read_fields(found.model)),
    )


def _step(model: ProcedureDefinition, one: workflow.Open, since: datetime) -> TrialStep:
    step = next((step for step in model.steps if step.name == one.step), None)
    words = {own.value: str(own.label) for own in step.outcomes} if step else {}
    answers = step.answers if step and one.role not in {APPLICANT, PLATFORM} else ["done"]
    return TrialStep(
        name=one.step,
        label=str(step.label) if step else workflow.label(model, one.step),
        role=lane_words().get(one.role, one.role),
        due=clock.later(since, step.hours) if step and step.hours else None,
        answers=tuple((answer, words.get(answer, "")) for answer in answers),
    )


def _value(kind: str, text: str) -> Any:
    """What was written, as conditions compare it; None where nothing was."""
    text = text.strip()
    if not text:
        return None
    try:
        if kind in {"integer", "money"}:
            return int(text)
        if kind == "decimal":
            return float(text.replace(",", "."))
        if kind == "date":
            return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007  a day has no zone
    except ValueError as error:
        raise Invalid({"": [text]}) from error
    return text == "true" if kind == "boolean" else text
