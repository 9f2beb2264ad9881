"""Writes a site as one JSON document; schema.schema.json beside this module says what stands in it. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, cast, get_args, get_origin, get_type_hints

from slate_pg.docs import alterations, model


def as_json(site: model.Site) -> str:
    """Return the document, with a line end."""
    return json.dumps({"version": model.VERSION, **dataclasses.asdict(site)}, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> model.Site:
    """Return the site that a document holds. ValueError for one of another version, or for none."""
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("version") != model.VERSION:
        raise ValueError(f"no schema.json of version {model.VERSION}")
    return cast(model.Site, _value(model.Site, found))


def _value(kind: Any, given: Any) -> Any:
    """Return a value of the model from what JSON has."""
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        fields = [f.name for f in dataclasses.fields(kind) if f.name in given]
        return cast(Any, kind)(**{name: _value(hints[name], given[name]) for name in fields})
    if get_origin(kind) is tuple:
        return tuple(_value(get_args(kind)[0], each) for each in given)
    inner = [each for each in get_args(kind) if each is not type(None)]
    return _value(inner[0], given) if inner and given is not None else given


def published_schema() -> dict[str, Any]:
    """Return the JSON schema that is in the package. Reads its file."""
    text = resources.files("slate_pg").joinpath("docs", "schema.schema.json").read_text("utf-8")
    return cast(dict[str, Any], json.loads(text))


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the document, made of the model: what `published_schema` must equal."""
    kinds = {
        name: kind for name, kind in {**vars(alterations), **vars(model)}.items() if dataclasses.is_dataclass(kind)
    }
    site = _described(model.Site)
    site["properties"] = {"version": {"const": model.VERSION}, **site["properties"]}
    site["required"] = ["version", *site["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:slate-pg:json:docs:{model.VERSION}",
        "title": "schema.json of slate docs",
        **site,
        "$defs": {name: _described(cast(type, kind)) for name, kind in sorted(kinds.items()) if name != "Site"},
    }


def _described(kind: type) -> dict[str, Any]:
    hints: Mapping[str, Any] = get_type_hints(kind)
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {name: _shape(hint) for name, hint in hints.items()},
        "required": list(hints),
        "additionalProperties": False,
    }


def _shape(hint: Any) -> dict[str, Any]:
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{cast(type, hint).__name__}"}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _shape(get_args(hint)[0])}
    inner = [each for each in get_args(hint) if each is not type(None)]
    if inner:
        return {"anyOf": [_shape(inner[0]), {"type": "null"}]}
    return {"type": {str: "string", bool: "boolean", float: "number", int: "integer"}[hint]}
