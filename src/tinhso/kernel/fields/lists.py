"""Shared code lists: of the nation (`lists/*.yaml` here) and of packs (`lists/<name>.yaml`, kind "list")."""

from functools import cache
from pathlib import Path

from pydantic import Field
from ruamel.yaml import YAML

from ..packs.definitions import Name, Strict, Words

FOLDER = Path(__file__).parent / "lists"


class Code(Strict):
    """`until` codes that are no longer given out stay readable: `closed: true`."""

    value: str = Field(min_length=1, max_length=60)
    label: Words
    closed: bool = False


class CodeList(Strict):
    """A list of codes. `source` names the decree or standard it was taken from."""

    list: Name
    name: Words
    source: Words
    codes: list[Code] = Field(min_length=1)


@cache
def national(name: str) -> CodeList | None:
    """A list that the platform brings, None where it has none of that name."""
    file = FOLDER / f"{name}.yaml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        return None
    return CodeList.model_validate(YAML(typ="safe").load(file.read_text(encoding="utf-8")))


def code_list(name: str) -> CodeList:
    """A list of codes by name: the nation's, else the one in force from a pack. Raises NotFound."""
    if found := national(name):
        return found
    from ..packs import compiled

    return compiled("list", name).model
