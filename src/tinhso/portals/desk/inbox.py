"""/desk: the queue of work, who has taken what, and all the cases of the agency."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict
from tinhso.kernel.policy import officer, route

from ..citizen.states import KINDS
from .case import just_done

SCOPES = ("mine", "unit", "all", "escalated")
IN_QUEUE = (1, 2, 4, 9)
"""The states of the National Service Portal in which a case waits for an officer."""
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of the queue; what makes no sense there is left out."""

    scope: Any
    search: str
    procedure: str
    status: int | None
    claimed: bool | None
    due: Any
    after: str

    @property
    def narrowed(self) -> bool:
        return bool(self.search or self.filtered)

    @property
    def filtered(self) -> bool:
        return bool(self.procedure or self.due) or self.status is not None or self.claimed is not None

    def address(self, name: str, *, scope: str = "", after: bool = False) -> str:
        """The address of the same question, in another tab or as the fragment that is fetched again."""
        given = {
            "xem": scope or self.scope,
            "q": self.search,
            "thu-tuc": self.procedure,
            "tinh-trang": "" if self.status is None else str(self.status),
            "nguoi": {True: "taken", False: "free", None: ""}[self.claimed],
            "han": self.due,
            "after": self.after if after else "",
        }
        return f"{reverse(name)}?{urlencode({key: value for key, value in given.items() if value})}"


def _asked(given: QueryDict) -> Asked:
    scope, status, due = given.get("xem", "unit"), given.get("tinh-trang", ""), given.get("han", "")
    return Asked(
        scope=scope if scope in SCOPES else "unit",
        search=given.get("q", "").strip()[:MOST_LETTERS],
        procedure=given.get("thu-tuc", ""),
        status=int(status) if status in map(str, IN_QUEUE) else None,
        claimed={"taken": True, "free": False}.get(given.get("nguoi", "")),
        due=due if due in {"late", "risk", "today", "week"} else "",
        after=given.get("after", ""),
    )


@route(officer)
def inbox(request: HttpRequest) -> HttpResponse:
    """Open tasks, the most urgent first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    beside = {
        "stands_in": _stands_in(request),
        "opinions": cases.opinions_waiting(actor),
        "may_assign": actor.may("case.assign"),
        "actions": _actions(actor),
    }
    return render(request, "desk/inbox.html", _shown(request) | beside)


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done with all that is ticked."""

    value: str
    words: str
    key: str
    kind: str = "secondary"


def _stands_in(request: HttpRequest) -> list[dict[str, str]]:
    """The posts in which the officer is a deputy today, other than the one that is acted in."""
    here = str(request.actor.post)  # type: ignore[attr-defined]
    english = (get_language() or "").startswith("en")
    return [
        {
            "post": seat["post"],
            "title": (english and seat["title_en"]) or seat["title"],
            "holder": seat["acting_for"],
        }
        for seat in request.user.seats  # type: ignore[union-attr]
        if seat["acting_for"] and seat["post"] != here
    ]


def _actions(actor: Actor) -> list[Action]:
    actions = [Action("claim", _("Nhận việc"), "m"), Action("done", _("Hoàn thành bước"), "e")]
    if actor.may("case.assign"):
        actions.insert(0, Action("assign", _("Giao việc"), "g"))
    if actor.may("case.approve"):
        actions.insert(0, Action("approve", pgettext("desk", "Ký số"), "s", kind=""))
    return actions


@route(officer)
def queue(request: HttpRequest) -> HttpResponse:
    """The part of the inbox that moves."""
    return render(request, "desk/queue.html", _shown(request))


def _shown(request: HttpRequest) -> dict[str, Any]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = _asked(request.GET)
    page = cases.inbox(
        actor,
        asked.scope,
        search=asked.search,
        procedure=asked.procedure,
        status=asked.status,
        claimed=asked.claimed,
        due=asked.due,
        after=asked.after,
    )
    counts = cases.inbox_counts(actor)
    words = {
        "mine": _("Của tôi"),
        "unit": _("Của bộ phận"),
        "all": _("Cả cơ quan"),
        "escalated": _("Quá hạn của cấp dưới"),
    }
    statuses = cases.statuses()
    return {
        "asked": asked,
        "rows": page.rows,
        "older": page.next,
        "here": asked.address("desk", after=True),
        "first_page": asked.address("desk"),
        "fragment": asked.address("desk-queue", after=True),
        "current": asked.address("desk"),
        "tabs": [
            (asked.address("desk", scope=one), f"{words[one]} ({counts[one]})") for one in SCOPES if one in counts
        ],
        "procedures": [(one.name, str(one.definition.name)) for one in cases.procedures()],
        "statuses": [(code, statuses[code]) for code in IN_QUEUE],
        "claims": [("free", _("Chưa ai nhận")), ("taken", _("Đã có người nhận"))],
        "claimed": {True: "taken", False: "free", None: ""}[asked.claimed],
        "dues": [
            ("late", _("Đã quá hạn")),
            ("risk", _("Nguy cơ trễ")),
            ("today", _("Đến hạn hôm nay")),
            ("week", _("Đến hạn trong 7 ngày")),
        ],
        "just_done": just_done(request),
        "reminder": (reminder := cases.reminder(actor)),
        "reminder_words": {key: _counted(getattr(reminder, key)) for key in ("late", "at_risk", "escalated")},
        "demo": any(row.demo for row in page.rows),
        "keys": [
            ("Enter", _("Mở hồ sơ của dòng đang chọn")),
            ("x", _("Đánh dấu dòng đang chọn")),
            ("a", _("Đánh dấu cả trang")),
            ("s e g m", _("Ký, hoàn thành, giao, nhận những dòng được đánh dấu")),
            ("f", _("Mở phần lọc")),
            ("c", _("Nhận hoặc trả lại việc của dòng đang chọn")),
            ("n", _("Mở hồ sơ gấp nhất")),
            ("/", _("Tìm")),
        ],
    }


def _counted(number: int) -> str:
    return "99+" if number > 99 else str(number)


@route(officer)
def following(request: HttpRequest) -> HttpResponse:
    """To the next case by due time, after the task `?sau=`; back to the queue where there is none."""
    try:
        after = UUID(request.GET["sau"]) if "sau" in request.GET else None
    except ValueError:
        after = None
    found = cases.next_task(request.actor, after=after)  # type: ignore[attr-defined]
    if found is None:
        messages.info(request, _("Không còn hồ sơ nào chờ Ông/Bà."))
        return redirect("desk")
    return redirect("desk-case", found.case)


@route(officer)
@require_POST
def claim(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take a task; whoever has it already is named."""
    return _take(request, task_id, services.claim)


@route(officer)
@require_POST
def release(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a task back to the unit."""
    return _take(request, task_id, services.release)


def _take(request: HttpRequest, task_id: UUID, verb: Any) -> HttpResponse:
    try:
        verb(request.actor, task_id)  # type: ignore[attr-defined]
    except Conflict as problem:
        messages.warning(request, f"{problem.title}. {problem.detail}")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("desk")
    return redirect(back)


@route(officer)
def all_cases(request: HttpRequest) -> HttpResponse:
    """Every case that the officer may see, open and ended, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    statuses = cases.statuses()
    search = request.GET.get("q", "").strip()[:MOST_LETTERS]
    procedure, typed = request.GET.get("thu-tuc", ""), request.GET.get("tinh-trang", "")
    status = int(typed) if typed in map(str, statuses) else None
    page = cases.agency_cases(
        actor, search=search, procedure=procedure, status=status, after=request.GET.get("after", "")
    )
    context = {
        "rows": [{"case": one, "kind": KINDS[one.status_code]} for one in page.cases],
        "older": page.next,
        "search": search,
        "procedure": procedure,
        "status": status,
        "narrowed": bool(search or procedure or status),
        "procedures": [(one.name, str(one.definition.name)) for one in cases.procedures()],
        "statuses": list(statuses.items()),
        "sees": actor.may("case.see-agency") or actor.may("case.see-province"),
        "demo": any(one.demo for one in page.cases),
        "keys": [("/", _("Tìm"))],
    }
    return render(request, "desk/cases.html", context)
