"""How a kept file is read for an import, as the page shows and changes it: encoding, delimiter, table, places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.registers import queries as registers
from tinhso.registers.contracts import KeptFile, PreviewRow
from tinhso.territory import queries as territory

SIGNS = {
    ",": gettext_lazy("Dấu phẩy ( , )"),
    ";": gettext_lazy("Dấu chấm phẩy ( ; )"),
    "\t": gettext_lazy("Dấu tab"),
    "|": gettext_lazy("Dấu gạch đứng ( | )"),
}
LARGE = 50_000
"""Rows from which on the trial takes long enough to say so."""


@dataclass(frozen=True)
class Read:
    """A file as it is read now. `encoding` and `delimiter` are the officer's choice ("" as found); `found_…` what it is
    read by."""

    file: KeptFile
    source: Any
    table: Any
    encoding: str
    delimiter: str
    errors: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return self.table.columns

    @property
    def is_text(self) -> bool:
        return self.source.format == "csv"

    @property
    def tables(self) -> list[tuple[str, str]]:
        """Its tables, where there are several."""
        every = [(one.key, one.title) for one in self.source.tables]
        return every if len(every) > 1 else []

    @property
    def encodings(self) -> list[tuple[str, str]]:
        return [(name, name) for name in registers.ENCODINGS]

    @property
    def delimiters(self) -> list[tuple[str, Any]]:
        own = self.source.delimiter
        return [*((sign, SIGNS.get(sign, sign)) for sign in registers.DELIMITERS),
                *([] if own in registers.DELIMITERS else [(own, own)])]  # fmt: skip

    @property
    def notes(self) -> list[str]:
        return [*self.source.notes, *self.table.notes]

    @property
    def is_large(self) -> bool:
        return self.table.rows_estimate >= LARGE


def read(request: HttpRequest, actor: Actor, file_id: UUID) -> Read:
    """The file as the officer wants it read; as it was found where that cannot be, with the reason."""
    asked = request.POST if request.method == "POST" else request.GET
    encoding, delimiter = asked.get("ma", ""), asked.get("dau", "")
    errors: dict[str, list[Any]] = {}
    try:
        kept, source = registers.kept_file(actor, file_id, encoding=encoding, delimiter=delimiter)
    except Invalid:
        if not (encoding or delimiter):
            raise
        errors["ma"] = [_("Không đọc được tệp theo lựa chọn này; tệp đang được đọc như Tỉnh Số nhận ra.")]
        encoding = delimiter = ""
        kept, source = registers.kept_file(actor, file_id)
    wanted = asked.get("bang", "")
    table = next((one for one in source.tables if one.key == wanted), None)
    if table is None and wanted and not (encoding or delimiter or errors):
        raise NotFound()
    return Read(kept, source, table or source.tables[0], encoding, delimiter, errors)


def previewed(
    row: PreviewRow, columns: Sequence[str], mapping: Mapping[str, str], fields: Mapping[str, str]
) -> dict[str, Any]:
    """A row for the page: the cells that are taken, each with whether it is at fault, and the faults in words."""
    at_fault = {mapping.get(one.field) or mapping.get(f"{one.field}.lat") for one in row.faults}
    taken = [columns.index(title) for title in dict.fromkeys(mapping.values())]
    return {
        "number": row.number,
        "cells": [(row.cells[at] if at < len(row.cells) else "", columns[at] in at_fault) for at in taken],
        "faults": [f"{fields[one.field]}: {one.why}" if one.field in fields else one.why for one in row.faults],
    }


def places(actor: Actor) -> list[tuple[str, str]]:
    """The communes in which rows may belong that state none; empty for an officer of one commune, whose it is."""
    here = territory.unit(actor.unit)
    if here is None or here.is_commune:
        return []
    own = (actor.unit, _("%(place)s (không thuộc riêng xã nào)") % {"place": here.name})
    return [own, *((one.code, one.name) for one in territory.descendants(actor.unit) if one.is_commune)]
