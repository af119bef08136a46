"""Figures of the machine that an administrator has an eye on."""

from pathlib import Path

import pytest

from tinhso.kernel import health


def test_a_disk_is_low_when_little_is_left_in_share_and_in_bytes() -> None:
    gib = 1024**3
    assert health.Disk(total=40 * gib, free=1 * gib).is_low
    assert not health.Disk(total=4_000 * gib, free=100 * gib).is_low
    assert not health.Disk(total=8 * gib, free=1 * gib).is_low


@pytest.mark.django_db
def test_the_disk_and_the_database_have_a_size(settings: object, tmp_path: Path) -> None:
    settings.VAR = tmp_path / "not-there-yet"  # type: ignore[attr-defined]
    found = health.disk()
    assert 0 < found.free <= found.total
    assert health.database_bytes() > 1_000_000
