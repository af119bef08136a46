"""Running cases move to another version of their procedure: only on request, each by itself, and those that have no
place there are named and stay."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.packs import Compiled

from .. import timeline, workflow
from ..contracts import Migration, Unplaced
from ..definitions import APPROVER, ProcedureDefinition
from ..models import Case, Task
from . import process

MIGRATE = "packs.apply"
"""Who may publish a version may move cases to it."""
LOOKED_AT = 5_000
"""Cases of one dry run; the page says where there are more."""


def migrate_cases(
    actor: Actor,
    procedure: str,
    to_version: int,
    *,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = True,
    cases: Iterable[UUID] | None = None,
) -> Migration:
    """Move the running cases of a procedure (or the `cases` among them) to a published version.

    A token stands in the new drawing at the element of its own id, or at the one that `mapping` gives for it. By when
    a step is due stays as it is, and a timer keeps its moment. With `dry_run` nothing is written. Otherwise each case
    is a transaction of its own, with its lock, a line of its timeline and an audit row; what has no place is named,
    with the reason, and stays on its version.

    Raises Forbidden without `packs.apply`, NotFound where there is no such version, Invalid where the mapping names an
    element that the version has not.
    """
    if not actor.system and not actor.may(MIGRATE):
        raise Forbidden()
    target, mapping = workflow.procedure(procedure, to_version), dict(mapping or {})
    if unknown := sorted(set(mapping.values()) - workflow.elements(target)):
        raise Invalid({"mapping": [_("Bản %(version)s không có phần tử %(element)s") % {
            "version": to_version, "element": ", ".join(unknown)}]})  # fmt: skip
    rows = Case.objects.filter(procedure=procedure, ended_at=None).exclude(version=to_version)
    if cases is not None:
        rows = rows.filter(pk__in=list(cases))
    ids = list(rows.order_by("id").values_list("pk", flat=True)[: LOOKED_AT + 1 if dry_run else None])
    more = dry_run and len(ids) > LOOKED_AT
    moved, unplaced = 0, []
    for case_id in ids[:LOOKED_AT] if dry_run else ids:
        try:
            moved += _migrate(actor, case_id, target, mapping, dry_run=dry_run)
        except _Stays as stays:
            unplaced.append(stays.line)
    return Migration(procedure, to_version, dry_run, moved, tuple(unplaced), more)


class _Stays(Exception):
    def __init__(self, line: Unplaced) -> None:
        super().__init__(line.code)
        self.line = line


def _migrate(actor: Actor, case_id: UUID, target: Compiled, mapping: Mapping[str, str], *, dry_run: bool) -> bool:
    with transaction.atomic():
        rows = Case.objects.filter(pk=case_id, ended_at=None).exclude(version=target.version)
        case = (rows if dry_run else rows.select_for_update()).first()
        if case is None or case.workflow is None:
            return False  # it has ended, or was moved meanwhile
        now = timezone.now()
        try:
            moved = _placed(case, target, mapping, now)
        except workflow.NotPlaced as error:
            why = _why(error, workflow.procedure(case.procedure, case.version).model)
            raise _Stays(Unplaced(case.pk, case.code, case.version, why)) from error
        except workflow.Undecided as error:
            raise _Stays(Unplaced(case.pk, case.code, case.version, str(error))) from error
        if not dry_run:
            _carry_out(actor, case, target, mapping, moved)
    return True


def _placed(case: Case, target: Compiled, mapping: Mapping[str, str], now: datetime) -> workflow.Moved:
    found = workflow.procedure(case.procedure, case.version)
    return workflow.place(found, target, case.workflow, process.values_of(case, found.model), mapping, now=now)


def _carry_out(actor: Actor, case: Case, target: Compiled, mapping: Mapping[str, str], moved: workflow.Moved) -> None:
    old = case.version
    closes, opens = [], []
    for task in Task.objects.filter(case=case, completed_at=None):
        step = mapping.get(task.step, task.step)
        role = workflow.role(target, step)
        if step != task.step:
            closes.append(task.step)
            opens.append(step)
        task.step, task.role = step, case.form["approver"] if role == APPROVER else role
        task.save(update_fields=["step", "role"])
    case.version, case.workflow, case.wakes_at = target.version, moved.state, moved.wakes
    case.revision += 1
    case.save(update_fields=["version", "workflow", "wakes_at", "revision"])
    told = {"from": old, "to": target.version, "closes": closes, "opens": opens}
    timeline.write(actor, case, "migrated", at=timezone.now(), **told)
    audit.record(actor, "case.migrate", f"case:{case.pk}", **{"from": old, "to": target.version})


def _why(error: workflow.NotPlaced, model: ProcedureDefinition) -> str:
    """Why a case stays, in words."""
    label = next((str(s.label) for s in model.steps if s.name == error.element), "")
    label = label or workflow.label(model, error.element) or error.element
    words = {
        "gone": _("đang ở “%(element)s”, bản mới không có phần tử này"),
        "kind": _("đang ở “%(element)s”, trong bản mới là việc khác loại"),
        "join": _("đang chờ ở “%(element)s”, bản mới nối các nhánh khác"),
        "form": _("bản mới quyết định theo “%(element)s”, hồ sơ không có thông tin này"),
        "type": _("thông tin “%(element)s” trong bản mới thuộc kiểu khác"),
        "moved": _("ở bản mới hồ sơ sẽ đứng ở chỗ khác chứ không ở “%(element)s”"),
    }
    return words[error.why] % {"element": label}
