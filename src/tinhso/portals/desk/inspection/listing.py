"""What an inspector has before them, and beginning a planned inspection."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.cases import services
from tinhso.cases.queries import inspection as inspections
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers.contracts import Record

DOES = may("inspection.do")


@route(DOES)
def home(request: HttpRequest) -> HttpResponse:
    """Running inspections, plans, findings that are late, ended ones."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    work = inspections.inspections(actor)

    def named(records: tuple[Record, ...]) -> list[dict[str, Any]]:
        return [{"id": r.ref.id, "name": work.names.get(r.values["enterprise"], ""), **r.values} for r in records]

    context = {
        "running": named(work.running),
        "planned": work.planned,
        "done": named(work.done),
        "late": [one.values | {"id": one.ref.id} for one in work.late],
        "demo": any(one.demo for one in (*work.running, *work.done, *work.late)),
    }
    return render(request, "desk/inspection/home.html", context)


@route(DOES)
def begin(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """The form that begins the inspection of a plan, and beginning it. What is wrong comes back as it was typed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    plan = next((one for one in inspections.inspections(actor).planned if one.id == plan_id), None)
    if plan is None:
        raise NotFound()
    lists = [(str(one.ref.id), one.display) for one in inspections.checklists(actor)]
    number, chosen = request.POST.get("number", "").strip(), request.POST.get("checklist", "")
    errors: dict[str, Any] = {}
    if request.method == "POST":
        if chosen not in dict(lists):
            errors["checklist"] = [_("Xin chọn một danh mục")]
        if not number:
            errors["number"] = [_("Xin nhập mục này")]
        if not errors:
            try:
                ref = services.begin_inspection(actor, plan_id, number, UUID(chosen))
            except Invalid as error:
                errors = dict(error.errors)
            except Conflict as problem:
                messages.warning(request, str(problem.detail))
                return redirect("desk-inspections")
            else:
                return redirect("desk-inspection", ref.id)
    context = {"plan": plan, "lists": lists, "number": number, "chosen": chosen, "errors": errors}
    return render(request, "desk/inspection/begin.html", context, status=422 if errors else 200)
