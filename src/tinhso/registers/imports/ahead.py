"""Reading a file while the database writes what was read before."""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

from django.utils.translation import get_language, override

_T = TypeVar("_T")
_POLL = 0.2


def ahead(items: Iterator[_T], depth: int = 1) -> Iterator[_T]:
    """The items, made in a thread of their own, at most `depth` of them beside the one in use. What `items` raises is
    raised here, in its place; where the caller stops, the thread does.

    For readers of files: what asks the database would do so on a connection that nobody closes.
    """
    ready: queue.Queue[tuple[bool, _T | BaseException | None]] = queue.Queue(depth)
    stopped, language = threading.Event(), get_language()

    def put(goes_on: bool, item: _T | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                ready.put((goes_on, item), timeout=_POLL)
                return
            except queue.Full:
                continue

    def work() -> None:
        with override(language):
            try:
                for item in items:
                    put(True, item)
                    if stopped.is_set():
                        return
                put(False, None)
            except BaseException as error:  # the caller's
                put(False, error)

    thread = threading.Thread(target=work, name="reading ahead", daemon=True)
    thread.start()
    try:
        while True:
            goes_on, item = ready.get()
            if not goes_on:
                if isinstance(item, BaseException):
                    raise item
                return
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()
