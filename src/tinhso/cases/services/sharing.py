"""The applicant lets the agency that has a case see their cases at other agencies. The consent itself is identity's: it
is shown there, and taken back there."""

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.queries import agency_by_id
from tinhso.identity.services import give_consent
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden

from .. import policy


def share_cases(actor: Actor, case_id: UUID) -> None:
    """Agree that the agency which holds the case sees one's other cases. Forbidden for anybody but the applicant; given
    twice, the first stands."""
    case = policy.get(actor, case_id)
    if not policy.is_applicant(actor, case):
        raise Forbidden(_("Chỉ người nộp được đồng ý cho xem hồ sơ khác của mình."))
    agency = agency_by_id(case.holder_id).name
    with override("vi"):  # the text that was agreed to is kept as it stands
        text = _("Cho %(agency)s xem hồ sơ của tôi ở các cơ quan khác khi giải quyết hồ sơ của tôi.")
    give_consent(actor, policy.RELATED, agency[:120], text % {"agency": agency})
