"""What somebody is told stands in their own list, once, and only there in full."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from tinhso.kernel.errors import NotFound
from tinhso.kernel.models import Event
from tinhso.notices import queries, sealed, services
from tinhso.notices.models import Notice

from .conftest import DATA, HELLO, tell


def test_it_is_told_once_and_read_in_the_reader_s_language(hello, hoa) -> None:
    tell(hoa, "1")
    tell(hoa, "1")
    tell(hoa, "2", code="V-2")
    assert queries.unread(hoa) == 2
    listed = queries.notices(hoa).notices
    assert [one.subject for one in listed] == ["Việc V-2 xong", "Việc V-1 xong"]
    assert all(one.body == "" and one.unread for one in listed)
    services.read(hoa, listed[1].id)
    assert queries.unread(hoa) == 1
    assert (
        queries.notice(hoa, listed[1].id).body == "Việc V-1 của Trần Thị Hoa xong lúc 09:00 25/11/2026, hết 20.000 đ."
    )
    with override("en"):
        assert queries.notice(hoa, listed[1].id).body.startswith("Errand V-1 of Trần Thị Hoa was done at 09:00")
    assert services.read_all(hoa) == 1
    assert queries.unread(hoa) == 0


def test_nobody_reads_another_s(hello, hoa, duc, officer) -> None:
    tell(hoa)
    key = queries.notices(hoa).notices[0].id
    for stranger in (duc, officer):
        assert queries.notices(stranger).notices == ()
        with pytest.raises(NotFound):
            queries.notice(stranger, key)
        with pytest.raises(NotFound):
            services.read(stranger, key)


def test_what_is_rolled_back_was_never_told(hello, hoa) -> None:
    class Trouble(Exception):
        pass

    with pytest.raises(Trouble), transaction.atomic():
        services.tell(hoa.person, hello, subject="trial:1", data=DATA, once="1")
        raise Trouble
    assert queries.unread(hoa) == 0
    assert not Event.objects.filter(name="notice.told").exists()


def test_a_text_is_never_sent_with_a_hole_in_it(hello, hoa) -> None:
    with pytest.raises(ValueError, match="who"), transaction.atomic():
        services.tell(hoa.person, hello, subject="trial:1", data={"code": "V-1", "when": "", "cost": 0}, once="1")
    with pytest.raises(NotFound), transaction.atomic():
        services.tell(hoa.person, "trial.unknown", subject="trial:1", data=DATA, once="1")


def test_what_it_says_of_somebody_is_encrypted_at_rest(hello, hoa, settings) -> None:
    tell(hoa)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(n)::text, sealed FROM notices_notice n")
        row, stored = cursor.fetchone()
    assert "Hoa" not in row and b"Hoa" not in bytes(stored) and "V-1" not in row
    settings.FIELD_KEYS = ["ab" * 32, *settings.FIELD_KEYS]
    assert sealed.rotate() == 1 and sealed.rotate() == 0
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    assert "Trần Thị Hoa" in queries.notice(hoa, Notice.objects.get().pk).body


def test_a_long_list_comes_in_pages_and_costs_no_more(hello, hoa, django_assert_max_num_queries) -> None:
    for number in range(25):
        tell(hoa, str(number), code=f"V-{number}")
    with django_assert_max_num_queries(3):
        first = queries.notices(hoa, limit=20)
    rest = queries.notices(hoa, after=first.next, limit=20)
    assert [one.subject for one in (*first.notices, *rest.notices)] == [f"Việc V-{n} xong" for n in range(24, -1, -1)]
    assert rest.next == ""
    with pytest.raises(NotFound):
        queries.notices(hoa, after="x")


def test_a_notice_keeps_the_text_with_which_it_was_told(hello, hoa, tmp_path) -> None:
    from tinhso.kernel import packs

    from .conftest import SYSTEM, folder

    tell(hoa)
    packs.apply(SYSTEM, packs.read([folder(tmp_path, HELLO.replace("xong lúc", "hoàn tất lúc"))]))
    tell(hoa, "2")
    bodies = [queries.notice(hoa, one.id).body for one in queries.notices(hoa).notices]
    assert "hoàn tất lúc" in bodies[0] and "xong lúc" in bodies[1]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (HELLO.replace("đã xong.", "của {who} xong."), "personal"),
        (HELLO.replace('subject: {vi: "Việc {code} xong"', 'subject: {vi: "Việc {who} xong"'), "personal"),
        (HELLO.replace("hết {cost}", "hết {price}"), "not known"),
        (HELLO.replace(" and cost {cost}", ""), "different placeholders"),
        (HELLO.replace("about: trial", "about: weather"), "nobody tells of"),
        (HELLO.replace(', en: "Errand {code} done"', ""), "subject.en"),
        (HELLO.replace("đã xong.", "x" * 200), "three parts"),
    ],
)
def test_check_names_what_is_wrong_with_a_text(faults, db, broken, said) -> None:
    found = faults(broken)
    assert len(found) >= 1 and any(said in fault for fault in found), found
    assert all(fault.startswith("trial/notices/hello.yaml:") for fault in found)


def test_a_sound_text_has_no_fault(faults, db) -> None:
    assert faults(HELLO) == []


def test_an_officer_s_own_list_goes_by_the_account(hello, officer) -> None:
    tell(officer)
    assert queries.unread(officer) == 1
    assert queries.topic(officer) == f"account:{officer.account}"
    assert Event.objects.get(name="notice.told").subject == f"account:{officer.account}"
    with transaction.atomic():
        services.tell_officer(uuid4(), hello, subject="trial:1", data=DATA, once="1")
    assert queries.unread(officer) == 1
