"""The stand-in of the national ID: a process of its own beside the platform, on the same database (`make run`).

It shares no cookie, no session and no secret with the platform; what the platform learns comes by OpenID Connect.
"""

from tinhso.identity import scopes
from tinhso.project.secret_files import rsa_key, secret

from .embedded import *
from .embedded import MIDDLEWARE, NATIONAL_ID_URL, OAUTH2_PROVIDER, ROOT, TEMPLATES, VAR

ROOT_URLCONF = "tinhso.identity.national_id.urls"
SECRET_KEY = secret(VAR / "secrets", "national-id-django")
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = "national_id_session"
CSRF_COOKIE_NAME = "national_id_csrf"
# It has a face of its own: no frame, context or content policy of the portals.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("tinhso.portals.")]
MIDDLEWARE.insert(1, "tinhso.identity.national_id.security.ContentSecurityPolicy")
_options = TEMPLATES[0]["OPTIONS"]
_processors = [name for name in _options["context_processors"] if not name.startswith("tinhso.portals.")]
TEMPLATES = [
    TEMPLATES[0]
    | {
        "DIRS": [ROOT / "src" / "tinhso" / "identity" / "national_id" / "templates"],
        "OPTIONS": _options | {"context_processors": _processors},
    }
]
OAUTH2_PROVIDER = OAUTH2_PROVIDER | {
    "OAUTH2_VALIDATOR_CLASS": "tinhso.identity.provider.NationalIdValidator",
    "OIDC_RSA_PRIVATE_KEY": secret(VAR / "secrets", "national-id.pem", rsa_key),
    "OIDC_ISS_ENDPOINT": NATIONAL_ID_URL,
    "SCOPES": scopes.NATIONAL_ID,
}
