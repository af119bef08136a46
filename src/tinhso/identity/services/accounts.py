"""Accounts, and who sits in which post."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import contracts
from ..models import Account, Assignment, Delegation, Person, Post
from ..policy import need
from . import second_factor

DEMO_CODE = "123456"  # what every demonstration citizen types at the stand-in of the national ID
DEMO_PASSWORD = "Tinh-So-2030"  # noqa: S105  printed at each start, for accounts marked as demonstration only


def open_account(actor: Actor, username: str, name: str, password: str, *, email: str = "") -> UUID:
    """Open an officer's account. At the first sign-in the officer is led to set up a second factor.

    Raises Invalid for a name that is taken or a password that is too easy.
    """
    need(actor, "accounts.edit")
    account = Account(username=username.strip(), name=name, email=email)
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Invalid({"password": error.messages}) from error
    return _open(actor, account, password)


def open_demo_account(actor: Actor, username: str, name: str) -> UUID:
    """Open an account of the demonstration: known password, second factor that `demo_totp_code` computes.

    Opened again, the account that stands is returned.
    """
    need(actor, "accounts.edit")
    if standing := Account.objects.filter(username=username, demo=True).first():
        return standing.id
    return _open(actor, Account(username=username, name=name, demo=True), DEMO_PASSWORD)


def _open(actor: Actor, account: Account, password: str) -> UUID:
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            if account.demo:
                second_factor.enrol_demo(account)
            audit.record(actor, "identity.open-account", f"account:{account.id}", username=account.username)
    except IntegrityError as error:
        raise Invalid({"username": [_("Tên đăng nhập này đã có người dùng")]}) from error
    return account.id


def open_demo_accounts(actor: Actor, wanted: list[tuple[str, str, UUID]], since: date | None = None) -> int:
    """Many demonstration accounts at once: (user name, name, post). One password hash serves them all; those that
    stand are left alone. The second factor is enrolled at the first sign-in attempt. Returns how many were opened."""
    need(actor, "accounts.edit")
    standing = set(Account.objects.filter(username__in=[w[0] for w in wanted]).values_list("username", flat=True))
    pattern = Account()
    pattern.set_password(DEMO_PASSWORD)
    fresh = [
        (Account(username=u, name=n, demo=True, password=pattern.password), p)
        for u, n, p in wanted
        if u not in standing
    ]
    with transaction.atomic():
        Account.objects.bulk_create([account for account, _post in fresh], batch_size=2_000)
        valid = DateRange(since or timezone.localdate(), None)
        Assignment.objects.bulk_create(
            [Assignment(account=account, post_id=post, valid=valid) for account, post in fresh], batch_size=2_000
        )
        audit.record(actor, "identity.open-accounts", "demonstration", count=len(fresh))
    return len(fresh)


def account_of_person(actor: Actor, person: UUID) -> UUID:
    """The account with which a person signs in by national ID, opened when there is none yet."""
    if not actor.system:
        raise Forbidden()
    row = Person.objects.filter(id=person).first()
    if row is None:
        raise NotFound()
    with transaction.atomic():
        account, opened = Account.objects.get_or_create(
            person=row, defaults={"username": f"person-{person}", "demo": row.demo, "password": "!"}
        )
        if opened:
            audit.record(actor, "identity.open-account", f"account:{account.id}", person=str(person))
    return account.id


def close_account(actor: Actor, account: UUID) -> None:
    """The account signs in no more; its posts end today. Sessions that stand end with the next request."""
    need(actor, "accounts.edit")
    today = timezone.localdate()
    with transaction.atomic():
        if not Account.objects.filter(id=account).update(is_active=False):
            raise NotFound()
        for row in Assignment.objects.filter(account=account, valid__contains=today):
            _end(row, today)
        audit.record(actor, "identity.close-account", f"account:{account}")


def assign(
    actor: Actor,
    account: UUID,
    post: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    acting: bool = False,
) -> UUID:
    """Put an account in a post from `since` (default: today) until before `until`.

    Raises NotFound where there is no such post or open account, Invalid for a time that ends before it begins, Conflict
    where the post has another holder in that time; somebody `acting` may stand beside.
    """
    need(actor, "accounts.edit")
    since = since or timezone.localdate()
    if until and until <= since:
        raise Invalid({"until": [_("Ngày kết thúc phải sau ngày bắt đầu")]})
    if not Post.objects.filter(id=post).exists() or not Account.objects.filter(id=account, is_active=True).exists():
        raise NotFound()
    valid = DateRange(since, until)
    try:
        with transaction.atomic():
            row = Assignment.objects.create(account_id=account, post_id=post, acting=acting, valid=valid)
            _assigned(actor, account, post, until)
    except IntegrityError as error:
        raise Conflict(_("Vị trí này đang có người giữ trong thời gian đó")) from error
    return row.id


def end_assignment(actor: Actor, assignment: UUID, on: date | None = None) -> None:
    """The holder leaves the post; `on` (default: today) is the first day without."""
    need(actor, "accounts.edit")
    with transaction.atomic():
        row = Assignment.objects.select_for_update().filter(id=assignment).first()
        if row is None:
            raise NotFound()
        _end(row, on or timezone.localdate())
        audit.record(actor, "identity.end-assignment", f"account:{row.account_id}", post=str(row.post_id))


def _end(row: Any, on: date) -> None:
    if row.valid.lower >= on:
        row.delete()
    else:
        row.valid = DateRange(row.valid.lower, on)
        row.save(update_fields=["valid"])


def delegate(actor: Actor, post: UUID, account: UUID, *, until: date, basis: str, since: date | None = None) -> UUID:
    """Let another account act in a post until before `until`; `basis` names the decision.

    The holder may (permission `post.delegate`), the head of the agency for who fell ill (`post.delegate-unit`), or
    whoever edits accounts; a deputy does not hand the post on. Raises
    Invalid for an empty basis or time.
    """
    _need_delegate(actor, post)
    since = since or timezone.localdate()
    errors: dict[str, list[str]] = {}
    if not basis.strip():
        errors["basis"] = [_("Xin ghi số và ngày của văn bản ủy quyền")]
    if until <= since:
        errors["until"] = [_("Ngày kết thúc phải sau ngày bắt đầu")]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        if not Post.objects.filter(id=post).exists() or not Account.objects.filter(id=account, is_active=True).exists():
            raise NotFound()
        row = Delegation.objects.create(
            post_id=post, account_id=account, valid=DateRange(since, until), basis=basis.strip()
        )
        _assigned(actor, account, post, until, basis=basis.strip())
    return row.id


def _need_delegate(actor: Actor, post: UUID) -> None:
    if actor.acting_for:
        raise Forbidden(_("Người được ủy quyền không ủy quyền tiếp."))
    if actor.post == post and actor.may("post.delegate"):
        return
    unit = Post.objects.filter(id=post, agency=actor.agency).exists()
    if not (unit and actor.may("post.delegate-unit")):
        need(actor, "accounts.edit")


def end_delegation(actor: Actor, delegation: UUID) -> None:
    """Take a delegation back from today on."""
    with transaction.atomic():
        row = Delegation.objects.select_for_update().filter(id=delegation).first()
        if row is None:
            raise NotFound()
        _need_delegate(actor, row.post_id)
        _end(row, timezone.localdate())
        audit.record(actor, "identity.end-delegation", f"account:{row.account_id}", post=str(row.post_id))


def _assigned(actor: Actor, account: UUID, post: UUID, until: date | None, **data: str) -> None:
    ends = until.isoformat() if until else ""
    audit.record(actor, "identity.assign", f"account:{account}", post=str(post), until=ends, **data)
    events.publish(actor, contracts.ASSIGNED, f"account:{account}", post=str(post), until=ends)


def speak(actor: Actor, language: str) -> None:
    """The account reads in this language ("vi" or "en") wherever it signs in."""
    if actor.account is not None and language in {"vi", "en"}:
        Account.objects.filter(id=actor.account).update(language=language)


def signed_in(actor: Actor) -> None:
    """Record a sign-in, in the audit and as an event."""
    with transaction.atomic():
        audit.record(actor, "identity.sign-in", f"account:{actor.account}", assurance=actor.assurance)
        events.publish(actor, contracts.SIGNED_IN, f"account:{actor.account}", assurance=actor.assurance)


def second_factor_set_up(actor: Actor) -> None:
    """Record that an account has a second factor from now on."""
    with transaction.atomic():
        audit.record(actor, "identity.second-factor", f"account:{actor.account}")


def reset_second_factor(actor: Actor, account: UUID) -> None:
    """The phone is lost: the officer sets up a new second factor at the next sign-in."""
    need(actor, "accounts.edit")
    with transaction.atomic():
        second_factor.forget(account)
        audit.record(actor, "identity.reset-second-factor", f"account:{account}")
