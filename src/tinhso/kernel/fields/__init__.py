"""Field types: one vocabulary for registers, forms, reports and sensors (DESIGN §3).

A type is one class in one of the files here, and serves everywhere: column, JSON Schema, widget, reading, checking,
display, import and export.
"""

from . import choices, dates, files, identifiers, numbers, people, places, tables, text
from .base import (
    BoundField,
    Column,
    FieldSpec,
    FieldType,
    asked,
    bind,
    faults,
    field_type,
    field_types,
    raw_of,
    read_all,
)
from .identifiers import demo_national_id

__all__ = [
    "BoundField",
    "Column",
    "FieldSpec",
    "FieldType",
    "asked",
    "bind",
    "choices",
    "dates",
    "demo_national_id",
    "faults",
    "field_type",
    "field_types",
    "files",
    "identifiers",
    "numbers",
    "people",
    "places",
    "raw_of",
    "read_all",
    "tables",
    "text",
]
