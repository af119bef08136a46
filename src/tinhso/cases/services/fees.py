"""Fees in the life of a case: asked when they are due. While one that is due at receipt or at the result is not paid
the clock stands (status 6 of the national portal), and the result is not handed over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from tinhso.documents import services as documents
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict
from tinhso.kernel.packs import Compiled
from tinhso.payments import queries as orders
from tinhso.payments import services as payments
from tinhso.payments.contracts import OrderRef

from .. import fees, policy, timeline, workflow
from ..contracts import CASE_PAID, CASE_PAUSED, CASE_RESUMED
from ..models import Case, CaseEvent, Pause, Status, Task
from .due import run_on, stand, watch_task

PAYMENT = "payment"
DUE = "due"
"""Where a task keeps its due time while the clock stands: it is in nobody's queue then."""


def ask(actor: Actor, case: Case, found: Compiled, due: str) -> OrderRef | None:
    """Ask for what the case owes at this moment (submit, receive, result); None where it owes nothing."""
    lines = fees.owed(found.model, case.form, due)
    if not lines or case.internal:
        return None
    return payments.ask(
        actor,
        payer=case.person,
        subject=f"case:{case.pk}",
        purpose=due,
        lines=lines,
        agency=case.agency_id,
        payer_name=case.applicant,
        title=f"{found.model.name.vi}, hồ sơ {case.code}",
        demo=case.demo,
    )


def unpaid(case: Case) -> list[OrderRef]:
    """What was asked for the case and is not wholly paid."""
    return [order for order in orders.orders_of(f"case:{case.pk}") if order.is_open]


def outstanding(case: Case, found: Compiled) -> bool:
    """Whether the case owes, or will owe with its result, what is not paid: its result is then not given yet."""
    return bool(found.model.all_fees) and (
        bool(unpaid(case)) or any(fees.owed(found.model, case.form, due) for due in ("result",))
    )


def after_move(actor: Actor, case: Case, found: Compiled, kind: str, now: datetime) -> bool:
    """A case has moved: ask for what is due now. True where the clock was stopped until it is paid."""
    if not found.model.all_fees or case.ended_at or case.paused_at:
        return False
    if kind == "received":
        order = ask(actor, case, found, "receive")
        waits = order is not None and order.is_open
    elif case.status == Status.PROCESSED:
        ask(actor, case, found, "result")
        waits = bool(unpaid(case))
    else:
        return False
    if waits:
        _pause(actor, case, now)
    return waits


def _pause(actor: Actor, case: Case, now: datetime) -> None:
    stand(case, PAYMENT, "", now)
    for task in Task.objects.filter(case=case, completed_at=None, due_at__isnull=False):
        task.payload = task.payload | {DUE: task.due_at.isoformat() if task.due_at else ""}
        task.due_at = None
        watch_task(task)
        task.save(update_fields=["payload", "due_at", "alarm_at", "told"])
    case.status = Status.PAYMENT
    case.revision += 1
    case.save(update_fields=["paused_at", "status", "revision"])
    timeline.write(
        system("cases.fees"),
        case,
        "payment-asked",
        at=now,
        status=int(case.status),
        vnd=sum(o.rest for o in unpaid(case)),
    )
    events.publish(actor, CASE_PAUSED, f"case:{case.pk}", why=PAYMENT, **_where(case))


def hear_payment(order_id: UUID) -> None:
    """An order is wholly paid: say so on the case that asked; the clock runs again once nothing is owed. Heard again it
    is heard."""
    order = orders.order(order_id)
    prefix, _colon, key = order.subject.partition(":")
    if prefix != "case":
        return
    actor, now = system("cases.hear-payment"), timezone.now()
    with transaction.atomic():
        case = policy.get(actor, UUID(key), lock=True)
        said = CaseEvent.objects.filter(case=case, kind__in=("paid", "payment-received"), data__order=str(order.id))
        if said.exists():
            return
        pause = Pause.objects.filter(case=case, kind=PAYMENT, until=None).first()
        told = {"order": str(order.id), "vnd": order.amount}
        if pause is None or unpaid(case):
            timeline.write(actor, case, "paid", at=now, **told)
        else:
            before = timeline.of_case(case.pk).exclude(kind="payment-asked")
            lift(case, now)
            case.status = timeline.replay(before).status
            timeline.write(
                actor, case, "payment-received", at=now, status=int(case.status),
                due=case.due_at.isoformat() if case.due_at else None, **told,
            )  # fmt: skip
            case.revision += 1
            case.save(update_fields=["due_at", "alarm_at", "told", "paused_at", "status", "revision"])
            events.publish(actor, CASE_RESUMED, f"case:{case.pk}", why=PAYMENT, **_where(case))
            _go_on(actor, case, now)
        audit.record(actor, "case.paid", f"case:{case.pk}", order=str(order.id), amount=order.amount)
        events.publish(actor, CASE_PAID, f"case:{case.pk}", order=str(order.id), amount=order.amount, **_where(case))


def lift(case: Case, now: datetime) -> None:
    """The clock runs again, for the case and the tasks that stood in nobody's queue. The caller saves the case and
    writes the timeline."""
    for task in Task.objects.filter(case=case, completed_at=None, payload__has_key=DUE):
        task.due_at = parse_datetime(task.payload.pop(DUE))
        task.save(update_fields=["payload", "due_at"])
    run_on(case, workflow.procedure(case.procedure, case.version).model, now)


def _go_on(actor: Actor, case: Case, now: datetime) -> None:
    """What waited for the money: the result becomes the applicant's, and an online case is returned."""
    from .moving import return_online

    if "result" in case.results and case.person and case.status == Status.PROCESSED:
        documents.hand_over(actor, UUID(case.results["result"]), case.person)
    opened = list(Task.objects.filter(case=case, completed_at=None))
    return_online(case, workflow.procedure(case.procedure, case.version), opened, now)


def free_to_work(case: Case, *, refusing: bool, now: datetime) -> bool:
    """Before an officer completes a task: Conflict while the case waits for its fee. Refusing it ends the waiting, and
    moves the due time: then True."""
    pause = Pause.objects.filter(case=case, kind=PAYMENT, until=None).first() if case.paused_at else None
    if pause is None:
        return False
    if not refusing:
        raise Conflict(
            _("Hồ sơ đang chờ người nộp nộp phí, lệ phí; nộp xong thì bước này làm tiếp được."),
            title=_("Đang chờ nộp phí, lệ phí"),
        )
    lift(case, now)
    return True


def call_off(actor: Actor, case: Case) -> None:
    """A case that ended without its result is asked for nothing more."""
    if case.outcome != "returned" and not case.internal:
        payments.cancel(actor, f"case:{case.pk}", why=case.outcome)


def _where(case: Case) -> dict[str, str]:
    return {"procedure": case.procedure, "agency": str(case.holder_id), "unit": case.unit, "code": case.code}
