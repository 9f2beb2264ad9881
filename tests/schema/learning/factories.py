"""One of everything a learner may have, each factory returning the row it inserted, and where a row lies."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from slate_pg.testing.database import Database

HASH = "$2b$12$" + "x" * 53
_numbers = itertools.count(1)


def a_user(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a live account with an address and a name of its own."""
    number = next(_numbers)
    return db.insert(
        "users", **{"email": f"u{number}@example.org", "username": f"u{number}", "password_hash": HASH} | over
    )


def a_material(db: Database, user: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a text about the heart, of a new user unless told."""
    owner = (user or a_user(db))["id"]
    return db.insert("study_materials", **{"user_id": owner, "title": "The human heart", "source_type": "text"} | over)


def a_chunk(db: Database, material: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a paragraph, the last of its material."""
    parent = (material or a_material(db))["id"]
    values = {
        "study_material_id": parent,
        "chunk_order": next(_numbers),
        "content": "Four chambers.",
        "chunk_type": "paragraph",
    }
    return db.insert("content_chunks", **values | over)


def an_asset(db: Database, material: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a quiz made of a material."""
    parent = (material or a_material(db))["id"]
    values = {
        "study_material_id": parent,
        "asset_type": "quiz",
        "content": {"question": "?"},
        "generation_model": "m-1",
    }
    return db.insert("generated_assets", **values | over)


def a_session(
    db: Database, user: dict[str, Any] | None = None, material: dict[str, Any] | None = None, **over: Any
) -> dict[str, Any]:
    """Insert a quiz session of a user with a material of that user."""
    user = user or a_user(db)
    material = material or a_material(db, user)
    return db.insert(
        "learning_sessions",
        **{"user_id": user["id"], "study_material_id": material["id"], "session_type": "quiz"} | over,
    )


def an_interaction(db: Database, session: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert an answer in a session, by the session's user."""
    session = session or a_session(db)
    values = {
        "learning_session_id": session["id"],
        "user_id": session["user_id"],
        "interaction_type": "answer",
        "interaction_data": {"choice": 1},
    }
    return db.insert("interactions", **values | over)


def a_metric(db: Database, user: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a measured accuracy of a half."""
    owner = (user or a_user(db))["id"]
    return db.insert("progress_metrics", **{"user_id": owner, "metric_type": "accuracy", "metric_value": 0.5} | over)


def a_feedback(db: Database, user: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    """Insert a rating without stars, about nothing unless told."""
    owner = (user or a_user(db))["id"]
    return db.insert("user_feedback", **{"user_id": owner, "feedback_type": "rating"} | over)


def an_audit_row(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an entry of the trail, by nobody."""
    return db.insert("audit_logs", **{"action": "export", "entity_type": "users"} | over)


MAKE = {
    "users": a_user,
    "study_materials": a_material,
    "content_chunks": a_chunk,
    "generated_assets": an_asset,
    "learning_sessions": a_session,
    "interactions": an_interaction,
    "user_feedback": a_feedback,
    "progress_metrics": a_metric,
    "audit_logs": an_audit_row,
}


def months(db: Database, table: str, *days: str) -> None:
    """Make the months of these days, so that rows of any date have a place."""
    for day in days:
        db.execute("SELECT create_month_partitions(%s::regclass, 0, 0, %s::timestamptz)", table, day)


def in_month(db: Database, table: str, row: dict[str, Any]) -> str:
    """The partition that a row lies in."""
    found: str = db.value(f"SELECT tableoid::regclass::text FROM {table} WHERE id = %s", row["id"])
    return found


def uuid(number: int) -> UUID:
    """Return the id of a number."""
    return UUID(int=number)
