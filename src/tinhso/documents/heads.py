"""What official papers have in common, as their templates read it: who issues them, and times."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from tinhso.identity.queries import agency_by_id
from tinhso.territory.queries import ancestors, unit

KINDS = ("Xã ", "Phường ", "Thị trấn ", "Tỉnh ", "Thành phố ")


def issuer(agency: UUID) -> dict[str, str]:
    """The head of a paper: the agency, what is above it, and the place that stands before the date (Decree
    30/2020/NĐ-CP: the name without its kind)."""
    ref = agency_by_id(agency)
    here = unit(ref.unit)
    above = ancestors(ref.unit)
    name = here.name if here else ""
    for kind in KINDS:
        name = name.removeprefix(kind)
    return {"name": ref.name, "parent": above[-1].name if above else "", "place": name}


def written(moment: datetime | None) -> str:
    """A time as templates read it: local, to the minute; "" for none."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M") if moment else ""
