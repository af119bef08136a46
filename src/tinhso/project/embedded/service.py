"""One child process: in a session of its own (Ctrl-C at the terminal is not for it), its words in a log file."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LARGEST_LOG = 20_000_000


@dataclass
class Service:
    """A process that runs until it is stopped.

    `stop_signal` asks it to end, and is sent by the kernel too when we die unasked; after `patience` seconds it is
    killed with all its children.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    env: Mapping[str, str]
    user: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 8.0
    cwd: str | Path = "/"
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    read_to: int = field(default=0, init=False)

    def start(self) -> None:
        """Start it; its log goes on where it was."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        death = ["setpriv", "--pdeathsig", self.stop_signal.name.removeprefix("SIG")]
        if self.user:
            uid, gid = self.user
            death += ["--reuid", str(uid), "--regid", str(gid), "--clear-groups"]
        with self.log.open("ab") as out:
            self.read_to = out.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                [*death, "--", *(str(part) for part in self.command)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
            )

    @property
    def code(self) -> int | None:
        """The exit code once it has ended, else None."""
        return self.process.poll() if self.process else None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask(self) -> None:
        """Ask it to end."""
        if self.running and self.process:
            self.process.send_signal(self.stop_signal)

    def stop(self, patience: float | None = None) -> None:
        """Ask it to end, wait, and kill what is left of it and of its children."""
        if self.process is None:
            return
        self.ask()
        until = time.monotonic() + (self.patience if patience is None else patience)
        while self.running and time.monotonic() < until:
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def news(self) -> list[str]:
        """The lines that were logged since the last call. A log that has grown too long is put aside as .1."""
        try:
            with self.log.open("rb") as text:
                text.seek(self.read_to)
                new = text.read(1_000_000)
        except OSError:
            return []
        whole = new[: new.rfind(b"\n") + 1] if self.running else new
        self.read_to += len(whole)
        if self.read_to > LARGEST_LOG:
            self.log.with_suffix(".log.1").write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)
            self.read_to = 0
        return whole.decode(errors="replace").splitlines()

    def last_words(self) -> str:
        """The end of its log."""
        try:
            with self.log.open("rb") as text:
                text.seek(max(0, text.seek(0, os.SEEK_END) - 8_000))
                return text.read().decode(errors="replace")
        except OSError:
            return ""
