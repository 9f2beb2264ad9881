"""What rows keep true about each other: accounts, clocks, chunks in order, owners that agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    HASH,
    MAKE,
    a_chunk,
    a_material,
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_interaction,
)


@pytest.mark.parametrize("wrong", ["secret", "$2b$12$short", HASH[:-1], "$1$" + "x" * 57, HASH + "x", ""])
def test_a_password_is_a_bcrypt_hash_or_refused(learning: Database, wrong: str) -> None:
    with learning.throws("23514", constraint="users_password_hash_check"):
        a_user(learning, password_hash=wrong)


def test_deleting_an_account_deactivates_it_and_it_cannot_be_active_again(learning: Database) -> None:
    user = a_user(learning)
    learning.execute("UPDATE users SET deleted_at = now() WHERE id = %s", user["id"])
    assert learning.value("SELECT is_active FROM users WHERE id = %s", user["id"]) is False
    with learning.throws("23514", constraint="users_deleted_not_active_check"):
        learning.execute("UPDATE users SET is_active = true WHERE id = %s", user["id"])
    learning.execute("UPDATE users SET deleted_at = NULL, is_active = true WHERE id = %s", user["id"])


def test_an_account_that_arrives_deleted_is_inactive(learning: Database) -> None:
    assert a_user(learning, deleted_at="2026-01-01")["is_active"] is False


def test_a_deleted_account_still_holds_its_address(learning: Database) -> None:
    user = a_user(learning, deleted_at="2026-01-01")
    with learning.throws("23505", constraint="idx_users_email"):
        a_user(learning, email=user["email"])


def test_a_session_does_not_end_before_it_starts(learning: Database) -> None:
    session = a_session(learning)
    started = session["started_at"]
    a_session(learning, started_at=started, ended_at=started)
    with learning.throws("23514", constraint="learning_sessions_end_not_before_start_check"):
        a_session(learning, started_at=started, ended_at=started - timedelta(minutes=6))


@pytest.mark.parametrize("table", ["users", "study_materials", "content_chunks", "generated_assets", "user_feedback"])
def test_updated_at_is_the_databases_whatever_the_caller_writes(learning: Database, table: str) -> None:
    row = MAKE[table](learning)
    learning.execute(f"UPDATE {table} SET updated_at = '2001-01-01' WHERE id = %s", row["id"])
    assert learning.value(f"SELECT updated_at = now() FROM {table} WHERE id = %s", row["id"])


def test_chunks_change_places_in_one_statement_and_share_no_position(learning: Database) -> None:
    material = a_material(learning)
    first, _second = (a_chunk(learning, material, chunk_order=n) for n in (1, 2))
    learning.execute(
        "UPDATE content_chunks SET chunk_order = 3 - chunk_order WHERE study_material_id = %s", material["id"]
    )
    assert learning.value("SELECT chunk_order FROM content_chunks WHERE id = %s", first["id"]) == 2
    with learning.throws("23505", constraint="idx_content_chunks_chunk_order"):
        a_chunk(learning, material, chunk_order=1)


def test_chunks_change_places_in_two_statements_when_the_rule_is_deferred(learning: Database) -> None:
    material = a_material(learning)
    first, second = (a_chunk(learning, material, chunk_order=n) for n in (1, 2))
    learning.execute("SET CONSTRAINTS idx_content_chunks_chunk_order DEFERRED")
    learning.execute("UPDATE content_chunks SET chunk_order = 2 WHERE id = %s", first["id"])
    learning.execute("UPDATE content_chunks SET chunk_order = 1 WHERE id = %s", second["id"])
    learning.check_deferred()


def test_an_asset_cannot_cite_a_chunk_of_another_material(learning: Database) -> None:
    mine, other = a_material(learning), a_chunk(learning)
    chunk = a_chunk(learning, mine)
    assert an_asset(learning, mine, content_chunk_id=chunk["id"])
    with learning.throws("23503", constraint="generated_assets_content_chunk_id_fkey"):
        an_asset(learning, mine, content_chunk_id=other["id"])


def test_an_asset_outlives_its_chunk(learning: Database) -> None:
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
def test_the_user_of_a_row_is_the_user_of_its_session(
    learning: Database, make: Callable[..., dict[str, Any]], constraint: str
) -> None:
    session, stranger = a_session(learning), a_user(learning)
    over = {"learning_session_id": session["id"], "user_id": stranger["id"]}
    with learning.throws("23503", constraint=constraint):
        make(learning, **over)
    assert make(learning, **over | {"user_id": session["user_id"]})


@pytest.mark.parametrize("table", ["users", "study_materials", "learning_sessions", "generated_assets"])
def test_what_is_referred_to_is_not_removed_by_accident(learning: Database, table: str) -> None:
    user = a_user(learning)
    material = a_material(learning, user)
    asset = an_asset(learning, material)
    session = a_session(learning, user, material)
    an_interaction(learning, session, generated_asset_id=asset["id"])
    row = {"users": user, "study_materials": material, "learning_sessions": session, "generated_assets": asset}[table]
    with learning.throws("23503"):
        learning.execute(f"DELETE FROM {table} WHERE id = %s", row["id"])


@pytest.mark.parametrize("table", ["study_materials", "content_chunks", "generated_assets", "user_feedback", "users"])
@pytest.mark.parametrize("when", ["infinity", "-infinity"])
def test_infinity_is_no_time(learning: Database, table: str, when: str) -> None:
    with learning.throws("23514", f"{table}_times_finite_check"):
        MAKE[table](learning, created_at=when)


@pytest.mark.parametrize(
    ("table", "column"),
    [("interactions", "created_at"), ("progress_metrics", "recorded_at"), ("audit_logs", "created_at")],
)
def test_infinity_has_no_month(learning: Database, table: str, column: str) -> None:
    with learning.throws("23514", f"{table}_{column}_finite_check"):
        MAKE[table](learning, **{column: "infinity"})


def test_an_end_a_little_before_the_start_is_another_clock_and_long_before_it_is_refused(learning: Database) -> None:
    found = a_session(learning, started_at="2026-05-04 10:00:01+00", ended_at="2026-05-04 10:00:00+00")
    assert found["ended_at"] == found["started_at"]
    learning.execute("UPDATE learning_sessions SET ended_at = started_at - interval '5 min'")
    assert learning.value("SELECT ended_at = started_at FROM learning_sessions")
    with learning.throws("23514", "learning_sessions_end_not_before_start_check"):
        learning.execute("UPDATE learning_sessions SET ended_at = started_at - interval '301 s'")
    with learning.throws("23514", "learning_sessions_times_finite_check"):
        learning.execute("UPDATE learning_sessions SET ended_at = 'infinity'")


def test_a_description_of_megabytes_is_kept_whole_and_its_beginning_is_searched(learning: Database) -> None:
    """Each word another, and of four bytes a letter: the most that a vector of a text can take."""
    words = " ".join(f"w{n:06}" for n in range(400_000))
    material = a_material(learning, description=words)
    assert learning.value("SELECT length(description) FROM study_materials") == len(words)
    learning.execute(
        "UPDATE study_materials SET description = ("
        "SELECT string_agg(chr(131072 + n % 40000) || chr(131072 + n / 40), ' ') FROM generate_series(1, 400000) AS n)"
    )
    learning.execute("UPDATE study_materials SET description = %s WHERE id = %s", words, material["id"])
    found = (
        "SELECT count(*) FROM study_materials WHERE to_tsvector('simple', title || ' ' || "
        "left(coalesce(description, ''), 200000)) @@ plainto_tsquery('simple', %s)"
    )
    assert learning.value(found, "w000001") == 1
    assert learning.value(found, "w399999") == 0


def test_a_session_that_goes_on_again_has_no_end(learning: Database) -> None:
    session = a_session(learning, status="completed", ended_at="2030-01-01")
    learning.execute("UPDATE learning_sessions SET status = 'active' WHERE id = %s", session["id"])
    assert learning.value("SELECT ended_at FROM learning_sessions WHERE id = %s", session["id"]) is None


@pytest.mark.parametrize(("table", "column"), [("interactions", "created_at"), ("progress_metrics", "recorded_at")])
def test_the_id_and_the_time_of_what_lies_in_a_month_do_not_change(learning: Database, table: str, column: str) -> None:
    MAKE[table](learning)
    for change in ("id = gen_random_uuid()", f"{column} = {column} - interval '1 microsecond'"):
        with learning.throws("23001", match="do not change"):
            learning.execute(f"UPDATE {table} SET {change}")
    assert learning.execute(f"UPDATE {table} SET id = id, {column} = {column}").rowcount == 1
