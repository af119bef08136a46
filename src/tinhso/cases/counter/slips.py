"""What the receipt says of a case that was handed in at a counter."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.identity import services as identity
from tinhso.identity.queries import agency_by_id

from ..models import Case
from .models import Intake
from .rotation import intake_place


def stranger_of(case: UUID) -> dict[str, Any]:
    """Who applied, where the population register does not know them (fields of `contracts.Stranger`); {} otherwise."""
    row = Intake.objects.filter(case=case, contact__isnull=False).first()
    return identity.open_sealed(row.contact, intake_place(case)) if row and row.contact else {}


def at_counter(case: Case, data: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from a receipt of the portal: who received it where, how the result is given back, and for which
    agency. {} for a case of the portal."""
    row = Intake.objects.filter(case=case).first()
    if row is None:
        return {}
    competent = agency_by_id(row.competent_id)
    given = {
        "person": _("Nhận trực tiếp tại nơi nộp hồ sơ"),
        "post": _("Qua dịch vụ bưu chính công ích"),
        "online": _("Nhận bản điện tử trên cổng dịch vụ công"),
    }
    centre = agency_by_id(row.centre_id)
    return {
        "issuer": {**data["issuer"], "name": centre.name},
        "papers": [
            {**paper, "form": _("Bản in từ lời khai") if number == 0 else _("Bản chụp tại quầy")}
            for number, paper in enumerate(data["papers"])
        ],
        "return_by": given[row.give_back],
        "receiver": row.officer,
        "note": "" if competent.id == centre.id else _("Cơ quan giải quyết: %(agency)s") % {"agency": competent.name},
    }
