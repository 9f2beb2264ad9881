"""What each column accepts: the document's lists, ranges, shapes and defaults, allowed and refused."""

from __future__ import annotations

import math

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    MAKE,
    a_user,
    an_asset,
)

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
def test_a_closed_list_takes_its_labels_and_nothing_else(learning: Database, table: str, column: str) -> None:
    for label in LISTS[table, column]:
        assert MAKE[table](learning, **{column: label})[column] == label
    for wrong in ("other", "", LISTS[table, column][0].upper()):
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            MAKE[table](learning, **{column: wrong})


@pytest.mark.parametrize(("table", "column"), OPEN, ids=".".join)
def test_an_open_list_takes_a_label_nobody_foresaw(learning: Database, table: str, column: str) -> None:
    assert MAKE[table](learning, **{column: "brand new"})[column] == "brand new"


@pytest.mark.parametrize(("table", "column"), RANGES, ids=".".join)
def test_a_range_holds_at_both_ends_and_refuses_nan(learning: Database, table: str, column: str) -> None:
    inside, outside = RANGES[table, column]
    for value in inside:
        assert MAKE[table](learning, **{column: value})[column] == value
    for value in outside:
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            MAKE[table](learning, **{column: value})


@pytest.mark.parametrize(("table", "column"), OBJECTS, ids=".".join)
def test_a_json_column_refuses_scalars_and_json_null(learning: Database, table: str, column: str) -> None:
    row = MAKE[table](learning, **{column: {"a": 1}})
    for scalar in ("null", "1", '"x"'):
        with learning.throws("23514", constraint=f"{table}_{column}_check"):
            learning.execute(f"UPDATE {table} SET {column} = %s::jsonb WHERE id = %s", scalar, row["id"])


def test_an_asset_may_be_a_list_of_questions(learning: Database) -> None:
    asset = an_asset(learning)
    learning.execute("UPDATE generated_assets SET content = '[{\"question\": 1}]' WHERE id = %s", asset["id"])


@pytest.mark.parametrize("table", MAKE)
def test_an_id_comes_by_itself(learning: Database, table: str) -> None:
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
def test_a_default_means_never_null(learning: Database, table: str, column: str, value: bool | int | str) -> None:
    row = MAKE[table](learning)
    assert row[column] == value
    assert learning.value(
        "SELECT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s", table, column
    )
    if (table, column) not in (("audit_logs", "is_success"), ("learning_sessions", "total_interactions")):
        with learning.throws("23502"):
            learning.execute(f"UPDATE {table} SET {column} = NULL WHERE id = %s", row["id"])


@pytest.mark.parametrize("column", ["email", "username"])
def test_an_account_is_unique_by_the_documented_index(learning: Database, column: str) -> None:
    first = a_user(learning)
    with learning.throws("23505", constraint=f"idx_users_{column}"):
        a_user(learning, **{column: first[column]})


def test_every_time_is_with_time_zone(learning: Database) -> None:
    assert not learning.rows(
        "SELECT attrelid::regclass, attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'learning'::regnamespace AND atttypid = 'timestamp'::regtype AND c.relname !~ '^(_|yoyo)'"
    )


def test_an_index_named_twice_by_the_document_is_one_index(learning: Database) -> None:
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


def test_every_column_is_commented(learning: Database) -> None:
    bare = learning.rows(
        "SELECT c.relname || '.' || a.attname FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'learning'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attnum > 0 AND NOT a.attisdropped AND NOT starts_with(c.relname, '_slate') "
        "AND col_description(c.oid, a.attnum) IS NULL"
    )
    assert bare == []
