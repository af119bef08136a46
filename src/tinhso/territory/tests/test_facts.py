"""Both maps, as the resolutions made them."""

from collections import Counter
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Forbidden
from tinhso.kernel.models import Audit, Event
from tinhso.kernel.text import clean
from tinhso.territory import queries, services
from tinhso.territory.models import Unit

from .conftest import NEW, OLD


def test_the_map_before_the_reform_has_242_communes(facts: None) -> None:
    communes = queries.units(level=3, at=OLD)
    assert Counter(u.kind for u in communes) == {"ward": 10, "townlet": 9, "commune": 223}
    assert len(queries.units(level=2, at=OLD)) == 8
    assert {u.parent for u in communes} == {u.code for u in queries.units(level=2, parent="34", at=OLD)}
    assert len(queries.children("343", at=OLD)) == 29
    assert len(queries.descendants("34", at=OLD)) == 250


def test_the_map_after_it_has_104_of_which_65_came_from_thai_binh(facts: None) -> None:
    communes = queries.units(level=2, at=NEW)
    assert Counter(u.kind for u in communes) == {"ward": 11, "commune": 93}
    followed = [u for u in communes if queries.predecessors(u.code, NEW)]
    assert len(followed) == 65
    assert sum(len(queries.predecessors(u.code, NEW)) for u in followed) == 242
    area = sum(u.area_km2 or 0 for u in followed)
    assert area == pytest.approx(queries.unit("34", OLD).area_km2)  # type: ignore[union-attr]
    assert sum(u.area_km2 or 0 for u in communes) == pytest.approx(2514.81)


def test_names_are_nfc_with_single_spaces(facts: None) -> None:
    for unit in (*queries.units(at=OLD), *queries.units(at=NEW)):
        assert unit.name == clean(unit.name)


def test_a_code_is_another_unit_after_the_reform(facts: None) -> None:
    old, new = queries.unit("13225", OLD), queries.unit("13225", NEW)
    assert old and new
    assert (old.name, old.kind, old.level, old.until) == ("Xã Tân Bình", "commune", 3, NEW)
    assert (new.name, new.kind, new.level, new.since) == ("Phường Thái Bình", "ward", 2, NEW)
    assert queries.unit("343", NEW) is None
    assert queries.unit("13225", date(1990, 1, 1)) == old


def test_no_code_for_two_units_on_one_day(facts: None) -> None:
    def add(since: date, until: date | None) -> None:
        with transaction.atomic():
            Unit.objects.create(code="13141", name="Xã Trùng", kind="commune", level=2, valid=DateRange(since, until))

    for since, until in ((date(2020, 1, 1), date(2020, 1, 2)), (OLD, NEW), (date(2030, 1, 1), None)):
        with pytest.raises(IntegrityError, match="territory_unit_one_a_day"):
            add(since, until)
    Unit.objects.filter(code="13141", valid__contains=NEW).update(valid=DateRange(NEW, date(2030, 1, 1)))
    add(date(2030, 1, 1), None)


def test_loading_again_changes_nothing_and_keeps_what_came_later(facts: None, actor: Actor) -> None:
    Unit.objects.filter(code="13141", valid__contains=NEW).update(
        name="Xã Vũ  Quí", population=9_000, valid=DateRange(NEW, date(2031, 1, 1))
    )
    assert services.load_facts(actor) == 1
    unit = queries.unit("13141", NEW)
    assert unit and (unit.name, unit.population, unit.until) == ("Xã Vũ Quý", 9_000, date(2031, 1, 1))
    told = Event.objects.count(), Audit.objects.count()
    assert services.load_facts(actor) == 0
    assert (Event.objects.count(), Audit.objects.count()) == told


def test_a_change_is_audited_and_told(facts: None) -> None:
    assert Audit.objects.get().action == "territory.load-facts"
    event = Event.objects.get()
    assert (event.name, event.data) == ("territory.changed", {"what": "load-facts", "from": "2025-07-01"})


@pytest.mark.django_db
def test_nobody_else_may_change_the_map() -> None:
    for actor in (NOBODY, Actor(permissions=frozenset({"cases.receive"}))):
        with pytest.raises(Forbidden):
            services.load_facts(actor)
    assert not Unit.objects.exists()
    assert services.load_facts(Actor(permissions=frozenset({"territory.edit"}))) > 0


@pytest.mark.django_db
def test_an_empty_map_answers_empty() -> None:
    assert queries.unit("34", OLD) is None
    assert queries.units() == queries.map_cells() == queries.same_place("34") == ()
    assert queries.resolve("xã Vũ Quý, Kiến Xương, Thái Bình") is None
    assert queries.translate({"13141": 3}, OLD, NEW).lost == {"13141": 3}


@pytest.mark.django_db
def test_the_command_loads(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("territory", "load")
    assert "601" in capsys.readouterr().out
    assert queries.unit("33") is not None


def test_find_is_for_a_search_box(facts: None) -> None:
    assert next(u.code for u in queries.find("vu qui", OLD)) == "13141"
    assert "13141" in [u.code for u in queries.find("Vũ Quý", NEW)]
    assert {u.name for u in queries.find("quang trung", OLD)} >= {"Phường Quang Trung", "Xã Quang Trung"}
    assert queries.find("  ") == queries.find("zzzz") == ()
    assert len(queries.find("xã", NEW, limit=3)) == 3


def test_questions_cost_no_query_once_the_atlas_is_read(facts: None, django_assert_num_queries: object) -> None:
    queries.unit("33")
    queries.resolve("Vũ Quý", NEW)
    with django_assert_num_queries(0):  # type: ignore[operator]
        queries.units(level=2)
        queries.same_place("13225")
        queries.translate({"13141": 1}, OLD, NEW)
        for _n in range(50):
            queries.resolve("thôn Đông, xã Vũ Quý, Kiến Xương, Thái Bình", today=NEW)
