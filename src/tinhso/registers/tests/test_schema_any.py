"""Any sequence of definitions: the table is what a new one would be, nothing is lost without a word, old versions stay
readable."""

from datetime import date

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tinhso.kernel.actor import system
from tinhso.kernel.errors import Invalid
from tinhso.kernel.packs import digest
from tinhso.kernel.packs import queries as published
from tinhso.registers import ddl, services
from tinhso.registers.definitions import RegisterDefinition
from tinhso.registers.queries import get, history
from tinhso.registers.shape import Shape

from .catalogue import catalogue
from .conftest import SYSTEM

DAY = date(2024, 3, 1)
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]  # no shrinking: each example makes tables
TYPES = {
    "text": {"max": 100},
    "integer": {"min": -1_000},
    "decimal": {"places": 2},
    "money": {},
    "date": {},
    "boolean": {},
    "choice": {"choices": [{"value": v, "label": {"vi": v, "en": v}} for v in ("a", "12", "01/03/2024")]},
    "email": {},
}
VALUES = {
    "text": ["12", "01/03/2024", "nhiều", "-3", "a", "1.234,5", "có"],
    "integer": [12, -3, 0],
    "decimal": ["12.00", "-3.50"],
    "money": [12, 5_000],
    "date": ["2024-03-01"],
    "boolean": [True, False],
    "choice": ["a", "12", "01/03/2024"],
    "email": ["hoa@example.vn"],
}
NAMES = ["a", "b", "c", "d", "e"]
SEARCHES = {
    "text": ["exact", "prefix", "contains", "fulltext"],
    "email": ["exact", "prefix", "contains"],
    "choice": ["exact", "fulltext"],
}


@st.composite
def definitions(draw):
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    fields = [
        {"name": name, "type": (kind := draw(st.sampled_from(sorted(TYPES)))), "optional": draw(st.integers(0, 3)) > 0}
        | {"class": draw(st.sampled_from(["open", "internal", "internal", "personal", "sensitive"]))}
        | TYPES[kind]
        for name in names
    ]
    plain = [f["name"] for f in fields if f["class"] != "sensitive"]
    ways = {f["name"]: st.sampled_from(SEARCHES.get(f["type"], ["exact"])) for f in fields}
    numbers = [f["name"] for f in fields if f["name"] in plain and f["type"] in {"integer", "decimal", "money"}]
    return {
        "register": "any",
        "name": {"vi": "Sổ", "en": "Any"},
        "fields": fields,
        "search": {name: draw(ways[name]) for name in plain if draw(st.booleans())},
        "checks": [
            {"name": "small", "label": {"vi": "Nhỏ", "en": "Small"}, "must": f"{name} < 1000000000000"}
            for name in numbers[:1]
        ],
        "rename": draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(names), max_size=1).map(
            lambda pairs: {old: new for old, new in pairs.items() if old not in names})),
        "drop": NAMES,
    }  # fmt: skip


def publish(version, body):
    from tinhso.kernel.models import Definition, Pack

    old = Definition.objects.filter(kind="register", name="yard.any", retired_at=None).first()
    if old:
        Definition.objects.filter(pk=old.pk).update(retired_at="2024-01-01T00:00Z")
    Pack.objects.get_or_create(name="yard", defaults={"version": "0.1.0", "digest": ""})
    key = {"kind": "register", "name": "yard.any", "pack_id": "yard"}
    Definition.objects.create(version=version, digest=digest([version, body]), body=body, **key)
    before = RegisterDefinition.model_validate(old.body) if old else None
    ddl.apply(SYSTEM, before, RegisterDefinition.model_validate(body), "yard.any", version)


def plain(found):
    """The catalogue but for what a table with rows cannot have: a field required later is checked of what is new."""
    constraints = [(n, text) for n, text in found["constraints"] if "IS NOT NULL)) NOT VALID" not in text]
    return found | {"columns": [(n, t, *rest) for n, t, _required, *rest in found["columns"]],
                    "constraints": constraints}  # fmt: skip


def anew(body):
    """What a new table of the same definition is."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE reg.yard_any CASCADE")
    ddl.apply(SYSTEM, None, RegisterDefinition.model_validate(body), "yard.any", 99)
    return plain(catalogue("yard_any"))


@pytest.mark.django_db
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], phases=QUICK)
@given(st.data())
def test_after_any_sequence_of_definitions_the_table_is_what_a_new_one_would_be(db, data):
    with transaction.atomic():
        told, expected = [], {}
        version, body = 0, {}
        for _turn in range(data.draw(st.integers(2, 5))):
            wanted = data.draw(definitions())
            stood = catalogue("yard_any") if version else None
            try:
                with transaction.atomic():
                    publish(version + 1, wanted)
            except Invalid as error:
                assert stood == catalogue("yard_any"), "what is refused changes nothing"
                assert "violated by some row" in str(error), "a limit that rows break is the one reason to refuse"
            else:
                version, body = version + 1, wanted
            of = Shape("yard.any", version, RegisterDefinition.model_validate(body))
            assert list(ddl.steps(of.definition, of)) == []
            values = {
                f.name: f.kind.from_json(data.draw(st.sampled_from(VALUES[f.spec.type]))) for f in of.fields.values()
            }
            ref = services.create(system("any"), "yard.any", values, valid_from=DAY)
            told.append((ref, of.display(values)))
            expected[ref.id] = (of, values)
        stands = plain(catalogue("yard_any"))
        for ref, _line in told:
            then, values = expected[ref.id]
            (first,) = history(SYSTEM, "yard.any", ref.id)
            kept, said = then.to_json(values, then.stored), [v for v in first.values.values() if v is not None]
            assert len(said) >= len(kept), "an old version says all that it said"
            assert get(SYSTEM, "yard.any", ref.id).ref.revision == 1
        assert stands == anew(body)
        transaction.set_rollback(True)
    published.forget()
