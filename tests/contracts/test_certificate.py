"""A birth certificate under the eyes of a program that is not ours: genuine, stamped, provable for years to come."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tinhso.cases import queries, services
from tinhso.cases.models import Task
from tinhso.documents.testing import trust_running
from tinhso.portals.tests.citizen_site import commune, couple

from .signatures import TRUSTED, changed, parts, verdict


@pytest.fixture(scope="module")
def trust() -> Iterator[Path]:
    with trust_running() as root:
        yield root


@pytest.fixture
def certificate(db: None, settings: Any, tmp_path: Path, trust: Path) -> Path:
    """What a mother downloads after the chair has signed."""
    settings.BLOB_ROOT = tmp_path / "blobs"
    office, mother = commune(), couple()
    case = mother.submit()
    for outcome in ("done", "done", "approve"):
        office.do(case, outcome)
    services.finish_signing(Task.objects.get(case=case, completed_at=None).pk)
    result = queries.case(mother.actor, case).result
    assert result is not None
    file = tmp_path / "certificate.pdf"
    file.write_bytes(mother.browser.get(f"/van-ban/{result.id}").content)
    return file


@pytest.mark.parametrize("verb", ["validate", "adesverify"])
def test_pyhanko_trusts_the_certificate(certificate: Path, trust: Path, verb: str) -> None:
    genuine, said = verdict(certificate, trust, verb=verb)
    assert genuine, said
    assert TRUSTED in said


def test_one_changed_byte_anywhere_is_noticed(certificate: Path, trust: Path) -> None:
    size = certificate.stat().st_size
    for place in (size // 10, size // 4, size // 2):
        genuine, _said = verdict(changed(certificate, place), trust)
        assert not genuine, place


def test_nobody_else_s_root_vouches_for_it(certificate: Path, tmp_path: Path) -> None:
    with trust_running() as stranger:
        genuine, said = verdict(certificate, stranger)
    assert not genuine
    assert "UNTRUSTED" in said


def test_it_carries_its_time_stamp_and_its_revocation_answers(certificate: Path) -> None:
    found = parts(certificate)
    assert found["form"] == "/ETSI.CAdES.detached"
    assert found["stamps"] == 1
    assert found["certificates"] >= 3
    assert found["answers"] >= 2
    assert found["signer"] == "Cán bộ chair"
