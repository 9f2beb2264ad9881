"""Copies an installation that takes no writes to another server, and drops such a copy. Writes there."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from slate_pg.backup.logical import back_up
from slate_pg.backup.manifest import Part
from slate_pg.backup.measured import measure_sequences
from slate_pg.backup.restore import restore
from slate_pg.cluster.logins import drop_all as drop_logins
from slate_pg.errors import SlateError
from slate_pg.fleet import dropping, owning
from slate_pg.fleet.relocation import closing, logins, mark
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.equality import differences
from slate_pg.fleet.relocation.mark import Mark
from slate_pg.migrations import ledger
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import Connection, send


def copy(ends: Ends, moving: Mark, work: Path) -> None:
    """Have the target hold what the source holds, closed for writes, with its logins; compare all of it. Writes there.

    What an earlier run of the same move has restored is gone on with. SlateError where the two are not equal.
    """
    measured = None if is_there(ends, moving) else carry_over(ends, moving, work)
    clear(work, moving)
    closing.amend(ends.target, ends.schema, replace(moving, role=mark.COPY))
    logins.carry(ends.source, ends.target, ends.schema, moving.logins)
    refuse_unequal(ends, measured)
    analyze(ends.target, ends.schema)


def is_there(ends: Ends, moving: Mark) -> bool:
    """Tell whether the copy is there already. SlateError where something else has its name. Reads only."""
    if ends.schema not in ledger.find_ledgers(ends.target, ends.schema):
        return False
    found = mark.read_marks(ends.target, ends.schema).get(ends.schema)
    if found is None or found.id != moving.id:
        raise SlateError(
            f'"{ends.schema}" was made on {ends.to} meanwhile, by somebody else',
            hint="Move that one out of the way (slate fleet rename), and run it again.",
        )
    return True


def carry_over(ends: Ends, moving: Mark, work: Path, *, rows: bool = True) -> list[Part]:
    """Back up and restore, also without its rows; return what was measured in the source. Writes files in between."""
    folder = clear(work, moving)
    try:
        folder.mkdir(mode=0o700, parents=True)
        written = back_up(ends.source, ends.product, ends.project.shared, folder, 0, None, ends.project, rows=rows)
        restore(ends.target, written.folder)
        return [part for part in written.manifest.parts if part.folder == "schema"]
    except OSError as error:
        raise SlateError(f"{folder} cannot be written: {error.strerror}", hint="Say --work DIR.") from error
    finally:
        clear(work, moving)


def clear(work: Path, moving: Mark) -> Path:
    """Remove what a run, killed or not, has left of an installation on its way; return where it lies. Writes."""
    folder = work / f"slate-move-{moving.id}"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def refuse_unequal(ends: Ends, measured: Sequence[Part] | None) -> None:
    """SlateError, with names, where the two copies are not equal. Reads all."""
    if found := differences(ends, measured):
        raise SlateError(
            f'"{ends.schema}" on {ends.to} is not what it is on {ends.origin}: {len(found)} differences',
            detail=[f"  {line}" for line in found[:20]],
            hint="It was not switched.",
        )


def analyze(connection: Connection, schema: str) -> None:
    """Have the server count what it has received, so that its first plans are good ones. Writes statistics."""
    for table in owning.find_tables(connection, *owning.places_of(connection, schema)):
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*table)))


def follow_sequences(ends: Ends) -> None:
    """Give the target the values of sequences that went on though no row was written. Writes there."""
    chosen, made = owning.places_of(ends.source, ends.schema)
    for schema in dict.fromkeys([*chosen, *(a.place for a in made if a.place)]):
        only = None if schema in chosen else {a.names[1] for a in made if a.place == schema}
        here = measure_sequences(ends.source, schema, only)
        there = measure_sequences(ends.target, schema, only)
        for name, (value, called) in here.items():
            if there.get(name) != [value, called]:
                text = sql.SQL("SELECT pg_catalog.setval({}::regclass, {}, {})").format(
                    sql.Literal(sql.Identifier(schema, name).as_string(None)), sql.Literal(value), sql.Literal(called)
                )
                ends.target.execute(text)


def drop_copy(connection: Connection, schema: str, moving: Mark, patience: Patience) -> list[str]:
    """Drop a copy with the roles and logins that the move made for it; return in words what stays. Writes.

    SlateError where others have built on it meanwhile.
    """
    stayed: list[str] = []

    def work() -> None:
        owning.begin(connection, patience)
        stayed.clear()
        if schema in ledger.find_ledgers(connection, schema):
            schemas, made = owning.places_of(connection, schema)
            owning.lock(connection, owning.find_tables(connection, schemas, made), "ACCESS EXCLUSIVE")
            stayed.extend(dropping.drop(connection, schemas, made))
        else:
            _drop_empty(connection, schema)
        for role in moving.roles:
            stayed.extend(_drop_role(connection, role))

    closing.patiently(
        connection, schema, patience, work, "The copy stays, closed: --abort drops it, and so does a move."
    )
    return stayed + drop_logins(connection, moving.logins)


def _drop_empty(connection: Connection, schema: str) -> None:
    """Drop a schema that a restore has made and not filled. In a transaction. Writes."""
    with suppress(psycopg.errors.DependentObjectsStillExist), connection.transaction():
        text = sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(schema))
        send(connection, text.as_string(connection))


def _drop_role(connection: Connection, role: str) -> list[str]:
    try:
        with connection.transaction():
            text = sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))
            send(connection, text.as_string(connection))
    except (psycopg.errors.DependentObjectsStillExist, psycopg.errors.InsufficientPrivilege) as error:
        return [f'role "{role}": {error.diag.message_primary}']
    return []
