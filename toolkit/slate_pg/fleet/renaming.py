"""Gives an installation another name, in one transaction: its schema, its roles, and all that stores the name as text.

What refers to the schema by number follows by itself. What cannot be mended is named, and then nothing is changed.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from slate_pg.cluster.role_names import find_logins, find_own_roles, rename_roles, renamed_mark
from slate_pg.config import check_schema_name
from slate_pg.errors import Busy, SlateError
from slate_pg.fleet.changed_names import refuse_differences, seen
from slate_pg.fleet.roster import from_server
from slate_pg.migrations import ledger, locking
from slate_pg.migrations.locking import Holder, Patience
from slate_pg.migrations.naming import Held, read_path, stands_for_schema
from slate_pg.migrations.renamed import find_held, find_members, mending
from slate_pg.operations.job_schedule import has_pg_cron
from slate_pg.postgres.connection import Connection, abandon, is_alive, package_sql, send

_MINE = "search_path="
_READING_SECONDS = 1.0  # for which whoever is at work is waited for


@contextmanager
def holding(connection: Connection, schemas: Collection[str], patience: Patience) -> Iterator[None]:
    """Hold the locks of installations, always in the same order, so that no other slate works on them. Busy."""
    locking.refuse_pooler(connection)
    locking.refuse_read_only(connection)
    taken: list[str] = []
    try:
        for schema in sorted(set(schemas)):
            locking.take_lock(connection, schema, patience, lambda what, holders: None)
            taken.append(schema)
        yield
    finally:
        if is_alive(connection):
            abandon(connection)
            for schema in taken:
                locking.release_lock(connection, schema)


class Gone(SlateError):
    """The installation is not there any more: another was faster."""


class _Enough(Exception):
    """What was to be tried has been."""


def rename(
    connection: Connection,
    old: str,
    new: str,
    patience: Patience,
    *,
    checked: bool = True,
    texts_too: bool = False,
    only_try: bool = False,
) -> None:
    """Rename an installation. Writes, in one transaction, which `only_try` takes back.

    `checked` compares the whole catalog before and after, and looks at functions of other schemas too; a spare, whose
    name nobody has known, does without. `texts_too` leaves alone what may stand for the schema in texts.

    SlateError where the name is taken or a text holds the old one; Busy, with names, where somebody works in it.
    """
    check_schema_name(new)
    with holding(connection, (old, new), patience):
        if old not in ledger.find_ledgers(connection, old):
            raise Gone(f'"{old}" is no installation any more', hint="`slate fleet status` says what is where.")
        _refuse_taken(connection, new)
        roles = find_own_roles(connection, old)
        refuse_busy(connection, old, roles)
        before = seen(connection, old) if checked else None
        try:
            with connection.transaction():
                _rename(connection, old, new, roles, patience, everywhere=checked, texts_too=texts_too)
                if before is not None:
                    refuse_differences(before, seen(connection, new), old, new, roles)
                if only_try:
                    raise _Enough
        except _Enough:
            return
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            raise locking.too_busy(old, locking.find_all_holders(connection, [old])) from error
        except psycopg.Error as error:
            raise from_server(error) from error


def _refuse_taken(connection: Connection, name: str) -> None:
    query = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"
    if connection.execute(query, [name]).fetchone():
        raise SlateError(f'schema "{name}" is there already', hint="Nothing was changed. Choose another name.")


def refuse_busy(connection: Connection, schema: str, roles: Collection[str]) -> None:
    """Busy, with names, where a transaction holds something of a schema or one of its logins is connected. Reads."""
    logins = find_logins(connection, list(roles))
    end = time.monotonic() + _READING_SECONDS
    while (holders := _find_busy(connection, schema, logins)) and time.monotonic() < end:
        time.sleep(0.05)  # most are gone in a moment: another slate that reads the ledgers, above all
    if holders:
        raise Busy(
            f'{len(holders)} sessions are at work in "{schema}"',
            detail=[f"  {holder}" for holder in holders[:20]],
            hint="Nothing was changed. Let them end, or end them, and keep its service from connecting meanwhile.",
        )


def _find_busy(connection: Connection, schema: str, logins: list[str]) -> list[Holder]:
    sessions = connection.execute(package_sql("fleet/find_sessions"), {"logins": logins}).fetchall() if logins else []
    holders = [*locking.find_all_holders(connection, [schema]), *(Holder(*row) for row in sessions)]
    return [h for h in holders if h.doing != "autovacuum worker"]


def _rename(
    connection: Connection,
    old: str,
    new: str,
    roles: Collection[str],
    patience: Patience,
    *,
    everywhere: bool,
    texts_too: bool,
) -> None:
    """Rename the schema and mend what stores its name. In a transaction. Writes."""
    there = sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
    first = f"SET LOCAL lock_timeout = {patience.lock_timeout_ms}; SET LOCAL jit = off; SET LOCAL search_path = ''; "
    send(connection, first + there.as_string(connection))
    held = find_held(connection, new, old, everywhere)
    if not texts_too:
        _refuse_texts(held, old, find_members(connection, new) if held else set())
    renamed = rename_roles(connection, list(roles), old, new)
    statements = [*mending(connection, held, old, new), *renamed_mark(connection, renamed)]
    way = f'Take them out (slate jobs schedule PRODUCT --remove), and schedule them again as "{new}" afterwards.'
    refuse_scheduled(connection, old, way)
    if statements:
        send(connection, "; ".join(statements))


def _refuse_texts(held: Collection[Held], name: str, known: Collection[str]) -> None:
    """SlateError that names what would go on looking for the old name."""
    found = [h.target for h in held if h.kind == "text" and stands_for_schema(h.text, name, known)]
    found += [
        f"function {h.target}, which sets {h.text}"
        for h in held
        if h.kind == "setting" and not h.text.startswith(_MINE) and name in read_path(h.text)
    ]
    if found:
        found = list(dict.fromkeys(found))
        raise SlateError(
            f'{len(found)} objects name the schema "{name}" in a text, and would look for it there for ever',
            detail=[f"  {target}" for target in found[:20]],
            hint="Nothing was changed. In a new migration, name no schema and pin the path: SET search_path FROM "
            "CURRENT. Where a text means something else by that word, say --leave-texts.",
        )


def refuse_scheduled(connection: Connection, schema: str, way: str) -> None:
    """SlateError where pg_cron has entries of an installation, with the way out in words. Reads only."""
    if has_pg_cron(connection):
        query = "SELECT jobname FROM cron.job WHERE starts_with(jobname, %s) ORDER BY jobname"
        if names := [row[0] for row in connection.execute(query, [f"slate/{schema}/"])]:
            raise SlateError(
                f'pg_cron runs {len(names)} jobs of "{schema}", {names[0]} first', hint=f"Nothing was changed. {way}"
            )
