"""A definition as YAML that a person would write: keys in the order of the vocabulary, short mappings on one line."""

from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

FIRST = ("name", "type", "value", "vi", "en", "label", "hint")
LINE = 120
SIGNS = ("?", ":", "-")


def written(body: Mapping[str, Any], model: type[BaseModel]) -> str:
    """The text of a definition; read again it has the same digest."""
    names = [field.alias or name for name, field in model.model_fields.items()]
    top = CommentedMap((key, _node(body[key])) for key in _sorted(body, names))
    yaml = YAML()
    yaml.width, yaml.allow_unicode = 4 * LINE, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = StringIO()
    yaml.dump(top, text)
    return text.getvalue()


def _sorted(body: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    order = {name: at for at, name in enumerate(names)}
    return sorted(body, key=lambda key: (order.get(key, len(order)), key))


def _node(value: Any) -> Any:
    if isinstance(value, Mapping):
        found = CommentedMap((_node(key), _node(value[key])) for key in _sorted(value, FIRST))
        if _fits(value):
            found.fa.set_flow_style()
        return found
    if isinstance(value, list):
        found = CommentedSeq(map(_node, value))
        if all(not isinstance(item, Mapping | list) for item in value) and _fits(value):
            found.fa.set_flow_style()
        return found
    if isinstance(value, str) and value.startswith(SIGNS):  # ruamel writes them bare, and cannot read them again
        return SingleQuotedScalarString(value)
    return value


def _fits(value: Any) -> bool:
    """Whether a mapping or list may stand on one line; what holds a list of mappings stands below itself."""
    held = value.values() if isinstance(value, Mapping) else ()
    if any(isinstance(item, Mapping) for part in held if isinstance(part, list) for item in part):
        return False
    return "\\n" not in (text := str(value)) and len(text) <= 2 * LINE
