"""What migrations make outside their installation's schema: other schemas, objects there, what is the database's own.

The server says what a migration's transaction has written; its addresses are kept with the migration in the ledger, in
the same transaction. Reads only; what is written is returned as SQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from slate_pg.migrations import ledger, several
from slate_pg.migrations.written import has_written
from slate_pg.postgres.connection import Connection, package_sql

DATABASE = "database"
_NOTES = """
    SELECT key, note FROM {schema}._slate_ledger WHERE kind = 'migration' ORDER BY ended_at, key
"""
Key = tuple[int, int]  # the oids of the catalog and of the object in it


@dataclass(frozen=True, order=True)
class Address:
    """What the server knows an object by, as pg_get_object_address takes it.

    `place` is the schema that it lies in, `on` the table there that it hangs on; empty where there is none.
    """

    type: str
    names: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    place: str = ""
    on: str = ""

    def __str__(self) -> str:
        if self.type == DATABASE:
            return "what is said of the database itself"
        said = ".".join(self.names) + (f"({', '.join(self.args)})" if self.args else "")
        return f"{self.type} {said}"


@dataclass(frozen=True)
class Elsewhere:
    """What an installation made outside its schema; `unrecorded` are migrations of which nothing was written down."""

    made: frozenset[Address] = frozenset()
    unrecorded: tuple[str, ...] = ()

    @property
    def schemas(self) -> list[str]:
        """The schemas it made, with all that is in them."""
        return sorted(a.names[0] for a in self.made if a.type == "schema")

    @property
    def places(self) -> list[str]:
        """The schemas of others in which something is its own."""
        return sorted({a.place for a in self.made if a.place} - set(self.schemas))


def read(connection: Connection, schema: str, version: int | None = ledger.VERSION) -> Elsewhere:
    """Return what the ledger of an installation says was made outside its schema. Reads only."""
    if version is None:
        return Elsewhere()
    if version < 2:
        return Elsewhere(unrecorded=tuple(ledger.read(connection, schema, version)))
    rows = ledger.select_rows(connection, schema, _NOTES)
    made = frozenset(address for _, note in rows for address in _parse(note))
    made |= _declared(connection, schema, version)
    return Elsewhere(made, tuple(name for name, note in rows if note is None))


def _declared(connection: Connection, schema: str, version: int) -> frozenset[Address]:
    """Return the further schemas of an installation that builds several. Reads only."""
    names = several.read(connection, schema, version)
    return frozenset(Address("schema", (name,)) for name in names if name != schema)


def read_notes(connection: Connection, schema: str) -> dict[str, str]:
    """Return what is on record with each migration, as it is kept. Reads only."""
    return {name: note for name, note in ledger.select_rows(connection, schema, _NOTES) if note is not None}


def _parse(note: str | None) -> Iterator[Address]:
    """Yield the addresses of a migration's note; nothing for what is no such note."""
    if note is None or note == "[]":  # as nearly always
        return
    try:
        for type_, names, args, place, on in json.loads(note):
            yield Address(str(type_), tuple(map(str, names)), tuple(map(str, args)), str(place), str(on))
    except (ValueError, TypeError):
        return


def note_of(addresses: Iterable[Address]) -> str:
    """Return addresses as they are kept with a migration. Pure."""
    return json.dumps([[a.type, a.names, a.args, a.place, a.on] for a in sorted(addresses)], ensure_ascii=False)


def find(
    connection: Connection, schema: str, places: Iterable[str] = (), large_objects: Iterable[str] = ()
) -> dict[Key, Address]:
    """Return what there is of schemas, of the database's own, and in `places`, one schema left out. Reads only."""
    return _find(connection, schema, None, list(places), [int(o) for o in large_objects])


def missing(connection: Connection, schema: str, made: Iterable[Address]) -> list[Address]:
    """Return what is on record and not there any more. Reads only."""
    wanted = {*made}
    if not wanted:
        return []
    numbers = [a.names[0] for a in wanted if a.type == "large object"]
    found = find(connection, schema, {a.place for a in wanted if a.place}, numbers).values()
    there = {(a.type, a.names, a.args) for a in [*found, *_find_schemas(connection, wanted).values()]}
    return sorted(a for a in wanted if a.type != DATABASE and (a.type, a.names, a.args) not in there)


def _find_schemas(connection: Connection, made: Iterable[Address]) -> dict[Key, Address]:
    """Return the schemas that are there of those made; what came with the server (public) too. Reads only."""
    names = [a.names[0] for a in made if a.type == "schema"]
    query = (
        "SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, oid, nspname FROM pg_catalog.pg_namespace "
        "WHERE nspname = ANY(%s)"
    )
    rows = connection.execute(query, [names]).fetchall() if names else []
    return {(class_, object_): Address("schema", (name,)) for class_, object_, name in rows}


def _find(
    connection: Connection, schema: str, since: int | None, places: list[str], large_objects: list[int]
) -> dict[Key, Address]:
    parameters = {"schema": schema, "since": since, "places": places, "large_objects": large_objects}
    rows = connection.execute(package_sql("migrations/find_elsewhere"), parameters).fetchall()
    return {
        (class_, object_): Address(type_, tuple(names), tuple(args), place or "", on or "")
        for class_, object_, place, type_, names, args, on in rows
    }


class Known:
    """The keys of what is there of schemas and of the database's own, read out of the server's texts when needed."""

    def __init__(self, rows: Iterable[tuple[int, str]] = ()) -> None:
        self._rows = tuple(rows)
        self._more: set[Key] = set()

    @property
    def keys(self) -> set[Key]:
        """All of them."""
        return {(class_, int(number)) for class_, numbers in self._rows for number in numbers.split()} | self._more

    def add(self, keys: Iterable[Key]) -> None:
        """Take more for known."""
        self._more.update(keys)


@dataclass
class Recorder:
    """Follows what one run makes outside a schema. `look` before the commit, `accept` behind it.

    `known` is what was there of schemas and of the database's own before, `notes` what each migration has on record,
    `followed` where those objects are.
    """

    connection: Connection
    schema: str
    known: Known | None = None
    notes: dict[str, list[Address]] = field(default_factory=dict)
    followed: dict[Key, Address] = field(default_factory=dict)
    _seen: dict[Key, Address] = field(default_factory=dict)
    _moved: dict[Key, Address | None] = field(default_factory=dict)
    _written: dict[str, list[Address]] = field(default_factory=dict)

    def begin(self) -> None:
        """Read what there is before the first script of a run. Reads only."""
        if self.known is not None:
            return
        rows = ledger.select_rows(self.connection, self.schema, _NOTES)
        self.notes = {name: list(_parse(note)) for name, note in rows}
        made = {address for addresses in self.notes.values() for address in addresses}
        made |= _declared(self.connection, self.schema, ledger.VERSION)
        if not made:  # as nearly always: then nothing is followed by its address
            self.known = Known(self.connection.execute(package_sql("migrations/find_known")).fetchall())
            return
        places = {a.place for a in made if a.place}
        there = find(self.connection, self.schema, places, (a.names[0] for a in made if a.type == "large object"))
        self.known = Known()
        self.known.add(key for key, address in there.items() if not address.place and address.type != DATABASE)
        self.followed = {key: address for key, address in there.items() if address in made}
        self.followed |= _find_schemas(self.connection, made)

    def begin_with(self, names: Iterable[str], known: Known) -> None:
        """Begin with what is known: applied migrations that have made nothing elsewhere, and what there is. Pure."""
        self.notes = {name: [] for name in names}
        self.known = known

    def moment(self) -> int:
        """Return the transaction id from which on a script of many transactions is looked at. Reads only."""
        row = self.connection.execute("SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())").fetchone()
        return int(str(row[0])) if row else 0

    def look(self, name: str, direction: str, since: int | None = 0) -> tuple[str | None, str]:
        """Return the note of a migration that has run and is about to be recorded, and SQL for what else has changed.

        In its transaction, or with `since` behind its own; None where that moment is not known. Reads only.
        """
        self._moved = dict(self._changed())
        now = {key: address for key, address in self.followed.items() if key not in self._moved}
        now |= {key: address for key, address in self._moved.items() if address}
        looked = since is not None and (since != 0 or has_written(self.connection, self.schema))
        seen = _find(self.connection, self.schema, since, [], []) if looked else {}
        known = self.known.keys if seen and self.known else set()
        seen = {k: a for k, a in seen.items() if k not in now and (a.place or k not in known)}
        new = _without_covered(seen.values(), {*now.values()})
        self._seen = {key: address for key, address in seen.items() if address in new}
        self._written = self._notes_after(name, direction, new)
        if direction == "apply":
            note = None if since is None else note_of(self._written.get(name, []))
            return note, self._updates({n: a for n, a in self._written.items() if n != name})
        return None, self._updates(self._written)

    def _changed(self) -> Iterator[tuple[Key, Address | None]]:
        """Yield those that were followed and have another address by now, or none."""
        if not self.followed:
            return
        keys = list(self.followed)
        rows = self.connection.execute(
            package_sql("migrations/find_again"), [[k[0] for k in keys], [k[1] for k in keys]]
        ).fetchall()
        for class_, object_, type_, names, args, schema in rows:
            before = self.followed[class_, object_]
            if before.type == DATABASE:
                continue
            place = schema if names and before.place else ""
            address = Address(type_, tuple(names), tuple(args), place, before.on) if names else None
            if address != before:
                yield (class_, object_), address

    def _notes_after(self, name: str, direction: str, new: list[Address]) -> dict[str, list[Address]]:
        """Return the notes that are others by now, by migration."""
        if not self._moved:  # as nearly always: then it is one note, of however many migrations
            others = (migration for migration in reversed(self.notes) if migration != name)
            keeper = name if direction == "apply" else next(others, "")
            return {keeper: [*self.notes.get(keeper, []), *new]} if new and keeper else {}
        renamed = {self.followed[key]: address for key, address in self._moved.items()}
        notes = {
            migration: [now for a in made if (now := renamed.get(a, a)) is not None]
            for migration, made in self.notes.items()
            if migration != name or direction == "apply"
        }
        keeper = name if direction == "apply" else next(reversed(notes), "")
        if new and keeper:
            notes[keeper] = [*notes.get(keeper, []), *new]
        return {m: made for m, made in notes.items() if made != self.notes.get(m, [])}

    def _updates(self, notes: Mapping[str, list[Address]]) -> str:
        template = "UPDATE {schema}._slate_ledger SET note = {note} WHERE kind = 'migration' AND key = {key};"
        return " ".join(
            ledger.format_sql(self.connection, self.schema, template, note=note_of(made), key=name)
            for name, made in notes.items()
        )

    def accept(self, name: str, direction: str) -> None:
        """Take what the last look has seen for granted: it is committed."""
        if self.known is not None and self._seen:
            self.known.add(key for key, address in self._seen.items() if not address.place)
        self.followed |= self._seen
        for key, address in self._moved.items():
            self.followed.pop(key)
            if address:
                self.followed[key] = address
        self.notes.setdefault(name, [])
        self.notes |= self._written
        if direction == "rollback":
            self.notes.pop(name, None)


def _without_covered(found: Iterable[Address], made: set[Address]) -> list[Address]:
    """Leave out what lies in a schema of ours, or hangs on a table of ours. Pure."""
    every = {*found}
    own = {*every, *made}
    schemas = {a.names[0] for a in own if a.type == "schema"}
    tables = {a.names for a in own if not a.on and len(a.names) == 2}
    return sorted(a for a in every if a.place not in schemas and (not a.on or (a.place, a.on) not in tables))
