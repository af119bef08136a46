"""Each benchmark runs to its end and prints what it promises. How fast it is, is no matter of a test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = {
    "registers_read": [
        "fsync",
        "p95",
        "primary key",
        "view to-inspect, deep",
        "two words",
        "count of a view",
        "worst p95",
        "filtered list of 20",
    ],
    "registers_export": ["fsync", "plain COPY TO", "csv", "xlsx", "parquet", "geojson", "of the COPY", "peak memory"],
    "registers_import": ["fsync", "of the COPY", "all unchanged", "peak memory"],
    "registers_write": ["fsync", "hand-written INSERT", "of the INSERT", "of the COPY"],
    "territory_addresses": ["in full", "one letter wrong", "ratio to the plain look-up"],
    "web": ["fsync", "p95", "empty view", "catalogue", "inbox", "submit, worker", "jobs are left"],
}


def test_each_benchmark_is_known_here() -> None:
    assert {file.stem for file in (ROOT / "bench").glob("[!_]*.py")} == set(BENCHMARKS)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "web" else []) for name in BENCHMARKS]
)
def test_a_benchmark_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, f"bench/{name}.py", "--quick"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for words in BENCHMARKS[name]:
        assert words in done.stdout
