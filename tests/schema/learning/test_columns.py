"""What each column accepts: the document's lists, ranges and shapes, allowed and refused side by side."""

import math
from datetime import timedelta

import pytest

from tests.schema.learning.conftest import (
    HASH,
    a_chunk,
    a_material,
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_audit_row,
    an_interaction,
    feedback,
)

MAKE = {
    "users": a_user,
    "study_materials": a_material,
    "content_chunks": a_chunk,
    "generated_assets": an_asset,
    "learning_sessions": a_session,
    "interactions": an_interaction,
    "user_feedback": feedback,
    "progress_metrics": a_metric,
    "audit_logs": an_audit_row,
}
LISTS = {
    ("study_materials", "source_type"): ("upload", "url", "text"),
    ("generated_assets", "asset_type"): ("quiz", "flashcard", "summary"),
    ("learning_sessions", "session_type"): ("quiz", "review", "study"),
    ("interactions", "interaction_type"): ("answer", "view", "skip"),
    ("user_feedback", "feedback_type"): ("rating", "comment", "report"),
    ("progress_metrics", "metric_type"): ("accuracy", "speed", "retention"),
    ("progress_metrics", "time_period"): ("daily", "weekly", "monthly"),
}
RANGES = {
    ("user_feedback", "rating"): ((1, 5), (0, 6)),
    ("content_chunks", "relevance_score"): ((0, 1), (-0.01, 1.01, math.nan, math.inf)),
    ("content_chunks", "word_count"): ((0, 9), (-1,)),
    ("generated_assets", "quality_score"): ((0, 1), (-0.01, 1.01, math.nan)),
    ("generated_assets", "difficulty_level"): ((1, 10), (0, 11)),
    ("study_materials", "content_length"): ((0, 9), (-1,)),
    ("learning_sessions", "completion_percentage"): ((0, 100), (-1, 100.1, math.nan)),
    ("interactions", "confidence_level"): ((0, 1), (-0.01, 1.01, math.nan)),
    ("interactions", "response_time_ms"): ((0, 9), (-1,)),
    ("progress_metrics", "metric_value"): ((-1, 1e9), (math.nan, math.inf, -math.inf)),
}
OBJECTS = [
    ("users", "preferences"), ("study_materials", "metadata"), ("content_chunks", "metadata"),
    ("generated_assets", "content"), ("generated_assets", "metadata"), ("generated_assets", "generation_params"),
    ("learning_sessions", "session_data"), ("learning_sessions", "configuration"), ("interactions", "interaction_data"),
    ("interactions", "feedback_data"), ("user_feedback", "metadata"), ("progress_metrics", "metric_data"),
]  # fmt: skip
OPEN = [
    ("study_materials", "status"), ("study_materials", "difficulty_level"), ("content_chunks", "chunk_type"),
    ("generated_assets", "status"), ("learning_sessions", "status"), ("user_feedback", "status"),
    ("progress_metrics", "aggregation_type"), ("audit_logs", "action"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), LISTS, ids=".".join)
def test_a_closed_list_takes_its_labels_and_nothing_else(learning, table, column):
    for label in LISTS[table, column]:
        assert MAKE[table](learning, **{column: label})[column] == label
    for wrong in ("other", "", LISTS[table, column][0].upper()):
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            MAKE[table](learning, **{column: wrong})


@pytest.mark.parametrize(("table", "column"), OPEN, ids=".".join)
def test_an_open_list_takes_a_label_nobody_foresaw(learning, table, column):
    assert MAKE[table](learning, **{column: "brand new"})[column] == "brand new"


@pytest.mark.parametrize(("table", "column"), RANGES, ids=".".join)
def test_a_range_holds_at_both_ends_and_refuses_nan(learning, table, column):
    inside, outside = RANGES[table, column]
    for value in inside:
        assert MAKE[table](learning, **{column: value})[column] == value
    for value in outside:
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            MAKE[table](learning, **{column: value})


@pytest.mark.parametrize(("table", "column"), OBJECTS, ids=".".join)
def test_a_json_column_refuses_scalars_and_json_null(learning, table, column):
    row = MAKE[table](learning, **{column: {"a": 1}})
    for scalar in ("null", "1", '"x"'):
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            learning.execute(f"UPDATE {table} SET {column} = %s::jsonb WHERE id = %s", scalar, row["id"])


def test_an_asset_may_be_a_list_of_questions(learning):
    asset = an_asset(learning)
    learning.execute("UPDATE generated_assets SET content = '[{\"question\": 1}]' WHERE id = %s", asset["id"])


@pytest.mark.parametrize("table", MAKE)
def test_an_id_comes_by_itself(learning, table):
    assert MAKE[table](learning)["id"] != MAKE[table](learning)["id"]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("users", "is_active", True),
        ("study_materials", "status", "processing"),
        ("generated_assets", "status", "ready"),
        ("learning_sessions", "status", "active"),
        ("learning_sessions", "total_interactions", 0),
        ("learning_sessions", "completion_percentage", 0),
        ("user_feedback", "status", "active"),
        ("audit_logs", "is_success", True),
    ],
)
def test_a_default_means_never_null(learning, table, column, value):
    row = MAKE[table](learning)
    assert row[column] == value
    assert learning.value(
        "SELECT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s", table, column
    )
    if (table, column) not in (("audit_logs", "is_success"), ("learning_sessions", "total_interactions")):
        with learning.throws("23502"):
            learning.execute(f"UPDATE {table} SET {column} = NULL WHERE id = %s", row["id"])


@pytest.mark.parametrize("column", ["email", "username"])
def test_an_account_is_unique_by_the_documented_index(learning, column):
    first = a_user(learning)
    with learning.throws("23505", constraint=f"idx_users_{column}"):
        a_user(learning, **{column: first[column]})


@pytest.mark.parametrize("wrong", ["secret", "$2b$12$short", HASH[:-1], "$1$" + "x" * 57, HASH + "x", ""])
def test_a_password_is_a_bcrypt_hash_or_refused(learning, wrong):
    with learning.throws("23514", constraint="users_password_hash_check"):
        a_user(learning, password_hash=wrong)


def test_deleting_an_account_deactivates_it_and_it_cannot_be_active_again(learning):
    user = a_user(learning)
    learning.execute("UPDATE users SET deleted_at = now() WHERE id = %s", user["id"])
    assert learning.value("SELECT is_active FROM users WHERE id = %s", user["id"]) is False
    with learning.throws("23514", constraint="users_deleted_not_active_check"):
        learning.execute("UPDATE users SET is_active = true WHERE id = %s", user["id"])
    learning.execute("UPDATE users SET deleted_at = NULL, is_active = true WHERE id = %s", user["id"])


def test_an_account_that_arrives_deleted_is_inactive(learning):
    assert a_user(learning, deleted_at="2026-01-01")["is_active"] is False


def test_a_deleted_account_still_holds_its_address(learning):
    user = a_user(learning, deleted_at="2026-01-01")
    with learning.throws("23505", constraint="idx_users_email"):
        a_user(learning, email=user["email"])


def test_a_session_does_not_end_before_it_starts(learning):
    session = a_session(learning)
    started = session["started_at"]
    a_session(learning, started_at=started, ended_at=started)
    with learning.throws("23514", constraint="learning_sessions_end_not_before_start_check"):
        a_session(learning, started_at=started, ended_at=started - timedelta(seconds=1))


@pytest.mark.parametrize("table", ["users", "study_materials", "content_chunks", "generated_assets", "user_feedback"])
def test_updated_at_is_the_databases_whatever_the_caller_writes(learning, table):
    row = MAKE[table](learning)
    learning.execute(f"UPDATE {table} SET updated_at = '2001-01-01' WHERE id = %s", row["id"])
    assert learning.value(f"SELECT updated_at = now() FROM {table} WHERE id = %s", row["id"])


def test_every_time_is_with_time_zone(learning):
    assert not learning.rows(
        "SELECT attrelid::regclass, attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'learning'::regnamespace AND atttypid = 'timestamp'::regtype AND c.relname !~ '^(_|yoyo)'"
    )


def test_chunks_change_places_in_one_statement_and_share_no_position(learning):
    material = a_material(learning)
    first, _second = (a_chunk(learning, material, chunk_order=n) for n in (1, 2))
    learning.execute(
        "UPDATE content_chunks SET chunk_order = 3 - chunk_order WHERE study_material_id = %s", material["id"]
    )
    assert learning.value("SELECT chunk_order FROM content_chunks WHERE id = %s", first["id"]) == 2
    with learning.throws("23505", constraint="idx_content_chunks_chunk_order"):
        a_chunk(learning, material, chunk_order=1)


def test_chunks_change_places_in_two_statements_when_the_rule_is_deferred(learning):
    material = a_material(learning)
    first, second = (a_chunk(learning, material, chunk_order=n) for n in (1, 2))
    learning.execute("SET CONSTRAINTS idx_content_chunks_chunk_order DEFERRED")
    learning.execute("UPDATE content_chunks SET chunk_order = 2 WHERE id = %s", first["id"])
    learning.execute("UPDATE content_chunks SET chunk_order = 1 WHERE id = %s", second["id"])
    learning.check_deferred()


def test_an_asset_cannot_cite_a_chunk_of_another_material(learning):
    mine, other = a_material(learning), a_chunk(learning)
    chunk = a_chunk(learning, mine)
    assert an_asset(learning, mine, content_chunk_id=chunk["id"])
    with learning.throws("23503", constraint="generated_assets_content_chunk_id_fkey"):
        an_asset(learning, mine, content_chunk_id=other["id"])


def test_an_asset_outlives_its_chunk(learning):
    material = a_material(learning)
    chunk = a_chunk(learning, material)
    asset = an_asset(learning, material, content_chunk_id=chunk["id"])
    learning.execute("DELETE FROM content_chunks WHERE id = %s", chunk["id"])
    row = learning.row("SELECT study_material_id, content_chunk_id FROM generated_assets WHERE id = %s", asset["id"])
    assert row == (material["id"], None)


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (an_interaction, "interactions_learning_session_id_fkey"),
        (a_metric, "progress_metrics_learning_session_id_fkey"),
    ],
)
def test_the_user_of_a_row_is_the_user_of_its_session(learning, make, constraint):
    session, stranger = a_session(learning), a_user(learning)
    over = {"learning_session_id": session["id"], "user_id": stranger["id"]}
    with learning.throws("23503", constraint=constraint):
        make(learning, **over)
    assert make(learning, **over | {"user_id": session["user_id"]})


@pytest.mark.parametrize("table", ["users", "study_materials", "learning_sessions", "generated_assets"])
def test_what_is_referred_to_is_not_removed_by_accident(learning, table):
    user = a_user(learning)
    material = a_material(learning, user)
    asset = an_asset(learning, material)
    session = a_session(learning, user, material)
    an_interaction(learning, session, generated_asset_id=asset["id"])
    row = {"users": user, "study_materials": material, "learning_sessions": session, "generated_assets": asset}[table]
    with learning.throws("23503"):
        learning.execute(f"DELETE FROM {table} WHERE id = %s", row["id"])


def test_an_index_named_twice_by_the_document_is_one_index(learning):
    """Unique columns and left prefixes: the documented name is on the index that serves both."""
    names = ("idx_users_email", "idx_users_username", "idx_content_chunks_chunk_order")
    for name in (*names, "idx_content_chunks_study_material_id", "idx_learning_sessions_user_id"):
        assert learning.value("SELECT indisunique FROM pg_index WHERE indexrelid = %s::regclass", name)
    twins = learning.rows(
        "SELECT indrelid::regclass, array_agg(indexrelid::regclass) FROM pg_index "
        "WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'learning'::regnamespace) "
        "GROUP BY indrelid, indkey, indclass, indpred::text, indexprs::text HAVING count(*) > 1"
    )
    assert not twins
