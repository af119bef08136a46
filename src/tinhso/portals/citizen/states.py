"""States of cases and drafts as icon and word."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tinhso.cases.contracts import CaseView, DraftView, InvitationView, Summary

KINDS = {
    1: "new", 2: "active", 3: "refused", 4: "active", 5: "wait", 6: "wait", 7: "neutral", 8: "refused", 9: "active",
    10: "done",
}  # fmt: skip
"""The kind of each of the ten states of the National Service Portal (cases.models.Status)."""


def of_case(case: Summary) -> dict[str, Any]:
    """An item of a task list."""
    return {
        "text": case.title,
        "href": reverse("case", args=[case.id]),
        "hint": case.code,
        "kind": KINDS[case.status_code],
        "status": case.status,
    }


def of_draft(draft: DraftView) -> dict[str, Any]:
    model = draft.procedure.definition
    subject = draft.raw.get(model.subject or "") or ""
    return {
        "text": f"{model.name}: {subject}" if isinstance(subject, str) and subject else str(model.name),
        "href": reverse("draft", args=[draft.id]),
        "hint": _("Điền tiếp và nộp"),
        "kind": "wait",
        "status": _("Chưa nộp"),
    }


def of_invitation(one: InvitationView) -> dict[str, Any]:
    """An item of a task list: a draft of somebody else's that waits for me."""
    kinds = {"asked": ("wait", _("Chờ Ông/Bà đồng ý")), "agreed": ("done", _("Đã đồng ý")),
             "declined": ("refused", _("Không đồng ý"))}  # fmt: skip
    kind, status = kinds[one.state]
    return {
        "text": str(one.procedure.definition.name),
        "href": reverse("invitation", args=[one.id]),
        "hint": _("%(who)s mời Ông/Bà cùng nộp") % {"who": one.applicant},
        "kind": kind,
        "status": status,
    }


def steps(case: CaseView) -> tuple[list[str], int]:
    """The names of the way, and which of them is at work, counted from 1; above the last all is done."""
    names = [pgettext("citizen", "Nộp hồ sơ"), *(str(step.label) for step in case.procedure.definition.steps)]
    if case.ended_at:
        return names, len(names) + 1
    known = [step.name for step in case.procedure.definition.steps]
    now = next((task.step for task in case.tasks if not task.completed_at), "")
    done = [task.step for task in case.tasks if task.completed_at and task.step in known]
    # A step that asks for a supplement, or has its paper signed, carries that in its name behind "_"; where a process
    # waits for a message or a time, it stands behind what was done last.
    for step in (now, now.rpartition("_")[0], *done[-1:]):
        if step in known:
            return names, known.index(step) + 2
    return names, 2
