"""Asks about a canary before the others follow: by a query in it, or by a command that looks at it."""

from __future__ import annotations

import re

import psycopg

from slate_pg.commands import run_command
from slate_pg.errors import SlateError
from slate_pg.fleet.connections import Connections
from slate_pg.fleet.move import Check
from slate_pg.fleet.roster import Member, from_server, reason
from slate_pg.migrations import opening
from slate_pg.postgres.connection import abandon, is_alive, send

_QUERY = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|with|values|table)\b", re.I)


def asking(connections: Connections, text: str, shared: str | None) -> Check:
    """Return what says why a canary is not well, None where it is.

    A query is asked read-only with the canary's path, and must give one row with true. Anything else is a command for
    the shell, which finds the canary in SLATE_SERVER, SLATE_SCHEMA, SLATE_PRODUCT and DATABASE_URL, and must exit 0.
    """
    if _QUERY.match(text):
        return lambda member: _ask(connections, member, text, shared)
    return lambda member: _run(member, text)


def _ask(connections: Connections, member: Member, query: str, shared: str | None) -> str | None:
    schemas = list(dict.fromkeys([member.schema, *([shared] if shared else [])]))
    try:
        with connections.lend(member.server) as connection:
            try:
                send(connection, "; ".join(["BEGIN READ ONLY", *opening.write(connection, schemas, 1000)]))
                rows = connection.execute(query.encode()).fetchall()
            except psycopg.Error as error:
                return from_server(error).message
            finally:
                if is_alive(connection):
                    abandon(connection)
    except SlateError as error:
        return reason(error)
    if [tuple(row) for row in rows] == [(True,)]:
        return None
    return f"{len(rows)} rows" if len(rows) != 1 else f"it gave {rows[0][0]!r}"


def _run(member: Member, command: str) -> str | None:
    found = {
        "SLATE_SERVER": member.server.name,
        "SLATE_SCHEMA": member.schema,
        "SLATE_PRODUCT": member.product.name,
        "DATABASE_URL": member.server.url,
    }
    ran = run_command(command, variables=found)
    if ran.failure is None:
        return None
    return f"{command} {ran.failure}" + (f", {ran.lines[-1]}" if ran.lines else "")
