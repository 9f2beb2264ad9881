"""Says what of a database goes into the backup of one installation: its schema, and all that its migrations made.

pg_dump knows schemas or everything. Where something lies elsewhere it is given everything but what is surely another's,
and the entries of its archive are chosen by the objects that they are of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from slate_pg.catalog.portion import Part as CatalogPart
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere
from slate_pg.migrations.elsewhere import DATABASE, Address
from slate_pg.postgres.connection import Connection, package_sql

CHOSEN = ".list"  # behind the name of an archive: the entries of it that are restored
_ENTRY = re.compile(r"^\d+; (\d+) (\d+) (\S+)")
_FRAME = ("ENCODING", "STDSTRINGS", "SEARCHPATH")
_OF_DATABASE = (
    "schema", "extension", "publication", "event trigger", "foreign-data wrapper", "server", "user mapping", "cast",
    "language", "transform", "access method", "large object", "subscription", "default acl", DATABASE,
)  # fmt: skip
_RELATIONS = ("table", "view", "materialized view", "foreign table", "sequence")
_IN_PUBLICATION = ("publication relation", "publication namespace")
_BY_NAME = ("extension", "language")  # made by their names before anything is restored, or with them
_RELATION = "pg_catalog.pg_class"


@dataclass(frozen=True)
class Selection:
    """What an installation owns: whole `schemas`, its own first, and single objects in `made`.

    `large_objects` says whether those of the database are carried, `left_out` what is not carried, in words.
    """

    schemas: list[str]
    made: frozenset[Address] = frozenset()
    large_objects: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def places(self) -> list[str]:
        """The schemas of others in which something is the installation's."""
        return sorted({a.place for a in self.made if a.place} - set(self.schemas))

    @property
    def is_plain(self) -> bool:
        """Whether all of it is its own schema."""
        return len(self.schemas) == 1 and not self.made and not self.large_objects

    @property
    def tables(self) -> dict[str, set[str]]:
        """The names of tables, views and sequences that it has in the schemas of others."""
        inside = [a for a in self.made if a.type in _RELATIONS]
        return {place: {a.names[1] for a in inside if a.place == place} for place in self.places}

    @property
    def parts(self) -> list[CatalogPart]:
        """What it has elsewhere, as the catalog names it."""
        return [CatalogPart.of(a.type, a.names, a.args, a.place) for a in self.made]


def select(connection: Connection, schema: str, made: Collection[Address], shared: Sequence[str]) -> Selection:
    """Return what belongs into the backup of a schema. Reads only.

    SlateError, naming it, where something of it leans on what is neither the installation's nor `shared`.
    """
    schemas = [schema, *sorted(a.names[0] for a in made if a.type == "schema")]
    own = frozenset(a for a in made if a.type != "schema" and a.place not in schemas)
    carried = frozenset(a for a in own if not _reason(a))
    _refuse_leanings(connection, [*schemas, *shared], carried)
    left = [f"{address}: {_reason(address)}" for address in sorted(own - carried)]
    objects, others = _large_objects(connection, schemas, carried)
    left += [f"{others} large objects of the database: nothing here is known to use them"] if others else []
    left += _never_carried(connection, carried)
    return Selection(schemas, carried, tuple(objects), tuple(left))


def _reason(address: Address) -> str:
    """Return why an object is not carried; empty where it is."""
    if address.on:
        return f'it hangs on "{address.place}"."{address.on}", which is not the installation\'s'
    if address.type == DATABASE:
        return "comment, settings and privileges are the database's, and the one restored into has its own"
    return "it connects to another server, with a password" if address.type == "subscription" else ""


def _never_carried(connection: Connection, made: Iterable[Address]) -> list[str]:
    """Name what no logical backup holds: subscriptions, and passwords that this role does not see. Reads only."""
    query = (
        "SELECT s.subname FROM pg_catalog.pg_subscription AS s INNER JOIN pg_catalog.pg_database AS d "
        "ON d.oid = s.subdbid WHERE d.datname = current_database() ORDER BY 1"
    )
    left = [f"subscription {name}: it connects to another server" for (name,) in connection.execute(query.encode())]
    hidden = "SELECT srvname, usename FROM pg_catalog.pg_user_mappings WHERE umoptions IS NULL"
    there = {(server, user) for server, user in connection.execute(hidden.encode())}
    mapped = [a for a in made if a.type == "user mapping" and (a.args[0], a.names[0]) in there]
    return left + [f"the options of {a}: none, or hidden from this role" for a in sorted(mapped)]


def _refuse_leanings(connection: Connection, schemas: list[str], made: Iterable[Address]) -> None:
    named = [".".join(a.names) for a in made if a.place]
    rows = connection.execute(package_sql("backup/find_leanings"), {"schemas": schemas, "named": named}).fetchall()
    if rows:
        lines = [f"  {who} needs {type_} {'.'.join(names)}" for type_, names, who in rows]
        raise SlateError(
            f"what no migration of this installation made is needed by {len(rows)} of its objects",
            detail=lines[:20] + ([f"  … {len(lines) - 20} more"] if len(lines) > 20 else []),
            hint="Nothing was written, for it could not be restored. `slate backup --physical` holds everything.",
        )


def _large_objects(connection: Connection, schemas: list[str], made: Iterable[Address]) -> tuple[list[int], int]:
    """Return the large objects to carry, and how many others there are. Reads only.

    pg_dump takes all or none: all where a migration made one, or a column can hold the number of one.
    """
    there = [r[0] for r in connection.execute("SELECT oid::bigint FROM pg_catalog.pg_largeobject_metadata ORDER BY 1")]
    if not there:
        return [], 0
    holds = connection.execute(package_sql("backup/holds_numbers"), {"schemas": schemas}).fetchone()
    uses = any(a.type == "large object" for a in made) or bool(holds and holds[0])
    return (there, 0) if uses else ([], len(there))


def is_more_than_schemas(connection: Connection) -> bool:
    """Tell whether a backup has anything to say of the database itself: large objects, subscriptions. Reads only."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) OR EXISTS (SELECT FROM "
        "pg_catalog.pg_subscription AS s INNER JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid "
        "WHERE d.datname = current_database())"
    )
    return bool(connection.execute(query.encode()).fetchone()[0])  # type: ignore[index]


def arguments(connection: Connection, selection: Selection) -> list[str]:
    """Return what tells pg_dump what to take. Reads only."""
    if selection.is_plain:
        return [f"--schema={pattern(selection.schemas[0])}"]
    parameters = {"schemas": selection.schemas, "places": selection.places}
    chosen = ["--no-subscriptions", "-b" if selection.large_objects else "-B"]
    own = selection.tables
    for schema, name in connection.execute(package_sql("backup/find_strangers"), parameters).fetchall():
        if schema is None:
            chosen.append(f"--exclude-schema={pattern(name)}")
        elif name not in own[schema]:
            chosen.append(f"--exclude-table={pattern(schema)}.{pattern(name)}")
    return chosen


def pattern(name: str) -> str:
    """Return a name as pg_dump's patterns take it, for itself only. Pure."""
    return '"' + name.replace('"', '""') + '"'


def choose(connection: Connection, selection: Selection, listed: str) -> str:
    """Return the lines of pg_restore's list that are of the installation. Reads only."""
    lines = [line for line in listed.splitlines() if _ENTRY.match(line)]
    keys = [_key(line) for line in lines]
    addresses = _addresses(connection, {key for key in keys if key[1]})
    kept, last = [], False
    for line, key in zip(lines, keys, strict=True):
        word = _ENTRY.match(line)[3]  # type: ignore[index]
        if word in _FRAME:
            kept.append(line)
            continue
        if word == "SEQUENCE" and not key[1]:
            kept.append(line)  # a value, or who owns one: sequences of others are not dumped
            continue
        if word.startswith("BLOB"):
            last = bool(selection.large_objects)
        elif key[1]:
            last = key in addresses and _is_ours(selection, *addresses[key])
        # What has no object of its own, a comment or a grant, stands behind the entry it is of.
        if last:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _key(line: str) -> tuple[int, int]:
    """Return catalog and object of an entry; data has its table's object, and no catalog."""
    found = _ENTRY.match(line)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _addresses(connection: Connection, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[Address, str]]:
    """Return the address of each object, and the table that an index is of. Reads only."""
    row = connection.execute(f"SELECT '{_RELATION}'::regclass::oid::bigint".encode()).fetchone()
    relation = int(row[0]) if row else 0
    asked = sorted({(class_ or relation, object_) for class_, object_ in keys})
    rows = connection.execute(
        package_sql("backup/find_addresses"), [[c for c, _ in asked], [o for _, o in asked]]
    ).fetchall()
    found = {
        (class_, object_): (Address(type_, tuple(names), tuple(args), place or ""), on or "")
        for class_, object_, type_, names, args, place, on in rows
    }
    return found | {(0, o): value for (c, o), value in found.items() if c == relation}


def _is_ours(selection: Selection, address: Address, table: str) -> bool:
    """Tell whether an object is the installation's: in one of its schemas, one of `made`, or what hangs on one."""
    type_, names, args = address.type, address.names, address.args
    if type_ in _BY_NAME:
        return False
    if type_ == "schema":
        return names[0] in selection.schemas
    if type_ in _IN_PUBLICATION:
        return any(a.type == "publication" and a.names[0] == args[0] for a in selection.made)
    if type_ == "default acl" and len(names) > 1 and names[1] in selection.schemas:
        return True
    if type_ in _OF_DATABASE:
        return any((a.type, a.names, a.args) == (type_, names, args) for a in selection.made)
    if address.place in selection.schemas:
        return True
    if any((a.type, a.names, a.args) == (type_, names, args) for a in selection.made):
        return True
    return (table or (names[1] if len(names) > 1 else "")) in selection.tables.get(address.place, set())


def find_taken(connection: Connection, schema: str, made: Collection[Address]) -> list[Address]:
    """Return what a restore would meet with: what is there already of objects that it makes. Reads only."""
    places = {a.place for a in made if a.place}
    numbers = [a.names[0] for a in made if a.type == "large object"]
    plain = {Address(a.type, a.names, a.args) for a in elsewhere.find(connection, schema, places, numbers).values()}
    asked = {Address(a.type, a.names, a.args) for a in made if a.type not in (*_BY_NAME, "schema", "default acl")}
    return sorted(plain & asked)
