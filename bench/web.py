"""Pages and submissions per second over HTTP, with everything on, beside an empty Django view on the same server.

    python bench/web.py [--quick]

Makes a database of its own beside DATABASE_URL's with 100,000 cases (--quick: 5,000), starts web and worker as
`make run` does, and measures each address three times in turn while the worker holds still; then submissions once more
with the worker at work on what they leave behind. README.md says how to read the table.
"""

import argparse
import itertools
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from _client import Answer, Measured, measure, request
from _platform import Running, enter, settings_of_the_database

if TYPE_CHECKING:
    from tinhso.cases.models import Draft

ROUNDS = 3
CONNECTIONS = 8
PROCEDURE = "civil-status.birth-registration"
CSRF = "b" * 32
INBOX = 30
EMPTY = "empty view"


@dataclass(frozen=True, slots=True)
class Citizen:
    account: UUID
    person: UUID
    cookies: dict[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """An address, what it asks, and which answer is the right one."""

    name: str
    requests: Iterator[bytes]
    good: Callable[[Answer], bool]


def fill(cases: int) -> None:
    """The province of the demonstration, by the commands of `make run`."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply")
    call_command("identity", "load")
    call_command("demo", "load", people=12_000, cases=cases)


def sign_in(account: object, **more: object) -> dict[str, str]:
    """The cookies of somebody who has signed in with a second factor."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)  # type: ignore[attr-defined]
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()  # type: ignore[attr-defined]
    session["assurance"] = 2
    session.create()
    return {"sessionid": session.session_key or "", "csrftoken": CSRF}


def citizens(number: int) -> list[Citizen]:
    """People of the province with a home, each signed in."""
    from tinhso.identity import services as identity
    from tinhso.identity.models import Account, Person
    from tinhso.kernel.actor import system

    rows = Person.objects.filter(national_id_hash__isnull=False, spouse__isnull=False).order_by("id")
    people = list(rows.values_list("id", flat=True)[:number])
    accounts = {identity.account_of_person(system("bench"), person): person for person in people}
    found = Account.objects.in_bulk(list(accounts))
    return [Citizen(account, person, sign_in(found[account])) for account, person in accounts.items()]


def drafted(people: list[Citizen], unit: str = "") -> "list[Draft]":
    """A birth registration for each of these people, filled in: the first through the services, the others are rows
    like it."""
    from django.utils import timezone
    from PIL import Image

    from tinhso.cases import services
    from tinhso.cases.models import Draft
    from tinhso.kernel.actor import Actor

    first = Actor(account=people[0].account, person=people[0].person, assurance=2)
    begun = services.start_draft(first, PROCEDURE, unit=unit)
    born = timezone.localdate() - timedelta(days=9)
    raw = {
        "child_name": "Nguyễn Bảo An",
        "born_on": {"day": str(born.day), "month": str(born.month), "year": str(born.year)},
        "sex": "female",
        "ethnicity": "kinh",
        "birth_place": "Bệnh viện Phụ sản Thái Bình",
        "home_town": "Xã Vũ Quý, tỉnh Hưng Yên",
    }
    services.save_draft(first, begun.id, raw)
    photograph = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(photograph, "JPEG")
    photograph.seek(0)
    services.attach_paper(first, begun.id, "birth_notification", photograph, file_name="giay-chung-sinh.jpg")
    services.check_draft(first, begun.id)
    row = Draft.objects.get(pk=begun.id)
    rows = [row]
    for other in people[1:]:
        copy = Draft(person=other.person, procedure=PROCEDURE, version=row.version, unit=unit, raw=row.raw,
                     prefilled=row.prefilled, papers=row.papers)  # fmt: skip
        rows.append(copy)
    Draft.objects.bulk_create(rows[1:])
    return rows


def drafts(people: list[Citizen], unit: str = "") -> list[bytes]:
    """The requests that hand in a birth registration for each of these people."""
    form = urlencode({"csrfmiddlewaretoken": CSRF}).encode()
    return [
        request(f"/ho-so/nhap/{draft.pk}/kiem-tra", cookies=one.cookies, form=form)
        for one, draft in zip(people, drafted(people, unit), strict=True)
    ]


def handed_in(answer: Answer) -> bool:
    return answer.status == 302 and answer.headers.get(b"location", b"").endswith(b"/da-nop")


def ok(answer: Answer) -> bool:
    return answer.status == 200


def left_to_do() -> int:
    """Jobs that wait for the worker."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"], scheduled_at=None).count()


def run(platform_: Running, quick: bool) -> None:
    from tinhso.identity.models import Account

    seconds = 1.0 if quick else 4.0
    people = citizens(1_400 if quick else 4_400)
    inbox, rest = people[:INBOX], people[INBOX:]
    officer = Account.objects.get(username="mot-cua.13141")
    desk = sign_in(officer)
    measure(platform_.port, iter(drafts(inbox, "13141")), handed_in, seconds=60, connections=1)
    submissions = iter(drafts(rest))
    targets = [
        Target(EMPTY, itertools.repeat(request("/health/live")), ok),
        Target("catalogue", itertools.repeat(request("/thu-tuc")), ok),
        Target("inbox", itertools.repeat(request("/desk", cookies=desk)), ok),
        Target("submit", submissions, handed_in),
    ]
    with platform_.quiet():
        found = [in_turn(platform_, targets, seconds)]
    found.append(in_turn(platform_, [Target("submit, worker", submissions, handed_in)], seconds))
    show({name: one for part in found for name, one in part.items()})
    print(f"{left_to_do()} jobs are left to the worker")


Rounds = tuple[list[Measured], list[Measured]]
"""What one target gave over many connections, and over one; a member a round."""


def in_turn(platform_: Running, targets: list[Target], seconds: float) -> dict[str, Rounds]:
    """Each target in each round, so that what the machine does beside hits them alike."""

    def once(target: Target, connections: int, length: float) -> Measured:
        before = platform_.cpu()
        found = measure(platform_.port, target.requests, target.good, seconds=length, connections=connections)
        found.cpu = platform_.cpu() - before
        return found

    for target in targets:
        once(target, CONNECTIONS, seconds / 4)  # warm
    found: dict[str, Rounds] = {target.name: ([], []) for target in targets}
    for _ in range(ROUNDS):
        for target in targets:
            many, alone = found[target.name]
            many.append(once(target, CONNECTIONS, seconds))
            alone.append(once(target, 1, seconds / 2))
    return found


def show(found: dict[str, Rounds]) -> None:
    def median(rounds: list[Measured], what: Callable[[Measured], float]) -> float:
        return statistics.median(map(what, rounds))

    print(f"{'':14} {f'{CONNECTIONS} connections':>42}   {'1 connection':>19}   {f'ratio to {EMPTY}':>19}")
    heads = ["per second", "p50 ms", "p95 ms", "core ms", "", "p50 ms", "p95 ms", "", "rate", "core"]
    print(f"{'':14} " + " ".join(f"{head:>{9 if head else 1}}" for head in heads))
    empty = found[EMPTY][0]
    rate, cost = median(empty, lambda one: one.rate), median(empty, lambda one: one.cost)
    for name, (many, alone) in found.items():
        times = [median(rounds, lambda one, q=q: one.quantile(q)) for rounds in (many, alone) for q in (0.5, 0.95)]
        own_rate, own_cost = median(many, lambda one: one.rate), median(many, lambda one: one.cost)
        print(
            f"{name:14} {own_rate:9,.1f} {times[0]:9.1f} {times[1]:9.1f} {own_cost:9.2f}   {times[2]:9.1f}"
            f" {times[3]:9.1f}   {own_rate / rate:9.1%} {cost / own_cost:9.1%}"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="5,000 cases and short rounds")
    quick = arguments.parse_args().quick
    begun = time.monotonic()
    with enter("web") as var:
        fill(5_000 if quick else 100_000)
        filled = time.monotonic() - begun
        print(f"{filled:.0f} s to fill; {settings_of_the_database()}; Python {platform.python_version()}")
        with Running(var) as platform_:
            run(platform_, quick)
    print(f"{time.monotonic() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
