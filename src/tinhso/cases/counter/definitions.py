"""The vocabulary of packs/*/counters/<name>.yaml: how a one-stop centre queues."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field

from tinhso.kernel.packs.definitions import Name, Strict, Words


class ServiceGroup(Strict):
    """A button of the kiosk. Its tickets carry `letter`; `takes` names packs or procedures that it is for, `words`
    what people may say instead of its label."""

    name: Name
    letter: str = Field(pattern=r"^[A-Z]{1,2}$")
    label: Words
    hint: Words | None = None
    takes: list[str] = []
    words: list[str] = []
    minutes: int = Field(default=10, ge=1, le=240)
    """How long one ticket takes, until the day itself has taught better."""


class Priority(Strict):
    """Who is called before others, and by which law."""

    name: Name
    label: Words
    source: str


class CounterDefinition(Strict):
    """counters/<name>.yaml"""

    counter: Name
    name: Words
    source: str
    levels: list[Literal["province", "district", "commune"]] = Field(min_length=1)
    groups: list[ServiceGroup] = Field(min_length=1)
    priorities: list[Priority] = []

    def group(self, name: str) -> ServiceGroup | None:
        return next((one for one in self.groups if one.name == name), None)


def check(definition: Any, context: Any) -> Iterator[tuple[Sequence[str | int], str]]:
    """Names and letters that stand twice."""
    model: CounterDefinition = definition.model
    for key, attribute in (("groups", "name"), ("groups", "letter"), ("priorities", "name")):
        seen: set[str] = set()
        for number, item in enumerate(getattr(model, key)):
            value = getattr(item, attribute)
            if value in seen:
                yield [key, number, attribute], f"{value!r} is there twice"
            seen.add(value)
