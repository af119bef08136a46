"""/admin: how the platform is, on one page, for a commune's one IT person."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.documents import queries as documents
from tinhso.kernel import audit, health, jobs, packs, seal
from tinhso.kernel.policy import officer, route
from tinhso.portals import assets

from . import words

WORKER_SILENT = timedelta(minutes=2)
SEAL_LATE = timedelta(minutes=5)


@route(officer)
def home(request: HttpRequest) -> HttpResponse:
    """Health, packs, jobs and seals. Inspectors, who have the audit alone, are led to it."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    if actor.may(audit.SEE) and not actor.may(jobs.SEE):
        return redirect("admin-audit")
    queues = jobs.queues(actor)
    sealed_at = jobs.last_done("kernel.seal")
    context = {
        "health": _health(sealed_at, sum(queue.failed for queue in queues)),
        "packs": [(pack, words.counted(pack.definitions)) for pack in packs.applied()],
        "queues": queues,
        "streams": [(stream.name, seal.sealed_rows(stream.name)) for stream in seal.streams()],
        "sealed_at": sealed_at,
    }
    return render(request, "admin/home.html", context)


def _health(sealed_at: Any, failed: int) -> list[dict[str, Any]]:
    now = timezone.now()
    beat = jobs.last_heartbeat()
    working = beat is not None and now - beat < WORKER_SILENT
    sealing = sealed_at is not None and now - sealed_at < SEAL_LATE
    disk = health.disk()
    size = filesizeformat(health.database_bytes())
    free = _("Còn %(free)s") % {"free": filesizeformat(disk.free)}
    return [
        _line(_("Cơ sở dữ liệu"), True, _("Trả lời, %(size)s") % {"size": size}),
        _line(
            _("Tiến trình chạy nền"), working, _("Đang chạy"), _("Không chạy"),
            _("Bắt đầu bằng lệnh: tinhso procrastinate worker"),
        ),
        _line(
            _("Việc hỏng"), not failed, _("Không có"), _("Có %(n)s việc hỏng") % {"n": failed},
            _("Xem từng việc và cho chạy lại"), href="/admin/viec",
        ),
        _line(
            _("Niêm phong"), sealing, _("Mỗi phút một lần"), _("Chậm"),
            _("Niêm phong do tiến trình chạy nền làm; xem tiến trình ấy có chạy không"),
        ),
        _line(
            _("Đĩa chứa tệp"), not disk.is_low, free, free,
            _("Xoá bớt tệp không thuộc nền tảng hoặc gắn thêm đĩa; hết chỗ thì người dân không nộp được giấy tờ"),
        ),
        _line(
            _("Dịch vụ tin cậy (dấu thời gian, chứng thư)"), documents.trust_services_answer(), _("Trả lời"),
            _("Không trả lời"), _("Giấy tờ chờ ký sẽ được ký khi dịch vụ trả lời lại: tinhso trust serve"),
        ),
        _line(_("Giao diện"), bool(assets.manifest()), _("Đã dựng"), _("Chưa dựng"), _("Dựng bằng lệnh: make build")),
    ]  # fmt: skip


def _line(text: str, well: bool, good: str, bad: str = "", advice: str = "", *, href: str = "") -> dict[str, Any]:
    return {
        "text": text,
        "href": href,
        "kind": "done" if well else "late",
        "status": good if well else bad,
        "hint": "" if well else advice,
    }
