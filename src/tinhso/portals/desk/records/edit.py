"""/desk/so/<sổ>/moi, …/sua, …/ket-thuc, …/khoi-phuc/<lần>: one record, written by hand."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, StaleRevision
from tinhso.kernel.fields.places import unit_words
from tinhso.kernel.policy import may, route
from tinhso.portals import days
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import Change, Record, Version, Written
from tinhso.territory import queries as territory

from .. import listing
from .acts import key_of, need_keeper, revision_of, role_words
from .form import PASTED, THEIRS, Form, words

EDIT = may("registers.edit")


@route(EDIT)
def new(request: HttpRequest, register: str) -> HttpResponse:
    """A record that is entered by hand. Sent twice it is one record."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    form = Form(actor, register)
    key = key_of(request.POST)
    posted = request.POST
    typed = {
        "on": posted.get("valid_from", days.typed(timezone.localdate())),
        "unit": posted.get("unit", ""),
        "why": posted.get("why", ""),
    }
    status = 200
    if request.method == "POST":
        values = form.read(request)
        day = days.read(typed["on"], "valid_from", form.errors)
        status = 422
        if "_find" not in posted and not form.errors and not _opens_more(request, form):
            change = Change(register, "create", typed["why"], values=values, on=day, unit=typed["unit"].strip())
            try:
                written = services.hand_in(actor, change, request_key=key)
            except Invalid as error:
                form.errors = dict(error.errors)
            except Conflict as problem:
                form.errors, status = {"": [problem.detail]}, problem.status
            else:
                return _done(request, register, written, _("Đã ghi vào sổ."), draft=f"{register}.moi")
        status = 200 if "_find" in posted and not form.errors else status
    return _page(request, form, typed, status=status, key=key)


@route(EDIT)
def edit(request: HttpRequest, register: str, record_id: UUID) -> HttpResponse:
    """A record as it stands, to be changed; where a colleague was quicker, both versions side by side."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    found = registers.get(actor, register, record_id)
    form, posted = Form(actor, register, found), request.POST
    typed = {"why": posted.get("why", ""), "kind": posted.get("_kind", ""), "on": posted.get("valid_from", "")}
    key = key_of(posted)
    if request.method != "POST":
        return _page(request, form, typed, key=key)
    seen = revision_of(posted.get("revision", "")) or found.ref.revision
    if seen != found.ref.revision:
        return _conflict(request, form, found, seen, typed)
    values = form.read(request)
    theirs = {name.partition(".")[2] for name in posted if name.startswith(f"{THEIRS}.")}
    changes = {name: value for name, value in form.changed(values).items() if name not in theirs}
    day = None
    if typed["kind"] == "change":
        day = days.read(typed["on"], "valid_from", form.errors)
        if day is None and "valid_from" not in form.errors:
            form.errors["valid_from"] = [_("Xin nhập ngày thay đổi bắt đầu đúng")]
    elif typed["kind"] != "correct":
        form.errors["_kind"] = [_("Xin chọn: thay đổi ngoài đời, hay sửa cho đúng")]
    if not typed["why"].strip():
        form.errors["why"] = [_("Xin nêu lý do thay đổi")]
    status = 200 if "_find" in posted else 422
    if "_find" not in posted and not form.errors and not _opens_more(request, form):
        if not changes:
            messages.info(request, _("Không có gì khác so với bản đang có; không ghi bản mới."))
            return redirect("desk-record", register, record_id)
        change = Change(register, "update", typed["why"], record_id, seen, changes, day)
        try:
            written = services.hand_in(actor, change, request_key=key)
        except StaleRevision:
            return _conflict(request, form, registers.get(actor, register, record_id), seen, typed)
        except Invalid as error:
            form.errors = dict(error.errors)
        except Conflict as problem:
            form.errors, status = {"": [problem.detail]}, problem.status
        else:
            return _done(request, register, written, _("Đã ghi bản mới."), undo=seen, draft=f"{register}.{record_id}")
    return _page(request, form, typed, status=status, key=key)


def _conflict(request: HttpRequest, form: Form, now: Record, seen: int, typed: dict[str, str]) -> HttpResponse:
    """Somebody changed it meanwhile: what they changed is in the form where the officer left it alone; where both
    wrote, what was typed stays, with theirs beside it."""
    versions = registers.history(form.actor, form.register, now.ref.id)
    then = next((v for v in versions if v.revision == seen), None)
    if then is None:
        raise NotFound()
    form.since(_as_record(now, then))
    mine = form.read(request)
    changed, of = form.changed(mine), form.of
    moved = [s.name for s in form.specs if now.values.get(s.name) != form.before[s.name]]
    if changed and all(now.values.get(name) == value for name, value in changed.items()):
        messages.info(request, _("Thay đổi này đã có trong bản mới nhất."))
        return redirect("desk-record", form.register, now.ref.id)
    fresh = Form(form.actor, form.register, now)
    shown = {"then": words(of, form.before, moved), "now": words(of, now.values, moved), "mine": words(of, mine, moved)}
    both = [name for name in moved if name in changed and mine[name] != now.values.get(name)]
    for spec in form.specs:
        if spec.name in changed:
            fresh.raw[spec.name] = form.raw[spec.name]
    fresh.found = form.found
    fresh.errors = {path: m for path, m in form.errors.items() if path.partition(".")[0] in changed}
    fresh.theirs = {name: shown["now"][name] or _("(trống)") for name in both}
    rows = [
        {"label": of.fields[name].spec.words, "then": shown["then"][name], "now": shown["now"][name],
         "mine": shown["mine"][name] if name in changed else "", "both": name in both}
        for name in moved
    ]  # fmt: skip
    last = versions[0]
    context = {"conflict": rows, "last": last}
    return _page(request, fresh, typed, status=412, **context)


def _as_record(now: Record, then: Version) -> Record:
    from dataclasses import replace

    return replace(now, values=then.values)


@route(EDIT)
def end(request: HttpRequest, register: str, record_id: UUID) -> HttpResponse:
    """Say from which day a record no longer holds, and why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    found = registers.get(actor, register, record_id)
    errors: dict[str, Any] = {}
    typed = {"on": days.typed(timezone.localdate()), "why": "", "revision": str(found.ref.revision)}
    status = 200
    if request.method == "POST":
        typed |= {name: request.POST.get(name, "") for name in ("on", "why", "revision")}
        day = days.read(typed["on"], "on", errors)
        if day is None and not errors:
            errors["on"] = [_("Xin nhập ngày kết thúc")]
        status = 422
        if not errors:
            revision = revision_of(typed["revision"])
            change = Change(register, "end", typed["why"], record_id, revision, on=day)
            try:
                written = services.hand_in(actor, change)
            except Invalid as error:
                errors = dict(error.errors)
            except (StaleRevision, Conflict) as problem:
                errors, status = {"": [problem.detail]}, problem.status
                typed["revision"] = str(registers.get(actor, register, record_id).ref.revision)
            else:
                return _done(request, register, written, _("Đã kết thúc bản ghi."), undo=revision)
    context = _frame(actor, register, found) | {"typed": typed, "errors": errors}
    return render(request, "desk/record_end.html", context, status=status)


@route(EDIT)
def restore(request: HttpRequest, register: str, record_id: UUID, revision: int) -> HttpResponse:
    """Give a record again what it held at an earlier revision: first what that would change, then the deed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    found = registers.get(actor, register, record_id)
    versions = registers.history(actor, register, record_id)
    then = next((v for v in versions if v.revision == revision), None)
    if then is None:
        raise NotFound()
    of, newest = registers.definition(register), versions[0]
    why = request.POST.get("why", _("Khôi phục bản %(n)d") % {"n": revision})
    errors: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        seen = revision_of(request.POST.get("revision", ""))
        change = Change(register, "restore", why, record_id, seen, to_revision=revision)
        try:
            written = services.hand_in(actor, change)
        except Invalid as error:
            errors, status = dict(error.errors), 422
        except (StaleRevision, Conflict) as problem:
            errors, status = {"": [problem.detail]}, problem.status
        else:
            return _done(request, register, written, _("Đã khôi phục."), undo=newest.revision)
    context = _frame(actor, register, found) | {
        "changes": registers.differences(of, newest, then),
        "lives": newest.valid_until is not None,
        "then": then,
        "why": why,
        "errors": errors,
    }
    return render(request, "desk/record_restore.html", context, status=status)


def _opens_more(request: HttpRequest, form: Form) -> bool:
    more = form.opened(request)
    if more:
        form.errors[""] = [_("Câu trả lời vừa chọn mở thêm mục: %(labels)s.") % {"labels": ", ".join(more)}]
    return bool(more)


def _frame(actor: Actor, register: str, record: Record | None) -> dict[str, Any]:
    of = registers.definition(register)
    return {
        "register": register,
        "of": of.definition,
        "record": record,
        "title": (record.display or str(of.definition.name)) if record else "",
        "approver": role_words(of),
        "demo": record.demo if record else False,
    }


def _page(request: HttpRequest, form: Form, typed: dict[str, str], *, status: int = 200, **more: Any) -> HttpResponse:
    sections = form.sections()
    shown = [one for section in sections for one in section.fields]
    context = _frame(form.actor, form.register, form.record) | {
        "sections": sections,
        "bound": [one.bound for one in shown],
        "names": [one.bound.name for one in shown],
        "errors": form.errors,
        "other_errors": form.other_errors,
        "typed": typed,
        "maps": any(s.type == "geometry" and s.settings().shape not in PASTED for s in form.specs),
        "communes": _communes(form.actor) if any(s.type == "unit" for s in form.specs) else [],
        "communes_id": "communes",
        "masked": [form.of.fields[n].spec.words for n in form.of.fields if n not in {s.name for s in form.specs}],
        "asks_unit": form.record is None and not form.of.definition.unit and not _in_a_commune(form.actor),
        "draft": f"{form.register}.{form.record.ref.id if form.record else 'moi'}",
        "key": str(uuid4()),
    }
    return render(request, "desk/record_form.html", context | more, status=status)


def _communes(actor: Actor) -> list[str]:
    """The names that a field of a commune takes, to be chosen from while typing."""
    here = territory.unit(actor.unit)
    if here is None:
        return []
    codes = [here.code] if here.is_commune else [code for code, _name in listing.communes(actor)]
    return [unit_words(code) for code in codes]


def _in_a_commune(actor: Actor) -> bool:
    here = territory.unit(actor.unit)
    return bool(here and here.is_commune)


def _done(
    request: HttpRequest, register: str, written: Written, said: str, *, undo: int = 0, draft: str = ""
) -> HttpResponse:
    """On to the record, with the way back beside the confirmation; a proposal says who has to agree."""
    done = format_html('<span data-draft-done="{}"></span>', draft) if draft else ""
    if written.proposal:
        address = reverse("desk-proposal", args=[register, written.proposal])
        role = role_words(registers.definition(register))
        told = _("Đã gửi đề nghị, chờ %(role)s duyệt. Chưa có gì thay đổi trong sổ.") % {"role": role}
        messages.success(request, format_html("{}{}", told, done))
        return redirect(address)
    assert written.ref
    address = reverse("desk-record", args=[register, written.ref.id])
    link = ""
    if undo:
        back = reverse("desk-record-restore", args=[register, written.ref.id, undo])
        back += "?" + urlencode({"hoan-tac": 1})
        link = format_html(' <a class="govuk-link" href="{}">{}</a>', back, _("Hoàn tác"))
    messages.success(request, format_html("{}{}{}", said, link, done))
    return redirect(address)
