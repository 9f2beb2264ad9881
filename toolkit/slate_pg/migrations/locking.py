"""Waits politely: for other runners, and for a quiet moment before a migration touches tables that are in use.

A DDL statement that waits for a lock stalls every query behind it. So the runner first watches who holds the
tables, attempts only when nobody old does, and gives up each attempt after lock_timeout. It never waits in the
server's queue without a bound.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from slate_pg.errors import Busy, ServerError
from slate_pg.migrations.ledger import lock_key
from slate_pg.postgres.connection import Connection, abandon, package_sql, send
from slate_pg.postgres.later import psycopg
from slate_pg.postgres.pins import kept_otherwise

OLD_HOLDER_SECONDS = 0.1
_keeping_sessions: WeakSet[Connection] = WeakSet()  # connections that were asked, and are as they should be
READ_ONLY = (
    "SELECT pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('default_transaction_read_only')::boolean"
)
LOST = "slate.lock_was_lost"  # a setting that nobody has


@dataclass(frozen=True)
class Holder:
    """A session in the way; `seconds` is the age of its transaction, or of the session for another runner."""

    pid: int
    user: str
    doing: str
    query: str
    seconds: float
    relation: str = ""

    def __str__(self) -> str:
        """Say who it is in one line."""
        on = f' holds "{self.relation}"' if self.relation else ""
        return f"pid {self.pid} ({self.user}, {self.doing}, {self.seconds:.1f} s){on}: {self.query or 'no query'}"


@dataclass(frozen=True)
class Patience:
    """How long to wait: one attempt's lock_timeout in milliseconds, all attempts together in seconds."""

    lock_timeout_ms: int = 100
    wait_seconds: float = 60.0


OnWaiting = Callable[[str, list[Holder]], None]


def take_lock(connection: Connection, schema: str, patience: Patience, on_waiting: OnWaiting) -> None:
    """Take the installation's session lock, asking every 20 to 80 ms. Busy names who holds it when the wait runs out.

    Polling, outside a transaction: a waiter inside pg_advisory_lock() holds a snapshot, which deadlocks with
    CREATE INDEX CONCURRENTLY of the runner it waits for.
    """
    key = lock_key(schema)
    end = time.monotonic() + patience.wait_seconds
    reported = False
    while not connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s)", [key]).fetchone()[0]:  # type: ignore[index]
        runners = list(find_runners(connection, [schema]).values())
        if time.monotonic() >= end:
            raise Busy(
                f'another slate has been at work on "{schema}" for longer than --wait {patience.wait_seconds:g} s',
                detail=[f"  {holder}" for holder in runners],
                hint="Wait for it, or end that session: the lock goes with it.",
            )
        if not reported:
            on_waiting(f'another slate is at work on "{schema}"; waiting', runners)
            reported = True
        time.sleep(jitter(0.02, 0.08))


def refuse_pooler(connection: Connection) -> None:
    """ServerError where no lock and no setting would last: behind a pooler that does not keep sessions. Reads only."""
    if connection in _keeping_sessions:
        return
    from slate_pg.postgres.pooler import shares_sessions

    if shares_sessions(connection):
        raise ServerError(
            "a pooler stands between slate and the server and gives each transaction another session, so that no lock "
            "would last",
            hint="Nothing was run. Give the server's own address: --direct URL, or --database URL. Commands that only "
            "read may go through the pooler.",
        )
    for name, found in kept_otherwise(connection).items():
        raise ServerError(
            f'{name} is "{found}" here and not for "{connection.info.user}" to change: migrations depend on it',
            hint="Nothing was run. Have it reset (ALTER DATABASE … or ALTER ROLE … RESET), or run as a superuser.",
        )
    _keeping_sessions.add(connection)


def refuse_read_only(connection: Connection) -> None:
    """ServerError where the session may write nothing, with who has set that. Reads only."""
    if not connection.execute(READ_ONLY).fetchone()[0]:  # type: ignore[index]
        return
    query = (
        "SELECT pg_catalog.pg_is_in_recovery(), source FROM pg_catalog.pg_settings "
        "WHERE name = 'default_transaction_read_only' AND (setting = 'on' OR pg_catalog.pg_is_in_recovery())"
    )
    if not (row := connection.execute(query).fetchone()):
        return
    if row[0]:
        raise ServerError("this server is a standby, which may only be read", hint="Connect to the primary.")
    of = {"database": "the database", "user": "the role", "database user": "the role in this database"}.get(
        row[1], row[1]
    )
    raise ServerError(
        f"this session may only read: default_transaction_read_only is on, set by {of}",
        hint="Nothing was run. Where that is meant for others only, put "
        "options=-c%20default_transaction_read_only%3Doff into the URL (or PGOPTIONS), else have it reset: "
        "ALTER DATABASE … or ALTER ROLE … RESET default_transaction_read_only.",
    )


def held(schema: str) -> str:
    """Return the SQL that fails, by a setting's name that tells why, where the installation's lock is gone. Pure."""
    key = lock_key(schema)
    return (
        "SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
        f"AND granted AND pid = pg_catalog.pg_backend_pid() AND classid = {key >> 32} AND objid = {key & 0xFFFFFFFF}) "
        f"THEN '' ELSE pg_catalog.current_setting('{LOST}') END;"
    )


def lost(error: psycopg.Error) -> ServerError:
    """Return the error for a connection that has gone, with the statement under way where that is known. Pure."""
    where = getattr(error, "where", None)
    return ServerError(
        f"the connection was lost: {str(error).strip().splitlines()[0]}",
        detail=[f"  while {where.path}:{where.line} was run"] if where else (),
        hint="A migration in one transaction is applied or not at all, any other goes on where it stopped; `slate "
        "status` says which are. Run it again.",
        where=where,
    )


def releasing(schema: str) -> str:
    """Return the SQL that gives the installation's session lock back, without a last semicolon. Pure."""
    return f"SELECT pg_catalog.pg_advisory_unlock({lock_key(schema)})"


def release_lock(connection: Connection, schema: str) -> None:
    """Give the installation's session lock back; closing the connection does the same."""
    connection.execute(releasing(schema))


def find_runners(connection: Connection, schemas: Sequence[str]) -> dict[str, Holder]:
    """Return who works on which installation now, by schema. Reads only."""
    keys = {lock_key(schema): schema for schema in schemas}
    rows = connection.execute(package_sql("migrations/find_runners"), {"keys": list(keys)}).fetchall()
    return {keys[key]: Holder(*rest) for key, *rest in rows}


def find_relations(connection: Connection, schemas: list[str], with_ledger: bool = False) -> dict[str, list[int]]:
    """Return the oids of the relations that exist now by name, those of the ledger only where asked for. Reads only.

    A name has several where several of the schemas have it.
    """
    parameters = {"schemas": schemas, "with_ledger": with_ledger}
    return dict(connection.execute(package_sql("migrations/find_relations"), parameters).fetchall())


def find_busy(
    connection: Connection, text: str, schemas: Sequence[str], names: Sequence[str] | None = None
) -> list[str]:
    """Return the schemas where others hold a relation, of these and of those that a script names. Reads only.

    `names` are all schemas where others do, where that has just been asked.
    """
    if names is None:
        names = [str(row[0]) for row in connection.execute(package_sql("migrations/find_busy")).fetchall()]
    lower = text.lower() if names else ""
    return [name for name in names if name in schemas or _names(lower, name.lower().replace('"', '""'))]


def _names(text: str, name: str) -> bool:
    """Tell whether a name stands in a text, and is no part of a longer word. Pure."""
    return name in text and re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def find_holders(
    connection: Connection, relations: Sequence[int] | Mapping[int, frozenset[str]], older_than: float
) -> list[Holder]:
    """Return who holds locks on the relations in transactions older than so many seconds, oldest first. Reads only.

    A mapping says for each relation which lock modes count; else every one does.
    """
    if not relations:
        return []
    if not connection.execute(package_sql("migrations/find_held"), [list(relations)]).fetchone()[0]:  # type: ignore[index]
        return []
    parameters = {"relations": list(relations), "older_than": older_than}
    found: dict[tuple[int, str], Holder] = {}
    for *rest, oid, mode in connection.execute(package_sql("migrations/find_blockers"), parameters).fetchall():
        if not isinstance(relations, Mapping) or mode in relations[oid]:
            holder = Holder(*rest)
            found.setdefault((holder.pid, holder.relation), holder)
    return list(found.values())


def find_all_holders(connection: Connection, schemas: list[str]) -> list[Holder]:
    """Return who holds anything in these schemas, their ledgers included. Reads only."""
    every = find_relations(connection, schemas, with_ledger=True)
    return find_holders(connection, oids_of(every), 0)


def oids_of(relations: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the oids of relations by name. Pure."""
    return [oid for oids in relations.values() for oid in oids]


def wait_for_holders(
    connection: Connection, relations: Mapping[int, frozenset[str]], what: str, end: float, on_waiting: OnWaiting
) -> None:
    """Return once no old transaction holds the relations. Busy names the holders when the time is up."""
    reported: set[int] = set()
    while holders := find_holders(connection, relations, OLD_HOLDER_SECONDS):
        if time.monotonic() >= end:
            raise too_busy(what, holders)
        if not reported.issuperset(h.pid for h in holders):
            on_waiting(f"{what}: waiting for a quiet moment", holders)
            reported.update(h.pid for h in holders)
        time.sleep(jitter(0.02, 0.08))


def too_busy(what: str, holders: list[Holder]) -> Busy:
    """Return the error for a migration that found no quiet moment."""
    return Busy(
        f"{what}: its tables stayed in use until --wait ran out",
        detail=[f"  {holder}" for holder in holders],
        hint="Run it again in a quieter moment, wait longer (--wait), or end the session that is in the way.",
    )


def end_attempt(connection: Connection, transactional: bool) -> None:
    """End what an attempt left open; the session of a script without a transaction stays, for it goes on in it."""
    if transactional:
        abandon(connection)
    elif connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")


def give_way(
    what: str, attempt: int, end: float, lock_timeout_ms: int, holders: list[Holder], on_waiting: OnWaiting
) -> int:
    """Tell that an attempt gave way and sleep; return the number of the next. Busy when the time is up."""
    if time.monotonic() >= end:
        raise too_busy(what, holders)
    on_waiting(f"{what}: attempt {attempt} gave way after {lock_timeout_ms} ms", holders)
    pause(attempt)
    return attempt + 1


def jitter(least: float, most: float) -> float:
    """Return a number between two, so that runners do not march in step."""
    import random  # who only reads does not wait

    return random.uniform(least, most)  # noqa: S311 - no secret


def pause(attempt: int) -> None:
    """Sleep before the next attempt: about 100 ms after the first, twice as long after each, at most about 2 s.

    By jitter it is half to one and a half times that.
    """
    time.sleep(min(2.0, 0.05 * 2 ** min(attempt, 6)) * jitter(0.5, 1.5))
