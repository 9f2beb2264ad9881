"""Looks whether an installation can be moved to a server, before anything is written anywhere. Reads only.

What stands in the way is refused by name, each with the way out.
"""

from __future__ import annotations

from collections.abc import Sequence

from slate_pg.backup.known import read_made
from slate_pg.backup.logical import binaries_for
from slate_pg.backup.selection import Selection, find_taken, select
from slate_pg.cluster.logins import is_powerful
from slate_pg.errors import SlateError
from slate_pg.fleet import dropping, owning
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.renaming import refuse_scheduled
from slate_pg.migrations import ledger
from slate_pg.migrations.belonging import other_error
from slate_pg.postgres.connection import Connection, package_sql

_UNTOUCHED = "Nothing was changed."


def selection_of(ends: Ends, connection: Connection) -> tuple[Selection, list[str]]:
    """Return what of a database is the installation's, and what could not be known of that. Reads only."""
    schema = ends.schema
    made, unknown = read_made(connection, schema, ledger.find_ledgers(connection), ends.project)
    return select(connection, schema, made, _around(ends, connection)), unknown


def _around(ends: Ends, connection: Connection) -> list[str]:
    """Return the schemas of what the installation builds on. Reads only."""
    shared = ends.project.shared
    ledgers = ledger.find_ledgers(connection)
    if not shared or shared == ends.schema or shared not in ledgers:
        return []
    made, _ = read_made(connection, shared, ledgers, ends.project)
    return [shared, *(a.names[0] for a in made if a.type == "schema")]


def check(ends: Ends) -> list[str]:
    """Return in words what will stay behind. SlateError where the move could not be ended well. Reads only."""
    source, target, schema = ends.source, ends.target, ends.schema
    chosen, unknown = selection_of(ends, source)
    if chosen.large_objects:
        raise SlateError(
            f'nobody can tell which of {len(chosen.large_objects)} large objects are of "{schema}"',
            hint=f"{_UNTOUCHED} Keep them in columns of type bytea, or move that whole database.",
        )
    refuse_scheduled(source, schema, "Take them out first: slate jobs schedule PRODUCT --remove.")
    dropping.refuse_leaning(source, *owning.places_of(source, schema))
    _check_source(ends, chosen)
    _check_versions(ends)
    _check_place(ends, chosen)
    _check_roles(ends, chosen)
    _check_shared(ends)
    _check_extensions(source, target, chosen, ends.to)
    return [*chosen.left_out, *unknown]


def _check_source(ends: Ends, chosen: Selection) -> None:
    rows = ends.source.execute(package_sql("fleet/relocation/find_not_own"), {"schemas": chosen.schemas}).fetchall()
    if rows:
        raise SlateError(
            f'"{ends.source.info.user}" may not close {len(rows)} tables of "{ends.schema}", {rows[0][1]} first',
            hint=f'{_UNTOUCHED} Run it as a role that may act as "{rows[0][2]}", their owner.',
        )


def _check_versions(ends: Ends) -> None:
    here, there = (c.info.server_version // 10000 for c in (ends.source, ends.target))
    if there < here:
        raise SlateError(
            f"{ends.to} is PostgreSQL {there}, and {ends.origin} is {here}: nothing is moved to an older one",
            hint=f"{_UNTOUCHED} Upgrade {ends.to}, or choose another server.",
        )
    binaries_for(here)


def _check_place(ends: Ends, chosen: Selection) -> None:
    """Refuse a target on which the name is taken, that this role may not write to, or that encodes otherwise."""
    asked = {"schema": ends.schema}
    query = package_sql("fleet/relocation/find_rights")
    there, may_create, _, encoding, _, _ = ends.target.execute(query, asked).fetchone()  # type: ignore[misc]
    *_, own_encoding, _, speaks = ends.source.execute(query, asked).fetchone()  # type: ignore[misc]
    user = ends.target.info.user
    if there and ends.target.execute(package_sql("backup/count_objects"), [ends.schema]).fetchone() != (0,):
        raise SlateError(
            f'schema "{ends.schema}" is on {ends.to} already',
            hint=f"{_UNTOUCHED} Give one of them another name (slate fleet rename), or move that one out of the way.",
        )
    if not may_create:
        raise SlateError(
            f'"{user}" may not make a schema on {ends.to}',
            hint=f"{_UNTOUCHED} As its owner, run: GRANT CREATE ON DATABASE {ends.target.info.dbname} TO {user};",
        )
    if encoding != own_encoding:
        raise SlateError(
            f"{ends.to} stores text as {encoding}, and {ends.origin} as {own_encoding}",
            hint=f"{_UNTOUCHED} Make a database of the same encoding there.",
        )
    if not speaks:
        raise SlateError(
            f"{ends.origin} has no plpgsql, in which writes are refused meanwhile",
            hint=f"{_UNTOUCHED} Run there: CREATE EXTENSION plpgsql;",
        )
    if taken := [str(a) for a in find_taken(ends.target, ends.schema, chosen.made)] + _taken_schemas(ends, chosen):
        raise SlateError(
            f'{len(taken)} objects that "{ends.schema}" made outside its schema are on {ends.to} already',
            detail=[f"  {line}" for line in taken[:20]],
            hint=f"{_UNTOUCHED} Move what is there out of the way.",
        )


def _taken_schemas(ends: Ends, chosen: Selection) -> list[str]:
    query = package_sql("backup/count_objects")
    return [f'schema "{s}"' for s in chosen.schemas[1:] if ends.target.execute(query, [s]).fetchone() != (0,)]


def _check_roles(ends: Ends, chosen: Selection) -> None:
    """Refuse a target without the roles that are spoken of, but for those that a restore makes."""
    shared = ends.project.shared
    below = [] if not shared or shared in ledger.find_ledgers(ends.target, shared) else [shared]
    asked = {"schemas": [*chosen.schemas, *below], "everywhere": bool(chosen.made)}
    names = [r[0] for r in ends.source.execute(package_sql("backup/find_roles"), asked)]
    there = {r[0] for r in ends.target.execute("SELECT rolname FROM pg_catalog.pg_roles")}
    own = {n: ends.product.name + n[len(ends.schema) :] for n in names if n.startswith(f"{ends.schema}_")}
    lacking = [n for n in names if n not in there and not (n in own and own[n] in there and own[n] != n)]
    if lacking:
        raise SlateError(
            f"{ends.to} lacks {len(lacking)} roles, {lacking[0]} first",
            detail=[f"  {name}" for name in lacking[:20]],
            hint=f"{_UNTOUCHED} Run `slate fleet bootstrap`, and make there what it does not know (CREATE ROLE …).",
        )
    if strange := [n for n in own if n in there and is_powerful(ends.target, n)]:
        raise SlateError(
            f'role "{strange[0]}" logs in on {ends.to} or is above row security, and cannot stand for "{ends.schema}"',
            hint=f"{_UNTOUCHED} Rename that role there.",
        )


def _check_shared(ends: Ends) -> None:
    """Refuse a target on which what the installation builds on is older, or another's."""
    shared = ends.project.shared
    theirs = ledger.find_ledgers(ends.target, shared) if shared else {}
    ours = ledger.find_ledgers(ends.source, shared) if shared else {}
    if shared is None or shared == ends.schema or shared not in theirs or shared not in ours:
        return
    ledger.check_version(shared, theirs[shared])
    have = ledger.read(ends.target, shared, theirs[shared])
    wanted = ledger.read(ends.source, shared, ours[shared])
    lacking = [name for name in wanted if name not in have]
    if have and len(lacking) == len(wanted) > 0:
        raise other_error(shared, ends.origin, next(iter(have)))
    if lacking:
        raise SlateError(
            f'"{shared}" on {ends.to} is older than on {ends.origin}: {", ".join(lacking[:5])} not applied',
            hint=f"{_UNTOUCHED} Run `slate apply {shared}` there first.",
        )


def _check_extensions(source: Connection, target: Connection, chosen: Selection, server: str) -> None:
    wanted = {"names": [a.names[0] for a in chosen.made if a.type == "extension"]}
    names = [row[0] for row in source.execute(package_sql("backup/find_extensions"), wanted)]
    asked = {"names": names}
    lacking: Sequence[tuple[str, str]] = target.execute(
        package_sql("fleet/relocation/find_unavailable"), asked
    ).fetchall()
    if lacking:
        raise SlateError(
            f'{server} lacks the extension "{lacking[0][0]}", which {lacking[0][1]}',
            detail=[f"  {name} {why}" for name, why in lacking[1:]],
            hint=f"{_UNTOUCHED} Install it there.",
        )
