"""The terms of pooled sessions: where they connect, how many, how long, and what a transaction begins and ends with.

Decides and words only; what opens connections and lends them is for session.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.rows import tuple_row

from slate_pg.config import check_schema_name
from slate_pg.conninfo import alive, describe, parse
from slate_pg.errors import Busy, Misuse, did_you_mean
from slate_pg.service.guard import SessionEnded

_FREE_OPTIONS = ("row_factory",)  # psycopg's own, beside libpq's parameters
# SET LOCAL, for engines and poolers that read what they pass on see it, and do not look into calls of set_config().
_BEGIN = """
    BEGIN;
    SET LOCAL search_path = {path};
    SET LOCAL app.user_id = {user};
    SET LOCAL slate.session = {mark};
    SET LOCAL role = {role}
"""
# Fails, and with it all that follows in the message, when the transaction is not the one that was begun.
_CHECK = """
    SELECT CASE pg_catalog.current_setting('slate.session', true) WHEN {mark} THEN 0
        ELSE ('another transaction than the session''s' || pg_catalog.pg_backend_pid())::integer END;
"""
# What outlives a transaction on a server connection; in one message with the end of the transaction, it reaches the
# same server connection behind a pooler too. (DISCARD ALL would have to travel alone.)
_DISCARD = """;
    CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all();
    DISCARD TEMP; DISCARD SEQUENCES; SET application_name = {name}
"""
OPEN = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)


class Terms:
    """What both kinds of sessions share: where they connect, on which terms, and what a transaction begins with.

    Defaults: 2 to 20 connections, closed after 300 s idle or 3600 s of life, 5 s of waiting for a free one. A
    connection is checked before it is lent, so one that died in the meantime is replaced and never seen.
    `pooler` says that the URL leads to PgBouncer in transaction mode. Nothing is prepared on the server: it would be
    discarded with the session. Further options are libpq's parameters and row_factory. Misuse for terms that cannot be.
    """

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        shared: str = "core",
        pooler: bool = False,
        min_size: int = 2,
        max_size: int = 20,
        wait_seconds: float = 5.0,
        max_idle_seconds: float = 300.0,
        max_lifetime_seconds: float = 3600.0,
        **options: Any,
    ) -> None:
        options = {**alive(_check_options(url, options), os.environ), **options}
        _check_sizes(min_size, max_size)
        times = {"wait": wait_seconds, "max_idle": max_idle_seconds, "max_lifetime": max_lifetime_seconds}
        _check_times(times)
        name = f"slate session {schema}"
        names = [check_schema_name(schema), check_schema_name(shared)]
        self.path = ", ".join([sql.Identifier(n).as_string() for n in names] + ["pg_temp"])
        self.people = f"{schema}_people"
        self.url = url
        self.wait = wait_seconds
        self.pooler = pooler
        self.row_factory = options.get("row_factory", tuple_row)
        self.discard = sql.SQL(_DISCARD).format(name=options.get("application_name", name)) if pooler else sql.SQL("")
        fixed = {"autocommit": True, "prepare_threshold": None}
        self.pool_terms: dict[str, Any] = {
            "conninfo": url,
            "kwargs": {"application_name": name, **options, **fixed},
            "min_size": min_size,
            "max_size": max_size,
            "timeout": wait_seconds,
            "max_idle": max_idle_seconds,
            "max_lifetime": max_lifetime_seconds,
            "name": f"slate {schema}",
        }

    def begin(self, connection: Any, user_id: object, role: str | None) -> tuple[sql.Composed, sql.Composed]:
        """Return the SQL that begins and that keeps a transaction of this connection's, which is lent now."""
        mark = secrets.token_hex(8)
        user = "" if user_id is None else str(user_id)
        connection.tidy()
        connection.lent, connection.pooler = True, self.pooler
        connection.row_factory, connection.prepare_threshold = self.row_factory, None
        begin = sql.SQL(_BEGIN).format(path=sql.SQL(self.path), user=user, mark=mark, role=self._role(role))
        # What is deferred to the commit is checked as the person, before anything is tidied up.
        end = "SET CONSTRAINTS ALL IMMEDIATE; COMMIT" if self.pooler else "COMMIT"
        return begin, sql.SQL(_CHECK).format(mark=mark) + sql.SQL(end) + self.discard

    def _role(self, role: str | None) -> str:
        return "none" if role is None else role or self.people

    def undo(self) -> sql.Composed:
        """Return the SQL that rolls back. Pure."""
        return sql.SQL("ROLLBACK") + self.discard

    def busy(self) -> Busy:
        """Return what to say when no connection is free. Pure."""
        return Busy(
            f"no connection to {describe(self.url)} was free within {self.wait:g} s",
            hint="All are lent out or the server is away; raise max_size or shorten the transactions.",
        )


def _check_options(url: str, options: dict[str, Any]) -> dict[str, str]:
    """Return the URL's parameters. Misuse for a URL that cannot be read, and for a term that nobody knows."""
    given = parse(url)
    known = [option.keyword.decode() for option in pq.Conninfo.get_defaults()]
    for name in options:
        if name not in (*known, *_FREE_OPTIONS):
            own = [
                "shared",
                "pooler",
                "min_size",
                "max_size",
                "wait_seconds",
                "max_idle_seconds",
                "max_lifetime_seconds",
            ]
            raise Misuse(f'sessions have no term "{name}"', hint=did_you_mean(name, [*own, *known, *_FREE_OPTIONS]))
    return given


def _check_sizes(least: int, most: int) -> None:
    whole = all(isinstance(size, int) and not isinstance(size, bool) for size in (least, most))
    if not whole or least < 0 or most < 1 or least > most:
        raise Misuse(
            f"a pool cannot have {least} to {most} connections", hint="0 <= min_size <= max_size, and max_size >= 1."
        )


def _check_times(times: dict[str, float]) -> None:
    for name, seconds in times.items():
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < 1e9:
            raise Misuse(f"{name}_seconds cannot be {seconds!r}", hint="Say more than 0 and less than 1e9 seconds.")


def unfinished() -> SessionEnded:
    """Return what to say when the transaction has failed and nobody took notice. Pure."""
    return SessionEnded(
        "a statement of the session failed and its block went on: nothing was kept",
        hint="Let the error leave the block, or put what may fail into `with connection.transaction()`.",
    )


def replaced(error: psycopg.Error) -> SessionEnded | None:
    """Return what to say where the check of the transaction failed, None for any other error."""
    if "another transaction than the session's" not in (error.diag.message_primary or ""):
        return None
    return SessionEnded("the session's transaction was ended inside its block", hint="What came later was undone.")
