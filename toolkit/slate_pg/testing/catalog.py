"""One picture of the catalogs, each part read when it is first asked for, and the finding of objects in it.

A picture never changes; `slate_pg.testing.freshness` decides when a new one is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from slate_pg.testing import lookup_sql
from slate_pg.testing.names import UnknownObject, quoted, same_type, split_name, type_name, unknown
from slate_pg.testing.objects import (
    Cast,
    Column,
    Constraint,
    Function,
    Index,
    Operator,
    OperatorClass,
    Place,
    Policy,
    Relation,
    Role,
    Rule,
    Trigger,
    Type,
)

SYSTEM = ("pg_catalog", "information_schema")
Row = TypeVar("Row")
Cached = TypeVar("Cached")
Part = TypeVar("Part", Column, Constraint, Index, Trigger, Policy, Rule)
Named = TypeVar("Named", Relation, Function, Type, Operator, OperatorClass)
Read = Callable[[str, type[Any], dict[str, Any]], list[Any]]


class Catalog:
    """The catalogs of a database in one state. `path` is the search path that bare names are looked up on."""

    def __init__(self, read: Read, version: int, path: Sequence[str] = ()) -> None:
        self._read = read
        self.version = version
        self._cache: dict[tuple[Any, ...], Any] = {}
        self.path = tuple(path)

    def _cached(self, key: tuple[Any, ...], make: Callable[[], Cached]) -> Cached:
        if key not in self._cache:
            self._cache[key] = make()
        return cast("Cached", self._cache[key])

    def _rows(self, part: str, row: type[Row], system: bool = False) -> list[Row]:
        return self._cached((part, system), lambda: self._read(part, row, {"system": system}))

    # What has a schema

    def schemas(self, schema: str | None) -> tuple[str, ...]:
        """Return the schemas to search: the one given, which must exist, or the search path."""
        if schema is None:
            return self.path
        if schema == "pg_temp":
            return tuple(s for s in self.path if s.startswith("pg_temp_"))
        self.place("schema", schema)
        return (schema,)

    def named(self, part: str, row: type[Named], schema: str) -> dict[str, list[Named]]:
        """Return the objects of one kind in one schema by name; a name may have several (overloads)."""
        system = schema in SYSTEM

        def grouped() -> dict[str, dict[str, list[Named]]]:
            found: dict[str, dict[str, list[Named]]] = defaultdict(lambda: defaultdict(list))
            for each in self._rows(part, row, system):
                found[each.schema][each.name].append(each)
            return found

        return self._cached((part, system, "named"), grouped).get(schema, {})

    def relations(self, schema: str | None = None, kinds: Iterable[str] = ()) -> list[Relation]:
        """Return the relations of a schema, or of the search path without the system's, of these kinds."""
        wanted = tuple(kinds)
        return [
            relation
            for each in self._listed(schema)
            for same in self.named("relations", Relation, each).values()
            for relation in same
            if not wanted or relation.kind in wanted
        ]

    def _listed(self, schema: str | None) -> tuple[str, ...]:
        return tuple(s for s in self.schemas(schema) if schema is not None or s not in SYSTEM)

    def find_relation(self, name: str, schema: str | None = None, kinds: Iterable[str] = ()) -> Relation | None:
        """Return the relation a name means, or None; UnknownObject when its schema does not exist."""
        schema, bare = split_name(name, schema)
        wanted = tuple(kinds)
        for each in self.schemas(schema):
            if each == "pg_catalog" and not bare.startswith("pg_"):
                continue  # nothing in there is called otherwise, and reading it costs more than all the rest
            for found in self.named("relations", Relation, each).get(bare, ()):
                if not wanted or found.kind in wanted:
                    return found
        return None

    def relation(self, name: str, schema: str | None = None, kinds: Iterable[str] = ()) -> Relation:
        """Return the relation a name means; UnknownObject when there is none."""
        wanted = tuple(kinds)
        found = self.find_relation(name, schema, wanted)
        if found is None:
            other = self.find_relation(name, schema)
            if other is not None:
                raise UnknownObject(f"{other} is a {other.kind}, not a {wanted[0]}")
            full = quoted(*(p for p in split_name(name, schema) if p))
            raise unknown(
                wanted[0] if wanted else "relation", full, self.relation_names(wanted), lookup_sql.relations(full)
            )
        return found

    def relation_names(self, kinds: Iterable[str] = ()) -> list[str]:
        """Return the qualified names of all relations that are not the system's, for suggestions."""
        wanted = tuple(kinds)
        return [str(r) for r in self._rows("relations", Relation) if not wanted or r.kind in wanted]

    @cached_property
    def by_oid(self) -> dict[int, Relation]:
        """Every relation by oid, the system's left out."""
        return {r.oid: r for r in self._rows("relations", Relation)}

    @cached_property
    def children(self) -> dict[int, list[Relation]]:
        """The direct children of each parent, partitions and inheriting tables."""
        found: dict[int, list[Relation]] = defaultdict(list)
        for relation in self._rows("relations", Relation):
            for parent in relation.parents:
                found[parent].append(relation)
        return found

    def parts(self, part: str, row: type[Part], relation: Relation) -> dict[str, Part]:
        """Return the columns, constraints, indexes, triggers, policies or rules of a relation by name."""
        system = relation.schema in SYSTEM

        def grouped() -> dict[int, dict[str, Part]]:
            found: dict[int, dict[str, Part]] = defaultdict(dict)
            for each in self._rows(part, row, system):
                found[each.relation][each.name] = each
            return found

        return self._cached((part, system, "parts"), grouped).get(relation.oid, {})

    def columns(self, relation: Relation) -> dict[str, Column]:
        """Return a relation's columns by name, in order."""
        return self.parts("columns", Column, relation)

    def constraints(self, relation: Relation, kind: str = "") -> list[Constraint]:
        """Return a table's constraints, or those of one of pg_constraint's kinds (c, f, p, u, x)."""
        return [c for c in self.parts("constraints", Constraint, relation).values() if kind in ("", c.kind)]

    def indexes(self, relation: Relation) -> dict[str, Index]:
        """Return a table's indexes by name."""
        return self.parts("indexes", Index, relation)

    def part(self, kind: str, name: str, relation: Relation, known: dict[str, Part]) -> Part:
        """Return one part by name; UnknownObject when the relation has no such part."""
        if name not in known:
            raise unknown(kind, f"{quoted(name)} on {relation}", [f"{quoted(n)} on {relation}" for n in known],
                          lookup_sql.parts(kind, str(relation)))  # fmt: skip
        return known[name]

    # Functions and types

    def functions(self, name: str, args: Sequence[str] | None = None, schema: str | None = None) -> list[Function]:
        """Return the functions a name means, all overloads unless argument types are given."""
        schema, bare = split_name(name, schema)
        spelled = None if args is None else [self.type_spelling(a) for a in args]
        for each in self.schemas(schema):
            found = self.named("functions", Function, each).get(bare, [])
            fitting = [f for f in found if spelled is None or _same_types(f.args, spelled)]
            if fitting:
                return fitting
        return []

    def function_names(self) -> list[str]:
        """Return all functions that are not the system's with their argument types, for suggestions."""
        return [str(f) for f in self._rows("functions", Function)]

    def functions_in(self, schema: str | None) -> list[Function]:
        """Return every function of a schema, or of the search path without the system's."""
        return [f for s in self._listed(schema) for same in self.named("functions", Function, s).values() for f in same]

    def find_type(self, name: str, schema: str | None = None) -> Type | None:
        """Return the type a name means, in any of its spellings and without modifier; None when there is none."""
        schema, bare = split_name(name, schema)
        spelled = type_name(bare).removesuffix("(1)")
        for each in self.schemas(schema):
            in_schema = self.named("types", Type, each)
            if bare in in_schema:
                return in_schema[bare][0]
            if each in SYSTEM:
                for (found,) in in_schema.values():
                    if found.spelled == spelled:
                        return found
        return None

    def type_spelling(self, name: str) -> str:
        """Return a type as the catalog prints it; UnknownObject when there is no such type."""
        bare = name.strip().removeprefix("setof ")
        array = bare[len(bare.rstrip("[]")) :]
        bare = bare.removesuffix(array) if array else bare
        plain = bare.partition("(")[0].strip() + bare.rpartition(")")[2] if "(" in bare else bare
        found = self.find_type(plain)
        if found is None:
            raise unknown("type", name, self.type_names(), lookup_sql.types(plain))
        return ("setof " if name.strip().startswith("setof ") else "") + found.spelled + array

    def type_names(self) -> list[str]:
        """Return the names of all types, the system's included, for suggestions."""
        return [t.spelled for system in (False, True) for t in self._rows("types", Type, system)]

    def types(self, schema: str | None, kinds: str) -> list[Type]:
        """Return the types of these of pg_type's kinds in a schema or on the search path; no row types of tables."""
        found = [t for s in self._listed(schema) for (t,) in self.named("types", Type, s).values()]
        return [t for t in found if t.kind in kinds and not t.is_row_type]

    # What has no schema

    @cached_property
    def casts(self) -> list[Cast]:
        """Every cast."""
        return self._rows("casts", Cast)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Every role by name."""
        return {r.name: r for r in self._rows("roles", Role)}

    def role(self, name: str) -> Role:
        """Return a role; UnknownObject when there is none."""
        if name not in self.roles:
            raise unknown("role", name, self.roles, "SELECT rolname FROM pg_roles ORDER BY 1;")
        return self.roles[name]

    def places(self, kind: str) -> dict[str, Place]:
        """Return the schemas, languages, extensions … by name."""
        return self._cached(
            ("places", kind), lambda: {p.name: p for p in self._rows("places", Place) if p.kind == kind}
        )

    def place(self, kind: str, name: str) -> Place:
        """Return one of them; UnknownObject when there is none."""
        known = self.places(kind)
        if name not in known:
            raise unknown(kind, name, known, lookup_sql.places(kind))
        return known[name]

    def privileges(self, kind: str, role: str, wanted: Sequence[str], oid: int = 0, name: str = "") -> set[str]:
        """Return which of these privileges a role effectively has on one object; UnknownObject for no such role."""
        self.role(role)
        asked = {"kind": kind, "role": role, "privileges": list(wanted), "oid": oid, "name": name}
        key = ("privileges", kind, role, tuple(wanted), oid, name)
        return self._cached(key, lambda: {r.privilege for r in self._read("privileges", _Privilege, asked)})


class _Privilege:
    def __init__(self, privilege: str) -> None:
        self.privilege = privilege


def _same_types(have: Sequence[str], want: Sequence[str]) -> bool:
    return len(have) == len(want) and all(same_type(h, w) for h, w in zip(have, want, strict=True))
