"""Which registers there are, and what each holds."""

from typing import Any

from django.http import HttpRequest

from tinhso.kernel.policy import route

from .. import policy, queries
from .door import READS, actor_of, reader, router
from .schemas import DefinitionOut, RegisterOut

_NO_NAME = {status: said for status, said in READS.items() if status in {401, 404}}


@router.get("", response={200: list[RegisterOut]} | _NO_NAME, summary="The registers that the reader may open")
@route(reader)
def registers(request: HttpRequest) -> Any:
    return [
        {"of": r.name, "name": r.name, "plural": r.plural, "pack": r.pack, "version": r.version}
        for r in queries.registers_visible(actor_of(request))
    ]


@router.get("/{name}", response={200: DefinitionOut} | READS, summary="A register: its words and schema")
@route(reader)
def register_definition(request: HttpRequest, name: str) -> Any:
    of = queries.definition(name)
    fields = of.visible(policy.classes(actor_of(request), of))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {f.name: f.kind.json_schema(f.options) | {"title": f.spec.words} for f in fields},
        "required": [f.name for f in fields if not f.spec.optional],
        "additionalProperties": False,
    }
    words = of.definition
    return {
        "of": name,
        "name": str(words.name),
        "plural": str(words.plural or words.name),
        "pack": of.pack,
        "version": of.version,
        "described": schema,
        "key": words.key,
        "search": words.search,
        "columns": words.shown,
    }
