"""/desk/so/…/nhap: a file into a register. Send it, say which column is what, see what would come of it, do it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.kernel.text import fold
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import ImportState

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
        sent = request.FILES.get("file")
        try:
            if sent is None:
                raise Invalid({"file": [_("Xin chọn tệp.")]})
            kept = services.keep_file(actor, sent.name or "", sent.chunks())
            registers.kept_file(actor, kept.id)
            return redirect("desk-import-columns", register, kept.id)
        except Invalid as error:
            errors = {"file": [message for found in error.errors.values() for message in found]}
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
    """Which column of the file is which field, with what the first rows say; then try it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    kept, source = registers.kept_file(actor, file_id)
    wanted = request.POST.get("bang") or request.GET.get("bang") or source.tables[0].key
    table = next((one for one in source.tables if one.key == wanted), None)
    if table is None:
        raise NotFound()
    names = [*of.fields, *(["unit"] if not of.definition.unit and "unit" not in of.fields else [])]
    chosen = {name: request.POST.get(f"cot.{name}", "") for name in names}
    errors: dict[str, list[Any]] = {}
    if request.method == "POST":
        mapping = {name: table.columns[int(at)] for name, at in chosen.items() if _is_column(at, table)}
        try:
            tried = services.begin_import(
                actor, register, file_id, table=table.key, mapping=mapping, mode="good", dry_run=True
            )
            return redirect("desk-import-result", register, tried)
        except Invalid as error:
            errors = {f"cot.{name}": found for name, found in error.errors.items()}
    else:
        chosen = _guessed(of, table.columns, names)
    samples = _samples(table)
    choices = [
        (str(at), f"{title} – {samples[at]}" if samples[at] else title) for at, title in enumerate(table.columns)
    ]
    needed = {name for name, one in of.fields.items() if not one.spec.optional}
    context = {
        "register": register,
        "of": of.definition,
        "file": kept,
        "tables": [(one.key, one.title) for one in source.tables] if len(source.tables) > 1 else [],
        "table": table,
        "notes": [*source.notes, *table.notes],
        "fields": [
            {
                "name": f"cot.{name}",
                "label": _("Xã, phường của dòng") if name not in of.fields else of.fields[name].spec.words,
                "value": chosen[name],
                "optional": name not in needed,
                "errors": errors.get(f"cot.{name}", []),
            }
            for name in names
        ],
        "choices": choices,
        "errors": errors,
    }
    return render(request, "desk/import_columns.html", context, status=422 if errors else 200)


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
    return StreamingHttpResponse(
        registers.error_file(actor, import_id),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="loi-{import_id}.csv"'},
    )


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
    }


def _shown(found: ImportState) -> dict[str, Any]:
    return {"found": found, "state": STATES[found.state], "changes": found.created + found.updated}


def _is_column(at: str, table: Any) -> bool:
    return at.isascii() and at.isdecimal() and len(at) < 6 and int(at) < len(table.columns)


def _guessed(of: Any, titles: tuple[str, ...], names: list[str]) -> dict[str, str]:
    """For each field the first column that is called as it is, in either language and without diacritics."""
    by_words: dict[str, str] = {}
    for at, title in enumerate(titles):
        by_words.setdefault(_plain(title), str(at))
    found = {}
    for name in names:
        label = of.fields[name].spec.label if name in of.fields else None
        said = [name, *((label.vi, label.en) if label else (_("Xã, phường"),))]
        found[name] = next((by_words[_plain(words)] for words in said if words and _plain(words) in by_words), "")
    return found


def _plain(words: str) -> str:
    return fold(words).replace("_", " ").strip(" *:")


def _samples(table: Any) -> list[str]:
    """What the first rows say in each column, shortened."""
    shown: list[list[str]] = [[] for _title in table.columns]
    for row, _n in zip(table.rows(), range(SAMPLES), strict=False):
        for at, cell in enumerate(row.cells[: len(shown)]):
            if cell not in (None, ""):
                shown[at].append(str(cell)[:30])
    return [", ".join(cells) for cells in shown]
