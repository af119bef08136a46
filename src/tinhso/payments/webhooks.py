"""Where banks and operators send their messages: /payments/<provider>/messages."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tinhso.kernel.policy import anyone, route

from . import services
from .signatures import HEADERS

STATUS = {"unsigned": 401, "stale": 401, "forged": 401, "too-large": 413}
"""Of rejected messages; 422 otherwise. A bank that gets one tells its own people."""


@csrf_exempt
@route(anyone)  # the signature says who it is
@require_POST
def messages(request: HttpRequest, provider: str) -> JsonResponse:
    """One message: 200 where it is entered, now or before; else the reason, which is kept with it."""
    headers = {name: request.headers.get(name, "") for name in HEADERS}
    heard = services.hear(provider, headers, request.body)
    status = STATUS.get(heard.reason, 422) if heard.outcome == "rejected" else 200
    return JsonResponse({"outcome": heard.outcome, "reason": heard.reason, "id": str(heard.message)}, status=status)


urlpatterns = [path("payments/<slug:provider>/messages", messages, name="payment-messages")]
