"""Who comes in, what every operation may answer, and what its headers say."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router, Status
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, Problem
from tinhso.kernel.policy import Rule

from .. import policy
from ..contracts import RecordRef, Written
from ..shape import Shape
from .schemas import ProblemOut, ProposedOut

reader = Rule("registers.reader", lambda actor: actor.may(policy.SEE) or actor.is_citizen, 2, strangers_see=False)
keeper = Rule("registers.keeper", lambda actor: actor.may(policy.EDIT), 2)

READS = {401: ProblemOut, 403: ProblemOut, 404: ProblemOut}
ASKS = READS | {422: ProblemOut, 503: ProblemOut}
WRITES = READS | {400: ProblemOut, 409: ProblemOut, 413: ProblemOut, 422: ProblemOut}
WAITS = {202: ProposedOut}
"""Where the register asks for approval."""
CHANGES = WRITES | {412: ProblemOut, 428: ProblemOut}


def _header(name: str, words: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": words,
        "schema": {"type": "string"} | schema,
    }


SAYS_SEEN = _header(
    "If-Match", "The ETag of the record as it was read; needed.", pattern=r'^(W/)?"[0-9]{1,9}(\.[0-9]{1,9})?"$'
)
SAYS_KEY = _header(
    "Idempotency-Key", "The client's name for this request: sent again, it is not done again.", maxLength=120
)
SAYS_HAS = _header("If-None-Match", "The ETag that the client has: 304 where the record is still that.")


class Session(APIKeyCookie):
    """Whoever has signed in on the web; what writes needs the CSRF token beside the cookie."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Any:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reader.check(actor)
        if check_csrf(request):
            raise Forbidden(_("Thiếu mã chống giả mạo (CSRF) của phiên làm việc."))
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return key


router = Router(auth=Session(), tags=["registers"], by_alias=True)


class PreconditionRequired(Problem):
    status, type, title = 428, "precondition-required", _("Cần nói rõ đang sửa lần nào (If-Match)")


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def key_of(request: HttpRequest) -> str:
    """The Idempotency-Key. Raises Invalid where it is longer than what is kept."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 120 or not key.isprintable():
        raise Invalid({"Idempotency-Key": [_("Mã yêu cầu dài nhất 120 ký tự đọc được.")]})
    return key


def tag(of: Shape, revision: int) -> str:
    """The ETag of a record as it is told under the register's version in force: the same revision is told anew once
    its fields are called otherwise. The first version is left out."""
    return f'"{revision}"' if of.version == 1 else f'"{revision}.{of.version}"'


def seen_by(request: HttpRequest) -> int:
    """The revision that the client saw, from If-Match."""
    asked = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"').partition(".")[0]
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise PreconditionRequired(_("Gửi kèm If-Match với ETag của bản ghi đã đọc; chưa có gì được ghi."))
    return int(asked)


def told(ref: RecordRef) -> dict[str, Any]:
    """What is answered to a change, and kept under its Idempotency-Key."""
    return {"id": str(ref.id), "register": ref.register, "revision": ref.revision}


def told_of(written: Written) -> dict[str, Any]:
    """The same of a change that was handed in: where it waits for approval, its proposal."""
    if written.ref is not None:
        return told(written.ref)
    return {"proposal": str(written.proposal)}


def proposed(said: dict[str, Any], name: str, response: HttpResponse) -> Status:
    """202, with the address at which the proposal tells its state."""
    response["Location"] = f"/api/v1/registers/{name}/proposals/{said['proposal']}"
    return Status(202, {"id": said["proposal"], "of": name})


def answered(said: dict[str, Any], response: HttpResponse) -> dict[str, Any]:
    response["ETag"] = f'"{said["revision"]}"'
    return {"id": said["id"], "of": said["register"], "revision": said["revision"]}
