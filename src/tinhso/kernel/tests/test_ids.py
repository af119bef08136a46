from tinhso.kernel.ids import uuid7


def test_version_and_variant() -> None:
    made = uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_rising() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))
