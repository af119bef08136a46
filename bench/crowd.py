"""Two hundred citizens and forty officers at once, against web and worker as `make run` starts them.

    python bench/crowd.py [--quick] [--minutes M] [--citizens N] [--officers N]

Citizens look round, fill a form in, photograph a paper, hand in, pay at the stand-in bank (which tells the platform by
its webhook), look how their case stands, and answer when a supplement is asked. Officers look into their queue, take,
do, ask for a supplement, refuse; those who sign approve what there is in a batch. Between two pages everybody thinks
for some seconds. Afterwards the database is asked: every acknowledged case is there once, no task was done twice, every
case is what its timeline says. It fails where a page answered otherwise than it should.
"""

import argparse
import asyncio
import os
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import _cases
from _platform import Running, enter, settings_of_the_database
from _visitor import Page, Visitor
from web import CSRF, sign_in

BIRTH, STATUS = "civil-status.birth-registration", "civil-status.marital-status"
ROLES = ("one-stop", "civil-status", "chair")
UUID_OR_NUMBER = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}|/\d+(?=/|$)|\?.*$")
THINK = 3.0
"""Seconds that somebody looks at a page, on average."""
DESK = re.compile(r"/desk/ho-so/([0-9a-f-]{36})$")


@dataclass
class Seen:
    """What all of them together have seen: seconds by page, what went wrong, what was acknowledged."""

    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    drafts: set[str] = field(default_factory=set)
    """Drafts whose submission was acknowledged."""
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(task, outcome) that an officer was told is done."""
    paid: set[str] = field(default_factory=set)
    deeds: Counter[str] = field(default_factory=Counter)

    def told(self, kind: str, seconds: float, page: Page) -> None:
        self.times.setdefault(kind, []).append(seconds)
        if page.status >= 400:
            said = re.search(r"<h1[^>]*>(.*?)</h1>", page.text, re.DOTALL)
            self.wrong.append(f"{kind} answered {page.status}: {said[1].strip() if said else page.path}")


def kind_of(path: str) -> str:
    return UUID_OR_NUMBER.sub(lambda found: "" if found[0].startswith("?") else "/…", path)


class Somebody:
    def __init__(self, visitor: Visitor, seen: Seen, dice: random.Random, until: float) -> None:
        self.visitor, self.seen, self.dice, self.until = visitor, seen, dice, until

    @property
    def stays(self) -> bool:
        return time.monotonic() < self.until

    async def think(self, share: float = 1.0) -> None:
        await asyncio.sleep(min(self.dice.expovariate(1 / (THINK * share)), max(0.0, self.until - time.monotonic())))

    async def get(self, path: str) -> Page:
        page = await self.visitor.get(path)
        await self.think()
        return page


class Citizen(Somebody):
    def __init__(self, *given: Any, photograph: bytes, bank: Callable[[], Visitor], born: Any) -> None:
        super().__init__(*given)
        self.photograph, self.bank = photograph, bank
        self.answers = {
            "child_name": "Nguyễn Bảo An", "born_on.day": str(born.day), "born_on.month": str(born.month),
            "born_on.year": str(born.year), "sex": "female", "ethnicity": "kinh",
            "birth_place": "Bệnh viện Phụ sản Thái Bình", "home_town": "Xã Vũ Quý, tỉnh Hưng Yên",
            "status": "single", "purpose": "property",
        }  # fmt: skip
        self.cases: list[str] = []

    async def live(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, 2 * THINK))  # they do not all come at the same moment
        while self.stays:
            await self.get(self.dice.choice(["/", "/thu-tuc", "/thu-tuc?q=khai+sinh", "/tim?q=ket+hon", "/xep-hang"]))
            if self.stays and (not self.cases or self.dice.random() < 0.3):
                await self.apply(self.dice.choice([BIRTH, STATUS]))
            if self.stays:
                await self.look()

    async def apply(self, procedure: str) -> None:
        """From the catalogue to the case."""
        await self.get(f"/thu-tuc/{procedure}")
        page = await self.get(f"/thu-tuc/{procedure}/nop")
        for _step in range(12):
            if not self.stays or page.status >= 400:
                return
            here = urlsplit(page.path).path
            if here.endswith("/kiem-tra"):
                await self.hand_in(here)
                return
            if "/giay-to/" in here:
                name = here.rpartition("/")[2]
                file = (name, self.photograph) if name == "birth_notification" else None
                page = await self.visitor.post(here, [], file)
            else:
                shown = next((one for one in page.forms if one.value("field") or one.action in {"", here}), None)
                fields = [one for one in shown.fields if one[0] not in self.answers] if shown else []
                page = await self.visitor.post(here, [*fields, *self.answers.items()])
            await self.think()
        self.seen.wrong.append(f"{procedure}: the form has no end ({page.path})")

    async def hand_in(self, here: str) -> None:
        draft = here.split("/")[3]
        page = await self.visitor.post(here)
        if not page.path.endswith("/da-nop") or page.status != 200:
            self.seen.wrong.append(f"{here} led to {page.path} ({page.status})")
            return
        self.seen.drafts.add(draft)
        self.seen.deeds["cases handed in"] += 1
        found = re.search(r"/ho-so/([0-9a-f-]{36})(?:/|\"|$)", page.text)
        if found:
            self.cases.append(found[1])
        await self.think()

    async def look(self) -> None:
        """At their cases, one of them, and what it asks for."""
        await self.get("/ho-so")
        if not self.cases:
            return
        page = await self.get(f"/ho-so/{self.dice.choice(self.cases[-3:])}")
        await self.visitor.get(f"{urlsplit(page.path).path}/tinh-hinh")
        if self.stays and (order := page.link("/nop-phi/")):
            await self.pay(order)
        if self.stays and page.link("/bo-sung"):
            await self.answer(page.link("/bo-sung"))

    async def pay(self, order: str) -> None:
        page = await self.get(order)
        link = urlsplit(page.link("/chuyen-tien?qr="))
        if not link.query or order in self.seen.paid:
            return
        bank = self.bank()
        try:
            form = (await bank.get(f"{link.path}?{link.query}")).forms[0]
            if order not in self.seen.paid:
                self.seen.paid.add(order)
                await bank.post(link.path, form.fields)
                self.seen.deeds["fees paid"] += 1
        finally:
            bank.close()
        await self.think()
        await self.visitor.get(f"{urlsplit(order).path}/tinh-hinh")

    async def answer(self, address: str) -> None:
        page = await self.get(address)
        form = next((one for one in page.forms if any(key == "note" for key, _value in one.fields)), None)
        if form is None:
            return  # answered in another window
        page = await self.visitor.post(urlsplit(address).path, form.sent(note="Tôi đã bổ sung như yêu cầu."))
        self.seen.deeds["supplements answered"] += page.status == 200


class Officer(Somebody):
    def __init__(self, *given: Any, role: str) -> None:
        super().__init__(*given)
        self.role = role

    async def live(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, 2 * THINK))
        while self.stays:
            scope = self.dice.choice(["unit", "unit", "unit", "mine", "all"])
            page = await self.get("/desk" if scope == "unit" else f"/desk?xem={scope}")
            if self.role == "chair":  # what waits in a batch is not done one by one beside it
                if self.stays:
                    await self.sign_many(await self.get("/desk"))
                continue
            address = next((one for one in page.links if DESK.match(one)), "")
            for _case in range(6):  # the next case opens when one is done
                if not address or not self.stays:
                    break
                address = await self.work(address)

    async def work(self, address: str) -> str:
        """Read a case, take it, do its step; the address of the next, "" where there is none."""
        page = await self.get(address)
        if self.dice.random() < 0.3 and (take := page.form_to("/nhan")):
            page = await self.visitor.post(take.action, take.fields)
            self.seen.deeds["tasks taken"] += 1
            page = await self.get(address)
        forms = {one.value("outcome"): one for one in page.forms if one.value("outcome")}
        if not forms:
            return ""
        outcome, more = next(iter(forms)), {}
        chance = self.dice.random()
        if "ask-supplement" in forms and chance < 0.15:
            outcome, more = "ask-supplement", {"note": "Xin bổ sung ảnh rõ hơn."}
        elif "refuse" in forms and chance > 0.97:
            outcome, more = "refuse", {"note": "Không thuộc thẩm quyền.", "ground": "Luật Hộ tịch, Điều 13"}
        form = forms[outcome]
        page = await self.visitor.post(form.action, form.sent(**more))
        if page.status == 200:
            self.seen.done[form.action.rpartition("/")[2], outcome] += 1
            self.seen.deeds[f"steps: {outcome}"] += 1
        await self.think()
        return page.path if DESK.match(urlsplit(page.path).path) else ""

    async def sign_many(self, page: Page) -> None:
        """All that the first page of the queue shows, reviewed, signed once, watched."""
        if not page.tasks:
            return
        page = await self.visitor.post("/desk/chon", [("lam", "approve"), *(("viec", one) for one in page.tasks)])
        await self.think()
        form = next((one for one in page.forms if one.values("giu")), None)
        if form is None or not self.stays:
            return
        here = urlsplit(page.path).path
        page = await self.visitor.post(here, form.fields)
        self.seen.deeds["batches"] += 1
        self.seen.deeds["approved in batches"] += len(form.values("giu"))
        while self.stays and (await self.visitor.get(f"{here}/tien-do")).status != 286:
            await self.think(0.7)


# -- who they are ---------------------------------------------------------------------------------------------------


def people_of(citizens: int, officers: int) -> tuple[list[Any], list[tuple[str, Any]]]:
    """Citizens who live where the officers work, and the officers with their role."""
    from tinhso.identity import people, services
    from tinhso.identity import queries as identity
    from tinhso.identity.models import Account, Person
    from tinhso.kernel.actor import system

    found = _cases.Officers()
    seats = {(actor.agency, role): actor for actor in found.all for role in ROLES if role in actor.roles}
    committees = [a for a in identity.agencies(level="commune", kind=identity.COMMITTEE)
                  if all((a.id, role) in seats for role in ROLES)]  # fmt: skip
    rows = Person.objects.filter(national_id_hash__isnull=False, spouse__isnull=False, demo=True).order_by("id")
    by_unit: dict[str, list[UUID]] = {}
    for details in people.details(list(rows[: 40 * citizens])):
        by_unit.setdefault(details.address_unit, []).append(details.id)
    places = sorted(committees, key=lambda one: -len(by_unit.get(one.unit, ())))[: -(-officers // len(ROLES))]
    desks = [(role, seats[place.id, role]) for place in places for role in ROLES][:officers]
    homes = [by_unit.get(place.unit, []) for place in places]
    chosen = [home[n] for n in range(max(map(len, homes))) for home in homes if n < len(home)][:citizens]
    if len(chosen) < citizens:
        raise RuntimeError(f"only {len(chosen)} of {citizens} citizens live there: load more people")
    accounts = [services.account_of_person(system("bench"), person) for person in chosen]
    all_accounts = Account.objects.in_bulk([*accounts, *(actor.account for _role, actor in desks)])
    return (
        [sign_in(all_accounts[account]) for account in accounts],
        [(role, sign_in(all_accounts[actor.account])) for role, actor in desks],
    )


def photograph() -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.effect_noise((800, 600), 40).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


async def together(
    port: int, bank_port: int, citizens: list[Any], officers: list[tuple[str, Any]], seconds: float
) -> Seen:
    from django.utils import timezone

    seen, dice, until = Seen(), random.Random(5), time.monotonic() + seconds
    picture, born = photograph(), timezone.localdate() - timedelta(days=9)

    def visitor(cookies: Any, where: int = port) -> Visitor:
        return Visitor(where, cookies, CSRF, kind_of if where == port else (lambda path: "bank"), seen.told)

    def bank() -> Visitor:
        return visitor({}, bank_port)

    everybody: list[Somebody] = [
        Citizen(visitor(cookies), seen, random.Random(dice.random()), until, photograph=picture, bank=bank, born=born)
        for cookies in citizens
    ] + [Officer(visitor(cookies), seen, random.Random(dice.random()), until, role=role) for role, cookies in officers]
    lives: list[Awaitable[None]] = [one.live() for one in everybody]  # type: ignore[attr-defined]
    for answer in await asyncio.gather(*lives, return_exceptions=True):
        if isinstance(answer, BaseException):
            seen.wrong.append(f"{type(answer).__name__}: {answer}")
    for one in everybody:
        one.visitor.close()
    return seen


# -- what came of it ------------------------------------------------------------------------------------------------


def faults(seen: Seen, since: Any) -> list[str]:
    """What is not as it should be, in words: as of one moment, since the worker goes on."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = _cases_at_fault(seen, since)
    return found + _unpaid(seen)


def _cases_at_fault(seen: Seen, since: Any) -> list[str]:
    from tinhso.cases import timeline
    from tinhso.cases.models import Case, Draft, Task

    found = [f"{n} × {words}" for words, n in Counter(seen.wrong).most_common(20)]
    drafts = dict(Draft.objects.filter(case__isnull=False, saved_at__gte=since).values_list("pk", "case"))
    lost = seen.drafts - {str(draft) for draft in drafts}
    found += [f"acknowledged and not there: draft {draft}" for draft in lost]
    made = set(Case.objects.filter(submitted_at__gte=since).values_list("pk", flat=True))
    if len(set(drafts.values())) != len(drafts) or made != set(drafts.values()):
        found.append(f"{len(drafts)} drafts were handed in, and there are {len(made)} cases")
    tasks = {str(task.pk): task for task in Task.objects.filter(pk__in=[task for task, _outcome in seen.done])}
    for (task, outcome), times in seen.done.items():
        if times > 1 or task not in tasks or tasks[task].outcome != outcome:
            found.append(f"task {task} was acknowledged {times} times as {outcome}")
    for case in Case.objects.filter(pk__in=made):
        events = list(timeline.of_case(case.pk))
        state = timeline.replay(events)
        open_now = set(Task.objects.filter(case=case, completed_at=None).values_list("step", flat=True))
        if (state.status, state.outcome, state.open) != (case.status, case.outcome, open_now):
            found.append(f"{case.code} is not what its timeline says")
        closed = Counter(step for event in events for step in event.data.get("closes", ()))
        opened = Counter(step for event in events for step in event.data.get("opens", ()))
        if any(times > opened[step] for step, times in closed.items()):
            found.append(f"{case.code}: a step was done more often than it was opened")
    return found


def _unpaid(seen: Seen) -> list[str]:
    """Orders that the bank was told to pay and that are not paid whole, once; its messages are given some seconds."""
    from tinhso.payments import queries as payments

    until = time.monotonic() + 20
    while True:
        orders = [payments.order(UUID(urlsplit(address).path.split("/")[2])) for address in seen.paid]
        wrong = [order for order in orders if order.paid != order.amount]
        if not wrong or time.monotonic() > until:
            return [f"{order.code}: {order.paid:,} of {order.amount:,} came" for order in wrong]
        time.sleep(1)


def show(seen: Seen, seconds: float) -> None:
    answers = sum(map(len, seen.times.values()))
    print(f"\n{answers:,} answers in {seconds:.0f} s: {answers / seconds:.1f} a second")
    print(f"{'':52} {'times':>7} {'p50 ms':>8} {'p95 ms':>8} {'most':>8}")
    for kind, times in sorted(seen.times.items(), key=lambda one: -len(one[1])):
        ordered = sorted(times)
        at = [1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.95, 1)]
        print(f"{kind:52} {len(times):7,} {at[0]:8.1f} {at[1]:8.1f} {at[2]:8.1f}")
    everything = sorted(seconds for times in seen.times.values() for seconds in times)
    late = 1e3 * everything[int(0.95 * len(everything))]
    print(f"{'all pages':52} {answers:7,} {1e3 * statistics.median(everything):8.1f} {late:8.1f}")
    print("; ".join(f"{words} {number:,}" for words, number in seen.deeds.most_common()))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="20 seconds, 40 citizens, 9 officers")
    arguments.add_argument("--minutes", type=float, default=10.0)
    arguments.add_argument("--citizens", type=int, default=200)
    arguments.add_argument("--officers", type=int, default=40)
    asked = arguments.parse_args()
    seconds = 20.0 if asked.quick else 60 * asked.minutes
    citizens, officers = (40, 9) if asked.quick else (asked.citizens, asked.officers)
    with enter("crowd") as var:
        from django.utils import timezone

        from tinhso.project.embedded.yard import processes

        _cases.province(people=4_000 if asked.quick else 12_000, cases=1_000 if asked.quick else 10_000)
        who = people_of(citizens, officers)
        print(f"{citizens} citizens, {officers} officers; {settings_of_the_database()}", flush=True)
        beside = [processes(var, dict(os.environ), "127.0.0.1")[name] for name in ("trust", "bank")]
        try:
            for service in beside:
                service.start()
            with Running(var) as platform:
                since, begun = timezone.now(), time.monotonic()
                ports = platform.port, int(os.environ["TINHSO_BANK_PORT"])
                seen = asyncio.run(together(*ports, *who, seconds))
                show(seen, time.monotonic() - begun)
                found = faults(seen, since)
        finally:
            for service in beside:
                service.stop()
        if found:
            raise SystemExit("\n".join(["", *found]))
        print("no error; every acknowledged case is there once; no task was done twice; every case is its timeline")


if __name__ == "__main__":
    main()
