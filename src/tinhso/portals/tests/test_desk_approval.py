"""A register that asks for approval: what the keeper writes waits, is a case of whoever agrees, and holds only then."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tinhso.cases import policy, workflow
from tinhso.cases import queries as cases
from tinhso.cases import services as case_services
from tinhso.cases.models import Case, Task
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, NotFound
from tinhso.kernel.events import deliver_to_all
from tinhso.kernel.models import Event
from tinhso.registers import queries, services

from .gardens import GOOD, LIST, REGISTER, REPOSITORY_PACKS, SYSTEM, garden, officer, prepare
from .reading import beside, text
from .test_desk_writing import CORRECT, send

Seat = tuple[Client, Actor]


@pytest.fixture
def seats(db: None, tmp_path: Path, settings: Any) -> tuple[Seat, Seat]:
    """The keeper, and the chair who agrees."""
    settings.BLOB_ROOT = tmp_path / "blobs"
    for forget in (workflow.forget, packs.queries.forget, policy.desks.cache_clear):
        forget()
    prepare(tmp_path, approve="chair")
    packs.apply(SYSTEM, packs.read([REPOSITORY_PACKS / "registers-approval"]))
    return officer(), officer("chair")


def deliver(name: str = "record.proposed") -> None:
    """What the worker does with the events of now; twice, as after a crash."""
    for event in Event.objects.filter(name=name):
        deliver_to_all(event.id)
        deliver_to_all(event.id)


def decide(chair: Client, outcome: str = "done", **typed: str) -> Any:
    task = Task.objects.filter(completed_at=None).latest("pk")
    return chair.post(f"/desk/ho-so/{task.case_id}/viec/{task.pk}", {"outcome": outcome} | typed)


def test_a_new_record_waits_for_the_chair_and_holds_after_a_yes(seats: tuple[Seat, Seat]) -> None:
    (browser, actor), (chair, _chair) = seats
    asked = send(browser, f"{LIST}/moi", **GOOD)
    page = text(browser.get(asked["Location"]))
    assert "chờ Chủ tịch Ủy ban nhân dân duyệt" in page and "Chờ duyệt" in page and "Chưa có hiệu lực" in page
    assert queries.find(actor, REGISTER).records == [] and "1 đề nghị chờ duyệt" in text(browser.get(LIST))
    deliver()
    [case] = Case.objects.all()
    assert case.code in text(browser.get(asked["Location"]))
    assert "Duyệt ghi sổ: V-1" in text(chair.get("/desk"))
    opened = text(chair.get(f"/desk/ho-so/{case.pk}"))
    assert "Mã vườn sau: V-1" in opened and "Ghi một bản ghi mới" in opened
    assert decide(chair).status_code == 302
    [record] = queries.find(actor, REGISTER).records
    assert record.case == case.pk and record.values["trees"] == 12
    case.refresh_from_db()
    assert case.ended_at and case.outcome == "returned"
    assert "Đã duyệt" in text(browser.get(asked["Location"]))


def test_a_change_is_refused_with_its_reason(seats: tuple[Seat, Seat]) -> None:
    (browser, actor), (chair, _chair) = seats
    record = garden("V-1")
    asked = send(browser, f"{LIST}/{record}/sua", trees="6", **CORRECT)
    assert "đề nghị của Cán bộ civil-status" in text(browser.get(f"{LIST}/{record}"))
    deliver()
    silent = decide(chair, "refuse")
    assert silent.status_code == 422 and beside(silent, "refuse.note")
    assert decide(chair, "refuse", note="Đếm chưa đúng").status_code == 302
    assert queries.get(actor, REGISTER, record).values["trees"] == 5
    page = text(browser.get(asked["Location"]))
    assert "Không duyệt" in page and "Đếm chưa đúng" in page


def test_a_change_of_what_changed_meanwhile_says_so_and_writes_nothing(seats: tuple[Seat, Seat]) -> None:
    (browser, actor), (chair, _chair) = seats
    record = garden("V-1")
    send(browser, f"{LIST}/{record}/sua", trees="6", **CORRECT)
    deliver()
    services.update(SYSTEM, REGISTER, record, {"trees": 7}, revision=1, why="Người khác")
    [case] = Case.objects.all()
    assert "đã được sửa từ lúc đề nghị" in text(chair.get(f"/desk/ho-so/{case.pk}"))
    page = decide(chair)
    assert page.status_code == 412 and queries.get(actor, REGISTER, record).values["trees"] == 7
    assert Task.objects.filter(case=case, completed_at=None).exists(), "the case stays open, to be refused"


def test_who_proposed_takes_it_back_and_its_case_is_closed(seats: tuple[Seat, Seat]) -> None:
    (browser, actor), (chair, chairs) = seats
    record = garden("V-1")
    asked = send(browser, f"{LIST}/{record}/sua", trees="6", **CORRECT)["Location"]
    deliver()
    [case] = Case.objects.all()
    back = f"{asked}/rut"
    assert f'action="{back}"' in browser.get(asked).content.decode()
    assert f'action="{back}"' not in chair.get(asked).content.decode()
    assert chair.post(back).status_code == 403
    assert "Đã rút" in text(browser.post(back, follow=True))
    assert browser.post(back).status_code == 302, "sent again it is done already"
    deliver("record.decided")
    case.refresh_from_db()
    assert case.ended_at and case.outcome == "withdrawn"
    assert not Task.objects.filter(case=case, completed_at=None).exists()
    assert "Duyệt ghi sổ: V-1" not in text(chair.get("/desk"))
    assert queries.get(actor, REGISTER, record).values["trees"] == 5
    page = browser.get(asked)
    assert "Đã rút" in text(page) and f'action="{back}"' not in page.content.decode()
    [proposal] = queries.proposals(chairs, REGISTER)
    with pytest.raises(Conflict):
        services.approve(chairs, proposal.id, case=case.pk)


def test_what_was_withdrawn_before_its_case_was_opened_gets_none(seats: tuple[Seat, Seat]) -> None:
    (browser, _actor), _chair = seats
    asked = send(browser, f"{LIST}/moi", **GOOD)["Location"]
    browser.post(f"{asked}/rut")
    deliver()
    deliver("record.decided")
    assert Case.objects.count() == 0


def test_what_was_decided_is_not_taken_back(seats: tuple[Seat, Seat]) -> None:
    (browser, _actor), (chair, _chair) = seats
    asked = send(browser, f"{LIST}/moi", **GOOD)["Location"]
    deliver()
    decide(chair)
    assert "đã được quyết định" in text(browser.post(f"{asked}/rut", follow=True))
    assert "Đã duyệt" in text(browser.get(asked))


def test_the_same_proposal_sent_twice_is_one_case(seats: tuple[Seat, Seat]) -> None:
    (browser, _actor), _chair = seats
    from .test_desk_writing import controls

    sent = controls(browser.get(f"{LIST}/moi")) | GOOD
    assert browser.post(f"{LIST}/moi", sent)["Location"] == browser.post(f"{LIST}/moi", sent)["Location"]
    deliver()
    assert Case.objects.count() == 1


def test_bulk_edits_ends_and_merges_wait_as_well(seats: tuple[Seat, Seat]) -> None:
    (browser, actor), (chair, _chair) = seats
    a, b, c = garden("V-1"), garden("V-2"), garden("V-3")
    preview = browser.post(f"{LIST}/sua-nhieu?ids={a}", {"_do.trees": "set", "trees": "8", "why": "x"})
    assert "/de-nghi/" in browser.post(preview["Location"])["Location"]
    deliver()
    assert "5" in text(chair.get(preview["Location"])), "who decides sees the preview"
    assert decide(chair).status_code == 302
    assert queries.get(actor, REGISTER, a).values["trees"] == 8
    send(browser, f"{LIST}/{c}/ket-thuc", on="01/06/2026", why="Bỏ")
    deliver()
    decide(chair)
    assert str(queries.get(actor, REGISTER, c).valid_until) == "2026-06-01"
    send(browser, f"{LIST}/gop?ids={a},{b}", **{"_survivor": str(a), "why": "Một vườn"})
    deliver()
    assert queries.merged_into(b) is None
    decide(chair)
    assert queries.merged_into(b) == a


def test_an_approval_is_no_application(seats: tuple[Seat, Seat]) -> None:
    (browser, _actor), (chair, _chair) = seats
    send(browser, f"{LIST}/moi", **GOOD)
    deliver()
    [case] = Case.objects.all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pub.cases")
        assert cursor.fetchone() == (0,)
    assert not any(one.definition.decides for one in cases.procedures())
    assert "receipt" not in case.results
    with pytest.raises(NotFound):
        cases.track(case.code)
    stranger, _other = officer("chair", unit="12454")
    assert stranger.get(f"/desk/ho-so/{case.pk}").status_code == 404
    task = Task.objects.get()
    with pytest.raises(Forbidden):
        case_services.complete(_actor, task.pk, "done")
    assert chair.get(f"/desk/ho-so/{case.pk}").status_code == 200
