"""More people in the office of a commune: colleagues, a head, a department of the province."""

from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange

from tinhso.cases.models import Case, Task
from tinhso.identity import services as identity
from tinhso.identity.models import Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel.actor import Actor
from tinhso.kernel.ids import uuid7

from .conftest import SYSTEM, Commune

VALID = DateRange(date(2025, 7, 1), None)


def officer(agency: Agency, key: str, *roles: str, name: str = "", seated: bool = True) -> Actor:
    """A post of an agency with these roles, and whoever sits in it (nobody, unless `seated`)."""
    post = Post.objects.create(agency=agency, key=key, title=f"Vị trí {key}", roles=list(roles), valid=VALID)
    account = identity.open_demo_account(SYSTEM, f"{agency.code}-{key}", name or f"Ông {key}")
    if seated:
        identity.assign(SYSTEM, account, post.id)
    return Actor(
        account=account, post=post.id, agency=agency.id, unit=agency.unit, roles=frozenset(roles),
        permissions=permissions(roles), assurance=2, name=name or f"Ông {key}",
    )  # fmt: skip


def department(code: str = "H31.4", name: str = "Sở Tư pháp tỉnh Hưng Yên") -> Agency:
    return Agency.objects.create(code=code, name=name, kind="department", level="province", unit="33", valid=VALID)


def copies(case_id, count: int, *, role: str = "", claimed: Actor | None = None) -> list[Task]:
    """So many more cases like this one, each with its open task, and with nothing of a timeline."""
    first, work = Case.objects.get(pk=case_id), Task.objects.get(case=case_id, completed_at=None)
    values = {one.attname: getattr(first, one.attname) for one in Case._meta.concrete_fields}
    task = {one.attname: getattr(work, one.attname) for one in Task._meta.concrete_fields}
    if claimed:
        task |= {"claimed_by": claimed.post, "claimed_name": claimed.name}
    cases = [Case(**values | {"id": uuid7(), "code": f"{first.code}-{n}"}) for n in range(count)]
    Case.objects.bulk_create(cases)
    return Task.objects.bulk_create([Task(**task | {"id": uuid7(), "case_id": case.pk}) for case in cases])


def at_home(commune: Commune, key: str, *roles: str, **more) -> Actor:
    return officer(commune.agency, key, *roles, **more)
