"""What forms ask although a register knows it, counted from the definitions in force."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinhso.cases import queries as cases
from tinhso.kernel import packs
from tinhso.kernel.errors import Forbidden
from tinhso.registers.tests.conftest import GARDENS, write

from . import citizen_site as site
from .reading import text
from .test_registers_pages import officer


def births() -> Any:
    return next(form for form in cases.asked_again(site.SYSTEM) if form.procedure.endswith("birth-registration"))


def test_a_field_counts_as_soon_as_another_register_has_it_and_no_source_fills_it(db: None, tmp_path: Path) -> None:
    site.commune()
    before = births()
    model = packs.compiled("procedure", before.procedure).model
    assert before.fields == len(model.form)
    assert before.filled == sum(1 for spec in model.form if spec.from_)
    assert not {field.name for field in before.asked} & {spec.name for spec in model.form if spec.from_}
    asked = next(
        s for s in model.form if not s.from_ and s.type == "text" and s.name not in {f.name for f in before.asked}
    )
    line = (
        f"  - {{name: {asked.name}, type: text, optional: true,"
        f" label: {{vi: {str(asked.label)!r}, en: {str(asked.label)!r}}}}}\nkey: [code]"
    )
    packs.apply(site.SYSTEM, packs.read([write(tmp_path, {"gardens": GARDENS.replace("key: [code]", line)})]))
    after = births()
    found = next(field for field in after.asked if field.name == asked.name)
    assert found.known_by == (f"yard.gardens.{asked.name}",)
    assert len(after.asked) == len(before.asked) + 1


def test_the_page_lists_the_forms_and_is_for_administrators(db: None) -> None:
    site.commune()
    page = officer("admin").get("/admin/hoi-mot-lan")
    assert births().name in text(page)
    assert officer("clerk", "12454").get("/admin/hoi-mot-lan").status_code == 403
    with pytest.raises(Forbidden):
        cases.asked_again(replace(site.SYSTEM, system=""))


def test_without_procedures_the_page_says_what_will_be_there(db: None) -> None:
    site.commune()
    from tinhso.kernel.models import Definition

    Definition.objects.filter(kind="procedure").update(retired_at="2026-01-01T00:00:00Z")
    assert "Chưa có thủ tục nào" in text(officer("admin").get("/admin/hoi-mot-lan"))
