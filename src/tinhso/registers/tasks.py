"""Background work of registers."""

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate.contrib.django import app

from tinhso.kernel.errors import Problem

from . import ddl, models

log = structlog.get_logger()


def ensure_partitions(**_kwargs: object) -> None:
    """Make the partitions of the history for this year and the two that follow."""
    year = timezone.localdate().year
    with connection.cursor() as cursor:
        for ahead in range(3):
            cursor.execute("SELECT registers_partition(%s)", [year + ahead])


@app.periodic(cron="17 3 1 * *")
@app.task(name="registers.partitions", queue="background", queueing_lock="registers.partitions", pass_context=False)
def make_partitions(timestamp: int) -> None:
    ensure_partitions()


@app.task(name="registers.schema-work", queue="background", queueing_lock="registers.schema-work")
def schema_work() -> None:
    """Do the steps that `apply` left for later, each on its own and outside a transaction (CONCURRENTLY)."""
    for work in models.SchemaWork.objects.filter(done_at=None).order_by("pk"):
        try:
            ddl.do_later(work)
        except (DatabaseError, Problem) as error:
            log.warning("schema work failed", register=work.register, what=work.what, error=str(error))
            work.error = str(error)
        else:
            work.done_at, work.error = timezone.now(), ""
        work.save(update_fields=["done_at", "error"])


@app.task(name="registers.duplicates", queue="background")
def find_duplicates(register: str) -> None:
    """Look for doubles in a register; what was found before stays until it is done."""
    from . import duplicates
    from .shape import shape

    duplicates.search(shape(register))
