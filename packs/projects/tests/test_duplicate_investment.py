"""Nothing is invested twice (resolution 02-NQ/TU §III.3.1): projects of one kind, commune and period are found."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tinhso.identity import services as identity
from tinhso.kernel import packs
from tinhso.kernel.actor import system
from tinhso.registers import queries, services
from tinhso.territory import services as territory

SYSTEM = system("test")
REGISTER = "projects.projects"


@pytest.fixture
def projects(db: None) -> Iterator[dict[str, Any]]:
    """The samples of the pack, by their code."""
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / "projects"]))
    services.load_samples(SYSTEM, why="Dữ liệu mẫu")
    yield {record.values["code"]: record for record in queries.find(SYSTEM, REGISTER).records}
    packs.queries.forget()


def found() -> list[str]:
    return sorted(r.values["code"] for r in queries.faulty(SYSTEM, REGISTER, "not-invested-twice").records)


def if_changed(record: Any, **values: Any) -> list[str]:
    """What is found once a project has other values; it gets its own back."""
    with transaction.atomic():
        services.update(SYSTEM, REGISTER, record.ref.id, values, revision=record.ref.revision, why="thẩm định")
        codes = found()
        transaction.set_rollback(True)
    return codes


def test_a_proposal_for_what_is_being_built_is_shown_beside_it(projects: dict[str, Any]) -> None:
    """DA-905 is of the same place and works too, but was stopped."""
    assert found() == ["DA-901", "DA-902"]


def test_another_period_works_or_place_or_a_stop_settles_it(projects: dict[str, Any]) -> None:
    proposed, last = projects["DA-902"], projects["DA-901"].values["ends_on"]
    assert if_changed(proposed, works="road") == []
    assert if_changed(proposed, commune="13225") == []
    assert if_changed(proposed, state="stopped") == []
    assert if_changed(proposed, begins_on=last + timedelta(days=1), ends_on=date(2028, 12, 31)) == []
    assert if_changed(proposed, begins_on=last, ends_on=date(2028, 12, 31)) == ["DA-901", "DA-902"]
