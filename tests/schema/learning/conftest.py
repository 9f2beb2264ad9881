"""The learning schema as `learning`, and one row of everything that a story may need."""

import itertools
from uuid import UUID

import pytest

HASH = "$2b$12$" + "x" * 53
_numbers = itertools.count(1)


@pytest.fixture
def learning(db):
    db.use("learning")
    return db


def a_user(db, **over):
    number = next(_numbers)
    return db.insert(
        "users", **{"email": f"u{number}@example.org", "username": f"u{number}", "password_hash": HASH} | over
    )


def a_material(db, user=None, **over):
    owner = (user or a_user(db))["id"]
    return db.insert("study_materials", **{"user_id": owner, "title": "The human heart", "source_type": "text"} | over)


def a_chunk(db, material=None, **over):
    parent = (material or a_material(db))["id"]
    values = {
        "study_material_id": parent,
        "chunk_order": next(_numbers),
        "content": "Four chambers.",
        "chunk_type": "paragraph",
    }
    return db.insert("content_chunks", **values | over)


def an_asset(db, material=None, **over):
    parent = (material or a_material(db))["id"]
    values = {
        "study_material_id": parent,
        "asset_type": "quiz",
        "content": {"question": "?"},
        "generation_model": "m-1",
    }
    return db.insert("generated_assets", **values | over)


def a_session(db, user=None, material=None, **over):
    user = user or a_user(db)
    material = material or a_material(db, user)
    return db.insert(
        "learning_sessions",
        **{"user_id": user["id"], "study_material_id": material["id"], "session_type": "quiz"} | over,
    )


def an_interaction(db, session=None, **over):
    session = session or a_session(db)
    values = {
        "learning_session_id": session["id"],
        "user_id": session["user_id"],
        "interaction_type": "answer",
        "interaction_data": {"choice": 1},
    }
    return db.insert("interactions", **values | over)


def a_metric(db, user=None, **over):
    owner = (user or a_user(db))["id"]
    return db.insert("progress_metrics", **{"user_id": owner, "metric_type": "accuracy", "metric_value": 0.5} | over)


def feedback(db, user=None, **over):
    owner = (user or a_user(db))["id"]
    return db.insert("user_feedback", **{"user_id": owner, "feedback_type": "rating"} | over)


def an_audit_row(db, **over):
    return db.insert("audit_logs", **{"action": "export", "entity_type": "users"} | over)


def months(db, table, *days):
    """Make the months of these days, so that rows of any date have a place."""
    for day in days:
        db.execute("SELECT create_month_partitions(%s::regclass, 0, 0, %s::timestamptz)", table, day)


def in_month(db, table, row):
    """The partition that a row lies in."""
    return db.value(f"SELECT tableoid::regclass::text FROM {table} WHERE id = %s", row["id"])


def uuid(number):
    return UUID(int=number)
