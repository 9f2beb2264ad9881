"""Drops what is an installation's own, and nothing that leans on it of others: then it refuses, by name. Writes."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import psycopg
from psycopg import sql

from slate_pg.cluster.logins import is_powerful
from slate_pg.config import Product
from slate_pg.errors import SlateError
from slate_pg.migrations.elsewhere import Address
from slate_pg.postgres.connection import Connection, package_sql, send

_STAYS = ("extension", "language")  # others may use them in texts, of which the server knows nothing
_SPELT = {
    "foreign-data wrapper": "FOREIGN DATA WRAPPER", "composite type": "TYPE", "statistics object": "STATISTICS",
}  # fmt: skip
_DROPPED = (
    "table", "view", "materialized view", "foreign table", "sequence", "index", "function", "procedure", "aggregate",
    "type", "composite type", "domain", "collation", "conversion", "operator", "operator class", "operator family",
    "statistics object", "text search configuration", "text search dictionary", "text search parser",
    "text search template", "publication", "event trigger", "foreign-data wrapper", "server", "cast", "transform",
    "access method",
)  # fmt: skip
_IN_PUBLICATION = ("publication relation", "publication namespace")


def refuse_leaning(connection: Connection, schemas: Sequence[str], made: Collection[Address]) -> None:
    """SlateError, with names, where something that is not the installation's leans on it. Reads only."""
    seeds = json.dumps([[a.type, a.names, a.args] for a in made if a.type in _DROPPED and not a.on])
    asked = {"schemas": list(schemas), "made": seeds}
    rows = connection.execute(package_sql("fleet/find_leaning"), asked).fetchall()
    own = {(a.type, a.names, a.args) for a in made if not a.on}  # no backup holds what hangs on a table of others
    places = {a.names[:2] for a in made if a.place and not a.args and not a.on}
    publications = {a.names[0] for a in made if a.type == "publication"}
    found = [
        f"{type_} {identity}"
        for type_, names, args, identity, table in rows
        if (type_, tuple(names), tuple(args)) not in own
        and not (type_ in _IN_PUBLICATION and args[0] in publications)
        and not (type_ not in _IN_PUBLICATION and len(names) > 1 and {tuple(names[:2]), tuple(table)} & places)
    ]
    if found:
        raise SlateError(
            f'{len(found)} objects lean on "{schemas[0]}" that are another\'s, or that no backup of it would hold',
            detail=[f"  {line}" for line in found[:20]],
            hint="Nothing was dropped. Drop or change those first, or have their owner do it.",
        )


def drop(connection: Connection, schemas: Sequence[str], made: Collection[Address]) -> list[str]:
    """Drop whole schemas and single objects elsewhere; return in words what stays. In a transaction. Writes.

    SlateError where another leans on one of these, or there is no way to drop it.
    """
    going = [a for a in made if not a.on and a.type not in _STAYS and a.type != "database"]
    if strange := [a for a in going if a.type not in _DROPPED]:
        raise SlateError(
            f'{len(strange)} objects that "{schemas[0]}" made elsewhere are not dropped by slate, {strange[0]} first',
            hint="Nothing was dropped. Drop them by hand, and run it again.",
        )
    refuse_leaning(connection, schemas, made)
    names = sql.SQL(", ").join(map(sql.Identifier, schemas))
    _run(connection, sql.SQL("DROP SCHEMA {} CASCADE").format(names))
    _drop_elsewhere(connection, going)
    return [f"{a}: others may use it" for a in made if a.type in _STAYS and _identity(connection, a)]


def _drop_elsewhere(connection: Connection, going: Sequence[Address]) -> None:
    """Drop objects one by one, whatever leans on another of them first. SlateError where none can go. Writes."""
    left = [a for a in going if _identity(connection, a)]
    while left:
        stayed, said = [], ""
        for address in left:
            try:
                with connection.transaction():
                    if identity := _identity(connection, address):
                        word = _SPELT.get(address.type, address.type.upper())
                        send(connection, f"DROP {word} {identity}")
            except psycopg.errors.DependentObjectsStillExist as error:
                stayed.append(address)
                said = error.diag.message_detail or ""
        if len(stayed) == len(left):
            raise SlateError(
                f"{left[0]} cannot be dropped: others lean on it",
                detail=[f"  {line}" for line in said.splitlines()[:20]],
                hint="Nothing was dropped. Drop or change those first.",
            )
        left = stayed


def _identity(connection: Connection, address: Address) -> str | None:
    """Return how an object is called, None where it is not there any more. Reads only."""
    asked = {"type": address.type, "names": list(address.names), "args": list(address.args)}
    try:
        with connection.transaction():
            row = connection.execute(package_sql("fleet/identify_made"), asked).fetchone()
    except (psycopg.errors.UndefinedObject, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction,
            psycopg.errors.InvalidSchemaName):  # fmt: skip
        return None
    return str(row[0]) if row and row[0] else None


def drop_roles(connection: Connection, roles: Sequence[str], product: Product) -> tuple[list[str], list[str]]:
    """Drop an installation's own roles; return those that went, and in words what stays. In a transaction. Writes.

    Those stay that a restore could not make again after the product's own, and those that something else needs.
    """
    dropped, kept = [], []
    for role in roles:
        model = product.name + role[len(product.schema) :]
        if role == model or is_powerful(connection, role) is not False or is_powerful(connection, model) is not False:
            kept.append(f'role "{role}": it was not made for this installation alone')
            continue
        try:
            with connection.transaction():
                _run(connection, sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
            dropped.append(role)
        except psycopg.errors.DependentObjectsStillExist as error:
            detail = (error.diag.message_detail or "").splitlines()
            kept.append(f'role "{role}": {detail[0] if detail else "something needs it"}')
        except psycopg.errors.InsufficientPrivilege as error:
            kept.append(f'role "{role}": {error.diag.message_primary}')
    return dropped, kept


def _run(connection: Connection, statement: sql.Composable) -> None:
    send(connection, statement.as_string(connection))
