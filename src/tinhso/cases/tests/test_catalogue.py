"""The national catalogue beside the packs: what is new, changed, ended; what no pack has is for information."""

import json
from io import StringIO
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from tinhso.cases import catalogue, queries, services
from tinhso.cases.models import CatalogueEntry
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound

from .conftest import SYSTEM

SAMPLE = Path(__file__).with_name("catalogue.csv")


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("cases", "catalogue", *arguments, stdout=out)
    return out.getvalue()


def test_the_packs_are_compared_and_the_rest_is_kept_for_information(permit) -> None:
    planned = told(str(SAMPLE), "--plan")
    assert "new in the catalogue: 3" in planned and CatalogueEntry.objects.count() == 0
    assert "3 procedures, 2 for information only" in told(str(SAMPLE))
    first, second = queries.information(search="gia dinh")
    assert (first.code, first.levels) == ("9.900001", ("province",))
    assert second.levels == ("commune", "province") and first.legal_basis == (
        "Luật giả định số 1",
        "Nghị định giả định số 2",
    )
    assert queries.information(search="cap phep thu") == ()
    assert [one.code for one in queries.information(level="commune")] == ["9.900002"]
    with pytest.raises(NotFound):
        queries.informed("1.000001")


def test_the_same_again_changes_nothing(permit) -> None:
    told(str(SAMPLE))
    before = list(CatalogueEntry.objects.order_by("code").values())
    assert "nothing new" in told(str(SAMPLE))
    assert list(CatalogueEntry.objects.order_by("code").values()) == before


def test_what_changed_and_what_ended_is_named(permit) -> None:
    listed = catalogue.read(SAMPLE)
    services.take_catalogue(SYSTEM, listed, "a.csv")
    other = [catalogue.Listed("1.000001", "Cấp phép khác", levels=("province",)), listed[1]]
    found = services.take_catalogue(SYSTEM, other, "b.csv")
    assert found.ended == ["9.900002 Thủ tục giả định cấp xã và tỉnh"]
    assert found.changed == ["1.000001 Cấp phép khác: name, sector, levels, fee, legal_basis"]
    assert "trial.permit" in found.differs[0] and "Cấp phép khác" in found.differs[0] and "province" in found.differs[0]
    assert [one.code for one in queries.information()] == ["9.900001"]
    again = services.take_catalogue(SYSTEM, listed, "c.csv")
    assert any("listed again" in line for line in again.changed) and len(queries.information()) == 2


def test_a_pack_s_procedure_that_the_catalogue_lacks_is_named(permit) -> None:
    found = services.take_catalogue(SYSTEM, catalogue.read(SAMPLE)[1:], "x.csv", dry=True)
    assert found.unknown == ["1.000001 Cấp phép thử (trial.permit)"]


def test_a_pack_takes_over_what_was_for_information(apply) -> None:
    services.take_catalogue(SYSTEM, catalogue.read(SAMPLE), "x.csv")
    assert queries.informed("1.000001").name == "Cấp phép thử"
    apply()
    assert "1.000001" not in {one.code for one in queries.information()}


def test_the_three_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    listed = catalogue.read(SAMPLE)
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(
        0, 0, ["Mã TTHC", "Tên TTHC", "Lĩnh vực", "Cấp thực hiện", "Thời hạn", "Phí, lệ phí", "Căn cứ pháp lý"]
    )
    for number, one in enumerate(listed, 1):
        words = {"commune": "Cấp xã", "province": "Cấp tỉnh"}
        levels = "; ".join(words[level] for level in one.levels)
        sheet.write_number(number, 0, float(one.code))
        sheet.write_row(number, 1, [one.name, one.sector, levels, one.deadline, one.fee, "\n".join(one.legal_basis)])
    book.close()
    rows = [
        {"code": o.code, "name": o.name, "sector": o.sector, "level": list(o.levels), "deadline": o.deadline,
         "fee": o.fee, "legal_basis": list(o.legal_basis)}
        for o in listed
    ]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps({"procedures": rows}))
    assert catalogue.read(tmp_path / "a.xlsx") == catalogue.read(tmp_path / "a.json") == listed


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "code,name\n1.1,X\n", "row 2: '1.1' is no code"),
        ("a.csv", "code,name\n1.000001,\n", "has no name"),
        ("a.csv", "code,name\n1.000001,X\n1.000001,Y\n", "row 3: 1.000001 is there twice"),
        ("a.csv", "one,two\n1,2\n", "headings"),
        ("a.csv", "code,name\n", "no procedure"),
        ("a.json", "{", "a.json"),
        ("a.json", '{"procedures": 3}', "no list"),
        ("a.xlsx", "no workbook", "a.xlsx"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_by_its_row_and_nothing_is_taken(
    db, tmp_path: Path, name: str, text: str, why: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(CommandError, match=why):
        told(str(tmp_path / name))
    assert CatalogueEntry.objects.count() == 0


def test_only_who_applies_packs_takes_in_a_catalogue(permit, mother: Actor) -> None:
    with pytest.raises(Forbidden):
        services.take_catalogue(mother, catalogue.read(SAMPLE), "x.csv")
