"""Three tables cut by month: where a row goes, that an id stays one, and that two callers do not trip each other."""

import psycopg
import pytest

from tests.schema.learning.conftest import (
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_audit_row,
    an_interaction,
    feedback,
    in_month,
    months,
    uuid,
)

TABLES = {
    "interactions": (an_interaction, "created_at", "interaction_keys"),
    "progress_metrics": (a_metric, "recorded_at", "progress_metric_keys"),
    "audit_logs": (an_audit_row, "created_at", "audit_log_keys"),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_lands_in_the_month_of_its_time(learning, table):
    make, key, _ = TABLES[table]
    months(learning, table, "2019-02-10", "2019-03-10")
    for moment, month in (
        ("2019-02-01 00:00+00", "2019_02"),
        ("2019-02-28 23:59:59.999999+00", "2019_02"),
        ("2019-03-01 00:00+00", "2019_03"),
        ("2019-02-28 23:30-01", "2019_03"),
    ):
        assert in_month(learning, table, make(learning, **{key: moment})) == f"{table}_{month}"


@pytest.mark.parametrize("table", TABLES)
def test_now_and_the_next_three_months_have_a_place(learning, table):
    make, key, _ = TABLES[table]
    for ahead in range(4):
        moment = learning.value("SELECT date_trunc('month', now()) + %s * interval '1 month'", ahead)
        assert in_month(learning, table, make(learning, **{key: moment})) != f"{table}_default"


@pytest.mark.parametrize("table", TABLES)
def test_a_row_without_a_month_waits_in_default_and_moves_when_its_month_is_made(learning, table):
    make, key, keys = TABLES[table]
    row = make(learning, **{key: "2018-05-05"})
    assert in_month(learning, table, row) == f"{table}_default"
    moved = learning.rows("SELECT * FROM create_month_partitions(%s::regclass, 0, 0, '2018-05-20')", table)
    assert [(name, count) for name, _, count in moved] == [(f"{table}_2018_05", 1)]
    assert in_month(learning, table, row) == f"{table}_2018_05"
    assert learning.value(f"SELECT count(*) FROM {keys} WHERE id = %s", row["id"]) == 1


@pytest.mark.parametrize("table", TABLES)
def test_making_months_again_makes_nothing(learning, table):
    months(learning, table, "2019-02-10")
    assert not learning.rows("SELECT * FROM create_month_partitions(%s::regclass, 0, 0, '2019-02-20')", table)


@pytest.mark.parametrize("table", TABLES)
def test_an_id_is_taken_once_over_all_months(learning, table):
    """The primary key (id, time) alone would take the same id again, in another month and in the same one."""
    make, key, keys = TABLES[table]
    months(learning, table, "2019-02-10", "2019-03-10")
    row = make(learning, **{key: "2019-02-10"})
    for moment in ("2019-03-10", "2019-02-11", "2019-02-10"):
        with learning.throws("23505"):
            make(learning, **{"id": row["id"], key: moment})
    with learning.throws("23505", constraint=f"{keys}_pkey"):
        make(learning, **{"id": row["id"], key: "2019-03-10"})


@pytest.mark.parametrize("table", ["interactions", "progress_metrics"])
def test_an_id_is_free_again_when_its_row_is_deleted(learning, table):
    make, _key, keys = TABLES[table]
    row = make(learning)
    learning.execute(f"DELETE FROM {table} WHERE id = %s", row["id"])
    assert learning.sees(keys) == 0
    assert make(learning, id=row["id"])


@pytest.mark.parametrize("table", ["interactions", "progress_metrics"])
def test_id_and_time_of_a_row_do_not_change(learning, table):
    make, key, _ = TABLES[table]
    row = make(learning)
    for change in ("id = gen_random_uuid()", f"{key} = {key} + interval '1 s'"):
        with learning.throws("23001", match="do not change"):
            learning.execute(f"UPDATE {table} SET {change} WHERE id = %s", row["id"])
    learning.execute(f"UPDATE {table} SET id = id, {key} = {key} WHERE id = %s", row["id"])


def test_the_key_table_leads_to_the_month(learning):
    """A look-up by id alone reads one partition, not all of them."""
    months(learning, "interactions", "2019-02-10")
    row = an_interaction(learning, created_at="2019-02-10")
    assert [r["id"] for r in learning.query("learning", "interaction_by_id", interaction_id=str(row["id"]))] == [
        row["id"]
    ]
    assert learning.row("SELECT id, created_at FROM interaction_keys") == (row["id"], row["created_at"])


def test_two_callers_cannot_take_one_id_in_two_months(db_committed):
    db_committed.use("learning")
    months(db_committed, "interactions", "2019-02-10", "2019-03-10")
    session = a_session(db_committed)
    insert = (
        "INSERT INTO interactions (id, learning_session_id, user_id, interaction_type, interaction_data, created_at) "
        "VALUES (%s, %s, %s, 'view', '{}', %s)"
    )
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        one.execute(insert, uuid(1), session["id"], session["user_id"], "2019-02-10")
        second = two.start(insert, uuid(1), session["id"], session["user_id"], "2019-03-10")
        assert second.blocked_by(one)
        one.commit()
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            second.result()
        assert refused.value.diag.constraint_name == "interaction_keys_pkey"
        two.rollback()
        one.execute(insert, uuid(2), session["id"], session["user_id"], "2019-02-10")
        third = two.start(insert, uuid(2), session["id"], session["user_id"], "2019-03-10")
        assert third.blocked_by(one)
        one.rollback()
        assert third.result() == 1
        two.commit()


def test_two_runs_of_the_month_job_make_each_month_once(db_committed):
    db_committed.use("learning")
    make = "SELECT * FROM create_month_partitions('interactions', 0, 0, '2019-02-10')"
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        assert len(one.rows(make)) == 1
        second = two.start(make)
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 0
        two.commit()


def record(db, number, session, **over):
    return db.row(
        "SELECT id, created_at, interaction_data FROM record_interaction(%s, %s, 'answer', %s::jsonb, p_is_correct => true)",
        uuid(number), session["id"], over.get("data", '{"n": 1}'),
    )  # fmt: skip


def test_recording_an_interaction_again_changes_nothing(learning):
    session = a_session(learning)
    first = record(learning, 1, session)
    assert record(learning, 1, session, data='{"n": 2}') == first
    assert learning.value("SELECT total_interactions FROM learning_sessions WHERE id = %s", session["id"]) == 1


def test_recording_takes_the_user_from_the_session(learning):
    session = a_session(learning)
    record(learning, 1, session)
    assert learning.value("SELECT user_id FROM interactions") == session["user_id"]


def test_recording_under_an_id_of_another_session_is_a_conflict(learning):
    record(learning, 1, a_session(learning))
    with learning.throws("23505", constraint="interaction_keys_pkey"):
        record(learning, 1, a_session(learning))


def test_recording_in_an_unknown_session_is_refused(learning):
    with learning.throws("23503", constraint="interactions_learning_session_id_fkey"):
        record(learning, 1, {"id": uuid(99)})


def test_a_learner_records_in_an_own_session_only(learning):
    mine, other = a_session(learning), a_session(learning)
    with learning.as_user(mine["user_id"]):
        assert record(learning, 1, mine) == record(learning, 1, mine)
        with learning.throws("23503", constraint="interactions_learning_session_id_fkey"):
            record(learning, 2, other)


def test_the_same_request_sent_twice_at_once_is_one_interaction(db_committed):
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


# --- feedback on an interaction whose key has the time in it


def test_feedback_needs_only_the_id_of_the_interaction(learning):
    interaction = an_interaction(learning)
    said = feedback(learning, {"id": interaction["user_id"]}, interaction_id=interaction["id"], rating=5)
    assert said["interaction_created_at"] == interaction["created_at"]


def test_feedback_ignores_a_time_the_caller_makes_up(learning):
    interaction = an_interaction(learning)
    user = {"id": interaction["user_id"]}
    said = feedback(learning, user, interaction_id=interaction["id"], interaction_created_at="2001-01-01")
    assert said["interaction_created_at"] == interaction["created_at"]
    assert feedback(learning, user, interaction_created_at="2001-01-01")["interaction_created_at"] is None


def test_feedback_takes_the_asset_from_the_interaction_and_no_other(learning):
    session = a_session(learning)
    material = {"id": session["study_material_id"]}
    asset, other = an_asset(learning, material), an_asset(learning, material)
    interaction = an_interaction(learning, session, generated_asset_id=asset["id"])
    user = {"id": session["user_id"]}
    assert feedback(learning, user, interaction_id=interaction["id"])["generated_asset_id"] == asset["id"]
    with learning.throws("23514", constraint="user_feedback_asset_of_interaction_check"):
        feedback(learning, user, interaction_id=interaction["id"], generated_asset_id=other["id"])


def test_feedback_on_a_strangers_interaction_reads_like_a_missing_one(learning):
    interaction, stranger = an_interaction(learning), a_user(learning)
    for target in (interaction["id"], uuid(77)):
        with learning.throws("23503", constraint="user_feedback_interaction_id_fkey", match="has no interaction"):
            feedback(learning, stranger, interaction_id=target)


def test_feedback_stays_when_its_interaction_is_deleted(learning):
    interaction = an_interaction(learning)
    said = feedback(learning, {"id": interaction["user_id"]}, interaction_id=interaction["id"])
    learning.execute("DELETE FROM interactions WHERE id = %s", interaction["id"])
    row = learning.row("SELECT interaction_id, interaction_created_at FROM user_feedback WHERE id = %s", said["id"])
    assert row == (None, None)
