"""`python3 -m tinhso.project.embedded COMMAND`: what the Makefile calls."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the person may have any python3
    sys.exit(f"tinhso: Python 3.11 or later is needed; python3 here is {sys.version.split()[0]}")

import errno
from collections.abc import Callable

from . import yard
from .supervisor import Stopped
from .terminal import DISK_FULL, Trouble, plain

COMMANDS: dict[str, Callable[[list[str]], int | None]] = {
    "run": lambda words: yard.run_all(),
    "prepare": lambda words: yard.prepare(),
    "stop": lambda words: yard.stop(),
    "test": yard.test,
    "check": lambda words: yard.check(),
    "bench": lambda words: yard.bench(),
    "build": lambda words: yard.build(),
    "lock": lambda words: yard.lock(),
    "clean": lambda words: yard.clean(everything=False),
    "clean-all": lambda words: yard.clean(everything=True),
}


def main(words: list[str]) -> int:
    """Run a command; what stops it is one line, and the exit code is 1."""
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        plain(f"commands: {' '.join(COMMANDS)}")
        return 2
    try:
        return command(words[1:]) or 0
    except Trouble as trouble:
        plain(f"tinhso: {trouble}")
        return 1
    except (Stopped, KeyboardInterrupt):
        return 130 if words[0] != "run" else 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        plain(f"tinhso: {DISK_FULL.format(where=error.filename or yard.var())}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
