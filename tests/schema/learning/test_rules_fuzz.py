"""Three sessions of mixed isolation write single statements of every shape; afterwards counts and keys are what a recount says."""

from __future__ import annotations

import pytest

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.fuzz import Game, check_game
from tests.schema.learning.factories import a_session, a_user

NEW = "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data, created_at)"
STATEMENTS = [
    NEW + " SELECT s.id, s.user_id, 'view', '{}', {moment} FROM learning_sessions AS s, generate_series(1, {number})",
    NEW + " VALUES ({session}, {user}, 'view', '{}', {moment}) ON CONFLICT DO NOTHING",
    "INSERT INTO interactions (id, learning_session_id, user_id, interaction_type, interaction_data, created_at) VALUES ({id}, {session}, {user}, 'view', '{}', {moment})",
    "INSERT INTO interactions (id, learning_session_id, user_id, interaction_type, interaction_data, created_at) VALUES ({id}, {session}, {user}, 'view', '{}', {moment}) ON CONFLICT (id, created_at) DO UPDATE SET learning_session_id = EXCLUDED.learning_session_id",
    "SELECT record_interaction({id}, {session}, 'skip', '{}')",
    "SELECT record_interaction(NULL, {session}, 'answer', '{}')",
    "DELETE FROM interactions AS i WHERE i.id IN (SELECT x.id FROM interactions AS x ORDER BY x.id LIMIT {number})",
    "DELETE FROM interactions WHERE id = {id}",
    "DELETE FROM interactions WHERE learning_session_id = {session}",
    "DELETE FROM interactions USING learning_sessions AS s WHERE s.id = learning_session_id AND interaction_type = 'view'",
    "UPDATE interactions SET learning_session_id = {session} WHERE learning_session_id = {session_b}",
    "WITH gone AS (DELETE FROM interactions WHERE learning_session_id = {session} RETURNING user_id) "
    + NEW
    + " SELECT {session_b}, g.user_id, 'skip', '{}', {moment} FROM gone AS g LIMIT 20",
    "WITH added AS ("
    + NEW
    + " SELECT s.id, s.user_id, 'view', '{}', {moment} FROM learning_sessions AS s WHERE s.id = {session} RETURNING 1) UPDATE interactions SET learning_session_id = {session} WHERE learning_session_id = {session_b}",
    "WITH moved AS (UPDATE interactions SET learning_session_id = {session} WHERE learning_session_id = {session_b}) DELETE FROM interactions WHERE learning_session_id = {session_b}",
    "MERGE INTO interactions AS i USING learning_sessions AS s ON i.learning_session_id = s.id AND s.id = {session} WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND s.id = {session_b} THEN INSERT (learning_session_id, user_id, interaction_type, interaction_data) VALUES (s.id, s.user_id, 'view', '{}')",
    "UPDATE learning_sessions SET total_interactions = 99, status = 'x'",
    "COPY interactions (learning_session_id, user_id, interaction_type, interaction_data, created_at) FROM STDIN | {session}, {user}, view, {object}, {moment}",
    "INSERT INTO progress_metrics (id, user_id, metric_type, metric_value, recorded_at) VALUES ({id}, {user}, 'speed', 1, {moment})",
    "INSERT INTO progress_metrics (user_id, metric_type, metric_value, recorded_at) SELECT {user}, 'speed', 1, {moment} FROM generate_series(1, {number})",
    "DELETE FROM progress_metrics WHERE id = {id} OR recorded_at = {moment}",
    "WITH gone AS (DELETE FROM progress_metrics WHERE recorded_at = {moment}) INSERT INTO progress_metrics (user_id, metric_type, metric_value, recorded_at) VALUES ({user}, 'speed', 1, {moment_b})",
    "COPY progress_metrics (user_id, metric_type, metric_value, recorded_at) FROM STDIN | {user}, speed, 1, {moment}",
    "TRUNCATE interactions CASCADE",
    "TRUNCATE progress_metrics",
    "TRUNCATE interactions, user_feedback, progress_metrics",
]
TRUTHS = {
    "learning_sessions.total_interactions": """SELECT s.id, s.total_interactions, count(i.id) FROM learning_sessions AS s
        LEFT JOIN interactions AS i ON i.learning_session_id = s.id
        GROUP BY s.id HAVING s.total_interactions <> count(i.id)""",
    "interaction_keys": """SELECT id, created_at FROM interactions FULL JOIN interaction_keys AS k USING (id, created_at)
        WHERE k IS NULL OR interactions IS NULL""",
    "progress_metric_keys": """SELECT id, recorded_at FROM progress_metrics
        FULL JOIN progress_metric_keys AS k USING (id, recorded_at) WHERE k IS NULL OR progress_metrics IS NULL""",
}


@pytest.fixture
def game(db_committed: CommittedDatabase) -> Game:
    """A learner with three sessions, ids to draw again, and moments in three months and in none."""
    db_committed.use("learning")
    learner = a_user(db_committed)
    now = db_committed.value("SELECT now()")
    things = {
        "user": [learner["id"]],
        "session": [a_session(db_committed, learner)["id"] for _ in range(3)],
        "id": [f"00000000-0000-4000-8000-00000000000{n}" for n in range(8)],
        "moment": [str(now), "2019-05-01T00:00:00Z", "2031-05-01T00:00:00Z"],
        "number": range(1, 4),
        "object": ["{}"],
    }
    return Game("learning", things, STATEMENTS, TRUTHS)


def test_counts_and_keys_are_what_a_recount_says_after_three_sessions(
    db_committed: CommittedDatabase, game: Game
) -> None:
    check_game(db_committed, game)
