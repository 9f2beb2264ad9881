"""Reads a catalog again and again: at first as a whole, then of each change what it touched.

What nothing touched is the same dict as before. `prove` holds all that was put together so against a reading of the
whole. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slate_pg.catalog import changes, reader
from slate_pg.catalog.compare import Difference, compare
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import Connection

_OF_RELATIONS = ("relations", "columns", "indexes", "triggers", "rules", "policies")
_IN_UNITS = (*_OF_RELATIONS, "constraints", "functions", "types", "grants", "comments")
_AS_A_WHOLE = tuple(k for k in reader.SCHEMA_KINDS if k not in _IN_UNITS) + reader.DATABASE_KINDS
_REST = 0  # the unit of what belongs to none


@dataclass(frozen=True)
class Reading:
    """What a database held at one moment, by unit, every partition by its own name; and how to see what changed since.

    `asked` says which schemas were read, and which objects were left out. Without `cluster` what belongs to the whole
    server is left out.
    """

    units: Mapping[int, Facts]
    versions: changes.Versions
    asked: Mapping[str, Any]
    major: int
    cluster: bool

    @property
    def catalog(self) -> Catalog:
        """All of it as a catalog."""
        facts: Facts = {}
        for unit in self.units.values():
            facts.update(unit)
        return Catalog(facts, major=self.major)

    def besides(self, other: Reading) -> Catalog:
        """Return what was not taken over, as it is, from one reading to the other: all that can differ. Pure."""
        facts: Facts = {}
        for number, unit in self.units.items():
            if other.units.get(number) is not unit:
                facts.update(unit)
        return Catalog(facts, major=self.major)


def differences(expected: Reading, found: Reading) -> list[Difference]:
    """Return what differs between two readings of one database, the gravest first. Pure."""
    return compare(expected.besides(found), found.besides(expected))


def read(connection: Connection, base: Reading | None = None, *, cluster: bool = True) -> Reading:
    """Read what a database holds: all schemas but the system's, and what belongs to it. Reads only.

    Of what changed since `base`, where that is of the same database; whatever is not sure to be as it was is read.
    """
    with reader.snapshot(connection):
        return _read(connection, base, cluster=cluster)


def _read(connection: Connection, base: Reading | None, *, cluster: bool) -> Reading:
    change = changes.look(connection, base.versions if base else None)
    if base is None or change.everything:
        return _whole(connection, change.versions, cluster=cluster)
    if not change.units:
        return replace(base, versions=change.versions)
    portion = _portion(connection, base.asked, change)
    if portion is None:
        return _whole(connection, changes.look(connection, None).versions, cluster=cluster)
    units = {number: facts for number, facts in base.units.items() if number not in change.units}
    return replace(base, units=units | portion, versions=change.versions)


def _whole(connection: Connection, versions: changes.Versions, *, cluster: bool) -> Reading:
    asked = reader.parameters(connection, None, database=True)
    units = _by_unit(versions, reader.rows(connection, _IN_UNITS, asked, reader.UNITS))
    rest = units.pop(_REST, {}) | dict(reader.rows(connection, _AS_A_WHOLE, asked))
    units[_REST] = {i: a for i, a in rest.items() if cluster or not i.of_cluster}
    return Reading(units, versions, asked, connection.info.server_version // 10000, cluster)


def _portion(connection: Connection, base: Mapping[str, Any], change: changes.Change) -> dict[int, Facts] | None:
    """Read the units that changed, those of them that are still there; None where what was read says more than they."""
    keys, units = change.versions.keys, change.units
    relations = {u for u in units if u < changes.FUNCTION} & keys["pg_class"].keys()
    functions = {u - changes.FUNCTION for u in units if changes.FUNCTION <= u < changes.TYPE} & keys["pg_proc"].keys()
    types = {u - changes.TYPE for u in units if u >= changes.TYPE} & keys["pg_type"].keys()
    described = {row.object for row in keys["pg_description"].values() if row.unit in units}
    objects = relations | functions | types
    wanted = {
        **dict.fromkeys(_OF_RELATIONS, relations), "constraints": relations | types, "functions": functions,
        "types": types, "grants": objects, "comments": described,
    }  # fmt: skip
    if not objects.isdisjoint(base["left_out"]):
        return None  # told by the extension that it belongs to
    asked = {**base, "left_out": []}
    for name, oids in (("relations", relations), ("functions", functions), ("types", types), ("described", described)):
        asked[name] = "{" + ",".join(map(str, oids)) + "}"
    kinds = [kind for kind, oids in wanted.items() if oids]
    portion = _by_unit(change.versions, reader.rows(connection, kinds, asked, reader.ONLY) if kinds else ())
    return None if _REST in portion else portion


def _by_unit(versions: changes.Versions, rows: Iterable[tuple[Identity, dict[str, Any]]]) -> dict[int, Facts]:
    units: dict[int, Facts] = {}
    for identity, attributes in rows:
        attributes.pop("period_of", None)
        units.setdefault(versions.whole(attributes.pop("unit")), {})[identity] = attributes
    return units


def prove(connection: Connection, base: Reading) -> Reading:
    """Read what changed and the whole in one snapshot; return the former. SlateError where they differ. Reads only."""
    with reader.snapshot(connection):
        found = _read(connection, base, cluster=base.cluster)
        whole = reader.read(connection).everything
    whole = {identity: attributes for identity, attributes in whole.items() if base.cluster or not identity.of_cluster}
    put_together = found.catalog
    if whole != put_together.facts:
        raise SlateError(
            "internal error: what was read step by step is not what a reading of the whole says",
            detail=[str(d) for d in compare(Catalog(whole, major=found.major), put_together)[:5]],
            hint="This is a mistake in slate, not in your files. Please report it with the migrations that show it.",
        )
    return found
