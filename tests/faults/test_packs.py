"""A pack with a fault: file, line and key are named, and nothing of the whole set of packs is applied."""

import shutil
from pathlib import Path

from tinhso.project.embedded.places import ROOT

from .conftest import Province

WHAT_IS_IN_FORCE = "SELECT kind, name, version, digest, retired_at FROM kernel_definition ORDER BY 1, 2, 3"


def test_a_fault_is_named_and_nothing_is_applied(province: Province, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "packs", tmp_path / "packs", ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "packs" / "civil-status" / "procedures"
    sound, spoilt = folder / "death-registration.yaml", folder / "birth-registration.yaml"
    sound.write_text(sound.read_text().replace("name: {vi: ", "name: {vi: Mới, ", 1).replace("Mới, ", "Mới "))
    lines = spoilt.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("deadline:"))
    lines[at] = "deadline: {working_hours: tám}"
    spoilt.write_text("\n".join(lines))
    before = province.rows(WHAT_IS_IN_FORCE)
    for verb in ("check", "apply"):
        answer = province.tinhso("pack", verb, TINHSO_PACKS=str(tmp_path / "packs"))
        assert answer.returncode != 0
        where = f"civil-status/procedures/birth-registration.yaml:{at + 1}: deadline.working_hours"
        assert where in answer.stdout, answer.stdout
    assert "nothing was applied" in answer.stdout
    assert province.rows(WHAT_IS_IN_FORCE) == before


def test_the_sound_half_alone_would_have_been_applied(province: Province, tmp_path: Path) -> None:
    """What the test above would be worth nothing without."""
    shutil.copytree(ROOT / "packs", tmp_path / "packs", ignore=shutil.ignore_patterns("__pycache__"))
    sound = tmp_path / "packs" / "civil-status" / "procedures" / "death-registration.yaml"
    sound.write_text(sound.read_text().replace("name: {vi: ", "name: {vi: Mới ", 1))
    plan = province.tinhso("pack", "plan", TINHSO_PACKS=str(tmp_path / "packs"))
    assert (plan.returncode, "procedure civil-status.death-registration" in plan.stdout) == (0, True), plan.stdout
