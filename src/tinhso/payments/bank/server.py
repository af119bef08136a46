"""The stand-in's process: its pages, and the thread that tells the platform what came."""

import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import structlog
from django.conf import settings

from ..settings import BANK
from ..signatures import signed_headers
from .pages import Pages
from .store import Store

log = structlog.get_logger()
PAUSE, PATIENCE = 0.25, 10.0


def application() -> Any:
    """The WSGI application of one worker process."""
    given: dict[str, Any] = settings.PAYMENT_PROVIDERS[BANK]
    key, platform = given["keys"][0], settings.BASE_URL
    store = Store(Path(settings.VAR) / "bank" / "bank.sqlite3")
    threading.Thread(target=tell, args=(store, key, platform), daemon=True, name="outbox").start()
    return Pages(store, key, platform)


def tell(store: Store, key: str, platform: str) -> None:
    """Send what waits, signed anew at each try: what the platform has refused is not sent again, what it could not take
    is."""
    while True:
        for message, provider, body in store.due():
            content = body.encode()
            headers = signed_headers([key], message, int(time.time()), content) | {"Content-Type": "application/json"}
            request = Request(f"{platform}/payments/{provider}/messages", content, headers, method="POST")  # noqa: S310
            try:
                with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                    store.sent(message, str(answer.status))
            except HTTPError as error:
                if error.code >= 500 or error.code == 429:
                    store.failed(message)
                else:
                    log.warning("the platform refused a message", message=message, status=error.code)
                    store.sent(message, str(error.code))
            except (URLError, OSError):
                store.failed(message)
        time.sleep(PAUSE)
