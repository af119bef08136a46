"""A server, or several behind a proxy that ends TLS: PostgreSQL, keys and names come from the environment.

Nothing has a default that would be wrong on a server: what is missing is named at the start. docs/operations.md lists
every variable. A secret may stand in a file whose path is in `<NAME>_FILE` (systemd credentials, container secrets).
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from tinhso.payments.settings import from_environment
from tinhso.project.database import database

from .base import *
from .base import OAUTH2_PROVIDER


def _needed(name: str) -> str:
    """The variable `name`, or what the file at `name`_FILE holds. Raises ImproperlyConfigured when there is neither."""
    if value := os.environ.get(name):
        return value
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    raise ImproperlyConfigured(f"set {name} (or {name}_FILE); docs/operations.md says what it is")


def _given(name: str) -> str:
    """The same for a secret that need not be there: "" when there is neither."""
    return _needed(name) if os.environ.get(name) or os.environ.get(f"{name}_FILE") else ""


DEBUG = False
VAR = Path(_needed("TINHSO_VAR"))
STATIC_ROOT = VAR / "static"
BLOB_ROOT = VAR / "blobs"
IMPORT_ROOT = VAR / "imports"
BASE_URL = _needed("TINHSO_BASE_URL").rstrip("/")
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", *os.environ.get("TINHSO_HOSTS", "").split()]
DATABASES = {"default": database(_needed("DATABASE_URL"))}
SECRET_KEY = _needed("TINHSO_SECRET_KEY")
FIELD_KEYS = _needed("TINHSO_FIELD_KEYS").split()

# The proxy in front ends TLS and sets these two headers itself, whatever the client sent.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TINHSO_PROXIES", "1"))
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]

NATIONAL_ID_URL = _needed("TINHSO_NATIONAL_ID_URL").rstrip("/")
NATIONAL_ID_CLIENT = os.environ.get("TINHSO_NATIONAL_ID_CLIENT", "tinhso")
NATIONAL_ID_SECRET = _needed("TINHSO_NATIONAL_ID_SECRET")
OAUTH2_PROVIDER = OAUTH2_PROVIDER | {
    "OIDC_RSA_PRIVATE_KEY": _needed("TINHSO_OIDC_KEY"),
    "OIDC_ISS_ENDPOINT": BASE_URL,
}
# Notices: secrets of the channels may stand in files too; without a VAPID key devices are not offered.
EMAIL_HOST_PASSWORD = _given("TINHSO_SMTP_PASSWORD")
SMS_KEY = _given("TINHSO_SMS_KEY")
ZALO_KEY = _given("TINHSO_ZALO_KEY")
VAPID_KEY = _given("TINHSO_VAPID_KEY")
TRUST_URL = _needed("TINHSO_TRUST_URL").rstrip("/")
TRUST_ROOT = Path(os.environ.get("TINHSO_TRUST_ROOT") or VAR / "trust")
# Banks and telecom operators whose messages tell of money (docs/operations.md, "Payments"); none is set up by itself.
PAYMENT_PROVIDERS = {
    name: from_environment(name, _needed) for name in os.environ.get("TINHSO_PAYMENT_PROVIDERS", "").split()
}
