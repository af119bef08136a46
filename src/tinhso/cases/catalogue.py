"""A national catalogue of procedures as a file: CSV, XLSX or JSON, one procedure a row.

Columns are found by their heading, in Vietnamese or English: code, name, sector, level, deadline, fee, legal basis. The
layout of the export of the national database of procedures is not published as a standard; headings beyond these are
left aside (ADR 0029).
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine as calamine

from tinhso.kernel.text import clean, fold

CODE = re.compile(r"\d\.\d{6}")
MOST_BYTES, MOST_ROWS = 20_000_000, 50_000
HEADINGS = {
    "code": ("code", "ma", "ma so", "ma thu tuc", "ma tthc", "ma so tthc"),
    "name": ("name", "ten", "ten thu tuc", "ten thu tuc hanh chinh", "ten tthc"),
    "sector": ("sector", "field", "linh vuc"),
    "level": ("level", "levels", "cap", "cap thuc hien", "cap giai quyet"),
    "deadline": ("deadline", "thoi han", "thoi han giai quyet"),
    "fee": ("fee", "phi", "le phi", "phi, le phi", "phi le phi"),
    "legal_basis": ("legal_basis", "legal basis", "can cu phap ly"),
}
LEVELS = {
    "commune": ("commune", "xa", "cap xa", "xa, phuong"),
    "district": ("district", "huyen", "cap huyen"),
    "province": ("province", "tinh", "cap tinh", "so", "so, nganh"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A procedure as the catalogue lists it."""

    code: str
    name: str
    sector: str = ""
    levels: tuple[str, ...] = ()
    deadline: str = ""
    fee: str = ""
    legal_basis: tuple[str, ...] = ()


class Unreadable(ValueError):
    """A file that is no catalogue; the message names the row, and what is wrong with it."""


def read(path: Path) -> list[Listed]:
    """The procedures of a file, in its order. Raises Unreadable where a row has no code, a code stands twice, or there
    are no such columns: a catalogue is taken whole or not at all."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unreadable(f"{path.name}: larger than {MOST_BYTES // 1_000_000} MB")
        rows = list(_rows(path))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error, calamine.CalamineError) as error:
        raise Unreadable(f"{path.name}: {error}") from None
    found: dict[str, Listed] = {}
    for number, row in rows:
        listed = _listed(row, f"{path.name}: row {number}")
        if listed.code in found:
            raise Unreadable(f"{path.name}: row {number}: {listed.code} is there twice")
        found[listed.code] = listed
    if not found:
        raise Unreadable(f"{path.name}: there is no procedure in it")
    return list(found.values())


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(number as people count it, values by our names) of every row that has something."""
    if path.suffix == ".json":
        data = json.loads(path.read_text(encoding="utf-8"))
        listed = data.get("procedures") if isinstance(data, dict) else data
        if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
            raise Unreadable(f"{path.name}: it is no list of procedures")
        for number, row in enumerate(listed[:MOST_ROWS], 1):
            yield number, {_name(key): value for key, value in row.items()}
        return
    table: Iterable[Sequence[Any]]
    if path.suffix in {".xlsx", ".xls", ".ods"}:
        table = calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    else:
        text = path.read_text(encoding="utf-8-sig")
        table = csv.reader(io.StringIO(text), delimiter=";" if text.split("\n")[0].count(";") > 2 else ",")
    names: list[str] = []
    for number, cells in enumerate(table, 1):
        if number > MOST_ROWS:
            raise Unreadable(f"{path.name}: more than {MOST_ROWS} rows")
        if not names:
            given = [_name(cell) for cell in cells]
            names = given if {"code", "name"} <= set(given) else []
        elif any(str(cell).strip() for cell in cells):
            yield number, dict(zip(names, cells, strict=False))
    if not names:
        raise Unreadable(f"{path.name}: no row has the headings of a code and a name")


def _name(heading: Any) -> str:
    said = fold(str(heading)).strip()
    return next((name for name, known in HEADINGS.items() if said in known), "")


def _listed(row: Mapping[str, Any], where: str) -> Listed:
    code = _text(row.get("code"))
    if not CODE.fullmatch(code):
        raise Unreadable(f"{where}: {code!r} is no code of a procedure (1.001193)")
    if not (name := _text(row.get("name"))):
        raise Unreadable(f"{where}: {code} has no name")
    return Listed(
        code,
        name[:400],
        _text(row.get("sector"))[:200],
        tuple(_levels(row.get("level"))),
        _text(row.get("deadline"))[:400],
        _text(row.get("fee"))[:400],
        tuple(_several(row.get("legal_basis"))),
    )


def _text(value: Any) -> str:
    if isinstance(value, float):
        value = f"{value:.6f}"  # a spreadsheet keeps 1.001193 as a number
    return clean(str(value if value is not None else "")).strip()


def _several(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else re.split(r"[;\n]", str(value or ""))
    return [text for part in parts if (text := _text(part))]


def _levels(value: Any) -> Iterator[str]:
    said = {fold(part).strip() for part in _several(value)} | {fold(_text(value)).strip()}
    for level, known in LEVELS.items():
        if said & set(known):
            yield level
