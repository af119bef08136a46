"""How fast records are written with everything on (checks, version, audit, event), beside a hand-written INSERT of the
same row, and by COPY beside a plain COPY of the same rows, on one connection; then over HTTP, beside a hand-written
Django view that does one INSERT (_hand_written.py) on the same server. All in one run.

    python bench/registers_write.py [--quick]

Makes a database of its own beside DATABASE_URL's, with the register `demo.gardens` of packs/demo.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from _client import Answer, measure
from _platform import Running, enter, settings_of_the_database
from web import CSRF, sign_in

REGISTER = "demo.gardens"
DAY = date(2025, 9, 1)
SECONDS, QUICK = 3.0, 0.3
UNIT, ROUNDS, CONNECTIONS = "13225", 3, 8
ROWS_A_SECOND = 5_000


def values(number: int, run: str) -> dict[str, Any]:
    return {
        "code": f"{run}{number}",
        "title": f"Vườn rau số {number}",
        "commune": "13225",
        "opened_on": DAY,
        "beds": number % 100 + 1,
        "budget": 1_000 * number,
        "irrigated": number % 2 == 0,
        "soil": "alluvial",
        "crops": ["vegetable"],
        "keeper_name": "Trần Thị Hòa",
        "phone": "+84912345678",
        "email": "hoa@example.vn",
    }


def rate(seconds: float, once: Callable[[int], None]) -> float:
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        once(count)
        count += 1
    return count / (time.perf_counter() - begun)


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply", "demo")


def run(seconds: float) -> None:
    from django.db import connection, transaction

    from tinhso.kernel.actor import system
    from tinhso.kernel.ids import uuid7
    from tinhso.registers import services
    from tinhso.registers.contracts import NewRecord
    from tinhso.registers.shape import shape

    table, actor = shape(REGISTER).table, system("bench")
    names = list(values(0, ""))

    def insert(number: int) -> None:
        """What a hand-written view would do: one row, one transaction, no history."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (id, revision, valid_from, unit, unit_on, {', '.join(names)})"
                f" VALUES (%s, 1, %s, '13225', %s, {', '.join(['%s'] * len(names))})",
                [uuid7(), DAY, DAY, *values(number, "i").values()],
            )

    def create(number: int) -> None:
        services.create(actor, REGISTER, values(number, "s"), valid_from=DAY)

    def copy_plain(rows: int) -> float:
        begun = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            head = f"COPY {table} (id, revision, valid_from, unit, unit_on, {', '.join(names)}) FROM STDIN"
            with cursor.copy(head) as copy:
                for number in range(rows):
                    copy.write_row([uuid7(), 1, DAY, "13225", DAY, *values(number, "c").values()])
        return rows / (time.perf_counter() - begun)

    def copy_many(rows: int) -> float:
        begun = time.perf_counter()
        records = (NewRecord(values(number, "m"), DAY, unit="13225") for number in range(rows))
        services.create_many(actor, REGISTER, records, why="bench")
        return rows / (time.perf_counter() - begun)

    plain, served = rate(seconds, insert), rate(seconds, create)
    print(f"{'hand-written INSERT':28} {plain:10,.0f} rows/s")
    print(f"{'services.create':28} {served:10,.0f} rows/s   {served / plain:6.1%} of the INSERT")
    rows = int(ROWS_A_SECOND * seconds)
    plain, loaded = copy_plain(rows), copy_many(rows)
    print(f"{f'plain COPY, {rows:,} rows':28} {plain:10,.0f} rows/s")
    print(f"{'services.create_many':28} {loaded:10,.0f} rows/s   {loaded / plain:6.1%} of the COPY")


def clerk() -> dict[str, str]:
    """The cookies of the register's keeper in a commune."""
    from tinhso.identity import queries as identity
    from tinhso.identity import services
    from tinhso.identity.models import Account, Post
    from tinhso.kernel.actor import system

    services.load_agencies(system("bench"))
    post = next(p for p in identity.posts(identity.agency_of_unit(UNIT).id) if "civil-status" in p.roles)
    Post.objects.filter(pk=post.id).update(roles=[*post.roles, "clerk"])  # who writes, and who keeps this register
    account = services.open_demo_account(system("bench"), "clerk", "Cán bộ văn thư")
    services.assign(system("bench"), account, post.id)
    return sign_in(Account.objects.get(pk=account))


def posts(path: str, cookies: dict[str, str], run_: str) -> Iterator[bytes]:
    """Requests to enter a garden, each another one."""
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Accept: application/json", f"X-CSRFToken: {CSRF}"]
    head += ["Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())]
    for number in itertools.count():
        row = values(number, run_) | {"opened_on": str(DAY)}
        body = json.dumps({"values": row, "valid_from": str(DAY), "unit": UNIT}).encode()
        more = ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
        yield "\r\n".join([*head, *more]).encode() + body


def over_http(var: Path, seconds: float) -> None:
    """The API and the hand-written view in turn, while the worker holds still."""
    cookies = clerk()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "_hand_written_settings",
        "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(Path(__file__).parent)]),
    }

    def made(answer: Answer) -> bool:
        return answer.status == 201

    paths = {"hand-written view": "/hand-written", "API": f"/api/v1/registers/{REGISTER}/records"}
    targets = {name: posts(path, cookies, name[0]) for name, path in paths.items()}
    rates: dict[tuple[str, int], list[float]] = {}
    with Running(var) as platform, platform.quiet():
        for requests in targets.values():
            measure(platform.port, requests, made, seconds=seconds / 3, connections=CONNECTIONS)
        for _round, (name, requests), many in itertools.product(range(ROUNDS), targets.items(), (CONNECTIONS, 1)):
            found = measure(platform.port, requests, made, seconds=seconds / 2, connections=many)
            rates.setdefault((name, many), []).append(found.rate)
    for many in (CONNECTIONS, 1):
        plain, served = (statistics.median(rates[name, many]) for name in paths)
        print(f"{f'hand-written view, {many} at once':28} {plain:10,.0f} creates/s")
        print(f"{f'API, {many} at once':28} {served:10,.0f} creates/s   {served / plain:6.1%} of the view")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a tenth of the time")
    quick = arguments.parse_args().quick
    with enter("registers") as var:
        prepare()
        print(settings_of_the_database())
        run(QUICK if quick else SECONDS)
        over_http(var, QUICK * 3 if quick else SECONDS * 2)


if __name__ == "__main__":
    main()
