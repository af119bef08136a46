"""/desk/quay/ngay: the end of a day, to be printed; /desk/quay/thong-ke: waiting and serving by day."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tinhso.cases.queries import counter as queries
from tinhso.kernel.actor import Actor
from tinhso.kernel.policy import route
from tinhso.portals import days

from .tabs import AT_COUNTER, around


@route(AT_COUNTER)
def day(request: HttpRequest) -> HttpResponse:
    """What was taken in and given back on a day, by window and officer."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = timezone.localdate()
    typed = request.GET.get("ngay", days.typed(today))
    errors: dict[str, list[Any]] = {}
    chosen = days.read(typed, "ngay", errors) or today
    context = around("desk-counter-day") | {
        "report": queries.report(actor, chosen),
        "typed": typed,
        "errors": errors,
        "may_money": actor.may("payment.see"),
    }
    return render(request, "desk/counter/day.html", context, status=422 if errors else 200)


@route(AT_COUNTER)
def figures(request: HttpRequest) -> HttpResponse:
    """How long people waited, day by day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.days(actor)
    here = queries.centre(actor)
    letters = {one.letter: one.label for one in queries.groups(here.id)}
    context = around("desk-counter-figures") | {"days": found, "centre": here, "letters": letters}
    return render(request, "desk/counter/figures.html", context)
