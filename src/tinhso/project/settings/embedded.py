"""One machine: a private PostgreSQL cluster in `var/`, files on the same disk (`make run`, `make test`)."""

import os
from pathlib import Path

from tinhso.payments.settings import stand_ins, webhook_key
from tinhso.project.database import database, private_cluster
from tinhso.project.secret_files import ec_key, keys, rsa_key, secret

from .base import *
from .base import EMAIL_HOST, OAUTH2_PROVIDER, VAR

DEBUG = False
# Every page says that the people shown are invented.
DEMO = os.environ.get("TINHSO_DEMO", "yes") != "no"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *os.environ.get("TINHSO_HOSTS", "").split()]
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or private_cluster(VAR))}
SECRET_KEY = secret(VAR / "secrets", "django")
# Keys that encrypt personal fields and index them; newest first (docs/operations.md, "Keys").
FIELD_KEYS = keys(VAR / "secrets", "fields")
PORT = int(os.environ.get("TINHSO_PORT", "8000"))
NATIONAL_ID_PORT = int(os.environ.get("TINHSO_NATIONAL_ID_PORT", PORT + 1))
BASE_URL = os.environ.get("TINHSO_BASE_URL", f"http://localhost:{PORT}")
NATIONAL_ID_SECRET = secret(VAR / "secrets", "national-id-client")
OAUTH2_PROVIDER = OAUTH2_PROVIDER | {
    "OIDC_RSA_PRIVATE_KEY": secret(VAR / "secrets", "oidc.pem", rsa_key),
    "OIDC_ISS_ENDPOINT": BASE_URL,
}
NATIONAL_ID_URL = os.environ.get("TINHSO_NATIONAL_ID_URL", f"http://localhost:{NATIONAL_ID_PORT}")
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR / "mail"
VAPID_KEY = secret(VAR / "secrets", "vapid.pem", ec_key)
# The local authority that signs papers, stamps the time and answers for revocation (`tinhso trust serve`).
TRUST_PORT = int(os.environ.get("TINHSO_TRUST_PORT", PORT + 2))
TRUST_URL = os.environ.get("TINHSO_TRUST_URL", f"http://127.0.0.1:{TRUST_PORT}")
TRUST_ROOT = Path(os.environ.get("TINHSO_TRUST_ROOT", VAR / "trust"))
# The bank and the operator of the demonstration (`tinhso bank serve`): a process of its own.
BANK_PORT = int(os.environ.get("TINHSO_BANK_PORT", PORT + 3))
BANK_URL = os.environ.get("TINHSO_BANK_URL", f"http://localhost:{BANK_PORT}")
PAYMENT_PROVIDERS = stand_ins(BANK_URL, webhook_key(secret(VAR / "secrets", "bank"))) if DEMO else {}
