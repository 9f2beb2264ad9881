"""Tells which units of a catalog changed since it was last looked at, by the versions of the catalog's rows.

A unit is what is read again as a whole: a relation with all that hangs on it, a function, a type. Whatever changed that
is part of no unit, and whatever mentions such a thing, makes the whole catalog one that changed. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from slate_pg.catalog import reader
from slate_pg.postgres.connection import Connection

FUNCTION, TYPE = 2**32, 2**33  # added to the oids of what is no relation
_ALL = 0  # the unit that stands for the whole catalog
_FIRST_OWN = 16384  # the oid that PostgreSQL gives to the first object of somebody else
_FIRST_TRANSACTION = 3
# The catalogs whose rows belong to units; in pg_attribute none is ever deleted by itself, and none has a key.
_KEYED = frozenset((
    "pg_class", "pg_attrdef", "pg_constraint", "pg_index", "pg_inherits", "pg_trigger", "pg_policy", "pg_rewrite",
    "pg_sequence", "pg_partitioned_table", "pg_foreign_table", "pg_proc", "pg_aggregate", "pg_type", "pg_enum",
    "pg_description", "owned",
))  # fmt: skip
# Whose object a row is about, where that is not one of its own catalog.
_ABOUT = {
    "pg_attribute": "pg_class", "pg_index": "pg_class", "pg_inherits": "pg_class", "pg_sequence": "pg_class",
    "pg_partitioned_table": "pg_class", "pg_foreign_table": "pg_class", "owned": "pg_class",
    "pg_aggregate": "pg_proc", "pg_enum": "pg_type",
}  # fmt: skip
_CLASSES = {
    1247: "pg_type", 1255: "pg_proc", 1259: "pg_class", 2606: "pg_constraint", 2618: "pg_rewrite", 2620: "pg_trigger",
    3256: "pg_policy",
}  # fmt: skip
_MAY_MENTION = ("pg_attrdef", *_CLASSES.values())

Rows = list[list[int]]  # each a key, an object and a unit


class Row(NamedTuple):
    """A row of the catalog: the object that has it, and the unit it is read with; None where nothing is read of it."""

    object: int
    unit: int | None


@dataclass(frozen=True)
class Versions:
    """What a catalog was when it was looked at: of which database, its rows by catalog and key, and a transaction.

    All rows that are written later are of that transaction or one after it; 0 where that is not so, for the look was
    taken inside a transaction that had written. `counts` are of catalogs without units.
    """

    database: tuple[str, str]
    since: int
    counts: Mapping[str, int]
    keys: Mapping[str, Mapping[int, Row]]

    def whole(self, unit: int) -> int:
        """Return the unit that one is part of: for an index or TOAST table its table, for others themselves."""
        for _ in range(3):  # the index of a TOAST table
            row = self.keys["pg_class"].get(unit)
            if row is None or row.unit is None or row.unit == unit:
                break
            unit = row.unit
        return unit

    def unit_of(self, catalog: str, oid: int) -> int | None:
        """Return the unit of an object: `_ALL` where it is part of none."""
        if catalog == "pg_class":
            return self.whole(oid)
        row = self.keys[catalog].get(oid) if catalog in _MAY_MENTION else None
        if row is None:
            return _ALL
        return None if row.unit is None else self.whole(row.unit)


class Change(NamedTuple):
    """What a look has found: the rows as they are now, the units that changed, or that all is to be read anew."""

    versions: Versions
    units: frozenset[int]
    everything: bool


def look(connection: Connection, base: Versions | None) -> Change:
    """Return what changed since `base`: everything, where there is none or it is another database's. Reads only.

    To be called in the snapshot in which the units are read, or what is read belongs to another moment.
    """
    database = (connection.info.host, connection.info.dbname)
    if base is not None and base.since and base.database == database:
        change = _since(connection, base)
        if change is not None:
            return change
    return Change(_versions(database, _ask(connection, None)), frozenset(), True)


def _ask(connection: Connection, since: int | None) -> dict[str, tuple[int, Rows]]:
    """Return the number of rows by catalog, and those written since a transaction; None: all of people's."""
    major = connection.info.server_version // 10000
    asked = {"since": str(since or _FIRST_TRANSACTION), "every": since is None}
    parts = () if connection.info.parameter_status("is_superuser") == "on" else ("own",)
    rows = connection.execute(reader.query("find_changes", major, parts), asked, prepare=True).fetchall()
    return {catalog: (count or 0, found or []) for catalog, count, found in rows}


def _versions(
    database: tuple[str, str], asked: Mapping[str, tuple[int, Rows]], base: Versions | None = None
) -> Versions:
    """Return what was asked as versions, on top of what was known before. Pure."""
    keys: dict[str, Mapping[int, Row]] = {}
    for catalog in _KEYED:
        _, rows = asked.get(catalog, (0, []))
        before = base.keys[catalog] if base else {}
        keys[catalog] = {**before, **{k: Row(o, u) for k, o, u in rows}} if rows else before
    counts = {c: n for c, (n, _) in asked.items() if c not in _KEYED and c not in ("since", "pg_attribute")}
    found = Versions(database, asked["since"][0] % 2**32, counts, keys)
    _, comments = asked["pg_description"]
    if comments:  # their units are known once all others are
        described = {k: Row(o, _described(found, k)) for k, o, _ in comments}
        keys["pg_description"] = {**keys["pg_description"], **described}
    return found


def _described(versions: Versions, key: int) -> int | None:
    """Return the unit that a comment is about: its key is made of the object, the class and the column."""
    return versions.unit_of(_CLASSES.get(key >> 11 & 0x3FFF, ""), key >> 25)


def _since(connection: Connection, base: Versions) -> Change | None:
    """Return which units changed; None where that is not all, or nobody can tell."""
    asked = _ask(connection, base.since)
    now = _versions(base.database, asked, base)
    if now.counts != base.counts or any(o < _FIRST_OWN for _, rows in asked.values() for _, o, _ in rows):
        return None
    if any(asked.get(c, (0, []))[0] != len(rows) for c, rows in now.keys.items()):
        now = _versions(base.database, _ask(connection, None))
    units = {*_written(asked, base, now), *_gone(base, now)}
    if _ALL not in units:
        units |= _mentioning(connection, asked, base, now)
    return None if _ALL in units else Change(now, frozenset(units), False)


def _written(asked: Mapping[str, tuple[int, Rows]], base: Versions, now: Versions) -> Iterator[int]:
    """Yield the units of rows that were written, and those the rows were of before."""
    for catalog, (_, rows) in asked.items():
        for key, _, told in rows:
            unit = now.keys[catalog][key].unit if catalog == "pg_description" else told
            if unit is not None:
                yield now.whole(unit)
            before = base.keys.get(catalog, {}).get(key)
            if before and before.unit is not None:
                yield base.whole(before.unit)


def _gone(base: Versions, now: Versions) -> Iterator[int]:
    """Yield the units of rows that are there no longer."""
    for catalog, rows in base.keys.items():
        if rows is not now.keys[catalog]:
            for key in rows.keys() - now.keys[catalog].keys():
                unit = rows[key].unit
                if unit is not None:
                    yield base.whole(unit)


def _mentioning(
    connection: Connection, asked: Mapping[str, tuple[int, Rows]], base: Versions, now: Versions
) -> set[int]:
    """Return the units that may mention what was there before and was rewritten. Nothing mentions what is new."""
    rewritten = {
        (_ABOUT.get(catalog, catalog), about)
        for catalog, (_, rows) in asked.items()
        for key, about, _ in rows
        if catalog != "pg_description"
        and (about in base.keys["pg_class"] if catalog == "pg_attribute" else key in base.keys.get(catalog, ()))
    }
    if not rewritten:
        return set()
    major = connection.info.server_version // 10000
    classes, objects = zip(*sorted(rewritten), strict=True)
    asked_for = {"classes": list(classes), "objects": "{" + ",".join(map(str, objects)) + "}"}
    rows = connection.execute(reader.query("find_dependents", major), asked_for, prepare=True).fetchall()
    units = (now.unit_of(catalog, oid) for catalog, oid in rows)
    return {unit for unit in units if unit is not None}
