"""/desk/so/…/nhap: a file into a register. Send it, say which column is what, see what would come of it, do it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import ImportState, KeptFile

from . import import_reading as reading

SAMPLES = 3
STATES = {
    "waiting": ("wait", gettext_lazy("Chờ tới lượt")),
    "running": ("active", gettext_lazy("Đang chạy")),
    "done": ("done", gettext_lazy("Xong")),
    "failed": ("late", gettext_lazy("Không nhập được")),
    "stopped": ("refused", gettext_lazy("Đã dừng")),
}


@route(may("registers.edit"))
def page(request: HttpRequest, register: str) -> HttpResponse:
    """Send a file; below it, what was imported before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    listed = registers.imports_of(actor, register, after=request.GET.get("after", ""))
    errors: dict[str, list[Any]] = {}
    if request.method == "POST":
        try:
            return redirect("desk-import-columns", register, _kept(request, actor).id)
        except Invalid as error:
            errors = {"file": _said(error)}
    context = {
        "register": register,
        "of": of.definition,
        "imports": [_shown(one) for one in listed],
        "older": str(listed[-1].id) if len(listed) == 20 else "",
        "errors": errors,
    }
    return render(request, "desk/import.html", context, status=422 if errors else 200)


@route(may("registers.edit"))
def columns(request: HttpRequest, register: str, file_id: UUID) -> HttpResponse:
    """How the file is read, which of its columns is which field, and what its first rows would come to; then try it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    read = reading.read(request, actor, file_id)
    fields = registers.import_fields(register)
    errors: dict[str, list[Any]] = {}
    unit = request.POST.get("noi", "")
    if request.method == "POST":
        chosen = {name: request.POST.get(f"cot.{name}", "") for name in fields}
        mapping = {name: read.table.columns[int(at)] for name, at in chosen.items() if _is_column(at, read.table)}
        if "xem" not in request.POST:
            try:
                tried = services.begin_import(
                    actor, register, file_id, table=read.table.key, mapping=mapping, mode="good", dry_run=True,
                    encoding=read.encoding, delimiter=read.delimiter, unit=unit,
                )  # fmt: skip
                return redirect("desk-import-result", register, tried)
            except Invalid as error:
                errors = {"noi" if name == "unit" else f"cot.{name}": found for name, found in error.errors.items()}
    else:
        mapping = registers.mapped(actor, register, read.table.columns)
        chosen = {name: str(read.table.columns.index(title)) for name, title in mapping.items()}
    rows = registers.preview(actor, register, read.table, mapping, unit=unit)
    samples = [", ".join(row.cells[at] for row in rows[:SAMPLES] if row.cells[at]) for at in range(len(read.columns))]
    needed = {name for name, one in of.fields.items() if not one.spec.optional}
    shown = [
        {
            "name": f"cot.{name}",
            "label": words,
            "value": chosen.get(name, ""),
            "optional": name not in needed,
            "errors": errors.get(f"cot.{name}", []),
        }
        for name, words in fields.items()
    ]
    context = {
        "register": register,
        "of": of.definition,
        "read": read,
        "fields": [one for one in shown if one["value"] or one["errors"] or not one["optional"]],
        "others": [one for one in shown if not one["value"] and not one["errors"] and one["optional"]],
        "choices": [
            (str(at), f"{title} – {samples[at]}" if samples[at] else title) for at, title in enumerate(read.columns)
        ],
        "rows": [reading.previewed(row, read.columns, mapping, fields) for row in rows],
        "wrong": sum(bool(row.faults) for row in rows),
        "taken": [next(fields[n] for n, at in mapping.items() if at == t) for t in dict.fromkeys(mapping.values())],
        "unit": unit,
        "units": reading.places(actor),
        "errors": errors or read.errors,
    }
    return render(request, "desk/import_columns.html", context, status=422 if context["errors"] else 200)


@route(may("registers.edit"))
def result(request: HttpRequest, register: str, import_id: UUID) -> HttpResponse:
    """How far an import is, or what came of it. May be left and come back to."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(request, "desk/import_result.html", _context(actor, register, import_id))


@route(may("registers.edit"))
def progress(request: HttpRequest, register: str, import_id: UUID) -> HttpResponse:
    """The fragment of that page that asks again until the import has ended; then the whole page is asked for."""
    context = _context(request.actor, register, import_id)  # type: ignore[attr-defined]
    answer = render(request, "desk/import_progress.html", context)
    if context["found"].is_over:
        answer["HX-Refresh"] = "true"
    return answer


@route(may("registers.edit"))
@require_POST
def run(request: HttpRequest, register: str, import_id: UUID) -> HttpResponse:
    """Import for real what was tried."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mode = "all" if request.POST.get("mode") == "all" else "good"
    _context(actor, register, import_id)
    return redirect("desk-import-result", register, services.import_tried(actor, import_id, mode=mode))


@route(may("registers.edit"))
@require_POST
def stop(request: HttpRequest, register: str, import_id: UUID) -> HttpResponse:
    """Stop an import that waits or runs."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _context(actor, register, import_id)
    try:
        services.stop_import(actor, import_id)
    except Conflict as problem:
        messages.warning(request, str(problem.detail))
    return redirect("desk-import-result", register, import_id)


@route(may("registers.edit"))
def errors(request: HttpRequest, register: str, import_id: UUID) -> StreamingHttpResponse:
    """The refused rows, to be corrected and sent again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _context(actor, register, import_id)
    file = registers.error_file(actor, import_id)
    return StreamingHttpResponse(
        file.parts,
        content_type=file.media_type,
        headers={"Content-Disposition": content_disposition_header(True, file.name)},
    )


@route(may("registers.edit"))
@require_POST
def corrected(request: HttpRequest, register: str, import_id: UUID) -> HttpResponse:
    """The corrected rows of an import: tried as the import was, or shown column by column where they have changed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = _context(actor, register, import_id)
    try:
        kept = _kept(request, actor)
    except Invalid as error:
        context["errors"] = {"file": _said(error)}
        return render(request, "desk/import_result.html", context, status=422)
    try:
        return redirect("desk-import-result", register, services.import_corrected(actor, import_id, kept.id))
    except Invalid:
        return redirect("desk-import-columns", register, kept.id)


def _kept(request: HttpRequest, actor: Actor) -> KeptFile:
    """The file that was sent, kept. Raises Invalid where there is none or it cannot be read."""
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid({"file": [_("Xin chọn tệp.")]})
    kept = services.keep_file(actor, sent.name or "", sent.chunks())
    registers.kept_file(actor, kept.id)
    return kept


def _said(error: Invalid) -> list[Any]:
    return [message for found in error.errors.values() for message in found]


def _context(actor: Actor, register: str, import_id: UUID) -> dict[str, Any]:
    of, found = registers.definition(register), registers.import_state(actor, import_id)
    if found.register != register:
        raise NotFound()
    words = {name: one.spec.words for name, one in of.fields.items()}
    faults = [{"fault": one, "label": words.get(one.field, "")} for one in found.faults]
    return {
        "register": register,
        "of": of.definition,
        "found": found,
        "state": STATES[found.state],
        "faults": faults,
        "right": found.created + found.updated + found.unchanged,
        "changes": found.created + found.updated,
        "minutes": _minutes_left(found),
    }


def _minutes_left(found: ImportState) -> int:
    """How long a running import takes still, by how fast it was so far; 0 where that cannot be told."""
    if found.is_over or not found.started_at or not found.read or found.total <= found.read:
        return 0
    passed = (timezone.now() - found.started_at).total_seconds()
    return round(passed / found.read * (found.total - found.read) / 60)


def _shown(found: ImportState) -> dict[str, Any]:
    return {"found": found, "state": STATES[found.state], "changes": found.created + found.updated}


def _is_column(at: str, table: Any) -> bool:
    return at.isascii() and at.isdecimal() and len(at) < 6 and int(at) < len(table.columns)
