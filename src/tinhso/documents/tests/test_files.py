"""Files that people hand in: kept as they are, once; refused in words when they are no papers."""

from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tinhso.documents import blobs, queries, services
from tinhso.documents.models import Blob
from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Invalid, NotFound, SignInNeeded, TooLarge, Unsupported

MOTHER = Actor(account=uuid4(), person=uuid4(), assurance=2)


def photo(*, gps: bool = False, size: tuple[int, int] = (3000, 1500)) -> bytes:
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: the camera was held upright
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (20.0, 27.0, 0.0)})
    Image.new("RGB", size, "white").save(out, "JPEG", exif=exif)
    return out.getvalue()


def program() -> bytes:
    return Path("/bin/true").resolve().read_bytes()


@pytest.mark.django_db
def test_the_same_bytes_are_kept_once_and_come_back_as_they_were() -> None:
    content = photo(gps=True)
    first = services.store(MOTHER, BytesIO(content), name="C:\\anh\\giay chung sinh.jpg")
    second = services.store(MOTHER, content, name="khác.jpg")
    assert (first.digest, first.media_type, first.name) == (second.digest, "image/jpeg", "giay chung sinh.jpg")
    assert Blob.objects.count() == 1
    with queries.open_blob(first.digest) as file:
        assert file.read() == content


@pytest.mark.django_db
def test_an_officer_looks_at_a_photograph_upright_and_without_its_place() -> None:
    kept = services.store(MOTHER, photo(gps=True), name="a.jpg")
    content, media_type = queries.view_of(kept.digest)
    with Image.open(BytesIO(content)) as shown:
        assert media_type == "image/jpeg"
        assert shown.size == (1000, 2000)
        assert not shown.getexif().get_ifd(0x8825)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "error", "words"),
    [
        (b"", "trong.pdf", Invalid, "trống"),
        (program(), "giay-khai-sinh.pdf", Unsupported, "chương trình"),
        (b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0" + bytes(300), "x.pdf", Unsupported, "chương trình"),
        (b"#!/bin/sh\nrm -rf ~\n", "anh.jpg", Unsupported, "chương trình"),
        (b"GIF89a" + bytes(50), "anh.jpg", Unsupported, "không thuộc loại"),
        (photo()[:2000], "anh.jpg", Unsupported, "hỏng"),
    ],
)
def test_what_is_no_paper_is_refused_in_words(content: bytes, name: str, error: type, words: str) -> None:
    with pytest.raises(error) as refusal:
        services.store(MOTHER, content, name=name)
    text = str(refusal.value)
    assert words in text
    assert "vẫn được giữ" in text
    assert "Xin chọn tệp khác (PDF, JPG" in text
    assert not Blob.objects.exists()


@pytest.mark.django_db
def test_an_image_that_unpacks_to_gigabytes_is_refused() -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    with pytest.raises(TooLarge):
        services.store(MOTHER, out.getvalue(), name="bom.png")


@pytest.mark.django_db
def test_too_large_a_file_is_not_read_to_its_end(settings: object) -> None:
    settings.MAX_UPLOAD_BYTES = 3 * 1024 * 1024  # type: ignore[attr-defined]

    class Endless(BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            self.given += 1
            return bytes(size or 1)

    source = Endless()
    with pytest.raises(TooLarge, match="tối đa 3 MB"):
        services.store(MOTHER, source, name="phim.pdf")
    assert source.given == 4
    assert not list((blobs.path_of("ab" * 32).parents[2] / "drafts").iterdir())


@pytest.mark.django_db
def test_nobody_may_store() -> None:
    with pytest.raises(SignInNeeded):
        services.store(NOBODY, photo(), name="a.jpg")


@pytest.mark.django_db(transaction=True)
def test_verify_names_the_blob_that_was_changed_and_the_one_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    changed = services.store(MOTHER, photo(size=(20, 20)), name="a.jpg").digest
    gone = services.store(MOTHER, photo(size=(30, 30)), name="b.jpg").digest
    call_command("verify")
    assert "blob bytes: ok" in capsys.readouterr().out

    file = blobs.path_of(changed)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    blobs.path_of(gone).unlink()
    with pytest.raises(CommandError):
        call_command("verify")
    out = capsys.readouterr().out
    assert f"blob {changed}: changed" in out
    assert f"blob {gone}: missing" in out
    with pytest.raises(NotFound):
        queries.open_blob(gone)


@pytest.mark.django_db(transaction=True)
def test_verify_names_the_row_of_a_blob_that_was_changed(capsys: pytest.CaptureFixture[str]) -> None:
    digest = services.store(MOTHER, photo(size=(20, 20)), name="a.jpg").digest
    call_command("verify")
    Blob.objects.filter(pk=digest).update(first_name="khác.jpg")
    with pytest.raises(CommandError):
        call_command("verify")
    assert f"blob {digest}: changed" in capsys.readouterr().out


def test_a_file_with_its_name_is_whole(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), blobs.draft() as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
