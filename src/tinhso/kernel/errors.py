"""Problems: what went wrong, what was kept, what to do. Pages show them in words, APIs as RFC 9457 documents.

Everything that a service refuses is raised as one of these; `kernel.web.Problems` turns them into answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class Problem(Exception):
    """`title` says what happened, `detail` what was kept and what to do now; both in the reader's language."""

    status = 500
    type = "problem"
    title: Words = _("Hệ thống gặp lỗi")

    def __init__(self, detail: Words = "", *, title: Words = "", **extra: Any) -> None:
        super().__init__(str(detail) or str(title))
        self.detail = detail
        self.extra = extra
        if title:
            self.title = title

    def document(self) -> dict[str, Any]:
        """The RFC 9457 body (media type application/problem+json)."""
        body: dict[str, Any] = {
            "type": f"urn:tinhso:problem:{self.type}",
            "title": str(self.title),
            "status": self.status,
        }
        if self.detail:
            body["detail"] = str(self.detail)
        return body | self.extra


class Unreadable(Problem):
    """A request that is no request: a broken multipart body, a forged host name, a session that was tampered with."""

    status, type, title = 400, "unreadable", _("Yêu cầu gửi đến không đọc được")


class NotFound(Problem):
    """Also what somebody gets who may not know that the thing exists."""

    status, type, title = 404, "not-found", _("Không tìm thấy")


class SignInNeeded(Problem):
    status, type, title = 401, "sign-in-needed", _("Cần đăng nhập")


class Forbidden(Problem):
    status, type, title = 403, "forbidden", _("Ông/Bà không có quyền làm việc này")


class NotAllowed(Problem):
    """An address that is there, asked with a method that it does not know."""

    status, type, title = 405, "method-not-allowed", _("Địa chỉ này không nhận phương thức như vậy")


class Conflict(Problem):
    """The thing changed meanwhile; `detail` says who did what."""

    status, type, title = 409, "conflict", _("Việc này đã có người làm")


class StaleRevision(Problem):
    status, type, title = 412, "stale-revision", _("Dữ liệu đã được người khác sửa")


class TooLarge(Problem):
    status, type, title = 413, "too-large", _("Tệp quá lớn")


class Unsupported(Problem):
    status, type, title = 415, "unsupported-media", _("Loại tệp không được nhận")


class Invalid(Problem):
    """`errors` maps the path of a field (`child_name`, `papers.photo`, `rows.3.amount`) to its messages."""

    status, type, title = 422, "invalid", _("Có mục chưa đúng")

    def __init__(self, errors: Mapping[str, Sequence[Words]] | Words, **extra: Any) -> None:
        if not isinstance(errors, Mapping):
            errors = {"": [errors]}
        self.errors = {path: list(messages) for path, messages in errors.items()}
        super().__init__("; ".join(str(m) for messages in self.errors.values() for m in messages), **extra)

    def document(self) -> dict[str, Any]:
        errors = [
            {"path": path, "message": str(message)} for path, messages in self.errors.items() for message in messages
        ]
        return super().document() | {"errors": errors}


class NoRoom(Problem):
    """The disk on which files are kept is full: nothing new is taken, and nothing that was kept is touched."""

    status, type, title = 507, "no-room", _("Máy chủ tạm hết chỗ để lưu tệp")


class Busy(Problem):
    status, type, title = 503, "busy", _("Hệ thống đang bận, xin thử lại sau ít phút")
