"""What holds in every way of running. Each setting that an operator may set is read here from the
environment and listed in docs/operations.md; the rest are decisions, not settings."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tinhso.identity import scopes

ROOT = Path(__file__).resolve().parents[4]
VAR = Path(os.environ.get("TINHSO_VAR", ROOT / "var"))
PACKS = Path(os.environ.get("TINHSO_PACKS", ROOT / "packs"))

INSTALLED_APPS = [
    "tinhso.kernel",
    "tinhso.territory",
    "tinhso.identity",
    "tinhso.documents",
    "tinhso.notices",
    "tinhso.registers",
    "tinhso.payments",
    "tinhso.cases",
    "tinhso.indicators",
    "tinhso.portals",
    "tinhso.project",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
    "procrastinate.contrib.django",
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
    "tinhso.portals.security.ContentSecurityPolicy",
    "tinhso.portals.assets.StaticFiles",
    "django.middleware.gzip.GZipMiddleware",
    "tinhso.kernel.web.RequestId",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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

# True where invented people live here: every page says so.
DEMO = False

# Vietnamese is the language of the source; English is its one translation (docs/decisions/0003).
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LANGUAGE_COOKIE_NAME = "lang"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# Working hours (kernel/calendar): of a full working day, and of the one-stop counters on Saturdays ("" where closed).
WORKING_HOURS = os.environ.get("TINHSO_WORKING_HOURS", "07:30-11:30 13:00-17:00")
SATURDAY_HOURS = os.environ.get("TINHSO_SATURDAY_HOURS", "")
# When a step or a case is shown as at risk (per cent of its working time that is left), after how many working hours of
# lateness a step goes to the superior, and how many working hours before its time a result counts as early.
AT_RISK_PERCENT = int(os.environ.get("TINHSO_AT_RISK_PERCENT", "25"))
ESCALATE_AFTER_HOURS = int(os.environ.get("TINHSO_ESCALATE_AFTER_HOURS", "8"))
EARLY_HOURS = int(os.environ.get("TINHSO_EARLY_HOURS", "1"))

# GDAL reads only boundary files that an administrator hands to `tinhso territory boundaries`.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
# Vite puts a digest into each name under build/ and lays .br and .gz beside the file; WhiteNoise sends them as they
# are, straight from the packages, and tells browsers to keep them for ever.
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/build/.+-[\w-]{8}\.\w+$"
BLOB_ROOT = VAR / "blobs"
IMPORT_ROOT = VAR / "imports"
# Parquet files of what may be published (kernel/lake); personal columns apart, and only of registers named here.
LAKE_ROOT = VAR / "lake"
LAKE_PERSONAL_ROOT = VAR / "lake-personal"
LAKE_PERSONAL = tuple(os.environ.get("TINHSO_LAKE_PERSONAL", "").split())
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# One paper of one case: a photograph or a scan. Above it the upload is refused while it streams in.
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
# A file of rows for a register, which is read from the disk and never held in memory.
MAX_IMPORT_BYTES = 500 * 1024 * 1024
# Days after its last use for which such a file, and what was said of its refused rows, is kept.
IMPORT_KEEP_DAYS = int(os.environ.get("TINHSO_IMPORT_KEEP_DAYS", "30"))
# Addresses, as whole regular expressions, to which more than MAX_UPLOAD_BYTES may be sent.
LARGER_UPLOADS = {
    r"/desk/so/tao|/desk/so/[^/]+/nhap(/[0-9a-f-]{36}/sua)?": MAX_IMPORT_BYTES,
    # All the papers of a case at once, as a counter scans them; each of them still within MAX_UPLOAD_BYTES.
    r"/desk/quay/ban-nhap/[0-9a-f-]{36}": 5 * MAX_UPLOAD_BYTES,
}

SESSION_ENGINE = "tinhso.identity.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Failed sign-ins and used one-time codes are counted here by all processes together.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# Sign-in of officers (django-allauth): password, then a second factor. Pages: identity/urls.py.
ACCOUNT_ADAPTER = "tinhso.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS = {"login_failed": "60/5m/ip,5/5m/key"}
MFA_ADAPTER = "tinhso.identity.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tỉnh Số"
MFA_TOTP_TOLERANCE = 1

# Sign-in of citizens: the national ID provider at NATIONAL_ID_URL, of which the platform is a client.
SOCIALACCOUNT_ADAPTER = "tinhso.identity.adapters.SocialAccountAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
NATIONAL_ID_CLIENT = "tinhso"

# The platform as an OpenID Connect provider for the province's other applications.
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "PKCE_REQUIRED": True,
    "OAUTH2_VALIDATOR_CLASS": "tinhso.identity.provider.PlatformValidator",
    "SCOPES": scopes.PLATFORM,
    "REQUEST_APPROVAL_PROMPT": "auto",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3_600,
    "ID_TOKEN_EXPIRE_SECONDS": 600,
    "OIDC_RESPONSE_TYPES_SUPPORTED": ["code"],
    "OIDC_SUBJECT_TYPES_SUPPORTED": ["pairwise"],
}

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_ON_APP_READY = "tinhso.kernel.queue.ready"

# Notices: mail by SMTP, SMS and Zalo by a provider's HTTP interface. A channel that is not set up is not offered.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("TINHSO_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("TINHSO_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("TINHSO_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TINHSO_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("TINHSO_SMTP_TLS", "starttls") == "starttls"
EMAIL_USE_SSL = os.environ.get("TINHSO_SMTP_TLS", "") == "tls"
DEFAULT_FROM_EMAIL = os.environ.get("TINHSO_MAIL_FROM", "Tỉnh Số <khong-tra-loi@localhost>")
SMS_URL = os.environ.get("TINHSO_SMS_URL", "")
SMS_KEY = os.environ.get("TINHSO_SMS_KEY", "")
SMS_SHAPE = os.environ.get("TINHSO_SMS_SHAPE", "plain")
SMS_MARKS = os.environ.get("TINHSO_SMS_MARKS", "yes") != "no"
ZALO_URL = os.environ.get("TINHSO_ZALO_URL", "")
ZALO_KEY = os.environ.get("TINHSO_ZALO_KEY", "")
ZALO_SHAPE = os.environ.get("TINHSO_ZALO_SHAPE", "zns")
ZALO_TEMPLATE = os.environ.get("TINHSO_ZALO_TEMPLATE", "")
# Error numbers of the provider after which another attempt is worth while.
ZALO_TRY_AGAIN = frozenset(int(number) for number in os.environ.get("TINHSO_ZALO_TRY_AGAIN", "").split())
# Web push goes only to the push services of browsers: the address comes from outside, and is called from inside.
PUSH_HOSTS = os.environ.get(
    "TINHSO_PUSH_HOSTS",
    "fcm.googleapis.com push.services.mozilla.com push.apple.com notify.windows.com",
).split()
VAPID_CONTACT = os.environ.get("TINHSO_VAPID_CONTACT", "mailto:quan-tri@localhost")

LOGIN_URL = "/dang-nhap"
LOGIN_REDIRECT_URL = "/"

LOGGING_CONFIG = "tinhso.kernel.logs.configure"
LOGGING = {"level": "WARNING"}
