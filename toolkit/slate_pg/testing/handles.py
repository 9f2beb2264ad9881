"""Handles that a test holds: a relation, and its parts dressed for comparison with the matchers.

A handle keeps the name, never the data: each look goes to a picture of the catalogs that is true at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slate_pg.testing import lookup_sql, objects
from slate_pg.testing.catalog import Catalog
from slate_pg.testing.matchers import Names
from slate_pg.testing.names import UnknownObject, quoted, same_expression, split_name, unknown
from slate_pg.testing.objects import ACTIONS, MATCHES


class Handle:
    """One object of the catalog with its fields as attributes, its name in reports, and the SQL to look yourself."""

    def __init__(self, name: str, row: Any, look: str, **derived: Any) -> None:
        self.__dict__.update({field: getattr(row, field) for field in row.__dataclass_fields__} | derived)
        self._name = name
        self._lookup = look

    def __getattr__(self, field: str) -> Any:
        raise AttributeError(
            f"{self._name} has no field {field}; it has {', '.join(k for k in vars(self) if k[0] != '_')}"
        )

    def __repr__(self) -> str:
        return self._name

    def lookup(self) -> str:
        """Return the SQL that shows the object, for whoever wants to look."""
        return self._lookup


class Relation:
    """A table, view or other relation of the database under test."""

    def __init__(self, catalog: Callable[[], Catalog], row: objects.Relation) -> None:
        self._catalog = catalog
        self._schema, self._bare, self._kind = row.schema, row.name, row.kind

    def __repr__(self) -> str:
        return quoted(self._schema, self._bare)

    @property
    def row(self) -> objects.Relation:
        """The relation as the catalog has it now; UnknownObject when it is gone."""
        return self._catalog().relation(self._bare, self._schema, (self._kind,))

    @property
    def kind(self) -> str:
        """What it is: table, view, materialized view, sequence, foreign table …."""
        return self._kind

    @property
    def owner(self) -> str:
        """The owner."""
        return self.row.owner

    @property
    def comment(self) -> str:
        """The comment, empty when there is none."""
        return self.row.comment

    @property
    def row_security(self) -> bool:
        """Whether row security is enabled."""
        return self.row.row_security

    @property
    def forced(self) -> bool:
        """Whether row security binds the owner too."""
        return self.row.forced

    @property
    def partition_key(self) -> str | None:
        """How it is partitioned, such as RANGE (at); None when it is not."""
        return self.row.partition_key

    @property
    def partitions(self) -> Names:
        """The qualified names of its direct partitions."""
        return Names(sorted(str(c) for c in self._catalog().children[self.row.oid] if c.is_partition))

    @property
    def columns(self) -> Names:
        """The names of its columns, in order."""
        return Names(self._catalog().columns(self.row))

    def column(self, name: str) -> Handle:
        """Return a column, to compare with col(…)."""
        catalog, row = self._catalog(), self.row
        return self._handle("column", catalog.part("column", name, row, catalog.columns(row)), f".{name}")

    @property
    def primary_key(self) -> Names | None:
        """The columns of the primary key in order, None without one."""
        keys = self._catalog().constraints(self.row, "p")
        return Names(keys[0].columns) if keys else None

    @property
    def unique(self) -> list[Names]:
        """The columns of each UNIQUE constraint."""
        return [Names(c.columns) for c in self._catalog().constraints(self.row, "u")]

    @property
    def checks(self) -> dict[str, str]:
        """The CHECK constraints: name and expression."""
        return {c.name: c.expression or "" for c in self._catalog().constraints(self.row, "c")}

    @property
    def constraints(self) -> dict[str, str]:
        """Every constraint: name and definition."""
        return {c.name: c.definition for c in self._catalog().constraints(self.row)}

    def fk(self, *columns: str) -> Handle:
        """Return the foreign key on exactly these columns, to compare with refs(…)."""
        row = self.row
        keys = self._catalog().constraints(row, "f")
        found = [k for k in keys if tuple(k.columns) == columns]
        if not found:
            for column in columns:
                self.column(column)
            known = [f"({', '.join(k.columns)}) on {self}" for k in keys]
            raise unknown("foreign key", f"({', '.join(columns)}) on {self}", known, lookup_sql.parts("fk", str(self)))
        key = found[0]
        actions = {
            "on_delete": ACTIONS[key.on_delete],
            "on_update": ACTIONS[key.on_update],
            "match": MATCHES[key.match],
        }
        return self._handle("foreign key", key, f"({', '.join(columns)})", **actions)

    @property
    def indexes(self) -> Names:
        """The names of its indexes."""
        return Names(self._catalog().indexes(self.row))

    def index(self, name: str | None = None, *, on: str | Sequence[str] = ()) -> Handle:
        """Return the index of a name, or the only one on exactly these columns, as a handle to compare."""
        catalog, row = self._catalog(), self.row
        known = catalog.indexes(row)
        if name is not None:
            return self._handle("index", catalog.part("index", name, row, known), f" index {name}")
        wanted = [on] if isinstance(on, str) else list(on)
        found = [i for i in known.values() if _same_columns(i.columns, wanted)]
        if len(found) > 1:
            raise UnknownObject(f"{self} has {len(found)} indexes on {wanted}: {[i.name for i in found]}; name one")
        if not found:
            columns = [f"on {self} ({', '.join(i.columns)})" for i in known.values()]
            raise unknown("index", f"on {self} ({', '.join(wanted)})", columns, lookup_sql.parts("index", str(self)))
        return self._handle("index", found[0], f" index {found[0].name}")

    @property
    def policies(self) -> Names:
        """The names of its row security policies."""
        return Names(self._catalog().parts("policies", objects.Policy, self.row))

    def policy(self, name: str) -> Handle:
        """Return a row security policy as a handle to compare."""
        catalog, row = self._catalog(), self.row
        found = catalog.part("policy", name, row, catalog.parts("policies", objects.Policy, row))
        return self._handle("policy", found, f" policy {name}", to=found.roles)

    @property
    def triggers(self) -> Names:
        """The names of its triggers."""
        return Names(self._catalog().parts("triggers", objects.Trigger, self.row))

    def trigger(self, name: str) -> Handle:
        """Return a trigger as a handle to compare."""
        catalog, row = self._catalog(), self.row
        found = catalog.part("trigger", name, row, catalog.parts("triggers", objects.Trigger, row))
        return self._handle("trigger", found, f" trigger {name}")

    def _handle(self, kind: str, row: Any, suffix: str, **derived: Any) -> Handle:
        return Handle(f"{self}{suffix}", row, lookup_sql.parts(kind, str(self)), **derived)


def _same_columns(have: Sequence[str], want: Sequence[str]) -> bool:
    return len(have) == len(want) and all(h == w or same_expression(h, w) for h, w in zip(have, want, strict=True))


def split_signature(text: str, args: Sequence[str] | None) -> tuple[str, Sequence[str] | None]:
    """Return the name and the argument types of `f`, `app.f(uuid, text)` or of a name and types given apart."""
    if args is None and text.endswith(")"):
        name, _, listed = text[:-1].partition("(")
        return name.strip(), [a.strip() for a in _split_types(listed)]
    return text, args


def _split_types(text: str) -> list[str]:
    """Split at the commas that are not inside of numeric(10,2)."""
    found, depth, current = [], 0, ""
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            found.append(current)
            current = ""
        else:
            current += character
    return [*found, current] if current.strip() else found


def function_handle(catalog: Catalog, name: str, args: Sequence[str] | None) -> Handle:
    """Return the only function of a name (and argument types); UnknownObject for none or for several."""
    bare, types = split_signature(name, args)
    found = catalog.functions(bare, types)
    if not found:
        shown = f"{bare}({', '.join(types)})" if types is not None else bare
        near = [f"{f}" for f in catalog.functions(bare)] or catalog.function_names()
        raise unknown("function", shown, [*near, *{n.partition("(")[0] for n in near}], lookup_sql.functions(bare))
    if len(found) > 1:
        raise UnknownObject(f"{split_name(bare)[1]} has {len(found)} overloads: {'; '.join(map(str, found))}; "
                            "give the argument types")  # fmt: skip
    (row,) = found
    settings = dict(s.split("=", 1) for s in row.settings)
    look = f"SELECT pg_get_functiondef('{row}'::regprocedure);"
    return Handle(str(row), row, look, search_path=settings.get("search_path"))
