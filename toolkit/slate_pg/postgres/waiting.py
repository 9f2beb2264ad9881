"""Waits for a server that is still starting, as a container's often is."""

from __future__ import annotations

import time
from collections.abc import Callable

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from slate_pg.conninfo import describe, parse
from slate_pg.errors import ServerError

_PAUSE_S = 0.2
_COMES = (Ping.REJECT, Ping.NO_RESPONSE)  # it is starting or stopping; nobody answers


def wait_for_database(url: str, seconds: float, on_waiting: Callable[[str], None] = lambda where: None) -> None:
    """Return when the server takes connections; ServerError when it does not for so long. Reads only.

    Whether this role may connect, and to which database, is not asked: a password is not sent. `on_waiting` is called
    once, with where the server is, if it is not there at once.
    """
    end, said = time.monotonic() + seconds, False
    question = make_conninfo("", **{"connect_timeout": "2", **parse(url)}).encode()
    while PGconn.ping(question) in _COMES:
        if time.monotonic() >= end:
            raise ServerError(
                f"{describe(url)} takes no connections, after {seconds:g} s",
                hint="Look whether the server runs; wait longer with --wait-for-database S.",
            )
        if not said:
            on_waiting(describe(url))
            said = True
        time.sleep(min(_PAUSE_S, max(0.0, end - time.monotonic())))
