"""SMS and Zalo, over HTTP to a stand-in of a provider that keeps what it got, fails and dawdles."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.kernel.errors import Conflict, Invalid
from tinhso.notices import queries, sealed, services
from tinhso.notices.channels import texting
from tinhso.notices.channels.outgoing import Outgoing
from tinhso.notices.models import Address, Sending

from .conftest import go, proved, tell


def test_a_phone_is_proved_by_the_code_that_it_got(hello, hoa, sms) -> None:
    key = services.add_address(hoa, "sms", "0912 345 678")
    services.send_verification(key)
    text = sms.json()["text"]
    code = next(word.strip(",.") for word in text.split() if word.strip(",.").isdigit())
    with pytest.raises(Invalid):
        services.confirm_code(hoa, key, "000000" if code != "000000" else "111111")
    services.confirm_code(hoa, key, f" {code[:3]} {code[3:]} ")
    tell(hoa)
    go()
    got = sms.json()
    assert got["text"].startswith("Việc V-1 đã xong. https://tinhso.example/toi/thong-bao/")
    assert sms.got[-1][0]["authorization"] == "Bearer khoa-sms"
    assert got["id"] == str(Sending.objects.get().pk)
    assert "Hoa" not in str(sms.got[-1][1].decode())


def test_codes_cannot_be_guessed_nor_used_late(hello, hoa, sms) -> None:
    key = services.add_address(hoa, "sms", "0912345678")
    right = sealed.held(Address.objects.get())["code"]
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _try in range(5):
        with pytest.raises(Invalid):
            services.confirm_code(hoa, key, wrong)
    with pytest.raises(Invalid):
        services.confirm_code(hoa, key, right)
    services.send_code(hoa, key)
    Address.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid):
        services.confirm_code(hoa, key, sealed.held(Address.objects.get())["code"])
    assert not queries.ways(hoa).addresses[0].verified


def test_a_phone_is_not_rung_by_clicks(hello, hoa, sms) -> None:
    key = services.add_address(hoa, "sms", "0912345678")
    for _again in range(4):
        services.send_code(hoa, key)
    with pytest.raises(Conflict):
        services.send_code(hoa, key)
    with pytest.raises(Conflict):
        services.add_address(hoa, "sms", "0912345679")


@pytest.mark.parametrize("text", ["", "12", "hoa@vi-du.example", "0912 345 67x"])
def test_what_is_no_phone_is_not_taken(hello, hoa, sms, text) -> None:
    with pytest.raises(Invalid) as refused:
        services.add_address(hoa, "sms", text)
    assert list(refused.value.errors) == ["address"]
    assert not Address.objects.exists()


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "sent"), (202, "sent"), (503, "waiting"), (429, "waiting"), (400, "dead"), (410, "dead")],
)
def test_what_the_provider_says_decides(hello, hoa, sms, status, state) -> None:
    proved(hoa, "sms", "0912345678")
    tell(hoa)
    sms.status = status
    go()
    assert Sending.objects.get().state == state
    assert queries.ways(hoa).addresses[0].verified == (status != 410)


def test_a_provider_that_does_not_answer_costs_the_case_nothing(hello, hoa, sms, monkeypatch) -> None:
    proved(hoa, "sms", "0912345678")
    monkeypatch.setattr(texting, "SECONDS", (0.2, 0.2))
    sms.wait.clear()
    tell(hoa)
    go()
    row = Sending.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1) and "Timeout" in row.reason
    sms.wait.set()
    go()
    assert Sending.objects.get().state == "sent"
    assert {sms.json(at)["id"] for at in (-1, -2)} == {str(row.pk)}, "who got it twice can tell"


def test_marks_are_left_out_where_the_gateway_wants_it(hello, hoa, sms, settings) -> None:
    settings.SMS_MARKS = False
    proved(hoa, "sms", "0912345678")
    tell(hoa)
    go()
    assert sms.json()["text"].startswith("Viec V-1 da xong.")


def test_zalo_gets_its_template_and_says_by_number_what_is_wrong(hello, hoa, provider, settings) -> None:
    settings.ZALO_URL, settings.ZALO_KEY, settings.ZALO_TEMPLATE = provider.url, "khoa-zalo", "12345"
    settings.ZALO_TRY_AGAIN = frozenset({-133})
    proved(hoa, "zalo", "0912345678")
    tell(hoa)
    provider.answer = {"error": -133, "message": "night"}
    go()
    assert Sending.objects.get().state == "waiting"
    provider.answer = {"error": 0}
    go()
    assert Sending.objects.get().state == "sent"
    got = provider.json()
    assert (got["phone"], got["template_id"]) == ("84912345678", "12345")
    assert (
        got["template_data"]["noi_dung"] == "Việc V-1 đã xong." and provider.got[-1][0]["access_token"] == "khoa-zalo"
    )
    tell(hoa, "2")
    provider.answer = {"error": -118, "message": "no such user"}
    go()
    assert Sending.objects.latest("id").state == "dead"


class Loud:
    """A provider of another form, as a province would bring it."""

    def request(self, message: Outgoing, key: str):
        return {"X-Key": key}, {"Phone": message.to, "Content": message.text.upper()}

    def accept(self, status, answer) -> None:
        if answer.get("CodeResult") != "100":
            raise OSError(str(answer))


def test_another_provider_is_a_class_that_a_setting_names(hello, hoa, sms, settings) -> None:
    settings.SMS_SHAPE = f"{__name__}:Loud"
    proved(hoa, "sms", "0912345678")
    tell(hoa)
    go()
    assert Sending.objects.get().state == "waiting"
    sms.answer = {"CodeResult": "100"}
    go()
    assert sms.json() == {"Phone": "+84912345678", "Content": "VIỆC V-1 ĐÃ XONG."}
    assert Sending.objects.get().state == "sent"


def test_channels_that_are_not_set_up_are_not_offered(hello, hoa, settings) -> None:
    assert not {"sms", "zalo"} & set(queries.ways(hoa).offered)
