"""What a citizen does, through the services, in a process of its own:

python tests/faults/deeds.py draft NATIONAL_ID          fill in a birth registration; says the draft's id
python tests/faults/deeds.py paper NATIONAL_ID DRAFT    photograph its paper, a megabyte; says the file's digest
python tests/faults/deeds.py papers NATIONAL_ID DRAFT   what is in the draft so far, as JSON
python tests/faults/deeds.py submit NATIONAL_ID DRAFT   hand it in; says the case's id

python tests/faults/deeds.py many NATIONAL_ID N         N more drafts like one that lacks nothing, and the cookies of a
                                                        sign-in, as JSON

and what an officer does: python tests/faults/deeds.py bring REGISTER FILE MODE begins an import; says its id. The
columns of the file are called as the fields. `deeds.py paid` asks for 8,000 đồng and takes it at the counter; says the
order's id.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import django

django.setup()

# ruff: noqa: E402, T201  Django is set up before its models are imported; the answers are lines
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from PIL import Image

from tinhso.cases import queries, services
from tinhso.cases.models import Draft
from tinhso.identity import services as identity
from tinhso.identity.models import Account
from tinhso.identity.people import by_national_id
from tinhso.identity.queries import agency_of_unit, citizen_examples
from tinhso.identity.sessions import SessionStore
from tinhso.identity.web import ASSURANCE_KEY
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Problem
from tinhso.kernel.ids import uuid7
from tinhso.payments import services as payments
from tinhso.payments.contracts import Line
from tinhso.registers import services as registers

PROCEDURE = "civil-status.birth-registration"
PAPER = "birth_notification"


def draft(actor: Actor) -> str:
    begun = services.start_draft(actor, PROCEDURE)
    born = timezone.localdate() - timedelta(days=9)
    services.save_draft(
        actor,
        begun.id,
        {
            "child_name": "Nguyễn Bảo An",
            "born_on": {"day": str(born.day), "month": str(born.month), "year": str(born.year)},
            "sex": "female",
            "ethnicity": "kinh",
            "birth_place": "Bệnh viện Phụ sản Thái Bình",
            "home_town": "Xã Vũ Quý, tỉnh Hưng Yên",
        },
    )
    return str(begun.id)


def paper(actor: Actor, draft_id: str) -> str:
    photograph = BytesIO()
    Image.effect_noise((1400, 1000), 60).save(photograph, "PNG")
    photograph.seek(0)
    view = services.attach_paper(actor, UUID(draft_id), PAPER, photograph, file_name="giay-chung-sinh.png")
    return next(given.digest for given in view.papers if given.name == PAPER)


def papers(actor: Actor, draft_id: str) -> str:
    view = queries.draft(actor, UUID(draft_id))
    return json.dumps({"raw": view.raw, "papers": [given.name for given in view.papers if given.given]})


def submit(actor: Actor, draft_id: str) -> str:
    return str(services.submit(actor, UUID(draft_id)).id)


def many(actor: Actor, number: str) -> str:
    first = draft(actor)
    paper(actor, first)
    row = Draft.objects.get(pk=first)
    copies = [
        Draft(person=row.person, procedure=row.procedure, version=row.version, unit=row.unit, raw=row.raw,
              prefilled=row.prefilled, papers=row.papers)
        for _n in range(int(number))
    ]  # fmt: skip
    Draft.objects.bulk_create(copies)
    session = SessionStore()
    account = Account.objects.get(pk=actor.account)
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[ASSURANCE_KEY] = actor.assurance
    session.create()
    return json.dumps({"drafts": [str(copy.pk) for copy in copies], "sessionid": session.session_key})


def bring(actor: Actor, register: str, file: str, mode: Any) -> str:
    content = Path(file).read_bytes()
    kept = registers.keep_file(actor, "vườn.csv", [content])
    mapping = {name: name for name in content.decode().partition("\n")[0].split(",")}
    return str(registers.begin_import(actor, register, kept.id, table="", mapping=mapping, mode=mode, dry_run=False))


def paid(actor: Actor) -> str:
    agency = agency_of_unit("13141").id
    line = Line("Lệ phí", 8_000, "charge")
    order = payments.ask(
        actor,
        payer=None,
        subject=f"thing:{uuid7()}",
        purpose="test",
        lines=[line],
        agency=agency,
        payer_name="Người nộp",
    )
    payments.take_at_counter(actor, order.id, method="cash", amount=8_000)
    return str(order.id)


DEEDS: dict[str, Callable[..., str]] = {
    "draft": draft,
    "paper": paper,
    "papers": papers,
    "submit": submit,
    "many": many,
    "bring": bring,
    "paid": paid,
}


def mother() -> Actor:
    person = by_national_id(citizen_examples(1)[0].username)
    assert person is not None
    return Actor(account=identity.account_of_person(system("tests"), person.id), person=person.id, assurance=2)


def main(deed: str, *words: str) -> int:
    try:
        print(DEEDS[deed](system("tests") if deed in {"bring", "paid"} else mother(), *words))
    except Problem as problem:
        print(json.dumps(problem.document(), ensure_ascii=False))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
