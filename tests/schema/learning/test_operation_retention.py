"""Retention: whole months leave without being read, archives stay readable and final, writers go on."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    MAKE,
    a_feedback,
    a_metric,
    a_session,
    a_user,
    an_audit_row,
    an_interaction,
    in_month,
    months,
)

RETIRE = (
    "SELECT partition_name, action, references_released FROM retire_months(%s::regclass, %s::regclass, %s::timestamptz)"
)
KINDS = {
    "interactions": (an_interaction, "created_at"),
    "progress_metrics": (a_metric, "recorded_at"),
    "audit_logs": (an_audit_row, "created_at"),
}


def retire(db: Database, table: str, before: str) -> list[tuple[Any, ...]]:
    return db.rows(RETIRE, table, f"{table}_archive", before)


def old_row(db: Database, table: str, moment: str = "2019-02-10") -> dict[str, Any]:
    make, key = KINDS[table]
    months(db, table, moment)
    return make(db, **{key: moment})


@pytest.mark.parametrize("table", KINDS)
def test_a_month_past_its_time_is_found_in_the_archive_and_nowhere_else(learning: Database, table: str) -> None:
    row = old_row(learning, table)
    kept = KINDS[table][0](learning)
    assert retire(learning, table, "2019-03-01") == [(f"{table}_2019_02", "archived", 0)]
    assert learning.rows(f"SELECT id FROM {table}") == [(kept["id"],)]
    assert learning.rows(f"SELECT id FROM {table}_archive") == [(row["id"],)]


@pytest.mark.parametrize("table", KINDS)
def test_retiring_again_retires_nothing(learning: Database, table: str) -> None:
    old_row(learning, table)
    retire(learning, table, "2019-03-01")
    assert retire(learning, table, "2019-03-01") == []


def test_a_month_not_wholly_past_stays(learning: Database) -> None:
    old_row(learning, "interactions")
    assert retire(learning, "interactions", "2019-02-28 23:59:59") == []
    assert learning.sees("interactions") == 1


def test_several_months_leave_oldest_first(learning: Database) -> None:
    for moment in ("2019-04-10", "2019-02-10", "2019-03-10"):
        old_row(learning, "interactions", moment)
    done = [name for name, _, _ in retire(learning, "interactions", "2019-04-01")]
    assert done == ["interactions_2019_02", "interactions_2019_03"]
    assert (learning.sees("interactions"), learning.sees("interactions_archive")) == (1, 2)


@pytest.mark.parametrize("table", KINDS)
def test_no_row_is_read_or_written_to_archive_a_month(learning: Database, table: str) -> None:
    """Constant time: the files stay the same, and the server says that it could skip the scan."""
    old_row(learning, table)
    said = []
    learning.connection.add_notice_handler(lambda d: said.append(d.message_primary))
    before = learning.value("SELECT pg_relation_filenode(%s)", f"{table}_2019_02")
    learning.execute("SET LOCAL client_min_messages = debug1")
    retire(learning, table, "2019-03-01")
    learning.execute("SET LOCAL client_min_messages = notice")
    assert learning.value("SELECT pg_relation_filenode(%s)", f"{table}_2019_02") == before
    assert any(f'partition constraint for table "{table}_2019_02" is implied' in m for m in said)


@pytest.mark.parametrize("table", KINDS)
def test_an_archived_month_has_no_foreign_key_and_only_the_archives_indexes(learning: Database, table: str) -> None:
    old_row(learning, table)
    live = learning.value("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", f"{table}_2019_02")
    retire(learning, table, "2019-03-01")
    assert not learning.rows(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", f"{table}_2019_02"
    )
    assert learning.value("SELECT bytes_after < bytes_before FROM compress_archive(%s::regclass)", f"{table}_archive")
    assert not learning.rows("SELECT * FROM compress_archive(%s::regclass)", f"{table}_archive")
    kept = learning.value("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", f"{table}_2019_02")
    assert (
        kept == learning.value("SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", f"{table}_archive") < live
    )


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {}", "INSERT INTO {} DEFAULT VALUES"]
)
def test_an_archive_refuses_every_write_even_the_owners(learning: Database, table: str, change: str) -> None:
    old_row(learning, table)
    retire(learning, table, "2019-03-01")
    for target in (f"{table}_archive", f"{table}_2019_02"):
        with learning.throws("42501", match="is read-only"):
            learning.execute(change.format(target))


@pytest.mark.parametrize("table", KINDS)
def test_an_archive_has_the_columns_of_its_table(learning: Database, table: str) -> None:
    columns = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    assert learning.rows(columns, f"{table}_archive") == learning.rows(columns, table)


@pytest.mark.parametrize("table", KINDS)
def test_an_archived_id_stays_taken(learning: Database, table: str) -> None:
    make, _key = KINDS[table]
    row = old_row(learning, table)
    retire(learning, table, "2019-03-01")
    with learning.throws("23505"):
        make(learning, id=row["id"])


def test_feedback_lets_go_of_an_archived_interaction_and_remembers_its_id(learning: Database) -> None:
    row = old_row(learning, "interactions")
    said = a_feedback(learning, {"id": row["user_id"]}, interaction_id=row["id"], metadata={"page": 3})
    assert retire(learning, "interactions", "2019-03-01") == [("interactions_2019_02", "archived", 1)]
    found = learning.row(
        "SELECT interaction_id, interaction_created_at, metadata FROM user_feedback WHERE id = %s", said["id"]
    )
    assert found == (None, None, {"page": 3, "archived_interaction_id": str(row["id"])})


def test_retention_does_not_lower_a_sessions_count(learning: Database) -> None:
    row = old_row(learning, "interactions")
    retire(learning, "interactions", "2019-03-01")
    session = row["learning_session_id"]
    assert learning.value("SELECT total_interactions FROM learning_sessions WHERE id = %s", session) == 1


def test_people_read_their_own_archive_and_auditors_theirs(learning: Database) -> None:
    mine, _other = old_row(learning, "interactions"), old_row(learning, "interactions")
    old_row(learning, "audit_logs")
    retire(learning, "interactions", "2019-03-01")
    retire(learning, "audit_logs", "2019-03-01")
    with learning.as_user(mine["user_id"]):
        assert learning.rows("SELECT id FROM interactions_archive") == [(mine["id"],)]
        learning.denied("SELECT 1 FROM audit_logs_archive")
        learning.denied("SELECT 1 FROM interactions_2019_02")
    with learning.as_role("learning_auditor"):
        assert learning.sees("audit_logs_archive") == 1
        learning.denied("SELECT 1 FROM interactions_archive")
    with learning.as_role("learning_reader"):
        assert learning.sees("interactions_archive") == 2
        learning.denied("SELECT 1 FROM audit_logs_archive")


def test_retention_gives_way_to_a_writer_and_the_writer_goes_on(db_committed: Database) -> None:
    """A month leaves only in a quiet moment: while a transaction is open, retention tries and lets go again."""
    db_committed.use("learning")
    months(db_committed, "interactions", "2019-02-10")
    session = a_session(db_committed)
    add = "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data) VALUES (%s, %s, 'view', '{}')"
    with db_committed.sessions(3) as (writer, other, job):
        for s in (writer, other, job):
            s.use("learning")
        writer.execute(add, session["id"], session["user_id"])
        running = job.start(RETIRE, "interactions", "interactions_archive", "2019-03-01")
        assert running.blocked_by(writer)
        # A second writer, who would queue behind ACCESS EXCLUSIVE, gets through while the job still waits.
        other.execute("SET lock_timeout = '5s'")
        assert (
            other.execute(
                "INSERT INTO study_materials (user_id, title, source_type) VALUES (%s, 't', 'text')", session["user_id"]
            ).rowcount
            == 1
        )
        other.commit()
        assert writer.execute(add, session["id"], session["user_id"]).rowcount == 1
        writer.commit()
        assert running.result(20) == 1
        job.commit()
        other.execute(add, session["id"], session["user_id"])
        other.commit()
    assert db_committed.value("SELECT count(*) FROM interactions") == 3


def test_without_a_quiet_moment_retention_says_so_and_changes_nothing(db_committed: Database) -> None:
    db_committed.use("learning")
    months(db_committed, "interactions", "2019-02-10")
    row = an_interaction(db_committed, created_at="2019-02-10")
    said = a_feedback(db_committed, {"id": row["user_id"]}, interaction_id=row["id"])
    with db_committed.sessions(1) as (writer,):
        writer.use("learning")
        writer.execute("UPDATE interactions SET feedback_data = '{}'")
        with db_committed.throws("55P03", match="no quiet moment"):
            db_committed.execute(
                "SELECT * FROM retire_months('interactions', 'interactions_archive', '2019-03-01', p_patience => '0 s')"
            )
    assert in_month(db_committed, "interactions", row) == "interactions_2019_02"
    assert db_committed.value("SELECT interaction_id FROM user_feedback WHERE id = %s", said["id"]) == row["id"]


# Inactive users: half a year, row by row


def test_interactions_of_inactive_and_deleted_users_go_after_six_months(learning: Database) -> None:
    months(learning, "interactions", "2019-02-10", "2019-03-10")
    for user in (a_user(learning), a_user(learning, is_active=False), a_user(learning, deleted_at="2019-05-01")):
        session = a_session(learning, user)
        for moment in ("2019-02-10", "2019-03-10"):
            an_interaction(learning, session, created_at=moment)
    assert learning.row("SELECT * FROM delete_inactive_interactions('2019-03-01')") == (2, 2)
    assert learning.sees("interactions") == learning.sees("interaction_keys") == 4
    assert learning.rows("SELECT DISTINCT total_interactions FROM learning_sessions") == [(2,)]
    assert learning.row("SELECT * FROM delete_inactive_interactions('2019-03-01')") == (0, 0)


def test_the_deletion_works_in_portions(learning: Database) -> None:
    months(learning, "interactions", "2019-02-10")
    session = a_session(learning, a_user(learning, is_active=False))
    for _ in range(3):
        an_interaction(learning, session, created_at="2019-02-10")
    portions = [learning.row("SELECT * FROM delete_inactive_interactions('2019-03-01', 2)")[0] for _ in range(3)]
    assert portions == [2, 1, 0]


def test_what_session_data_is_still_to_be_folded_from_is_not_deleted(learning: Database) -> None:
    """Whatever runs first, a session's metrics are made of all that was answered in it."""
    months(learning, "interactions", "2019-02-10")
    session = a_session(
        learning, a_user(learning, is_active=False), started_at="2019-02-10", session_data={"streak": 4}
    )
    an_interaction(learning, session, created_at="2019-02-10", is_correct=True)
    assert learning.row("SELECT * FROM delete_inactive_interactions('2019-03-01')") == (0, 0)
    assert learning.row("SELECT * FROM fold_session_data('2019-03-01')") == (1, 1)
    assert learning.row("SELECT * FROM delete_inactive_interactions('2019-03-01')") == (1, 1)
    assert learning.row("SELECT metric_type, metric_value FROM progress_metrics") == ("accuracy", 1.0)


# DEFAULT

STRAYS = {"interactions": "created_at", "progress_metrics": "recorded_at", "audit_logs": "created_at"}


@pytest.mark.parametrize(("table", "column"), STRAYS.items())
def test_a_row_without_a_month_is_retired_when_its_date_says_so_and_a_late_one_follows(
    learning: Database, table: str, column: str
) -> None:
    for day in ("2015-03-03", "2015-03-20"):
        row = MAKE[table](learning, **{column: day})
        if table == "interactions":
            a_feedback(learning, {"id": row["user_id"]}, interaction_id=row["id"])
        assert in_month(learning, table, row) == f"{table}_default"
        learning.job("learning", f"retention_{table}")
        assert learning.value(f"SELECT count(*) FROM {table}_archive WHERE id = %s", row["id"]) == 1
        assert learning.value(f"SELECT count(*) FROM {table} WHERE id = %s", row["id"]) == 0
    assert in_month(learning, f"{table}_archive", row) == f"{table}_2015_03"
    released = learning.rows("SELECT metadata ? 'archived_interaction_id' FROM user_feedback")
    assert released == ([(True,), (True,)] if table == "interactions" else [])


# Session_data


def test_session_data_becomes_metrics_after_six_months(learning: Database) -> None:
    old = a_session(
        learning,
        started_at="2019-02-10 10:00+00", ended_at="2019-02-10 10:30+00", session_type="review",
        session_data={"score": 7, "notes": "private", "nested": {"a": 1}},
    )  # fmt: skip
    for is_correct, ms in ((True, 1000), (False, 3000), (True, None), (None, None)):
        an_interaction(learning, old, is_correct=is_correct, response_time_ms=ms)
    assert learning.row("SELECT * FROM fold_session_data('2019-08-11')") == (1, 3)
    assert learning.value("SELECT session_data FROM learning_sessions") is None
    found = learning.rows("SELECT metric_type, metric_value, metric_data, recorded_at FROM progress_metrics ORDER BY 1")
    assert [(kind, round(value, 3)) for kind, value, _, _ in found] == [
        ("accuracy", 0.667),
        ("retention", 0.667),
        ("speed", 2000),
    ]
    assert all(data["session_data"] == {"score": 7} for _, _, data, _ in found)
    assert (
        in_month(learning, "progress_metrics", {"id": learning.rows("SELECT id FROM progress_metrics")[0][0]})
        == "progress_metrics_2019_02"
    )
    assert learning.row("SELECT * FROM fold_session_data('2019-08-11')") == (0, 0)


def test_session_data_of_a_session_never_ended_counts_from_its_start(learning: Database) -> None:
    a_session(learning, started_at="2019-02-10", session_data={"n": 1})
    a_session(learning, started_at="2019-02-10", ended_at="2019-09-01", session_data={"n": 1})
    a_session(learning, session_data={"n": 1})
    assert learning.row("SELECT * FROM fold_session_data('2019-08-11')")[0] == 1


def test_metrics_of_a_session_over_as_a_month_begins_lie_in_that_month(learning: Database) -> None:
    months(learning, "progress_metrics", "2019-02-10")
    a_session(learning, started_at="2019-02-28", ended_at="2019-03-01 00:00+00", session_data={"n": 1})
    assert learning.row("SELECT * FROM fold_session_data('2019-08-11')") == (1, 1)
    assert learning.value("SELECT tableoid::regclass::text FROM progress_metrics") == "progress_metrics_2019_03"


def test_a_session_is_folded_from_the_moment_after_its_term_on(learning: Database) -> None:
    a_session(learning, started_at="2019-02-10 08:00+00", session_data={"n": 1})
    assert learning.row("SELECT * FROM fold_session_data('2019-02-10 08:00+00')") == (0, 0)
    assert learning.row("SELECT * FROM fold_session_data('2019-02-10 08:00:00.000001+00')") == (1, 1)


def test_what_a_session_counted_goes_to_its_own_metrics_alone(learning: Database) -> None:
    for number in (1, 2):
        session = a_session(learning, started_at=f"2019-02-1{number}", session_data={"score": number})
        an_interaction(learning, session, created_at=f"2019-02-1{number}", is_correct=True)
        a_metric(learning, {"id": session["user_id"]}, learning_session_id=session["id"], metric_data={"by": "hand"})
    assert learning.row("SELECT * FROM fold_session_data('2019-08-11')") == (2, 2)
    folded = "metric_data->'session_data' FROM progress_metrics WHERE aggregation_type = 'session'"
    assert learning.rows(f"SELECT {folded} ORDER BY recorded_at") == [({"score": 1},), ({"score": 2},)]
    assert learning.rows("SELECT metric_data FROM progress_metrics WHERE aggregation_type IS NULL") == [
        ({"by": "hand"},), ({"by": "hand"},),
    ]  # fmt: skip


def test_a_session_without_answers_leaves_how_far_the_learner_came(learning: Database) -> None:
    a_session(learning, started_at="2019-02-10", completion_percentage=40, session_data={"page": 4})
    learning.row("SELECT * FROM fold_session_data('2019-08-11')")
    found = learning.row(
        "SELECT metric_type, metric_value, aggregation_type, metric_data->'session_data' FROM progress_metrics"
    )
    assert found == ("retention", 0.4, "completion", {"page": 4})


def test_a_sessions_metrics_are_recorded_once(learning: Database) -> None:
    session = a_session(learning)
    an_interaction(learning, session, is_correct=True, response_time_ms=500)
    assert learning.value("SELECT record_session_metrics(%s)", session["id"]) == 2
    assert learning.value("SELECT record_session_metrics(%s)", session["id"]) == 0
    assert learning.rows("SELECT metric_type, metric_value FROM progress_metrics ORDER BY 1") == [
        ("accuracy", 1),
        ("speed", 500),
    ]


@pytest.mark.parametrize("over", ["2019-02-10", "2019-02-01 00:00+00"], ids=["within_a_month", "as_it_begins"])
def test_two_runs_of_the_fold_take_different_sessions_and_do_not_wait(db_committed: Database, over: str) -> None:
    db_committed.use("learning")
    months(db_committed, "progress_metrics", "2019-02-10")
    for _ in range(2):
        a_session(db_committed, started_at=over, session_data={"n": 1})
    fold = "SELECT sessions_folded FROM fold_session_data('2019-08-11', 1)"
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        two.execute("SET lock_timeout = '10s'")
        assert (one.value(fold), two.value(fold)) == (1, 1)
        one.commit(), two.commit()
    assert db_committed.value("SELECT count(*) FROM progress_metrics") == 2


# Settings


@pytest.mark.parametrize(("table", "column"), STRAYS.items())
def test_how_long_a_trail_is_kept_is_a_row(learning: Database, table: str, column: str) -> None:
    row = MAKE[table](learning, **{column: "2015-03-03"})
    setting = "UPDATE retention_settings SET keep_for = %s WHERE table_name = %s"
    with learning.as_role("learning_service"):
        learning.execute(setting, None, table)
    learning.job("learning", f"retention_{table}")
    assert learning.sees(f"{table}_archive") == 0
    learning.execute(setting, "1 year", table)
    learning.job("learning", f"retention_{table}")
    learning.job("learning", "retention_archives")
    assert learning.sees(f"{table}_archive") == 1
    learning.execute(setting, "5 years", f"{table}_archive")
    dropped = learning.job("learning", "retention_archives")
    assert [(r["partition_name"], r["action"]) for r in dropped] == [(f"{table}_2015_03", "dropped")]
    keys = {"interactions": "interaction_keys", "progress_metrics": "progress_metric_keys"}.get(table, "audit_log_keys")
    assert learning.value(f"SELECT count(*) FROM {keys} WHERE id = %s", row["id"]) == 0
    assert learning.job("learning", "retention_archives") == []


def test_ids_are_freed_before_the_archive_is_locked_and_two_months_go_at_once(db_committed: Database) -> None:
    db = db_committed
    db.use("learning")
    for day in ("2015-03-03", "2015-04-03"):
        MAKE["audit_logs"](db, created_at=day)
    db.rows("SELECT * FROM retire_months('audit_logs', 'audit_logs_archive', '2016-01-01')")
    db.execute(
        """CREATE FUNCTION pg_temp.refuse_locked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock'
                AND relation = 'audit_logs_archive'::regclass
            ) THEN RAISE 'ids go while readers wait'; END IF;
            RETURN NULL;
        END $$"""
    )
    db.execute(
        "CREATE TRIGGER locked BEFORE DELETE ON audit_log_keys FOR EACH STATEMENT "
        "EXECUTE FUNCTION pg_temp.refuse_locked()"
    )
    db.execute("UPDATE retention_settings SET keep_for = '5 years' WHERE table_name = 'audit_logs_archive'")
    dropped = db.rows("SELECT * FROM drop_archived_months('audit_logs_archive')")
    assert dropped == [("audit_logs_2015_03", "dropped"), ("audit_logs_2015_04", "dropped")]
    assert db.sees("audit_log_keys") == 0


def test_a_month_is_had_before_its_archive_is_locked_for_all_who_read_it(db_committed: Database) -> None:
    db = db_committed
    db.use("learning")
    MAKE["audit_logs"](db, created_at="2015-03-03")
    db.rows("SELECT * FROM retire_months('audit_logs', 'audit_logs_archive', '2016-01-01')")
    db.execute("UPDATE retention_settings SET keep_for = '5 years' WHERE table_name = 'audit_logs_archive'")
    with db.sessions(2) as (reader, job):
        for session in (reader, job):
            session.use("learning")
        reader.execute("SELECT FROM audit_logs_2015_03")
        with pytest.raises(psycopg.errors.LockNotAvailable) as refused:
            job.execute("SELECT * FROM drop_archived_months('audit_logs_archive')")
        assert "LOCK TABLE audit_logs_2015_03" in (refused.value.diag.context or "")
        job.rollback()
        reader.commit()
        assert job.rows("SELECT * FROM drop_archived_months('audit_logs_archive')") == [
            ("audit_logs_2015_03", "dropped")
        ]


def test_no_time_is_no_period(learning: Database) -> None:
    with learning.throws("23514", "retention_settings_keep_for_positive_check"):
        learning.execute("UPDATE retention_settings SET keep_for = '0'")
