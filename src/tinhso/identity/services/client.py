"""The platform as a client of the national ID stand-in."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from oauth2_provider.models import Application

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor

from ..policy import need


def register_client(actor: Actor) -> bool:
    """Make the platform known to the stand-in, with the address it comes back to (`BASE_URL`); returns whether
    anything changed. May be run at every start."""
    need(actor, "agencies.edit")
    back = reverse("openid_connect_callback", args=["national-id"])
    wanted = {
        "name": "Tỉnh Số",
        "redirect_uris": f"{settings.BASE_URL}{back}",
        "client_type": Application.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
        "algorithm": Application.RS256_ALGORITHM,
        "hash_client_secret": False,
        "client_secret": settings.NATIONAL_ID_SECRET,
    }
    with transaction.atomic():
        client = Application.objects.select_for_update().filter(client_id=settings.NATIONAL_ID_CLIENT).first()
        if client and all(getattr(client, key) == value for key, value in wanted.items()):
            return False
        Application.objects.update_or_create(client_id=settings.NATIONAL_ID_CLIENT, defaults=wanted)
        audit.record(actor, "identity.register-client", f"client:{settings.NATIONAL_ID_CLIENT}")
    return True
