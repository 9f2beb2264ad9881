"""The database keeps its word in the corners: bounds, counters after every shape of statement, days, what is valid work."""

from __future__ import annotations

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_badge,
    a_conflict,
    a_course,
    a_guild,
    a_lesson,
    a_membership,
    a_progress,
    a_question,
    a_quiz,
    a_school,
    a_student,
    a_submission,
    a_sync_log,
    an_assignment,
    an_enrolment,
)

BIG = 2147483647


# Bounds and sums


@pytest.mark.parametrize(
    ("table", "column", "bound"),
    [
        ("student_progress", "time_spent", 31536000),
        ("student_progress", "attempts", 1000000),
        ("submissions", "time_spent", 31536000),
        ("quizzes", "max_attempts", 1000),
        ("questions", "points", 10000),
        ("badges", "xp_reward", 100000000),
        ("guild_quests", "reward_xp", 100000000),
    ],
)
def test_a_number_has_a_stated_bound_and_is_refused_by_name(
    spark: Database, world: World, table: str, column: str, bound: int
) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    a_submission(spark, world.student, a_quiz(spark)["id"])
    a_question(spark, a_quiz(spark)["id"]), a_badge(spark, {})
    spark.insert("guild_quests", title="Q", description="d", guild_id=a_guild(spark)["id"], target_value=5)
    spark.execute(f"UPDATE {table} SET {column} = {bound}")
    with spark.throws("23514", constraint=f"{table}_{column}_check"):
        spark.execute(f"UPDATE {table} SET {column} = {BIG}")


def test_one_students_time_stops_no_job_for_others(spark: Database, world: World) -> None:
    for student in (world.student, world.classmate):
        spark.insert("learning_analytics", student_id=student, date="2026-01-05", total_time_spent=BIG)
        a_progress(spark, student, a_lesson(spark)["id"], time_spent=31536000, last_accessed="2026-01-05T06:00:00Z")
    spark.execute("UPDATE profiles SET total_time_spent = %s", BIG)
    a_progress(spark, world.student, a_lesson(spark)["id"], time_spent=60, last_accessed="2026-01-05T06:00:00Z")
    an_enrolment(spark, world.classmate, world.klass)
    spark.rows("SELECT * FROM refresh_analytics('2026-01-05', '2026-01-05')")
    figures = spark.value("SELECT total_time_spent FROM class_analytics WHERE class_id = %s", world.klass)
    assert (figures, spark.value("SELECT max(total_time_spent) FROM profiles")) == (BIG, BIG)


def test_a_counter_that_would_pass_its_bound_is_refused_by_name(spark: Database, world: World) -> None:
    spark.execute("UPDATE profiles SET xp_points = 2000000000 WHERE user_id = %s", world.student)
    with spark.throws("23514", constraint="profiles_xp_points_check"):
        spark.execute("SELECT pay_reward(%s, 1, 0, 0)", world.student)
    with spark.throws("22023"):
        spark.execute("SELECT pay_reward(%s, %s, 0, 0)", world.student, BIG)
    guild = a_guild(spark)
    member = spark.value("SELECT id FROM guild_memberships WHERE guild_id = %s", guild["id"])
    spark.execute("UPDATE guild_memberships SET contribution_xp = 2000000000 WHERE id = %s", member)
    with spark.throws("23514", constraint="guilds_total_xp_check"):
        a_membership(spark, guild["id"], a_student(spark, guild["school_id"])["id"], contribution_xp=2000000000)
    quest = spark.insert("guild_quests", title="Q", description="d", guild_id=guild["id"], target_value=BIG)["id"]
    with spark.throws("22023"):
        spark.value("SELECT contribute_to_quest(%s, %s, %s)", quest, guild["leader_id"], BIG)


# The game


def test_a_badge_given_taken_and_given_again_pays_once_also_when_it_was_spent(spark: Database, world: World) -> None:
    badge = a_badge(spark, {}, xp_reward=50, crystal_reward=5)["id"]
    balance = "SELECT xp_points, crystals FROM profiles WHERE user_id = %s"
    for _ in range(3):
        spark.insert("earned_badges", user_id=world.student, badge_id=badge)
        spark.execute("UPDATE profiles SET crystals = 0 WHERE user_id = %s", world.student)
        assert spark.row(balance, world.student) == (50, 0)
        spark.execute("DELETE FROM earned_badges")
        assert spark.row(balance, world.student) == (0, 0)
    spark.insert("earned_badges", user_id=world.student, badge_id=badge)
    assert spark.row(balance, world.student) == (50, 0)
    assert spark.sees("badge_debts") == 0


def test_a_quest_with_a_long_title_is_completed(spark: Database) -> None:
    guild = a_guild(spark)
    quest = spark.insert("guild_quests", title="t" * 200, description="d", guild_id=guild["id"], target_value=1)["id"]
    assert spark.value("SELECT contribute_to_quest(%s, %s, 1)", quest, guild["leader_id"]) == 1
    assert spark.value("SELECT max(length(title)) FROM user_notifications WHERE type = 'GUILD_MESSAGE'") == 200


def test_a_locked_row_and_a_correction_are_no_learning_day(spark: Database, world: World) -> None:
    streak = "SELECT streak FROM profiles WHERE user_id = %s"
    row = a_progress(spark, world.student, a_lesson(spark)["id"], status="LOCKED")["id"]
    assert spark.value(streak, world.student) == 0
    with spark.connection.transaction():
        spark.execute("SET LOCAL slate.correction = 'on'")
        spark.execute("UPDATE student_progress SET attempts = 3, status = 'IN_PROGRESS' WHERE id = %s", row)
        a_progress(spark, world.student, a_lesson(spark)["id"], time_spent=5)
        spark.execute("SET LOCAL slate.correction = 'off'")
    assert spark.value(streak, world.student) == 0
    spark.execute("UPDATE student_progress SET progress = 5 WHERE id = %s", row)
    assert spark.value(streak, world.student) == 1


def test_a_reopened_lesson_is_no_longer_completed(spark: Database, world: World) -> None:
    row = a_progress(spark, world.student, a_lesson(spark)["id"], status="COMPLETED")["id"]
    completed = "SELECT completed_at IS NOT NULL FROM student_progress WHERE id = %s"
    assert spark.value(completed, row) is True
    spark.execute("UPDATE student_progress SET status = 'IN_PROGRESS' WHERE id = %s", row)
    assert spark.value(completed, row) is False


# Analytics, marks, logs


def test_a_day_whose_last_fact_is_gone_has_no_figures(spark: Database, world: World) -> None:
    row = a_progress(
        spark, world.student, a_lesson(spark)["id"], status="COMPLETED", last_accessed="2026-01-05T06:00:00Z"
    )["id"]
    submission = a_submission(spark, world.student, a_quiz(spark)["id"], score=70, submitted_at="2026-01-05T06:00:00Z")[
        "id"
    ]
    refresh = "SELECT count(*) FROM refresh_analytics('2026-01-05', '2026-01-05')"
    figures = """SELECT lessons_completed, quizzes_taken, average_score, subjects_studied, peak_performance_hour
        FROM learning_analytics WHERE student_id = %s AND date = '2026-01-05'"""
    spark.value(refresh)
    assert spark.row(figures, world.student)[:2] == (1, 1)
    spark.execute("DELETE FROM student_progress WHERE id = %s", row)
    spark.execute("DELETE FROM submissions WHERE id = %s", submission)
    spark.value(refresh)
    assert spark.row(figures, world.student) == (0, 0, None, None, None)
    spark.execute("DELETE FROM enrollments WHERE class_id = %s", world.klass)
    spark.value(refresh)
    klass = "SELECT active_students, average_engagement FROM class_analytics WHERE class_id = %s"
    assert spark.row(klass, world.klass) == (0, None)


def test_correcting_a_date_over_new_year_keeps_the_grader(spark: Database, world: World) -> None:
    row = a_submission(spark, world.student, a_quiz(spark)["id"], submitted_at="2025-12-31T23:00:00Z")["id"]
    with spark.as_user(world.teacher):
        spark.execute("UPDATE submissions SET score = 5")
    marks = "SELECT graded_by, graded_at FROM submissions WHERE id = %s"
    before = spark.row(marks, row)
    with spark.as_role("spark_service", app__user_id=world.admin):
        spark.execute("UPDATE submissions SET submitted_at = '2026-01-01T01:00:00Z' WHERE id = %s", row)
        assert spark.row(marks, row) == before
        spark.execute("UPDATE submissions SET score = 6 WHERE id = %s", row)
        assert spark.row(marks, row)[0] == world.admin


def test_a_log_closes_with_its_last_conflict_however_it_goes(spark: Database, world: World) -> None:
    status = "SELECT status::text FROM sync_logs WHERE id = %s"
    log, other = (a_sync_log(spark, world.student, "PENDING", days=1)["id"] for _ in range(2))
    a_conflict(spark, log), a_conflict(spark, log)
    spark.execute("UPDATE sync_conflicts SET resolved_at = now() WHERE ctid = (SELECT min(ctid) FROM sync_conflicts)")
    assert spark.value(status, log) == "CONFLICT"
    spark.execute("UPDATE sync_conflicts SET sync_log_id = %s WHERE resolved_at IS NULL", other)
    assert (spark.value(status, log), spark.value(status, other)) == ("COMPLETED", "CONFLICT")
    spark.execute("DELETE FROM sync_conflicts WHERE resolved_at IS NULL")
    assert spark.value(status, other) == "COMPLETED"
    a_conflict(spark, log)
    spark.execute("TRUNCATE sync_conflicts")
    assert spark.value(status, log) == "COMPLETED"


# Days and zones


@pytest.mark.parametrize("zone", ["+05:30", "IST-5:30", "asia/kolkata", "Nowhere", "IST"])
def test_a_zone_is_a_name_of_the_list(spark: Database, zone: str) -> None:
    a_school(spark, timezone="Europe/Berlin")
    with spark.throws("23514", constraint="schools_timezone_is_known"):
        a_school(spark, timezone=zone)


def test_infinity_is_no_date(spark: Database, world: World) -> None:
    lesson = a_lesson(spark)["id"]
    for when in ("infinity", "-infinity"):
        with spark.throws("23514", constraint="student_progress_dates_are_finite_check"), spark.as_user(world.student):
            a_progress(spark, world.student, lesson, last_accessed=when)
        with spark.throws("23514", constraint="assignments_dates_are_finite_check"):
            an_assignment(spark, world.klass, world.teacher, due_date=when)
    open_ended = spark.rows(
        """SELECT a.attrelid::regclass::text, a.attname
        FROM pg_attribute AS a INNER JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.atttypid IN ('timestamptz'::regtype, 'date'::regtype) AND a.attnum > 0
            AND EXISTS (SELECT 1 FROM unnest('{INSERT,UPDATE}'::text[]) AS p (command)
                WHERE has_column_privilege('authenticated_users', c.oid, a.attnum, p.command))
            AND a.attname <> 'updated_at'
            AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                WHERE k.conrelid = c.oid AND pg_get_constraintdef(k.oid) LIKE '%%isfinite(' || a.attname || ')%%')"""
    )
    assert open_ended == []


def test_the_default_days_of_a_refresh_do_not_depend_on_the_sessions_zone(spark: Database, world: World) -> None:
    days = set()
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        spark.execute(f"SET LOCAL TimeZone = '{zone}'")
        days.add(tuple(d for (d,) in spark.rows("SELECT date FROM refresh_analytics()")))
    assert len(days) == 1


# What is valid work


def test_two_lessons_and_two_questions_change_places_in_one_statement(spark: Database) -> None:
    course, quiz = a_course(spark)["id"], a_quiz(spark)["id"]
    for make, table, home in ((a_lesson, "lessons", course), (a_question, "questions", quiz)):
        for index in (1, 2):
            make(spark, home, order_index=index)
        assert spark.execute(f"UPDATE {table} SET order_index = 3 - order_index").rowcount == 2
        with spark.throws(
            "23505", constraint={"lessons": "idx_lessons_course", "questions": "idx_questions_quiz"}[table]
        ):
            make(spark, home, order_index=2)


def test_a_multiple_choice_question_has_choices(spark: Database) -> None:
    with spark.throws("23514", constraint="questions_options_check"):
        a_question(spark, a_quiz(spark)["id"], type="MULTIPLE_CHOICE")


def test_titles_of_courses_and_what_a_service_adds_can_be_translated(spark: Database) -> None:
    hindi = {"language": "hi", "translated_content": {}}
    course = a_course(spark)["id"]
    spark.insert("content_translations", content_id=course, content_type="course", **hindi)
    with spark.throws("23503", constraint="content_translations_content_type_fkey"):
        spark.insert("content_translations", content_id=course, content_type="movie", **hindi)
    with spark.throws("23503", constraint="content_translations_content_exists"):
        spark.insert("content_translations", content_id=a_lesson(spark)["id"], content_type="course", **hindi)
    with spark.as_role("spark_service"):
        spark.execute("INSERT INTO translatable_types (content_type) VALUES ('movie')")
    spark.insert("content_translations", content_id=course, content_type="movie", **hindi)
    spark.execute("DELETE FROM courses WHERE id = %s", course)
    assert spark.rows("SELECT content_type FROM content_translations") == [("movie",)]


def test_a_library_that_locks_by_updated_at_may_write_it(spark: Database, world: World) -> None:
    with spark.as_user(world.admin):
        assert spark.execute("UPDATE classes SET name = 'x', updated_at = '2000-01-01'").rowcount == 2
        assert spark.value("SELECT bool_and(updated_at = now()) FROM classes") is True


# Counters


RECOUNT = {
    "classes.current_students": """SELECT count(*) FROM classes AS c WHERE c.current_students <> (
        SELECT count(*) FROM enrollments AS e WHERE e.class_id = c.id AND e.status = 'ACTIVE')""",
    "guilds.current_members": """SELECT count(*) FROM guilds AS g WHERE g.current_members <> (
        SELECT count(*) FROM guild_memberships AS m WHERE m.guild_id = g.id)""",
    "quizzes.question_count": """SELECT count(*) FROM quizzes AS z WHERE z.question_count <> (
        SELECT count(*) FROM questions AS q WHERE q.quiz_id = z.id)""",
    "student_progress_keys": """SELECT count(*) FROM student_progress AS p
        FULL JOIN student_progress_keys AS k USING (id, student_id, lesson_id) WHERE p.id IS NULL OR k.id IS NULL""",
    "submission_keys": """SELECT count(*) FROM submissions AS s
        FULL JOIN submission_keys AS k USING (id, student_id, quiz_id, attempt, is_final)
        WHERE s.id IS NULL OR k.id IS NULL""",
}
A, B = "(SELECT id FROM classes ORDER BY id LIMIT 1)", "(SELECT id FROM classes ORDER BY id OFFSET 1 LIMIT 1)"
SHAPES = [
    f"WITH gone AS (DELETE FROM classes WHERE id = {A}) UPDATE enrollments SET class_id = {B} WHERE class_id = {A}",
    f"WITH moved AS (UPDATE enrollments SET class_id = {B} WHERE class_id = {A}) DELETE FROM classes WHERE id = {A}",
    "WITH gone AS (DELETE FROM enrollments RETURNING *) INSERT INTO enrollments SELECT * FROM gone WHERE false",
    "WITH ended AS (UPDATE enrollments SET status = 'DROPPED' RETURNING id) DELETE FROM enrollments AS e USING ended AS d WHERE e.id = d.id",
    f"""MERGE INTO enrollments AS e USING (SELECT id FROM users WHERE role = 'STUDENT') AS u
        ON e.student_id = u.id AND e.class_id = {A} WHEN MATCHED THEN UPDATE SET status = 'COMPLETED'
        WHEN NOT MATCHED THEN INSERT (student_id, class_id) VALUES (u.id, {A})""",
    f"""INSERT INTO enrollments (student_id, class_id) SELECT id, {A} FROM users WHERE role = 'STUDENT'
        ON CONFLICT (student_id, class_id) DO UPDATE SET status = 'ACTIVE'""",
    "TRUNCATE enrollments",
    "WITH gone AS (DELETE FROM guilds) DELETE FROM guild_memberships WHERE role <> 'LEADER'",
    "WITH gone AS (DELETE FROM guild_memberships WHERE role <> 'LEADER') UPDATE guild_memberships SET contribution_xp = 5",
    "TRUNCATE guilds CASCADE",
    "WITH gone AS (DELETE FROM quizzes WHERE id = (SELECT min(id::text)::uuid FROM quizzes)) UPDATE questions SET quiz_id = (SELECT max(id::text)::uuid FROM quizzes)",
    "TRUNCATE questions",
    "WITH gone AS (DELETE FROM users WHERE role = 'STUDENT' AND id NOT IN (SELECT leader_id FROM guilds)) UPDATE student_progress SET last_accessed = last_accessed + interval '1 year'",
    "UPDATE submissions SET submitted_at = submitted_at - interval '1 year', is_final = NOT is_final",
    "TRUNCATE student_progress, submissions",
]


@pytest.fixture
def counted(spark: Database, world: World) -> Database:
    """Two classes with three students, a guild with two members, two quizzes, progress and submissions of two years."""
    for student in (world.student, world.classmate):
        spark.execute("DELETE FROM enrollments WHERE student_id = %s", student)
    other = a_student(spark, world.school)["id"]
    for student, klass in ((world.student, world.klass), (world.classmate, world.klass), (other, world.other_class)):
        an_enrolment(spark, student, klass)
    guild = spark.insert("guilds", name="G", leader_id=world.student, school_id=world.school)["id"]
    a_membership(spark, guild, world.classmate, contribution_xp=7)
    spark.execute("UPDATE users SET role = 'ADMIN' WHERE id = %s", world.stranger)
    for quiz in (a_quiz(spark)["id"], a_quiz(spark)["id"]):
        a_question(spark, quiz), a_question(spark, quiz)
        a_submission(spark, other, quiz, is_final=True, submitted_at="2026-03-01T00:00:00Z")
    for year in (2025, 2026):
        a_progress(spark, other, a_lesson(spark)["id"], last_accessed=f"{year}-03-01T00:00:00Z")
    return spark


@pytest.mark.parametrize("statement", SHAPES, ids=[str(n) for n in range(len(SHAPES))])
def test_counters_are_right_after_a_statement_of_any_shape(counted: Database, statement: str) -> None:
    try:
        with counted.connection.transaction():
            counted.execute(statement)
    except (psycopg.errors.TriggeredDataChangeViolation, psycopg.errors.ForeignKeyViolation):
        pass  # refused by the server as a whole: then, too, nothing may be counted wrongly
    for name, recount in RECOUNT.items():
        assert counted.value(recount) == 0, name


def test_guilds_are_not_left_without_a_leader_by_truncate(counted: Database) -> None:
    with counted.throws("23503", constraint="guild_memberships_leader_stays"):
        counted.execute("TRUNCATE guild_memberships")


def test_an_upload_and_a_conflict_that_begin_again_are_not_decided(spark: Database, world: World) -> None:
    log = a_sync_log(spark, world.student, status="COMPLETED")["id"]
    spark.execute("UPDATE sync_logs SET processed_at = now() WHERE id = %s", log)
    spark.execute("UPDATE sync_logs SET status = 'PENDING' WHERE id = %s", log)
    assert spark.value("SELECT processed_at FROM sync_logs WHERE id = %s", log) is None
    conflict = a_conflict(spark, log)["id"]
    decided = "UPDATE sync_conflicts SET resolved_at = now(), resolution_strategy = 'merge', resolved_data = '{}' WHERE id = %s"
    spark.execute(decided, conflict)
    spark.execute("UPDATE sync_conflicts SET resolved_at = NULL WHERE id = %s", conflict)
    left = "SELECT resolved_by, resolution_strategy, resolved_data FROM sync_conflicts WHERE id = %s"
    assert spark.row(left, conflict) == (None, None, None)
