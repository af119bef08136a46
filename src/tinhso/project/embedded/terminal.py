"""What the person at the terminal sees: one line a step with its seconds, one line for what went wrong."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

BEGAN = time.monotonic()
DISK_FULL = "the disk is full: {where} has no space left; free some and start again"

_children: set[subprocess.Popen[bytes]] = set()


class Trouble(Exception):
    """What stops us, as one line for the person who has to act on it."""


class Failed(Exception):
    """A command that ended with an error; `tail` is the end of what it wrote."""

    def __init__(self, code: int, tail: str) -> None:
        super().__init__(f"exit code {code}")
        self.code = code
        self.tail = tail

    def line(self, pattern: str = r"error|fatal|^E:") -> str:
        """The last line that tells the reason: one that matches `pattern`, else the last one."""
        lines = [line.strip() for line in self.tail.splitlines() if line.strip()]
        telling = [line for line in lines if re.search(pattern, line, re.IGNORECASE)]
        return (telling or lines or [str(self)])[-1][:300]


def say(text: str = "") -> None:
    """One line on the terminal, with the seconds since the start."""
    line = f"{time.monotonic() - BEGAN:5.0f} s  {text}" if text else ""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def plain(text: str) -> None:
    """Text as it is, without the seconds."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say when `what` is done and how long it took; a long one says each half minute that it is still at it."""
    began = time.monotonic()
    done = threading.Event()

    def remind() -> None:
        wait = 3.0
        while not done.wait(wait):
            say(f"{what} …")
            wait = 30.0

    threading.Thread(target=remind, daemon=True).start()
    try:
        yield
    finally:
        done.set()
    say(f"{what}: done in {time.monotonic() - began:.1f} s")


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
) -> str:
    """Run a command to its end with its words in `log` (appended), and return them.

    Raises `Failed`, or `Trouble` when the disk is full.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        begin = out.seek(0, os.SEEK_END)
        try:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=cwd
            )
        except FileNotFoundError:
            raise Failed(127, f"{command[0]}: not found") from None
        _children.add(process)
        try:
            code = process.wait()
        finally:
            _children.discard(process)
            if process.poll() is None:
                process.terminate()
    with log.open("rb") as text:
        text.seek(begin)
        words = text.read().decode(errors="replace")
    if code:
        if "No space left on device" in words or "ENOSPC" in words:
            raise Trouble(DISK_FULL.format(where=cwd or log.parent))
        raise Failed(code, words[-20_000:])
    return words


def side_by_side(*jobs: Callable[[], object]) -> None:
    """Run the jobs at the same time; the first that fails stops the others."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            for process in list(_children):
                process.terminate()
            for future in futures:
                future.cancel()
            raise
