"""Reading ahead gives what reading gives, and leaves no thread behind."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.kernel.errors import Invalid
from tinhso.registers.imports.ahead import ahead


def readers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "reading ahead"]


def test_items_come_in_order_and_the_thread_ends() -> None:
    assert list(ahead(iter(range(1_000)))) == list(range(1_000))
    assert readers() == []


def test_what_the_reader_raises_comes_in_its_place_and_in_the_language_of_the_caller() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise Invalid(_("Tệp rỗng; xin chọn tệp khác."))

    found = []
    with override("en"), pytest.raises(Invalid) as caught:
        found.extend(ahead(broken()))
    assert "empty" in str(caught.value)
    assert readers() == []


def test_whoever_stops_in_the_middle_stops_the_thread() -> None:
    for item in ahead(iter(range(10**9))):
        if item == 3:
            break
    assert readers() == []


def test_no_more_than_one_item_is_made_beside_the_one_in_use() -> None:
    made: list[int] = []

    def count() -> Iterator[int]:
        for number in range(6):
            made.append(number)
            yield number

    for item in ahead(count()):
        time.sleep(0.02)
        assert len(made) <= item + 2
    assert made == list(range(6))
