"""Begins a run with what the roll call has read of an installation, where its ledger has not been written to since.

Beside hundreds of installations in one state most of the time goes into asking each of them again what is known. Under
the installation's lock, one message asks whether it still is so, and what else a run asks before it writes. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from slate_pg.config import Product
from slate_pg.migrations import elsewhere, ledger, locking, roll
from slate_pg.migrations.state import State
from slate_pg.postgres.connection import Connection, package_sql


@dataclass(frozen=True)
class Foreknown:
    """How an installation stood when the roll was called, and the mark of its ledger then."""

    state: State
    mark: str


@dataclass(frozen=True)
class Seen:
    """What there is now: the schemas in which others hold relations, and what is known of the whole database."""

    busy: tuple[str, ...]
    known: elsewhere.Known
    read_only: bool


def is_plain(state: State) -> bool:
    """Tell a state of which nothing but what is pending has to be asked before a run. Pure."""
    more = state.edited or state.missing or state.interrupted or state.hurts or state.gone or state.revalued
    apart = state.keeps or state.apart or state.repeatables or state.stuck
    return bool(state.version == ledger.VERSION and state.applied) and not (more or apart)


def look(connection: Connection, product: Product, foreknown: Foreknown) -> Seen | None:
    """Return what there is now; None where that has to be asked one by one, as the ledger is another. Reads only."""
    if not foreknown.mark or product.schemas or not is_plain(foreknown.state):
        return None
    asked = (
        roll.mark_query(connection, product.schema),
        locking.READ_ONLY,
        package_sql("migrations/find_busy"),
        package_sql("migrations/find_known"),
    )
    try:
        marked, only, busy, known = _answers(connection, asked)
    except psycopg.DatabaseError:  # whoever asks one by one says why
        if connection.closed:
            raise
        return None
    if marked != [(foreknown.mark, True)]:
        return None
    return Seen(tuple(str(row[0]) for row in busy), elsewhere.Known(known), bool(only[0][0]))


def _answers(connection: Connection, asked: Sequence[str]) -> list[list[tuple[Any, ...]]]:
    """Return what the server says to several questions without parameters, in one message. Raises psycopg errors."""
    cursor = connection.execute(";\n".join(asked))
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found
