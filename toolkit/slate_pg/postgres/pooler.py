"""Notices a pooler that hands each transaction to another session of the server: no lock and no setting lasts there.

Opens a second connection for a moment where a pooler is between at all; writes nothing.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from typing import Any

from slate_pg.postgres.later import pq, psycopg

_PID = "SELECT pg_catalog.pg_backend_pid()"
_ASKED = 5
_ROUNDS = 3
_PATIENCE_SECONDS = 3.0


def shares_sessions(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether what stands between gives this connection's session to others, or another to it. Reads only.

    A pooler makes up the pid that a client is told at the start. One that pools sessions keeps a client to one of the
    server's; any other lends the same to a second client while the first is idle, or changes it by itself.
    """
    first = _pid(connection)
    if first == connection.info.backend_pid:
        return False
    if any(_pid(connection) != first for _ in range(_ASKED)):
        return True
    try:
        second = psycopg.connect(
            **{**connection.info.get_parameters(), "connect_timeout": "5"},  # type: ignore[arg-type]
            password=connection.info.password,
            autocommit=True,
        )
    except psycopg.OperationalError:
        return False  # there is no other session to be had: this one is ours
    try:
        # Others may be at it at the same time, so that one look may miss it.
        return any(_lends(connection, second, first) for _ in range(_ROUNDS))
    finally:
        second.close()


def _pid(connection: psycopg.Connection[Any]) -> int:
    return int(connection.execute(_PID).fetchone()[0])  # type: ignore[index]


def _lends(connection: psycopg.Connection[Any], second: psycopg.Connection[Any], first: int) -> bool:
    """Tell whether a second client gets the first one's session, or takes it from under it."""
    if second.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
        return False  # it waits since the last round: sessions are pooled, and all are taken
    try:
        answers = list(_answers(second.pgconn, f"BEGIN; {_PID}"))
    except psycopg.OperationalError:
        return True  # "transaction blocks not allowed in statement pooling mode", and the end of it
    if any(answer.status == pq.ExecStatus.FATAL_ERROR for answer in answers):
        return True  # "transaction blocks not allowed in statement pooling mode"
    if not answers:
        return False
    if int(answers[-1].get_value(0, 0) or b"0") == first or any(_pid(connection) != first for _ in range(_ASKED)):
        return True
    list(_answers(second.pgconn, "ROLLBACK"))
    return False


def _answers(pgconn: pq.abc.PGconn, query: str) -> Iterator[pq.abc.PGresult]:
    """Send a query and yield its results; none once no answer has come for a while."""
    pgconn.send_query(query.encode())
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        pgconn.flush()
        if select.select([pgconn.socket], [], [], 0.1)[0]:
            pgconn.consume_input()
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                return
            yield result
