"""The tests: embedded mode on a database of its own; jobs run on the real queue."""

import os
import tempfile
from pathlib import Path

from .embedded import *
from .embedded import DATABASES

BLOB_ROOT = Path(tempfile.gettempdir()) / f"tinhso-test-{os.getpid()}" / "blobs"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["OPTIONS"].pop("pool", None)
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TINHSO_TEST_DATABASE", "test_tinhso")}
# `make test` gives each of pytest's workers a cluster of its own: seals wait for all transactions of theirs.
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    hosts = os.environ.get("TINHSO_TEST_HOSTS", "").split(os.pathsep)
    DATABASES["default"]["HOST"] = hosts[int(worker.removeprefix("gw")) % len(hosts)] or DATABASES["default"]["HOST"]
