"""Live pages over a real server: what was published is heard within two seconds, by those who may hear it."""

import json
import threading
import time
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import transaction

from tinhso.identity.contracts import SIGNED_IN
from tinhso.kernel import events
from tinhso.kernel.actor import Actor, system
from tinhso.portals.live import Listener, may_hear, topics_of

from .people import signed_in_citizen

NOTICE: dict[str, Any] = {"id": "1", "name": "case.moved", "subject": "case:1", "data": {"agency": "a"}}


def test_a_published_event_is_heard_within_two_seconds(site: str) -> None:
    person, session = signed_in_citizen()
    heard: list[tuple[float, dict[str, Any]]] = []
    ready = threading.Event()

    def listen() -> None:
        address = f"{site}/live?topics=person:{person},desk"
        with httpx.stream("GET", address, cookies={"sessionid": session}, timeout=15) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                ready.set()
                if line.startswith("data: "):
                    heard.append((time.monotonic(), json.loads(line[6:])))
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    assert ready.wait(10)
    time.sleep(0.5)  # the one LISTEN connection of the process opens with the first page
    published = time.monotonic()
    with transaction.atomic():
        events.publish(system("test"), SIGNED_IN, "person:somebody-else")
        events.publish(system("test"), SIGNED_IN, f"person:{person}")
    thread.join(10)
    at, message = heard[0]
    assert at - published < 2
    assert message == {"topics": [f"person:{person}"]}


def test_a_stranger_hears_nothing(site: str) -> None:
    for topic in ("desk", "ioc", "case:00000000-0000-7000-8000-000000000000", "indicator:births", "nonsense", ""):
        assert httpx.get(f"{site}/live", params={"topics": topic}).status_code == 403, topic


@pytest.mark.django_db
def test_who_may_hear_what() -> None:
    person = UUID(int=1)
    citizen = Actor(account=UUID(int=2), person=person, assurance=2)
    officer = Actor(account=UUID(int=3), post=UUID(int=4), agency=UUID(int=5), assurance=2)
    assert may_hear(citizen, f"person:{person}")
    assert not may_hear(citizen, f"person:{UUID(int=9)}")
    assert not may_hear(citizen, "desk")
    assert not may_hear(citizen, f"case:{UUID(int=7)}")
    assert not may_hear(citizen, "case:not-a-number")
    assert may_hear(officer, "desk")
    assert may_hear(officer, "ioc")
    assert not may_hear(officer, f"person:{person}")


def test_a_case_rings_on_the_desks_of_its_agency_only() -> None:
    def moved(agencies: str, *topics: str) -> list[str]:
        return topics_of(NOTICE, Listener(frozenset(topics), frozenset(agencies)))

    assert moved("a", "desk", "ioc", "case:1") == ["case:1", "desk", "ioc"]
    assert moved("ca", "desk") == ["desk"], "a one-stop centre does its committee's work"
    assert moved("b", "desk", "ioc") == ["ioc"]
    assert moved("b", "case:2") == []
