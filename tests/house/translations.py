"""`make check`: every text of every room has its English: none missing, none empty, none fuzzy. Writes nothing in the
tree.

    python tests/house/translations.py
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src" / "tinhso"
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")


def faults(room: Path, folder: Path) -> list[str]:
    """What gettext's own `msgcmp` finds when the room's catalogue meets the texts of its sources.

    The texts are taken by Django's extraction from a copy of the room in `folder`.
    """
    copy = folder / room.name
    shutil.copytree(
        room, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "migrations", "tests", "*.mo", "*.po")
    )
    (copy / "locale").mkdir(exist_ok=True)
    extraction = [sys.executable, "-P", "-m", "django", "makemessages", "--locale", "en", "--keep-pot", "--no-wrap"]
    extracted = subprocess.run(extraction, cwd=copy, capture_output=True, text=True, check=False)
    if extracted.returncode:
        return [f"{room.name}: {line}" for line in extracted.stderr.splitlines()]
    texts = copy / "locale" / "django.pot"
    if not texts.exists():
        return []
    if not (room / CATALOGUE).exists():
        return [f"{room.name}: has texts and no {CATALOGUE}"]
    met = subprocess.run(
        ["msgcmp", room / CATALOGUE, texts], capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"}
    )
    lines = met.stderr.replace(f"{folder}/", "").replace(f"{SRC}/", "").splitlines()
    return lines if met.returncode else []


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = [fault for room in sorted(SRC.glob("*/apps.py")) for fault in faults(room.parent, Path(folder))]
    sys.stdout.write("\n".join(found or ["every text has its English"]) + "\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
