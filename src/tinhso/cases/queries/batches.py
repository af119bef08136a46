"""Bulk deeds as their pages show them: what was chosen, what became of each."""

from uuid import UUID

from django.db.models import Count, Q

from tinhso.identity.queries import posts_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import form, workflow
from ..bpmn import PLATFORM
from ..contracts import BatchLine, BatchRef, BatchView, Colleague
from ..models import Batch, BatchItem, Case, Task
from ..services.batches import ASSIGN, SIGN
from .around import able_colleagues
from .casepage import log_look, title


def batch(actor: Actor, batch_id: UUID) -> BatchView:
    """A bulk deed of the actor's own. While it is reviewed each case says what was asked, and the looks are logged; a
    signature says how far it is. Raises NotFound."""
    row = _own(actor, batch_id)
    items = list(BatchItem.objects.filter(batch=row).order_by("place"))
    cases = {one.pk: one for one in Case.objects.filter(pk__in=[item.case for item in items]).defer("workflow")}
    tasks = dict(Task.objects.filter(pk__in=[item.task for item in items]).values_list("pk", "due_at"))
    signing = _signing(row, items)
    names = {one: f"{ref.holder} ({ref.title})" for one, ref in posts_by_id({i.to for i in items if i.to}).items()}
    lines = []
    for item in items:
        case = cases[item.case]
        model = workflow.procedure(case.procedure, case.version).model
        reviewed = row.state == "ready" and item.state == "waiting"
        if reviewed and row.kind == SIGN:
            log_look(actor, case, model)
        state, why = item.state, item.why
        if item.state == "done" and item.case in signing:
            state, why = signing[item.case]
        lines.append(
            BatchLine(
                place=item.place,
                task=item.task,
                case=item.case,
                code=item.code,
                title=title(model, case.subject),
                applicant=case.applicant,
                due_at=tasks.get(item.task),
                state=state,
                why=why,
                to=names.get(item.to, "") if item.to else "",
                sections=form.sections(model, case.form, case.prefilled) if reviewed and row.kind == SIGN else (),
            )
        )
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.state] = counts.get(line.state, 0) + 1
    return BatchView(
        id=row.pk,
        kind=row.kind,
        state=row.state,
        made_at=row.made_at,
        lines=tuple(lines),
        counts=counts,
        note=row.told.get("note", ""),
        needs_colleague=row.kind == ASSIGN,
        done_at=row.done_at,
    )


def batches(actor: Actor, limit: int = 30) -> tuple[BatchRef, ...]:
    """The actor's own bulk deeds, newest first."""
    rows = list(
        Batch.objects.filter(account=actor.account, post=actor.post).exclude(state="dropped").order_by("-id")[:limit]
    )
    failed = Count("pk", filter=Q(state="failed"))
    items = (
        BatchItem.objects.filter(batch__in=rows).order_by().values("batch").annotate(total=Count("pk"), failed=failed)
    )
    numbers = {one["batch"]: (one["total"], one["failed"]) for one in items}
    return tuple(BatchRef(row.pk, row.kind, row.state, row.made_at, *numbers.get(row.pk, (0, 0))) for row in rows)


def batch_colleagues(actor: Actor, batch_id: UUID) -> tuple[Colleague, ...]:
    """To whom all the tasks of a batch may be given: posts that do at least one of them."""
    row = _own(actor, batch_id)
    waiting = BatchItem.objects.filter(batch=row, state="waiting").values("task")
    tasks = set(Task.objects.filter(pk__in=waiting).values_list("agency_id", "role"))
    return able_colleagues({agency for agency, _role in tasks}, {role for _agency, role in tasks})


def _signing(row: Batch, items: list[BatchItem]) -> dict[UUID, tuple[str, str]]:
    """Of the cases approved here: which are being signed, and which cannot be, with the reason."""
    if row.kind != SIGN:
        return {}
    done = [item.case for item in items if item.state == "done"]
    waiting = Task.objects.filter(case__in=done, role=PLATFORM, completed_at=None).values_list("case_id", "payload")
    return {
        case: ("trouble", payload["trouble"]) if payload.get("trouble") else ("signing", "")
        for case, payload in waiting
    }


def _own(actor: Actor, batch_id: UUID) -> Batch:
    row = Batch.objects.filter(pk=batch_id, account=actor.account, post=actor.post).first()
    if row is None:
        raise NotFound()
    return row
