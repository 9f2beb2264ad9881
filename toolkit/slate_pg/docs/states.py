"""One state of a project's databases, to be compared with another: what files build, or what a live database holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slate_pg.catalog import reader
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.config import Product, Project
from slate_pg.docs import model
from slate_pg.docs.building import Built, build
from slate_pg.docs.history import describe
from slate_pg.docs.naming import Name
from slate_pg.docs.reading import Source, read_source
from slate_pg.docs.tables import make_tables
from slate_pg.migrations import others
from slate_pg.migrations.installations import find_owned, read_all, read_files
from slate_pg.postgres.connection import Connection

Column = tuple[str, str, str, str]  # schema, table, role, command: the columns that are granted to it
Functions = Mapping[Name, Sequence[Name]]  # the functions that the policies of a table call


@dataclass(frozen=True)
class State:
    """What is there in one state: the catalog, tables with who may do what, migrations, and whose each schema is.

    `live` is a database's, whose owners and roles the files do not know; `notes` say what was left out.
    """

    name: str
    catalog: Catalog
    tables: Mapping[Name, model.Table] = field(default_factory=dict)
    migrations: Mapping[str, Mapping[str, model.Migration]] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    policies: Functions = field(default_factory=dict)
    columns: Mapping[Column, frozenset[str]] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    live: bool = False
    notes: tuple[str, ...] = ()


def nothing(name: str, major: int) -> State:
    """Return the state of a commit that has no migrations yet. Pure."""
    return State(name, Catalog({}, major=major), notes=(f"{name} has no migrations: all there is now is new",))


def of_files(
    project: Project,
    products: Sequence[Product],
    name: str,
    *,
    trust: bool = False,
    major: int | None = None,
    whole: bool = True,
) -> State:
    """Return what the products' files build, `whole` with what belongs to the database. Writes to a disposable server.

    SlateError where a file cannot be applied.
    """
    built = build(project, products, trust=trust, major=major, catalog=whole)
    files = read_files(project.select([p.name for p in products]))
    migrations = {name: {m.id: describe(m, project.root) for m in ordered} for name, ordered in files.items()}
    catalog = _without_roles(built.catalog or Catalog({}), built.source.hidden)
    return _state(name, built, catalog, migrations)


def _without_roles(catalog: Catalog, hidden: Collection[str]) -> Catalog:
    """Return a catalog without the roles of a disposable server, and what they own as nobody's."""

    def of(facts: Facts) -> Facts:
        return {i: {**f, "owner": ""} if f.get("owner") in hidden else f for i, f in facts.items() if not gone(i)}

    def gone(identity: Identity) -> bool:
        return any(each.kind in ("role", "membership", "setting") and each.name in hidden
                   for each in (identity, *identity.chain))  # fmt: skip

    return replace(catalog, facts=of(catalog.facts), leaves={leaf: of(f) for leaf, f in catalog.leaves.items()})


def of_database(connection: Connection, project: Project, products: Sequence[Product], name: str) -> State:
    """Return what a database holds of the products, each in its own schema. Reads only."""
    states = [s for s in read_all(connection, project, [p.name for p in products]) if s.applied]
    own = {s.product: s for s in states if s.schema == project.product(s.product).schema}
    others_ = sorted(s.schema for s in states if own.get(s.product) != s)
    schemas = {
        p.name: [*find_owned(connection, [own[p.name]]).schemas] if p.name in own else [*p.path] for p in products
    }
    everything = sorted({s for found in schemas.values() for s in found})
    left = {
        part for schema in everything for tool, namespace, table in others.find_tables(connection, schema)
        for part in others.parts(connection, tool, namespace, table)
    }  # fmt: skip
    catalog = reader.read(connection, everything, database=False).without(left)
    migrations = {product: {row.id: model.Migration(row.id) for row in state.applied} for product, state in own.items()}
    built = Built(read_source(connection, everything), schemas, {}, catalog=catalog)
    notes = [f"further installations are not compared: {', '.join(others_)}"] if others_ else []
    return replace(_state(name, built, catalog, migrations), live=True, notes=tuple(notes))


def _state(name: str, built: Built, catalog: Catalog, migrations: Mapping[str, Mapping[str, model.Migration]]) -> State:
    source = built.source
    return State(
        name,
        normalise_catalog(catalog),
        {(t.schema, t.name): t for t in make_tables(source, {}, {})},
        migrations,
        {schema: product for product, schemas in built.schemas.items() for schema in schemas},
        _called_by_policies(source),
        _granted_columns(source),
        source.roles,
    )


def _called_by_policies(source: Source) -> dict[Name, list[Name]]:
    """Return the functions that the policies of each table call, by the catalog."""
    found: dict[Name, list[Name]] = {}
    for kind, schema, _, on, used, used_schema, used_name, _ in source.dependents:
        if kind == "policy" and used == "function":
            found.setdefault((schema, on), []).append((used_schema, used_name))
    return found


def _granted_columns(source: Source) -> dict[Column, frozenset[str]]:
    """Return the columns that each role has been granted by name, by table and command."""
    found: dict[Column, frozenset[str]] = {}
    for schema, table, _, command, columns, roles in source.grants:
        for role in roles if columns else ():
            place = (schema, table, role, command)
            found[place] = found.get(place, frozenset()) | frozenset(columns)
    return found
