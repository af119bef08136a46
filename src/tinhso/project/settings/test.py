"""The tests: embedded mode on a database of its own; jobs run on the real queue."""

import os
import tempfile
from pathlib import Path

from .embedded import *
from .embedded import DATABASES

BLOB_ROOT = Path(tempfile.gettempdir()) / f"tinhso-test-{os.getpid()}" / "blobs"
IMPORT_ROOT = BLOB_ROOT.with_name("imports")
DEMO = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TINHSO_TEST_DATABASE", "test_tinhso")}
