"""/admin/quy-trinh: on which versions of their procedures cases run, and the moving of them to the version in force:
what it would do is shown first, and each case that has no place there is named."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import Migration
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.policy import may, route

SHOWN = 200


@route(may("packs.apply"))
def page(request: HttpRequest) -> HttpResponse:
    """Every procedure with running cases."""
    running = cases.running_versions(request.actor)  # type: ignore[attr-defined]
    actor: Any = request.actor  # type: ignore[attr-defined]
    drafts = cases.drawings(actor) if actor.agency else ()
    rows = [
        {
            "running": one,
            "total": sum(one.versions.values()),
            "older": sum(count for version, count in one.versions.items() if version != one.in_force),
        }
        for one in running
    ]
    return render(request, "admin/processes.html", {"rows": rows, "drafts": drafts})


@route(may("packs.apply"))
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    """One procedure: the dry run (`?xem=1`), and on POST the moving itself."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    found = next(iter(cases.running_versions(actor, name)), None)
    if found is None:
        raise NotFound()
    given = request.POST if request.method == "POST" else request.GET
    text, wanted, chosen = given.get("noi", ""), given.get("ban", ""), given.get("ho-so", "")
    errors: dict[str, list[str]] = {}
    result: Migration | None = None
    if request.method == "POST" or given.get("xem"):
        try:
            result = services.migrate_cases(
                actor,
                name,
                _version(wanted or str(found.in_force)),
                mapping=_mapping(text),
                dry_run=request.method != "POST",
                cases=_chosen(actor, chosen),
            )
        except Invalid as error:
            errors = {key: list(map(str, told)) for key, told in error.errors.items()}
    if request.method == "POST" and result:
        messages.success(request, _("Đã chuyển %(n)s hồ sơ sang bản %(version)s.") % {
            "n": result.moved, "version": result.to_version})  # fmt: skip
        if not result.unplaced:
            return redirect("admin-processes")
    context = {
        "running": found,
        "versions": sorted(found.versions.items()),
        "wanted": wanted or found.in_force,
        "mapping": text,
        "chosen": chosen,
        "result": result,
        "unplaced": result.unplaced[:SHOWN] if result else (),
        "hidden": max(0, len(result.unplaced) - SHOWN) if result else 0,
        "errors": errors,
    }
    return render(request, "admin/process.html", context, status=422 if errors else 200)


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise Invalid({"ban": [_("Xin nhập số của một bản, ví dụ 3")]})
    return int(text)


def _mapping(text: str) -> dict[str, str]:
    """Lines "old = new"."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        old, sign, new = (part.strip() for part in line.partition("="))
        if not (old and sign and new):
            raise Invalid({"mapping": [_("Mỗi dòng viết: mã cũ = mã mới. Dòng chưa đúng: %(line)s") % {"line": line}]})
        found[old] = new
    return found


def _chosen(actor: Any, text: str) -> list[UUID] | None:
    """The cases of these codes, None where none is given: all of them."""
    codes = text.replace(",", " ").split()
    found = []
    for code in codes:
        try:
            found.append(cases.running_case(actor, code).id)
        except NotFound:
            raise Invalid({"cases": [_("Không có hồ sơ %(code)s") % {"code": code}]}) from None
    return found or None
