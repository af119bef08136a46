"""Roles: what a post allows. A permission is the verb that a service asks for ("case.approve")."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Role:
    """`name` is what people read; `permissions` the verbs."""

    code: str
    name: Promise
    permissions: frozenset[str]


def _role(code: str, name: Promise, permissions: str) -> Role:
    return Role(code, name, frozenset(permissions.split()))


_SEES_CASES = "case.see-agency registers.see"
_LEADS = "case.assign case.cancel case.reopen post.delegate post.delegate-unit"
"""Of whoever heads an agency or a unit of it: who does which work, which case is stopped, which is opened again."""
_KEEPS = (
    f"{_SEES_CASES} case.verify case.ask-supplement case.refuse person.look registers.edit registers.build"
    " post.delegate"
)
"""Of officers who keep the registers of their field, and make registers of it in the browser."""

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role(
            "one-stop",
            _("Cán bộ một cửa"),
            f"{_SEES_CASES} case.receive case.intake case.return case.ask-supplement case.refuse person.look"
            " post.delegate payment.see payment.take",
        ),
        _role(
            "civil-status",
            _("Công chức tư pháp – hộ tịch"),
            f"{_SEES_CASES} case.verify case.ask-supplement case.refuse person.look population.edit registers.edit"
            " registers.build post.delegate",
        ),
        _role(
            "chair",
            _("Chủ tịch Ủy ban nhân dân"),
            f"{_SEES_CASES} {_LEADS} case.approve case.refuse case.ask-supplement document.sign indicators.see"
            " person.look case.supervise payment.see payment.approve-refund rating.follow",
        ),
        _role("head", _("Trưởng bộ phận"), f"{_SEES_CASES} {_LEADS} person.look"),
        _role("clerk", _("Chuyên viên"), f"{_SEES_CASES} case.verify case.ask-supplement person.look post.delegate"),
        _role(
            "leader",
            _("Lãnh đạo tỉnh"),
            "case.see-province case.supervise registers.see indicators.see case.assign case.reopen post.delegate"
            " payment.see payment.approve-refund rating.follow",
        ),
        _role("analyst", _("Chuyên viên phân tích"), "indicators.see indicators.edit registers.see"),
        _role(
            "admin",
            _("Quản trị hệ thống"),
            "packs.apply territory.edit calendar.edit agencies.edit accounts.edit registers.see indicators.see"
            " jobs.see jobs.edit",
        ),
        _role(
            "auditor",
            _("Thanh tra, kiểm toán"),
            "audit.see case.see-province registers.see indicators.see payment.see payment.see-province",
        ),
        _role("accountant", _("Kế toán"), f"{_SEES_CASES} payment.see payment.take payment.settle person.look"),
        _role("residence", _("Cán bộ quản lý cư trú"), _KEEPS),
        _role("business", _("Chuyên viên doanh nghiệp và đầu tư"), _KEEPS),
        _role("land", _("Chuyên viên đất đai"), _KEEPS),
        _role("agriculture", _("Chuyên viên nông nghiệp"), _KEEPS),
        _role("environment", _("Chuyên viên tài nguyên và môi trường"), _KEEPS),
        _role("transport", _("Chuyên viên giao thông vận tải"), _KEEPS),
        _role("digital", _("Chuyên viên chuyển đổi số"), _KEEPS),
        _role("education", _("Chuyên viên giáo dục"), _KEEPS),
        _role("health", _("Chuyên viên y tế"), _KEEPS),
        _role("culture", _("Chuyên viên văn hóa"), _KEEPS),
        _role("personnel", _("Chuyên viên tổ chức cán bộ"), _KEEPS),
        _role("finance", _("Chuyên viên tài chính – kế hoạch"), _KEEPS),
        _role("legal", _("Chuyên viên pháp chế"), _KEEPS),
        _role("construction", _("Chuyên viên xây dựng"), _KEEPS),
        _role("social", _("Chuyên viên bảo trợ xã hội"), _KEEPS),
        _role("trade", _("Chuyên viên công thương"), _KEEPS),
        _role("science", _("Chuyên viên khoa học và công nghệ"), _KEEPS),
        _role("inspector", _("Chuyên viên thanh tra, kiểm tra"), f"{_KEEPS} inspection.do"),
        _role(
            "police-chief",
            _("Trưởng Công an xã"),
            f"{_SEES_CASES} {_LEADS} case.approve case.refuse case.ask-supplement document.sign person.look",
        ),
    )
}


def role_names(roles: Iterable[str]) -> list[Promise]:
    """The roles as people read them; what is no role is left out."""
    return [ROLES[role].name for role in roles if role in ROLES]


def known_roles() -> frozenset[str]:
    """The codes of all roles, as a definition may name them."""
    return frozenset(ROLES)


def roles_that_may(permission: str) -> frozenset[str]:
    """The codes of the roles that have a permission."""
    return frozenset(code for code, role in ROLES.items() if permission in role.permissions)


def permissions(roles: frozenset[str] | list[str] | tuple[str, ...]) -> frozenset[str]:
    """All verbs that the roles allow together; a role no longer known allows nothing."""
    return frozenset().union(*(ROLES[role].permissions for role in roles if role in ROLES))
