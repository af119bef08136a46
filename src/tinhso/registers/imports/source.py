"""The table of a kept file that an import reads."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tinhso.kernel.errors import NotFound

from ..files import Source, Table, open_source
from ..models import Import, ImportFile


def path_of(file: ImportFile) -> Path:
    return Path(settings.IMPORT_ROOT) / str(file.pk)


def open_file(file: ImportFile, *, encoding: str = "", delimiter: str = "") -> Source:
    """The file as `registers.files` reads it. Raises Invalid in words where it cannot be read, NotFound where it has
    gone meanwhile."""
    path = path_of(file)
    if not path.exists():
        raise NotFound(_("Tệp này không còn được giữ; xin gửi lại tệp."))
    return open_source(path, file.name, encoding=encoding, delimiter=delimiter)


def table_of(row: Import) -> Table:
    """The table that an import reads, the first where it names none. Raises as `open_file`, and NotFound where the file
    has no such table."""
    return table_in(open_file(row.file, encoding=row.encoding, delimiter=row.delimiter), row.table)


def table_in(source: Source, key: str) -> Table:
    """The table of this key, the first where it is "". Raises NotFound."""
    for table in source.tables:
        if key in ("", table.key):
            return table
    raise NotFound(_("Tệp không có bảng này."))
