"""/desk/so/<sổ>/de-nghi: changes that wait for approval, and what became of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services

from .acts import role_words

SEE = may("registers.see")


@route(SEE)
def proposals(request: HttpRequest, register: str) -> HttpResponse:
    """The changes proposed to a register, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    context = {
        "register": register,
        "of": of.definition,
        "rows": registers.proposals(actor, register),
        "approver": role_words(of),
    }
    return render(request, "desk/proposals.html", context)


@route(SEE)
def proposal(request: HttpRequest, register: str, proposal_id: UUID) -> HttpResponse:
    """One proposed change: what would change, who decides, what was decided and why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    found = registers.proposal(actor, register, proposal_id)
    known = cases.visible_refs(actor, {found.case}) if found.case else {}
    context = {
        "register": register,
        "of": of.definition,
        "proposal": found,
        "case": known.get(found.case) if found.case else None,
        "approver": role_words(of),
    }
    return render(request, "desk/proposal.html", context)


@route(SEE)
@require_POST
def withdraw(request: HttpRequest, register: str, proposal_id: UUID) -> HttpResponse:
    """Take back one's own proposal that nobody has decided on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    registers.proposal(actor, register, proposal_id)
    try:
        services.withdraw_proposal(actor, proposal_id)
    except Conflict as problem:
        messages.warning(request, str(problem.detail))
    else:
        messages.success(request, _("Đã rút đề nghị; sổ giữ nguyên."))
    return redirect("desk-proposal", register, proposal_id)
