"""The registers over HTTP: revisions, problems, idempotency, and a description that equals the code."""

import json
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
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


def test_every_change_is_done_once_under_its_key(api):
    url = post(api, f"{URL}/records", NEW)["Location"]
    change = {"values": {"trees": 12}, "why": "đếm lại"}
    headers = {"If-Match": '"1"', "Idempotency-Key": "k-2"}
    first = patch(api, url, change, **headers)
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    again = patch(api, url, change, **headers)
    assert (again.status_code, again["ETag"], again.json()) == (200, '"2"', first.json())
    other = patch(api, url, {"values": {"trees": 13}, "why": "đếm lại"}, **headers)
    assert other.status_code == 409
    for verb, body in (("end", {"on": "2030-01-01", "why": "x"}), ("restore", {"revision": 1, "why": "x"})):
        seen = {"If-Match": api.get(url)["ETag"], "Idempotency-Key": verb}
        answers = [post(api, f"{url}/{verb}", body, **seen) for _twice in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
    assert [version["change"] for version in api.get(f"{url}/history").json()] == ["restore", "end", "update", "create"]


def test_a_list_shows_the_fields_that_are_asked_for(api):
    url = post(api, f"{URL}/records", NEW)["Location"]
    [record] = api.get(f"{URL}/records?fields=code,trees").json()["records"]
    assert record["values"] == {"code": "A1", "trees": 10}
    assert api.get(f"{url}?fields=trees").json()["values"] == {"trees": 10}
    for wrong in ("fields=colour", "expand=code", "expand=nothing"):
        assert api.get(f"{URL}/records?{wrong}").status_code == 422


TREES = """\
register: trees
name: {vi: Sổ cây, en: Trees}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: keeper, type: person, label: {vi: Người trông, en: Keeper}, optional: true}
  - {name: agency, type: agency, label: {vi: Cơ quan, en: Agency}, optional: true}
  - {name: garden, type: reference, label: {vi: Vườn, en: Garden}, to: yard.gardens, optional: true}
key: [code]
"""


def test_what_fields_refer_to_is_expanded_in_as_many_queries_for_many_as_for_one(api, apply):
    apply(gardens=GARDENS, trees=TREES)
    keeper = identity_services.register_person(SYSTEM, NewPerson("Trần Thị Hoa", demo=True)).id
    agency = identity.agency_of_unit("13225")
    mine = services.create(SYSTEM, "yard.gardens", VALUES | {"code": "mine", "remark": "kín"}, unit="13225")
    other = services.create(SYSTEM, "yard.gardens", VALUES | {"code": "other"}, unit="12466")
    for number, garden in enumerate([mine, other, mine]):
        values = {"code": f"t{number}", "keeper": keeper, "agency": agency.id, "garden": garden.id}
        services.create(SYSTEM, "yard.trees", values, unit="13225")
    url = "/api/v1/registers/yard.trees/records?order=code&expand=keeper,agency,garden"

    def asked(found):  # whether the map changed is asked for by the clock, not by the page
        return len([query for query in found if "territory_revision" not in query["sql"]])

    api.get(url)  # definitions and the map are then known
    with CaptureQueriesContext(connection) as one:
        api.get(f"{url}&limit=2")
    with CaptureQueriesContext(connection) as many:
        records = api.get(url).json()["records"]
    assert asked(many) == asked(one)
    said = records[0]["expanded"]
    assert (said["keeper"]["display"], said["agency"]["display"]) == ("Trần Thị Hoa", agency.words)
    assert said["garden"]["register"] == "yard.gardens"
    assert said["garden"]["values"]["code"] == "mine"
    assert "remark" not in said["garden"]["values"]
    hidden = records[1]["expanded"]["garden"]
    assert (hidden["id"], hidden["values"]) == (str(other.id), None)
    assert hidden["display"]
    one_record = api.get(f"/api/v1/registers/yard.trees/records/{records[0]['id']}?expand=garden")
    assert one_record.json()["expanded"]["garden"]["values"]["code"] == "mine"
    not_304 = api.get(one_record.wsgi_request.get_full_path(), headers={"If-None-Match": one_record["ETag"]})
    assert not_304.status_code == 200


def test_a_batch_says_what_became_of_each_row(api):
    rows = [{"values": NEW["values"]}, {"values": NEW["values"] | {"code": "B", "trees": "nhiều"}}]
    answer = post(api, f"{URL}/records/batch", {"rows": rows, "why": "nhập"}, **{"Idempotency-Key": "b"})
    assert answer.status_code == 200
    good, bad = answer.json()["results"]
    assert (good["row"], good["result"], good["revision"], good["problem"]) == (0, "created", 1, None)
    assert (bad["row"], bad["result"], bad["id"]) == (1, "refused", None)
    assert bad["problem"]["errors"][0]["path"] == "trees"
    again = post(api, f"{URL}/records/batch", {"rows": rows, "why": "nhập"}, **{"Idempotency-Key": "b"})
    assert again.json() == answer.json()
    refused = post(api, f"{URL}/records/batch", {"rows": rows, "why": "nhập", "mode": "all"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "rows.1.trees"


@pytest.mark.parametrize("rows", ["0," * 1_000_000 + "0", '{"values":{}},' * 1_000 + '{"values":{}}'])
def test_a_batch_of_more_than_a_thousand_is_refused_at_once_and_in_few_words(api, rows):
    began = monotonic()
    answer = api.generic(
        "POST", f"{URL}/records/batch", f'{{"why":"x","rows":[{rows}]}}'.encode(), content_type="application/json"
    )
    assert answer.status_code == 422
    assert monotonic() - began < 10
    assert len(answer.content) < 20_000
    assert api.get(f"{URL}/records").json()["records"] == []


def test_the_feed_always_says_where_to_go_on(api):
    first = api.get(f"{URL}/changes").json()
    assert (first["changes"], first["more"]) == ([], False)
    assert api.get(f"{URL}/changes?after={first['next']}").json()["next"] == first["next"]
    assert api.get(f"{URL}/changes?after=x").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/api/nothing", None, 404),
        ("get", "/api/v1/nothing/at/all", None, 404),
        ("get", f"{URL}/records/", None, 404),
        ("delete", f"{URL}/records", None, 405),
        ("put", f"{URL}/records/01890000-0000-7000-8000-000000000000", "{}", 405),
        ("post", "/api/openapi.json", "{}", 405),
        ("post", f"{URL}/records", "{", 400),
        ("post", f"{URL}/records", "", 422),
        ("post", f"{URL}/records", '{"values": {"trees": NaN}}', 400),
        ("post", f"{URL}/records", "\udcff", 400),
        ("post", f"{URL}/records", "[" * 100_000, 400),
        ("post", f"{URL}/records", "[]", 422),
        ("post", f"{URL}/records", '{"values": []}', 422),
        ("post", f"{URL}/records", '"' + "a" * 3_000_000 + '"', 413),
        ("get", f"{URL}/records/not-an-id", None, 422),
        ("get", f"{URL}/records.doc", None, 404),
    ],
)
def test_every_refusal_is_a_problem_document(api, method, path, body, status):
    data = b"" if body is None else body.encode("utf-8", "surrogateescape")
    answer = api.generic(method.upper(), path, data, content_type="application/json")
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["type"].startswith("urn:tinhso:problem:")
    assert (said["status"], bool(said["title"])) == (status, True)
    if status == 405:
        assert "GET" in answer["Allow"]


@pytest.mark.parametrize("ends", ["csv", "xlsx", "parquet", "geojson"])
def test_files_are_named_and_refused_before_the_first_byte(api, ends):
    post(api, f"{URL}/records", NEW)
    answer = api.get(f"{URL}/records.{ends}?trees__ge=10&fields=code,trees")
    if ends == "geojson":
        assert answer.status_code == 422
        return
    assert answer["Content-Disposition"] == f'attachment; filename="yard.gardens.{ends}"'
    assert b"".join(answer.streaming_content)
    assert api.get(f"{URL}/records.{ends}?nothing=1").status_code == 422
    assert api.get(f"{URL}/records.{ends}")["Left-Out"] == "keeper"


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
