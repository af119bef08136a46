"""Inspections on the spot: what crosses the border of cases, and the registers of the pack `inspection` in which
everything is kept (docs/decisions/0033)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tinhso.documents.contracts import DocumentRef
from tinhso.registers.contracts import Record

PLANS, INSPECTIONS = "inspection.plans", "inspection.inspections"
CHECKLISTS, FINDINGS = "inspection.checklists", "inspection.findings"
EVIDENCE, REMEDIATIONS = "inspection.evidence", "inspection.remediations"
MINUTES = "inspection.inspection-minutes"
DOES = "inspection.do"
ANSWERS = ("yes", "no", "na")
MOST_NOTE = 300
DAYS_TO_REMEDY = 30
"""What stands in the box of the deadline at first; the inspector sets the day."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph that was taken on the spot. `number` is the device's own name for it, under which it is kept once;
    `digest` the SHA-256 (hex) that the device computed, "" where it could not; `place` (longitude, latitude) in WGS 84
    degrees, else `no_place` says why there is none."""

    number: str
    item: str
    taken_at: datetime
    digest: str = ""
    place: tuple[float, float] | None = None
    no_place: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One item of the checklist with what was answered: `answer` one of ANSWERS or "", photographs taken so far."""

    item: str
    ground: str
    needs_photo: bool
    answer: str = ""
    note: str = ""
    photos: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """An inspection as its inspector holds it: `left` says in words what is missing before it can be ended."""

    id: UUID
    revision: int
    values: Mapping[str, Any]
    enterprise: str
    questions: tuple[Question, ...]
    findings: tuple[Record, ...] = ()
    minutes: DocumentRef | None = None
    left: tuple[str, ...] = ()
    demo: bool = False

    @property
    def is_done(self) -> bool:
        return self.values["done_on"] is not None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan of the inspector's agency that has no inspection yet; `opens` from which day it may begin, None where
    it may begin today."""

    id: UUID
    number: str
    enterprise: str
    starts_on: date
    ends_on: date
    opens: date | None


@dataclass(frozen=True, slots=True)
class Work:
    """What an inspector has before them: running inspections, plans still to be begun, ended ones, and findings of
    which the remediation is late."""

    running: tuple[Record, ...]
    planned: tuple[Planned, ...]
    done: tuple[Record, ...]
    late: tuple[Record, ...]
    names: Mapping[UUID, str]
    """Enterprises by id, for the lists."""
