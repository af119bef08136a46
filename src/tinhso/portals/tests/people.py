"""Somebody who is signed in."""

import datetime
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.actor import system


def session_of(account_id: UUID) -> str:
    """The key of a session of this account, as after a sign-in with two factors."""
    account = get_user_model().objects.get(pk=account_id)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["assurance"] = 2
    session.create()
    return session.session_key or ""


def browser_of(account_id: UUID) -> Client:
    """A browser in which this account is signed in."""
    browser = Client()
    browser.cookies["sessionid"] = session_of(account_id)
    return browser


def signed_in_citizen() -> tuple[UUID, str]:
    """A citizen and the key of a session of theirs."""
    demo = system("test")
    person = identity.register_person(
        demo,
        NewPerson(
            name="Trần Thị Mẫu", national_id="000190000012", born_on=datetime.date(1990, 1, 1), sex="female", demo=True
        ),
    )
    return person.id, session_of(identity.account_of_person(demo, person.id))
