"""docs/packs-catalogue.md, made from the packs themselves: what each holds, for which systems, and where the fields of
its registers were taken from.

    python tests/house/catalogue.py > docs/packs-catalogue.md
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"
FILE = ROOT / "docs" / "packs-catalogue.md"
UNITS = {"working_hours": "working hours", "working_days": "working days", "days": "days"}
HEAD = """\
# The packs, and what they hold

Made by `python tests/house/catalogue.py` from the folders of `packs/`, and held to them by a test. Systems are those of
Resolution 02-NQ/TU (S01–S129). Of the fields it is told how many are personal (seen by who may look at people) and how
many sensitive (encrypted, for the keeper and the person alone). "Daily" is the first view of a register: the one that
its users open first. Of a procedure, `?` stands behind a code or term that is to be confirmed, and "filled" is the
number of fields that registers answer. A source that says "to be compared" or "from knowledge" was not read in the
original: it proves no rule.
"""


def read(file: Path) -> dict[str, Any]:
    from tinhso.kernel.packs import texts  # once Django is set up

    return texts.read(file.read_text(encoding="utf-8"))


def catalogue() -> str:
    """The whole page."""
    packs = [read(file) for file in sorted(PACKS.glob("*/pack.yaml"))]
    return "\n".join([HEAD, *_overview(packs), *(line for pack in packs for line in _pack(pack))])


def _registers(pack: str) -> list[dict[str, Any]]:
    return [read(file) for file in sorted((PACKS / pack / "registers").glob("*.yaml"))]


def _overview(packs: list[dict[str, Any]]) -> Iterator[str]:
    yield "| pack | what | registers | procedures | systems | needs |"
    yield "|---|---|---|---|---|---|"
    for pack in packs:
        found, asked = _registers(pack["pack"]), _procedures(pack["pack"])
        name = f"[{pack['pack']}](#{pack['pack']})" if found or asked else pack["pack"]
        systems, needs = ", ".join(pack.get("systems", [])), ", ".join(pack.get("needs", []))
        what = f"{pack['name']['vi']} / {pack['name']['en']}"
        yield f"| {name} | {what} | {len(found) or ''} | {len(asked) or ''} | {systems} | {needs} |"


def _pack(pack: dict[str, Any]) -> Iterator[str]:
    found, asked = _registers(pack["pack"]), _procedures(pack["pack"])
    if not (found or asked):
        return
    yield f"\n## {pack['pack']}"
    yield f"{pack['summary']['vi']}.\n*{pack['summary']['en']}.*\n"
    if found:
        yield from _register_rows(found)
    if asked:
        yield from _procedure_rows(asked)


def _register_rows(found: list[dict[str, Any]]) -> Iterator[str]:
    yield "| register | what | fields | daily | source of the fields |"
    yield "|---|---|---|---|---|"
    for register in found:
        daily = register["views"][0]["label"] if register.get("views") else {}
        yield " | ".join(
            [
                f"| `{register['register']}`{' · map' if register.get('map') else ''}",
                f"{register['name']['vi']} / {register['name']['en']}",
                _fields(register["fields"]),
                f"{daily['vi']} / {daily['en']}" if daily else "",
                f"{register.get('source', {}).get('en', 'in the file')} |",
            ]
        )


def _procedures(pack: str) -> list[tuple[Path, dict[str, Any]]]:
    return [(file, read(file)) for file in sorted((PACKS / pack / "procedures").glob("*.yaml"))]


def _procedure_rows(asked: list[tuple[Path, dict[str, Any]]]) -> Iterator[str]:
    yield "\n| procedure | code | what | received by | term | fields (filled) | papers | makes |"
    yield "|---|---|---|---|---|---|---|---|"
    for file, procedure in asked:
        [(unit, count)] = [(u, n) for u, n in procedure["deadline"].items() if u in UNITS]
        result = procedure.get("result", {})
        filled = sum("from" in field for field in procedure["form"])
        drawn = "".join(f" · {kind}" for kind, key in (("BPMN", "process"), ("DMN", "decisions")) if procedure.get(key))
        yield " | ".join(
            [
                f"| `{procedure['procedure']}`{drawn}",
                f"{procedure['code']}{_doubt(file, 'code')}",
                f"{procedure['name']['vi']} / {procedure['name']['en']}",
                procedure.get("office") or ", ".join(procedure["levels"]),
                f"{count} {UNITS[unit]}{_doubt(file, 'deadline')}",
                f"{len(procedure['form'])} ({filled})",
                str(len(procedure.get("papers", []))),
                ", ".join(filter(None, (result.get("document"), result.get("register")))) + " |",
            ]
        )


def _doubt(file: Path, key: str) -> str:
    """A question mark where the comment beside a key says that it is to be confirmed."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return " ?" if any(line.startswith(f"{key}:") and "to be confirmed" in line for line in lines) else ""


def _fields(fields: list[dict[str, Any]]) -> str:
    """How many, and how many of them are seen by few."""
    counted = {c: sum(field.get("class") == c for field in fields) for c in ("personal", "sensitive")}
    few = [f"{number} {name}" for name, number in counted.items() if number]
    return f"{len(fields)}" + (f" ({', '.join(few)})" if few else "")


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(catalogue() + "\n")
