"""The registers over HTTP: revisions, problems, idempotency, and a description that equals the code."""

import json

import pytest
from django.urls import get_resolver

from tinhso.identity.web import ASSURANCE_KEY
from tinhso.kernel.policy import Rule
from tinhso.registers import queries, services

from .conftest import GARDENS, SYSTEM, seated
from .test_records import VALUES

URL = "/api/v1/registers/yard.gardens"
NEW = {"values": {"code": "A1", "planted_on": "2024-03-01", "trees": 10, "area": "12.50"}}


@pytest.fixture
def api(province, apply, client, django_user_model):
    apply(gardens=GARDENS)
    client.force_login(django_user_model.objects.get(id=seated("13225", "civil-status").account))
    session = client.session
    session[ASSURANCE_KEY] = 2
    session.save()
    return client


def post(api, url, body, **headers):
    return api.post(url, json.dumps(body), content_type="application/json", headers=headers)


def patch(api, url, body, **headers):
    return api.patch(url, json.dumps(body), content_type="application/json", headers=headers)


def test_a_record_is_entered_read_changed_ended_and_restored(api):
    made = post(api, f"{URL}/records", NEW)
    assert (made.status_code, made["ETag"]) == (201, '"1"')
    url = made["Location"]
    read = api.get(url)
    assert read["ETag"] == '"1"'
    assert read.json()["values"] == {"code": "A1", "planted_on": "2024-03-01", "trees": 10, "area": "12.50"}
    assert read.json()["unit"] == "13225"
    assert api.get(url, headers={"If-None-Match": '"1"'}).status_code == 304
    changed = patch(api, url, {"values": {"trees": 12}, "why": "đếm lại"}, **{"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    history = api.get(f"{url}/history").json()
    assert [(v["revision"], v["change"], v["by"]) for v in history] == [
        (2, "update", "Công chức tư pháp - hộ tịch"),
        (1, "create", "Công chức tư pháp - hộ tịch"),
    ]
    restored = post(api, f"{url}/restore", {"revision": 1, "why": "nhầm"}, **{"If-Match": '"2"'})
    assert restored.json()["revision"] == 3
    assert api.get(f"{URL}/records?trees__ge=10&order=-trees").json()["records"][0]["values"]["trees"] == 10


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [({}, 428, "precondition-required"), ({"If-Match": '"7"'}, 412, "stale-revision"), ({"If-Match": "x"}, 428, None)],
)
def test_a_change_says_what_it_saw(api, headers, status, kind):
    url = post(api, f"{URL}/records", NEW)["Location"]
    answer = patch(api, url, {"values": {"trees": 1}, "why": "x"}, **headers)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    if kind:
        assert answer.json()["type"] == f"urn:tinhso:problem:{kind}"
    assert api.get(url).json()["revision"] == 1


def test_a_request_sent_twice_makes_one_record(api):
    first = post(api, f"{URL}/records", NEW, **{"Idempotency-Key": "k-1"}).json()
    assert post(api, f"{URL}/records", NEW, **{"Idempotency-Key": "k-1"}).json() == first
    other = {"values": NEW["values"] | {"code": "B"}}
    assert post(api, f"{URL}/records", other, **{"Idempotency-Key": "k-1"}).status_code == 409
    assert len(api.get(f"{URL}/records").json()["records"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"values": {}},
        {"values": {"code": 5, "planted_on": "hôm qua", "trees": "nhiều"}},
        {"values": {"code": ["a"], "planted_on": {"day": 1}, "trees": 1.5}},
        {"values": {"code": "a\u0000b", "planted_on": "2024-03-01"}},
        {"values": {"code": "A", "planted_on": "2024-03-01", "area": "NaN"}},
        {"values": {"code": "A", "planted_on": "2024-03-01", "colour": "xanh"}},
        {"values": NEW["values"], "valid_from": "mai"},
        {"values": NEW["values"], "unit": "13225\u0000"},
    ],
)
def test_bad_bodies_are_named_and_write_nothing(api, body):
    answer = post(api, f"{URL}/records", body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"]
    assert api.get(f"{URL}/records").json()["records"] == []


@pytest.mark.parametrize(
    "query",
    ["after=x", "order=secret", "trees__roughly=1", "nothing=1", "limit=many", "place=%00", "trees=1;2", "q=%00"],
)
def test_bad_questions_are_named(api, query):
    assert api.get(f"{URL}/records?{query}").status_code == 422


def test_what_is_not_there_or_not_yours_is_404(api):
    other = services.create(SYSTEM, "yard.gardens", VALUES, unit="12466")
    for url in (
        f"{URL}/records/{other.id}",
        f"{URL}/records/{other.id}/history",
        "/api/v1/registers/no.thing/records",
        "/api/v1/registers/%00/records",
    ):
        answer = api.get(url)
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
    headers = {"If-Match": '"1"'}
    assert patch(api, f"{URL}/records/{other.id}", {"values": {}, "why": "x"}, **headers).status_code == 404


def test_strangers_and_forgers(api, client):
    api.logout()
    assert api.get(f"{URL}/records").status_code == 401
    assert api.get("/api/v1/registers").status_code == 401


def test_writing_by_session_needs_the_csrf_token(api):
    api.handler.enforce_csrf_checks = True
    assert post(api, f"{URL}/records", NEW).status_code == 403


def test_the_register_describes_its_values(api):
    described = api.get(URL).json()
    assert described["schema"]["properties"]["trees"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 10000,
        "title": "Số cây",
    }
    assert described["schema"]["required"] == ["code", "planted_on"]


def test_csv_streams(api):
    post(api, f"{URL}/records", NEW)
    answer = api.get(f"{URL}/records.csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert b"A1" in b"".join(answer.streaming_content)


def test_every_operation_carries_its_rule_and_is_described(api):
    described = api.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    found = next(p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/").url_patterns
    assert found
    for pattern in found:
        assert all(isinstance(rule, Rule) for rule in pattern.callback.policies)
        assert isinstance(pattern.callback.policy, Rule)
    assert len(described["paths"]) == len({str(pattern.pattern) for pattern in found})
    assert queries.registers_visible(SYSTEM)[0].register == "yard.gardens"
