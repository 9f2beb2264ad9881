"""Removes an installation: backs it up, proves the backup, and drops what is its own in one transaction. Writes.

What others have made is never dropped with it: where something of theirs leans on it, nothing is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from slate_pg.backup import manifest, proof
from slate_pg.backup.logical import Written, back_up
from slate_pg.backup.manifest import Manifest, Part
from slate_pg.backup.measured import measure, measure_sequences
from slate_pg.catalog import compare
from slate_pg.cluster.logins import drop_all as drop_logins
from slate_pg.cluster.role_names import find_logins, find_own_roles
from slate_pg.config import Product, Project
from slate_pg.errors import Busy, SlateError
from slate_pg.fleet import dropping, owning
from slate_pg.fleet.owning import Owned, owned_by
from slate_pg.fleet.renaming import Gone, holding, refuse_busy, refuse_scheduled
from slate_pg.fleet.roster import from_server
from slate_pg.migrations import elsewhere, ledger, locking
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import Connection
from slate_pg.sqlfiles import file_name

_OWN = "schema"  # the folder of the installation itself in its backup


@dataclass(frozen=True)
class Removed:
    """What became of an installation: its backup (None of a spare), the roles that went, and what stayed, in words."""

    backup: Path | None
    roles: tuple[str, ...]
    stayed: tuple[str, ...]


def remove(
    connection: Connection,
    product: Product,
    project: Project,
    to: Path | None,
    patience: Patience,
    key: bytes | None,
    logins: Sequence[str] | None = None,
) -> Removed:
    """Remove an installation, after a backup into a new folder under `to` that was restored and found equal. Writes.

    Without `to` nothing is saved, which is for spares. `logins` go with it, and others are left alone; where they are
    left out, it is not removed while it has any. SlateError where others lean on it, where a backup could not bring
    everything back, or something was written since; Busy, with names, where somebody works in it.
    """
    save = (lambda: _save(connection, product, project, to, key)) if to else None
    return _remove(connection, product, patience, save, logins)


def discard(connection: Connection, product: Product, patience: Patience) -> Removed:
    """Remove a spare, of which nothing is kept. Writes. Errors as of `remove`."""
    return _remove(connection, product, patience, None)


def _remove(
    connection: Connection,
    product: Product,
    patience: Patience,
    save: Callable[[], Written] | None,
    logins: Sequence[str] | None = None,
) -> Removed:
    schema = product.schema
    with holding(connection, [schema], patience):
        ledgers = ledger.find_ledgers(connection, schema)
        if schema not in ledgers:
            raise Gone(f'"{schema}" is no installation any more', hint="`slate fleet status` says what is where.")
        roles = _refuse_used(connection, schema, logins_too=logins is not None)
        owned = owned_by(connection, schema, elsewhere.read(connection, schema, ledgers[schema]).made)
        dropping.refuse_leaning(connection, owned.schemas, owned.made)
        written = save() if save else None
        stayed, dropped = _drop(connection, product, owned, roles, written, patience, logins or ())
    left = written.manifest.left_out if written else []
    return Removed(written.folder if written else None, tuple(dropped), (*stayed, *left))


def _drop(
    connection: Connection,
    product: Product,
    owned: Owned,
    roles: Sequence[str],
    written: Written | None,
    patience: Patience,
    logins: Sequence[str],
) -> tuple[list[str], list[str]]:
    """Drop all of it in one transaction, as soon as its tables are free; return what stays in words, and roles. Writes.

    Busy where they do not get free, or were written.
    """
    end, attempt = time.monotonic() + patience.wait_seconds, 0
    while True:
        try:
            with connection.transaction():
                owning.begin(connection, patience)  # nobody is to read or write there any more
                owning.lock(connection, owning.find_tables(connection, owned.schemas, owned.made), "ACCESS EXCLUSIVE")
                going = _refuse_changed(connection, owned, written.manifest) if written else owned
                stayed = dropping.drop(connection, going.schemas, going.made)
                dropped, kept = dropping.drop_roles(connection, roles, product)
                kept += drop_logins(connection, logins)
            return [*stayed, *kept], dropped
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            if time.monotonic() >= end:
                raise _busy(connection, product.schema, written) from error
            attempt += 1
            locking.pause(attempt)
        except psycopg.Error as error:
            raise from_server(error) from error


def find_backup(to: Path, schema: str) -> Path | None:
    """Return the newest complete backup of a schema in a folder, None where there is none. Reads only."""
    for folder in sorted(to.glob(f"*-{_glob(file_name(schema))}"), reverse=True):
        try:
            if manifest.read(folder).schema == schema:
                return folder
        except SlateError:
            continue
    return None


def _glob(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _refuse_used(connection: Connection, schema: str, *, logins_too: bool) -> list[str]:
    """Return its roles. Busy where somebody works in it, SlateError where a login or a job still needs it. Reads."""
    roles = find_own_roles(connection, schema)
    refuse_busy(connection, schema, roles)
    logins = [name for name in find_logins(connection, roles) if name != connection.info.user]
    if logins and not logins_too:
        raise SlateError(
            f'{len(logins)} logins reach "{schema}", "{logins[0]}" first',
            hint=f"Nothing was changed. No backup holds logins: remove them first (slate role drop {logins[0]}).",
        )
    refuse_scheduled(connection, schema, "Take them out first: slate jobs schedule PRODUCT --remove.")
    return roles


def _save(connection: Connection, product: Product, project: Project, to: Path, key: bytes | None) -> Written:
    """Back up, and prove that it comes back equal. SlateError where it does not. Writes files only."""
    written = back_up(connection, product, project.shared, to, 0, key, project)
    if written.manifest.large_objects:
        raise SlateError(
            f'nobody can tell which of {len(written.manifest.large_objects)} large objects are of "{product.schema}"',
            hint=f"Nothing was dropped. The backup {written.folder} holds all of them; what is to go is yours to drop.",
        )
    if differences := proof.verify(written.folder, key):
        raise SlateError(
            f"the backup {written.folder} does not come back equal: {len(differences)} differences",
            detail=[f"  {line}" for line in differences[:20]],
            hint="Nothing was dropped.",
        )
    return written


def _refuse_changed(connection: Connection, before: Owned, described: Manifest) -> Owned:
    """Return what goes. SlateError where it is not what the backup holds. In a transaction, all locked. Reads all."""
    schema = described.schema
    version = ledger.find_ledgers(connection, schema).get(schema)
    now = owned_by(connection, schema, elsewhere.read(connection, schema, version).made)
    known = {(a.type, a.names, a.args) for a in proof.addresses(described, {_OWN})}
    found = [str(d) for d in compare.compare(before.facts, now.facts)]
    for part in (p for p in described.parts if p.folder == _OWN):
        only = None if part.schema in now.schemas else {*part.tables, *part.sequences}
        found += _written_since(part, measure(connection, part.schema, only), "tables")
        found += _written_since(part, measure_sequences(connection, part.schema, only), "sequences")
    if found or before.schemas != now.schemas or before.made != now.made:
        raise Busy(
            f'"{schema}" was changed while it was backed up',
            detail=[f"  {line}" for line in found[:20]],
            hint="Nothing was dropped. Keep its services away from it, and run it again.",
        )
    return Owned(now.schemas, tuple(a for a in now.made if (a.type, a.names, a.args) in known), now.facts)


def _written_since(part: Part, found: dict[str, list[Any]], what: str) -> list[str]:
    """Return a line for each table or sequence that is not what it was in the backup. Pure."""
    then = part.tables if what == "tables" else part.sequences
    names = sorted(n for n in then.keys() | found.keys() if then.get(n) != found.get(n))
    return [f"{what[:-1]} {part.schema}.{name}: written since" for name in names]


def _busy(connection: Connection, schema: str, written: Written | None) -> Busy:
    return Busy(
        f'the tables of "{schema}" stayed in use',
        detail=[f"  {holder}" for holder in locking.find_all_holders(connection, [schema])[:20]],
        hint="Nothing was dropped" + (f"; its backup is {written.folder}." if written else ".")
        + " Let them end, and run it again.",
    )  # fmt: skip
