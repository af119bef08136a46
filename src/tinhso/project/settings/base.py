"""What holds in every way of running. Each setting that an operator may set is read here from the
environment and listed in docs/operations.md; the rest are decisions, not settings."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parents[4]
VAR = Path(os.environ.get("TINHSO_VAR", ROOT / "var"))
PACKS = Path(os.environ.get("TINHSO_PACKS", ROOT / "packs"))

INSTALLED_APPS = [
    "tinhso.kernel",
    "tinhso.territory",
    "tinhso.identity",
    "tinhso.documents",
    "tinhso.registers",
    "tinhso.cases",
    "tinhso.indicators",
    "tinhso.portals",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
    "procrastinate.contrib.django",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.humanize",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tinhso.kernel.web.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tinhso.identity.web.ActorMiddleware",
    "tinhso.kernel.web.Problems",
]

ROOT_URLCONF = "tinhso.project.urls"
ASGI_APPLICATION = "tinhso.project.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.Account"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tinhso.portals.context.portal",
            ],
            "builtins": ["tinhso.portals.templatetags.tinhso"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Vietnamese is the language of the source; English is its one translation (docs/decisions/0003).
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LANGUAGE_COOKIE_NAME = "lang"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# GDAL reads only boundary files that an administrator hands to `tinhso territory boundaries`.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
BLOB_ROOT = VAR / "blobs"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# One paper of one case: a photograph or a scan. Above it the upload is refused while it streams in.
MAX_UPLOAD_BYTES = 20 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

LOGIN_URL = "/dang-nhap"
LOGIN_REDIRECT_URL = "/"
