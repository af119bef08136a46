"""/admin/nhat-ky: what was done, by whom, and whether any of it was changed since."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.identity import queries as identity
from tinhso.kernel import audit, seal_checks
from tinhso.kernel.errors import Busy, Conflict
from tinhso.kernel.policy import may, route
from tinhso.portals import days


@route(may("audit.see"))
def page(request: HttpRequest) -> HttpResponse:
    """Deeds, newest first, found by what, by whom, about what and when; the last check of the seals above them."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    asked = request.GET
    errors: dict[str, list[Any]] = {}
    since, until = (days.read(asked.get(name, ""), name, errors) for name in ("tu", "den"))
    found, failed = audit.AuditPage([]), ""
    if not errors:
        try:
            found = audit.deeds(
                actor,
                action=asked.get("viec", "").strip(),
                subject=asked.get("ve", "").strip(),
                by=asked.get("ai", "").strip(),
                since=_midnight(since) if since else None,
                until=_midnight(until + timedelta(days=1)) if until else None,
                after=asked.get("after", ""),
            )
        except Busy as error:
            failed = str(error.detail)
    checks = seal_checks.last(actor)
    context = {
        "rows": _rows(found.rows),
        "older": found.next,
        "asked": asked,
        "any_asked": any(asked.get(name) for name in ("viec", "ve", "ai", "tu", "den")),
        "errors": errors,
        "failed": failed,
        "check": checks[0] if checks else None,
    }
    return render(request, "admin/audit.html", context, status=422 if errors else 503 if failed else 200)


@route(may("audit.see"))
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Have every seal computed again; leads to the page that tells how far it is."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    try:
        check = seal_checks.ask(actor)
    except Conflict as problem:
        messages.warning(request, str(problem.detail))
        check = seal_checks.last(actor, 1)[0].id
    return redirect("admin-seals", check)


@route(may("audit.see"))
def check(request: HttpRequest, check: UUID) -> HttpResponse:
    """One check of all seals: how far it is, or what it found. May be left and come back to."""
    found = seal_checks.check(request.actor, check)  # type: ignore[attr-defined]
    return render(request, "admin/seals.html", {"check": found, "by": _people([found.by])[0]})


@route(may("audit.see"))
def progress(request: HttpRequest, check: UUID) -> HttpResponse:
    """The fragment of that page that asks again until the check has ended; then the whole page is asked for."""
    found = seal_checks.check(request.actor, check)  # type: ignore[attr-defined]
    answer = render(request, "admin/seals_progress.html", {"check": found})
    if found.ended_at:
        answer["HX-Refresh"] = "true"
    return answer


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _rows(rows: list[audit.AuditRow]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "by": by,
            "about": _about(row.subject),
            "data": ", ".join(f"{k}: {v}" for k, v in row.data.items()),
        }
        for row, by in zip(rows, _people([row.actor for row in rows]), strict=True)
    ]


def _people(stamps: list[dict[str, str]]) -> list[dict[str, str]]:
    """Who each stamp means, in words, with the id by which their other deeds are found; three queries in all."""
    posts = identity.posts_by_id({UUID(stamp["post"]) for stamp in stamps if stamp.get("post")})
    agencies = {ref.id: ref.words for ref in identity.agencies(ids={ref.agency for ref in posts.values()})}
    found = []
    for stamp in stamps:
        ref = posts.get(UUID(stamp["post"])) if stamp.get("post") else None
        if ref:
            found.append({"words": f"{ref.title}, {agencies.get(ref.agency, '')}", "id": str(ref.id)})
        elif stamp.get("system"):
            found.append({"words": _("Nền tảng (%(name)s)") % {"name": stamp["system"]}, "id": stamp["system"]})
        else:
            found.append({"words": _("Công dân"), "id": stamp.get("account", "")})
    return found


def _about(subject: str) -> dict[str, str]:
    kind, _colon, rest = subject.partition(":")
    return {"words": f"{kind} {rest[:8]}…" if len(rest) > 12 else subject.replace(":", " "), "subject": subject}
