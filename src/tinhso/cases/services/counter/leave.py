"""Who may do what at a counter: officers whose post takes in cases, at the centre that their post belongs to."""

from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.identity.contracts import AgencyRef
from tinhso.identity.queries import agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, SignInNeeded
from tinhso.kernel.packs import in_force

from ...counter.definitions import CounterDefinition

INTAKE, RETURN = "case.intake", "case.return"


def centre_of(actor: Actor, permission: str = INTAKE) -> UUID:
    """The agency at whose counters the actor sits. Raises SignInNeeded or Forbidden."""
    if actor.is_anonymous:
        raise SignInNeeded()
    if not actor.is_officer or actor.agency is None or not actor.may(permission):
        raise Forbidden()
    return actor.agency


def declared(level: str) -> CounterDefinition | None:
    """The groups and priorities that a pack declares for centres of a level; None where none does."""
    return next((found.model for found in in_force("counter") if level in found.model.levels), None)


def definition_of(agency: UUID | AgencyRef) -> CounterDefinition:
    """The same for one centre. Raises Conflict in words where no pack declares it."""
    ref = agency if isinstance(agency, AgencyRef) else agency_by_id(agency)
    found = declared(ref.level)
    if found is None:
        raise Conflict(
            _("Chưa có gói nào khai báo các nhóm dịch vụ cho cấp này. Xin báo quản trị áp dụng gói “one-stop”."),
            title=_("Chưa khai báo cách lấy số"),
        )
    return found
