"""/desk/so/tao: a register made from a spreadsheet, or from nothing, without a programmer."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound, Problem
from tinhso.kernel.fields.base import FieldSpec
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.queries.blueprints import CLASSES, TYPES, Blueprint, BlueprintRef, Column

COSTS = {
    "instant": gettext_lazy("tức thì"),
    "scan": gettext_lazy("đọc cả bảng"),
    "rewrite": gettext_lazy("ghi lại cả bảng"),
}
ADDED = "muc_moi_"
"""How the name of a field begins that has no words yet."""
builds = may("registers.build")


@route(builds)
def begin(request: HttpRequest) -> HttpResponse:
    """Choose a file, begin with nothing, or go on with a register that is not made yet."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            return _begun(request, actor)
        except Invalid as error:
            errors = {"file" if path in {"", "file"} else path: found for path, found in error.errors.items()}
    context = {"errors": errors, "open": registers.blueprints(actor)}
    return render(request, "desk/builder_begin.html", context, status=422 if errors else 200)


def _begun(request: HttpRequest, actor: Actor) -> HttpResponse:
    if "empty" in request.POST:
        return redirect("desk-builder-plan", services.begin_blueprint(actor))
    file = request.FILES.get("file")
    if file is None:
        raise Invalid({"file": [_("Xin chọn tệp bảng tính")]})
    kept = services.keep_file(actor, file.name or "", file.chunks())
    return redirect("desk-builder-plan", services.begin_blueprint(actor, kept))


@route(builds)
def plan(request: HttpRequest, blueprint_id: UUID) -> HttpResponse:
    """The fields of the register to be: what the file proposes, and what the officer makes of it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = registers.blueprint(actor, blueprint_id)
    if found.register:
        return redirect("desk-builder-done", blueprint_id)
    if found.file and not found.table:
        return _choose(request, actor, found)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        services.save_blueprint(actor, blueprint_id, _read(request.POST, found.plan))
        if "later" in request.POST:
            return redirect("desk-builder")
        if "add" not in request.POST and "check" not in request.POST:
            try:
                proposal = services.propose_register(actor, blueprint_id)
            except Invalid as error:
                errors = error.errors
            else:
                if not proposal.faults:
                    return redirect("desk-builder-preview", blueprint_id)
                errors = {"": [str(fault) for fault in proposal.faults]}
        found = registers.blueprint(actor, blueprint_id)
    columns, notes = registers.held(actor, blueprint_id)
    context = {
        "blueprint": found,
        "plan": found.plan,
        "notes": notes,
        "rows": list(_rows(found.plan, columns, errors)),
        "types": list(TYPES.items()),
        "classes": list(CLASSES.items()),
        "errors": errors,
        "unfit": sum(held.unfit_count for held in columns),
    }
    return render(request, "desk/builder_plan.html", context, status=422 if errors else 200)


def _choose(request: HttpRequest, actor: Actor, found: BlueprintRef) -> HttpResponse:
    """Which of the tables of a file."""
    if request.method == "POST" and (key := request.POST.get("table")):
        services.choose_table(actor, found.id, key)
        return redirect("desk-builder-plan", found.id)
    tables = registers.tables_of(actor, found.id)
    errors = {"table": [_("Xin chọn một bảng")]} if request.method == "POST" else {}
    context = {"blueprint": found, "tables": tables, "errors": errors}
    return render(request, "desk/builder_table.html", context, status=422 if errors else 200)


@route(builds)
def preview(request: HttpRequest, blueprint_id: UUID) -> HttpResponse:
    """What will be made, before it is."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = registers.blueprint(actor, blueprint_id)
    if found.register:
        return redirect("desk-builder-done", blueprint_id)
    errors: list[Any] = []
    if request.method == "POST":
        try:
            services.publish_register(actor, blueprint_id, request.POST.get("digest", ""))
        except Problem as problem:
            errors = [problem.detail or problem.title]
        else:
            return redirect("desk-builder-done", blueprint_id)
    try:
        proposal = services.propose_register(actor, blueprint_id)
    except Invalid:
        return redirect("desk-builder-plan", blueprint_id)
    steps = [
        {"what": change.what, "cost": COSTS.get(change.cost, change.cost), "loses": change.loses}
        for _kind, _name, _state, changes in proposal.planned
        for change in changes
    ]
    context = {
        "blueprint": found,
        "plan": found.plan,
        "fields": [
            {"column": c, "type": TYPES.get(c.type, c.type), "class": CLASSES[c.class_]} for c in found.plan.fields
        ],
        "steps": steps,
        "pack": proposal.pack,
        "digest": proposal.digest,
        "problems": [*errors, *map(str, proposal.faults)],
    }
    return render(request, "desk/builder_preview.html", context, status=422 if errors else 200)


@route(builds)
def done(request: HttpRequest, blueprint_id: UUID) -> HttpResponse:
    """What came of it: how far the rows are, and where the register is now."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = registers.blueprint(actor, blueprint_id)
    if not found.register:
        return redirect("desk-builder-plan", blueprint_id)
    state = registers.import_state(actor, found.imported) if found.imported else None
    of = registers.definition(found.register).definition
    context = {
        "blueprint": found,
        "register": found.register,
        "pack": found.register.partition(".")[0],
        "of": of,
        "state": state,
        "running": bool(state) and state.state in {"waiting", "running"},
        "faults": [_fault(of, one) for one in state.faults] if state else [],
        "has_map": bool(of.map),
    }
    name = "desk/builder_state.html" if request.headers.get("HX-Request") else "desk/builder_done.html"
    return render(request, name, context)


def _fault(of: Any, one: Any) -> dict[str, Any]:
    spec: FieldSpec | None = next((spec for spec in of.fields if spec.name == one.field), None)
    return {"row": one.row, "field": spec.words if spec else one.field, "text": one.text, "why": one.why}


@route(builds)
@require_POST
def drop(request: HttpRequest, blueprint_id: UUID) -> HttpResponse:
    """Forget a register that is not made yet."""
    services.drop_blueprint(request.actor, blueprint_id)  # type: ignore[attr-defined]
    return redirect("desk-builder")


@route(builds)
def export(request: HttpRequest, pack: str) -> HttpResponse:
    """The agency's pack as the zip of a folder, to be kept, changed by hand or applied elsewhere."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if packs.owner_of(pack) != actor.agency:
        raise NotFound()
    headers = {"Content-Disposition": f'attachment; filename="{pack}.zip"'}
    return HttpResponse(packs.packed(pack), content_type="application/zip", headers=headers)


def _rows(plan: Blueprint, columns: list[Any], errors: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number, (column, held) in enumerate(zip(plan.columns, columns, strict=True)):
        own = {
            part: [str(words) for words in errors.get(f"c{number}.{part}", ())]
            for part in ("label_vi", "type", "class")
        }
        yield {"number": number, "prefix": f"c{number}", "column": column, "held": held, "errors": own}


def _read(asked: Mapping[str, str], before: Blueprint) -> Blueprint:
    """The form as a blueprint. What has no control (options, headers) stays; a type that changed forgets its options;
    columns are in the order of their numbers."""
    asked = {name: value.replace("\0", "") for name, value in asked.items()}  # no text of PostgreSQL has it
    found: list[tuple[float, Column]] = []
    for number, column in enumerate(before.columns):
        prefix = f"c{number}"
        kind = asked.get(f"{prefix}.type", column.type)
        label = asked.get(f"{prefix}.label_vi", column.label_vi).strip()
        english = asked.get(f"{prefix}.label_en", column.label_en).strip()
        changed = replace(
            column,
            label_vi=label,
            label_en=label if english == column.label_vi else english,
            type=kind if kind in TYPES else column.type,
            options=column.options if kind == column.type else {},
            class_=asked.get(f"{prefix}.class", column.class_),
            **{part: f"{prefix}.{part}" in asked for part in ("required", "take", "key", "listed", "searched")},
        )
        if changed.class_ not in CLASSES:
            changed = replace(changed, class_=column.class_)
        found.append((_order(asked.get(f"{prefix}.order", ""), number), changed))
    columns = [column for _order, column in sorted(found, key=lambda pair: pair[0])]
    columns = [_named(column, columns) for column in columns]
    if "add" in asked:
        columns.append(_added(columns))
    return replace(
        before,
        name_vi=asked.get("name_vi", before.name_vi).strip(),
        name_en=asked.get("name_en", before.name_en).strip(),
        columns=tuple(columns),
    )


def _named(column: Column, columns: list[Column]) -> Column:
    """A field that was added by hand is named after its words."""
    if not column.name.startswith(ADDED) or not column.label_vi:
        return column
    return replace(column, name=services.field_name(column.label_vi, [other.name for other in columns]))


def _order(text: str, otherwise: int) -> float:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else otherwise + 1.0


def _added(columns: list[Column]) -> Column:
    taken = {column.name for column in columns}
    name = next(f"{ADDED}{number}" for number in range(1, 1_000) if f"{ADDED}{number}" not in taken)
    return Column(name=name, label_vi="", label_en="")
