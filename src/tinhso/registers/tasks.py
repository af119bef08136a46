"""Background work of registers."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from tinhso.kernel import packs
from tinhso.kernel.errors import Problem

from . import ddl, models
from .shape import KIND

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


@app.periodic(cron="7 1 * * *")
@app.task(name="registers.bring-up", queue="background", queueing_lock="registers.bring-up", pass_context=False)
def bring_up(timestamp: int) -> None:
    """Make the tables as today's software would, where no definition changed with it (columns kept for searches, new
    kinds of indexes): small ones at once, large ones by `schema_work`. One in use waits for the next night."""
    for found in packs.in_force(KIND):
        try:
            done = ddl.bring_up(found.name)
        except (DatabaseError, Problem) as error:
            log.warning("table not brought up", register=found.name, error=str(error))
        else:
            if done:
                log.info("table brought up", register=found.name, steps=done)


IMPORT_ATTEMPTS = 5


@app.task(
    name="registers.import",
    queue="background",
    retry=RetryStrategy(max_attempts=IMPORT_ATTEMPTS, exponential_wait=2),
    pass_context=True,
)
def run_import(context: JobContext, id: str) -> None:
    """Do an import, or go on with one whose worker died; imports into one register come one after the other."""
    from .services import imports

    try:
        imports.run(UUID(id))
    except Exception:
        if context.job.attempts + 1 >= IMPORT_ATTEMPTS:
            imports.give_up(UUID(id))
        raise


@app.task(name="registers.bulk-edit", queue="background", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def bulk_edit(bulk: str) -> None:
    """Do, or take back, a bulk edit that was too large for a request. Begun again it goes on where it stopped."""
    from .services.bulk_edit import work_on

    work_on(UUID(bulk))


@app.periodic(cron="29 3 * * *")
@app.task(name="registers.forget-previews", queue="background", queueing_lock="registers.forget-previews")
def forget_previews(timestamp: int) -> None:
    """Drop bulk edits that were looked at a week ago and never run."""
    old = timezone.now() - timedelta(days=7)
    proposed = models.Proposal.objects.filter(state="waiting", verb="bulk").values("bulk")
    models.BulkEdit.objects.filter(state="ready", at__lt=old).exclude(pk__in=proposed).delete()


@app.periodic(cron="41 3 * * *")
@app.task(name="registers.forget-files", queue="background", queueing_lock="registers.forget-files")
def forget_files(timestamp: int) -> None:
    """Remove files of imports that were last used longer ago than IMPORT_KEEP_DAYS, and what was said of their rows."""
    from .services import forgetting

    forgetting.forget_files()


@app.task(name="registers.duplicates", queue="background")
def find_duplicates(register: str) -> None:
    """Look for doubles in a register; what was found before stays until it is done."""
    from . import duplicates
    from .shape import shape

    duplicates.search(shape(register))
