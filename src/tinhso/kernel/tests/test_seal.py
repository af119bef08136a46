"""The seal: what was written is proved, whatever was changed is named."""

import threading
import time

import pytest
from django.db import connection, transaction

from tinhso.kernel import audit, seal
from tinhso.kernel.actor import system
from tinhso.kernel.models import Audit, SealBlock

ACTOR = system("test")
pytestmark = pytest.mark.django_db(transaction=True)


def write(*subjects: str) -> list[str]:
    with transaction.atomic():
        for subject in subjects:
            audit.record(ACTOR, "thing.done", subject)
    return [str(pk) for pk in Audit.objects.order_by("seq").values_list("pk", flat=True)]


def sealed(rows: int) -> int:
    """Seal until `rows` are; a transaction open in any database of the cluster holds the mark back for its time."""
    done, until = 0, time.monotonic() + 30
    while done < rows and time.monotonic() < until:
        done += seal.seal_all()
        time.sleep(0.05)
    return done


def faults() -> list[tuple[str, str]]:
    stream = next(s for s in seal.streams() if s.name == "audit")
    return [(fault.row, fault.what) for fault in seal.verify(stream)]


def test_untouched_rows_verify() -> None:
    write("a", "b")
    assert sealed(2) == 2
    write("c")
    assert sealed(1) == 1
    assert SealBlock.objects.filter(stream="audit").count() == 2
    assert faults() == []


def test_a_changed_row_is_named() -> None:
    ids = write("a", "b", "c")
    sealed(3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_audit SET subject = 'x' WHERE id = %s", [ids[1]])
    assert faults() == [(ids[1], "changed")]


def test_a_deleted_and_a_slipped_in_row_are_named() -> None:
    ids = write("a", "b", "c")
    sealed(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid, seq FROM kernel_audit WHERE id = %s", [ids[1]])
        txid, seq = cursor.fetchone()
        cursor.execute("DELETE FROM kernel_audit WHERE id = %s", [ids[1]])
    assert faults() == [(f"seq {seq}", "missing")]
    with transaction.atomic():
        forged = Audit.objects.create(action="x", subject="y", actor={}, data={}, txid=txid, seq=seq)
    assert faults() == [(str(forged.pk), "changed")]


def test_a_block_rewritten_to_match_breaks_the_chain() -> None:
    write("a")
    sealed(1)
    write("b")
    sealed(1)
    Audit.objects.filter(subject="a").delete()
    SealBlock.objects.filter(number=1, stream="audit").delete()
    assert ("1", "block") in faults()


def test_a_writer_still_open_is_not_passed_over() -> None:
    """A row of a long transaction gets its place after later ones, and is sealed once it commits."""
    opened, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            audit.record(ACTOR, "thing.done", "slow")
            opened.set()
            finish.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    opened.wait(10)
    write("fast")
    assert seal.seal_all() == 0
    finish.set()
    thread.join()
    assert sealed(2) == 2
    assert faults() == []
