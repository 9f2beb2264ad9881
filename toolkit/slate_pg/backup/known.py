"""Says what an installation made outside its schema: from its ledger, and where that is silent, by building it anew."""

from __future__ import annotations

from slate_pg.checks.ledgers import read_ledgers
from slate_pg.checks.rebuild import rebuild
from slate_pg.config import Project
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, ledger
from slate_pg.migrations.elsewhere import Address
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import Connection


def read_made(
    connection: Connection, schema: str, ledgers: dict[str, int], project: Project | None
) -> tuple[frozenset[Address], list[str]]:
    """Return what an installation made outside its schema, and what could not be known of that, in words. Reads only.

    Ledgers that were written before this was kept say nothing: their texts are applied on a disposable server.
    """
    found = elsewhere.read(connection, schema, ledgers[schema])
    if not found.unrecorded:
        return found.made, []
    try:
        made = _build(connection, schema, ledgers, project)
    except SlateError as error:
        return found.made, [
            f'what {", ".join(found.unrecorded)} made outside of "{schema}": it is not on record, and what the ledger '
            f"holds could not be built to see: {error.message}"
        ]
    return found.made | made, []


def _build(connection: Connection, schema: str, ledgers: dict[str, int], project: Project | None) -> frozenset[Address]:
    notes: list[str] = []
    read = read_ledgers(connection, ledgers, [schema], project, notes)
    if read.tampered:
        raise SlateError(str(read.tampered[0]), hint="Find out who wrote to the ledger.")
    if len([e for e in read.entries if e.schema == schema]) < len(ledger.read(connection, schema, ledgers[schema])):
        raise SlateError("the ledger does not hold the texts", hint="`slate adopt` gives it the texts of the files.")
    binaries = find_binaries(connection.info.server_version // 10000)
    return rebuild(binaries, connection, project, read, notes).made[schema].made
