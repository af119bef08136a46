"""`tinhso verify` finds nothing in an honest database, and names what somebody changed behind the platform's back."""

import pytest

from .conftest import Province

STREAMS = ("audit", "event", "access", "blob", "record", "case-event", "blob bytes")


@pytest.fixture
def evidence(province: Province, draft: str) -> Province:
    """The province with a paper handed in, and every row sealed."""
    province.deed("paper", draft)
    verified = province.tinhso("verify")
    assert verified.returncode == 0, verified.stdout
    return province


def test_an_honest_database_passes(evidence: Province) -> None:
    lines = evidence.tinhso("verify").stdout.splitlines()
    assert [line for line in lines if line.endswith(": ok")] == [f"{name}: ok" for name in STREAMS]


@pytest.mark.parametrize(
    ("stream", "key", "table", "change", "back"),
    [
        ("audit", "id", "kernel_audit", "subject = 'case:none'", "subject = %s"),
        ("case-event", "id", "cases_caseevent", "kind = 'approved'", "kind = %s"),
        ("blob", "digest", "documents_blob", "first_name = 'other.pdf'", "first_name = %s"),
    ],
)
def test_an_update_is_named_and_found_no_more_once_undone(
    evidence: Province, stream: str, key: str, table: str, change: str, back: str
) -> None:
    column = change.split(" ", maxsplit=1)[0]
    [(row, was)] = evidence.rows(
        f"SELECT {key}, {column} FROM {table} WHERE {column} <> 'approved' ORDER BY seq DESC LIMIT 1"
    )
    evidence.rows(f"UPDATE {table} SET {change} WHERE {key} = %s", row)
    try:
        found = evidence.tinhso("verify")
        assert found.returncode != 0
        assert f"{stream} {row}: changed" in found.stdout
        assert f"{stream}: 1 faults" in found.stdout
        assert found.stdout.count(": ok") == len(STREAMS) - 1
    finally:
        evidence.rows(f"UPDATE {table} SET {back} WHERE {key} = %s", was, row)
    assert evidence.tinhso("verify").returncode == 0


def test_a_row_taken_out_and_a_row_slipped_in_are_named(evidence: Province) -> None:
    [(row, seq)] = evidence.rows("SELECT id, seq FROM kernel_audit ORDER BY txid DESC, seq DESC LIMIT 1 OFFSET 1")
    slipped = "0190aaaa-0000-7000-8000-000000000000"
    evidence.rows("CREATE TABLE kept AS SELECT * FROM kernel_audit WHERE id = %s", row)
    evidence.rows("DELETE FROM kernel_audit WHERE id = %s", row)
    evidence.rows(
        "INSERT INTO kernel_audit (id, seq, txid, at, action, subject, actor, data)"
        " SELECT %s, (SELECT min(seq) - 1 FROM kernel_audit), txid - 1, at, action, subject, actor, data FROM kept",
        slipped,
    )
    try:
        found = evidence.tinhso("verify").stdout
        assert f"audit seq {seq}: missing" in found
        assert f"audit {slipped}: inserted" in found
    finally:
        evidence.rows("DELETE FROM kernel_audit WHERE id = %s", slipped)
        evidence.rows("INSERT INTO kernel_audit (seq, txid, id, at, action, subject, actor, data)"
                      " SELECT seq, txid, id, at, action, subject, actor, data FROM kept")  # fmt: skip
        evidence.rows("DROP TABLE kept")
    assert evidence.tinhso("verify").returncode == 0


def test_changed_bytes_of_a_paper_are_named(evidence: Province) -> None:
    [(digest,)] = evidence.rows("SELECT digest FROM documents_blob ORDER BY seq DESC LIMIT 1")
    file = evidence.home / "blobs" / digest[:2] / digest[2:4] / digest
    whole = file.read_bytes()
    file.chmod(0o600)
    try:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert f"blob {digest}: changed" in evidence.tinhso("verify").stdout
        file.unlink()
        assert f"blob {digest}: missing" in evidence.tinhso("verify").stdout
    finally:
        file.write_bytes(whole)
        file.chmod(0o400)
    assert evidence.tinhso("verify").returncode == 0
