"""Calls the roll of a database: what each of its many ledgers has, in a few queries, read closely once a state.

A thousand installations of one product are in a handful of states. What decides a state is digested by the server; of
those that are alike one is read as every command reads it, and the others are told by their digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slate_pg.config import Product
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, ledger
from slate_pg.migrations.files import Migration
from slate_pg.migrations.keeping import with_theirs
from slate_pg.migrations.repeatable.records import read_standing
from slate_pg.migrations.state import State
from slate_pg.postgres.connection import Connection, package_sql
from slate_pg.postgres.later import psycopg, sql

AT_ONCE = 100  # ledgers in one query: a lock and a plan node each
_OLDEST = 2  # version with the columns that are asked for
_NOT_STATE = ("seed", "job", "repeat")  # kinds of rows that say nothing of what is pending
_ROWS = """
    SELECT
        {name} AS schema, kind, key, number, ended_at, checksum, rollback_checksum, note, {variables} AS variables,
        kind NOT IN ('migration', 'repeatable') OR (
            (body IS NULL OR checksum IS NOT DISTINCT FROM encode(sha256(convert_to(body, 'UTF8')), 'hex'))
            AND (
                rollback_body IS NULL
                OR rollback_checksum IS NOT DISTINCT FROM encode(sha256(convert_to(rollback_body, 'UTF8')), 'hex')
            )
        ) AS agrees,
        tableoid AS of_table, {row} AS of_row
    FROM {schema}._slate_ledger
    WHERE kind <> ALL({others})
"""
# Which version of a row it is: whatever is written to a ledger changes the sum of these.
_ROW = "pg_catalog.hashtextextended(ctid::text || ' ' || xmin::text, 0)"


@dataclass(frozen=True)
class Standing:
    """One ledger as the roll call found it: ids applied, the last of them, and the digest of its state.

    `digest` is empty where the ledger has to be read closely to be judged: it is not whole, is of an older version, or
    a script is half way. `elsewhere` tells that it made something outside its schema; `past` are ids it has no more.
    `mark` is another as soon as anything in the ledger is written that says something of the state.
    """

    schema: str
    version: int
    applied: int = 0
    last: str | None = None
    digest: str = ""
    elsewhere: bool = True
    past: tuple[str, ...] = ()
    mark: str = ""


def call_roll(connection: Connection, ledgers: Mapping[str, int]) -> list[Standing]:
    """Return how the ledgers stand, by schema. What cannot be read here is left to whoever reads it. Reads only."""
    new = sorted(name for name, version in ledgers.items() if _OLDEST <= version <= ledger.VERSION)
    found: dict[str, Standing] = {}
    for start in range(0, len(new), AT_ONCE):
        found |= {s.schema: s for s in _some(connection, new[start : start + AT_ONCE], ledgers)}
    return [found.get(name) or Standing(name, version) for name, version in sorted(ledgers.items())]


def _some(connection: Connection, schemas: Sequence[str], versions: Mapping[str, int]) -> Iterator[Standing]:
    """Yield the standing of some ledgers; one by one where a query for all of them is refused."""
    try:
        rows = connection.execute(_query(schemas, versions)).fetchall()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        if len(schemas) > 1:
            for schema in schemas:
                yield from _some(connection, [schema], versions)
        return
    for schema, applied, last, digest, whole, made, past, mark in rows:
        known = f"{versions[schema]} {digest}" if whole and digest else ""
        yield Standing(schema, versions[schema], applied, last, known, made, tuple(past or ()), mark)


def _query(schemas: Sequence[str], versions: Mapping[str, int]) -> sql.Composed:
    rows = sql.SQL(" UNION ALL ").join(
        sql.SQL(_ROWS).format(
            name=sql.Literal(s),
            schema=sql.Identifier(s),
            others=sql.Literal(list(_NOT_STATE)),
            variables=sql.SQL("variables::text" if versions[s] >= 3 else "NULL::text"),
            row=sql.SQL(_ROW),
        )
        for s in schemas
    )
    return sql.SQL("WITH rows AS (") + rows + sql.SQL(")\n") + sql.SQL(package_sql("migrations/call_roll"))


def mark_query(connection: Connection, schema: str) -> str:
    """Return the query for the mark of one ledger now, and for whether it is of the newest version. Pure."""
    return ledger.format_sql(
        connection,
        schema,
        package_sql("migrations/mark_ledger"),
        row=sql.SQL(_ROW),
        others=sql.SQL("ARRAY['" + "', '".join(_NOT_STATE) + "']"),
        version=f"_slate_ledger_version_{ledger.VERSION}",
    )


def read_states(
    connection: Connection,
    product: Product,
    ordered: Sequence[Migration],
    standings: Iterable[Standing],
    refused: Callable[[str, SlateError], None] | None = None,
) -> Iterator[tuple[State, Standing]]:
    """Yield the state of every installation of a product among some ledgers. Reads only.

    It is one where migrations of the product are on record, or were. Of those whose digest is the same one is read
    closely and stands for all, but for the times in `applied`. `refused` hears of a ledger that cannot be read.
    """
    known = {m.id for m in ordered}
    alike: dict[str, State | None] = {}
    for standing in standings:
        try:
            if standing.digest in alike and standing.digest:
                state = alike[standing.digest]
                state = state and replace(state, schema=standing.schema)
            else:
                state = _closely(connection, product, ordered, standing, known)
                if standing.digest and not _still_stands(connection, standing):
                    standing = replace(standing, digest="", mark="")
                alike[standing.digest] = state and _timeless(state)
            if state is not None:
                yield _with_gone(connection, state, standing), standing
        except psycopg.errors.UndefinedTable:  # it was there when ledgers were looked for
            if refused is not None:
                refused(standing.schema, SlateError("it is not there any more: removed, or called otherwise now"))
        except psycopg.errors.UndefinedColumn as error:  # another has changed the table, and it is one ledger of many
            if refused is None:
                raise
            refused(standing.schema, SlateError(f"its ledger is not as Slate made it: {error.diag.message_primary}"))
        except SlateError as error:
            if refused is None:
                raise
            refused(standing.schema, error)


def _still_stands(connection: Connection, standing: Standing) -> bool:
    """Tell whether a ledger has not been written to since the roll was called. Reads only."""
    marked = connection.execute(mark_query(connection, standing.schema)).fetchone()
    return marked is not None and marked[0] == standing.mark


def _closely(
    connection: Connection, product: Product, ordered: Sequence[Migration], standing: Standing, known: set[str]
) -> State | None:
    """Return the state of one ledger as every command reads it, None where it is of another product. Reads only."""
    installed = product if standing.schema == product.schema else product.beside(standing.schema)
    rows = ledger.read(connection, standing.schema, standing.version)
    ids = {*rows, *standing.past} if rows else ledger.read_history(connection, standing.schema, standing.version)
    begun = {i.id for i in ledger.read_interrupted(connection, standing.schema, standing.version)}
    if standing.schema != product.schema and not known & (ids | begun):
        return None
    return read_whole_state(connection, installed, ordered, standing.version)


def read_whole_state(
    connection: Connection, product: Product, ordered: Sequence[Migration], version: int | None
) -> State:
    """Return an installation's state with its repeatable files, and what another ledger says. Reads only."""
    state = ledger.read_known_state(connection, product, ordered, version)
    state = replace(state, repeatables=read_standing(connection, product, version))
    return with_theirs(connection, product, ordered, state)


def _timeless(state: State) -> State:
    """Return a state that stands for others: what is applied without when, which differs. Pure."""
    return replace(state, applied=tuple(replace(a, applied_at=None) for a in state.applied))


def _with_gone(connection: Connection, state: State, standing: Standing) -> State:
    if not standing.elsewhere or not state.applied:
        return state
    made = elsewhere.read(connection, state.schema, standing.version).made
    return replace(state, gone=tuple(map(str, elsewhere.missing(connection, state.schema, made))))
