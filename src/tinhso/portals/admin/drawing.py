"""/admin/quy-trinh/<procedure>/ve: a procedure is drawn, checked while it is, planned and published; and one of the
agency's own is made after a template. What the island sends is the page's own form: without a script the drawing is
taken home as a file and handed in again, with the same checks."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import Drawing
from tinhso.cases.definitions import ROLES
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.policy import may, route

draws = may("packs.apply")
MAY = ("ask-supplement", "refuse")
NEXT = {"plan": "admin-draw-plan", "try": "admin-draw-trial"}
"""Where one goes on after saving, by the button."""
MOST_UPLOADED = 1_000_000


@route(draws)
def make(request: HttpRequest) -> HttpResponse:
    """A procedure of the agency's own, after a template."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    errors: Mapping[str, Any] = {}
    given = {key: request.POST.get(key, "").replace("\0", "").strip() for key in ("mau", "code", "name_vi", "name_en")}
    given["mau"] = given["mau"] or request.GET.get("mau", "")
    if request.method == "POST":
        try:
            if not given["mau"]:
                raise Invalid({"mau": [_("Xin chọn một thủ tục làm mẫu")]})
            name = {"vi": given["name_vi"], "en": given["name_en"]}
            made = services.begin_procedure(actor, given["mau"], code=given["code"], name=name)
        except NotFound:
            errors = {"mau": [_("Không có thủ tục này")]}
        except Invalid as error:
            errors = error.errors
        else:
            return redirect("admin-draw", made)
    context = {"templates": cases.templates(actor), "given": given, "errors": errors}
    return render(request, "admin/process_make.html", context, status=422 if errors else 200)


@route(draws)
def draw(request: HttpRequest, name: str) -> HttpResponse:
    """The draft on its page; on POST it is saved, and tried (`try`) or its plan shown next (`plan`). Where there is no
    draft, the versions from which one may begin."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        found = cases.drawing(actor, name)
    except NotFound:
        title, versions = cases.published_drawing(actor, name)
        return render(request, "admin/process_begin.html", {"name": name, "title": title, "versions": versions})
    if request.method != "POST":
        return _page(request, found, {})
    steps = _steps(request)
    try:
        services.save_drawing(actor, name, _text(request), steps, _number(request.POST.get("revision", "")))
    except Invalid as error:
        return _page(request, found, error.errors, steps=steps)
    except Conflict as problem:
        return _page(request, found, {"": [problem.detail]}, status=409)
    following = next((where for key, where in NEXT.items() if key in request.POST), "")
    if not following:
        messages.success(request, _("Đã lưu bản thảo. Hồ sơ và thủ tục đang áp dụng chưa thay đổi gì."))
    return redirect(following or "admin-draw", name)


@route(draws)
@require_POST
def begin(request: HttpRequest, name: str) -> HttpResponse:
    """Begin a draft, from the version in force or an earlier one (`ban`)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    services.begin_drawing(actor, name, version=_number(request.POST.get("ban", "")) or None)
    return redirect("admin-draw", name)


@route(draws)
@require_POST
def drop(request: HttpRequest, name: str) -> HttpResponse:
    """Forget the draft."""
    services.drop_drawing(request.actor, name)  # type: ignore[attr-defined]
    messages.success(request, _("Đã bỏ bản thảo."))
    return redirect("admin-processes")


@route(draws)
@require_POST
def check(request: HttpRequest, name: str) -> HttpResponse:
    """The faults of what the island has drawn so far, and the form of each step. Nothing is kept."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        drawn, faults = cases.check_drawing(actor, name, _text(request), _steps(request))
    except Invalid as error:
        told = [str(words) for group in error.errors.values() for words in group]
        return JsonResponse({"faults": [{"element": "", "named": "", "what": what} for what in told]}, status=422)
    forms = {step["name"]: _step_form(step) for step in drawn.steps}
    listed = render_to_string("admin/process_faults.html", {"faults": faults})
    marked = [{"element": fault.element, "what": fault.what} for fault in faults]
    return JsonResponse({"faults": marked, "steps": forms, "list": listed})


@route(draws)
def file(request: HttpRequest, name: str) -> HttpResponse:
    """The drawing of the draft as a .bpmn file."""
    found = cases.drawing(request.actor, name)  # type: ignore[attr-defined]
    headers = {"Content-Disposition": f'attachment; filename="{found.file}"'}
    return HttpResponse(found.xml, content_type="application/xml; charset=utf-8", headers=headers)


@route(draws)
def elements(request: HttpRequest) -> HttpResponse:
    """What may be drawn, as the island's palette takes it: the list of docs/bpmn.md, in the reader's words."""
    return JsonResponse(cases.vocabulary())


@route(draws)
def plan(request: HttpRequest, name: str) -> HttpResponse:
    """What publishing would change; on POST it is published."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.drawing(actor, name)
    errors: list[Any] = []
    status = 200
    if request.method == "POST":
        try:
            done = services.publish_drawing(actor, name, request.POST.get("digest", ""))
        except Invalid as error:
            errors, status = [str(words) for group in error.errors.values() for words in group], 422
        except Conflict as problem:
            errors, status = [str(problem.detail or problem.title)], 409
        else:
            said = ngettext("Đã công bố %(n)s thay đổi.", "Đã công bố %(n)s thay đổi.", len(done)) % {"n": len(done)}
            messages.success(request, said + " " + _("Hồ sơ mới theo bản này; hồ sơ đang giải quyết giữ bản lúc nộp."))
            return redirect("admin-draw", name)
    _drawn, faults = cases.check_drawing(actor, name, "", {})
    proposal = cases.propose_drawing(actor, name)
    context = {
        "drawing": found,
        "name": name,
        "faults": faults,
        "others": [] if faults else proposal.faults,
        "steps": [change for _kind, _name, _what, changes in proposal.planned for change in changes],
        "states": [what for *_rest, what, _changes in proposal.planned],
        "digest": proposal.digest,
        "pack": proposal.pack,
        "errors": errors,
        "may": found.own and bool(proposal.planned),
    }
    return render(request, "admin/process_plan.html", context, status=status)


@route(draws)
def zipped(request: HttpRequest, name: str) -> HttpResponse:
    """The pack with the draft in it, to be put in the folder that the pack comes from."""
    pack, content = cases.zipped_drawing(request.actor, name)  # type: ignore[attr-defined]
    headers = {"Content-Disposition": f'attachment; filename="{pack}.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _page(
    request: HttpRequest,
    found: Drawing,
    errors: Mapping[str, Any],
    *,
    steps: Mapping[str, Mapping[str, Any]] | None = None,
    status: int = 422,
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown = [{**step, **(steps or {}).get(str(step["name"]), {})} for step in found.steps]
    _drawn, faults = cases.check_drawing(actor, found.procedure, "", {})
    context = {
        "drawing": found,
        "title": _in_language(found.name),
        "forms": [{"name": step["name"], "label": step["label"], "form": _step_form(step)} for step in shown],
        "faults": faults,
        "roles": [(code, words) for code, words in ROLES.items() if code != "approver"],
        "fields": [
            {"name": field["name"], "label": _in_language(field.get("label") or {"vi": field["name"]}),
             "type": field.get("type", "text"), "choices": _choices(field)}
            for field in found.form
        ],
        "decisions": found.decisions,
        "errors": errors,
    }  # fmt: skip
    return render(request, "admin/process_draw.html", context, status=status if errors else 200)


def _choices(field: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of a field of few values, where its definition lists them."""
    if field.get("type") == "boolean":
        return [("true", _("có")), ("false", _("không"))]
    found = field.get("choices") or {}
    if isinstance(found, Mapping):
        return [(str(value), _in_language(words)) for value, words in found.items()]
    return [
        (str(one.get("value")), _in_language(one.get("label") or {"vi": str(one.get("value"))}))
        for one in found
        if isinstance(one, Mapping)
    ]


def _in_language(words: Any) -> str:
    if not isinstance(words, Mapping):
        return str(words)
    return str(words.get((get_language() or "vi")[:2]) or words.get("vi") or "")


def _step_form(step: Mapping[str, Any]) -> str:
    extra = step.get("may") or []
    context = {
        "step": step,
        "prefix": f"step.{step['name']}",
        "role": ROLES.get(str(step.get("by", "")), step.get("by", "")),
        "asks": "ask-supplement" in extra,
        "refuses": "refuse" in extra,
        "outcomes": "\n".join(
            f"{one.get('value', '')} = {one['label'].get('vi', '')} / {one['label'].get('en', '')}"
            for one in step.get("outcomes") or ()
        ),
    }
    return render_to_string("admin/process_step.html", context)


def _steps(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """What the form says of each step, by the step's name; a step that it does not speak of stays as it is."""
    asked = {key: str(value).replace("\0", "") for key, value in request.POST.items()}
    names = {key[5:].rpartition(".")[0] for key in asked if key.startswith("step.")}
    steps: dict[str, dict[str, Any]] = {}
    for name in filter(None, names):
        prefix = f"step.{name}."

        def said(part: str, prefix: str = prefix) -> str:
            return asked.get(prefix + part, "").strip()

        hours = said("hours")
        steps[name] = {
            "label": {"vi": said("label_vi"), "en": said("label_en")},
            "hours": int(hours) if hours.isascii() and hours.isdecimal() and len(hours) < 6 else hours,
            "may": [extra for extra in MAY if prefix + extra in asked],
            "signs": "certificate" if prefix + "signs" in asked else None,
            "outcomes": _outcomes(said("outcomes")),
        }
    return steps


def _outcomes(text: str) -> list[dict[str, Any]]:
    """Lines "value = Vietnamese / English"."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        value, _sign, words = (part.strip() for part in line.partition("="))
        vietnamese, _slash, english = (part.strip() for part in words.partition("/"))
        found.append({"value": value, "label": {"vi": vietnamese or value, "en": english or vietnamese or value}})
    return found


def _text(request: HttpRequest) -> str:
    """The drawing: of a file that was handed in, or as the island has it; "" where neither came, so that it stays."""
    uploaded = request.FILES.get("file")
    if uploaded is None:
        return request.POST.get("xml", "")
    if (uploaded.size or 0) > MOST_UPLOADED:
        raise Invalid({"file": [_("Tệp lớn quá mức; chưa lưu gì.")]})
    try:
        return uploaded.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": [_("Tệp không phải văn bản UTF-8; chưa lưu gì.")]}) from error


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
