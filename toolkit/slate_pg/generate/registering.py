"""Writes `register()`: it tells a connection of the schema's own types, which psycopg knows by number only. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from slate_pg.generate.model import Schema

_INFOS = {"e": "_TypeInfo", "d": "_TypeInfo", "c": "_CompositeInfo", "r": "_RangeInfo", "m": "_MultirangeInfo"}
_TEXT = '''
def register(connection: _psycopg.Connection[_Any]) -> None:
    """Tell a connection of the schema's own types: arrays of enums and domains, composite types, ranges.

    Once for each connection, in a transaction that has the schema on its path. LookupError for a type that is missing.
    """
    _teach(connection, {name: _there(name, info.fetch(connection, name)) for name, info in _INFOS.items()})


async def register_async(connection: _psycopg.AsyncConnection[_Any]) -> None:
    """Do what register() does, for an asynchronous connection."""
    _teach(connection, {name: _there(name, await info.fetch(connection, name)) for name, info in _INFOS.items()})


def _there(name: str, found: _TypeInfo | None) -> _TypeInfo:
    if found is None:
        raise LookupError(f"there is no type {name} on the connection's path")
    return found


def _teach(connection: _psycopg.Connection[_Any] | _psycopg.AsyncConnection[_Any], found: dict[str, _TypeInfo]) -> None:
    for name, info in found.items():
        if isinstance(info, _CompositeInfo):
            _register_composite(info, connection, _COMPOSITES[name])
        elif isinstance(info, _MultirangeInfo):
            _register_multirange(info, connection)
        elif isinstance(info, _RangeInfo):
            _register_range(info, connection)
        else:
            info.register(connection)
    for name, base in _DOMAINS.items():
        for form in (_Format.TEXT, _Format.BINARY):
            if loader := connection.adapters.get_loader(found[base].oid, form):
                connection.adapters.register_loader(found[name].oid, loader)
'''


def registering(schema: Schema, classes: Mapping[int, str]) -> str:
    """Return the functions, and the tables of types that they go by."""
    own = [t for t in schema.types.values() if t.schema in schema.own and t.kind in _INFOS]
    infos = {t.sql: _INFOS[t.kind] for t in own}
    domains = {}
    for kind in (t for t in own if t.kind == "d"):
        base = schema.types.get(kind.inner)
        while base is not None and base.kind == "d":
            base = schema.types.get(base.inner)
        if base is not None and base.kind != "array":
            infos.setdefault(base.sql, "_TypeInfo")
            domains[kind.sql] = base.sql
    composites = {t.sql: classes[t.oid] for t in own if t.kind == "c"}
    tables = [
        "_INFOS: dict[str, type[_TypeInfo]] = {" + ", ".join(f"{n!r}: {i}" for n, i in infos.items()) + "}",
        "_COMPOSITES: dict[str, type[_Any]] = {" + ", ".join(f"{n!r}: {c}" for n, c in composites.items()) + "}",
        "_DOMAINS: dict[str, str] = {" + ", ".join(f"{n!r}: {b!r}" for n, b in domains.items()) + "}",
    ]
    return "\n".join([*tables, _TEXT])
