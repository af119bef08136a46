"""A disk without room: somebody reads why and what was kept, and nothing else is lost.

`prlimit --fsize` plays the full disk: a file that grows beyond the limit is refused by the operating system in the
middle of the write, for an unprivileged user as for root.
"""

import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from tinhso.project.embedded import yard

from .conftest import DEEDS, Province

FULL = ("prlimit", "--fsize=600000", "--")


def files(province: Province) -> set[Path]:
    return {path for path in (province.home / "blobs").rglob("*") if path.is_file()}


def test_a_paper_that_finds_no_room_is_refused_and_the_draft_is_kept(province: Province, draft: str) -> None:
    before, kept = files(province), province.deed("papers", draft)
    refused = province.run(*FULL, yard.PYTHON, DEEDS, "paper", draft)
    assert refused.returncode == 1
    problem = json.loads(refused.stdout.splitlines()[-1])
    assert (problem["status"], problem["type"]) == (507, "urn:tinhso:problem:no-room")
    assert "vẫn được giữ" in problem["detail"]
    assert files(province) == before, "half a file was left"
    assert province.deed("papers", draft) == kept
    digest = province.deed("paper", draft)  # there is room again
    assert (province.home / "blobs" / digest[:2] / digest[2:4] / digest).exists()
    assert json.loads(province.deed("papers", draft))["papers"] == ["birth_notification"]
    assert province.tinhso("verify").returncode == 0


def test_a_spreadsheet_that_finds_no_room_is_refused_and_nothing_of_it_stays(
    province: Province, tmp_path: Path
) -> None:
    (tmp_path / "big.csv").write_text("code\n" + "V\n" * 500_000)
    asked = (yard.PYTHON, DEEDS, "bring", "demo.gardens", tmp_path / "big.csv", "good")
    refused = province.run(*FULL, *asked)
    problem = json.loads(refused.stdout.splitlines()[-1])
    assert (problem["status"], problem["type"]) == (507, "urn:tinhso:problem:no-room")
    assert not any((province.home / "imports").iterdir()), "half a file was left"


def test_an_upload_that_cannot_even_be_taken_in_is_answered_in_words(province: Province) -> None:
    """A body of some megabytes is first laid aside on the disk, before any page is asked."""
    address = f"http://127.0.0.1:{province.env['TINHSO_PORT']}"
    command = yard.processes(province.home, province.env, "127.0.0.1")["web"].command
    log = (province.home / "web.log").open("wb")
    with log, subprocess.Popen([*FULL, *map(str, command)], env=province.env, stdout=log, stderr=log) as web:
        try:
            until = time.monotonic() + 60
            while not _answers(f"{address}/health/live"):
                assert time.monotonic() < until and web.poll() is None, (province.home / "web.log").read_text()
                time.sleep(0.1)
            body = urllib.request.Request(
                f"{address}/thu-tuc", b"x" * 4_000_000, {"Accept": "text/html", "Content-Type": "text/plain"}
            )
            try:
                urllib.request.urlopen(body, timeout=30)
            except urllib.error.HTTPError as refused:
                assert refused.code == 507
                page = refused.read().decode()
                assert "Máy chủ tạm hết chỗ" in page and "vẫn được giữ" in page
            else:
                raise AssertionError("the body was taken")
            assert _answers(f"{address}/thu-tuc"), "pages that need no room are still there"
        finally:
            web.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False
