"""Load many cases at once, by COPY, each with the life it would have had: tasks, timeline, pauses, and for those
still open the state of its process, so that officers can go on with them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.packs import Compiled
from tinhso.kernel.text import fold

from .. import clock, codes, workflow
from ..bpmn import APPLICANT, PLATFORM, SIGN
from ..contracts import CASES_LOADED, LoadedCase
from ..definitions import ProcedureDefinition
from ..models import Case, CaseEvent, Pause, Status, Task, id_at
from .moving import _kind, _status
from .work import APPROVE, ASK, DONE, REFUSE

CHUNK = 5_000
SIGNING = timedelta(seconds=4)


@dataclass(frozen=True, slots=True)
class Passed:
    """One step of a template's path: who did it, what came of it, what it opened, the status after it."""

    step: str
    role: str
    outcome: str
    kind: str
    opens: tuple[workflow.Open, ...]
    status: int


@dataclass(frozen=True, slots=True)
class Template:
    """The way to where a case is; computed once by running the process, used for every case that got there."""

    found: Compiled
    opens: tuple[workflow.Open, ...]
    path: tuple[Passed, ...]
    state: dict[str, Any] | None
    outcome: str = ""
    before: dict[str, Any] | None = None
    """The process just before it was ended by a refusal or a withdrawal: what a reopened case goes on from."""

    @property
    def hands(self) -> tuple[Passed, ...]:
        """The steps that officers did: each takes one of the moments."""
        return tuple(p for p in self.path if p.role not in {PLATFORM, APPLICANT})


@dataclass(slots=True)
class _Rows:
    cases: list[Sequence[Any]] = field(default_factory=list)
    tasks: list[Sequence[Any]] = field(default_factory=list)
    events: list[Sequence[Any]] = field(default_factory=list)
    pauses: list[Sequence[Any]] = field(default_factory=list)


_CASE = (
    "id", "code", "procedure", "version", "subject", "person", "applicant", "agency_id", "holder_id", "unit", "level",
    "status", "online", "submitted_at", "received_at", "due_at", "alarm_at", "paused_at", "ended_at", "outcome",
    "on_time", "margin", "form",
    "prefilled", "typed", "results", "workflow", "search", "revision", "demo",
)  # fmt: skip
_TASK = (
    "id", "case_id", "step", "role", "agency_id", "opened_at", "due_at", "alarm_at", "claimed_by", "claimed_name",
    "completed_at", "completed_by", "completed_name", "outcome", "note", "payload",
)  # fmt: skip
_EVENT = ("id", "case_id", "at", "kind", "step", "actor", "data")
_PAUSE = ("case_id", "kind", "step", "note", "since", "until")


def steps_to(procedure: str, reached: str) -> tuple[tuple[str, str], ...]:
    """The steps of officers on the way to `reached`, each with its role: as many `moments` a LoadedCase needs.
    LookupError where the procedure cannot get there. A generator may ask for each of its rows: the answer is
    remembered for a second."""
    return _steps_to(procedure, reached, int(monotonic()))


@lru_cache(maxsize=200)
def _steps_to(procedure: str, reached: str, second: int) -> tuple[tuple[str, str], ...]:
    template = _template(procedure, workflow.procedure(procedure).version, reached)
    return tuple((passed.step, passed.role) for passed in template.hands)


def load_cases(actor: Actor, rows: Iterable[LoadedCase]) -> int:
    """Load cases; returns how many. All or none; memory stays that of one chunk.

    Codes are given by agency and day in the order of the rows. One audit row and one event (`case.loaded`) speak of
    all of them. All are marked as demonstration data. Raises Forbidden for anybody but the platform, Invalid for a
    row whose moments do not fit its way.
    """
    if not actor.system:
        raise Forbidden()
    stream, count = iter(rows), 0
    versions: dict[str, int] = {}
    with transaction.atomic():
        while chunk := list(islice(stream, CHUNK)):
            made = _Rows()
            counters = codes.Counters(row.agency.code for row in chunk)
            for row in chunk:
                if row.procedure not in versions:
                    versions[row.procedure] = workflow.procedure(row.procedure).version
                template = _template(row.procedure, versions[row.procedure], row.reached)
                _Life(actor, row, template, counters.next_code(row.agency.code, row.submitted_at), made).write()
            counters.save()
            _copy(Case, _CASE, made.cases)
            _copy(Task, _TASK, made.tasks)
            _copy(CaseEvent, _EVENT, made.events)
            _copy(Pause, _PAUSE, made.pauses)
            count += len(chunk)
        audit.record(actor, "case.load", "cases:loaded", count=count)
        events.publish(actor, CASES_LOADED, "cases:loaded", count=count)
    return count


@lru_cache(maxsize=500)
def _template(procedure: str, version: int, reached: str) -> Template:
    found = workflow.procedure(procedure, version)
    model: ProcedureDefinition = found.model
    moved = begun = workflow.start(found)
    path: list[Passed] = []
    before = begun.state
    for step, outcome in _way(model, reached):
        waiting = next(w for w in moved.open if w.step == step)
        assert moved.state is not None
        before = moved.state
        moved = workflow.advance(found, moved.state, step, outcome)
        task = Task(step=step, role=waiting.role)
        status = int(_status(Case(), model, task, outcome, moved))
        path.append(Passed(step, waiting.role, outcome, _kind(model, task, outcome), moved.open, status))
    outcome = reached if reached in {"returned", "refused", "withdrawn"} else ""
    before = {"refused": before, "withdrawn": moved.state}.get(outcome)
    return Template(found, begun.open, tuple(path), None if outcome else moved.state, outcome, before)


def _way(model: ProcedureDefinition, reached: str) -> Iterator[tuple[str, str]]:
    """(step, outcome) in order up to where the case is. LookupError for a drawn process: which way a case went in it is
    told by its answers, and not by how far it got."""
    if model.process:
        raise LookupError(f"{model.procedure}: a case of a drawn process is not loaded, it is lived")
    refusing = [step.name for step in model.steps if REFUSE in step.may]
    asking = [step.name for step in model.steps if ASK in step.may]
    stops = {
        "returned": None,
        "refused": refusing[-1] if refusing else "",
        "supplement": asking[0] if asking else "",
        "withdrawn": model.steps[min(1, len(model.steps) - 1)].name,
    }
    stop = stops.get(reached, reached)
    if stop is not None and stop not in {step.name for step in model.steps}:
        raise LookupError(f"{model.procedure}: no case can reach {reached!r}")
    for step in model.steps:
        if step.name == stop:
            if reached == "refused":
                yield step.name, REFUSE
            elif reached == "supplement":
                yield step.name, ASK
            return
        yield step.name, APPROVE if step.signs else DONE
        if step.signs:
            yield step.name + SIGN, DONE


class _Life:
    """One case being written as it was lived: `now` is the time up to which it has been told."""

    def __init__(self, actor: Actor, row: LoadedCase, template: Template, code: str, rows: _Rows) -> None:
        self.actor, self.row, self.template, self.code, self.rows = actor, row, template, code, rows
        self.model: ProcedureDefinition = template.found.model
        self.id = row.id or id_at(row.submitted_at)
        self.due = clock.due(row.submitted_at, self.model.deadline, row.form)
        self.now = row.submitted_at
        self.waiting = self.template.opens
        self.status = int(Status.NEW)
        self.holder = row.agency
        self.order = 0
        self.received: datetime | None = None
        self.processed: datetime | None = None
        self.paused: datetime | None = None
        self.ended: datetime | None = None

    def write(self) -> None:
        moments = _moments(self.row, self.template)
        opens = [waiting.step for waiting in self.waiting]
        self._tell("submitted", "", self._by(APPLICANT), status=1, opens=opens, holder=str(self.holder.id),
                   due=self.due.isoformat())  # fmt: skip
        for passed, at in zip(self.template.path, moments, strict=False):
            self._reform(until=at)
            self._pass(passed, at)
        if self.row.reached == "withdrawn":
            self._withdraw(moments[-1])
        elif self.template.outcome:
            self.ended = self.now
        else:
            self._reform(until=None)
            for waiting in self.waiting:
                self._task(waiting)
        self._case()

    def _pass(self, passed: Passed, at: datetime) -> None:
        note = self.row.note if passed.outcome in {ASK, REFUSE} else ""
        self._task(workflow.Open(passed.step, passed.role), at, passed.outcome, note)
        told: dict[str, Any] = {
            "closes": [passed.step],
            "opens": [o.step for o in passed.opens],
            "status": passed.status,
        }
        if not passed.opens:
            told["outcome"] = self.template.outcome
            if self.template.before:
                told["before"] = self.template.before
        if note:
            told["note"] = note
        self.now, self.status, self.waiting = at, passed.status, passed.opens
        self._tell(passed.kind, passed.step, self._by(passed.role), **told)
        if passed.kind == "received":
            self.received = at
        if passed.status == Status.PROCESSED:
            self.processed = at
        if passed.outcome == ASK:
            self.paused = at
            self.rows.pauses.append((self.id, "supplement", passed.step, note, at, None))

    def _withdraw(self, at: datetime) -> None:
        for waiting in self.waiting:
            self._task(waiting, at, "withdrawn", self.row.note)
        closes = [waiting.step for waiting in self.waiting]
        self.now, self.status, self.ended = at, int(Status.WITHDRAWN), at
        told: dict[str, Any] = {"note": self.row.note, "closes": closes, "status": self.status, "outcome": "withdrawn"}
        told["before"] = self.template.before
        self._tell("withdrawn", "", self._by(APPLICANT), **told)

    def _reform(self, until: datetime | None) -> None:
        """Hand the case over where its agency ended before `until`."""
        successor, ends = self.row.holder, self.row.agency.until
        if successor is None or ends is None or self.holder is successor:
            return
        at = timezone.make_aware(datetime.combine(ends, time.min))
        if until is None or self.now < at <= until:
            told = {"holder": str(successor.id), "old": str(self.holder.id)}
            opened, self.now = self.now, max(at, self.now)
            self._tell("handed-over", "", self._by(PLATFORM), **told)
            self.now, self.holder = opened, successor

    def _by(self, role: str) -> dict[str, str]:
        if role == APPLICANT:
            return self.actor.stamp() | {"applicant": "1"}
        post = self.row.officers.get(role)
        return self.actor.stamp() | ({"post": str(post[0]), "name": post[1]} if post else {})

    def _tell(self, kind: str, step: str, by: dict[str, str], **data: Any) -> None:
        self.order += 1
        event_id = id_at(self.now, self.order)
        self.rows.events.append((event_id, self.id, self.now, kind, step, json.dumps(by), json.dumps(data)))

    def _task(self, of: workflow.Open, done: datetime | None = None, outcome: str = "", note: str = "") -> None:
        """A task opened now; done at `done`, or still open."""
        due = None
        if of.role not in {APPLICANT, PLATFORM}:
            hours = self.model.step(of.step).hours
            due = min(clock.later(self.now, hours), self.due) if hours else self.due
        post, name = self.row.officers.get(of.role, (None, "")) if done and outcome != "withdrawn" else (None, "")
        self.rows.tasks.append(
            (id_at(self.now, 1), self.id, of.step, of.role, self.holder.id, self.now, due,
             None if done or due is None else clock.at_risk_at(self.now, due), None, "", done, post, name, outcome,
             note, "{}")
        )  # fmt: skip

    def _case(self) -> None:
        row, measured = self.row, self.processed or self.ended
        state = None if self.ended else json.dumps(self.template.state)
        holder = (row.holder or row.agency).id
        self.rows.cases.append(
            (
                self.id, self.code, row.procedure, self.template.found.version, row.subject, row.person, row.applicant,
                row.agency.id, holder, row.agency.unit, row.agency.level, self.status, row.online, row.submitted_at,
                self.received, self.due, None if self.ended else clock.at_risk_at(row.submitted_at, self.due),
                self.paused, self.ended, self.template.outcome, measured <= self.due if measured else None,
                clock.margin(self.due, measured) if measured else None, json.dumps(dict(row.form), ensure_ascii=False),
                list(row.prefilled), [name for name in row.form if name not in row.prefilled], "{}", state,
                fold(f"{self.code} {row.applicant} {row.subject}"), len(self.template.path) + 1, True,
            )
        )  # fmt: skip


def _moments(row: LoadedCase, template: Template) -> list[datetime]:
    """A moment for each step of the path: the platform's own follow seconds after what they wait for."""
    given = list(row.moments)
    wanted = len(template.hands) + (row.reached == "withdrawn")
    if len(given) != wanted or given != sorted(given) or (given and given[0] < row.submitted_at):
        raise Invalid({"moments": [f"{row.procedure} → {row.reached}: {wanted} times in order, not {len(given)}"]})
    moments: list[datetime] = []
    last = row.submitted_at
    for passed in template.path:
        last = last + SIGNING if passed.role == PLATFORM else max(given.pop(0), last)
        moments.append(last)
    return [*moments, *(max(at, last) for at in given)]


def _copy(model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    sql = f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)
