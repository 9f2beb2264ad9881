"""One folder that builds several schemas: which they are stands in the ledger, and each is the installation's whole.

Making them writes; all else reads only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from slate_pg.config import Product
from slate_pg.errors import GraphError, SlateError
from slate_pg.migrations import ledger
from slate_pg.postgres.connection import Connection, package_sql, send
from slate_pg.postgres.later import psycopg, sql

KIND, KEY = "setting", "schemas"
SINCE = 3  # the first version of the ledger that has settings
_SETTING = f"SELECT note FROM {{schema}}._slate_ledger WHERE kind = '{KIND}' AND key = '{KEY}'"
_WRITE = """
    INSERT INTO {schema}._slate_ledger (kind, key, number, note) VALUES ({kind}, {key}, 0, {note})
    ON CONFLICT (kind, key, number) DO UPDATE SET note = excluded.note, ended_at = excluded.ended_at
"""


def read(connection: Connection, schema: str, version: int | None = ledger.VERSION) -> tuple[str, ...]:
    """Return the schemas of an installation in the order of its path, () where it has but the ledger's. Reads only."""
    if version is None or version < SINCE:
        return ()
    rows = ledger.select_rows(connection, schema, _SETTING)
    try:
        said = json.loads(rows[0][0]) if rows else []
    except ValueError:
        return ()
    return tuple(map(str, said)) if isinstance(said, list) else ()


def refuse_changed(connection: Connection, product: Product, version: int | None, applied: bool) -> None:
    """GraphError where the order of schemas is another than what was applied was applied with. Reads only.

    New ones may come behind: what a plain name means stays what it was.
    """
    before = read(connection, product.schema, version) or (product.schema,)
    if applied and product.path[: len(before)] != before:
        raise GraphError(
            f"{product.name} was applied with the schemas {_said(before)}, and pyproject.toml says "
            f"{_said(product.path)}",
            hint="Nothing was written. Keep their order, and put new ones behind: plain names would mean other "
            "objects. A schema that is not wanted any more stays in the list, and a migration empties it.",
        )


def create(connection: Connection, product: Product) -> None:
    """Make the schemas of an installation that are missing, and put on record which they are. Writes.

    SlateError where the role may not make them, or make anything in them.
    """
    if not product.schemas:
        return
    refused = [row[0] for row in connection.execute(package_sql("migrations/find_closed"), [list(product.schemas)])]
    try:
        if refused:
            raise _forbidden(connection, refused)
        if text := statements(connection, product):
            send(connection, f"BEGIN; {text} COMMIT")
    except psycopg.errors.InsufficientPrivilege as error:
        send(connection, "ROLLBACK")
        raise _forbidden(connection, _missing(connection, product.schemas)) from error


def statements(connection: Connection, product: Product) -> str:
    """Return the SQL that `create` sends, "" where all is there. Reads only."""
    further = [schema for schema in product.schemas if schema != product.schema]  # that one is made with its ledger
    made = [f"CREATE SCHEMA {sql.Identifier(s).as_string(connection)};" for s in _missing(connection, further)]
    there = ledger.find_ledgers(connection).get(product.schema)
    if product.schemas and read(connection, product.schema, there) != product.schemas:
        note = json.dumps(product.schemas, ensure_ascii=False)
        made.append(ledger.format_sql(connection, product.schema, _WRITE, kind=KIND, key=KEY, note=note).strip() + ";")
    return "\n".join(made)


def _missing(connection: Connection, schemas: Sequence[str]) -> list[str]:
    there = {row[0] for row in connection.execute("SELECT nspname FROM pg_catalog.pg_namespace").fetchall()}
    return [schema for schema in schemas if schema not in there]


def _forbidden(connection: Connection, schemas: Sequence[str]) -> SlateError:
    user = sql.Identifier(connection.info.user).as_string(connection)
    missing = set(_missing(connection, schemas))
    ways = [
        f"CREATE SCHEMA {name} AUTHORIZATION {user};" if schema in missing else f"GRANT ALL ON SCHEMA {name} TO {user};"
        for schema in schemas
        if (name := sql.Identifier(schema).as_string(connection))
    ]
    return SlateError(
        f'"{connection.info.user}" may not make anything in {_said(schemas)}',
        hint=f"As an administrator, run: {' '.join(ways)}",
    )


def _said(schemas: Sequence[str]) -> str:
    return ", ".join(f'"{schema}"' for schema in schemas)
