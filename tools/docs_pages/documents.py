"""The JSON documents that commands print, from their JSON Schemas in docs/schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .markdown import table

_HEAD = """# JSON documents

With `--json` a command prints exactly one JSON document on standard output, also when it fails.
Its field `schema` names its form, such as `digitcli.predict/1`. A new field may come with any
version; a field that goes or changes its meaning makes it `/2`
([Versions](../policies/versions.md)).

Each form has a [JSON Schema](https://json-schema.org/) (draft 2020-12) in `docs/schemas/`. Tests
compare them with what the commands print. Those of `bench` and `info` refer to
`machine.json`, which is in the same folder.

"""


def page(schemas: Path) -> str:
    """A table of all forms, then the fields of each."""
    found = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(schemas.iterdir())}
    forms = {name: schema for name, schema in found.items() if "x-printed-by" in schema}
    rows = [
        [f"[`{schema['title']}`](#{_anchor(schema['title'])})", _printers(schema), _link(name)]
        for name, schema in forms.items()
    ]
    parts = [_HEAD + table(("form", "printed by", "schema"), rows)]
    parts += [_section(schema) for schema in found.values()]
    return "\n".join(parts)


def _printers(schema: dict[str, Any]) -> str:
    return ", ".join(
        f"`digitcli {one}`" if not one.startswith("every") else one
        for one in schema["x-printed-by"]
    )


def _link(name: str) -> str:
    return f"[{name}](../schemas/{name})"


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" * (c == " ") for c in title.lower())


def _section(schema: dict[str, Any]) -> str:
    rows = [[f"`{path}`", kind, text] for path, kind, text in _fields(schema, "")]
    text = f"## {schema['title']}\n\n{schema['description']}\n"
    return f"{text}\n{table(('field', 'type', 'meaning'), rows)}"


def _fields(schema: dict[str, Any], where: str) -> Iterator[tuple[str, str, str]]:
    """Every field: its path, its type and its meaning."""
    for name, field in schema.get("properties", {}).items():
        path = f"{where}{name}"
        yield path, _kind(field), _meaning(field, name in schema.get("required", ()))
        yield from _fields(field, f"{path}.")
        yield from _fields(field.get("items", {}), f"{path}[].")


def _kind(field: dict[str, Any]) -> str:
    if "const" in field:
        return "string"
    if "$ref" in field:
        name = field["$ref"].removesuffix(".json")
        return f"[{name}](#{name})"
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return " or ".join(kinds)


def _meaning(field: dict[str, Any], required: bool) -> str:
    choices = [f"`{one}`" for one in field.get("enum", ()) if one is not None]
    parts = [field.get("description", ""), f"one of {', '.join(choices)}" if choices else ""]
    parts += [] if required else ["may be missing"]
    return "; ".join(part for part in parts if part)
