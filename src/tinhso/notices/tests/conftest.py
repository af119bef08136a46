"""Readers, small packs applied for real, and the outside world as processes on 127.0.0.1: a mail server, a provider."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.ids import uuid7
from tinhso.notices import services
from tinhso.notices.definitions import Placeholder, register_about
from tinhso.notices.models import Address, Sending

SYSTEM = system("tests")
MANIFEST = """\
pack: trial
version: 0.1.0
name: {vi: Thử, en: Trial}
summary: {vi: Chỉ để thử, en: Only for tests}
"""
HELLO = """\
notice: hello
about: trial
subject: {vi: "Việc {code} xong", en: "Errand {code} done"}
short: {vi: "Việc {code} đã xong.", en: "Errand {code} is done."}
body:
  vi: "Việc {code} của {who} xong lúc {when}, hết {cost}."
  en: "Errand {code} of {who} was done at {when} and cost {cost}."
"""
PLACEHOLDERS = (
    Placeholder("code", personal=False),
    Placeholder("who"),
    Placeholder("when", kind="time"),
    Placeholder("cost", kind="money"),
)
register_about("trial", *PLACEHOLDERS)
DATA = {"code": "V-1", "who": "Trần Thị Hoa", "when": "2026-11-25T02:00:00+00:00", "cost": 20_000}


def folder(root: Path, notice: str = HELLO, name: str = "hello") -> Path:
    at = root / "trial"
    (at / "notices").mkdir(parents=True, exist_ok=True)
    (at / "pack.yaml").write_text(MANIFEST)
    (at / "notices" / f"{name}.yaml").write_text(notice)
    return at


@pytest.fixture
def hello(db: None, tmp_path: Path) -> str:
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([folder(tmp_path)]))
    return "trial.hello"


@pytest.fixture
def hoa(db: None) -> Actor:
    """A citizen signed in."""
    person = uuid7()
    identity.register_people(
        SYSTEM,
        [NewPerson("Trần Thị Hoa", "099199999001", date(1999, 3, 4), "female", "kinh", phone="0912345678",
                   email="hoa@vi-du.example", id=person, demo=True)],
    )  # fmt: skip
    return Actor(account=identity.account_of_person(SYSTEM, person), person=person, assurance=2, name="Trần Thị Hoa")


@pytest.fixture
def duc(db: None) -> Actor:
    person = uuid7()
    identity.register_people(SYSTEM, [NewPerson("Nguyễn Văn Đức", "099096999002", id=person, demo=True)])
    return Actor(account=identity.account_of_person(SYSTEM, person), person=person, assurance=2)


@pytest.fixture
def officer(db: None) -> Actor:
    return Actor(account=identity.open_demo_account(SYSTEM, "can-bo", "Lê Văn Cán"), post=uuid7(), assurance=2)


def tell(actor: Actor, once: str = "1", **more: Any) -> None:
    with transaction.atomic():
        if actor.is_officer:
            services.tell_officer(actor.account, "trial.hello", subject="trial:1", data=DATA | more, once=once)
        else:
            services.tell(actor.person, "trial.hello", subject="trial:1", data=DATA | more, once=once)


def go(*, times: int = 1) -> None:
    """What the worker does with the sendings that wait, so many attempts each."""
    for _time in range(times):
        for sending in Sending.objects.filter(state="waiting").order_by("id"):
            services.send(sending.pk)


def proved(actor: Actor, channel: str, value: str) -> Address:
    """An address whose reader followed the link, or typed the code."""
    from tinhso.notices import sealed
    from tinhso.notices.services.choosing import link_token

    key = services.add_address(actor, channel, value)
    row = Address.objects.get(pk=key)
    if channel == "mail":
        services.confirm_link(link_token(row))
    else:
        services.confirm_code(actor, key, sealed.held(row)["code"])
    return Address.objects.get(pk=key)


@dataclass
class Postbox:
    """What a real SMTP server on 127.0.0.1 was handed. `refuse` is said to RCPT, `fail` to DATA."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    refuse: str = ""
    fail: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.fail:
            return self.fail
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", box.port, False
    settings.BASE_URL = "https://tinhso.example"
    yield box
    controller.stop()


@dataclass
class Provider:
    """A provider of messages that keeps what it got; `status` and `answer` are what it says, `pause` how long it
    takes to say so."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    answer: dict[str, Any] = field(default_factory=dict)
    wait: threading.Event = field(default_factory=threading.Event)

    def json(self, at: int = -1) -> dict[str, Any]:
        return json.loads(self.got[at][1])


@pytest.fixture
def provider() -> Iterator[Provider]:
    kept = Provider()
    kept.wait.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            kept.wait.wait(5)
            said = json.dumps(kept.answer).encode()
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/send"
    yield kept
    kept.wait.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def sms(provider: Provider, settings: Any) -> Provider:
    settings.SMS_URL, settings.SMS_KEY, settings.SMS_SHAPE = provider.url, "khoa-sms", "plain"
    settings.BASE_URL = "https://tinhso.example"
    return provider


Check = Callable[[str], list[str]]


@pytest.fixture
def faults(tmp_path: Path) -> Check:
    """What `tinhso pack check` says of a notice."""

    def run(text: str) -> list[str]:
        return [str(fault) for fault in packs.check(packs.read([folder(tmp_path, text)]))]

    return run
