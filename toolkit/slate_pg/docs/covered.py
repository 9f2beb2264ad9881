"""What tests reached of a schema, from the report of `slate test --coverage-json`, for the pages of a site. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slate_pg.catalog.identity import quote
from slate_pg.docs.model import Function, Product, Table

KINDS = ("statement", "branch", "trigger", "policy", "check", "constraint", "privilege", "denial")
_OF_FUNCTIONS = ("statement", "branch")


@dataclass(frozen=True)
class Part:
    """One thing that was counted: where, what it says, and what is wanting of it; nothing of what tests reached."""

    schema: str
    object: str
    kind: str
    said: str
    wanting: str
    place: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the index: a schema, and of each kind how much was reached, of how much."""

    schema: str
    cells: tuple[str, ...]
    percent: str


@dataclass(frozen=True)
class Group:
    """The parts of one table or function; `key` is its schema and name, and empty of what has no page of its own."""

    name: str
    parts: tuple[Part, ...]
    key: tuple[str, ...] = ()

    @property
    def reached(self) -> int:
        """How many were reached."""
        return sum(not part.wanting for part in self.parts)

    @property
    def missed(self) -> list[Part]:
        """Those that were not."""
        return [part for part in self.parts if part.wanting]


@dataclass(frozen=True)
class Coverage:
    """A report, put in groups by the tables and functions of a site; `notes` say what was not counted."""

    kinds: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    tables: Mapping[tuple[str, str], Group] = field(default_factory=dict)
    functions: Mapping[tuple[str, str], Group] = field(default_factory=dict)
    others: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()

    def of_table(self, table: Table) -> Group | None:
        """Return what was counted of a table or view."""
        return self.tables.get((table.schema, table.name))

    def of_function(self, function: Function) -> Group | None:
        """Return what was counted of a function, of all that have its name."""
        return self.functions.get((function.schema, function.name))


def read(text: str, products: Iterable[Product]) -> Coverage:
    """Return the coverage that a report holds, for these products. ValueError, KeyError, TypeError for another text."""
    found = json.loads(text)
    parts = [_part(item) for item in found["items"]]
    products = list(products)
    tables = {(table.schema, table.name) for product in products for table in product.tables}
    names = {(f.schema, quote(f.name)): (f.schema, f.name) for product in products for f in product.functions}
    grouped: dict[tuple[str, tuple[str, ...], str], list[Part]] = {}
    for part in parts:
        grouped.setdefault(_whose(part, tables, names), []).append(part)
    groups = {place: Group(place[2], tuple(found), place[1]) for place, found in grouped.items()}
    kinds = tuple(kind for kind in KINDS if any(part.kind == kind for part in parts))
    return Coverage(
        kinds,
        tuple(_rows(parts, kinds)),
        {(g.key[0], g.key[1]): g for (what, _, _), g in groups.items() if what == "table"},
        {(g.key[0], g.key[1]): g for (what, _, _), g in groups.items() if what == "function"},
        tuple(g for (what, _, _), g in groups.items() if what == "other"),
        tuple(f"{u['schema']}.{u['object']}: {u['why']}" for u in found["unmeasured"]),
    )


def _part(item: Mapping[str, Any]) -> Part:
    line = item["file_line"] or item["line"]
    place = f"{item['file']}:{line}" if item["file"] else f"line {line}" if line else ""
    wanting = item["wanting"]
    if not isinstance(wanting, str) or item["kind"] not in KINDS:
        raise TypeError("no report of coverage")
    return Part(item["schema"], item["object"], item["kind"], item["said"], wanting, place)


def _whose(
    part: Part, tables: set[tuple[str, str]], functions: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[str, tuple[str, ...], str]:
    """Return whether a part is a table's, a function's or another's, its schema and name, and what it is called."""
    own = functions.get((part.schema, part.object.rpartition("(")[0]))
    if own and (part.kind in _OF_FUNCTIONS or part.said.startswith("EXECUTE by ")):
        return "function", own, part.object
    name = part.object
    while name and part.kind not in _OF_FUNCTIONS:
        # No name is empty: of "..." the table is ".", whose constraint is ".", and not "..".
        if (part.schema, name) in tables and part.object != f"{name}.":
            return "table", (part.schema, name), name
        name = name.rpartition(".")[0]
    return "other", (), f"{part.schema}.{part.object}"


def _rows(parts: list[Part], kinds: tuple[str, ...]) -> Iterable[Row]:
    for schema in sorted({part.schema for part in parts}):
        ours = [part for part in parts if part.schema == schema]
        cells = ([part for part in ours if part.kind == kind] for kind in kinds)
        shares = tuple(f"{sum(not p.wanting for p in cell)}/{len(cell)}" if cell else "–" for cell in cells)
        yield Row(schema, shares, f"{100 * sum(not p.wanting for p in ours) / len(ours):.1f} %")
