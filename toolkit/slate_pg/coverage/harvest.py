"""Reads what databases have counted, each in the moment before it is dropped, and what the server refused meanwhile.

It listens to psycopg in this process: a statement that drops a database is held up until its counters are read.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import psycopg
from psycopg import sql

from slate_pg.coverage.model import Act, Item, Key, Plan
from slate_pg.coverage.privileges import accesses, denied
from slate_pg.postgres.connection import package_sql

_DROP = re.compile(r'\s*DROP\s+DATABASE\s+(?:IF\s+EXISTS\s+)?("(?:[^"]|"")+"|[^\s;(]+)(.*)', re.I | re.S)
_NOT_NULL = "23502"
_ACTS = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|TABLE|CALL)\b", re.I)
_WHO = (
    b"SELECT pg_catalog.array_to_string("
    b"pg_catalog.array_prepend(current_user::text, pg_catalog.current_schemas(false)::text[]), E'\\n')"
)
_INTRANS = psycopg.pq.TransactionStatus.INTRANS
_PATIENCE = 5.0  # seconds for sessions that were ended to hand over what they counted
_OTHERS = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = %s"
_END = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s"
_CLOSED = "SELECT NOT datallowconn FROM pg_catalog.pg_database WHERE datname = %s"


def counts_of(plan: Plan, harvest: Harvest) -> dict[Item, list[int]]:
    """Return what was counted of each item of a plan: its counters, or what the driver told. Pure."""
    told = Counter[Item]()
    for key, count in harvest.refusals.items():
        if item := plan.refusing.get(key):
            told[item] += count
    for act, count in harvest.acts.items():
        told.update(dict.fromkeys(plan.privileges.of(act) if plan.privileges else (), count))
    counts = {i: [harvest.counts[n] for n in i.counters] or [0] for i in plan.items}
    # What a handler caught the counter has, what nobody caught the driver was told.
    return {i: [found[0] + told[i]] if i.kind == "constraint" else found if i.counters else [told[i]]
            for i, found in counts.items()}  # fmt: skip


class Harvest:
    """What was counted so far, by number of the counter, and refused; `lost` are databases that were not read."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.refusals: Counter[Key] = Counter()
        self.acts: Counter[Act] = Counter()
        self.lost: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to psycopg's statements and errors until the end of the block."""
        kept = psycopg.Cursor.execute, psycopg.AsyncCursor.execute, psycopg.Error.__init__
        psycopg.Cursor.execute = self._acting(self._heard(kept[0]))  # type: ignore[method-assign]
        psycopg.AsyncCursor.execute = self._heard(kept[1])  # type: ignore[method-assign]
        psycopg.Error.__init__ = self._noting(kept[2])  # type: ignore[method-assign]
        try:
            yield
        finally:
            psycopg.Cursor.execute, psycopg.AsyncCursor.execute = kept[:2]  # type: ignore[method-assign]
            psycopg.Error.__init__ = kept[2]  # type: ignore[method-assign]

    def _heard(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(execute)
        def heard(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            dropped = _dropped(query)
            if dropped:
                self._before_drop(cursor.connection.info, *dropped)
            return execute(cursor, query, *arguments, **named)

        return heard

    def _acting(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        """Note what people do, whom the server does not call superusers, and what they are denied."""

        @wraps(execute)
        def acted(cursor: Any, query: Any, *arguments: Any, **named: Any) -> Any:
            person = _person(cursor.connection, query)
            if person is None:
                return execute(cursor, query, *arguments, **named)
            said = ""
            try:
                return execute(cursor, query, *arguments, **named)
            except psycopg.Error as error:
                said = f"{error.sqlstate}: {error.diag.message_primary}"
                raise
            finally:
                self._note(person, query, said)

        return acted

    def _note(self, person: tuple[str, ...], query: str, said: str) -> None:
        """Note an act. An error shows a privilege only where a row was refused, and a denial only by its own words."""
        role, *path = person
        if said.startswith("42501: permission denied"):
            self.acts.update(Act(role, tuple(path), access, True) for access in denied(query, said))
        elif not said or said.startswith("23") or "row-level security" in said:
            self.acts.update(Act(role, tuple(path), access, False) for access in accesses(query))

    def _noting(self, init: Callable[..., None]) -> Callable[..., None]:
        @wraps(init)
        def noted(error: psycopg.Error, *arguments: Any, **named: Any) -> None:
            init(error, *arguments, **named)
            diag = error.diag
            if diag.constraint_name or diag.sqlstate == _NOT_NULL:
                # Of a domain it is the type that is named.
                names = (diag.schema_name, diag.table_name or diag.datatype_name)
                which = ("", diag.column_name) if diag.sqlstate == _NOT_NULL else (diag.constraint_name, "")
                self.refusals[Key(*(name or "" for name in (*names, *which)))] += 1

        return noted

    def _before_drop(self, info: psycopg.ConnectionInfo, name: str, forced: bool) -> None:
        place: dict[str, Any] = {
            "host": info.host,
            "port": info.port,
            "user": info.user,
            "password": info.password or None,
        }
        try:
            with psycopg.connect(**place, dbname=info.dbname, autocommit=True) as admin:
                self.read(admin, place, name, forced)
        except psycopg.Error:
            self.lost.append(name)

    def read(self, admin: psycopg.Connection[Any], place: dict[str, Any], name: str, forced: bool = True) -> None:
        """Add what a database counted, once the sessions in it have ended; `forced` ends them. Leaves it as it was."""
        closed = admin.execute(_CLOSED, [name]).fetchone()
        if closed is None:
            return
        if forced:
            admin.execute(_END, [name])
        _wait(admin, name, _PATIENCE if forced else _PATIENCE / 5)
        opens = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        if closed[0]:
            admin.execute(opens.format(sql.Identifier(name), sql.SQL("true")))
        try:
            with psycopg.connect(**place, dbname=name, autocommit=True) as connection:
                self.counts.update(dict(connection.execute(package_sql("coverage/counts").encode()).fetchall()))
        finally:
            if closed[0]:
                admin.execute(opens.format(sql.Identifier(name), sql.SQL("false")))
            _wait(admin, name, _PATIENCE)


def _person(connection: Any, query: Any) -> tuple[str, ...] | None:
    """Return the role in whose name a statement is about to run and the schemas it looks in; None for a superuser.

    Asked only where a statement would take a snapshot anyway, and where the session can answer.
    """
    if not isinstance(query, str) or not _ACTS.match(query):
        return None
    known = connection.pgconn.parameter_status(b"is_superuser") == b"off"
    if not known or connection.info.transaction_status != _INTRANS or connection.info.pipeline_status:
        return None
    answer = connection.pgconn.exec_(_WHO)
    return tuple(answer.get_value(0, 0).decode().split("\n")) if answer.ntuples else None


def _dropped(query: Any) -> tuple[str, bool] | None:
    """Return the database that a statement drops and whether by force; None for any other statement."""
    if isinstance(query, bytes):
        query = query[:200].decode("utf-8", "replace")
    elif isinstance(query, sql.Composable):
        query = query.as_string(None)
    found = _DROP.match(query) if isinstance(query, str) and query[:40].lstrip()[:4].upper() == "DROP" else None
    if not found:
        return None
    name = found[1]
    plain = name[1:-1].replace('""', '"') if name[0] == '"' else name.lower()
    return plain, "FORCE" in found[2].upper()


def _wait(admin: psycopg.Connection[Any], name: str, seconds: float) -> None:
    """Wait until no session is in a database; not for long, as whoever drops it is told so by the server."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = admin.execute(_OTHERS, [name]).fetchone()
        if not found or not found[0]:
            return
        time.sleep(0.001)
