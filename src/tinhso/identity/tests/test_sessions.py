"""Whose a request is, is said by its session as it stands now, however often the process has met it."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Django
from django.db import connection
from django.test import RequestFactory

from tinhso.identity import services
from tinhso.identity.models import Account
from tinhso.identity.sessions import SessionStore
from tinhso.identity.web import account_of, with_seats
from tinhso.kernel.actor import system

SYSTEM = system("test")


@pytest.fixture
def accounts(db) -> list[Account]:
    opened = [services.open_demo_account(SYSTEM, name, name) for name in ("mai", "lan")]
    return [Account.objects.get(pk=one) for one in opened]


def kept(account: Account, key: str | None = None) -> str:
    """A session of the account, kept by Django's own engine; under `key` it takes another's place."""
    session = Django(key)
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(account.pk), account.get_session_auth_hash()
    session.save(must_create=key is None)
    assert session.session_key
    return session.session_key


def whose(key: str) -> Account | None:
    request = RequestFactory().get("/")
    request.COOKIES["sessionid"], request.session = key, SessionStore(key)
    return account_of(request)


def test_each_connection_plans_the_two_questions_of_a_request_once(accounts):
    key = kept(accounts[0])
    for _request in range(8):
        assert whose(key) == accounts[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY statement")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert [table for table in ("identity_account", "django_session") if any(table in one for one in prepared)] == [
        "identity_account",
        "django_session",
    ]


def test_a_session_that_has_become_anothers_is_theirs_with_the_next_request(accounts):
    key = kept(accounts[0])
    assert whose(key) == accounts[0]
    kept(accounts[1], key)
    assert whose(key) == accounts[1]


def test_a_session_that_ended_and_an_account_that_was_closed_sign_nobody_in(accounts):
    first, second = map(kept, accounts)
    assert (whose(first), whose(second)) == tuple(accounts)
    Django(first).delete()
    Account.objects.filter(pk=accounts[1].pk).update(is_active=False)
    assert (whose(first), whose(second)) == (None, None)


def test_a_changed_password_ends_a_session_met_before(accounts):
    key = kept(accounts[0])
    assert whose(key)
    accounts[0].set_password("một mật khẩu khác hẳn")
    accounts[0].save()
    assert whose(key) is None


def test_the_account_is_the_one_that_the_orm_reads(accounts):
    found, by_orm = whose(kept(accounts[0])), with_seats().get(pk=accounts[0].pk)
    assert found is not None
    assert {f.attname: getattr(found, f.attname) for f in Account._meta.concrete_fields} == {
        f.attname: getattr(by_orm, f.attname) for f in Account._meta.concrete_fields
    }
    assert found.seats == by_orm.seats  # type: ignore[attr-defined]
