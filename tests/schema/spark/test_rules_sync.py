"""Offline clients: what a device sends again, what clashes, and how it is settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import a_lesson, a_question, a_quiz, a_student


@pytest.fixture
def pair(spark: Database) -> tuple[Any, Any]:
    return a_student(spark)["id"], a_lesson(spark)["id"]


def _record(
    db: Database, pair: tuple[Any, Any], status: str, percent: int, seconds: int, base: int | None, **over: Any
) -> tuple[Any, ...] | None:
    named = "".join(f", {name} => %s" for name in over)
    return db.row(
        f"SELECT outcome, sync_version, progress, time_spent, conflict_id "
        f"FROM record_progress(%s, %s, %s, %s, %s, 1, %s{named})",
        *pair,
        status,
        percent,
        seconds,
        base,
        *over.values(),
    )


def test_a_client_inserts_updates_and_may_repeat_itself(spark: Database, pair: tuple[UUID, UUID]) -> None:
    assert _record(spark, pair, "IN_PROGRESS", 10, 60, None) == ("inserted", 1, 10, 60, None)
    assert _record(spark, pair, "IN_PROGRESS", 10, 60, None) == ("unchanged", 1, 10, 60, None)
    assert _record(spark, pair, "IN_PROGRESS", 50, 90, 1) == ("updated", 2, 50, 90, None)
    assert _record(spark, pair, "IN_PROGRESS", 50, 90, 1) == ("unchanged", 2, 50, 90, None)
    assert spark.sees("sync_conflicts") == 0


@pytest.mark.parametrize(
    ("strategy", "progress", "seconds", "status", "version"),
    [
        ("client_wins", 30, 200, "IN_PROGRESS", 2),
        ("server_wins", 80, 100, "COMPLETED", 1),
        ("merge", 80, 200, "COMPLETED", 2),
    ],
)
def test_a_conflict_is_settled_by_the_strategy_and_logged(
    spark: Database, pair: tuple[UUID, UUID], strategy: str, progress: int, seconds: int, status: str, version: int
) -> None:
    _record(spark, pair, "COMPLETED", 80, 100, None)
    outcome, now, percent, time, conflict = _record(spark, pair, "IN_PROGRESS", 30, 200, 0, p_strategy=strategy)
    assert (outcome, now, percent, time) == ("conflict", version, progress, seconds)
    assert spark.value("SELECT status::text FROM student_progress") == status
    logged = spark.row(
        """SELECT entity_type, resolution_strategy, client_data ->> 'progress', server_data ->> 'progress',
            (resolved_data ->> 'progress')::numeric, resolved_at IS NOT NULL, l.status::text, l.user_id
        FROM sync_conflicts AS c JOIN sync_logs AS l ON l.id = c.sync_log_id WHERE c.id = %s""",
        conflict,
    )
    assert logged == ("lesson_progress", strategy, "30.00", "80.00", progress, True, "COMPLETED", pair[0])


def test_learning_on_after_completion_keeps_the_completion(spark: Database, pair: tuple[UUID, UUID]) -> None:
    _record(spark, pair, "COMPLETED", 100, 100, None, p_last_accessed="2026-01-05")
    assert _record(spark, pair, "COMPLETED", 100, 200, 1, p_last_accessed="2026-02-05")[0] == "updated"
    assert spark.value("SELECT completed_at = '2026-01-05' FROM student_progress")
    assert _record(spark, pair, "IN_PROGRESS", 50, 200, 2)[0] == "updated"
    assert spark.value("SELECT completed_at FROM student_progress") is None


def test_merge_keeps_the_earlier_completion_and_the_later_access(spark: Database, pair: tuple[UUID, UUID]) -> None:
    _record(spark, pair, "COMPLETED", 100, 100, None, p_last_accessed="2026-01-05")
    _record(spark, pair, "COMPLETED", 90, 300, 9, p_last_accessed="2026-03-01")
    assert spark.row("SELECT completed_at = '2026-01-05', last_accessed = '2026-03-01' FROM student_progress") == (
        True,
        True,
    )


def test_a_conflict_without_strategy_waits_for_a_decision(spark: Database, pair: tuple[UUID, UUID]) -> None:
    log = spark.insert("sync_logs", user_id=pair[0], device_id="tablet", actions="[]", status="PROCESSING")["id"]
    _record(spark, pair, "IN_PROGRESS", 40, 100, None)
    *kept, conflict = _record(spark, pair, "IN_PROGRESS", 70, 90, 5, p_strategy=None, p_sync_log_id=log)
    assert kept == ["conflict", 1, 40, 100]
    assert spark.value("SELECT status::text FROM sync_logs WHERE id = %s", log) == "CONFLICT"
    with spark.throws("22023"):
        spark.value("SELECT resolve_sync_conflict(%s, 'coin_toss')", conflict)
    spark.value("SELECT resolve_sync_conflict(%s, 'client_wins')", conflict)
    assert spark.row("SELECT progress, time_spent, sync_version FROM student_progress") == (70, 90, 2)
    assert spark.row("SELECT status::text, processed_at IS NOT NULL FROM sync_logs") == ("COMPLETED", True)
    with spark.throws("P0002"):
        spark.value("SELECT resolve_sync_conflict(%s, 'merge')", conflict)


def test_an_unknown_strategy_is_refused(spark: Database, pair: tuple[UUID, UUID]) -> None:
    with spark.throws("22023", match="coin_toss"):
        _record(spark, pair, "IN_PROGRESS", 40, 100, None, p_strategy="coin_toss")


def test_a_submission_may_be_sent_again(spark: Database) -> None:
    student, quiz = a_student(spark)["id"], a_quiz(spark)["id"]
    a_question(spark, quiz, points=3), a_question(spark, quiz, points=4)
    send = "SELECT outcome, attempt, max_score FROM record_submission(%s, %s, %s, '{}', 30)"
    one, two = (spark.value("SELECT gen_random_uuid()") for _ in range(2))
    assert spark.row(send, one, student, quiz) == ("inserted", 1, 7)
    assert spark.row(send, one, student, quiz) == ("unchanged", 1, 7)
    assert spark.row(send, two, student, quiz) == ("inserted", 2, 7)
    with spark.throws("23505", constraint="submissions_pkey"):
        spark.row(send, two, a_student(spark)["id"], quiz)


def test_two_devices_record_a_first_progress_at_once_and_one_row_stands(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    student, lesson = a_student(db_committed)["id"], a_lesson(db_committed)["id"]
    record = "SELECT outcome FROM record_progress(%s, %s, 'IN_PROGRESS', %s, %s)"
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        assert a.value(record, student, lesson, 20, 100) == "inserted"
        waiting = b.start(record, student, lesson, 60, 50)
        assert waiting.blocked_by(a)
        a.commit()
        waiting.result()
        b.commit()
    assert db_committed.rows("SELECT progress, time_spent FROM student_progress") == [(60, 100)]
    assert db_committed.sees("sync_conflicts") == 1


def test_two_sessions_insert_the_same_lesson_in_two_years_and_one_is_refused(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    student, lesson = a_student(db_committed)["id"], a_lesson(db_committed)["id"]
    insert = "INSERT INTO student_progress (student_id, lesson_id, last_accessed) VALUES (%s, %s, %s)"
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute(insert, student, lesson, "2025-05-05")
        waiting = b.start(insert, student, lesson, "2026-05-05")
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error) as refused:
            waiting.result()
        assert refused.value.diag.constraint_name == "student_progress_student_id_lesson_id_key"


def test_on_conflict_cannot_be_used_and_record_progress_can(spark: Database, pair: tuple[UUID, UUID]) -> None:
    with spark.throws("42P10"):
        spark.execute(
            "INSERT INTO student_progress (student_id, lesson_id) VALUES (%s, %s) "
            "ON CONFLICT (student_id, lesson_id) DO NOTHING",
            *pair,
        )
    assert _record(spark, pair, "IN_PROGRESS", 1, 1, None)[0] == "inserted"
