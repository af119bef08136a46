"""Reading a file while the database writes what was read before."""

import queue
import threading
import time
from collections.abc import Iterator
from typing import TypeVar

from django.utils.translation import get_language, override

_T = TypeVar("_T")
_POLL = 0.2
"""Seconds after which a thread that waits looks whether it is still wanted."""


def ahead(items: Iterator[_T]) -> Iterator[_T]:
    """The items, each made in a thread of its own while the one before it is in use. What `items` raises is raised
    here, in its place; where the caller stops, the thread does.

    For readers of files: what asks the database would do so on a connection that nobody closes.
    """
    made: queue.Queue[tuple[bool, _T | BaseException | None]] = queue.Queue()
    wanted, stopped, language = threading.Semaphore(1), threading.Event(), get_language()

    def is_wanted() -> bool:
        while not stopped.is_set():
            if wanted.acquire(timeout=_POLL):
                return True
        return False

    def work() -> None:
        with override(language):
            try:
                while is_wanted():
                    made.put((True, next(items)))
            except StopIteration:
                made.put((False, None))
            except BaseException as error:  # the caller's
                made.put((False, error))

    thread = threading.Thread(target=work, name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            goes_on, item = made.get()
            if not goes_on:
                if isinstance(item, BaseException):
                    raise item
                return
            wanted.release()
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()


def give_way() -> None:
    """Let the thread that talks to the database go on at once, not when the interpreter next asks (5 ms): to be called
    in long work of the thread that reads."""
    time.sleep(0)
