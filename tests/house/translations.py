"""`make check`: every text of every room has its English, none fuzzy. Writes nothing in the tree."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src" / "tinhso"
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)(?:^msgid_plural ((?:".*"\n)+))?((?:^msgstr.*\n(?:^".*"\n)*)+)', re.MULTILINE)


def entries(text: str) -> dict[str, str]:
    """Message ids with what stands for them; the header is left out."""
    found = {}
    for block in text.split("\n\n"):
        if match := ENTRY.search(block + "\n"):
            key = "".join(re.findall(r'"(.*)"', match[1]))
            if key:
                found[key] = ("fuzzy" if "#, fuzzy" in block else "") + "".join(re.findall(r'"(.*)"', match[3]))
    return found


def extract(room: Path, target: Path) -> dict[str, str]:
    """What the sources of a room say, by Django's own extraction in a copy of the room."""
    copy = target / room.name
    shutil.copytree(room, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "migrations", "tests", "*.mo"))
    (copy / "locale").mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location", "--no-wrap", "--no-obsolete"],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    file = copy / "locale" / "en" / "LC_MESSAGES" / "django.po"
    return entries(file.read_text(encoding="utf-8")) if file.exists() else {}


def main() -> int:
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for room in sorted(path.parent for path in SRC.glob("*/apps.py")):
            for text, english in extract(room, Path(folder)).items():
                if not english or english.startswith("fuzzy"):
                    faults.append(f"{room.name}: no English for {text!r}")
    print("\n".join(faults) or "every text has its English")  # noqa: T201
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
