"""Compares a live database with what its ledger says: the texts that were applied, applied again elsewhere.

The target is read with SELECT and nothing is written to it; how what the ledger holds is rebuilt is for rebuild.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from slate_pg.catalog import reader
from slate_pg.catalog.compare import Difference, compare
from slate_pg.catalog.identity import Identity, quote, schema_of
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.catalog.portion import Part, beside, without
from slate_pg.checks.alike import find_models
from slate_pg.checks.ledgers import Ledgers, read_ledgers
from slate_pg.checks.rebuild import rebuild
from slate_pg.config import Project
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.migrations import elsewhere, ledger, others
from slate_pg.migrations.integrity import Mismatch
from slate_pg.migrations.roll import call_roll
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection

# No ledger says what the whole database and the server are like; the alert about an outdated collation stays.
_DATABASE = Identity("database")
_COMMENT = Identity("comment", on=_DATABASE)
_NOT_OURS = ("tablespace", "large objects", "replication origin")
# These belong to everybody in the database: one more of them is somebody else's business; so is what hangs on them.
_OTHERS_MAY_ADD = ("extension", "member function", "language", "foreign data wrapper", "server", "user mapping",
                   "subscription", "access method", "transform")  # fmt: skip
_MADE_BY_INITDB = (Identity("extension", name="plpgsql"), Identity("language", name="plpgsql"))


@dataclass
class Drift:
    """What differs, what could not be compared, and how many migrations and installations were rebuilt.

    Nothing was rebuilt and nothing compared where ledgers are `tampered` with. `alike` is how many installations look
    like one that was rebuilt.
    """

    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    migrations: int = 0
    schemas: list[str] = field(default_factory=list)
    tampered: list[Mismatch] = field(default_factory=list)
    alike: int = 0


@dataclass
class Expectation:
    """What the ledgers of a database say it should be, ready to be compared with what it is, as often as wanted.

    `around` are the schemas that they made beside their own, `places` those of others in which something is theirs;
    `comments` tells whether they say something of the database itself.
    """

    catalog: Catalog
    schemas: list[str]
    declared: set[str]
    notes: list[str] = field(default_factory=list)
    migrations: int = 0
    around: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    comments: bool = False


def find_drift(target: Connection, schemas: Sequence[str], project: Project | None) -> Drift:
    """Compare these schemas of a database (all with a ledger, when none is named) with their ledgers. Reads only.

    Of installations that are in one state and look alike, but for their names, one is rebuilt. `project` gives the
    cluster's roles and settings, and the files that the ledgers' texts are held against; where one does not agree
    nothing is replayed, and `tampered` says which. SlateError where texts cannot be applied again.
    """
    present = ledger.find_ledgers(target)
    chosen = choose(present, schemas, [])
    models = find_models(target, chosen, present, project.shared if project else None)
    found = _find(target, [s for s in chosen if s not in models], project)
    differing = {schema_of(difference.object) for difference in found.differences}
    more = [schema for schema, model in models.items() if model in differing or found.tampered]
    if more:
        left = {s for s in models if s not in more}
        found = _find(target, [s for s in chosen if s not in left], project)
    return replace(found, schemas=chosen, alike=len(models) - len(more))


def _find(target: Connection, schemas: Sequence[str], project: Project | None) -> Drift:
    """Compare each of these schemas with what its ledger builds. Reads only."""
    ledgers, notes = _read(target, schemas, project)
    if ledgers.tampered:
        return Drift([], notes, len(ledgers.entries), ledgers.schemas, ledgers.tampered)
    found: list[Drift] = []
    for order in ledgers.orders:  # what was applied before the shared ledger went on may be as that was then
        with contextlib.suppress(*([SlateError] if found else [])):
            expected = _expect(target, order, [*notes], project)
            differences = differ(expected, target)
            found.append(Drift(differences, expected.notes, expected.migrations, expected.schemas))
            if not differences:
                if len(found) > 1:
                    said = f'equal to what is built on "{ledgers.shared}" as it was when each migration was applied'
                    found[-1].notes.append(said)
                return found[-1]
    return min(found, key=lambda each: len(each.differences))


def expect(target: Connection, schemas: Sequence[str], project: Project | None) -> Expectation:
    """Rebuild what the ledgers say on a disposable server, and return its catalog. Reads the target only.

    SlateError where a ledger's text, its checksum and the file do not agree.
    """
    ledgers, notes = _read(target, schemas, project)
    if ledgers.tampered:
        raise SlateError(str(ledgers.tampered[0]), hint="Nothing was replayed. Find out who wrote to the ledger.")
    return _expect(target, ledgers, notes, project)


def _read(target: Connection, schemas: Sequence[str], project: Project | None) -> tuple[Ledgers, list[str]]:
    """Read the ledgers that are meant, and what there is to say of those that are not. Reads only."""
    notes: list[str] = []
    present = ledger.find_ledgers(target)
    chosen = choose(present, schemas, notes)
    for schema in chosen:
        _refuse_textless(target, schema, present[schema])
    return read_ledgers(target, present, chosen, project, notes), notes


def _refuse_textless(target: Connection, schema: str, version: int) -> None:
    """SlateError where yoyo has begun a ledger that Slate went on with: what is built needs every text. Reads only."""
    rows = ledger.read(target, schema, version).values()
    bare = [row.id for row in rows if row.checksum is None]
    if bare:
        raise SlateError(
            f'"{schema}" cannot be compared: {len(bare)} of its {len(rows)} migrations, {bare[0]} first, '
            "were applied by yoyo, which keeps no texts",
            hint="`slate adopt PRODUCT` takes their texts over from the files, if they build what is there.",
        )


def _expect(target: Connection, ledgers: Ledgers, notes: list[str], project: Project | None) -> Expectation:
    major = target.info.server_version // 10000
    binaries = find_binaries(major)
    if binaries.major != major:
        notes.append(
            f"the database is PostgreSQL {major} and the binaries at hand are {binaries.major}: what "
            "the two print differently is not compared (set PG_BIN to the database's version)"
        )
    built = rebuild(binaries, target, project, ledgers, notes)
    around = [s for s in built.schemas if s not in ledgers.schemas]
    count = len(ledgers.entries)
    comments = any(a.type == elsewhere.DATABASE for each in built.made.values() for a in each.made)
    return Expectation(built.catalog, ledgers.schemas, built.declared, notes, count, around, built.places, comments)


def differ(expected: Expectation, target: Connection) -> list[Difference]:
    """Return how a database differs from what is expected of it, the gravest first. Reads only."""
    return judge(expected, target, reader.read(target, [*expected.schemas, *expected.around, *expected.places]))


def judge(expected: Expectation, target: Connection, found: Catalog) -> list[Difference]:
    """Return how what was read of a database differs from what is expected of it, the gravest first. Reads only."""
    return compare(*comparable(expected, target, found))


def comparable(expected: Expectation, target: Connection, found: Catalog) -> tuple[Catalog, Catalog]:
    """Return what is expected and what was read without what no ledger speaks of. Reads only."""
    schemas = [*expected.schemas, *expected.around]
    found = normalise_catalog(found)  # a restored database prints expressions otherwise
    wanted, found = beside(normalise_catalog(expected.catalog), found, expected.places)
    found = without(found, _of_others(target, expected.schemas), schemas).without(_other_ledgers(target, expected))
    return _comparable(wanted, found, expected.declared, expected.comments)


def _of_others(target: Connection, schemas: Sequence[str]) -> list[Part]:
    """Return what the installations that are not compared have made outside their schemas. Reads only."""
    installed = {name: version for name, version in ledger.find_ledgers(target).items() if name not in schemas}
    standings = {s.schema: s for s in call_roll(target, installed)}
    parts = []
    for name, version in installed.items():
        if standings[name].digest and not standings[name].elsewhere:
            continue
        with contextlib.suppress(SlateError):  # of another role, or another slate
            parts += [Part.of(a.type, a.names, a.args, a.place) for a in elsewhere.read(target, name, version).made]
    return parts


def _other_ledgers(target: Connection, expected: Expectation) -> set[tuple[str, str]]:
    """Return the relations of other tools' ledgers, which no migration has made, and note them. Reads only."""
    made = {(identity.schema, identity.name) for identity in expected.catalog.facts}
    left_out: set[tuple[str, str]] = set()
    for schema in expected.schemas:
        for tool, namespace, table in others.find_tables(target, schema):
            if (namespace, table) not in made:
                left_out |= others.parts(target, tool, namespace, table)
                note = f"{quote(namespace)}.{quote(table)} is {tool.name}'s ledger, and not compared"
                expected.notes.extend([note] if note not in expected.notes else [])
    return left_out


def choose(ledgers: dict[str, int], schemas: Sequence[str], notes: list[str]) -> list[str]:
    """Return the schemas to compare: those named, or all with a ledger of ours. Misuse where there is none."""
    for name in schemas:
        if name not in ledgers:
            raise Misuse(f'"{name}" has no ledger in this database', hint=did_you_mean(name, ledgers))
    meant = {name: version for name, version in sorted(ledgers.items()) if not schemas or name in schemas}
    for name, version in meant.items():
        ledger.check_version(name, version)
    foreign = [name for name, version in meant.items() if version == 0]
    notes += [f"{name} has a ledger of stock yoyo, which keeps no texts: nothing to compare with" for name in foreign]
    chosen = [name for name in meant if name not in foreign]
    if not meant:
        raise Misuse("no ledger in this database", hint="Nothing was applied by slate; `slate status` says more.")
    return chosen


def _comparable(
    expected: Catalog, found: Catalog, declared: set[str], comments: bool = False
) -> tuple[Catalog, Catalog]:
    """Leave out what no ledger speaks of, on both sides. Pure."""
    left = {i: f for i, f in expected.facts.items() if _is_ours(i, declared)}
    right = {i: f for i, f in found.facts.items() if _is_ours(i, declared) and (i in left or not _others_may_add(i))}
    if comments:
        left |= {i: f for i, f in expected.facts.items() if i == _COMMENT}
        right |= {i: f for i, f in found.facts.items() if i == _COMMENT}
    outdated = found.facts.get(_DATABASE, {}).get("outdated_collation")
    if outdated:
        left[_DATABASE], right[_DATABASE] = {"outdated_collation": False}, {"outdated_collation": True}
    for facts in (left, right):
        _forget_initdb(facts)
    for identity in [i for i, f in right.items() if i.kind == "user mapping" and f["options"] == ["hidden"]]:
        left.pop(identity, None)
        right.pop(identity)
    return (
        Catalog(left, expected.leaves, expected.periods, expected.major),
        Catalog(right, found.leaves, found.periods, found.major),
    )


def ours(catalog: Catalog, declared: set[str], known: Collection[Identity]) -> Catalog:
    """Return a catalog without what no ledger speaks of; of what others may add, what is `known`. Pure."""
    facts = {i: f for i, f in catalog.facts.items() if _is_ours(i, declared) and (i in known or not _others_may_add(i))}
    _forget_initdb(facts)
    return replace(catalog, facts=facts)


def _is_ours(identity: Identity, declared: set[str]) -> bool:
    """Tell whether a ledger, or the project's own cluster files, could have made an object."""
    object_ = identity.on if identity.kind in ("grant", "comment", "security label") and identity.on else identity
    group = object_.on.name if object_.on else ""
    if object_.kind in ("database", "parameter"):
        return False
    if object_.kind == "unmodelled":
        return object_.name not in _NOT_OURS
    if object_.kind == "role":
        return object_.name in declared
    if object_.kind == "membership":
        return {object_.name, group} <= declared
    if object_.kind == "setting":
        return group in declared if group else bool(declared) and object_.arguments == "this database"
    return True


def _others_may_add(identity: Identity) -> bool:
    object_ = identity.on if identity.kind in ("grant", "comment", "security label") and identity.on else identity
    return object_.kind in _OTHERS_MAY_ADD


def _forget_initdb(facts: Facts) -> None:
    """Leave out who owns what came with the server: whoever ran initdb."""
    for identity in _MADE_BY_INITDB:
        if identity in facts:
            facts[identity] = {k: v for k, v in facts[identity].items() if k != "owner"}
