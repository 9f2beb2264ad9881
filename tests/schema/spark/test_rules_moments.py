"""The very moment: what begins, ends or is due at it, midnight of a day and of a month, and the number that is just enough."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_badge,
    a_class,
    a_lesson,
    a_progress,
    a_question,
    a_quiz,
    a_student,
    a_submission,
    a_sync_log,
    a_user,
    an_assignment,
    an_enrolment,
)

ZONE = "Asia/Kolkata"


def at(db: Database, text: str) -> Any:
    """Return a moment of SQL, the same as often as it is asked in a transaction."""
    return db.value(f"SELECT {text}")


def test_work_due_this_very_moment_is_due_no_more(spark: Database, world: World) -> None:
    work = an_assignment(spark, world.klass, world.teacher, due_date=at(spark, "now()"))["id"]
    for due, titles in (("now()", []), ("now() + interval '1 microsecond'", ["T"])):
        spark.execute(f"UPDATE assignments SET due_date = {due} WHERE id = %s", work)
        with spark.as_user(world.student):
            assert [w["title"] for w in spark.value("SELECT due FROM my_dashboard()")] == titles
        with spark.as_user(world.guardian):
            assert spark.rows("SELECT next_assignment FROM my_children_overview()") == [
                (titles[0] if titles else None,)
            ]


def test_work_handed_in_at_the_very_moment_it_is_due_is_in_time(spark: Database, world: World) -> None:
    due = at(spark, "now()")
    work = an_assignment(spark, world.klass, world.teacher, due_date=due, late_submission_allowed=False)["id"]
    done = spark.insert("assignment_submissions", assignment_id=work, student_id=world.student, submitted_at=due)
    assert not done["is_late"]
    spark.execute(
        "UPDATE assignments SET late_submission_allowed = true, due_date = due_date - interval '1 microsecond'"
    )
    assert spark.value("SELECT is_late FROM assignment_submissions")
    spark.execute("UPDATE assignments SET due_date = due_date + interval '1 microsecond'")
    assert not spark.value("SELECT is_late FROM assignment_submissions")


def test_a_notification_counts_until_it_expires(spark: Database, world: World) -> None:
    for moment in ("now()", "now() + interval '1 microsecond'"):
        spark.insert(
            "user_notifications",
            user_id=world.student,
            type="SYSTEM",
            title="t",
            message="m",
            expires_at=at(spark, moment),
        )
    with spark.as_user(world.student):
        assert spark.value("SELECT unread_notifications FROM my_dashboard()") == 1


def test_the_week_that_a_guardian_reads_has_seven_days(spark: Database, world: World) -> None:
    for ago, seconds in ((0, 1), (6, 10), (7, 100)):
        day = at(spark, f"(now() AT TIME ZONE '{ZONE}')::date - {ago}")
        spark.insert("learning_analytics", student_id=world.student, date=day, total_time_spent=seconds)
    with spark.as_user(world.guardian):
        assert spark.value("SELECT time_spent FROM my_children_overview()") == 11


@pytest.mark.parametrize(
    ("starts", "ends", "taken"),
    [
        ("now()", "NULL", True),
        ("now() + interval '1 microsecond'", "NULL", False),
        ("now() - interval '1 day'", "now()", False),
        ("now() - interval '1 day'", "now() + interval '1 microsecond'", True),
    ],
)
def test_a_quest_takes_from_its_first_moment_and_not_at_its_last(
    spark: Database, world: World, starts: str, ends: str, taken: bool
) -> None:
    guild = spark.insert("guilds", name="G", leader_id=world.student, school_id=world.school)["id"]
    quest = spark.insert(
        "guild_quests", title="t", description="d", guild_id=guild, target_value=5,
        starts_at=at(spark, starts), ends_at=at(spark, f"({ends})::timestamptz"),
    )["id"]  # fmt: skip
    give = "SELECT contribute_to_quest(%s, %s, 2, 0)"
    if taken:
        assert spark.value(give, quest, world.student) == 2
    else:
        with spark.throws("23514", constraint="guild_quests_is_running"):
            spark.execute(give, quest, world.student)


def test_a_score_at_the_mark_passes_and_only_a_hundred_is_perfect(spark: Database, world: World) -> None:
    for score in (59.99, 60, 99.99, 100):
        quiz = a_quiz(spark, passing_score=60)["id"]
        a_submission(spark, world.student, quiz, score=score)
    metric = "SELECT badge_metric(%s, %s)"
    assert spark.value(metric, world.student, "quizzes_passed") == 3
    assert spark.value(metric, world.student, "perfect_scores") == 1
    holds = "SELECT evaluate_badge_criteria(%s, jsonb_build_object('quizzes_passed', %s::integer))"
    assert [spark.value(holds, world.student, n) for n in (2, 3, 4)] == [True, True, False]


def test_a_mark_that_comes_with_the_submission_has_its_moment(spark: Database, world: World) -> None:
    marked = a_submission(spark, world.student, a_quiz(spark)["id"], score=50)
    assert marked["graded_at"] == at(spark, "now()")
    unmarked = a_submission(spark, world.student, a_quiz(spark)["id"], graded_at=at(spark, "now()"))
    assert unmarked["graded_at"] is None


def test_midnight_belongs_to_the_day_that_begins(spark: Database, world: World) -> None:
    """In the school's zone, of a quiz, a lesson that is opened and one that is completed."""
    day = "2026-03-01"
    for moment in ("0", "1 microsecond", "1 day", "1 day 1 microsecond"):
        when = at(spark, f"'{day}'::timestamp AT TIME ZONE '{ZONE}' + interval '1 day' - interval '{moment}'")
        a_submission(spark, world.student, a_quiz(spark)["id"], submitted_at=when)
        done = {"status": "COMPLETED", "progress": 100, "completed_at": when, "last_accessed": when}
        a_progress(spark, world.student, a_lesson(spark)["id"], **done)
    for date, counted in (("2026-02-28", 1), (day, 2), ("2026-03-02", 1)):
        spark.execute("SELECT refresh_learning_analytics(%s)", date)
        said = "SELECT quizzes_taken, lessons_completed FROM learning_analytics WHERE student_id = %s AND date = %s"
        assert spark.rows(said, world.student, date) == [(counted, counted)], date


@pytest.mark.parametrize("column", ["last_accessed", "completed_at"])
def test_a_lesson_touched_at_midnight_is_studied_on_the_day_that_begins(
    spark: Database, world: World, column: str
) -> None:
    other = {"last_accessed": "completed_at", "completed_at": "last_accessed"}[column]
    lesson = a_lesson(spark)["id"]
    midnight = at(spark, f"'2026-03-01'::timestamp AT TIME ZONE '{ZONE}'")
    moments = {column: midnight, other: at(spark, "'2026-06-01'::timestamptz")}
    a_progress(spark, world.student, lesson, **{"status": "COMPLETED", "progress": 100} | moments)
    spark.execute("DELETE FROM learning_analytics")
    for date in ("2026-02-28", "2026-03-01"):
        spark.execute("SELECT refresh_learning_analytics(%s)", date)
    studied = "SELECT date::text, subjects_studied FROM learning_analytics WHERE student_id = %s"
    assert spark.rows(studied, world.student) == [("2026-03-01", ["Mathematics"])]


def test_boards_begin_with_the_day_the_week_and_the_month(spark: Database, world: World) -> None:
    """1 June 2026 is a Monday and the first of a month; who has gained nothing is on no board."""
    now = at(spark, f"'2026-06-01 12:00'::timestamp AT TIME ZONE '{ZONE}'")
    for date, gained in (("2026-05-31", 1), ("2026-06-01", 10), ("2026-06-02", 100)):
        spark.insert("learning_analytics", student_id=world.student, date=date, xp_gained=gained)
    spark.insert("learning_analytics", student_id=world.classmate, date="2026-06-01", xp_gained=0)
    spark.execute("SELECT * FROM rebuild_leaderboards(%s)", now)
    boards = """SELECT timeframe::text, jsonb_path_query_array(rankings, '$[*].xp') FROM leaderboards
        WHERE scope = 'SCHOOL' AND timeframe <> 'ALL_TIME' AND scope_id = %s ORDER BY 1"""
    assert spark.rows(boards, world.school) == [(t, [10]) for t in ("DAILY", "MONTHLY", "WEEKLY")]
    later = at(spark, f"'2026-06-02 12:00'::timestamp AT TIME ZONE '{ZONE}'")
    spark.execute("SELECT * FROM rebuild_leaderboards(%s)", later)
    assert spark.rows(boards, world.school) == [("DAILY", [100]), ("MONTHLY", [110]), ("WEEKLY", [110])]


def test_a_board_that_is_built_no_more_goes_and_the_others_stay(spark: Database, world: World) -> None:
    spark.execute("UPDATE profiles SET xp_points = 5")
    gone = spark.insert("leaderboards", scope="CLASS", scope_id=world.school, timeframe="ALL_TIME", rankings="[]")["id"]
    built = "SELECT id FROM leaderboards WHERE scope = 'SCHOOL' AND scope_id = %s AND timeframe = 'ALL_TIME'"
    spark.execute("SELECT * FROM rebuild_leaderboards(now())")
    kept = spark.value(built, world.school)
    assert spark.value("SELECT count(*) FROM leaderboards WHERE id = %s", gone) == 0
    spark.execute("SELECT * FROM rebuild_leaderboards(now())")
    assert spark.value(built, world.school) == kept


def test_a_log_is_stale_after_its_time_and_not_at_it(spark: Database) -> None:
    user = a_student(spark)["id"]
    for age in ("1 day", "1 day 1 microsecond"):
        created = at(spark, f"now() - interval '{age}'")
        spark.insert("sync_logs", user_id=user, device_id="d", actions="[]", status="PENDING", created_at=created)
    assert spark.value("SELECT fail_stale_sync_logs('1 day')") == 1
    assert spark.value("SELECT now() - created_at = interval '1 day' FROM sync_logs WHERE status = 'PENDING'")


def test_an_archive_keeps_what_is_as_old_as_asked(spark: Database) -> None:
    user = a_student(spark)["id"]
    for _ in range(2):
        a_sync_log(spark, user, days=40)
    spark.job("spark", "archive_sync_logs")
    moments = "SELECT id, row_number() OVER (ORDER BY id) AS n FROM sync_logs_archive"
    spark.execute(
        f"UPDATE sync_logs_archive AS a SET created_at = now() - interval '50 days' - (m.n - 1) * interval '1 microsecond' "
        f"FROM ({moments}) AS m WHERE m.id = a.id"
    )
    assert spark.value("SELECT purge_sync_logs_archive('50 days')") == 1
    assert spark.value("SELECT now() - created_at = interval '50 days' FROM sync_logs_archive")


@pytest.mark.parametrize(("days", "streak"), [(0, 4), (1, 5), (2, 1), (30, 1)])
def test_a_streak_goes_on_the_day_after_and_begins_anew_later(spark: Database, days: int, streak: int) -> None:
    last = "'2026-03-01 23:59:59.999999'"
    said = (
        f"SELECT next_streak(4, {last}::timestamptz, '2026-03-01 00:00Z'::timestamptz + %s * interval '1 day', 'UTC')"
    )
    assert spark.value(said, days) == streak


def test_a_class_has_a_day_from_midnight_of_its_school_and_counts_who_was_there(spark: Database, world: World) -> None:
    idle, timed, done, quizzed = (a_student(spark, world.school)["id"] for _ in range(4))
    klass = a_class(spark, world.school, world.teacher)["id"]
    today = at(spark, f"(now() AT TIME ZONE '{ZONE}')::date")
    for student, what in (
        (idle, {}),
        (timed, {"total_time_spent": 1}),
        (done, {"lessons_completed": 1}),
        (quizzed, {"quizzes_taken": 1}),
    ):
        an_enrolment(spark, student, klass)
        spark.insert("learning_analytics", student_id=student, date=today, **what)
    for after in (0, 1):
        spark.execute("SELECT refresh_class_analytics(%s::date + %s)", today, after)
    said = "SELECT date - %s::date, active_students, average_engagement FROM class_analytics WHERE class_id = %s"
    assert [tuple(map(int, row)) for row in spark.rows(said, today, klass)] == [(0, 3, 75)]


def test_a_submission_keeps_the_maximum_that_it_comes_with_and_else_gets_the_quizs(
    spark: Database, world: World
) -> None:
    quiz = a_quiz(spark)["id"]
    a_question(spark, quiz, points=7)
    assert a_submission(spark, world.student, quiz, max_score=12)["max_score"] == 12
    assert a_submission(spark, world.student, quiz, max_score=None)["max_score"] == 7


def test_an_admin_gives_a_class_to_nobody_of_another_school(spark: Database, world: World) -> None:
    """Refused by the policy, before any trigger is asked."""
    stranger = a_user(spark, "TEACHER", world.other_school)["id"]
    new = "INSERT INTO classes (name, subject, grade, teacher_id, school_id) VALUES ('N', 'Mathematics', 8, %s, %s)"
    with spark.as_user(world.admin):
        spark.execute(new, world.teacher, world.school)
        for teacher, school in ((stranger, world.school), (world.teacher, world.other_school)):
            with spark.throws("42501", match="row-level security"):
                spark.execute(new, teacher, school)
        with spark.throws("42501", match="row-level security"):
            spark.execute("UPDATE classes SET teacher_id = %s WHERE id = %s", stranger, world.klass)


def test_what_is_owed_for_a_badge_is_owed_by_that_person_for_that_badge(spark: Database, world: World) -> None:
    badge, other = (a_badge(spark, {}, xp_reward=5)["id"] for _ in range(2))
    for person, of, xp in ((world.classmate, badge, 50), (world.student, other, 70)):
        spark.insert("badge_debts", user_id=person, badge_id=of, xp=xp, crystals=0, sparks=0)
    earn = "INSERT INTO earned_badges (user_id, badge_id) VALUES (%s, %s) RETURNING (progress_data -> 'paid' ->> 'xp')::integer"
    assert [spark.value(earn, world.student, b) for b in (badge, other)] == [5, 70]
    assert spark.rows("SELECT user_id, badge_id, xp FROM badge_debts") == [(world.classmate, badge, 50)]
