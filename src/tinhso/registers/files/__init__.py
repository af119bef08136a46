"""What is in a file that an officer uploads, whoever made it: its tables, columns and rows, as they were meant.

Pure reading: no database. `open_source` finds out what a file is and where its tables stand; `Table.rows` streams them;
`guess` (guess.py) says what register a table would make, and `match` (match.py) which field of a register a column is.
"""

from .model import GEOMETRY, FileRow, Format, Source, Table
from .source import open_source

__all__ = ["GEOMETRY", "FileRow", "Format", "Source", "Table", "open_source"]
