"""The common run of YAML read by libyaml, twelve times as fast as it is read with the places of its keys.

The scalars are those of YAML 1.2 as ruamel.yaml resolves them. Whatever is written in a way on which two readers might
differ (tags, merge keys, octal numbers, times of day, two equal keys, an error) is not read here but by ruamel.yaml,
so that a text means the same however it was read.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml
from ruamel.yaml.resolver import implicit_resolvers
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

_UNCOMMON = re.compile(r"^(%|---|\.\.\.)|^\ufeff|[\x85\u2028\u2029\t]|(?:^|[\s\[{,:-])!(?!=)|<<", re.M)
"""Directives, several documents, tabs, line breaks of YAML 1.1, tags and merge keys."""
_WHOLE, _DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)"), re.compile(r"[-+]?[0-9]+\.[0-9]+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TAG = "tag:yaml.org,2002:"


class Unsure(Exception):
    """The text is for the other reader."""


def read(text: str) -> Any:
    """The text as plain dicts, lists and scalars. Raises Unsure."""
    if _Loader is None or _UNCOMMON.search(text):
        raise Unsure
    try:
        node = _Loader(text).get_single_node()
        return _made(node) if node else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Unsure from error


def _made(node: Node) -> Any:
    if isinstance(node, MappingNode):
        found = {_key(key): _made(value) for key, value in node.value}
        if len(found) != len(node.value):
            raise Unsure
        return found
    if isinstance(node, SequenceNode):
        return [_made(item) for item in node.value]
    make = _SCALARS.get(node.tag.removeprefix(_TAG))
    if make is None:
        raise Unsure
    return make(node.value)


def _key(node: Node) -> str:
    if not isinstance(node, ScalarNode) or node.tag != f"{_TAG}str":
        raise Unsure
    return node.value


def _such(pattern: re.Pattern[str], make: Callable[[str], Any]) -> Callable[[str], Any]:
    def made(value: str) -> Any:
        if not pattern.fullmatch(value):
            raise Unsure
        return make(value)

    return made


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": _such(_WHOLE, int),
    "float": _such(_DECIMAL, float),
    "bool": lambda value: value.lower() == "true",
    "null": lambda value: None,
    "timestamp": _such(_DAY, date.fromisoformat),
}


def _loader() -> Any:
    """libyaml's composer with the scalars of YAML 1.2; None where PyYAML was built without libyaml."""
    if not yaml.__with_libyaml__:
        return None
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class Loader(CParser, BaseResolver):
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            BaseResolver.__init__(self)

    for versions, tag, pattern, first in implicit_resolvers:
        if (1, 2) in versions:
            Loader.add_implicit_resolver(tag, pattern, first)
    return Loader


_Loader = _loader()
