"""Holds values against annotations as Python itself has no means to, and loads what was generated."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
import types
import typing
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_origin, get_type_hints

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from sqlalchemy.dialects.postgresql import ranges


def load(path: Path) -> ModuleType:
    """Import a generated module from its file."""
    spec = importlib.util.spec_from_file_location(f"generated_{path.stem}_{abs(hash(path))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it
    spec.loader.exec_module(module)
    return module


def is_of(value: object, kind: Any) -> bool:
    """Tell whether a value is what an annotation says, all the way down."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if kind is None or kind is type(None):
        return value is None
    if origin in (types.UnionType, typing.Union):
        return any(is_of(value, each) for each in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(is_of(each, arguments[0]) for each in value)
    if origin is Range:
        return isinstance(value, Range) and all(b is None or is_of(b, arguments[0]) for b in (value.lower, value.upper))
    if origin is Multirange:
        return isinstance(value, Multirange) and all(is_of(r, Range[arguments[0]]) for r in value)
    if origin in (ranges.Range, ranges.MultiRange):
        (bound,) = arguments
        parts = [value] if origin is ranges.Range else value
        return isinstance(value, origin) and all(
            b is None or is_of(b, bound) for r in parts for b in (r.lower, r.upper)
        )
    if origin is dict:
        return isinstance(value, dict) and all(is_of(v, arguments[1]) for v in value.values())
    if kind is str:
        return isinstance(value, str)
    return type(value) is kind or (isinstance(value, kind) and hasattr(kind, "_fields"))


def misfits(row: Any) -> list[str]:
    """Return the fields of a row whose values are not what their annotations say."""
    hints = get_type_hints(type(row))
    names = getattr(row, "_fields", None) or [field.name for field in dataclasses.fields(row)]
    return [
        f"{type(row).__name__}.{name}: {getattr(row, name)!r} is no {hints[name]}"
        for name in names
        if not is_of(getattr(row, name), hints[name])
    ]
