"""Mail, over SMTP to a real server: the open part and nothing else, stopped by one click."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, NotFound
from tinhso.kernel.models import Event
from tinhso.notices import queries, services
from tinhso.notices.models import Address, Sending, Ways
from tinhso.notices.services.sending import MOST_ATTEMPTS
from tinhso.notices.subscribers import stop

from .conftest import go, proved, tell

ADMIN = Actor(account=None, post=None, permissions=frozenset({"jobs.see", "jobs.edit"}), assurance=2)


def test_a_mail_carries_the_open_part_and_a_link(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "Hoa@vi-du.example")
    tell(hoa)
    go()
    mail = postbox.mails[-1]
    body = mail.get_content()
    assert postbox.to == ["hoa@vi-du.example"]
    assert mail["Subject"] == "Việc V-1 xong"
    key = queries.notices(hoa).notices[0].id
    assert "Việc V-1 đã xong." in body and f"https://tinhso.example/toi/thong-bao/{key}" in body
    assert "Trần Thị Hoa" not in mail.as_string() and "20.000" not in body
    sending = Sending.objects.get()
    assert (sending.state, sending.attempts) == ("sent", 1)
    assert mail["Message-ID"].startswith(f"<{sending.pk}@")
    go()
    assert len(postbox.mails) == 1


def test_nothing_is_sent_to_an_address_that_is_not_proved(hello, hoa, postbox) -> None:
    key = services.add_address(hoa, "mail", "hoa@vi-du.example")
    tell(hoa)
    go()
    assert postbox.mails == []
    services.send_verification(key)
    link = re.search(r"https://tinhso\.example(/thong-bao/xac-nhan/\S+)", postbox.mails[0].get_content())
    assert link
    browser = Client()
    assert browser.get(link[1]).status_code == 200  # a program that looks into mails proves nothing
    assert not Address.objects.get().verified_at
    assert browser.post(link[1]).status_code == 200
    assert Address.objects.get().verified_at
    tell(hoa, "2")
    go()
    assert len(postbox.mails) == 2


def test_a_link_that_was_replaced_or_forged_proves_nothing(hello, hoa, postbox) -> None:
    key = services.add_address(hoa, "mail", "hoa@vi-du.example")
    services.send_verification(key)
    services.send_code(hoa, key)
    old = re.search(r"/thong-bao/xac-nhan/\S+", postbox.mails[0].get_content())
    assert old
    for address in (old[0], "/thong-bao/xac-nhan/" + signing.dumps([str(key), ""], salt="other")):
        assert Client().post(address).status_code == 404
    assert not Address.objects.get().verified_at


def test_one_click_without_sign_in_stops_the_mails(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    assert [one.withdrawn_at for one in identity.consents(hoa)] == [None]
    tell(hoa)
    go()
    mail = postbox.mails[-1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip(" <>")
    assert address.startswith("https://tinhso.example/")
    path = address.removeprefix("https://tinhso.example")
    program = Client(enforce_csrf_checks=True)
    assert program.get(path).status_code == 200 and Address.objects.exists()
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Address.objects.exists()
    assert identity.consents(hoa)[0].withdrawn_at
    tell(hoa, "2")
    go()
    assert len(postbox.mails) == 1 and queries.unread(hoa) == 2
    assert program.post("/thong-bao/thoi-nhan/gia-mao").status_code == 404


def test_consent_is_kept_and_taking_it_back_stops_the_channel(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    consent = identity.consents(hoa)[0]
    assert "không có thông tin cá nhân" in consent.text
    tell(hoa)
    identity_services.withdraw_consent(hoa, consent.id)
    from tinhso.kernel.events import Event as Heard

    row = Event.objects.filter(name="identity.consent-changed").latest("at")
    stop(Heard(row.id, row.at, row.name, row.subject, row.actor, row.data))
    go()
    assert postbox.mails == [] and not Address.objects.exists()
    assert Sending.objects.get().state == "dropped"


def test_a_server_that_is_busy_is_asked_again_and_then_no_more(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    tell(hoa)
    postbox.fail = "451 try later"
    go()
    row = Sending.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1) and "451" in row.reason
    postbox.fail = ""
    go()
    assert Sending.objects.get().state == "sent"
    tell(hoa, "2")
    postbox.fail = "451 try later"
    go(times=MOST_ATTEMPTS + 3)
    dead = queries.dead_letters(ADMIN).letters
    assert [(one.channel, one.attempts) for one in dead] == [("mail", MOST_ATTEMPTS)]
    assert "hoa@" not in dead[0].reason
    assert Event.objects.filter(name="notice.dead").count() == 1


def test_a_dead_letter_is_sent_again_by_whoever_may(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    tell(hoa)
    postbox.fail = "554 no"
    go()
    dead = queries.dead_letters(ADMIN).letters[0]
    with pytest.raises(Forbidden):
        services.send_again(hoa, dead.id)
    with pytest.raises(Forbidden):
        queries.dead_letters(hoa)
    postbox.fail = ""
    services.send_again(ADMIN, dead.id)
    go()
    assert len(postbox.mails) == 1 and queries.dead_letters(ADMIN).letters == ()
    with pytest.raises(Conflict):
        services.send_again(ADMIN, dead.id)
    with pytest.raises(NotFound):
        services.send_again(ADMIN, hoa.person)


def test_an_address_that_is_no_more_is_not_written_to_again(hello, hoa, postbox) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    tell(hoa)
    postbox.refuse = "550 no such user hoa@vi-du.example"
    go()
    assert Sending.objects.get().state == "dead"
    shown = queries.ways(hoa).addresses[0]
    assert not shown.verified and "550" in shown.trouble
    postbox.refuse = ""
    tell(hoa, "2")
    go()
    assert postbox.mails == []


def test_an_officer_may_have_one_mail_a_day(hello, officer, postbox) -> None:
    proved(officer, "mail", "can-bo@vi-du.example")
    services.set_ways(officer, language="vi", quiet_from=None, quiet_until=None, digest=True)
    for number in range(3):
        tell(officer, str(number))
    go()
    assert postbox.mails == []
    now = timezone.now()
    assert services.send_digests(now) == 1
    assert services.send_digests(now + timedelta(hours=1)) == 0
    assert "3 thông báo mới" in postbox.mails[0].get_content()
    assert "V-1" not in postbox.mails[0].as_string()
    assert services.send_digests(now + timedelta(days=1)) == 0, "nothing new since"
    assert Ways.objects.get().digested_at == now
