"""Says which type of SQLAlchemy a column has, and what Python gets and gives there. Pure; imports no SQLAlchemy.

Values of types for which SQLAlchemy and psycopg have nothing (composite types, ranges of the schema's own, point, …)
travel as text, both ways. A domain over json, an array or an enum has its base's type: only so its values are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from slate_pg.generate.annotations import CATALOG, JSON, KNOWN, is_known_array
from slate_pg.generate.model import Column, Schema, Type

_NUMBERS = re.compile(r"\((-?\d+)(?:,\s*(-?\d+))?\)")
_PLAIN = {
    "bool": "_sa.Boolean()", "int2": "_sa.SmallInteger()", "int4": "_sa.Integer()", "int8": "_sa.BigInteger()",
    "oid": "_pg.OID()", "float4": "_pg.REAL()", "float8": "_pg.DOUBLE_PRECISION()", "text": "_sa.Text()",
    "bytea": "_sa.LargeBinary()", "date": "_sa.Date()", "interval": "_pg.INTERVAL()", "uuid": "_sa.Uuid()",
    "json": "_pg.JSON(none_as_null=True)", "jsonb": "_pg.JSONB(none_as_null=True)", "inet": "_pg.INET()",
    "cidr": "_pg.CIDR()",
}  # fmt: skip
# Text to the driver and no more to SQLAlchemy, whose own types cannot compare them.
_TEXTS = ("macaddr", "macaddr8", "money", "tsvector", "tsquery", "regclass")
_RANGES = {
    "int4": ("INT4", "int"), "int8": ("INT8", "int"), "num": ("NUM", "_decimal.Decimal"),
    "date": ("DATE", "_datetime.date"), "ts": ("TS", "_datetime.datetime"), "tstz": ("TSTZ", "_datetime.datetime"),
}  # fmt: skip
_TIMES = {"time": "TIME", "timetz": "TIME", "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP"}
_EXTENSIONS = {"citext": ("_pg.CITEXT()", "str"), "hstore": ("_pg.HSTORE()", "dict[str, str | None]")}


@dataclass(frozen=True)
class Spelling:
    """A type as the module has it: `code` makes it, `kind` annotates its values; `scalar` ones a domain can be of."""

    code: str
    kind: str
    scalar: bool = False


@dataclass
class ModelTypes:
    """The types of one module; `enums` are names of aliases in it, by oid. `unknown` collects what comes as text."""

    schema: Schema
    enums: dict[int, str]
    unknown: set[str] = field(default_factory=set)

    def of(self, column: Column) -> Spelling:
        """Return the type of a column and the annotation of its values, NULL apart."""
        found = self._of(column.type, column.sql_type, column.nested)
        if column.nested and found.kind.startswith("list["):
            return Spelling(found.code, "list[_Any]")
        return found

    def annotation(self, column: Column) -> str:
        """Return what a column's attribute is annotated with."""
        kind = self.of(column).kind
        return kind if column.not_null or kind == JSON else f"{kind} | None"

    def enum(self, kind: Type) -> str:
        """Return the code that makes an enum's type; no table of the module ever makes or drops it."""
        labels = "".join(f"{label!r}, " for label in kind.labels)
        return f"_pg.ENUM({labels}name={kind.name!r}{self._place(kind)}, create_type=False, inherit_schema=False)"

    def _place(self, kind: Type) -> str:
        """Return where a type is; what is in the product's first schema is found wherever that is installed."""
        return "" if kind.schema == self.schema.own[0] else f", schema={kind.schema!r}"

    def _of(self, oid: int, sql_type: str = "", nested: bool = False) -> Spelling:
        kind = self.schema.types.get(oid)
        if kind is None:  # the row type of a table
            return self._text(sql_type or "record")
        if kind.kind == "e":
            return Spelling(f"_{self.enums[oid]}_type", self.enums[oid])
        if kind.kind == "d":
            return self._domain(kind)
        if kind.kind == "array":
            return self._array(kind, sql_type, nested)
        if kind.name in _EXTENSIONS and kind.schema != CATALOG:
            return Spelling(*_EXTENSIONS[kind.name])
        found = self._range(kind) if kind.kind in "rm" else self._builtin(kind, sql_type)
        return found or self._text(sql_type or kind.sql)

    def _text(self, sql_type: str) -> Spelling:
        self.unknown.add(sql_type)
        return Spelling(f"_Named({sql_type!r})", "str")

    def _builtin(self, kind: Type, sql_type: str) -> Spelling | None:
        """Return a type of pg_catalog; None for one that SQLAlchemy has no word for."""
        if kind.schema != CATALOG:
            return None
        said = _NUMBERS.search(sql_type)
        numbers = [n for n in said.groups() if n is not None] if said else []
        if kind.name in _PLAIN:
            return Spelling(_PLAIN[kind.name], KNOWN[kind.name], scalar=kind.name not in ("json", "jsonb"))
        if kind.name in _TEXTS:
            return Spelling(f"_Named({kind.name!r})", "str", scalar=True)
        if kind.name in _TIMES:
            zone = f"timezone={kind.name.endswith('tz')}"
            code = f"_pg.{_TIMES[kind.name]}({zone}{f', precision={numbers[0]}' if numbers else ''})"
            return Spelling(code, KNOWN[kind.name], scalar=True)
        if kind.name in ("numeric", "varchar") or (kind.name == "bpchar" and numbers):
            word = {"numeric": "Numeric", "varchar": "String", "bpchar": "CHAR"}[kind.name]
            return Spelling(f"_sa.{word}({', '.join(numbers)})", KNOWN[kind.name], scalar=True)
        if kind.name in ("bit", "varbit"):
            varying = "varying=True" if kind.name == "varbit" else ""
            return Spelling(f"_pg.BIT({', '.join(filter(None, [*numbers, varying]))})", "str", scalar=True)
        return Spelling(f"_Named({kind.sql!r})", "str") if KNOWN.get(kind.name) == "str" else None

    def _range(self, kind: Type) -> Spelling | None:
        """Return a range or multirange of PostgreSQL's; None for one of the schema's own."""
        word = "RANGE" if kind.kind == "r" else "MULTIRANGE"
        bounds = _RANGES.get(kind.name.removesuffix(word.lower()))
        if kind.schema != CATALOG or bounds is None:
            return None
        holder = "Range" if kind.kind == "r" else "MultiRange"
        return Spelling(f"_pg.{bounds[0]}{word}()", f"_ranges.{holder}[{bounds[1]}]")

    def _domain(self, kind: Type) -> Spelling:
        base = self._of(kind.inner, self._sql_of(kind))
        if not base.scalar:
            return base
        return Spelling(f"_Domain({kind.name!r}, {base.code}{self._place(kind)})", base.kind)

    def _sql_of(self, kind: Type) -> str:
        """Return how a domain's base is written, without the numbers behind it: the domain itself keeps to these."""
        inner = self.schema.types.get(kind.inner)
        return inner.sql if inner else ""

    def _array(self, kind: Type, sql_type: str, nested: bool) -> Spelling:
        """Return an array's type. What the driver has no arrays of is cast on its way, or is text."""
        element = self.schema.types.get(kind.inner)
        base = self._base(element) if element else None
        if element is None or base is None or not (base.kind == "e" or is_known_array(base)):
            return self._text(kind.sql)
        item = self._of(base.oid, base.sql if element.kind == "d" else sql_type.removesuffix("[]"))
        if base.kind == "e" and nested:  # SQLAlchemy reads one dimension of an enum's array
            return Spelling(f"_Cast(_sa.Text(), _Named({kind.sql!r}))", f"list[{item.kind}]")
        if element.kind == "d":
            return Spelling(f"_Cast({item.code}, _Named({kind.sql!r}))", f"list[{item.kind}]")
        flat = ", dimensions=1" if base.kind == "m" and not nested else ""  # a multirange is a list as well
        return Spelling(f"_pg.ARRAY({item.code}{flat})", f"list[{item.kind}]")

    def _base(self, kind: Type) -> Type:
        while kind.kind == "d" and kind.inner in self.schema.types:
            kind = self.schema.types[kind.inner]
        return kind
