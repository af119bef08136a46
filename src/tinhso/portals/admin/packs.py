"""/admin/goi: the packs that are here and those that are applied, their faults, what would change, and the applying."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers

from . import words

COSTS = {
    "instant": gettext_lazy("tức thì"),
    "scan": gettext_lazy("đọc hết bảng, có thể mất vài phút"),
    "rewrite": gettext_lazy("ghi lại bảng, có thể mất nhiều phút"),
}


@route(may("packs.apply"))
def page(request: HttpRequest) -> HttpResponse:
    """Every pack, here and applied, with whether the two agree."""
    loaded = packs.read(_folders())
    faults = packs.check(loaded)
    applied = {pack.name: pack for pack in packs.applied()}
    shown = [_row(pack, applied.pop(pack.name, None), faults) for pack in sorted(loaded, key=lambda one: one.name)]
    shown += [
        {
            "name": pack.name,
            "applied": pack,
            "counted": words.counted(pack.definitions),
            "kind": "neutral",
            "state": _("Chỉ còn trong cơ sở dữ liệu"),
        }
        for pack in applied.values()
    ]
    context = {
        "packs": shown,
        "faults": faults,
        "left": registers.schema_work_left(),
        "folder": Path(settings.PACKS).name,
    }
    return render(request, "admin/packs.html", context)


@route(may("packs.apply"))
def plan(request: HttpRequest) -> HttpResponse:
    """What applying would change: of one pack (`?goi=`), or of all."""
    return _plan(request, request.GET.get("goi", ""), [])


@route(may("packs.apply"))
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Apply what the plan showed. What changed in the folder since then is shown first."""
    name = request.POST.get("goi", "")
    loaded = _loaded(name)
    if _digest(loaded) != request.POST.get("digest"):
        return _plan(request, name, [_("Gói vừa thay đổi trong thư mục; chưa áp dụng gì. Xin xem lại kế hoạch mới.")])
    try:
        done = packs.apply(request.actor, loaded)  # type: ignore[attr-defined]
    except Invalid as error:
        return _plan(request, name, [message for found in error.errors.values() for message in found])
    if done:
        messages.success(request, _("Đã áp dụng %(n)s thay đổi.") % {"n": len(done)} + " " + "; ".join(done[:20]))
    else:
        messages.info(request, _("Không có gì thay đổi."))
    return redirect("admin-packs")


def _folders() -> list[Path]:
    return sorted(file.parent for file in Path(settings.PACKS).glob("*/pack.yaml"))


def _loaded(name: str) -> list[packs.LoadedPack]:
    """The pack of this name, or all for "". Raises NotFound."""
    folders = [folder for folder in _folders() if not name or folder.name == name]
    if name and not folders:
        raise NotFound()
    return packs.read(folders)


def _digest(loaded: list[packs.LoadedPack]) -> str:
    """What the plan was made of, so that nothing else is applied than what was seen."""
    return packs.digest([[pack.name, pack.digest, pack.manifest.version if pack.manifest else ""] for pack in loaded])


def _plan(request: HttpRequest, name: str, errors: list[Any]) -> HttpResponse:
    loaded = _loaded(name)
    faults = packs.check(loaded)
    changes = [] if faults else [_change(*planned) for planned in packs.plan(loaded)]
    loses = any(step["loses"] for change in changes for step in change["steps"])
    context = {
        "pack": name,
        "names": [pack.name for pack in loaded],
        "faults": faults,
        "changes": changes,
        "loses": loses,
        "digest": _digest(loaded),
        "errors": errors,
        "may": bool(changes) and not loses,
        "slow": any(step["slow"] for change in changes for step in change["steps"]),
    }
    return render(request, "admin/plan.html", context, status=409 if errors else 200)


def _change(kind: str, name: str, what: str, steps: list[packs.Change]) -> dict[str, Any]:
    if what == "new":
        kind_of, said = "new", _("mới")
    elif what == "retire":
        kind_of, said = "refused", _("thôi dùng")
    else:
        kind_of, said = "active", _("bản %(n)s") % {"n": what.rpartition(" ")[2]}
    shown = [
        {
            "what": step.what,
            "cost": COSTS.get(step.cost, step.cost),
            "loses": step.loses,
            "slow": step.cost != "instant",
        }
        for step in steps
    ]
    return {"kind": words.KINDS.get(kind, kind), "name": name, "state": kind_of, "words": said, "steps": shown}


def _row(pack: packs.LoadedPack, applied: packs.Applied | None, faults: list[packs.Fault]) -> dict[str, Any]:
    own = [fault for fault in faults if fault.file.startswith(f"{pack.folder.name}/")]
    if own:
        kind, state = "late", _("%(n)s lỗi") % {"n": len(own)}
    elif applied is None:
        kind, state = "new", _("Chưa áp dụng")
    elif applied.digest != pack.digest or (pack.manifest and applied.version != pack.manifest.version):
        kind, state = "active", _("Có thay đổi")
    else:
        kind, state = "done", _("Khớp")
    return {
        "name": pack.name,
        "title": str(pack.manifest.name) if pack.manifest else "",
        "version": pack.manifest.version if pack.manifest else "",
        "applied": applied,
        "counted": words.counted(applied.definitions) if applied else "",
        "kind": kind,
        "state": state,
        "here": True,
    }
