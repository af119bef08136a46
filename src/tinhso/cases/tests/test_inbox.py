"""The queue of an officer who does the work of several roles or agencies is one queue, by due time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.cases import policy, queries
from tinhso.cases.models import Task
from tinhso.identity.models import Agency

from .conftest import open_task
from .office import VALID, copies, officer


@pytest.fixture
def centre(commune) -> Agency:
    """The one-stop centre of the commune, whose officers do the committee's work too."""
    made = Agency.objects.create(
        code="H31.15.1", name="Trung tâm Phục vụ hành chính công", kind="one-stop-centre", level="commune",
        unit="13225", parent=commune.agency, valid=VALID,
    )  # fmt: skip
    policy.desks.cache_clear()
    return made


def test_parts_are_merged_by_due_time_page_by_page(submitted, commune, centre) -> None:
    here = officer(centre, "counter", "one-stop", "civil-status", name="Bà Quầy")
    tasks = copies(submitted.id, 24)
    first = open_task(submitted.id)
    for number, task in enumerate(tasks):
        task.due_at = first.due_at + timedelta(minutes=number + 1)
        task.role = ("one-stop", "civil-status", "chair")[number % 3]
        task.agency_id = centre.pk if number % 2 else commune.agency.pk
    Task.objects.bulk_update(tasks, ["due_at", "role", "agency_id"])
    wanted = [first.pk, *(task.pk for task in tasks if task.role != "chair")]
    seen, cursor = [], ""
    while True:
        page = queries.inbox(here, "unit", after=cursor, limit=5)
        seen += [row.task for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert seen == wanted
    assert queries.inbox_counts(here) == {"mine": "0", "unit": "17", "all": "25"}
    assert len(queries.inbox(here, "all", limit=50).rows) == 25
    around = [row.task for row in queries.neighbours(here, wanted[8], before=3, after=2)]
    assert around == wanted[5:11]
    following = queries.next_task(here, after=wanted[8])
    assert following and following.id == wanted[9]
    last = queries.next_task(here, after=wanted[-1])
    assert last and last.id == wanted[0]


def test_the_queue_of_one_role_reads_no_more_than_it_shows(submitted, commune) -> None:
    """Among many tasks of other roles, the plan walks the index of agency and role."""
    tasks = copies(submitted.id, 3_000)
    for number, task in enumerate(tasks):
        task.role = "one-stop" if number % 100 else "chair"
    Task.objects.bulk_update(tasks, ["role"], batch_size=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_task")
    with CaptureQueriesContext(connection) as asked:
        assert len(queries.inbox(commune.at("chair"), "unit").rows) == 25
    (question,) = [one["sql"] for one in asked.captured_queries if "cases_task" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {question}")
        plan = cursor.fetchone()[0][0]["Plan"]
    scanned = [node for node in nodes(plan) if node["Relation Name"].startswith("cases_task")]
    assert all("Index" in node["Node Type"] for node in scanned if node["Actual Rows"])
    assert sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in scanned) <= 40


def nodes(plan: dict) -> list[dict]:
    """The scans of a plan."""
    found = [plan] if "Relation Name" in plan else []
    return found + [one for part in plan.get("Plans", []) for one in nodes(part)]
