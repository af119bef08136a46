"""How much of a file is taken, each bound with its reason."""

LARGEST_FILE = 2 * 2**30
"""Bytes of an upload: a million rows of fifty columns as CSV stay well below; what is larger a database hands over."""
LARGEST_PART = 1 * 2**30
"""Unpacked bytes of one part of a workbook: a full sheet of 1,048,576 rows and twelve columns needs about 800 MB."""
LARGEST_UNPACKED = 3 * 2**30
"""Unpacked bytes of a whole workbook, which a zip bomb exceeds at once."""
LARGEST_OLD_WORKBOOK = 64 * 2**20
"""Bytes of an .xls or .ods, which are read as a whole: an .xls of 65,536 full rows has about 20 MB."""
MOST_OLD_CELLS = 6_000_000
"""Cells spanned by the sheets of an .xls or .ods: calamine keeps them all, at up to 85 bytes each."""
MOST_COLUMNS = 400
"""As many fields as a register may have; what is further right is no table."""
MOST_SHEETS = 200
MOST_TABLES = 60
"""Tables found in one file: more is a report, not data."""
LONGEST_RECORD = 4 * 2**20
"""Characters of one CSV record; an unclosed quote swallows the rest of a file, and is named before that."""
STRINGS_IN_MEMORY = 200_000
"""Shared strings of a workbook held as Python strings; more lie in a temporary file."""
SAMPLE_BYTES = 2**20
"""How much of a text file decides its encoding, from its beginning, middle and end each."""
HEAD_ROWS = 2_000
"""Rows that decide where a table begins, and how its columns write numbers, dates and letters."""
LARGEST_FEATURE = 64 * 2**20
"""Characters of one GeoJSON feature: the boundary of a province at full precision has about 5 MB."""
