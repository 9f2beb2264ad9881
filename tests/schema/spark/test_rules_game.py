"""XP, levels, badges, achievements, boards, analytics and the class summary."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import (
    a_badge,
    a_class,
    a_course,
    a_lesson,
    a_progress,
    a_quiz,
    a_school,
    a_student,
    a_submission,
    an_enrolment,
)


@pytest.mark.parametrize(
    ("xp", "level"),
    [(0, 1), (99, 1), (100, 2), (399, 2), (400, 3), (900, 4), (10000, 11), (2147483647, 4635), (-1, 1), (None, None)],
)
def test_a_level_is_the_root_of_a_hundredth_of_xp(spark: Database, xp: int | None, level: int | None) -> None:
    assert spark.value("SELECT calculate_level(%s)", xp) == level


def test_level_follows_xp_on_insert_and_update_and_cannot_be_set(spark: Database) -> None:
    student = a_student(spark, xp_points=500, level=40)["id"]
    level = "SELECT level FROM profiles WHERE user_id = %s"
    assert spark.value(level, student) == 3
    spark.execute("UPDATE profiles SET level = 50 WHERE user_id = %s", student)
    assert spark.value(level, student) == 3
    spark.execute("UPDATE profiles SET xp_points = 900 WHERE user_id = %s", student)
    assert spark.value(level, student) == 4
    with spark.throws("23514", constraint="profiles_xp_points_check"):
        spark.execute("UPDATE profiles SET xp_points = -1 WHERE user_id = %s", student)


def test_a_level_reached_is_told_and_recorded_once(spark: Database) -> None:
    student = a_student(spark)["id"]
    spark.execute("UPDATE profiles SET xp_points = 100 WHERE user_id = %s", student)
    spark.execute("UPDATE profiles SET xp_points = 120 WHERE user_id = %s", student)
    assert spark.rows("SELECT type::text, data ->> 'level' FROM user_notifications") == [("LEVEL_UP", "2")]
    assert spark.rows("SELECT type::text, metadata ->> 'level', xp_awarded FROM achievements") == [("LEVEL_UP", "2", 0)]


def test_xp_is_counted_for_the_schools_day(spark: Database) -> None:
    student = a_student(spark, a_school(spark)["id"], xp_points=50)["id"]
    spark.value("SELECT pay_reward(%s, 30, 0, 0)", student)
    spark.value("SELECT pay_reward(%s, 20, 0, 0)", student)
    spark.value("SELECT pay_reward(%s, -500, 0, 0)", student)
    assert spark.value("SELECT xp_points FROM profiles WHERE user_id = %s", student) == 0
    assert spark.rows("SELECT xp_gained FROM learning_analytics") == [(-50,)]


CRITERIA: list[tuple[Any, bool]] = [
    ({}, False),
    ({"unknown": 1}, False),
    ({"level": 2, "unknown": 1}, False),
    ({"level": "2"}, False),
    ({"level": None}, False),
    ({"level": 3}, True),
    ({"level": 4}, False),
    ({"xp_points": 500}, True),
    ({"xp_points": 501}, False),
    ({"streak": 5}, True),
    ({"streak": 6}, False),
    ({"total_time_spent": 60}, True),
    ({"lessons_completed": 1}, True),
    ({"lessons_completed": 2}, False),
    ({"quizzes_passed": 1}, True),
    ({"perfect_scores": 1}, False),
    ({"assignments_submitted": 1}, False),
    ({"badges_earned": 1}, False),
    ({"quests_completed": 1}, False),
    ({"guilds_joined": 1}, False),
    ({"level": 3, "streak": 6}, False),
    ({"level": 3, "streak": 5}, True),
    ({"any": [{"level": 9}, {"streak": 5}]}, True),
    ({"any": [{"level": 9}]}, False),
    ({"any": []}, False),
    ({"any": 5}, False),
    ({"level": 3, "any": [{"level": 9}]}, False),
    ({"lessons_completed": 0.5}, True),
]


@pytest.fixture
def achiever(spark: Database) -> UUID:
    """Level 3, 500 XP, streak 5, a minute, one lesson, one quiz passed with 80."""
    student = a_student(spark, xp_points=500, streak=5)["id"]
    a_progress(spark, student, a_lesson(spark)["id"], status="COMPLETED", time_spent=60)
    a_submission(spark, student, a_quiz(spark)["id"], score=80)
    return student


@pytest.mark.parametrize(("criteria", "met"), CRITERIA, ids=lambda v: str(v)[:40])
def test_criteria_hold_only_when_known_and_met(
    spark: Database, achiever: UUID, criteria: dict[str, Any], met: bool
) -> None:
    from psycopg.types.json import Jsonb

    assert spark.value("SELECT evaluate_badge_criteria(%s, %s)", achiever, Jsonb(criteria)) is met


@pytest.mark.parametrize("criteria", ["null", "[]", "5", '"level"', None])
def test_criteria_that_are_no_object_are_never_met(spark: Database, achiever: UUID, criteria: str | None) -> None:
    assert spark.value("SELECT evaluate_badge_criteria(%s, %s)", achiever, criteria) is False


def test_nobody_meets_anything_without_a_profile(spark: Database) -> None:
    stranger = spark.value("SELECT gen_random_uuid()")
    assert spark.value("SELECT evaluate_badge_criteria(%s, '{\"level\": 1}')", stranger) is False


def test_a_badge_is_awarded_and_paid_once(spark: Database, achiever: UUID) -> None:
    badge = a_badge(spark, {"level": 3}, xp_reward=100, crystal_reward=7, spark_reward=2)["id"]
    a_badge(spark, {"level": 3}, is_active=False, xp_reward=9999)
    due = spark.rows("SELECT badge_id FROM check_badge_eligibility(%s)", achiever)
    assert due == [(badge,)]
    assert spark.sees("earned_badges") == 0
    assert spark.rows("SELECT badge_id FROM award_badges(%s)", achiever) == [(badge,)]
    assert spark.rows("SELECT badge_id FROM award_badges(%s)", achiever) == []
    assert spark.row("SELECT xp_points, crystals, sparks FROM profiles WHERE user_id = %s", achiever) == (600, 7, 2)
    assert spark.value("SELECT count(*) FROM user_notifications WHERE type = 'BADGE_EARNED'") == 1


def test_a_reward_that_meets_the_next_badge_awards_it_too(spark: Database, achiever: UUID) -> None:
    first, second = a_badge(spark, {"level": 3}, xp_reward=400)["id"], a_badge(spark, {"xp_points": 900})["id"]
    assert spark.rows("SELECT badge_id FROM award_badges(%s)", achiever) == [(first,), (second,)]


def test_a_badge_taken_away_takes_its_reward_back(spark: Database, achiever: UUID) -> None:
    badge = a_badge(spark, {}, xp_reward=100)["id"]
    xp = "SELECT xp_points FROM profiles WHERE user_id = %s"
    spark.insert("earned_badges", user_id=achiever, badge_id=badge)
    spark.execute("UPDATE badges SET xp_reward = 5000")
    spark.execute(
        "INSERT INTO earned_badges (user_id, badge_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", achiever, badge
    )
    assert spark.value(xp, achiever) == 600
    with spark.throws("42501"):
        spark.execute("UPDATE earned_badges SET progress_data = '{}'")
    spark.execute("DELETE FROM earned_badges")
    assert spark.value(xp, achiever) == 500
    spark.insert("earned_badges", user_id=achiever, badge_id=badge)
    spark.execute("DELETE FROM badges")
    assert spark.value(xp, achiever) == 5500


def test_an_achievement_pays_what_it_says(spark: Database) -> None:
    student = a_student(spark)["id"]
    spark.insert("achievements", student_id=student, type="SPECIAL_EVENT", title="t", xp_awarded=40, crystals_awarded=3)
    assert spark.row("SELECT xp_points, crystals, sparks FROM profiles") == (40, 3, 0)


def test_two_sessions_award_the_same_badge_and_it_is_paid_once(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    student = a_student(db_committed)["id"]
    a_badge(db_committed, {"level": 1}, xp_reward=50)
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute("SELECT award_badges(%s)", student)
        waiting = b.start("SELECT award_badges(%s)", student)
        assert waiting.blocked_by(a)
        a.commit()
        assert waiting.result() == 0
        b.commit()
    assert db_committed.value("SELECT xp_points FROM profiles") == 50


def test_two_sessions_pay_at_once_and_both_payments_count(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    student = a_student(db_committed)["id"]
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute("SELECT pay_reward(%s, 60, 1, 0)", student)
        waiting = b.start("SELECT pay_reward(%s, 70, 1, 0)", student)
        assert waiting.blocked_by(a)
        a.commit()
        waiting.result()
        b.commit()
    assert db_committed.row("SELECT xp_points, level, crystals FROM profiles") == (130, 2, 2)
    assert db_committed.value("SELECT xp_gained FROM learning_analytics") == 130


# Boards


def _board(db: Database, scope: str, scope_id: UUID | None, timeframe: str) -> list[tuple[int, int]]:
    return db.rows(
        """SELECT (r ->> 'rank')::integer, (r ->> 'xp')::integer FROM leaderboards, jsonb_array_elements(rankings) AS r
        WHERE scope = %s AND scope_id IS NOT DISTINCT FROM %s AND timeframe = %s""",
        scope,
        scope_id,
        timeframe,
    )


def test_boards_are_built_for_each_scope_and_timeframe(spark: Database) -> None:
    school = a_school(spark, timezone="UTC")["id"]
    klass = a_class(spark, school)["id"]
    students = [a_student(spark, school, xp_points=xp)["id"] for xp in (300, 200, 300, 0)]
    for student in students:
        an_enrolment(spark, student, klass)
    guild = spark.insert("guilds", name="G", leader_id=students[1], school_id=school)["id"]
    # A Wednesday: the week began on the 9th.
    for day, xp in (("2026-03-11", 5), ("2026-03-10", 10), ("2026-03-08", 20), ("2026-02-28", 40)):
        spark.insert("learning_analytics", student_id=students[1], date=day, xp_gained=xp)
    spark.rows("SELECT * FROM rebuild_leaderboards('2026-03-11 12:00Z')")
    assert _board(spark, "CLASS", klass, "ALL_TIME") == [(1, 300), (1, 300), (3, 200)]
    assert _board(spark, "SCHOOL", school, "ALL_TIME") == [(1, 300), (1, 300), (3, 200)]
    assert _board(spark, "GLOBAL", None, "ALL_TIME") == [(1, 300), (1, 300), (3, 200)]
    assert _board(spark, "GUILD", guild, "ALL_TIME") == [(1, 200)]
    figures = [_board(spark, "CLASS", klass, frame) for frame in ("DAILY", "WEEKLY", "MONTHLY")]
    assert figures == [[(1, 5)], [(1, 15)], [(1, 35)]]


def test_a_daily_board_ends_at_the_schools_midnight(spark: Database) -> None:
    school = a_school(spark, timezone="Asia/Kolkata")["id"]
    student = a_student(spark, school)["id"]
    spark.insert("learning_analytics", student_id=student, date="2026-03-11", xp_gained=5)
    spark.rows("SELECT * FROM rebuild_leaderboards('2026-03-11 18:29Z')")
    assert _board(spark, "SCHOOL", school, "DAILY") == [(1, 5)]
    spark.rows("SELECT * FROM rebuild_leaderboards('2026-03-11 18:30Z')")
    assert _board(spark, "SCHOOL", school, "DAILY") == []


def test_rebuilding_twice_changes_nothing_and_drops_what_is_gone(spark: Database) -> None:
    school = a_school(spark)["id"]
    a_student(spark, school, xp_points=10)
    gone = spark.insert("leaderboards", scope="CLASS", scope_id=school, timeframe="DAILY", rankings="[]")["id"]
    first = spark.rows("SELECT * FROM rebuild_leaderboards()")
    before = spark.rows("SELECT id, rankings FROM leaderboards ORDER BY id")
    assert spark.rows("SELECT * FROM rebuild_leaderboards()") == first
    assert spark.rows("SELECT id, rankings FROM leaderboards ORDER BY id") == before
    assert gone not in [row[0] for row in before]
    assert len(before) == 2


def test_a_board_holds_a_hundred(spark: Database) -> None:
    school = a_school(spark)["id"]
    for n in range(102):
        a_student(spark, school, xp_points=n + 1)
    spark.rows("SELECT * FROM rebuild_leaderboards()")
    board = _board(spark, "SCHOOL", school, "ALL_TIME")
    assert len(board) == 100
    assert board[0] == (1, 102)
    assert board[-1] == (100, 3)


# Analytics and the summary


def test_a_day_is_computed_from_its_facts_and_twice_is_the_same(spark: Database) -> None:
    school = a_school(spark, timezone="Asia/Kolkata")["id"]
    student, idle = a_student(spark, school)["id"], a_student(spark, school)["id"]
    klass = a_class(spark, school)["id"]
    an_enrolment(spark, student, klass), an_enrolment(spark, idle, klass)
    maths, science = a_course(spark)["id"], a_course(spark, subject="Science")["id"]
    # Kolkata's 2026-03-11 lasts from 18:30 UTC of the 10th to 18:30 UTC of the 11th.
    for course, moment in ((maths, "2026-03-10 18:30Z"), (science, "2026-03-11 18:29Z"), (maths, "2026-03-11 18:30Z")):
        a_progress(spark, student, a_lesson(spark, course)["id"], status="COMPLETED", last_accessed=moment)
    for moment, score in (("2026-03-11 03:00Z", 90), ("2026-03-11 08:00Z", 70), ("2026-03-11 09:00Z", None)):
        a_submission(spark, student, a_quiz(spark)["id"], submitted_at=moment, score=score)
    day = "SELECT * FROM refresh_analytics('2026-03-11', '2026-03-11')"
    first = spark.rows(day)
    assert spark.rows(day) == first
    assert spark.row(
        """SELECT lessons_completed, quizzes_taken, average_score, subjects_studied, peak_performance_hour
        FROM learning_analytics WHERE date = '2026-03-11'"""
    ) == (2, 3, 80, ["Mathematics", "Science"], 8)
    assert spark.row(
        "SELECT active_students, average_engagement, average_score, completion_rate FROM class_analytics"
    ) == (1, 50, 80, 100)


def test_a_day_that_has_not_begun_has_no_class_figures(spark: Database) -> None:
    school = a_school(spark)["id"]
    an_enrolment(spark, a_student(spark, school)["id"], a_class(spark, school)["id"])
    spark.rows("SELECT * FROM refresh_analytics('2999-01-01', '2999-01-01')")
    assert spark.sees("class_analytics") == 0


def test_the_mean_level_counts_each_student_once(spark: Database) -> None:
    school = a_school(spark)["id"]
    klass, empty = a_class(spark, school)["id"], a_class(spark, school, is_active=False)["id"]
    busy, new = a_student(spark, school, xp_points=900)["id"], a_student(spark, school)["id"]
    dropped = a_student(spark, school, xp_points=10000)["id"]
    for student, status in ((busy, "ACTIVE"), (new, "ACTIVE"), (dropped, "DROPPED")):
        an_enrolment(spark, student, klass, status=status)
    for status, percent in (("COMPLETED", 80), ("COMPLETED", 100), ("IN_PROGRESS", 40)):
        a_progress(spark, busy, a_lesson(spark)["id"], status=status, progress=percent)
    spark.execute("UPDATE profiles SET last_active = now() - interval '9 days' WHERE user_id = %s", new)
    spark.execute("REFRESH MATERIALIZED VIEW class_performance_summary")
    rows = "SELECT total_students, active_students, average_level, average_progress, completed_lessons, total_lesson_attempts"
    assert spark.row(f"{rows} FROM class_performance_summary WHERE class_id = %s", klass) == (2, 1, 2.5, 80, 2, 3)
    assert spark.row(f"{rows} FROM class_performance_summary WHERE class_id = %s", empty) == (0, 0, None, None, 0, 0)


def test_the_summary_refreshes_concurrently_from_the_first_day(spark: Database) -> None:
    a_class(spark, a_school(spark)["id"])
    spark.job("spark", "update_leaderboards")
    spark.job("spark", "update_leaderboards")
    assert spark.sees("class_performance_summary") == 1
