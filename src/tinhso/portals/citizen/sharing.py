"""/ho-so/…/cho-xem: the applicant lets the agency of a case see their cases at other agencies."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import services
from tinhso.kernel.policy import citizen, route


@route(citizen)
@require_POST
def share(request: Any, case_id: UUID) -> HttpResponse:
    """Agree; it is taken back among one's consents."""
    services.share_cases(request.actor, case_id)
    messages.success(request, _("Đã ghi. Ông/Bà rút lại được bất cứ lúc nào ở “Của tôi”."))
    return redirect("case", case_id)
