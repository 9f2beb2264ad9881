"""Turns what the server said about a failed statement into an error that shows the place and the way out."""

from __future__ import annotations

import re
from difflib import get_close_matches

import psycopg

from slate_pg.config import Product
from slate_pg.errors import MigrationFailed
from slate_pg.migrations.files import Script
from slate_pg.postgres.connection import Connection, ScriptFailed, package_sql, send
from slate_pg.postgres.statements import Place, place

_QUOTED = re.compile(r'"([^"]+)"')


def explain(
    connection: Connection, product: Product, name: str, script: Script, failure: ScriptFailed
) -> MigrationFailed:
    """Return the error for a migration whose statement the server refused. Ends the transaction; reads names."""
    error, diag = failure.error, failure.error.diag
    at_commit = failure.offset >= len(script.text)
    where = place(script.text, failure.offset)
    column = f":{where.column}" if failure.exact else ""
    spot = f"the commit of {script.path}" if at_commit and not failure.exact else f"{script.path}:{where.line}{column}"
    message = (diag.message_primary or str(error)).strip()
    detail = [f"       {message} ({error.sqlstate or 'no code'})"]
    if not at_commit or failure.exact:
        detail += _excerpt(where, failure.exact)
    detail += [f"       {label}: {text}" for label, text in _context(diag) if text]
    return MigrationFailed(f"{name} failed at {spot}", detail=detail, hint=_hint(connection, product, script, error))


def _excerpt(where: Place, exact: bool) -> list[str]:
    """Return the line, at most 160 characters of it around the column, and a caret below where the place is exact."""
    first = max(0, where.column - 80)
    # A tab would take the caret out from under its word.
    shown = [f"{where.line:>5} | {where.text[first : first + 160]}".replace("\t", " ")]
    return [*shown, "      | " + " " * (where.column - 1 - first) + "^"] if exact else shown


def _context(diag: psycopg.errors.Diagnostic) -> list[tuple[str, str | None]]:
    return [
        ("detail", diag.message_detail),
        ("context", diag.context and diag.context.splitlines()[0]),
        ("constraint", diag.constraint_name),
        ("server hint", diag.message_hint),
    ]


_NOTHING = "Nothing was applied; "


def _hint(connection: Connection, product: Product, script: Script, error: psycopg.Error) -> str:
    again = f"fix the file and run `slate apply {product.name}` again."
    if not script.transactional:
        return f"Statements before it are done and will not run again; {again}"
    if error.sqlstate == "25001":
        return f"Such a statement needs a file of its own with the line `-- transactional: false` at its top; {again}"
    if "unrecognized configuration parameter" in (error.diag.message_primary or ""):
        return f"This server has no such setting; if a newer pg_dump wrote the line, delete it. {_NOTHING}{again}"
    near = _nearest(connection, product, error)
    return f"{near}{_NOTHING}{again}"


def _nearest(connection: Connection, product: Product, error: psycopg.Error) -> str:
    """Return a suggestion for a name that does not exist, empty when none is near or the connection is gone."""
    if error.sqlstate not in ("42P01", "42704") or connection.pgconn.status != psycopg.pq.ConnStatus.OK:
        return ""
    quoted = _QUOTED.search(error.diag.message_primary or "")
    if not quoted:
        return ""
    if connection.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")
    wanted = quoted.group(1).split(".")[-1]
    names = [row[0] for row in connection.execute(package_sql("migrations/find_names"), {"schema": product.schema})]
    found = get_close_matches(wanted, names, n=1, cutoff=0.7)
    if found:
        return f'Did you mean "{found[0]}"? '
    return "Run `slate bootstrap` for the roles. " if "role" in (error.diag.message_primary or "") else ""
