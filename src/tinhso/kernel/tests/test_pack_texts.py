"""A text of a pack means the same however it was read: by libyaml, or with the places of its keys."""

from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from tinhso.kernel.packs import quick, texts
from tinhso.kernel.packs.definitions import Strict
from tinhso.kernel.packs.loader import load
from tinhso.kernel.packs.written import written

FILES = sorted(Path(settings.PACKS).glob("*/**/*.yaml"))


def marked(text: str) -> object:
    return texts.plain(YAML(typ="rt").load(text))


def same(one: object, other: object) -> bool:
    """Equal, and of equal types all the way down: 1, 1.0 and true are three things."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("folder", sorted({file.parts[len(Path(settings.PACKS).parts)] for file in FILES}))
def test_the_packs_read_the_same_and_quickly(folder: str) -> None:
    found = [file for file in FILES if f"/{folder}/" in file.as_posix()]
    assert found
    for file in found:
        text = file.read_text(encoding="utf-8")
        assert same(quick.read(text), marked(text)), file


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 1.50\nc: true\nd: 2026-11-25\ne: ~\nf:\ng: 'x'\nh: \"y\\u00e9\"",
        "a: yes\nb: no\nc: on\nd: off\ne: y\nf: N\ng: True\nh: FALSE",
        "a: 010\nb: 0o10\nc: 0x1F\nd: 1_000\ne: 1e3\nf: .5\ng: 1.\nh: -.inf\ni: .nan",
        "a: 1:30\nb: 12:30:45\nc: 2026-11-25T10:00:00Z\nd: 2026-11-25 10:00:00\ne: 2026-1-5",
        "a: &x [1, 2]\nb: *x",
        "a: &x {b: 1}\nc: {<<: *x, d: 2}",
        "a: !!str 5\nb: !foo bar",
        "a: |\n  một\n  hai\nb: >\n  ba\n  bốn\n\n  năm\nc: |-\n  x\n",
        "{a: [b, {c: d}], 'e': [], f: {}}",
        "1: a\ntrue: b",
        "? [a, b]\n: c",
        "a: x#y\nb: x # y\nc: 'it''s'\nd: a:b\ne: http://x/y",
        "- a\n- - b\n  - c",
        "",
        "a\n",
        "a: Tiếng Việt có dấu: không",
        "a: 'đóng",
        "a: 1\na: 2",
        "a: 1\n---\nb: 2",
        "%YAML 1.1\n---\na: yes",
        "a:\tb",
        "a: 007\nb: +5\nc: -0\nd: 00",
        "a: =\nb: <\nc: '<<'",
        "a: 2026-13-45",
    ],
)
def test_what_is_written_uncommonly_means_the_same(text: str) -> None:
    try:
        expected = marked(text)
    except (MarkedYAMLError, ValueError) as error:
        with pytest.raises(type(error)):
            texts.read(text)
        return
    found = texts.read(text)
    assert same(found, expected) or str(found) == str(expected)  # not a number is not equal to itself


def test_a_day_that_no_calendar_has_is_a_fault_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "yard").mkdir()
    (tmp_path / "yard" / "pack.yaml").write_text("pack: yard\nversion: 2026-02-30\n", encoding="utf-8")
    [fault] = load(tmp_path / "yard").faults
    assert (fault.file, "day is out of range" in fault.message) == ("yard/pack.yaml", True)


class Anything(Strict):
    a: object = None


SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12) | st.dates().map(str)
SCALARS |= st.floats(allow_nan=False, allow_infinity=False, width=32)
WORDS = st.sampled_from(
    ["yes", "no", "on", "~", "null", "01", "1e5", "0x1", "1:30", "a: b", "- a", "#", "!x", "<<", "="]
)
VALUES = st.recursive(
    SCALARS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@examples(max_examples=150, deadline=None)
@given(value=VALUES)
def test_whatever_a_pack_is_written_with_is_read_as_it_was(value: object) -> None:
    text = written({"a": value}, Anything)
    assert same(texts.read(text), marked(text))
