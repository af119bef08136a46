"""Load many cases at once, by COPY, each with the life it would have had: tasks, timeline, pauses, and for those
still open the state of its process, so that officers can go on with them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

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
    "status", "online", "submitted_at", "received_at", "due_at", "paused_at", "ended_at", "outcome", "on_time", "form",
    "prefilled", "typed", "results", "workflow", "search", "revision", "demo",
)  # fmt: skip
_TASK = (
    "id", "case_id", "step", "role", "agency_id", "opened_at", "due_at", "claimed_by", "claimed_name", "completed_at",
    "completed_by", "completed_name", "outcome", "note", "payload",
)  # fmt: skip
_EVENT = ("id", "case_id", "at", "kind", "step", "actor", "data")
_PAUSE = ("case_id", "kind", "step", "note", "since", "until")


def steps_to(procedure: str, reached: str) -> tuple[tuple[str, str], ...]:
    """The steps of officers on the way to `reached`, each with its role: as many `moments` a LoadedCase needs.
    LookupError where the procedure cannot get there."""
    found = workflow.procedure(procedure)
    return tuple((p.step, p.role) for p in _template(procedure, found.version, found.digest, reached).hands)


def load_cases(actor: Actor, rows: Iterable[LoadedCase]) -> int:
    """Load cases; returns how many. All or none; memory stays that of one chunk.

    Codes are given by agency and day in the order of the rows. One audit row and one event (`case.loaded`) speak of
    all of them. All are marked as demonstration data. Raises Forbidden for anybody but the platform, Invalid for a
    row whose moments do not fit its way.
    """
    if not actor.system:
        raise Forbidden()
    stream, count = iter(rows), 0
    with transaction.atomic():
        while chunk := list(islice(stream, CHUNK)):
            made = _Rows()
            counters = codes.Counters(row.agency.code for row in chunk)
            for row in chunk:
                _live(actor, row, counters, made)
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
def _template(procedure: str, version: int, digest: str, reached: str) -> Template:
    found = workflow.procedure(procedure, version)
    model: ProcedureDefinition = found.model
    moved = begun = workflow.start(found)
    path: list[Passed] = []
    for step, outcome in _way(model, reached):
        waiting = next(w for w in moved.open if w.step == step)
        assert moved.state is not None
        moved = workflow.advance(found, moved.state, step, outcome)
        task = Task(step=step, role=waiting.role)
        status = int(_status(Case(), model, task, outcome, moved))
        path.append(Passed(step, waiting.role, outcome, _kind(model, task, outcome), moved.open, status))
    outcome = reached if reached in {"returned", "refused", "withdrawn"} else ""
    return Template(found, begun.open, tuple(path), None if outcome else moved.state, outcome)


def _way(model: ProcedureDefinition, reached: str) -> Iterator[tuple[str, str]]:
    """(step, outcome) in order up to where the case is."""
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


def _live(actor: Actor, row: LoadedCase, counters: codes.Counters, made: _Rows) -> None:
    found = workflow.procedure(row.procedure)
    model: ProcedureDefinition = found.model
    template = _template(row.procedure, found.version, found.digest, row.reached)
    moments = _moments(row, template)
    holder = row.holder or row.agency
    reform = (
        timezone.make_aware(datetime.combine(row.agency.until, time.min)) if row.agency.until and row.holder else None
    )
    case_id = row.id or id_at(row.submitted_at)
    code = counters.next_code(row.agency.code, row.submitted_at)
    due = clock.due(row.submitted_at, model.deadline)
    stamp = json.dumps(actor.stamp() | {"applicant": "1"})
    tell = _Teller(case_id, made.events)
    tell(row.submitted_at, "submitted", "", stamp, status=1, opens=[o.step for o in template.opens], holder=str(row.agency.id))
    ended = moments[-1] if template.outcome else None
    processed = received = paused = None
    opened_at = row.submitted_at
    waiting = list(template.opens)
    status = int(Status.NEW)
    over = False
    for passed, at in zip(template.path, moments, strict=False):
        if reform and not over and at >= reform > opened_at:
            tell(reform, "handed-over", "", json.dumps(actor.stamp()), holder=str(holder.id), old=str(row.agency.id))
            over = True
        agency = holder if reform and at >= reform else row.agency
        post, name = row.officers.get(passed.role, (None, ""))
        _task(made, case_id, model, due, passed, agency.id, opened_at, at, post, name, row.note)
        by = json.dumps(actor.stamp() | ({"post": str(post), "name": name} if post else {}))
        told: dict[str, Any] = {"closes": [passed.step], "opens": [o.step for o in passed.opens], "status": passed.status}
        if not passed.opens:
            told["outcome"] = template.outcome
        if passed.outcome in {ASK, REFUSE}:
            told["note"] = row.note
        tell(at, passed.kind, passed.step, by, **told)
        if passed.kind == "received":
            received = at
        if passed.status == Status.PROCESSED:
            processed = at
        if passed.outcome == ASK:
            paused = at
            made.pauses.append((case_id, "supplement", passed.step, row.note, at, None))
        waiting, status, opened_at = list(passed.opens), passed.status, at
    if row.reached == "withdrawn":
        ended, status = moments[-1], int(Status.WITHDRAWN)
        for left in waiting:
            _task(
                made, case_id, model, due, Passed(left.step, left.role, "withdrawn", "", (), 0), row.agency.id, opened_at,
                ended, None, row.applicant, row.note,
            )  # fmt: skip
        tell(ended, "withdrawn", "", stamp, note=row.note, closes=[w.step for w in waiting], status=status, outcome="withdrawn")
        waiting = []
    if reform and not over and ended is None:
        tell(reform, "handed-over", "", json.dumps(actor.stamp()), holder=str(holder.id), old=str(row.agency.id))
    for left in waiting if ended is None else ():
        made.tasks.append(
            (id_at(opened_at, 2), case_id, left.step, left.role, holder.id, opened_at,
             _step_due(model, left, opened_at, due), None, "", None, None, "", "", "", "{}")
        )  # fmt: skip
    measured = processed or ended
    made.cases.append(
        (
            case_id, code, row.procedure, found.version, row.subject, row.person, row.applicant, row.agency.id, holder.id,
            row.agency.unit, row.agency.level, status, row.online, row.submitted_at, received, due, paused, ended,
            template.outcome, measured <= due if measured else None, json.dumps(dict(row.form), ensure_ascii=False),
            list(row.prefilled), [name for name in row.form if name not in row.prefilled], "{}",
            json.dumps(template.state) if template.state and ended is None else None,
            fold(f"{code} {row.applicant} {row.subject}"), len(template.path) + 1, True,
        )
    )  # fmt: skip


def _moments(row: LoadedCase, template: Template) -> list[datetime]:
    """A moment for each step of the path: the platform's own follow seconds after what they depend on."""
    given = list(row.moments)
    wanted = len(template.hands) + (row.reached == "withdrawn")
    if len(given) != wanted or given != sorted(given) or (given and given[0] < row.submitted_at):
        raise Invalid({"moments": [f"{row.procedure} → {row.reached}: {wanted} times in order, not {len(given)}"]})
    moments: list[datetime] = []
    for passed in template.path:
        moments.append(moments[-1] + SIGNING if passed.role == PLATFORM else max(given.pop(0), *moments[-1:]) if moments else given.pop(0))
    return moments + given


class _Teller:
    """Writes the timeline of one case, in order."""

    def __init__(self, case_id: UUID, rows: list[Sequence[Any]]) -> None:
        self.case_id, self.rows, self.order = case_id, rows, 0

    def __call__(self, at: datetime, kind: str, step: str, actor: str, **data: Any) -> None:
        self.order += 1
        self.rows.append((id_at(at, self.order), self.case_id, at, kind, step, actor, json.dumps(data)))


def _step_due(model: ProcedureDefinition, waiting: workflow.Open, opened: datetime, due: datetime) -> datetime | None:
    if waiting.role in {APPLICANT, PLATFORM}:
        return None
    hours = model.step(waiting.step).hours
    return min(clock.later(opened, hours), due) if hours else due


def _task(
    made: _Rows,
    case_id: UUID,
    model: ProcedureDefinition,
    due: datetime,
    passed: Passed,
    agency: UUID,
    opened: datetime,
    at: datetime,
    post: UUID | None,
    name: str,
    note: str,
) -> None:
    step_due = _step_due(model, workflow.Open(passed.step, passed.role), opened, due)
    kept = note if passed.outcome in {ASK, REFUSE, "withdrawn"} else ""
    made.tasks.append(
        (id_at(opened, 1), case_id, passed.step, passed.role, agency, opened, step_due, None, "", at, post, name,
         passed.outcome, kept, "{}")
    )  # fmt: skip


def _copy(model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(
        f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN"
    ) as copy:
        for row in rows:
            copy.write_row(row)
