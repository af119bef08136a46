"""/desk/so/<sổ>/gop?ids=a,b: records of one thing beside each other, and the survivor put together field by field."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Problem, StaleRevision
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import Change, Record, Written

from .acts import need_keeper, revision_of, role_words
from .form import words

EDIT = may("registers.edit")
MOST, FOUND = 10, 20


@route(EDIT)
def merge(request: HttpRequest, register: str) -> HttpResponse:
    """Choose the survivor and each of its values; see what refers to the others; merge."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    asked = [part for one in request.GET.getlist("ids") for part in one.split(",") if part]
    ids = list(dict.fromkeys(map(_uuid, asked)))[: MOST + 1]
    records = [registers.get(actor, register, id) for id in ids]
    posted, of = request.POST, registers.definition(register)
    if len(records) == 1 and not records[0].valid_until:
        return _find_other(request, register, records[0])
    if not 2 <= len(records) <= MOST or any(one.valid_until for one in records):
        messages.warning(request, _("Xin chọn từ hai đến mười bản ghi đang có hiệu lực để gộp."))
        return redirect("desk-register", register)
    by_id = {str(one.ref.id): one for one in records}
    survivor = by_id.get(posted.get("_survivor", ""), records[0])
    errors: dict[str, Any] = {}
    status = 200
    strange = [name for name in posted if name.startswith("v.") and name.removeprefix("v.") not in survivor.values]
    if request.method == "POST":
        change = _change(register, posted, survivor, records)
        try:
            if strange:
                raise Conflict(_("Sổ đã đổi mẫu từ lúc mở trang này; chưa có gì được ghi, xin chọn lại."))
            if "_preview" not in posted:
                written = services.hand_in(
                    actor, change, request_key=f"merge:{survivor.ref.id}:{survivor.ref.revision}"
                )
                return _done(request, register, written)
        except Invalid as error:
            errors, status = dict(error.errors), 422
        except (StaleRevision, Conflict) as problem:
            errors, status = {"": [problem.detail]}, problem.status
    names = [n for n in registers.editable(actor, register) if n in survivor.values]
    context = {
        "register": register,
        "of": of.definition,
        "approver": role_words(of),
        "records": [{"record": one, "ticked": one is survivor} for one in records],
        "rows": [_row(of, n, records, survivor, posted) for n in names if _differ(n, records)],
        "alike": [of.fields[n].spec.words for n in names if not _differ(n, records)],
        "pointing": registers.pointing(actor, register, [r.ref.id for r in records if r is not survivor]),
        "errors": errors,
        "why": posted.get("why", ""),
    }
    return render(request, "desk/merge.html", context, status=status)


def _find_other(request: HttpRequest, register: str, record: Record) -> HttpResponse:
    """Which record is the same thing as this one: those that the last search for doubles found, and by words."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    asked = request.GET.get("q", "").strip()
    likely = []
    if of.definition.duplicates:
        pairs = registers.duplicates(actor, register).pairs
        likely = [
            (other, pair.score * 100)
            for pair in pairs
            for one, other in ((pair.one, pair.other), (pair.other, pair.one))
            if one.ref.id == record.ref.id
        ]
    found = registers.find(actor, register, search=asked, limit=FOUND, shows=of.in_display).records if asked else []
    context = {
        "register": register,
        "of": of.definition,
        "record": record,
        "likely": likely,
        "asked": asked,
        "found": [one for one in found if one.ref.id != record.ref.id and not one.valid_until],
    }
    return render(request, "desk/merge_find.html", context)


def _change(register: str, posted: Any, survivor: Record, records: Sequence[Record]) -> Change:
    """The survivor's new values: each from the record that was ticked for it; the key stays its own."""
    by_id = {str(one.ref.id): one for one in records}
    values = {}
    for name in survivor.values:
        source = by_id.get(posted.get(f"v.{name}", ""), survivor)
        if source.values.get(name) != survivor.values.get(name):
            values[name] = source.values.get(name)

    def seen(one: Record) -> int:
        return revision_of(posted.get(f"_seen.{one.ref.id}", "")) or one.ref.revision

    others = {one.ref.id: seen(one) for one in records if one is not survivor}
    return Change(register, "merge", posted.get("why", ""), survivor.ref.id, seen(survivor), values, others=others)


def _differ(name: str, records: Sequence[Record]) -> bool:
    return any(one.values.get(name) != records[0].values.get(name) for one in records)


def _row(of: Any, name: str, records: Sequence[Record], survivor: Record, posted: Any) -> dict[str, Any]:
    """One field that differs: a cell a record. Empty cells give way: the first that holds something is ticked."""
    fixed = name in of.definition.key
    filled = next((one for one in (survivor, *records) if one.values.get(name) is not None), survivor)
    ticked = posted.get(f"v.{name}", "") or str((survivor if fixed else filled).ref.id)
    cells = [
        {"id": str(one.ref.id), "words": words(of, one.values, [name])[name], "ticked": ticked == str(one.ref.id)}
        for one in records
    ]
    return {"name": name, "label": of.fields[name].spec.words, "fixed": fixed, "cells": cells}


def _done(request: HttpRequest, register: str, written: Written) -> HttpResponse:
    if written.proposal:
        messages.success(request, _("Đã gửi đề nghị gộp. Chưa có gì thay đổi trong sổ."))
        return redirect("desk-proposal", register, written.proposal)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    assert written.ref
    made = registers.merge_of(actor, register, written.ref.id)
    link = ""
    if made:
        link = format_html(
            ' <a class="govuk-link" href="{}">{}</a>', reverse("desk-unmerge", args=[register, made.id]), _("Hoàn tác")
        )
    messages.success(request, format_html("{}{}", _("Đã gộp."), link))
    return redirect("desk-record", register, written.ref.id)


@route(EDIT)
def unmerge(request: HttpRequest, register: str, merge_id: UUID) -> HttpResponse:
    """Take a merge back: every record it touched has again what it had."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    need_keeper(actor, register)
    found = registers.merge(actor, register, merge_id)
    title = registers.get(actor, register, found.survivor).display
    errors: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        why = request.POST.get("why", "")
        try:
            written = services.hand_in(actor, Change(register, "unmerge", why, of=merge_id))
        except Problem as problem:
            errors, status = getattr(problem, "errors", {"": [problem.detail]}), problem.status
        else:
            if written.proposal:
                return redirect("desk-proposal", register, written.proposal)
            messages.success(request, _("Đã hoàn tác việc gộp; các bản ghi lại như trước."))
            return redirect("desk-record", register, found.survivor)
    context = {
        "register": register,
        "of": registers.definition(register).definition,
        "merge": found,
        "title": title,
        "why": request.POST.get("why", _("Gộp nhầm")),
        "errors": errors,
    }
    return render(request, "desk/unmerge.html", context, status=status)


def _uuid(text: str) -> UUID:
    found = as_uuid(text)
    if found is None:
        raise NotFound()
    return found
