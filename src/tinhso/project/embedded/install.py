"""What a bare machine lacks: Debian and Python packages, the front end, the catalogues. Each only when missing."""

import ctypes.util
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .places import PYTHON, ROOT, VENV, Stamp, files, one_at_a_time, python_version
from .terminal import Failed, Trouble, run, side_by_side, step

OLDEST_POSTGRESQL = 15
POSTGRESQL = Path("/usr/lib/postgresql")
FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src/tinhso/portals/static/build"
# Debian's package of PostgreSQL makes and starts a cluster of its own unless told not to; ours is private to `var/`.
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/tinhso.conf")


def everything(log: Path, *, tests: bool = False, postgresql: int | None = None) -> None:
    """Install what is missing to run (and to test). `postgresql`: the version that an older cluster needs.

    Raises Trouble in one line; what was installed stays, and the next start goes on from there.
    """
    with one_at_a_time():
        debian_packages(log / "apt.log", tests=tests, postgresql=postgresql)
        side_by_side(
            lambda: python_packages(log / "pip.log", "test" if tests else "base"),
            lambda: front_end(log / "npm.log"),
        )
        messages(log / "messages.log")


# -- Debian ------------------------------------------------------------------------------------------------------


def postgresql_binaries(version: int | None = None) -> Path | None:
    """The folder of PostgreSQL's programs: of that version, else of the newest that is new enough. PATH is not asked:
    it may hold another version's, or none."""
    found = {int(p.parent.name): p for p in POSTGRESQL.glob("*/bin") if p.parent.name.isdigit()}
    able = [v for v, p in found.items() if v >= OLDEST_POSTGRESQL and (p / "postgres").exists()]
    wanted = version or max(able, default=0)
    return found[wanted] if wanted in able else None


def missing_packages(*, tests: bool = False, postgresql: int | None = None) -> list[str]:
    """The Debian packages that this machine lacks; `postgresql` stands for the distribution's own version."""

    def library(name: str) -> bool:
        return ctypes.util.find_library(name) is not None

    def program(name: str) -> bool:
        return shutil.which(name) is not None

    binaries = postgresql_binaries(postgresql)
    missing: list[str] = []
    if binaries is None:
        name = f"postgresql-{postgresql}" if postgresql else "postgresql"
        missing += [name, f"{name}-postgis-3"]
    elif not Path("/usr/share/postgresql", binaries.parent.name, "extension/postgis.control").exists():
        missing.append(f"postgresql-{binaries.parent.name}-postgis-3")
    there = {
        "gdal-bin": library("gdal"),
        "libmagic1": library("magic"),
        "gettext": program("msgfmt"),
        "fonts-croscore": Path("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf").exists(),
        "nodejs": program("node"),
        "npm": program("npm"),
        "python3-venv": PYTHON.exists() or importlib.util.find_spec("ensurepip") is not None,
    }
    if tests:
        there |= {"chromium": program("chromium"), "libzbar0": library("zbar"), "poppler-utils": program("pdftotext")}
    return missing + [package for package, found in there.items() if not found]


def debian_packages(log: Path, *, tests: bool = False, postgresql: int | None = None) -> None:
    """Install by apt what is missing, as root or with sudo. No service is started and no cluster is made."""
    missing = missing_packages(tests=tests, postgresql=postgresql)
    if not missing:
        return
    wanted = " ".join(missing)
    if shutil.which("apt-get") is None:
        raise Trouble(f"apt is missing here, so {wanted} cannot be installed; install it by hand and start again")
    root: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise Trouble(f"missing: {wanted}; there is no sudo: let root install it and start again")
        root = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    options = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2", "-o", "Dpkg::Use-Pty=0"]
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options]
    try:
        with step("Debian's list of packages"):
            lists = run([*apt, "update"], log)
    except Failed as failed:
        lists = failed.tail
    if postgresql is None and "postgresql" in missing:
        version = _offered_postgresql(lists)
        missing = [re.sub(r"^postgresql", f"postgresql-{version}", package) for package in missing]
    names = " ".join(missing)
    try:
        with step(f"Debian packages ({', '.join(missing)})"):
            run([*root, "dpkg", "--configure", "-a"], log)  # what a broken-off start left half installed
            run([*root, "mkdir", "-p", NO_CLUSTER.parent], log)
            run([*root, "sh", "-c", f"echo create_main_cluster = false > {NO_CLUSTER}"], log)
            try:
                run([*apt, "install", "--yes", "--no-install-recommends", *missing], log)
            finally:
                run([*root, "rm", "-f", NO_CLUSTER], log)
    except Failed as failed:
        reason = _no_network(lists) or failed.line(r"^E:|sudo:")
        raise Trouble(f"apt could not install {names}: {reason}; install it and start again ({log})") from None
    if still := missing_packages(tests=tests, postgresql=postgresql):
        raise Trouble(f"apt installed {names}, and {' '.join(still)} is still not found; see {log}")


def _no_network(lists: str) -> str:
    """Why `apt-get update` got no lists, empty when it did."""
    found = re.search(r"Could not resolve[^\n]*|Could not connect[^\n]*|Failed to fetch[^\n]*", lists)
    return f"no way to the package sources ({found[0][:120].strip()})" if found else ""


def _offered_postgresql(lists: str) -> int:
    """The version of PostgreSQL that the distribution's package `postgresql` stands for."""
    asked = subprocess.run(["apt-cache", "depends", "postgresql"], capture_output=True, text=True, check=False)
    found = re.search(r"Depends: postgresql-(\d+)", asked.stdout)
    if found is None:
        reason = _no_network(lists) or "it is in none of the package sources"
        raise Trouble(f"apt could not install postgresql: {reason}; install it and start again")
    if int(found[1]) < OLDEST_POSTGRESQL:
        raise Trouble(f"this system offers PostgreSQL {found[1]}; install {OLDEST_POSTGRESQL} or later and start again")
    return int(found[1])


# -- Python ------------------------------------------------------------------------------------------------------


def python_packages(log: Path, which: str) -> None:
    """The pinned packages of requirements/`which`.txt in .venv, each proved by its hash, and ourselves on its path."""
    names = ["base", "test"] if which == "test" else ["base"]  # test.txt holds all of base.txt
    lists = {name: ROOT / "requirements" / f"{name}.txt" for name in names}
    stamps = [Stamp(VENV / f".{name}.stamp", [file], sys.version, str(ROOT)) for name, file in lists.items()]
    if PYTHON.exists() and all(stamp.fresh() for stamp in stamps):
        return
    with step(f"Python packages ({which})"):
        if not _usable():
            try:
                run([sys.executable, "-m", "venv", "--clear", VENV], log)
            except Failed as failed:
                raise Trouble(f"python3 could not make .venv: {failed.line()}; see {log}") from None
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        try:
            run([*pip, "--require-hashes", "--requirement", lists[which]], log)
        except Failed as failed:
            reason = failed.line(r"^ERROR")
            raise Trouble(
                f"pip could not install the Python packages: {reason}; mend that (no network?) and start again ({log})"
            ) from None
        _put_on_path()
        for stamp in stamps:
            stamp.set()


def _usable() -> bool:
    """.venv is there, of this Python, and has pip."""
    ask = [PYTHON, "-c", "import pip, sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        found = subprocess.run(ask, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.stdout.strip() == python_version()


def _put_on_path() -> None:
    """`import tinhso` and the command `tinhso` in .venv, with no build and no network."""
    packages = VENV / "lib" / f"python{python_version()}" / "site-packages"
    (packages / "tinhso.pth").write_text(f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "tinhso"
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m tinhso "$@"\n')
    command.chmod(0o755)


# -- front end and catalogues --------------------------------------------------------------------------------------


def front_end(log: Path) -> None:
    """Node packages by the lock file, then the build into portals/static/build. Each only when its inputs changed."""
    modules = Stamp(FRONTEND / "node_modules/.stamp", [FRONTEND / "package-lock.json", FRONTEND / "package.json"])
    built = Stamp(FRONTEND / "node_modules/.build.stamp", files(FRONTEND, "*"))
    if built.fresh() and BUILT.is_dir():
        return
    if not modules.fresh():
        with step("front end packages"):
            _npm(log, "ci", "--no-audit", "--no-fund", "--loglevel=error")
            modules.set()
    with step("front end"):
        _npm(log, "run", "build")
        built.set()


def _npm(log: Path, *words: str) -> None:
    try:
        run(["npm", *words], log, cwd=FRONTEND)
    except Failed as failed:
        reason = failed.line(r"error|ERR")
        raise Trouble(f"npm {words[0]} failed: {reason}; mend that (no network?) and start again ({log})") from None


def messages(log: Path) -> None:
    """Compile the catalogues (.po) that are newer than their compiled form (.mo)."""
    stale = [
        file
        for file in sorted((ROOT / "src/tinhso").glob("*/locale/*/LC_MESSAGES/*.po"))
        if not (mo := file.with_suffix(".mo")).exists() or mo.stat().st_mtime < file.stat().st_mtime
    ]
    if not stale:
        return
    with step("catalogues"):
        for file in stale:
            draft = file.with_suffix(".mo.new")
            try:
                run(["msgfmt", "--check-format", "--output-file", draft, file], log)
            except Failed as failed:
                raise Trouble(f"msgfmt refuses {file.relative_to(ROOT)}: {failed.line()}") from None
            draft.replace(file.with_suffix(".mo"))
