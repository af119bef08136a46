"""The API of one register, described with the fields that it has."""

from copy import deepcopy
from typing import Any

from tinhso.kernel.actor import Actor

from .. import policy, queries
from ..shape import Field, Shape

_AT = "/api/v1/registers/{name}"
_WRITTEN = {"NewIn": True, "BatchRowIn": False, "ChangeIn": False}
"""The schemas in which values are sent, and whether all that a record needs has to be there."""
_READ = ("RecordOut", "VersionOut", "ChangeOut")


def specialised(document: dict[str, Any], actor: Actor, name: str) -> dict[str, Any]:
    """The description of the whole API (OpenAPI), narrowed to the register `name` and to what `actor` may read and
    write of it. Raises NotFound."""
    of = queries.definition(name)
    policy.need_see(actor)
    described = deepcopy(document)
    described["info"]["title"] = str(of.definition.plural or of.definition.name)
    described["info"]["version"] = str(of.version)
    described["paths"] = {
        path.replace("{name}", name): {method: _operation(of, actor, path, said) for method, said in operations.items()}
        for path, operations in described["paths"].items()
        if path.startswith(_AT)
    }
    schemas = described["components"]["schemas"]
    readable = of.visible(policy.classes(actor, of))
    for title, is_new in _WRITTEN.items():
        schemas[title]["properties"]["values"] = values_schema(of, readable, is_new=is_new)
    for title in _READ:
        if title in schemas:
            schemas[title]["properties"]["values"] = {"type": "object", "properties": _properties(readable)}
    return described


def values_schema(of: Shape, fields: tuple[Field, ...], *, is_new: bool) -> dict[str, Any]:
    """The JSON Schema of values that are sent; of a new record, with what it cannot do without."""
    numbered = of.definition.numbering.field if of.definition.numbering else ""
    needed = [f.name for f in fields if is_new and not f.spec.optional and f.name != numbered]
    return {
        "type": "object",
        "properties": _properties(fields),
        "required": needed,
        "additionalProperties": False,
    }


def _properties(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {f.name: f.kind.json_schema(f.options) | {"title": f.spec.words} for f in fields}


def _operation(of: Shape, actor: Actor, path: str, said: dict[str, Any]) -> dict[str, Any]:
    said["parameters"] = [p for p in said["parameters"] if (p["in"], p["name"]) != ("path", "name")]
    if path.startswith(f"{_AT}/records") and "order" in {p["name"] for p in said["parameters"]}:
        said["parameters"] += [_filter(f) for f in of.stored if f.name in queries.readable(actor, of)]
    return said


def _filter(field: Field) -> dict[str, Any]:
    return {
        "in": "query",
        "name": field.name,
        "required": False,
        "description": f"{field.spec.words}; also {field.name}__<operator>",
        "schema": {"type": "string"},
    }
