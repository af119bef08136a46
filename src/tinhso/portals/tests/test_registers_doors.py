"""Every address of the registers, on the desk and in the API, tried by who has the right role in the wrong place, by
who may not read people, by who may not read what is sealed, by a citizen and by nobody."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from tinhso.identity import queries as identity_queries
from tinhso.identity import services as identity
from tinhso.identity.models import Access, Post
from tinhso.portals.desk import urls

from .gardens import ELSEWHERE, HERE, SYSTEM, officer
from .guarded import GARDENS, NAME, OPEN, PLOTS, SEALED, Place, held, make, upload
from .people import browser_of, signed_in_citizen

SO, API = f"/desk/so/{GARDENS}", f"/api/v1/registers/{GARDENS}"
WHY = {"why": "Thử cửa"}
FORM = {
    "code": "X-1", "planted_on.day": "1", "planted_on.month": "3", "planted_on.year": "2026",
    "valid_from": "01/03/2026", "_kind": "correct", "revision": "1", "_key": "thu-cua",
} | WHY  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """One way to knock: `sent` is a form, or the JSON of an API. `own` says that whoever may do it at all does it to
    what is theirs (an empty list, a record in their own place), so that something may be written; `read` that whoever
    reads may do so for themselves (a view); `file` that the page shows what stands in somebody's file, before it is
    anybody's record."""

    at: Callable[[Place], str]
    sent: Callable[[Place], Any] | None = None
    method: str = ""
    own: bool = False
    read: bool = False
    file: bool = False

    def pay(self, browser: Client, place: Place) -> tuple[int, str]:
        """The status, and all that is said: the address that is led to as well as the body."""
        address, sent = self.at(place), self.sent(place) if self.sent else None
        method = self.method or ("POST" if sent is not None else "GET")
        if address.startswith("/api/"):
            headers = {"If-Match": '"1"'}
            data = json.dumps(sent).encode() if sent is not None else b""
            answer = browser.generic(method, address, data, content_type="application/json", headers=headers)
        else:
            answer = browser.post(address, sent) if method == "POST" else browser.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        told = _unzipped(body) if body.startswith(b"PK") else body.decode("utf-8", "replace")
        if "json" in answer.headers.get("Content-Type", ""):  # which may write the letters by their numbers
            told = json.dumps(json.loads(told), ensure_ascii=False)
        return answer.status_code, told + unquote(answer.headers.get("Location", ""))


def _unzipped(body: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())


def at(pattern: str) -> Callable[[Place], str]:
    return lambda place: pattern.format(p=place)


def form(**more: str) -> Callable[[Place], dict[str, str]]:
    return lambda place: FORM | {name: value.format(p=place) for name, value in more.items()}


DESK: dict[str, list[Visit]] = {
    "desk-registers": [Visit(at("/desk/so"))],
    "desk-builder": [
        Visit(at("/desk/so/tao")),
        Visit(at("/desk/so/tao"), lambda place: {"file": upload("a,b\n1,2\n")}, own=True),
    ],
    "desk-builder-plan": [
        Visit(at("/desk/so/tao/{p.blueprint}"), file=True),
        Visit(at("/desk/so/tao/{p.blueprint}"), form(name_vi="Của tôi", check="1")),
    ],
    "desk-builder-preview": [
        Visit(at("/desk/so/tao/{p.blueprint}/xem-truoc")),
        Visit(at("/desk/so/tao/{p.blueprint}/xem-truoc"), form(digest="")),
    ],
    "desk-builder-done": [Visit(at("/desk/so/tao/{p.blueprint}/ket-qua"))],
    "desk-builder-drop": [Visit(at("/desk/so/tao/{p.blueprint}/bo"), form())],
    "desk-builder-export": [Visit(at("/desk/so/goi/guarded.zip"))],
    "desk-register": [
        Visit(at(SO)),
        Visit(at(f"{SO}?q={NAME}")),
        Visit(at(f"{SO}?ngay=01/04/2026")),
        Visit(at(f"{SO}?sap=tenant")),
        Visit(at(f"{SO}?xem=by-tenant")),
        Visit(at(f"{SO}?xem=planted")),
        Visit(at(f"{SO}?xem={{p.view}}")),
        Visit(at(f"{SO}?k.tenant__contains=Trần")),
        Visit(at(f"{SO}?them=tenant&them.phep=contains&them.gt=Trần")),
    ],
    "desk-import": [Visit(at(f"{SO}/nhap")), Visit(at(f"{SO}/nhap"), lambda p: {"file": upload("a\n1\n")}, own=True)],
    "desk-import-columns": [
        Visit(at(f"{SO}/nhap/tep/{{p.file}}"), file=True),
        Visit(at(f"{SO}/nhap/tep/{{p.file}}"), form(**{"cot.code": "0", "cot.planted_on": "1"})),
    ],
    "desk-import-result": [Visit(at(f"{SO}/nhap/{{p.tried}}"), file=True)],
    "desk-import-progress": [Visit(at(f"{SO}/nhap/{{p.tried}}/tien-do"), file=True)],
    "desk-import-run": [Visit(at(f"{SO}/nhap/{{p.tried}}/ghi"), form(mode="good"))],
    "desk-import-stop": [Visit(at(f"{SO}/nhap/{{p.tried}}/dung"), form())],
    "desk-import-errors": [Visit(at(f"{SO}/nhap/{{p.tried}}/loi"), file=True)],
    "desk-import-corrected": [
        Visit(at(f"{SO}/nhap/{{p.tried}}/sua"), lambda p: {"file": upload("code,planted_on\nX-1,1/3/2026\n")}),
    ],
    "desk-download": [
        Visit(at(f"{SO}/tai-ve")),
        Visit(at(f"{SO}/tai-ve"), form(tep="csv")),
        Visit(at(f"{SO}/tai-ve"), form(tep="xlsx", purpose="Kiểm tra")),
        Visit(at(f"{SO}/tai-ve?k.tenant__contains=Trần"), form(tep="csv", purpose="Kiểm tra")),
    ],
    "desk-view-new": [
        Visit(at(f"{SO}/cach-xem?q={NAME}")),
        Visit(at(f"{SO}/cach-xem?k.tenant__contains=Trần"), form(name="Của tôi"), own=True, read=True),
    ],
    "desk-view": [
        Visit(at(f"{SO}/cach-xem/{{p.view}}")),
        Visit(at(f"{SO}/cach-xem/{{p.view}}"), form(name="Của tôi", shared="1")),
        Visit(at(f"{SO}/cach-xem/{{p.view}}"), form(_drop="1")),
    ],
    "desk-register-map": [Visit(at(f"{SO}/ban-do")), Visit(at(f"{SO}/ban-do?ban_ghi={{p.record}}"))],
    "desk-quality": [Visit(at(f"{SO}/chat-luong")), Visit(at(f"{SO}/chat-luong?xa={HERE}"))],
    "desk-quality-rule": [
        Visit(at(f"{SO}/chat-luong/counted")),
        Visit(at(f"{SO}/chat-luong/let")),
        Visit(at(f"{SO}/chat-luong/counted?xa={HERE}")),
    ],
    "desk-duplicates": [Visit(at(f"{SO}/trung"))],
    "desk-duplicates-search": [Visit(at(f"{SO}/trung/tim"), form(), own=True)],
    "desk-record": [Visit(at(f"{SO}/{{p.record}}")), Visit(at(f"{SO}/{{p.record}}?ngay=01/04/2026"))],
    "desk-record-new": [Visit(at(f"{SO}/moi")), Visit(at(f"{SO}/moi"), form(), own=True)],
    "desk-record-edit": [
        Visit(at(f"{SO}/{{p.record}}/sua")),
        Visit(at(f"{SO}/{{p.record}}/sua"), form(trees="9")),
        Visit(at(f"{SO}/{{p.record}}/sua"), form(trees="9", revision="7")),
    ],
    "desk-record-end": [
        Visit(at(f"{SO}/{{p.record}}/ket-thuc")),
        Visit(at(f"{SO}/{{p.record}}/ket-thuc"), form(on="01/05/2026")),
    ],
    "desk-record-restore": [
        Visit(at(f"{SO}/{{p.ended}}/khoi-phuc/1")),
        Visit(at(f"{SO}/{{p.ended}}/khoi-phuc/1"), form()),
    ],
    "desk-bulk-edit": [
        Visit(at(f"{SO}/sua-nhieu?ids={{p.record}}")),
        Visit(at(f"{SO}/sua-nhieu?q={NAME}")),
        Visit(at(f"{SO}/sua-nhieu?ids={{p.record}}"), form(**{"_do.trees": "set", "trees": "9"})),
    ],
    "desk-bulk": [
        Visit(at(f"{SO}/sua-nhieu/{{p.bulk}}")),
        Visit(at(f"/desk/so/{PLOTS}/sua-nhieu/{{p.bulk}}")),
        Visit(at(f"{SO}/sua-nhieu/{{p.bulk}}"), form()),
    ],
    "desk-bulk-state": [Visit(at(f"{SO}/sua-nhieu/{{p.bulk}}/tinh-hinh"))],
    "desk-merge": [
        Visit(at(f"{SO}/gop?ids={{p.record}},{{p.double}}")),
        Visit(at(f"{SO}/gop?ids={{p.record}},{{p.double}}"), form()),
    ],
    "desk-unmerge": [Visit(at(f"{SO}/gop/{{p.merge}}/hoan-tac")), Visit(at(f"{SO}/gop/{{p.merge}}/hoan-tac"), form())],
    "desk-proposals": [Visit(at(f"/desk/so/{PLOTS}/de-nghi"))],
    "desk-proposal": [
        Visit(at(f"/desk/so/{PLOTS}/de-nghi/{{p.proposal}}")),
        Visit(at(f"{SO}/de-nghi/{{p.proposal}}")),
    ],
    "desk-proposal-withdraw": [
        Visit(at(f"/desk/so/{PLOTS}/de-nghi/{{p.proposal}}/rut"), form()),
        Visit(at(f"{SO}/de-nghi/{{p.proposal}}/rut"), form()),
    ],
    "desk-search": [Visit(at(f"/desk/tim?q={OPEN}")), Visit(at(f"/desk/tim?q={NAME}"))],
}
ONE = f"{API}/records/{{p.record}}"
REGISTERS = "/api/v1/registers/{name}"
APIS: dict[str, list[Visit]] = {
    "GET /api/v1/registers": [Visit(at("/api/v1/registers"))],
    f"GET {REGISTERS}": [Visit(at(API))],
    f"GET {REGISTERS}/changes": [Visit(at(f"{API}/changes")), Visit(at(f"{API}/changes?purpose=x"))],
    f"GET {REGISTERS}/records": [
        Visit(at(f"{API}/records")),
        Visit(at(f"{API}/records?expand=mother,keeper")),
        Visit(at(f"{API}/records?fields=code,tenant")),
        Visit(at(f"{API}/records?fields=remark")),
        Visit(at(f"{API}/records?tenant={NAME}")),
        Visit(at(f"{API}/records?tenant__contains=Trần")),
        Visit(at(f"{API}/records?keeper={{p.person}}")),
        Visit(at(f"{API}/records?remark={SEALED}")),
        Visit(at(f"{API}/records?remark__empty=false")),
        Visit(at(f"{API}/records?order=tenant")),
        Visit(at(f"{API}/records?order=-remark")),
        Visit(at(f"{API}/records?q={NAME}")),
        Visit(at(f"{API}/records?as_of=2026-04-01")),
        Visit(at(f"{API}/records?mother={{p.record}}&expand=mother")),
    ],
    f"POST {REGISTERS}/records": [
        Visit(at(f"{API}/records"), lambda p: {"values": {"code": "X-1", "planted_on": "2026-03-01"}}, own=True),
        Visit(at(f"{API}/records"), lambda p: {"values": {"code": "X", "planted_on": "2026-03-01"}, "unit": HERE}),
        Visit(at(f"{API}/records"), lambda p: {"values": {"code": f"{OPEN}-0", "planted_on": "2026-03-01"}}),
    ],
    f"POST {REGISTERS}/records/batch": [
        Visit(at(f"{API}/records/batch"), lambda p: {"rows": [{"id": str(p.record), "values": {"trees": 9}}]} | WHY),
        Visit(
            at(f"{API}/records/batch"),
            lambda p: {"rows": [{"values": {"code": f"{OPEN}-0", "planted_on": "2026-03-01", "trees": 9}}]} | WHY,
        ),
    ],
    f"GET {REGISTERS}/records/{{id}}": [
        Visit(at(ONE)),
        Visit(at(f"{ONE}?expand=mother,keeper&at=2026-04-01")),
        Visit(at(f"{ONE}?known_at=2099-01-01T00:00:00Z")),
    ],
    f"PATCH {REGISTERS}/records/{{id}}": [Visit(at(ONE), lambda p: {"values": {"trees": 9}} | WHY, "PATCH")],
    f"GET {REGISTERS}/records/{{id}}/history": [Visit(at(f"{ONE}/history"))],
    f"POST {REGISTERS}/records/{{id}}/end": [Visit(at(f"{ONE}/end"), lambda p: {"on": "2026-05-01"} | WHY)],
    f"POST {REGISTERS}/records/{{id}}/restore": [Visit(at(f"{ONE}/restore"), lambda p: {"revision": 1} | WHY)],
    **{
        f"GET {REGISTERS}/records.{ends}": [
            Visit(at(f"{API}/records.{ends}")),
            Visit(at(f"{API}/records.{ends}?purpose=kiem+tra")),
            Visit(at(f"{API}/records.{ends}?purpose=kiem+tra&tenant__contains=Trần")),
            Visit(at(f"{API}/records.{ends}?fields=remark")),
        ]
        for ends in ("csv", "xlsx", "geojson")
    },
    f"GET {REGISTERS}/records.parquet": [Visit(at(f"{API}/records.parquet"))],
    f"GET {REGISTERS}/proposals/{{id}}": [
        Visit(at(f"/api/v1/registers/{PLOTS}/proposals/{{p.proposal}}")),
        Visit(at(f"{API}/proposals/{{p.proposal}}")),
    ],
    f"DELETE {REGISTERS}/proposals/{{id}}": [
        Visit(at(f"/api/v1/registers/{PLOTS}/proposals/{{p.proposal}}"), lambda p: {}, "DELETE"),
    ],
    f"GET {REGISTERS}/openapi.json": [Visit(at(f"{API}/openapi.json"))],
}
ALL = DESK | APIS


@pytest.fixture
def place(db: None, tmp_path: Path, settings: Any) -> Place:
    return make(tmp_path, settings)


def of_province(role: str) -> Client:
    """Somebody who sees the whole province, in a post made for this role."""
    agency = next(one for one in identity_queries.agencies(level="province", unit="33"))
    post = Post.objects.create(
        agency_id=agency.id, key=f"{role}-doors", title=role, roles=[role], valid=DateRange(agency.since)
    )
    account = identity.open_demo_account(SYSTEM, role, f"Cán bộ {role}")
    identity.assign(SYSTEM, account, post.id)
    return browser_of(account)


@dataclass(frozen=True)
class Answer:
    """What came of a visit, and which of the guarded words it tells that the visitor did not bring."""

    name: str
    visit: Visit
    status: int
    told: str
    tells: frozenset[str]
    wrote: bool

    @property
    def wrote_more(self) -> bool:
        """Whether more was written than a reader may keep for themselves."""
        return self.wrote and not self.visit.read

    def __str__(self) -> str:
        return f"{self.name}: {self.status}, tells {sorted(self.tells)}{', writes' if self.wrote else ''}"


def answers(browser: Client, place: Place) -> Iterator[Answer]:
    """Knock everywhere, once each."""
    for name, ways in ALL.items():
        for visit in ways:
            before = held() if visit.sent else {}
            brought = visit.at(place) + (json.dumps(visit.sent(place), default=str) if visit.sent else "")
            status, told = visit.pay(browser, place)
            tells = frozenset(s for s in (OPEN, NAME, SEALED) if s in told and s not in brought)
            wrote = bool(visit.sent) and held() != before
            yield Answer(
                f"{name} {visit.at(place)}{' (sent)' if visit.sent else ''}", visit, status, told, tells, wrote
            )


@pytest.mark.django_db
def test_every_address_of_the_registers_is_tried_here(client: Client) -> None:
    desk = {p.name for p in urls.urlpatterns if str(p.pattern).startswith(("desk/so", "desk/tim"))}
    assert desk == DESK.keys()
    described = {
        f"{method.upper()} {path}"
        for path, ways in client.get("/api/openapi.json").json()["paths"].items()
        for method in ways
    }
    assert described == {name for name in APIS if "openapi" not in name}


def test_the_keeper_of_another_commune_is_told_nothing_and_changes_nothing(place: Place) -> None:
    other, _actor = officer(unit=ELSEWHERE)
    found = list(answers(other, place))
    wrong = [one for one in found if one.tells or one.status >= 500 or (one.wrote and not one.visit.own)]
    assert "\n".join(str(one) for one in wrong) == ""
    assert sum(one.status == 200 for one in found) > 20, "they do come in"


@pytest.mark.parametrize("role", ["leader", "analyst"])
def test_who_may_not_look_at_people_reads_what_is_open_and_no_name(place: Place, role: str) -> None:
    browser = of_province(role)
    found = list(answers(browser, place))
    wrong = [one for one in found if one.tells & {NAME, SEALED} or one.wrote_more or one.status >= 500]
    assert "\n".join(str(one) for one in wrong) == ""
    whole = next(one for one in found if one.name.startswith("desk-register /"))
    assert OPEN in whole.told and "Đã trồng" in whole.told and "Theo người thuê" not in whole.told
    [sorted_by_name] = [one for one in found if one.name.endswith("?xem=by-tenant")]
    assert sorted_by_name.status == 200 and OPEN in sorted_by_name.told


@pytest.mark.parametrize(("role", "hidden"), [("leader", ("tenant", "keeper", "remark")), ("counter", ("remark",))])
def test_no_question_tells_by_its_answer_what_a_field_holds_that_is_hidden(
    place: Place, role: str, hidden: tuple[str, ...]
) -> None:
    """Right or wrong, every guess is refused alike, in lists, files and pages; and no order is by what is hidden."""
    browser = of_province(role) if role == "leader" else officer("one-stop")[0]
    held_by = {"tenant": NAME, "keeper": str(place.person), "remark": SEALED}
    told = []
    for name in hidden:
        guesses = [f"{name}={held_by[name]}", f"{name}=Ai+khác", f"{name}__ne={held_by[name]}", f"order={name}"]
        guesses += [f"{name}__{how}" for how in ("empty=true", "empty=false", "contains=T", "in=a,b", "prefix=T")]
        for guess in guesses:
            for address in (f"{API}/records", f"{API}/records.csv", f"{API}/records.geojson"):
                answer = browser.get(f"{address}?{guess}")
                if answer.status_code != 422 or answer.json()["errors"][0]["path"] not in {guess.partition("=")[0]}:
                    told.append(f"{address}?{guess}: {answer.status_code}")
        for how in ("empty=true", "empty=false", "contains=T", "eq=Ai"):
            if (page := browser.get(f"{SO}?k.{name}__{how}")).status_code != 422 or OPEN in page.content.decode():
                told.append(f"k.{name}__{how}: {page.status_code}")
        if (page := browser.get(f"{SO}?sap={name}")).status_code == 200:
            told.append(f"sap={name}")
    assert "\n".join(told) == ""


def test_the_counter_reads_names_writes_nothing_and_never_sees_what_is_sealed(place: Place) -> None:
    browser, _actor = officer("one-stop")
    found = list(answers(browser, place))
    wrong = [one for one in found if SEALED in one.tells or one.wrote_more or one.status >= 500]
    assert "\n".join(str(one) for one in wrong) == ""
    assert NAME in next(one for one in found if one.name.startswith("desk-register /")).told


def test_every_page_that_tells_a_name_leaves_a_row_in_the_log_of_whose_it_is(place: Place) -> None:
    browser, _actor = officer("civil-status")
    silent, told_by = [], []
    for name, ways in ALL.items():
        for visit in (way for way in ways if not way.sent and not way.file):
            with transaction.atomic():  # a list is noted once a day and post: each visit is the first of the day
                before = Access.objects.filter(person=place.person).count()
                status, told = visit.pay(browser, place)
                if NAME in told and NAME not in visit.at(place):
                    told_by.append(name)
                    if Access.objects.filter(person=place.person).count() == before:
                        silent.append(f"{name} {visit.at(place)}: {status}")
                transaction.set_rollback(True)
    assert "\n".join(silent) == ""
    assert len(set(told_by)) > 15


def test_citizens_and_strangers_find_no_door(place: Place) -> None:
    _person, session = signed_in_citizen()
    citizen = Client()
    citizen.cookies["sessionid"] = session
    for browser in (citizen, Client()):
        found = list(answers(browser, place))
        wrong = [one for one in found if one.tells or one.wrote or one.status >= 500]
        assert "\n".join(str(one) for one in wrong) == ""


ANEW = {
    "desk-builder", "desk-builder-plan", "desk-import", "desk-import-columns", "desk-duplicates-search",
    "desk-bulk-edit", "desk-import-corrected", "desk-view",
}  # fmt: skip
"""Forms that begin something anew each time and write no record: a file, a draft, a trial, a preview, a search; and the
name of a view, which is saved again."""


def test_a_button_pressed_twice_does_its_work_once(place: Place) -> None:
    """Each form as its page sends it, then the same bytes again: nothing is written twice, and the answer is a page."""
    wrong, done = [], set()
    for name, ways in DESK.items():
        for visit in (way for way in ways if way.sent and name not in ANEW):
            with transaction.atomic():
                first, _told = visit.pay(place.browser, place)
                before = held()
                second, told = visit.pay(place.browser, place)
                if first == 302:
                    done.add(name)
                if held() != before or second >= 500 or (second >= 400 and "<h1" not in told):
                    wrong.append(f"{name} {visit.at(place)}: {first}, then {second}")
                transaction.set_rollback(True)
    assert "\n".join(wrong) == ""
    assert done >= {
        "desk-import-run", "desk-record-new", "desk-record-edit", "desk-record-end", "desk-bulk", "desk-merge",
        "desk-unmerge", "desk-builder-drop",
    }  # fmt: skip
