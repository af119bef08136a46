"""A register that asks for approval, over HTTP: what is written is a proposal that tells its state and can be taken
back."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tinhso.identity.web import ASSURANCE_KEY
from tinhso.kernel.ids import uuid7
from tinhso.registers import queries, services

from .conftest import GARDENS, SYSTEM, Apply, rows, seated
from .test_api import patch, post

URL = "/api/v1/registers/yard.gardens"
NEW = {"values": {"code": "A1", "planted_on": "2024-03-01", "trees": 10}}
SEEN = {"If-Match": '"1"'}


def browser(actor: Any, users: Any) -> Client:
    client = Client()
    client.force_login(users.objects.get(id=actor.account))
    session = client.session
    session[ASSURANCE_KEY] = 2
    session.save()
    return client


@pytest.fixture
def keeper(province: None, apply: Apply, django_user_model: Any) -> Client:
    apply(gardens=GARDENS + "approve: chair\n")
    return browser(seated("13225", "civil-status"), django_user_model)


@pytest.fixture
def chair(keeper: Client) -> Any:
    return seated("13225", "chair")


def standing() -> str:
    values = {"code": "B1", "planted_on": "2024-03-01", "trees": 5}
    of = queries.definition("yard.gardens")
    return str(services.create(SYSTEM, "yard.gardens", of.from_json(values), unit="13225").id)


def test_what_is_entered_waits_tells_its_state_and_is_the_record_once_approved(keeper: Client, chair: Any) -> None:
    made = post(keeper, f"{URL}/records", NEW)
    assert made.status_code == 202 and made.json()["state"] == "waiting"
    assert made["Location"] == f"{URL}/proposals/{made.json()['id']}"
    assert keeper.get(f"{URL}/records").json()["records"] == []
    told = keeper.get(made["Location"]).json()
    assert (told["state"], told["verb"], told["record"], told["mine"]) == ("waiting", "create", None, True)
    assert {"field": "trees", "label": "Số cây", "before": "", "after": "10"} in told["changes"]
    proposal, case = UUID(told["id"]), uuid7()
    services.note_case(proposal, case, "H-1")
    services.approve(chair, proposal, case=case)
    told = keeper.get(made["Location"]).json()
    assert told["state"] == "done"
    assert keeper.get(f"{URL}/records/{told['record']}").json()["values"]["trees"] == 10
    assert keeper.delete(made["Location"]).status_code == 409


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("update", "", {"values": {"trees": 6}, "why": "đếm lại"}),
        ("end", "/end", {"on": "2030-01-01", "why": "bỏ"}),
        ("restore", "/restore", {"revision": 1, "why": "nhầm"}),
    ],
)
def test_every_change_of_a_record_waits_and_is_tried_when_it_is_handed_in(
    keeper: Client, verb: str, path: str, body: dict[str, Any]
) -> None:
    record = standing()
    if verb == "restore":
        services.update(SYSTEM, "yard.gardens", UUID(record), {"trees": 9}, revision=1, why="x")
    seen = {"If-Match": '"2"'} if verb == "restore" else SEEN
    send = patch if verb == "update" else post
    made = send(keeper, f"{URL}/records/{record}{path}", body, **seen)
    assert made.status_code == 202, made.content
    assert keeper.get(made["Location"]).json()["verb"] == verb
    stale = send(keeper, f"{URL}/records/{record}{path}", body, **{"If-Match": '"7"'})
    assert stale.status_code == 412
    assert len(queries.waiting(SYSTEM, "yard.gardens")) == 1


def test_a_value_that_would_be_refused_is_refused_at_once(keeper: Client) -> None:
    wrong = {"values": NEW["values"] | {"trees": 99_999}}
    answer = post(keeper, f"{URL}/records", wrong)
    assert answer.status_code == 422 and queries.waiting(SYSTEM, "yard.gardens") == []


def test_a_request_sent_again_is_the_same_proposal_and_another_under_its_key_is_refused(keeper: Client) -> None:
    first, again = (post(keeper, f"{URL}/records", NEW, **{"Idempotency-Key": "k"}) for _n in range(2))
    assert (first.status_code, again.status_code) == (202, 202) and first["Location"] == again["Location"]
    other = {"values": NEW["values"] | {"code": "Z"}}
    assert post(keeper, f"{URL}/records", other, **{"Idempotency-Key": "k"}).status_code == 409


def test_who_proposed_withdraws_it_and_nobody_else(keeper: Client, chair: Any, django_user_model: Any) -> None:
    made = post(keeper, f"{URL}/records", NEW)["Location"]
    assert browser(chair, django_user_model).delete(made).status_code == 403
    elsewhere = browser(seated("12583", "civil-status"), django_user_model)
    assert elsewhere.get(made).status_code == elsewhere.delete(made).status_code == 404
    assert [keeper.delete(made).status_code for _n in range(2)] == [204, 204]
    assert keeper.get(made).json()["state"] == "withdrawn"
    told = rows("SELECT data->>'state' FROM kernel_event WHERE name = 'record.decided'")
    assert told == [("withdrawn",)]
    assert rows("SELECT count(*) FROM kernel_audit WHERE action = 'record.withdraw'") == [(1,)]


def test_a_proposal_of_another_register_or_none_is_not_found(keeper: Client) -> None:
    assert keeper.get(f"{URL}/proposals/{uuid7()}").status_code == 404
    made = post(keeper, f"{URL}/records", NEW).json()["id"]
    assert keeper.get(f"/api/v1/registers/yard.nothing/proposals/{made}").status_code == 404


def test_the_place_of_a_new_record_is_kept_with_its_map(keeper: Client, chair: Any) -> None:
    asked = NEW | {"unit": "13225", "unit_on": "2025-07-02", "valid_from": "2024-03-01"}
    made = UUID(post(keeper, f"{URL}/records", asked).json()["id"])
    case = uuid7()
    services.note_case(made, case, "H-2")
    ref = services.approve(chair, made, case=case)
    assert ref is not None
    found = queries.get(SYSTEM, "yard.gardens", ref.id)
    assert (found.unit, str(found.unit_on), str(found.valid_from)) == ("13225", "2025-07-02", "2024-03-01")
