"""Administration, for a commune's one IT person: what is applied, what runs, what is broken."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

from tinhso.kernel import packs, seal
from tinhso.kernel.packs.registry import kinds
from tinhso.kernel.policy import may, route
from tinhso.portals import assets

WORKER_SILENT = timedelta(minutes=2)
SEAL_LATE = timedelta(minutes=5)


@route(may("jobs.see"))
def home(request: HttpRequest) -> HttpResponse:
    """Health, packs, jobs, seals on one page."""
    jobs = list(
        ProcrastinateJob.objects.filter(status__in=("todo", "doing", "failed"))
        .values("queue_name")
        .annotate(
            todo=Count("id", Q(status="todo")),
            doing=Count("id", Q(status="doing")),
            failed=Count("id", Q(status="failed")),
        )
        .order_by("queue_name")
    )
    sealed_at = ProcrastinateEvent.objects.filter(job__task_name="kernel.seal", type="succeeded").aggregate(
        last=Max("at")
    )["last"]
    return render(
        request,
        "admin/home.html",
        {
            "health": _health(sealed_at, sum(job["failed"] for job in jobs)),
            "packs": _packs(),
            "jobs": jobs,
            "streams": [stream.name for stream in seal.streams()],
            "sealed_at": sealed_at,
        },
    )


def _packs() -> list[dict[str, Any]]:
    """The packs in force, each with how many definitions of each kind it brings."""
    found: dict[str, dict[str, int]] = {}
    for kind in kinds():
        for definition in packs.in_force(kind.name):
            counts = found.setdefault(definition.pack, {})
            counts[kind.name] = counts.get(kind.name, 0) + 1
    return [{"name": name, "definitions": counts, "total": sum(counts.values())} for name, counts in found.items()]


def _health(sealed_at: Any, failed: int) -> list[dict[str, Any]]:
    now = timezone.now()
    beat = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
    working = beat is not None and now - beat < WORKER_SILENT
    sealing = sealed_at is not None and now - sealed_at < SEAL_LATE
    return [
        _line(_("Cơ sở dữ liệu"), True, _("Trả lời"), "", ""),
        _line(_("Việc chạy nền"), working, _("Đang chạy"), _("Không chạy"), _("Bắt đầu bằng lệnh: tinhso worker")),
        _line(_("Việc hỏng"), not failed, _("Không có"), _("Có việc hỏng"), _("Xem bảng việc chạy nền bên dưới")),
        _line(_("Niêm phong"), sealing, _("Mỗi phút một lần"), _("Chậm"), _("Niêm phong chạy cùng việc chạy nền")),
        _line(_("Giao diện"), bool(assets.manifest()), _("Đã dựng"), _("Chưa dựng"), _("Dựng bằng lệnh: make build")),
    ]


def _line(text: str, well: bool, good: str, bad: str, advice: str) -> dict[str, Any]:
    return {
        "text": text,
        "kind": "done" if well else "late",
        "status": good if well else bad,
        "hint": "" if well else advice,
    }
