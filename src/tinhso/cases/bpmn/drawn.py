"""The drawing that people see: the pack's own, with its lanes in the reader's language, or the steps as drawn by us."""

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from ..definitions import ProcedureDefinition
from .reading import document
from .steps import BPMN, compile_steps, lane_words


def drawn(model: ProcedureDefinition) -> str:
    """BPMN 2.0 XML with its diagram."""
    if not model.process:
        return compile_steps(model, for_people=True)
    root, words = document(model.files[model.process]), lane_words()
    for lane in root.iter(f"{{{BPMN}}}lane"):
        code = str(lane.get("name") or "").strip()
        lane.set("name", words.get(code, code))
    return etree.tostring(root, encoding="unicode")
