"""One row of what a test of core needs, in the tables the test has made."""

from __future__ import annotations

from typing import Any

from slate_pg.testing.database import Database


def a_person(db: Database, **over: Any) -> dict[str, Any]:
    """Insert somebody who may act."""
    return db.insert("people", **{"id": 7} | over)


def an_entry(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an entry of a trail, by person 7."""
    return db.insert("trail", **{"id": 1, "what": "a", "user_id": 7, "other_id": 7} | over)


def an_event(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an event; the test says when it happened."""
    return db.insert("events", **{"note": "x"} | over)
