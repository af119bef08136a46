"""What stops a start is one line in plain words, and the exit code is 1; nothing is half done."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tinhso.project.embedded import install, places
from tinhso.project.embedded.cluster import Cluster
from tinhso.project.embedded.supervisor import only_one
from tinhso.project.embedded.terminal import Trouble

ROOT = Path(__file__).resolve().parents[2]


def yard(command: str, **environment: str | Path) -> tuple[int, list[str]]:
    """Run a command of the Makefile; returns its exit code and its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "tinhso.project.embedded", command],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **{key: str(value) for key, value in environment.items()}},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_busy_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, lines = yard("run", TINHSO_VAR=tmp_path / "var", TINHSO_PORT=str(port))
    assert code == 1
    [line] = lines
    assert f"port {port} cannot be used" in line and "TINHSO_PORT" in line


def test_a_port_that_is_no_number(tmp_path: Path) -> None:
    assert yard("run", TINHSO_VAR=tmp_path, TINHSO_PORT="http") == (
        1,
        ["tinhso: TINHSO_PORT must be a number, not 'http'"],
    )


def test_two_starts_of_one_installation(tmp_path: Path) -> None:
    with only_one(tmp_path, "http://localhost:8000"):
        code, lines = yard("run", TINHSO_VAR=tmp_path)
    assert (code, len(lines)) == (1, 1)
    assert f"already running: http://localhost:8000 (process {os.getpid()})" in lines[0]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, lines = yard("run", TINHSO_VAR=tmp_path / "file" / "var")
    assert (code, len(lines)) == (1, 1)
    assert "cannot be made" in lines[0] and "TINHSO_VAR" in lines[0]


def test_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "POSTGRESQL", tmp_path)  # a machine without PostgreSQL
    monkeypatch.setenv("PATH", str(tmp_path))  # and without apt
    with pytest.raises(Trouble, match=r"^apt is missing here, so postgresql postgresql-postgis-3 .*install it by hand"):
        install.debian_packages(tmp_path / "apt.log")


def test_a_disk_with_too_little_room(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"the disk is nearly full: .* GB left, .* are needed; free some and start again"):
        places.require_space(tmp_path / "var", 10**18)


def test_a_disk_that_is_full_in_the_middle_and_the_next_start(tmp_path: Path) -> None:
    """/dev/full answers every write with ENOSPC; what stood before stands after, and a later start goes on."""
    var = tmp_path / "var"
    var.mkdir()
    (var / "database-url").symlink_to("/dev/full")
    code, lines = yard("prepare", TINHSO_VAR=var)
    assert code == 1
    assert lines[-1].startswith("tinhso: the disk is full") and "free some and start again" in lines[-1]
    (var / "database-url").unlink()
    cluster = Cluster(var)
    assert cluster.version is not None
    cluster.prepare()
    assert (var / "database-url").read_text().strip() == cluster.url()


def test_a_cluster_that_somebody_else_made(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "thesis.odt").write_text("mine")
    with pytest.raises(Trouble, match="holds something that is no PostgreSQL cluster"):
        Cluster(tmp_path).prepare()
    assert (tmp_path / "postgres" / "thesis.odt").read_text() == "mine"


def test_a_server_whose_head_was_killed_is_ended_whole_before_another_starts(tmp_path: Path) -> None:
    """What is left of it may write to the data still: two servers on one cluster would spoil it."""
    cluster = Cluster(tmp_path, lasting=False)
    cluster.prepare()
    service = cluster.service()
    try:
        service.start()
        cluster.wait(service)
        with closing(psycopg.connect(cluster.url("postgres"), autocommit=True)) as busy:
            busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
            backend, head = busy.info.backend_pid, service.process
            assert head
            head.kill()
            head.wait(30)
            assert Path(f"/proc/{backend}/cwd").exists()
            cluster.prepare()
            assert not Path(f"/proc/{backend}/cwd").exists()
        service.start()
        cluster.wait(service)
    finally:
        service.stop()
        for folder in {cluster.data.resolve().parent, cluster.run.resolve()} - {tmp_path}:
            shutil.rmtree(folder, ignore_errors=True)
