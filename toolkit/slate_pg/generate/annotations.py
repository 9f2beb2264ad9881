"""Says what Python type psycopg makes of a type of the server, and how a value of it travels back. Pure.

What psycopg does not know comes as text, and so it is annotated: str. Enums, domains, composite types and ranges of
the schema come as annotated once `register()` of the generated module has told a connection of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg import adapters

from slate_pg.generate.model import Schema, Type

JSON = "_JSON"
_INET = "_ipaddress.IPv4Address | _ipaddress.IPv6Address | _ipaddress.IPv4Interface | _ipaddress.IPv6Interface"
_CIDR = "_ipaddress.IPv4Network | _ipaddress.IPv6Network"
# By name in pg_catalog: what psycopg 3 loads by default.
KNOWN = {
    "bool": "bool", "int2": "int", "int4": "int", "int8": "int", "oid": "int", "float4": "float", "float8": "float",
    "numeric": "_decimal.Decimal", "text": "str", "varchar": "str", "bpchar": "str", "name": "str", "char": "str",
    "bytea": "bytes", "date": "_datetime.date", "time": "_datetime.time", "timetz": "_datetime.time",
    "timestamp": "_datetime.datetime", "timestamptz": "_datetime.datetime", "interval": "_datetime.timedelta",
    "json": JSON, "jsonb": JSON, "uuid": "_uuid.UUID", "inet": _INET, "cidr": _CIDR, "void": "str",
}  # fmt: skip
_RANGES = ("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange")
_WRAPPERS = {"json": "_Json", "jsonb": "_Jsonb"}
CATALOG = "pg_catalog"


def is_known_array(element: Type) -> bool:
    """Tell whether psycopg by itself has arrays of a type of pg_catalog."""
    found = adapters.types.get(element.name) if element.schema == CATALOG else None
    return found is not None and bool(found.array_oid)


@dataclass
class Annotations:
    """The annotations of one module; `classes` are names of the schema's own types in it, by oid.

    `unknown` collects the types that come as text because psycopg has nothing else for them.
    """

    schema: Schema
    classes: dict[int, str]
    unknown: set[str] = field(default_factory=set)

    def of(self, oid: int, optional: bool = False) -> str:
        """Return the annotation of a type."""
        found = self._of(oid)
        return found if not optional or found == JSON else f"{found} | None"

    def _of(self, oid: int) -> str:
        kind = self.schema.types.get(oid)
        if kind is None:
            return "_Any"
        if oid in self.classes:
            return self.classes[oid]
        if kind.kind == "d":
            return self._of(kind.inner)
        if kind.kind == "array":
            return self._of_array(kind)
        if kind.kind in "rm" and (kind.name.replace("multirange", "range") in _RANGES or self.is_own(kind)):
            word = "_Range" if kind.kind == "r" else "_Multirange"
            return f"{word}[{self._of(kind.inner)}]"
        if kind.schema == CATALOG and kind.name in KNOWN:
            return KNOWN[kind.name]
        self.unknown.add(kind.sql)
        return "str"

    def is_own(self, kind: Type) -> bool:
        """Tell whether a type is one that register() tells a connection of."""
        return kind.schema in self.schema.own

    def is_plain(self, oid: int) -> bool:
        """Tell whether psycopg has arrays of a type, by itself or told by register()."""
        kind = self.schema.types.get(oid)
        if kind is None:
            return False
        if kind.schema == CATALOG:
            return is_known_array(kind)
        return self.is_own(kind) and kind.kind in "edcrm"

    def _of_array(self, kind: Type) -> str:
        """Return a list's annotation. The server promises neither that no element is NULL nor one dimension."""
        if not self.is_plain(kind.inner):
            self.unknown.add(kind.sql)
            return "str"
        element = self._of(kind.inner)
        return f"list[{element}]"

    def wrapped(self, oid: int, name: str) -> str:
        """Return how a value is given to psycopg: JSON must be called so, all else is known by its type."""
        kind = self._base(oid)
        if kind is not None and kind.kind == "array" and (element := self._base(kind.inner)):
            wrapper = _WRAPPERS.get(element.name) if element.schema == CATALOG else None
            return f"[{wrapper}(each) for each in {name}]" if wrapper else name
        wrapper = _WRAPPERS.get(kind.name) if kind and kind.schema == CATALOG else None
        return f"{wrapper}({name})" if wrapper else name

    def _base(self, oid: int) -> Type | None:
        kind = self.schema.types.get(oid)
        while kind is not None and kind.kind == "d":
            kind = self.schema.types.get(kind.inner)
        return kind
