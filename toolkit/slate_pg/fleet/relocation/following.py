"""Has a copy follow its source by logical replication, so that it is closed for seconds only. Writes on both servers.

What is made for that is called after the move: a publication and a slot on the source, a subscription on the target.
Each is made where it is missing and dropped where it is there, so that a killed run leaves nothing behind.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from slate_pg.conninfo import known_to_all
from slate_pg.errors import SlateError
from slate_pg.fleet import owning
from slate_pg.fleet.relocation import closing, copying, mark
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.logins import SILENT
from slate_pg.fleet.relocation.mark import Mark
from slate_pg.postgres.connection import Connection, package_sql, send

LEDGER = "_slate_ledger"
_NEAR = 1 << 20  # bytes of WAL
_LOOK_SECONDS = 0.05
_NEAR_SECONDS = 600.0
_NOT_FOR_OTHERS = ("options", "application_name", "client_encoding", "fallback_application_name", "passfile", "dbname")
_UNTOUCHED = "Nothing was changed."


def name_of(moving: Mark) -> str:
    """Return what publication, slot and subscription of a move are called. Pure."""
    return f"slate_move_{moving.id}"


def check(ends: Ends) -> None:
    """SlateError where the target could not follow the source. Reads only."""
    query = package_sql("fleet/relocation/find_replication")
    level, slots, senders, _, may, _ = ends.source.execute(query).fetchone()  # type: ignore[misc]
    *_, workers, _, is_super = ends.target.execute(query).fetchone()  # type: ignore[misc]
    leave = "or leave --online out, which closes it for as long as copying takes."
    if level != "logical":
        raise SlateError(
            f"wal_level of {ends.origin} is {level}, and --online wants logical",
            hint=f"{_UNTOUCHED} There: ALTER SYSTEM SET wal_level = logical, and restart it; {leave}",
        )
    if not may or not is_super:
        who, where = (ends.source, ends.origin) if not may else (ends.target, ends.to)
        right = "has no right to replication" if not may else "is no superuser"
        raise SlateError(
            f'"{who.info.user}" {right} on {where}, and --online wants that', hint=f"{_UNTOUCHED} Grant it; {leave}"
        )
    if slots < 3 or senders < 3 or workers < 1:
        raise SlateError(
            f"there are {slots} slots and {senders} senders free on {ends.origin}, and {workers} workers on {ends.to}",
            hint=f"{_UNTOUCHED} --online wants three, three and one: max_replication_slots, max_wal_senders, "
            f"max_logical_replication_workers; {leave}",
        )
    _check_tables(ends, leave)


def _check_tables(ends: Ends, leave: str) -> None:
    rows = [row for row in _tables(ends.source, ends.schema) if row[1] != LEDGER]
    if loose := [f"{s}.{t}" for s, t, logged, _ in rows if not logged]:
        raise SlateError(
            f"{len(loose)} tables are not logged, and no replication carries them: {', '.join(loose[:5])}",
            hint=f"{_UNTOUCHED} ALTER TABLE … SET LOGGED; {leave}",
        )
    if unknown := [f"{s}.{t}" for s, t, _, known in rows if not known]:
        raise SlateError(
            f"{len(unknown)} tables have no replica identity, so that an UPDATE or DELETE would fail on "
            f"{ends.origin}: {', '.join(unknown[:5])}",
            detail=[f"  {one}" for one in unknown[5:25]],
            hint=f"{_UNTOUCHED} Give each a primary key, or ALTER TABLE … REPLICA IDENTITY FULL; {leave}",
        )


def _tables(connection: Connection, schema: str) -> list[tuple[str, str, bool, bool]]:
    schemas, made = owning.places_of(connection, schema)
    single = json.dumps([list(a.names) for a in made if a.type == "table"])
    asked = {"schemas": list(schemas), "single": single}
    return connection.execute(package_sql("fleet/relocation/find_followers"), asked).fetchall()


def start(ends: Ends, moving: Mark, work: Path, via: str | None) -> Mark:
    """Make what the target needs to follow, what is missing of it, and wait until it does. Writes on both servers.

    Returns the mark, which has the number of the subscription.
    """
    if not copying.is_there(ends, moving):
        copying.carry_over(ends, moving, work, rows=False)
    copying.clear(work, moving)
    name = name_of(moving)
    if _progress(ends.target, name) is None:
        copy = replace(moving, role=mark.COPY)
        closing.close(ends.target, ends.schema, copy, ends.patience)
        _quiet(ends.target, ends.schema)
        _publish(ends, name)
        _subscribe(ends, name, via)
    if found := _progress(ends.target, name):
        moving = replace(moving, subscription=found[0])
        closing.amend(ends.source, ends.schema, moving)
    _wait_until_near(ends, name)
    return moving


def _quiet(connection: Connection, schema: str) -> None:
    """Keep triggers from firing on rows that replication brings: they have fired where those were written. Writes."""
    for schema_, table, trigger, _ in _loud(connection, schema):
        _alter(connection, (schema_, table), "DISABLE", trigger)


def _loud(connection: Connection, schema: str) -> list[tuple[str, str, str, str]]:
    tables = owning.find_tables(connection, *owning.places_of(connection, schema))
    asked = {"tables": json.dumps([list(t) for t in tables])}
    return connection.execute(package_sql("fleet/relocation/find_loud_triggers"), asked).fetchall()


def _alter(connection: Connection, table: tuple[str, str], how: str, trigger: str) -> None:
    text = sql.SQL("ALTER TABLE ONLY {} {} TRIGGER {}").format(
        sql.Identifier(*table), sql.SQL(how), sql.Identifier(trigger)
    )
    connection.execute(text)


def _publish(ends: Ends, name: str) -> None:
    if not ends.source.execute("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = %s", [name]).fetchone():
        tables = sql.SQL(", ").join(
            sql.SQL("ONLY {}").format(sql.Identifier(s, t)) for s, t, *_ in _tables(ends.source, ends.schema)
        )
        ends.source.execute(sql.SQL("CREATE PUBLICATION {} FOR TABLE {}").format(sql.Identifier(name), tables))
    if not _slot(ends.source, name):
        ends.source.execute("SELECT pg_catalog.pg_create_logical_replication_slot(%s, 'pgoutput')", [name])


def _slot(connection: Connection, name: str) -> tuple[int | None, str | None] | None:
    query = "SELECT active_pid, confirmed_flush_lsn::text FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"
    return connection.execute(query, [name]).fetchone()


def _subscribe(ends: Ends, name: str, via: str | None) -> None:
    """Make the subscription. Its connection string may hold a password: that statement is kept out of the log."""
    text = sql.SQL(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} "
        "WITH (create_slot = false, slot_name = {}, disable_on_error = true)"
    ).format(sql.Identifier(name), sql.Literal(via or _conninfo(ends)), sql.Identifier(name), sql.Literal(name))
    try:
        with ends.target.transaction():
            send(ends.target, SILENT)
            send(ends.target, "SELECT pg_catalog.set_config('pg_stat_statements.track', 'none', true)")
            send(ends.target, text.as_string(ends.target))
    except psycopg.Error as error:
        raise SlateError(
            f"{ends.to} cannot follow {ends.origin}: {error.diag.message_primary or type(error).__name__}",
            hint="Say how it reaches that server: --via CONNINFO. Its pg_hba.conf must let it in.",
        ) from None


def _conninfo(ends: Ends) -> str:
    """Return how the source was reached, for the target. It may hold a password. Pure."""
    info = ends.source.info
    parameters = known_to_all(info.get_parameters())  # the target's libpq may be older than ours
    known = {k: v for k, v in parameters.items() if k not in _NOT_FOR_OTHERS}
    secret = {"password": info.password} if info.password else {}
    return make_conninfo("", **{**known, "dbname": info.dbname, **secret})


def _progress(connection: Connection, name: str) -> tuple[int, bool, int, int] | None:
    return connection.execute(package_sql("fleet/relocation/find_progress"), {"name": name}).fetchone()


def _wait_until_near(ends: Ends, name: str) -> None:
    """Wait until all tables have been copied and little is left to follow. SlateError where it stops. Reads only."""
    began: float | None = None
    while True:
        found = _progress(ends.target, name)
        _check_runs(ends, found)
        if found and found[2] == found[3]:
            began = began or time.monotonic()
            if _behind(ends.source, name) <= _NEAR:
                return
            if time.monotonic() - began > _NEAR_SECONDS:
                raise SlateError(f"{ends.to} does not catch up with {ends.origin}", hint="Try it in a quieter hour.")
        time.sleep(_LOOK_SECONDS)


def _check_runs(ends: Ends, found: tuple[int, bool, int, int] | None) -> None:
    if found is None or not found[1]:
        raise SlateError(
            f"{ends.to} stopped following {ends.origin}: a row could not be written there",
            hint=f"The log of {ends.to} says which. Most often a table was altered meanwhile.",
        )


def _behind(connection: Connection, name: str) -> int:
    query = (
        "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), confirmed_flush_lsn)::bigint "
        "FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"
    )
    row = connection.execute(query, [name]).fetchone()
    return int(row[0]) if row and row[0] is not None else _NEAR + 1


def finish(ends: Ends, moving: Mark) -> None:
    """Wait until the target has all that the closed source holds, and end the replication. Writes on both servers."""
    there = mark.read_marks(ends.target, ends.schema).get(ends.schema)
    if there is None or there.stage == mark.FOLLOWING:
        _wait_for_all(ends, name_of(moving))
        closing.close(ends.target, ends.schema, replace(moving, role=mark.COPY, stage=mark.COPYING), ends.patience)
    end(ends, moving)
    copying.follow_sequences(ends)
    _fill_views(ends)
    for schema, table, trigger, enabled in _loud(ends.source, ends.schema):
        _alter(ends.target, (schema, table), "ENABLE ALWAYS" if enabled == "A" else "ENABLE REPLICA", trigger)


def _wait_for_all(ends: Ends, name: str) -> None:
    with ends.source.transaction():
        emitted = "SELECT pg_catalog.pg_logical_emit_message(true, 'slate', 'closed')::text"
        last = ends.source.execute(emitted).fetchone()[0]  # type: ignore[index]
    query = "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_catalog.pg_replication_slots WHERE slot_name = %s"
    until = time.monotonic() + max(ends.patience.wait_seconds, 1.0)
    while ends.source.execute(query, [last, name]).fetchone() != (True,):
        _check_runs(ends, _progress(ends.target, name))
        if time.monotonic() > until:
            raise SlateError(
                f"{ends.to} did not catch up within --wait {ends.patience.wait_seconds:g} s",
                hint="Wait longer (--wait), or try it in a quieter hour.",
            )
        time.sleep(_LOOK_SECONDS)


def _fill_views(ends: Ends) -> None:
    """Fill the materialized views, those that others read first. Writes on the target."""
    schemas, _ = owning.places_of(ends.source, ends.schema)
    asked = {"schemas": list(schemas)}
    left = ends.source.execute(package_sql("fleet/relocation/find_views_to_fill"), asked).fetchall()
    while left:
        stayed = list(_unfilled(ends.target, left))
        if len(stayed) == len(left):
            raise SlateError(f"the materialized view {'.'.join(left[0])} cannot be filled on {ends.to}")
        left = stayed


def _unfilled(connection: Connection, views: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for view in views:
        try:
            with connection.transaction():
                connection.execute(sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(*view)))
        except psycopg.errors.ObjectNotInPrerequisiteState:
            yield view


def end(ends: Ends, moving: Mark) -> None:
    """Drop the subscription, the publication and the slots of a move, those that are there. Writes on both servers."""
    name = name_of(moving)
    kept = mark.read_marks(ends.source, ends.schema).get(ends.schema)
    number = kept.subscription if kept else 0
    with suppress(psycopg.OperationalError):  # where the target is away, its subscription goes with the copy, later
        if found := _progress(ends.target, name):
            number = found[0]
            _drop_subscription(ends.target, name)
    end_source(ends.source, moving, number)


def end_source(source: Connection, moving: Mark, number: int) -> None:
    """Drop the publication and the slots of a move; `number` is the subscription's, 0 where there is none. Writes."""
    name = name_of(moving)
    source.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
    pattern = f"^pg_{number}_sync_" if number else "^$"
    query = "SELECT slot_name FROM pg_catalog.pg_replication_slots WHERE slot_name = %s OR slot_name ~ %s"
    for (slot,) in source.execute(query, [name, pattern]).fetchall():
        _drop_slot(source, slot)


def _drop_subscription(connection: Connection, name: str) -> None:
    quoted = sql.Identifier(name)
    try:
        connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(quoted))
    except psycopg.Error:  # the source cannot be reached from there, or its slot has gone already
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} DISABLE").format(quoted))
        connection.execute(sql.SQL("ALTER SUBSCRIPTION {} SET (slot_name = NONE)").format(quoted))
        connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(quoted))


def _drop_slot(connection: Connection, slot: str) -> None:
    """Drop a slot, of which the session that uses it is ended first. Writes."""
    until = time.monotonic() + 10
    while (found := _slot(connection, slot)) is not None:
        try:
            if found[0] is not None:
                connection.execute("SELECT pg_catalog.pg_terminate_backend(%s)", [found[0]])
            connection.execute("SELECT pg_catalog.pg_drop_replication_slot(%s)", [slot])
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > until:
                raise
            time.sleep(_LOOK_SECONDS)
