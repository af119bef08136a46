from collections.abc import Iterator
from datetime import date

import pytest

from tinhso.kernel.actor import Actor, system
from tinhso.territory import queries, services

OLD = date(2025, 6, 30)
NEW = date(2025, 7, 1)


@pytest.fixture(autouse=True)
def _fresh_atlas() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def actor() -> Actor:
    return system("test")


@pytest.fixture
def facts(db: None, actor: Actor) -> None:
    services.load_facts(actor)
