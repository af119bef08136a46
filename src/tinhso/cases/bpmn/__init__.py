"""Processes as BPMN 2.0: drawn from `steps:` (`steps.py`), or brought by the pack and read (`reading.py`); what of the
standard is run and what is refused (`elements.py`), and whether a process can be run to its end (`check.py`)."""

from .drawn import drawn
from .steps import (
    APPLICANT,
    BPMN,
    BPMNDI,
    DC,
    DI,
    PLATFORM,
    REFUSED,
    SIGN,
    SUPPLEMENT,
    compile_steps,
    lane_words,
    process_id,
)

__all__ = [
    "APPLICANT",
    "BPMN",
    "BPMNDI",
    "DC",
    "DI",
    "PLATFORM",
    "REFUSED",
    "SIGN",
    "SUPPLEMENT",
    "compile_steps",
    "drawn",
    "lane_words",
    "process_id",
]
