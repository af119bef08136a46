"""A file of people's data is not left lying: it goes when its import has ended well, or a time after its last use."""

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tinhso.kernel.errors import NotFound
from tinhso.registers import models, queries, services
from tinhso.registers.services import forgetting, imports

from .conftest import SYSTEM, rows
from .test_imports import MAPPING, begun, kept

GOOD = "V1,1/7/2025,1,,"
BAD = "V2,hôm nọ,1,,"


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path, gardens: str) -> Path:
    settings.IMPORT_ROOT = tmp_path / "imports"
    settings.IMPORT_ROOT.mkdir()
    return settings.IMPORT_ROOT


def lying(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def ran(django_capture_on_commit_callbacks: Any, *lines: str, **more: Any) -> UUID:
    id = begun(lines, **more)
    with django_capture_on_commit_callbacks(execute=True):
        imports.run(id)
    return id


def grow_old(days: int = 31) -> None:
    back = timedelta(days=days)
    for row in models.ImportFile.objects.all():
        models.ImportFile.objects.filter(pk=row.pk).update(kept_at=row.kept_at - back)
    for one in models.Import.objects.exclude(finished_at=None):
        models.Import.objects.filter(pk=one.pk).update(finished_at=one.finished_at - back)


def forgotten(capture: Any) -> int:
    with capture(execute=True):
        return forgetting.forget_files()


def test_a_file_whose_every_row_is_written_goes_at_once(root: Path, django_capture_on_commit_callbacks: Any) -> None:
    id = ran(django_capture_on_commit_callbacks, GOOD)
    assert lying(root) == set()
    assert queries.import_state(SYSTEM, id).file_kept is False
    assert rows("SELECT count(*) FROM kernel_audit WHERE action = 'import.forget-file'") == [(1,)]
    with pytest.raises(NotFound):
        queries.error_file(SYSTEM, id)


@pytest.mark.parametrize("more", [{"dry_run": True}, {"mode": "all"}, {}])
def test_a_file_that_is_still_to_be_written_or_corrected_stays(
    root: Path, django_capture_on_commit_callbacks: Any, more: dict[str, Any]
) -> None:
    id = ran(django_capture_on_commit_callbacks, GOOD, BAD, **more)
    assert queries.import_state(SYSTEM, id).file_kept is True and len(lying(root)) == 1
    assert forgotten(django_capture_on_commit_callbacks) == 0


def test_a_file_that_another_import_reads_stays_until_that_has_ended(
    root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    file = kept([GOOD])
    asked: dict[str, Any] = {"table": "", "mapping": MAPPING, "mode": "good", "dry_run": False}
    first, second = (services.begin_import(SYSTEM, "yard.gardens", file, **asked) for _n in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        imports.run(first)
    assert len(lying(root)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        imports.run(second)
    assert lying(root) == set()


def test_old_files_and_what_was_said_of_their_rows_go_and_the_counts_stay(
    root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    id = ran(django_capture_on_commit_callbacks, GOOD, BAD)
    assert rows("SELECT text FROM registers_importfault") == [("hôm nọ",)]
    grow_old(29)
    assert forgotten(django_capture_on_commit_callbacks) == 0
    grow_old(2)
    assert forgotten(django_capture_on_commit_callbacks) == 1
    assert lying(root) == set() and rows("SELECT count(*) FROM registers_importfault") == [(0,)]
    found = queries.import_state(SYSTEM, id)
    assert (found.created, found.refused, found.file_kept) == (1, 1, False)


@pytest.mark.parametrize("state", ["waiting", "running", "stopped"])
def test_an_old_file_stays_while_an_import_of_it_has_not_ended(
    root: Path, django_capture_on_commit_callbacks: Any, state: str
) -> None:
    id = begun([GOOD])
    models.Import.objects.filter(pk=id).update(state=state)
    grow_old()
    assert forgotten(django_capture_on_commit_callbacks) == 0 and len(lying(root)) == 1


def test_an_old_file_stays_while_a_register_is_being_made_of_it(
    root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    file = kept([GOOD])
    made = models.Blueprint.objects.create(account=file, agency=file, file=file)
    grow_old()
    assert forgotten(django_capture_on_commit_callbacks) == 0
    models.Blueprint.objects.filter(pk=made.pk).update(changed_at=timezone.now() - timedelta(days=31))
    assert forgotten(django_capture_on_commit_callbacks) == 1 and lying(root) == set()


def test_bytes_that_an_interrupted_upload_left_go_after_a_day(
    root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    mine = str(kept([GOOD]))
    for name, hours in (("a.part", 30), ("01a00000-0000-7000-8000-000000000000", 30), ("b.part", 1)):
        (root / name).write_text("x")
        os.utime(root / name, (time.time() - hours * 3_600,) * 2)
    os.utime(root / mine, (time.time() - 90_000,) * 2)
    forgotten(django_capture_on_commit_callbacks)
    assert lying(root) == {mine, "b.part"}
