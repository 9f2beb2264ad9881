"""Opens connections and sends whole scripts; knows libpq, not migrations.

A script goes to the server in one message (a few where COPY data must be answered), so the server does the
splitting, and what it says about a failure is mapped back to a place in the script.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slate_pg.conninfo import SECRET_PARAMETERS, alive, describe, hide, known_to_all, learn, parse
from slate_pg.errors import ServerError
from slate_pg.postgres import pins
from slate_pg.postgres.later import pq, psycopg
from slate_pg.postgres.prescan import CopyData, Segment, may_hold_copy_data, may_lift_lock_timeout

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]
else:
    Connection = object  # no name of psycopg's is used before something is asked of it
# What a script may have left in the session: another user, settings, temporary tables.
FORGET = (
    "RESET SESSION AUTHORIZATION; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES"
)


def pinned(url: str, options: dict[str, Any], more: Mapping[str, str]) -> str:
    """Return libpq's `options` with ours behind what was asked for.

    What PGOPTIONS and the command line ask for is meant for the target and not for a throw-away server of ours.
    """
    is_target = parse(url).get("host") not in pins.own_servers
    asked = (
        options.get("options") or parse(url).get("options") or (os.environ.get("PGOPTIONS", "") if is_target else "")
    )
    told = pins.told if is_target else {}
    return f"{asked} {pins.as_options({**pins.PINNED, **told, **more})}".strip()


def _open(url: str, options: dict[str, Any], more: Mapping[str, str] | None = None) -> Connection:
    """Connect with our settings; without them where a pooler takes none."""
    try:
        return psycopg.connect(url, **{**options, "options": pinned(url, options, more or {})})
    except psycopg.OperationalError as error:
        if "unsupported startup parameter" not in str(error):
            raise
        return psycopg.connect(url, **{**options, "options": ""})


def _open_pinned(url: str, options: dict[str, Any]) -> Connection:
    """Connect, look which of our settings did not arrive, and have them in one of two other ways."""
    connection = _open(url, options)
    try:
        lacking = pins.differing(connection)
    except psycopg.OperationalError:  # transaction_timeout, which cannot be asked for of every version, is that short
        connection.close()
        lacking = {"transaction_timeout": ("", pins.LATER["transaction_timeout"])}
    if not lacking:
        return connection
    if asked := {name: wanted for name, (_, wanted) in lacking.items() if name in pins.LATER}:
        try:
            better = _open(url, options, asked)
        except psycopg.OperationalError:  # not for this role to set
            if connection.closed:
                raise
        else:
            connection.close()
            connection = better
            lacking = pins.differing(connection)
    pins.set_by_statement(connection, lacking)
    return connection


def connect(url: str, purpose: str = "slate", **options: Any) -> Connection:
    """Open a connection in autocommit mode. ServerError when that fails, Misuse for a bad URL."""
    terms = alive(parse(url), os.environ)
    try:
        # Scripts travel as UTF-8 whatever the database stores. No prepared statements: a migration may deallocate them.
        fixed: dict[str, Any] = {"autocommit": True, "client_encoding": "UTF8", "prepare_threshold": None}
        connection = _open_pinned(url, {"application_name": purpose, **terms, **pins.told_terms, **fixed, **options})
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        said = hide(str(error)).strip().splitlines()
        raise ServerError(
            f"cannot connect to {describe(url)}",
            detail=[f"  {line}" for line in said[-2:]],
            hint=pins.refused_role(str(error))
            or "Check --database, DATABASE_URL or the PG variables, and that the server runs.",
        ) from error
    if connection.info.password not in (connection.info.user, connection.info.dbname):
        learn([connection.info.password])  # it may have come from a file of passwords
    return connection


@cache
def package_sql(name: str) -> str:
    """Return the text of one of the package's own SQL files, read once. Reads only."""
    return (Path(__file__).parents[1] / "sql" / f"{name}.sql").read_text("utf-8")


def client_url(connection: Connection, **changes: str) -> str:
    """Return a connection string for a client program: what this connection was opened with, without its secrets.

    So TLS, its certificates and all else that was asked for hold for the program too. The password travels by the
    environment.
    """
    from psycopg.conninfo import make_conninfo

    known = connection.info.get_parameters().items()
    kept = {name: value for name, value in known if name == "options" or name not in SECRET_PARAMETERS}
    return make_conninfo("", **{**known_to_all(kept), **changes})


class ScriptFailed(Exception):
    """The server refused a statement. `offset` is where in the script, `row` where COPY's row is, if one is named."""

    def __init__(self, error: psycopg.Error, offset: int, exact: bool, row: int | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.offset = offset
        self.exact = exact
        self.row = row


def send(connection: Connection, sql: str, copy_data: CopyData | None = None) -> int:
    """Send one message of statements without parameters; return the rows they touched. Raises psycopg errors."""
    _, rows, error = _exchange(connection.pgconn, sql.encode(), copy_data)
    if error:
        raise error
    return rows


def exchange(connection: Connection, sql: bytes, data: CopyData | None) -> tuple[int, int, psycopg.Error | None]:
    """Send one message; return how many statements were done, the rows they touched, and the error, if any."""
    return _exchange(connection.pgconn, sql, data)


@contextmanager
def hearing(connection: Connection, tell: Callable[[str, str], None]) -> Iterator[None]:
    """Tell severity and text of each NOTICE and WARNING that the server sends meanwhile."""

    def handler(diagnostic: psycopg.errors.Diagnostic) -> None:
        tell(diagnostic.severity_nonlocalized or diagnostic.severity or "NOTICE", diagnostic.message_primary or "")

    connection.add_notice_handler(handler)
    try:
        yield
    finally:
        connection.remove_notice_handler(handler)


def forget(connection: Connection) -> str:
    """Return the SQL that takes back what a script has left in the session, without a last semicolon. Pure.

    What the server has counted of it is handed over, so that what the next one writes is counted from nothing.
    """
    return f"{FORGET}{pins.behind_reset(connection)}; SELECT pg_catalog.pg_stat_force_next_flush()"


def is_alive(connection: Connection) -> bool:
    """Return whether the server can still be reached over this connection, as far as libpq knows."""
    return connection.pgconn.status == pq.ConnStatus.OK


def abandon(connection: Connection, last: str = "") -> None:
    """End what is under way: cancel it, roll back, forget what scripts have set, and send `last` in that message."""
    if connection.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
        connection.cancel_safe()
        while (result := connection.pgconn.get_result()) is not None:
            if result.status == pq.ExecStatus.COPY_IN:
                connection.pgconn.put_copy_end(b"interrupted")
            elif result.status == pq.ExecStatus.COPY_OUT:
                _drain_copy(connection.pgconn)
    if connection.pgconn.transaction_status != pq.TransactionStatus.IDLE:
        send(connection, "ROLLBACK")
    send(connection, f"{forget(connection)}; {last}")


def timeout_guard(milliseconds: int, local: bool = True) -> str:
    """Return the SQL that bounds waiting for locks again where a script has set lock_timeout to 0, as pg_dump does."""
    return (
        f"SELECT pg_catalog.set_config('lock_timeout', '{milliseconds}ms', {local}) "
        "WHERE pg_catalog.current_setting('lock_timeout') = '0'"
    )


def send_script(connection: Connection, text: str, before: Sequence[str] = (), guard: str = "") -> int:
    """Send a script, COPY data included; return the rows it touched. ScriptFailed says which statement failed.

    The statements `before` travel in front of it in the same message. `guard`, one statement, is sent behind each
    statement that may have changed lock_timeout.
    """
    rows = 0
    head = "".join(f"{statement}; " for statement in before)
    for segment in _messages(text, bool(guard)):
        done, touched, error = _exchange(connection.pgconn, (head + segment.sql).encode(), segment.copy_data)
        rows += touched
        if error:
            from slate_pg.postgres.failures import failed_at, row_at

            offset, exact = failed_at(text, segment, done - len(before) if head else done, error, len(head))
            raise ScriptFailed(error, offset, exact, row_at(text, offset, error))
        if segment.lifts_timeout:
            send(connection, guard)
        head = ""
    return rows


def _messages(text: str, guarded: bool) -> list[Segment]:
    """Return the script in one piece where nothing in it needs more; splitting costs time."""
    lifts = guarded and may_lift_lock_timeout(text)
    if lifts or may_hold_copy_data(text):
        from slate_pg.postgres.statements import segments

        return segments(text, lifts)
    return [Segment(text)]


def _exchange(pgconn: Any, sql: bytes, copy_data: CopyData | None) -> tuple[int, int, psycopg.Error | None]:
    """Send one message and read every result; return statements done, rows touched and the error, if any."""
    done = rows = 0
    finished = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, pq.ExecStatus.EMPTY_QUERY)
    error: psycopg.Error | None = None
    pgconn.send_query(sql)
    _flush(pgconn)
    while (result := _next_result(pgconn)) is not None:
        if result.status in finished:
            done += 1
            rows += result.command_tuples or 0 if result.status == pq.ExecStatus.COMMAND_OK else 0
        elif result.status == pq.ExecStatus.COPY_IN:
            _answer_copy(pgconn, copy_data)
        elif result.status == pq.ExecStatus.COPY_OUT:
            _drain_copy(pgconn)
        else:
            error = error or psycopg.errors.error_from_result(result, encoding="utf-8")
    if pgconn.status != pq.ConnStatus.OK and not isinstance(error, psycopg.OperationalError):
        said = f"{error.diag.message_primary} ({error.sqlstate})" if error else "the server closed the connection"
        error = psycopg.OperationalError(said)  # a FATAL of any class is the end of the connection
    return done, rows, error


def _next_result(pgconn: Any) -> Any:
    """Wait for the next result. select() keeps Ctrl-C working, which a blocking libpq call does not."""
    while pgconn.status == pq.ConnStatus.OK and pgconn.is_busy():
        select.select([pgconn.socket], [], [])
        try:
            pgconn.consume_input()
        except psycopg.OperationalError:
            break
    return pgconn.get_result()


def _flush(pgconn: Any) -> None:
    while pgconn.flush():
        readable, _, _ = select.select([pgconn.socket], [pgconn.socket], [])
        if readable:
            pgconn.consume_input()


def _answer_copy(pgconn: Any, data: CopyData | None) -> None:
    if data is None:
        pgconn.put_copy_end(b"the script holds no data lines after COPY FROM stdin")
        _flush(pgconn)
        return
    for chunk in _chunks(data) if isinstance(data, str) else data:
        while pgconn.put_copy_data(chunk) == 0:
            _flush(pgconn)
        _flush(pgconn)  # or libpq would hold it all
    pgconn.put_copy_end()
    _flush(pgconn)


def _chunks(text: str) -> Iterator[bytes]:
    raw = text.encode()
    return (raw[start : start + (1 << 16)] for start in range(0, len(raw), 1 << 16))


def _drain_copy(pgconn: Any) -> None:
    while True:
        size, _ = pgconn.get_copy_data(1)
        if size == 0:
            select.select([pgconn.socket], [], [])
            pgconn.consume_input()
        elif size < 0:
            return
