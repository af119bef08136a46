"""The API of registers, tried by a client that knows nothing but its description: no 5xx, no answer that the
description does not have. Six registers of three packs, one of which asks for approval, each by its own description."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tinhso.identity import services as identity
from tinhso.identity.web import ASSURANCE_KEY
from tinhso.kernel import packs
from tinhso.project.api import document
from tinhso.registers import queries, services
from tinhso.registers.tests.conftest import GARDENS, PACK, SYSTEM, seated
from tinhso.territory import services as territory

ROOT = Path(__file__).resolve().parents[2]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DAY = date(2025, 9, 1)
NAMED = {"nationality": "VN", "ethnicity": "kinh", "sex": "male"}
REGISTERS: dict[str, dict[str, Any]] = {
    "civil-status.births": {
        "registered_on": DAY, "child_name": "Trần Bé", "born_on": DAY, "birth_place": "Kỳ Bá", "home_town": "Vũ Quý",
    },
    "civil-status.deaths": {
        "registered_on": DAY, "deceased_name": "Trần Ông", "died_on": DAY, "death_place": "Kỳ Bá", "cause": "tuổi già",
    },
    "demo.gardens": {"code": "V-01", "title": "Vườn", "commune": "13225", "opened_on": DAY, "beds": 3},
    "demo.harvests": {"picked_on": DAY, "kilograms": 3},
    "yard.gardens": {"code": "A", "planted_on": DAY, "trees": 3},
    "yard.orchards": {"code": "A", "planted_on": DAY, "trees": 3},
}  # fmt: skip


@pytest.fixture
def client_of_keeper(db: None, tmp_path: Path, client: Client, django_user_model: Any) -> Client:
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    yard = tmp_path / "yard"
    (yard / "registers").mkdir(parents=True)
    (yard / "pack.yaml").write_text(PACK)
    (yard / "registers" / "gardens.yaml").write_text(GARDENS)
    orchards = GARDENS.replace("register: gardens", "register: orchards") + "approve: chair\n"
    (yard / "registers" / "orchards.yaml").write_text(orchards)
    wanted = [Path(settings.PACKS) / name for name in ("one-stop", "civil-status", "demo")]
    packs.apply(SYSTEM, packs.read([*wanted, yard]))
    client.force_login(django_user_model.objects.get(id=seated("13225", "civil-status").account))
    session = client.session
    session[ASSURANCE_KEY] = 2
    session.save()
    return client


@contextmanager
def one_connection() -> Iterator[None]:
    """A request comes in the transaction of the test, as those of Django's own test client do."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


def fill(register: str) -> list[str]:
    """Two records of a register, by id."""
    of = queries.definition(register)
    found = []
    for number in range(2):
        values = dict(REGISTERS[register])
        values |= {n: of.fields[n].kind.choices(of.fields[n].options)[0][0] for n in NAMED if n in of.fields}
        if "garden" in of.fields:
            values["garden"] = services.create(
                SYSTEM, "demo.gardens", REGISTERS["demo.gardens"] | {"code": f"G{number}"}, unit="13225"
            ).id
        if "code" in values:
            values["code"] += str(number)
        if "kilograms" in values:
            values["kilograms"] = Decimal(3)
        found.append(str(services.create(SYSTEM, register, values, unit="13225").id))
    return found


def tried(client: Client, register: str, examples: int) -> None:
    described = client.get(f"/api/v1/registers/{register}/openapi.json").json()
    for operation in itertools.chain.from_iterable(path.values() for path in described["paths"].values()):
        operation.pop("security", None)  # the test signs in by itself
    ids = itertools.cycle(fill(register))
    token = _get_new_csrf_string()
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token}
    headers = {"X-CSRFToken": token, "Accept-Encoding": "identity"}
    app, turns = get_wsgi_application(), itertools.cycle([True, False])
    answered: Counter[int] = Counter()
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @hypothesis_settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def attempt(case: Any) -> None:
            if "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = id = next(ids)
                if "If-Match" in (case.headers or {}) and next(turns):  # every other time what stands there
                    address = f"/api/v1/registers/{register}/records/{id}"
                    case.headers["If-Match"] = client.get(address).headers["ETag"]
            with one_connection():
                response = case.call(app=app, headers=headers, cookies=cookies)
            answered[response.status_code // 100] += 1
            case.validate_response(response, checks=CHECKS)

        attempt()
    assert answered[2], answered  # some of what is sent is right


@pytest.mark.parametrize("register", REGISTERS)
def test_no_register_s_api_breaks_or_answers_what_it_does_not_describe(client_of_keeper: Client, register: str) -> None:
    tried(client_of_keeper, register, examples=6)


@pytest.mark.slow
@pytest.mark.parametrize("register", REGISTERS)
def test_the_same_with_many_more_examples(client_of_keeper: Client, register: str) -> None:
    tried(client_of_keeper, register, examples=100)


def test_the_description_kept_with_the_documents_is_the_code_s() -> None:
    """`tinhso openapi > docs/openapi.json` after a change, so that whoever reads the change sees the contract's."""
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == json.loads(document())


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in json.loads(document())["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for method, path, operation in operations():
        assert operation["summary"], (method, path)
        assert {"200", "201", "204"} & operation["responses"].keys(), (method, path)
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (method, path, status)
