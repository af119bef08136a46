"""Photographs of papers: several become one PDF; what is hard to read is said and taken all the same."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter

from tinhso.cases import photos, queries, services
from tinhso.documents.queries import open_blob
from tinhso.kernel.errors import Conflict, Invalid, Unsupported

from .conftest import RAW


def page(
    words: str = "Giấy chứng sinh", *, size: tuple[int, int] = (1200, 1600), blur: float = 0, light: int = 240
) -> BytesIO:
    """A typed sheet, photographed so."""
    image = Image.new("L", size, light)
    draw = ImageDraw.Draw(image)
    for line in range(20, size[1] - 40, 36):
        draw.text((40, line), f"{words} {line} " * 8, fill=max(0, light - 200), font_size=22)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    out = BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=90)
    out.seek(0)
    return out


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (page(), []),
        (page(blur=9), ["blurred"]),
        (page(light=50), ["dark"]),
        (page(size=(500, 660)), ["small"]),
        (page(light=30, blur=9, size=(500, 660)), ["blurred", "dark", "small"]),
    ],
)
def test_what_makes_a_photograph_hard_to_read_is_said(picture: BytesIO, found: list[str]) -> None:
    picture.seek(0)
    said = photos.faults(picture)
    assert set(found) <= set(said) and (found or said == [])
    assert picture.tell() == 0


def test_what_is_no_picture_has_no_faults() -> None:
    assert photos.faults(BytesIO(b"%PDF-1.4 nothing")) == []


def test_a_picture_taken_sideways_stands_upright_in_the_pdf() -> None:
    image = Image.open(page(size=(1600, 1200)))
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telephone of somebody"
    image.save(out, "JPEG", exif=exif)
    out.seek(0)
    pdf = photos.one_pdf([out, page()]).getvalue()
    assert (
        pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") >= 2
    ) or b"/Count 2" in pdf
    assert b"Telephone" not in pdf


def test_several_photographs_become_one_pdf_paper(permit, mother) -> None:
    draft = services.start_draft(mother, permit).id
    pictures = [(page("Trang một"), "một.jpg"), (page("Trang hai", blur=9), "hai.jpg")]
    (paper,) = services.attach_photos(mother, draft, "photo", pictures).papers
    assert (paper.media_type, paper.file_name, paper.warnings) == ("application/pdf", "một.pdf", ["Ảnh có vẻ bị mờ."])
    with open_blob(paper.digest) as file:
        assert b"/Count 2" in file.read()
    services.save_draft(mother, draft, RAW)
    case = services.submit(mother, draft)
    assert queries.case(mother, case.id).papers[0].media_type == "application/pdf"


def test_a_blurred_photograph_is_taken_with_a_warning_and_a_better_one_takes_its_place(permit, mother) -> None:
    draft = services.start_draft(mother, permit).id
    (paper,) = services.attach_paper(mother, draft, "photo", page(blur=9), file_name="mo.jpg").papers
    assert paper.given and list(paper.faults) == ["blurred"]
    (paper,) = services.attach_paper(mother, draft, "photo", page(), file_name="ro.jpg").papers
    assert paper.warnings == []


def test_photographs_are_put_together_only_with_photographs(permit, mother) -> None:
    draft = services.start_draft(mother, permit).id
    with pytest.raises(Unsupported):
        services.attach_photos(mother, draft, "photo", [(page(), "a.jpg"), (BytesIO(b"%PDF-1.4 x"), "b.pdf")])
    with pytest.raises(Invalid):
        services.attach_photos(mother, draft, "photo", [(page(size=(80, 80)), "a.jpg")] * 21)
    assert not queries.draft(mother, draft).papers[0].given
    services.attach_paper(mother, draft, "photo", page(), file_name="a.jpg")
    services.save_draft(mother, draft, RAW)
    services.submit(mother, draft)
    with pytest.raises(Conflict):
        services.attach_photos(mother, draft, "photo", [(page(), "a.jpg"), (page(), "b.jpg")])
