"""learning_sessions.total_interactions: right under concurrency, on moves and deletes, and not the caller's to write."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import a_material, a_session, a_user, an_interaction

COUNT = "SELECT total_interactions FROM learning_sessions WHERE id = %s"
ADD = "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data) VALUES (%s, %s, 'view', '{}')"


@pytest.fixture
def session(learning: Database) -> dict[str, Any]:
    return a_session(learning)


def test_one_statement_with_many_rows_counts_them_all(learning: Database, session: dict[str, Any]) -> None:
    other = a_session(learning)
    learning.execute(
        "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data) "
        "SELECT s.id, s.user_id, 'view', '{}'::jsonb FROM learning_sessions s, generate_series(1, 3) "
        "UNION ALL SELECT s.id, s.user_id, 'skip', '{}' FROM learning_sessions s WHERE id = %s",
        other["id"],
    )
    assert (learning.value(COUNT, session["id"]), learning.value(COUNT, other["id"])) == (3, 4)


def test_a_deleted_interaction_is_taken_off(learning: Database, session: dict[str, Any]) -> None:
    gone, _ = an_interaction(learning, session), an_interaction(learning, session)
    learning.execute("DELETE FROM interactions WHERE id = %s", gone["id"])
    assert learning.value(COUNT, session["id"]) == 1


def test_an_interaction_moved_to_another_session_moves_the_count(learning: Database, session: dict[str, Any]) -> None:
    other = a_session(learning, {"id": session["user_id"]})
    row = an_interaction(learning, session)
    learning.execute("UPDATE interactions SET learning_session_id = %s WHERE id = %s", other["id"], row["id"])
    assert (learning.value(COUNT, session["id"]), learning.value(COUNT, other["id"])) == (0, 1)


@pytest.mark.parametrize("written", [7, 0, None])
def test_a_caller_that_saves_the_whole_row_does_not_overwrite_the_count(
    learning: Database, session: dict[str, Any], written: int | None
) -> None:
    an_interaction(learning, session)
    learning.execute(
        "UPDATE learning_sessions SET total_interactions = %s, status = 'completed' WHERE id = %s",
        written,
        session["id"],
    )
    assert learning.row("SELECT total_interactions, status FROM learning_sessions") == (1, "completed")


def test_a_session_starts_at_zero_whatever_the_caller_says(learning: Database) -> None:
    assert a_session(learning, total_interactions=9)["total_interactions"] == 0


def test_a_restore_as_maintenance_keeps_the_count_of_rows_long_archived(learning: Database) -> None:
    learning.execute("SET LOCAL core.maintenance = 'on'")
    assert a_session(learning, total_interactions=9)["total_interactions"] == 9
    learning.execute("SET LOCAL core.maintenance = 'off'")


def test_a_learner_cannot_pose_as_maintenance(learning: Database, session: dict[str, Any]) -> None:
    row = an_interaction(learning, session)
    learning.execute("GRANT DELETE ON interactions TO authenticated_users")
    learning.execute("CREATE POLICY t ON interactions FOR DELETE TO authenticated_users USING (true)")
    with learning.as_role("learning_people", app__user_id=session["user_id"], core__maintenance="on"):
        learning.execute("DELETE FROM interactions WHERE id = %s", row["id"])
    assert learning.value(COUNT, session["id"]) == 0


def test_the_count_sees_sessions_that_row_security_hides_from_the_caller(
    learning: Database, session: dict[str, Any]
) -> None:
    """The service may act under another identity; the count is the owner's work."""
    with learning.as_role("learning_service"):
        an_interaction(learning, session)
    with learning.as_user(session["user_id"]):
        an_interaction(learning, session)
        learning.denied("UPDATE learning_sessions SET total_interactions = 5")
    assert learning.value(COUNT, session["id"]) == 2


def test_two_writers_at_once_are_both_counted(db_committed: Database) -> None:
    db_committed.use("learning")
    session = a_session(db_committed)
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        one.execute(ADD, session["id"], session["user_id"])
        second = two.start(ADD, session["id"], session["user_id"])
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 1
        two.commit()
    assert db_committed.value(COUNT, session["id"]) == 2


def test_two_bulk_loads_over_the_same_sessions_do_not_lock_each_other_out(db_committed: Database) -> None:
    db_committed.use("learning")
    user = a_user(db_committed)
    material = a_material(db_committed, user)
    for _ in range(2):
        a_session(db_committed, user, material)
    load = (
        "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data) "
        "SELECT id, user_id, 'view', '{}' FROM learning_sessions ORDER BY id "
    )
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        one.execute(load + "ASC")
        second = two.start(load + "DESC")
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 2
        two.commit()
    assert db_committed.rows("SELECT DISTINCT total_interactions FROM learning_sessions") == [(2,)]


def test_a_count_that_would_pass_its_bound_is_refused_by_name(learning: Database, session: dict[str, Any]) -> None:
    learning.execute("SET LOCAL core.maintenance = 'on'")
    learning.execute("UPDATE learning_sessions SET total_interactions = 2000000000")
    learning.execute("SET LOCAL core.maintenance = 'off'")
    with learning.throws("23514", constraint="learning_sessions_total_interactions_check"):
        an_interaction(learning, session)


def test_an_emptied_table_leaves_no_count_and_no_taken_id(learning: Database, session: dict[str, Any]) -> None:
    kept = an_interaction(learning, session)
    learning.execute("SET LOCAL core.maintenance = 'on'")
    learning.execute("DELETE FROM interactions WHERE id = %s", kept["id"])
    learning.execute("SET LOCAL core.maintenance = 'off'")
    gone = an_interaction(learning, session)
    learning.execute("TRUNCATE interactions CASCADE")
    assert learning.value(COUNT, session["id"]) == 1, "what retention removed before still counts"
    assert an_interaction(learning, session, id=gone["id"])["id"] == gone["id"]
