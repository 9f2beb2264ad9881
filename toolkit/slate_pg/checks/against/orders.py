"""Builds a merge in an order of its own on a disposable server, and notes which file touches what.

Writes to disposable servers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from slate_pg.catalog import reader
from slate_pg.catalog.compare import compare, shorten
from slate_pg.catalog.identity import Identity
from slate_pg.catalog.model import Catalog, Facts
from slate_pg.checks import replay
from slate_pg.config import Product, Project
from slate_pg.errors import FileError, SlateError
from slate_pg.migrations import runner
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.repeatable import applying
from slate_pg.migrations.repeatable.reading import read_repeatables
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.sandbox import Sandbox, bounded, owned, wants_superuser
from slate_pg.postgres.statements import CODE, IDENTIFIER, STRING, split, tokens

_RELATIONS = ("table", "view", "materialized view", "foreign table", "sequence")
# What everything that is made in a schema or a database has a part in.
_OF_ALL = ("schema", "database")
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE", "WITH", "SELECT", "DO", "CALL", "LOCK")
_NAMED = re.compile(
    r'\b(?:into|update|from|join|only|copy|truncate|table|using|lock)\s+(?:"?[\w$]+"?\s*\.\s*)?("(?:[^"]|"")+"|[\w$]+)',
    re.I,
)


@dataclass(frozen=True)
class Step:
    """One product's part of an order: its migrations as they are to run; what the `watched` touch is noted."""

    product: Product
    migrations: Sequence[Migration]
    watched: frozenset[str] = frozenset()


@dataclass
class Built:
    """What an order has built: each product's catalog, what each watched file touches, and where it ended too soon.

    `failed` is by product: the migration's id, "" for repeatable files, and the error.
    """

    catalogs: dict[str, Catalog] = field(default_factory=dict)
    touched: dict[str, set[Identity]] = field(default_factory=dict)
    failed: dict[str, tuple[str, SlateError]] = field(default_factory=dict)


def build(project: Project, steps: Sequence[Step], *, trust: bool, seconds: float) -> Built:
    """Build products in an order, on a server of its own. What does not apply is noted, and ends that product."""
    built = Built()
    with owned(find_binaries(), trusted=trust) as box:
        box.allow_parameters(replay.parameters_of(project))
        template: str | None = None
        for number, step in enumerate(steps):
            name = f"merge_{number}"
            with replay.new_database(box.server, name, None if template else project, template) as connection:
                run = runner.Run(connection, step.product, project.shared)
                replay.prepare(run)
                _build_one(box, run, step, built, name, alone=len(steps) == 1, seconds=seconds)
            if step.product.name == project.shared:
                if step.product.name in built.failed:
                    return built
                template = name
    return built


def _build_one(
    box: Sandbox, run: runner.Run, step: Step, built: Built, database: str, *, alone: bool, seconds: float
) -> None:
    name = step.product.name
    with reader.reading_connection(box.server.url(database)) as looking:
        before: Catalog | None = None
        under_way = ""
        try:
            for migration in step.migrations:
                under_way = migration.id
                watched = migration.id in step.watched
                before = (before or reader.read(looking)) if watched else None
                with bounded(box, run.connection, seconds):
                    replay.up(run, migration)
                if watched and before:
                    after = reader.read(looking)
                    built.touched[migration.id] = {*touched(before, after), *named(migration.apply, after)}
                    before = after
            under_way = ""
            if read_repeatables(step.product):
                with bounded(box, run.connection, seconds):
                    applying.apply_all(run)
        except SlateError as error:
            built.failed[name] = under_way, error
        except psycopg.Error as error:
            said = f"the session ended: {error.diag.message_primary or str(error).strip()}"
            built.failed[name] = under_way, SlateError(said)
        else:
            built.catalogs[name] = _known(reader.read(looking), box.keeper, whole=alone)


def _known(catalog: Catalog, keeper: str, *, whole: bool) -> Catalog:
    """Return a catalog without what belongs to all databases, unless one product alone is in them. Pure.

    The superuser of a sandbox, which is called otherwise in each, is called as elsewhere.
    """

    def same(value: object) -> object:
        if isinstance(value, list):
            return [same(each) for each in value]
        return value.replace(keeper, "postgres") if isinstance(value, str) else value

    found: Facts = {
        identity: {name: same(value) for name, value in facts.items()}
        for identity, facts in catalog.everything.items()
        if (whole or not identity.of_cluster) and keeper not in (identity.name, identity.on and identity.on.name)
    }
    return Catalog(found, major=catalog.major)


def touched(before: Catalog, after: Catalog) -> set[Identity]:
    """Return the objects that a file has made, changed or dropped, a table for all that hangs on it. Pure."""
    found: set[Identity] = set()
    for difference in compare(before, after):
        for facts in (before.everything, after.everything):
            found |= set(_roots(difference.object, facts))
    return {identity for identity in found if identity.kind not in _OF_ALL}


def _roots(identity: Identity, facts: Facts) -> Iterator[Identity]:
    """Yield what an object hangs on, itself where that is nothing; an index hangs on its table."""
    root = [identity, *identity.chain][-1]
    table = str((facts.get(root) or {}).get("table") or "") if root.kind in ("index", "statistics") else ""
    owner = next((i for i in facts if table and i.kind in _RELATIONS and i.qualified == table), None)
    if owner:
        yield owner
    elif root in facts and root.kind not in ("index", "statistics"):
        yield root


def named(script: Script, catalog: Catalog) -> set[Identity]:
    """Return the relations whose rows a script reads or writes by statements of its own. Pure but for its file."""
    relations: dict[str, list[Identity]] = {}
    for identity in catalog.everything:
        if identity.kind in _RELATIONS:
            relations.setdefault(identity.name, []).append(identity)
    try:
        statements = split(script.text)
    except FileError:
        return set()
    found: set[Identity] = set()
    for statement in statements:
        if statement.words[:1] and statement.words[0] in _WRITES:
            code = _code(statement.text, body=statement.words[0] in ("DO", "CALL"))
            for name in _NAMED.findall(code):
                plain = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
                found.update(relations.get(plain, ()))
    return found


def _code(text: str, *, body: bool) -> str:
    """Return a statement without comments and strings, but the body of a DO with its own. Pure."""
    parts = []
    for kind, start, end in tokens(text):
        if kind in (CODE, IDENTIFIER) or (kind == STRING and body):
            parts.append(text[start:end])
        else:
            parts.append(" ")
    return "".join(parts)


def reason(error: SlateError) -> str:
    """Return in a line why something does not apply. Pure."""
    said = error.where.reason if error.where and error.where.reason else error.message
    detail = " ".join(line.strip() for line in error.detail[:1])
    wants = ": it wants a superuser, whom only --trust gives" if wants_superuser(error) else ""
    return f"{detail if error.where and error.where.sqlstate and detail else said}{wants}"


@dataclass(frozen=True)
class Divergence:
    """One attribute of an object that two orders build differently; no attribute where only one builds the object."""

    object: Identity
    attribute: str
    one: str
    other: str
    severity: str


def diverging(one: Catalog, other: Catalog) -> Iterator[Divergence]:
    """Yield where two orders build something else; where columns stand is told once a table. Pure."""
    moved: set[Identity] = set()
    for difference in compare(one, other):
        identity, severity = difference.object, difference.severity
        table = identity.on if identity.kind == "column" and difference.attribute == "position" else None
        if table and table not in moved:
            moved.add(table)
            yield Divergence(table, "columns", "", "", "cosmetic")
        elif table is None and difference.attribute:
            yield Divergence(identity, difference.attribute, *shorten(difference.expected, difference.found), severity)
        elif table is None:
            there = ("missing", "there") if difference.expected is None else ("there", "missing")
            yield Divergence(identity, "", *there, severity)


def touching(built: Mapping[str, set[Identity]], ids: Sequence[str]) -> dict[Identity, list[str]]:
    """Return by object which of these files touch it. Pure."""
    found: dict[Identity, list[str]] = {}
    for name in ids:
        for identity in built.get(name, ()):
            found.setdefault(identity, []).append(name)
    return found
