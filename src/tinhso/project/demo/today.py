"""What is under way on the day of the first visit, done through the platform's own verbs: applications with their fees,
an opinion that is awaited, a new date, signatures to be given, people at a counter. One commune, a handful of each;
the rest of the story is loaded at once (history.py)."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from tinhso.cases import queries, services
from tinhso.cases.services import counter
from tinhso.identity import queries as identity
from tinhso.identity.contracts import AgencyRef
from tinhso.kernel import calendar
from tinhso.kernel.actor import Actor
from tinhso.payments import queries as orders
from tinhso.payments import services as payments

from .history import EXTRACT

QUESTION = "Số định danh trong Sổ khác Cơ sở dữ liệu dân cư; có cấp bản sao theo Sổ được không?"
DELAY = "Sổ đăng ký của xã cũ đang được đối chiếu sau sắp xếp đơn vị hành chính"
TICKETS = (
    ("civil-status", "elderly"), ("civil-status", ""), ("land", ""), ("results", ""), ("civil-status", "pregnant"),
    ("business", ""), ("other", ""),
)  # fmt: skip


def officer(agency: AgencyRef, role: str) -> Actor | None:
    """Who sits in the agency's post of a role; None where nobody does."""
    seat = next((seat for seat in identity.posts(agency.id) if role in seat.roles and seat.account), None)
    return identity.actor_in_post(seat.account, seat.id) if seat and seat.account else None


def happen(agency: AgencyRef, citizen: Actor, births: list[UUID], adviser: UUID | None) -> int:
    """Let it happen in a commune whose desks are laden already; returns how many deeds were done. `births` are
    registrations that name the citizen, `adviser` a post of the province that may be asked."""
    desk, clerk, chair = (officer(agency, role) for role in ("one-stop", "civil-status", "chair"))
    if not (desk and clerk and chair):
        return 0
    return _applies(citizen, births, desk) + _asks(clerk, chair, adviser) + _apologises(clerk) + _signs(chair)


def _applies(citizen: Actor, births: list[UUID], desk: Actor) -> int:
    """Two copies are asked for online: the fee of one is paid at the counter, that of the other is still due."""
    for number, birth in enumerate((births * 2)[:2]):
        draft = services.start_draft(citizen, EXTRACT)
        services.save_draft(citizen, draft.id, {"birth": str(birth), "copies": str(number + 1)})
        case = services.submit(citizen, draft.id)
        if number == 0:
            for order in orders.orders_of(f"case:{case.id}"):
                payments.take_at_counter(desk, order.id, method="cash", amount=order.rest)
            task = queries.case(desk, case.id).open_task
            if task:
                services.complete(desk, task.id, "done")
    return min(2, len(births) * 2)


def _asks(clerk: Actor, chair: Actor, adviser: UUID | None) -> int:
    """The clerk waits for the opinion of the chair and of a department on the case that is due next."""
    row = next((row for row in queries.inbox(clerk).rows if not row.late and row.step == "verify"), None)
    if row is None:
        return 0
    due = calendar.add_working_hours(timezone.now(), 4)
    to = [services.Asked(post, due) for post in (chair.post, adviser) if post]
    services.claim(clerk, row.task)
    return len(services.ask_opinions(clerk, row.case, to, QUESTION, waits=True))


def _apologises(clerk: Actor) -> int:
    row = next((row for row in queries.inbox(clerk).rows if row.late and row.step == "verify"), None)
    if row is None:
        return 0
    until = calendar.next_working_day(timezone.localdate() + timedelta(days=3))
    services.redate(clerk, row.case, until, DELAY)
    return 1


def _signs(chair: Actor) -> int:
    """What waits for the chair's signature lies together, to be looked through and signed at once."""
    tasks = [row.task for row in queries.inbox(chair).rows if row.step == "approve"]
    if not tasks:
        return 0
    services.prepare_batch(chair, "approve", tasks[:5])
    return 1


def queue(centre: AgencyRef) -> int:
    """One window of a centre is open and somebody is being served there, others wait; returns how many came."""
    desk = officer(centre, "one-stop")
    if desk is None:
        return 0
    counter.sit(desk, counter.open_window(desk, 1))
    counter.open_window(desk, 2, ["land", "business"])
    for group, priority in TICKETS:
        counter.give_ticket(desk, group, priority)
    counter.call_next(desk)
    counter.begin(desk)
    return len(TICKETS)
