from uuid import UUID

from tinhso.kernel.ids import uuid7, uuid7s


def test_version_and_variant() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_rising() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_many_at_once_are_as_one_by_one_and_rise_with_them() -> None:
    made = [uuid7(), *(UUID(text) for text in uuid7s(9_000)), uuid7()]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert len({one.int & (1 << 62) - 1 for one in made}) == len(made)
