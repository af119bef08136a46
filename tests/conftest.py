"""What tests of the whole share: one running installation, in one worker of pytest."""

import os
from collections.abc import Iterator

import pytest

from .installation import Installation, installed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the installation runs in the worker that has it."""
    for item in items:
        if "installation" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("installation"))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demonstration province behind real processes."""
    name = os.environ.get("TINHSO_TEST_DATABASE", "test_tinhso") + "_installation"
    with installed(tmp_path_factory.mktemp("installation"), name) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the journeys have to tell: taps, delays."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    for line in [text for report in reports for key, text in report.user_properties if key == "said"]:
        terminalreporter.write_line(f"journey: {line}")
