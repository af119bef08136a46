"""Draw the models of `models.py` with bpmn-js in Debian's Chromium, and write what it exports to `drawn/`:

python -m tinhso.cases.tests.processes.draw
"""

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

from .models import EXAMPLE, MODELS, REFUSED, refused_name

HERE = Path(__file__).parent
MODELER = Path(__file__).resolve().parents[5] / "frontend/node_modules/bpmn-js/dist/bpmn-modeler.production.min.js"


def draw() -> None:
    """Write every model; what bpmn-js numbers by chance is numbered in order: a drawing made again is the same."""
    everything = MODELS | {"stall": EXAMPLE} | {refused_name(key): model for key, model in REFUSED.items()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content("<body></body>")
        page.add_script_tag(path=str(MODELER))
        for name, model in everything.items():
            xml = page.evaluate((HERE / "draw.js").read_text().partition("\n")[2], model)
            (HERE / "drawn" / f"{name}.bpmn").write_text(_numbered(xml))
        browser.close()


def _numbered(xml: str) -> str:
    known: dict[str, str] = {}

    def one(match: re.Match[str]) -> str:
        return known.setdefault(match[0], f"{match[1]}_{len(known) + 1}")

    return re.sub(r"\b([A-Z][A-Za-z]+)_[a-z0-9]{7}(?![a-z0-9])", one, xml)


if __name__ == "__main__":
    draw()
