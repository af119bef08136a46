"""From a paper's definition and data to PDF/A, by Typst.

Fonts come from the system: Tinos (Debian: fonts-croscore) has the metrics of Times New Roman, the face that Decree
30/2020/ND-CP asks for, and every Vietnamese letter.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import segno
import typst
from django.conf import settings
from django.core import checks
from django.utils import timezone

from .definitions import PaperDefinition

FACE = "Tinos"
LIBRARY = Path(__file__).parent / "typst"
PDF_STANDARD = "a-2b"


class TemplateFault(Exception):
    """Typst refused a template; `line` counts from 1 within the template, 0 where it lies elsewhere."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message, self.line = message, line


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points from the lower left corner; pages count from 0."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A typeset paper. `signature` is where the template left room for the visible signature."""

    pdf: bytes
    signature: Box | None


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


def check_face(**_options: Any) -> list[checks.CheckMessage]:
    """A system check: without the face, papers fall back letter by letter to whatever the machine has."""
    if FACE in _fonts().families():
        return []
    hint = "On Debian and Ubuntu: apt install fonts-croscore"
    return [checks.Warning(f"the font {FACE} is not installed; papers look wrong", hint=hint, id="documents.W001")]


def verification_url(code: str) -> str:
    return f"{settings.BASE_URL}/verify/{code}"


def typeset(paper: PaperDefinition, data: Mapping[str, Any], about: Mapping[str, Any]) -> Sheet:
    """Render `paper` with `data` (JSON values by the keys of its sample). Each value whose key ends in "_url" may stand
    on the paper as a QR code too (`qr("status_url")` in the template).

    `about` is what the platform knows of this one paper: code, number, lang, date (ISO; today unless given).
    Raises TemplateFault where the template cannot be rendered with this data.
    """
    code = about.get("code", "")
    doc = {"number": "", "lang": "vi", "date": timezone.localdate().isoformat()} | dict(about)
    doc |= {"kind": paper.paper, "name": paper.name.en if doc["lang"] == "en" else paper.name.vi}
    doc["qr_of"] = {key: qr_svg(value) for key, value in data.items() if key.endswith("_url") and value}
    if code:
        doc |= {"verify_url": verification_url(code), "qr": qr_svg(verification_url(code))}
    return _compile(paper.template, {"doc": doc, "data": dict(data)})


def signature_stamp(lines: Mapping[str, str], width: float, height: float) -> bytes:
    """The visible signature as a one-page PDF of `width` × `height` points, for pyHanko to put into its field."""
    template = '#import "/official.typ": signature-stamp\n#signature-stamp'
    return _compile(template, {"doc": dict(lines) | {"width": width, "height": height}, "data": {}}).pdf


def _compile(template: str, inputs: Mapping[str, Any]) -> Sheet:
    with TemporaryDirectory(prefix="tinhso-typst-") as folder:
        root = Path(folder)
        for file in LIBRARY.glob("*.typ"):
            (root / file.name).symlink_to(file)
        main = root / "main.typ"
        main.write_text(template, encoding="utf-8")
        compiler = typst.Compiler(
            main,
            root=root,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={key: json.dumps(value, ensure_ascii=False, default=str) for key, value in inputs.items()},
            package_path=root / "packages",
            package_cache_path=root / "packages",
        )
        try:
            pdf = compiler.compile(format="pdf", pdf_standards=PDF_STANDARD)
            places = json.loads(compiler.query("<signature-place>", field="value"))
        except (typst.TypstError, RuntimeError) as error:
            raise _fault(error) from None
    assert isinstance(pdf, bytes)
    return Sheet(pdf, _box(places[0]) if places else None)


def _box(place: Mapping[str, float]) -> Box:
    """Typst measures from the top of the page, PDF from its foot."""
    top = place["page_height"] - place["y"]
    return Box(int(place["page"]) - 1, place["x"], top - place["height"], place["x"] + place["width"], top)


def _fault(error: Exception) -> TemplateFault:
    text = getattr(error, "diagnostic", "") or str(error)
    message = getattr(error, "message", "") or text.splitlines()[0]
    found = re.search(r"main\.typ:(\d+):\d+", text)
    hints = "; ".join(getattr(error, "hints", []))
    return TemplateFault(f"{message} ({hints})" if hints else message, int(found[1]) if found else 0)


def qr_svg(text: str) -> str:
    """A QR code (ISO/IEC 18004, error level M) as SVG."""
    out = BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode()
