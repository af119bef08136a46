"""What stands around a case on its page: notes, opinions, and the deeds that have pages of their own."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases.contracts import Around, CaseView, OpinionView
from tinhso.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """A deed that the reader may do. `key` reaches it by keyboard; a `file` opens beside the page."""

    text: str
    href: str
    icon: str
    key: str = ""
    file: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """`mine_asked` are the opinions that wait for the reader."""

    found: Around
    deeds: tuple[Link, ...]
    mine_asked: tuple[OpinionView, ...]


def of_case(actor: Actor, case: CaseView) -> Beside:
    """What the case page shows of it."""
    found = cases.around(actor, case.id)
    waiting = tuple(one for one in found.opinions if one.mine and one.state in {"open", "late"})
    return Beside(found, tuple(_deeds(case, found)), waiting)


def _deeds(case: CaseView, found: Around) -> list[Link]:
    links = []
    if found.may_preview and found.task:
        address = reverse("desk-case-preview", args=[case.id, found.task])
        links.append(Link(_("Xem trước giấy sẽ ký"), address, "document", "p", file=True))
    if found.may_ask:
        links.append(Link(_("Hỏi ý kiến"), reverse("desk-opinion-ask", args=[case.id]), "person", "y"))
    if found.may_take_over and found.task:
        address = reverse("desk-case-take-over", args=[case.id, found.task])
        links.append(Link(_("Nhận việc thay"), address, "briefcase"))
    if found.may_assign and found.task:
        links.append(Link(_("Giao việc"), reverse("desk-case-assign", args=[case.id, found.task]), "arrow", "g"))
    if found.may_send_on and found.task:
        address = reverse("desk-case-send-on", args=[case.id, found.task])
        links.append(Link(_("Chuyển cơ quan khác"), address, "arrow"))
    if found.may_cancel:
        links.append(Link(_("Dừng giải quyết"), reverse("desk-case-cancel", args=[case.id]), "cross"))
    if found.may_reopen:
        links.append(Link(_("Mở lại hồ sơ"), reverse("desk-case-reopen", args=[case.id]), "back"))
    return links
