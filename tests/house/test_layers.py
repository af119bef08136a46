"""The house's walls: who may import whom, and the ways round it that an import linter does not see."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "tinhso"
ENGINES = [
    "kernel",
    "territory",
    "identity",
    "documents",
    "notices",
    "registers",
    "payments",
    "cases",
    "indicators",
]
SHARED_ROOMS = {"services", "queries", "contracts", "definitions", "policy", "testing"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_upward_import_fails_the_check(tmp_path: Path) -> None:
    shutil.copytree(SRC, tmp_path / "src" / "tinhso", ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint_imports(tmp_path).returncode == 0
    with (tmp_path / "src/tinhso/kernel/ids.py").open("a") as file:
        file.write("\nimport tinhso.cases.contracts\n")
    broken = lint_imports(tmp_path)
    assert broken.returncode != 0
    assert "tinhso.kernel.ids -> tinhso.cases.contracts" in broken.stdout


def sources(engine: str) -> list[Path]:
    return [p for p in (SRC / engine).rglob("*.py") if not {"tests", "migrations"} & set(p.relative_to(SRC).parts)]


def imports(file: Path) -> set[str]:
    """Modules that a file imports; `from a.b import c` counts as a.b.c where that is a module."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("engine", [*ENGINES[1:], "portals"])
def test_engines_meet_only_in_their_shared_rooms(engine: str) -> None:
    """Kernel is everybody's; of another engine only services, queries, contracts, definitions (DESIGN §2)."""
    wrong = []
    for file in sources(engine):
        for name in imports(file):
            parts = name.split(".")
            if parts[0] != "tinhso" or len(parts) < 3 or parts[1] in {engine, "kernel", "project"}:
                continue
            if parts[2] not in SHARED_ROOMS:
                wrong.append(f"{file.relative_to(ROOT)} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("engine", ENGINES)
def test_no_engine_reaches_another_s_tables_by_name(engine: str) -> None:
    others = "|".join(other for other in ENGINES if other != engine)
    reach = re.compile(rf"get_model\(|(?:FROM|JOIN|UPDATE|INTO)\s+\"?(?:{others})_[a-z]+", re.IGNORECASE)
    views = re.compile(r"^\s*(#|\"\"\")")
    wrong = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in sources(engine)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if reach.search(line) and not views.match(line)
    ]
    assert wrong == []


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_tells_what_it_is(engine: str) -> None:
    assert (SRC / engine / "README.md").stat().st_size > 500


def test_no_room_is_called_utils() -> None:
    assert [p for p in SRC.rglob("*.py") if p.stem in {"utils", "helpers", "misc", "common"}] == []


def test_packs_are_imported_by_nobody() -> None:
    assert [
        f for engine in [*ENGINES, "portals"] for f in sources(engine) if any(i.startswith("packs") for i in imports(f))
    ] == []
