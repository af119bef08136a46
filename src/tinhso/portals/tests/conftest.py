"""For the tests that need them: a real site, which is granian on the test database, and a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The address of a granian process that serves this test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = connection.settings_dict
    at = quote(given["HOST"], safe="")
    where = f"postgresql://{given['USER']}:{quote(given['PASSWORD'])}@/{given['NAME']}?host={at}"
    where += f"&port={given['PORT']}" if given["PORT"] else ""
    environment = os.environ | {
        "DATABASE_URL": where,
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.embedded",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TINHSO_VAR": str(settings.VAR),
    }
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "tinhso.project.asgi:application"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        for _attempt in range(150):
            try:
                urllib.request.urlopen(f"{address}/health/live", timeout=2)
                break
            except OSError:
                assert server.poll() is None, "granian ended"
                time.sleep(0.2)
        else:
            pytest.fail("granian did not answer in 30 s")
        yield address
    finally:
        server.terminate()
        server.wait(10)
