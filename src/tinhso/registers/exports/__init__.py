"""Registers as files, one format a module. Each streams: memory stays flat whatever the size."""

from .formats import FORMATS, Format
from .selection import Selection, people, select

__all__ = ["FORMATS", "Format", "Selection", "people", "select"]
