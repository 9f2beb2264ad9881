"""What a catalog object is known by: a value with fields, and the one sentence that people read.

Pure. Nothing reads the sentence again: what belongs to what is a comparison of fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

# What PostgreSQL 18 quotes though it looks plain: pg_get_keywords() without the unreserved.
_WORDS = """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
    case cast char character check coalesce collate collation column concurrently constraint create cross
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
    decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
    freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
    interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
    json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
    only or order out outer overlaps overlay placing position precision primary real references returning right
    row select session_user setof similar smallint some substring symmetric system_user table tablesample then
    time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when
    where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi
    xmlroot xmlserialize xmltable
"""
_KEYWORDS = frozenset(_WORDS.split())
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_WITH_ARGUMENTS = ("function", "procedure", "aggregate", "operator", "member function")
_ABOUT_OTHERS = frozenset(("comment", "security label", "grant"))
_OF_CLUSTER = frozenset(("role", "membership", "setting"))
# What COMMENT ON and pg_identify_object call them.
_IN_COMMENTS = {
    "domain": "type", "foreign data wrapper": "foreign-data wrapper", "statistics": "statistics object",
}  # fmt: skip


def quote(name: str) -> str:
    """Return a name as quote_ident prints it: in double quotes where it must be."""
    if _PLAIN.fullmatch(name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Identity:
    """What one object is known by. Names are as they are in the catalog, unquoted; `str` makes the sentence.

    `on` is what it hangs on: a column's table, a trigger's, the object of a grant or a comment, the group of a
    membership. `arguments` tells apart what shares a name, and is SQL as the server prints it: a function's types, an
    operator class's access method. A grant is named for its grantee: "public" is PUBLIC (no role may be called so), ""
    the owner.
    """

    kind: str
    schema: str = ""
    name: str = ""
    on: Identity | None = None
    arguments: str = ""
    _hash: int = field(init=False, repr=False, compare=False)  # taken once: identities are keys, compared often

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.kind, self.schema, self.name, self.on, self.arguments)))

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: Identity) -> bool:
        return str(self) < str(other)

    def __str__(self) -> str:
        return _SENTENCES.get(self.kind, _plain)(self)

    @property
    def chain(self) -> Iterator[Identity]:
        """What it hangs on, and what that hangs on, from the nearest outwards."""
        place = self.on
        while place:
            yield place
            place = place.on

    @property
    def qualified(self) -> str:
        """The name as SQL: quoted where it must be, with its schema or, for a column, its table."""
        if self.kind == "column" and self.on:
            return f"{self.on.qualified}.{quote(self.name)}"
        name = self.name if self.kind == "operator" else quote(self.name)
        if self.kind in _WITH_ARGUMENTS:
            name = f"{name}({self.arguments})"
        return f"{quote(self.schema)}.{name}" if self.schema not in ("", "pg_catalog") else name

    @property
    def of_cluster(self) -> bool:
        """Whether it belongs to the server and all its databases, and to none of their schemas."""
        if self.on and self.kind in _ABOUT_OTHERS:
            return self.on.kind in ("role", "parameter")
        return self.kind in _OF_CLUSTER or (self.kind == "unmodelled" and self.name == "tablespace")

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that say something, `on` as a dict of the same form: what JSON holds."""
        values = {"kind": self.kind, "schema": self.schema, "name": self.name, "arguments": self.arguments}
        said: dict[str, Any] = {key: value for key, value in values.items() if value}
        return said | ({"on": self.on.fields} if self.on else {})

    @classmethod
    def of_fields(cls, fields: dict[str, Any]) -> Identity:
        """Return the identity of these fields."""
        on = fields.get("on")
        return cls(**{**fields, "on": cls.of_fields(on) if on else None})


def _plain(i: Identity) -> str:
    return f"{i.kind} {i.qualified}" if i.name else i.kind


def _on_its_table(i: Identity) -> str:
    type_ = "type " if i.on and i.on.kind == "domain" else ""
    return f"{i.kind} {quote(i.name)} on {type_}{_holder(i)}"


def _about(i: Identity) -> str:
    """Comments use PostgreSQL's longer words: a "table column", a "domain constraint"."""
    object_ = i.on or i
    said = str(object_)
    if object_.on and object_.kind in ("column", "constraint"):
        holder = object_.on.kind if object_.on.kind != "type" else "composite type"
        if object_.kind == "constraint":
            holder = "domain" if holder == "domain" else "table"
        name = object_.qualified if object_.kind == "column" else f"{quote(object_.name)} on {object_.on.qualified}"
        said = f"{holder} {object_.kind} {name}"
    elif object_.kind in _IN_COMMENTS:
        said = f"{_IN_COMMENTS[object_.kind]} {object_.qualified}"
    return f"comment on {said}" if i.kind == "comment" else f"security label of {i.name} on {said}"


def _whom(name: str, nobody: str) -> str:
    return {"": nobody, "public": "PUBLIC"}.get(name) or quote(name)


def _holder(i: Identity) -> str:
    return i.on.qualified if i.on else "nothing"


def _default_privileges(i: Identity) -> str:
    place = f" in schema {quote(i.schema)}" if i.schema else ""
    return f"default privileges of {_holder(i)} on {i.arguments}{place} to {_whom(i.name, 'nobody')}"


_SENTENCES: dict[str, Callable[[Identity], str]] = {
    **dict.fromkeys(("constraint", "trigger", "policy", "rule"), _on_its_table),
    **dict.fromkeys(("comment", "security label"), _about),
    **dict.fromkeys(("parameter", "large object"), lambda i: f"{i.kind} {i.name}"),
    **dict.fromkeys(("operator class", "operator family"), lambda i: f"{_plain(i)} for {i.arguments}"),
    "index": lambda i: f"{_plain(i)} of partition {i.on.qualified}" if i.on else _plain(i),
    "publication": lambda i: f"{_plain(i)} of {i.on.qualified}" if i.on else _plain(i),
    "member function": lambda i: f"{_plain(i)} of {i.on}",
    "grant": lambda i: f"grant on {i.on} to {_whom(i.name, 'its owner')}",
    "default privileges": _default_privileges,
    "membership": lambda i: f"membership of {quote(i.name)} in {_holder(i)}",
    "setting": lambda i: f"setting {i.name}{f' of role {_holder(i)}' if i.on else ''} in {i.arguments}",
    "user mapping": lambda i: f"user mapping for {_whom(i.name, 'nobody')} on {_holder(i)}",
    "cast": lambda i: f"cast from {i.name} to {i.arguments}",
    "transform": lambda i: f"transform for {i.name} {i.on}",
    "unmodelled": lambda i: f"unmodelled {i.name} {i.arguments}".rstrip(),
}


def schema_of(identity: Identity) -> str:
    """Return the schema that an object lies in, or is; empty for what belongs to the database. Pure."""
    root = [identity, *identity.chain][-1]
    return root.name if root.kind == "schema" else root.schema or identity.schema
