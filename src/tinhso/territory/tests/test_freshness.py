"""Each process holds a copy of the map; none keeps a stale one."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tinhso.kernel import events
from tinhso.kernel.actor import Actor
from tinhso.kernel.models import Event
from tinhso.territory import atlas, queries, services
from tinhso.territory.contracts import Share
from tinhso.territory.models import Revision

from .conftest import NEW


def test_another_process_sees_the_change_by_its_stamp(
    facts: None, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = atlas.atlas()
    services.record_reform(actor, NEW.replace(year=2030), shares=[Share("13141", "13075")])
    changed = atlas.atlas()
    monkeypatch.setattr(atlas, "_atlas", held)
    assert len(queries.maps()) == 2, "trusted for two seconds"
    monkeypatch.setattr(atlas, "_checked", -100.0)
    assert len(queries.maps()) == 3
    assert atlas.atlas().stamp == changed.stamp == Revision.objects.get().stamp


def test_the_event_makes_a_process_forget(facts: None) -> None:
    held = atlas.atlas()
    events.deliver_to_all(Event.objects.get(name="territory.changed").id)
    assert atlas.atlas() is not held


@pytest.mark.django_db(transaction=True)
def test_a_change_rolled_back_is_not_remembered(actor: Actor) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.load_facts(actor)
        assert queries.unit("33") is not None
        _ = 1 / 0
    atlas.forget()
    assert queries.unit("33") is None


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_load_the_facts_once(actor: Actor) -> None:
    def load() -> int:
        try:
            return services.load_facts(actor)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        changed = sorted(future.result() for future in [pool.submit(load), pool.submit(load)])
    assert changed[0] == 0 and changed[1] > 600
    assert len(queries.units(level=2)) == 104
