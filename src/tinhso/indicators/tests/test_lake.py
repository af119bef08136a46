"""Figures in the lake are the figures of the database, night after night."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tinhso.indicators.models import Figure
from tinhso.kernel import lake
from tinhso.kernel.tasks import sync_lake

from .test_figures import HANOI, chore, chores, refresh

__all__ = ["chores"]


def test_the_nightly_job_brings_figures_to_the_lake(chores: None, settings: pytest.Item, tmp_path: Path) -> None:
    settings.LAKE_ROOT, settings.LAKE_PERSONAL_ROOT = tmp_path / "lake", tmp_path / "personal"  # type: ignore[attr-defined]
    for month in (3, 4):
        chore("13225", datetime(2026, month, 2, 9, tzinfo=HANOI), done=month == 3)
    refresh()
    sync_lake(0)
    assert found(tmp_path) == list(Figure.objects.order_by("month").values_list("unit", "numerator", "denominator"))
    chore("13225", datetime(2026, 4, 3, 9, tzinfo=HANOI), done=True)
    refresh()
    sync_lake(0)
    assert found(tmp_path) == list(Figure.objects.order_by("month").values_list("unit", "numerator", "denominator"))
    assert {one.name for one in (tmp_path / "lake" / "figures").glob("part=2026*")} == {"part=2026-03", "part=2026-04"}


def found(root: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as db:
        relation = lake.relation(root / "lake", "figures")
        return db.execute(f"SELECT unit, numerator, denominator FROM {relation} ORDER BY month").fetchall()
