"""CSV and its kin: found delimiter, quotes as they are, rows streamed."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import habits, layout, limits
from .encodings import Encoding, chunks, detect, named
from .layout import may_be_total
from .legacy import STRANGE
from .model import FileRow, Source, Table

DELIMITERS = ",;\t|"


def open_text(path: Path, name: str, encoding: str, delimiter: str) -> Source:
    """A text file with one table. Raises Invalid in words."""
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise Invalid(_("Dấu phân cách phải là một ký tự, ví dụ dấu chấm phẩy."))
    code = named(encoding) if encoding else detect(path)
    head = next(chunks(path, code), "")
    sign, skip = _delimiter(head, delimiter)
    lines: list[layout.Line] = []
    for number, record in islice(_records(path, code, sign, skip), limits.HEAD_ROWS):
        cells = [cell if cell and not cell.isspace() else None for cell in record]
        if any(cells):
            lines.append(layout.Line(number, cells))
    if not lines:
        raise Invalid(_("Tệp không có dòng nào."))
    found = layout.find(lines, most=1)
    if not found:
        raise Invalid(_("Không tìm thấy bảng nào trong tệp: cần một dòng tiêu đề cột và các dòng dữ liệu bên dưới."))
    shape = found[0]
    body = [[_at(x, c) for c in shape.columns] for x in lines if x.number >= shape.first]
    known = habits.learn(shape.names, body, letters=code.legacy is None)
    title = Path(name).stem
    size, counted = path.stat().st_size, len(lines)
    if counted >= limits.HEAD_ROWS:
        sample = sum(len("".join(c or "" for c in x.cells).encode()) + len(x.cells) + 1 for x in lines[-1_000:]) / 1_000
        estimate = max(counted, int(size / max(1.0, sample * (2 if code.codec.startswith("utf-16") else 1))))
    else:
        estimate = sum(shape.kind(cells) == "data" for cells in body)
    table = Table(
        key=f"0:{shape.header}",
        title=f"{title} – {shape.heading}" if shape.heading else title,
        columns=shape.names,
        first_row=shape.first,
        rows_estimate=estimate,
        notes=(*words(shape, estimate), *known.notes),
        reader=_Reader(path, code, sign, skip, shape=shape, known=known),
    )
    return Source("csv", (table,), code.name, sign, known.decimal, ())


def words(shape: layout.Layout, count: int) -> list[str]:
    """What was skipped, and what lacks, in words."""
    notes = [] if count else [_("chưa có dòng dữ liệu nào bên dưới dòng tiêu đề cột")]
    if len(shape.columns) >= limits.MOST_COLUMNS:
        notes.append(_("chỉ đọc %(most)d cột đầu, các cột bên phải bị bỏ qua") % {"most": limits.MOST_COLUMNS})
    if shape.above:
        rows = {"first": shape.above[0], "last": shape.above[1]}
        notes.append(
            _("tiêu đề ở dòng %(first)d được bỏ qua") % rows
            if rows["first"] == rows["last"]
            else _("tiêu đề gộp ở dòng %(first)d–%(last)d được bỏ qua") % rows
        )
    if shape.headless:
        notes.append(_("không thấy dòng tiêu đề cột; các cột được gọi theo chữ cái"))
    notes += [_("dòng tổng cộng %(row)d được bỏ qua") % {"row": row} for row in shape.totals[:20]]
    if shape.sections:
        notes.append(_("các dòng đề mục ở giữa được ghi thành cột “%(column)s”") % {"column": shape.names[-1]})
    if shape.footer:
        notes.append(_("phần ký tên, ghi chú từ dòng %(row)d được bỏ qua") % {"row": shape.footer})
    return notes


def _at(line: layout.Line, column: int) -> str | None:
    return line.cells[column] if column < len(line.cells) else None


def _delimiter(head: str, given: str) -> tuple[str, int]:
    """(the delimiter, rows to skip): the one given or stated ("sep=;"), else that which parts most lines alike."""
    first = head.split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5:
        return given or first[4], 1
    if given:
        return given, 0
    best, sign = 0.0, ","
    for candidate in DELIMITERS:
        try:
            rows = [r for r in islice(csv.reader(io.StringIO(head, newline=""), delimiter=candidate), 200) if any(r)]
        except csv.Error:
            continue
        counts = Counter(len(r) for r in rows if len(r) > 1)
        if counts:
            width, often = max(counts.items(), key=lambda item: (item[1] * min(item[0], 8), item[0]))
            score = often / len(rows) * min(width, 20) ** 0.5
            if score > best:
                best, sign = score, candidate
    return sign, 0


def _lines(path: Path, code: Encoding) -> Iterator[str]:
    for chunk in chunks(path, code):
        yield from io.StringIO(chunk, newline="")


def _records(path: Path, code: Encoding, sign: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    """(number of the record from 1, its cells). Raises Invalid, naming the line, where quotes are broken."""
    reader = csv.reader(_lines(path, code), delimiter=sign, strict=True)
    began = 0
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            began = reader.line_num
            if number > skip:
                yield number, record
    except csv.Error as error:
        raise Invalid(_broken(str(error), began + 1)) from None


def _broken(error: str, line: int) -> str:
    if "field larger" in error:
        return _("Dòng %(line)d có ô dài quá 131.072 ký tự; có thể thiếu dấu nháy kép đóng ô.") % {"line": line}
    if "unexpected end" in error:
        return _("Dòng %(line)d mở dấu nháy kép mà không đóng; xin sửa dòng này rồi gửi lại.") % {"line": line}
    return _("Dấu nháy kép ở dòng %(line)d không đúng; xin sửa dòng này rồi gửi lại.") % {"line": line}


class _Reader:
    """Reads the rows of the table again each time it is called; a quick way where no column needs mending."""

    def __init__(
        self, path: Path, code: Encoding, sign: str, skip: int, *, shape: layout.Layout, known: habits.Habits
    ) -> None:
        self._open = (path, code, sign, skip)
        self._letters = code.legacy is None
        self._shape, self._known = shape, known
        self._mends = any(h.legacy for h in known.columns)

    def __call__(self, after: int) -> Iterator[FileRow]:  # noqa: PLR0912  one pass, at a million rows
        shape, columns = self._shape, self._shape.columns
        width = len(columns)
        straight = columns == tuple(range(width))
        start = shape.start if shape.sections else max(after + 1, shape.start)
        section = None
        suspects = STRANGE.search if self._letters else None
        kind, mends, mend, quick = shape.kind, self._mends, self._known.mend, self._known.quick()
        few, second, title = max(1, width // 2), min(1, width - 1), shape.names[0]
        for number, record in _records(*self._open):
            if number < start:
                continue
            if straight and len(record) == width:
                cells: list = record
            elif straight:
                cells = record[:width] + [""] * (width - len(record))
            else:
                cells = [record[c] if c < len(record) else "" for c in columns]
            empty = cells.count("")
            head = cells[0]
            if (
                empty >= few
                or not head
                or head == title
                or (head[0] in "IiVXx" and len(head) < 10)  # a heading's number
                or (head[0] in "TtCcIiVXx" and (may_be_total(head) or may_be_total(cells[second])))
                or head.isspace()
            ):
                found = kind(cells)
                if found == "section":
                    section = shape.heading_text(cells)
                if found != "data":
                    continue
            if number <= after:
                continue
            if mends or (suspects is not None and suspects("".join(cells))):
                cells = mend(list(cells))
            elif quick:
                for n, turned in quick:
                    cells[n] = turned(cells[n])
            if shape.sections:
                cells = [*cells, section]
            yield FileRow(number, tuple([cell or None for cell in cells]) if empty or shape.sections else tuple(cells))
