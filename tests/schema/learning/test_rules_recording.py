"""A request sent twice is one interaction, and feedback finds the interaction by its id alone."""

from __future__ import annotations

from typing import Any

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    a_feedback,
    a_session,
    a_user,
    an_asset,
    an_interaction,
    uuid,
)


def record(db: Database, number: int, session: dict[str, Any], **over: Any) -> tuple[Any, ...]:
    return db.row(
        "SELECT id, created_at, interaction_data FROM record_interaction(%s, %s, 'answer', %s::jsonb, p_is_correct => true)",
        uuid(number), session["id"], over.get("data", '{"n": 1}'),
    )  # fmt: skip


def test_recording_an_interaction_again_changes_nothing(learning: Database) -> None:
    session = a_session(learning)
    first = record(learning, 1, session)
    assert record(learning, 1, session, data='{"n": 2}') == first
    assert learning.value("SELECT total_interactions FROM learning_sessions WHERE id = %s", session["id"]) == 1


def test_recording_takes_the_user_from_the_session(learning: Database) -> None:
    session = a_session(learning)
    record(learning, 1, session)
    assert learning.value("SELECT user_id FROM interactions") == session["user_id"]


def test_recording_under_an_id_of_another_session_is_a_conflict(learning: Database) -> None:
    record(learning, 1, a_session(learning))
    with learning.throws("23505", constraint="interaction_keys_pkey"):
        record(learning, 1, a_session(learning))


def test_recording_in_an_unknown_session_is_refused(learning: Database) -> None:
    with learning.throws("23503", constraint="interactions_learning_session_id_fkey"):
        record(learning, 1, {"id": uuid(99)})


def test_a_learner_records_in_an_own_session_only(learning: Database) -> None:
    mine, other = a_session(learning), a_session(learning)
    with learning.as_user(mine["user_id"]):
        assert record(learning, 1, mine) == record(learning, 1, mine)
        with learning.throws("23503", constraint="interactions_learning_session_id_fkey"):
            record(learning, 2, other)


def test_the_same_request_sent_twice_at_once_is_one_interaction(db_committed: Database) -> None:
    db_committed.use("learning")
    session = a_session(db_committed)
    send = "SELECT * FROM record_interaction(%s, %s, 'view', '{}')"
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        one.execute(send, uuid(1), session["id"])
        second = two.start(send, uuid(1), session["id"])
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 1
        two.commit()
    assert db_committed.value("SELECT count(*) FROM interactions") == 1
    assert db_committed.value("SELECT total_interactions FROM learning_sessions") == 1


# Feedback on an interaction whose key has the time in it


def test_feedback_needs_only_the_id_of_the_interaction(learning: Database) -> None:
    interaction = an_interaction(learning)
    said = a_feedback(learning, {"id": interaction["user_id"]}, interaction_id=interaction["id"], rating=5)
    assert said["interaction_created_at"] == interaction["created_at"]


def test_feedback_ignores_a_time_the_caller_makes_up(learning: Database) -> None:
    interaction = an_interaction(learning)
    user = {"id": interaction["user_id"]}
    said = a_feedback(learning, user, interaction_id=interaction["id"], interaction_created_at="2001-01-01")
    assert said["interaction_created_at"] == interaction["created_at"]
    assert a_feedback(learning, user, interaction_created_at="2001-01-01")["interaction_created_at"] is None


def test_feedback_takes_the_asset_from_the_interaction_and_no_other(learning: Database) -> None:
    session = a_session(learning)
    material = {"id": session["study_material_id"]}
    asset, other = an_asset(learning, material), an_asset(learning, material)
    interaction = an_interaction(learning, session, generated_asset_id=asset["id"])
    user = {"id": session["user_id"]}
    assert a_feedback(learning, user, interaction_id=interaction["id"])["generated_asset_id"] == asset["id"]
    with learning.throws("23514", constraint="user_feedback_asset_of_interaction_check"):
        a_feedback(learning, user, interaction_id=interaction["id"], generated_asset_id=other["id"])


def test_feedback_on_a_strangers_interaction_reads_like_a_missing_one(learning: Database) -> None:
    interaction, stranger = an_interaction(learning), a_user(learning)
    for target in (interaction["id"], uuid(77)):
        with learning.throws("23503", constraint="user_feedback_interaction_id_fkey"):
            a_feedback(learning, stranger, interaction_id=target)


def test_feedback_stays_when_its_interaction_is_deleted(learning: Database) -> None:
    interaction = an_interaction(learning)
    said = a_feedback(learning, {"id": interaction["user_id"]}, interaction_id=interaction["id"])
    learning.execute("DELETE FROM interactions WHERE id = %s", interaction["id"])
    row = learning.row("SELECT interaction_id, interaction_created_at FROM user_feedback WHERE id = %s", said["id"])
    assert row == (None, None)
