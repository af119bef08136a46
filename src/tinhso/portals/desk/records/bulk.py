"""/desk/so/<sổ>/sua-nhieu: the same change of many records: chosen, previewed, done, watched, taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.fields.base import bind, raw_of
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import BulkView, Change

from .. import listing
from .acts import need_keeper, role_words

EDIT = may("registers.edit")
LONE = frozenset({"person", "file", "table", "geometry"})
"""Types whose value is one record's own: nobody sets them for many at once."""


@route(EDIT)
def bulk_edit(request: HttpRequest, register: str) -> HttpResponse:
    """Choose fields and their new values for the records of a list's filters, or for those ticked (`ids`)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    of, posted = registers.definition(register), request.POST
    names = registers.editable(actor, register)
    specs = [of.fields[n].spec for n in names if of.fields[n].spec.type not in LONE]
    ids = [UUID(one) for one in request.GET.getlist("ids") if listing.is_id(one)]
    found = listing.read_whole(actor, of, request.GET)
    errors: dict[str, Any] = {}
    raw = {s.name: raw_of(posted, s) for s in specs}
    chosen = {s.name: posted.get(f"_do.{s.name}", "") for s in specs}
    if request.method == "POST":
        values: dict[str, Any] = {}
        for spec in specs:
            if chosen[spec.name] == "empty":
                values[spec.name] = None
            elif chosen[spec.name] == "set":
                try:
                    values[spec.name] = spec.kind.read(raw[spec.name], spec.settings())
                    if values[spec.name] is None:
                        raise Invalid(_("Xin nhập giá trị mới, hoặc chọn để trống"))
                except Invalid as error:
                    errors |= {f"{spec.name}.{p}" if p else spec.name: m for p, m in error.errors.items()}
        if not errors:
            try:
                edit = services.prepare_bulk(
                    actor, register, values, why=posted.get("why", ""), ids=ids, where=found.where, search=found.search
                )
            except Invalid as error:
                errors = dict(error.errors)
            else:
                return redirect("desk-bulk", register, edit)
    count = None
    if not ids:
        try:
            count = registers.count_estimate(actor, register, where=found.where, search=found.search)
        except Invalid as error:
            errors |= {"": [m for found in error.errors.values() for m in found]}
    fields = [{"bound": b, "do": chosen[b.name], "may_empty": b.optional} for b in bind(specs, raw, errors)]
    known = {s.name for s in specs}
    context = {
        "register": register,
        "of": of.definition,
        "fields": fields,
        "bound": [one["bound"] for one in fields],
        "errors": errors,
        "other_errors": {p: m for p, m in errors.items() if p.partition(".")[0] not in known},
        "count": count,
        "ticked": len(ids),
        "why": posted.get("why", ""),
        "conditions": found.words(),
    }
    return render(request, "desk/bulk_form.html", context, status=422 if errors else 200)


@route(may("registers.see"))
def bulk(request: HttpRequest, register: str, bulk_id: UUID) -> HttpResponse:
    """A bulk edit: before it is done what it would do, then how far it is and what was refused."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _found(actor, register, bulk_id)
    problem = ""
    status = 200
    if request.method == "POST":
        need_keeper(actor, register)
        verb = "unbulk" if "undo" in request.POST else "bulk"
        change = Change(register, verb, found.why, of=bulk_id)
        try:
            written = services.hand_in(actor, change, request_key=f"{verb}:{bulk_id}")
        except Conflict as error:
            problem, status = error.detail, error.status
        else:
            if written.proposal:
                messages.success(request, _("Đã gửi đề nghị. Chưa có gì thay đổi trong sổ."))
                return redirect("desk-proposal", register, written.proposal)
            return redirect("desk-bulk", register, bulk_id)
    context = _context(actor, register, found) | {"problem": problem}
    return render(request, "desk/bulk.html", context, status=status)


@route(may("registers.see"))
def bulk_state(request: HttpRequest, register: str, bulk_id: UUID) -> HttpResponse:
    """The part of the page that moves while the worker is at it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(request, "desk/bulk_state.html", _context(actor, register, _found(actor, register, bulk_id)))


def _context(actor: Actor, register: str, found: BulkView) -> dict[str, Any]:
    of = registers.definition(register)
    return {
        "register": register,
        "of": of.definition,
        "bulk": found,
        "good": found.total - found.refused,
        "through": found.total - found.waiting if found.state != "undoing" else found.undone + found.kept,
        "approver": role_words(of),
        "may_write": registers.keeps(actor, register),
    }


def _found(actor: Actor, register: str, bulk_id: UUID) -> BulkView:
    found = registers.bulk(actor, bulk_id)
    if found.register != register:
        raise NotFound()
    return found
