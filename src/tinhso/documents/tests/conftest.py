from collections.abc import Iterator
from pathlib import Path

import pytest

from tinhso.documents.testing import trust_running
from tinhso.kernel.actor import system
from tinhso.kernel.packs import apply, read


@pytest.fixture(scope="session")
def trust_services() -> Iterator[Path]:
    """The local authority, running; the value is the file of its root certificate."""
    with trust_running() as root:
        yield root


@pytest.fixture(autouse=True)
def blob_root(tmp_path: Path, settings: object) -> Path:
    settings.BLOB_ROOT = tmp_path / "blobs"  # type: ignore[attr-defined]
    return tmp_path / "blobs"


PACK = {
    "pack.yaml": "pack: fair\nversion: 1.0.0\nname: {vi: Hội chợ, en: Fair}\nsummary: {vi: Thử, en: Trial}\n",
    "papers/permit.yaml": """\
paper: permit
name: {vi: Giấy phép mở quầy, en: Stall permit}
source: mẫu thử của bộ kiểm thử
class: open
number: {format: "{n:02d}/GP-{year}"}
signed: true
languages: [vi, en]
sample:
  issuer: {name: Ủy ban nhân dân xã Vũ Quý, place: Vũ Quý}
  holder: Nguyễn Thị Ánh Tuyết
  signer: {title: Chủ tịch, name: Trần Văn Đức}
template: |
  #import "/official.typ": *
  #show: official
  #heading-block()
  #title[GIẤY PHÉP MỞ QUẦY]
  #field([Cấp cho], get("holder"))

  #get("note")
  #signature()
""",
    "papers/ticket.yaml": """\
paper: ticket
name: {vi: Phiếu, en: Ticket}
source: mẫu thử của bộ kiểm thử
sample: {holder: An}
template: |
  #import "/official.typ": *
  #show: official
  Phiếu của #get("holder")
""",
}


@pytest.fixture
def fair(tmp_path: Path) -> Path:
    """A pack with a numbered, signed paper and a plain one, as files."""
    for name, text in PACK.items():
        file = tmp_path / "fair" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "fair"


@pytest.fixture
def applied(fair: Path, db: None) -> Path:
    apply(system("test"), read([fair]))
    return fair
