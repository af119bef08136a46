"""A private PostgreSQL cluster: data in `var/postgres`, a socket in `var/run`, no TCP port, never as root.

A cluster that the system has is not asked, not used and not touched.
"""

import contextlib
import errno
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from .install import postgresql_binaries
from .places import make_folder
from .service import Service
from .terminal import DISK_FULL, Failed, Trouble, run, say, step

SYSTEM_USER = "postgres"
LONGEST_SOCKET = 107 - len("/.s.PGSQL.5432")  # bytes of a path in sockaddr_un, unix(7)
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Cluster:
    """The cluster of one `var` folder. `lasting=False` trades safety at a crash for speed: only for tests."""

    def __init__(self, var: Path, *, lasting: bool = True) -> None:
        self.var = var
        self.lasting = lasting
        self.data = var / "postgres"
        self.run = var / "run"
        self.log = var / "log" / "postgres.log"

    # -- who and where -------------------------------------------------------------------------------------------

    @property
    def version(self) -> int | None:
        """The version of PostgreSQL that made the data, None before there are any."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return None

    def binaries(self) -> Path:
        found = postgresql_binaries(self.version)
        if found is None:
            which = f"PostgreSQL {self.version}, which made {self.data}," if self.version else "PostgreSQL 15 or later"
            raise Trouble(f"{which} is not installed; install it with PostGIS and start again")
        return found

    def user(self) -> tuple[int, int] | None:
        """Who runs the server: (uid, gid), or None for ourselves. Root gives way to the data's owner, or to Debian's
        `postgres`: PostgreSQL refuses to run as root, and rightly."""
        try:
            owner = self.data.stat()
        except OSError:
            owner = None
        if os.geteuid() != 0:
            if owner and owner.st_uid != os.geteuid():
                name = _name(owner.st_uid)
                raise Trouble(f"{self.data} belongs to {name}; start as root or as the user who made it")
            return None
        if owner and owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            raise Trouble(
                f"there is no user {SYSTEM_USER}; `adduser --system --group {SYSTEM_USER}`, then start again"
            ) from None
        return entry.pw_uid, entry.pw_gid

    def url(self, database: str = "tinhso") -> str:
        """DATABASE_URL of this cluster."""
        return f"postgresql://tinhso@/{database}?host={quote(str(self.run.resolve()))}"

    @property
    def identity(self) -> str:
        """Another text for another cluster, so that what was done to an older one is not taken as done."""
        try:
            made = (self.data / "PG_VERSION").stat()
        except OSError:
            return ""
        return f"{made.st_ino}-{made.st_mtime_ns}"

    # -- making it -----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the cluster when there is none, clear away what a crash left, write the settings."""
        make_folder(self.var)
        user = self.user()
        self._find_room(user)
        folder = self.run.resolve()
        folder.mkdir(exist_ok=True)
        if folder.stat().st_uid not in {0, os.geteuid(), user[0] if user else -1}:
            raise Trouble(f"{folder} belongs to somebody else; remove it and start again")
        if user:
            os.chown(folder, *user)
        folder.chmod(0o700)  # the socket trusts whoever reaches it
        if self.version is None:
            self._initialise(user)
        else:
            self._end_leftovers()
        self._configure()
        # for `tinhso …` by hand: the socket may be elsewhere than `var` says
        (self.var / "database-url").write_text(self.url() + "\n")

    def _find_room(self, user: tuple[int, int] | None) -> None:
        """Move data or socket elsewhere (by a link) when the server's user cannot come to `var`, or its path is too
        long for a socket."""
        mark = hashlib.sha256(str(self.var).encode()).hexdigest()[:12]
        if user and not self.data.exists() and not _reaches(user, self.var):
            away = Path("/var/lib/tinhso") / mark
            away.mkdir(parents=True, exist_ok=True)
            for link in (self.data, self.run):
                link.unlink(missing_ok=True) if link.is_symlink() else shutil.rmtree(link, ignore_errors=True)
                link.symlink_to(away / link.name)
            (away / "run").mkdir(exist_ok=True)
            say(f"{self.var} is closed to {_name(user[0])}, so the database is in {away}")
        if len(os.fsencode(self.run.resolve())) > LONGEST_SOCKET:
            away = Path(tempfile.gettempdir()) / f"tinhso-{os.geteuid()}-{mark}"
            if self.run.is_dir() and not self.run.is_symlink():
                shutil.rmtree(self.run)
            self.run.unlink(missing_ok=True)
            self.run.symlink_to(away)
            say(f"{self.var} is too long a path for a socket, so the socket is in {away}")

    def _initialise(self, user: tuple[int, int] | None) -> None:
        """initdb beside the final place, then one rename: what is interrupted half-way begins anew."""
        final = self.data.resolve()
        if final.exists() and any(final.iterdir()):
            raise Trouble(f"{final} holds something that is no PostgreSQL cluster; move it away and start again")
        draft = final.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if user:
            os.chown(draft, *user)
        with step("database cluster"):
            try:
                run(
                    [
                        *_as(user),
                        self.binaries() / "initdb",
                        f"--pgdata={draft}",
                        "--username=tinhso",
                        "--encoding=UTF8",
                        "--locale=C.UTF-8",
                        "--auth-local=trust",
                        "--auth-host=reject",
                        "--data-checksums",
                        "--no-instructions",
                        *([] if self.lasting else ["--no-sync"]),
                    ],
                    self.log,
                    env=ENVIRONMENT,
                    cwd="/",
                )
            except Failed as failed:
                raise Trouble(f"PostgreSQL could not make its cluster: {failed.line()}; see {self.log}") from None
        with (draft / "postgresql.conf").open("a") as text:
            text.write("\ninclude 'tinhso.conf'\n")
        if final.exists():
            final.rmdir()
        draft.rename(final)

    def _see_off(self, left: Callable[[], list[int]]) -> None:
        """Until none of these processes is left."""
        with step("ending the database server of an earlier start"):
            until = time.monotonic() + 60
            while there := left():
                if time.monotonic() > until:
                    raise Trouble(
                        f"the database server of an earlier start (process {there[0]}) does not end; end it by hand"
                    )
                time.sleep(0.05)

    def _configure(self) -> None:
        """Settings for the memory that this machine has, written at each start."""
        megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        settings: dict[str, object] = {
            "listen_addresses": "",
            "unix_socket_directories": self.run.resolve(),
            "unix_socket_permissions": "0700",
            "max_connections": 100,
            "shared_buffers": f"{min(max(megabytes // 8, 64), 1024)}MB",
            "effective_cache_size": f"{megabytes // 2}MB",
            "maintenance_work_mem": f"{min(max(megabytes // 16, 64), 512)}MB",
            "work_mem": "16MB",
            "max_wal_size": "2GB",
            "wal_compression": "on",
            "random_page_cost": 1.1,
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "Asia/Ho_Chi_Minh",
            "log_line_prefix": "%m [%p] ",
        }
        if not self.lasting:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings["shared_buffers"] = "128MB"
        lines = ["# Written at each start; your own settings belong into postgresql.conf, after the include.\n"]
        lines += [f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        try:
            (self.data / "tinhso.conf").write_text("".join(lines))
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Trouble(DISK_FULL.format(where=self.data)) from None
            raise

    def _end_leftovers(self) -> None:
        """End a server that outlived its supervisor; forget one whose number now belongs to another process."""
        note = self.data / "postmaster.pid"
        try:
            pid = int(note.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            pid = 0
        if pid and _works_in(pid, self.data):
            os.kill(pid, signal.SIGINT)
            self._see_off(lambda: [pid] if _works_in(pid, self.data) else [])
        if orphans := _all_in(self.data):  # they write to the data still: the head of the server was killed before them
            for orphan in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGQUIT)
            self._see_off(lambda: _all_in(self.data))
        note.unlink(missing_ok=True)
        for left in self.run.resolve().glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    # -- using it ------------------------------------------------------------------------------------------------

    def service(self) -> Service:
        """The server as a child process. SIGINT is PostgreSQL's fast shutdown."""
        return Service(
            "postgres",
            [self.binaries() / "postgres", "-D", self.data.resolve()],
            self.log,
            ENVIRONMENT,
            user=self.user(),
            stop_signal=signal.SIGINT,
            patience=60,
        )

    def wait(self, service: Service, seconds: float = 60) -> None:
        """Until the server takes questions. After a crash it first replays its log, which may take a while."""
        ready = self.binaries() / "pg_isready"
        until = time.monotonic() + seconds
        while subprocess.run([ready, "-q", "-h", self.run.resolve()], check=False).returncode:
            words = service.last_words()
            if not service.running or time.monotonic() > until:
                if "No space left on device" in words:
                    raise Trouble(DISK_FULL.format(where=self.data))
                reason = Failed(service.code or 0, words).line(r"FATAL|PANIC")
                raise Trouble(f"PostgreSQL does not start: {reason}; see {self.log}")
            time.sleep(0.05)

    def create(self, database: str) -> None:
        """The database, made when absent."""
        psql = [self.binaries() / "psql", "-h", self.run.resolve(), "-U", "tinhso", "-XqtA", "-v", "ON_ERROR_STOP=1"]
        try:
            there = run([*psql, "-d", "postgres", "-c", "SELECT datname FROM pg_database"], self.log)
            if database not in there.split():
                run([*psql, "-d", "postgres", "-c", f'CREATE DATABASE "{database}"'], self.log)
        except Failed as failed:
            raise Trouble(f"PostgreSQL could not make the database: {failed.line()}; see {self.log}") from None


def _as(user: tuple[int, int] | None) -> list[str]:
    if user is None:
        return []
    return ["setpriv", "--reuid", str(user[0]), "--regid", str(user[1]), "--clear-groups", "--"]


def _reaches(user: tuple[int, int], folder: Path) -> bool:
    return subprocess.run([*_as(user), "test", "-x", folder], check=False, cwd="/").returncode == 0


def _works_in(pid: int, folder: Path) -> bool:
    """The process is there and its working folder is `folder`: PostgreSQL's is its data."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _all_in(folder: Path) -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit() and _works_in(int(one.name), folder)]


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
