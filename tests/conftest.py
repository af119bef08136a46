"""What tests of the whole share: one running installation, and the worker of pytest that has it."""

import os
from collections.abc import Iterator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from .installation import Installation, installed


class FolderAtATime(LoadScopeScheduling):
    """Each folder of tests/ in one worker, since its tests share processes; all other tests wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.partition("::")[0].rpartition("/")[0]
        return folder if folder.startswith("tests/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderAtATime | None:
    return FolderAtATime(config, log) if config.getvalue("dist") == "loadgroup" else None


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
