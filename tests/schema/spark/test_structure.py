"""Ranges and lists: each CHECK of the document and each rule it states only in a comment, from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    a_badge,
    a_class,
    a_course,
    a_lesson,
    a_progress,
    a_question,
    a_quiz,
    a_school,
    a_student,
    a_submission,
    a_user,
    an_assignment,
    an_enrolment,
)


def _rows(db: Database) -> dict[str, Any]:
    """One row of each table, by table, as (key column, id)."""
    school = a_school(db)["id"]
    teacher, student = a_user(db, "TEACHER", school)["id"], a_student(db, school)["id"]
    klass, course = a_class(db, school, teacher)["id"], a_course(db)["id"]
    an_enrolment(db, student, klass)
    lesson = a_lesson(db, course)["id"]
    quiz = a_quiz(db, lesson_id=lesson)["id"]
    assignment = an_assignment(db, klass, teacher)["id"]
    log = db.insert("sync_logs", user_id=student, device_id="d", actions="[]")["id"]
    guild = db.insert("guilds", name="G", leader_id=student, school_id=school)["id"]
    badge = a_badge(db, {"level": 99})["id"]
    guardian = a_user(db, "GUARDIAN")["id"]
    return {
        "schools": school,
        "users": student,
        "profiles": db.value("SELECT id FROM profiles WHERE user_id = %s", student),
        "classes": klass,
        "courses": course,
        "lessons": lesson,
        "quizzes": quiz,
        "questions": a_question(db, quiz)["id"],
        "student_progress": a_progress(db, student, lesson)["id"],
        "submissions": a_submission(db, student, quiz)["id"],
        "badges": badge,
        "earned_badges": db.insert("earned_badges", user_id=student, badge_id=badge)["id"],
        "achievements": db.insert("achievements", student_id=student, type="SPECIAL_EVENT", title="t")["id"],
        "leaderboards": db.insert("leaderboards", scope="SCHOOL", scope_id=school, timeframe="DAILY", rankings="[]")[
            "id"
        ],
        "guardian_links": db.insert("guardian_links", guardian_id=guardian, student_id=student)["id"],
        "assignments": assignment,
        "assignment_submissions": db.insert("assignment_submissions", assignment_id=assignment, student_id=student)[
            "id"
        ],
        "sync_logs": log,
        "sync_conflicts": db.insert(
            "sync_conflicts",
            sync_log_id=log,
            entity_type="lesson_progress",
            entity_id=lesson,
            client_data={},
            server_data={},
        )["id"],
        "content_translations": db.insert(
            "content_translations", content_id=lesson, content_type="lesson", language="hi", translated_content={}
        )["id"],
        "guilds": guild,
        "guild_memberships": db.value("SELECT id FROM guild_memberships WHERE guild_id = %s", guild),
        "guild_quests": db.insert("guild_quests", title="t", description="d", guild_id=guild, target_value=5)["id"],
        "ai_interactions": db.insert("ai_interactions", student_id=student, interaction_type="hint", ai_response="r")[
            "id"
        ],
        "learning_preferences": db.insert("learning_preferences", student_id=student)["id"],
        "learning_analytics": db.insert("learning_analytics", student_id=student, date="2020-01-01")["id"],
        "class_analytics": db.insert("class_analytics", class_id=klass, date="2020-01-01")["id"],
    }


# table.column: values that are accepted | values that are refused
RULES: dict[str, tuple[list[Any], list[Any]]] = {
    "schools.settings": (["{}", '{"a": 1}'], ["[]", "null", '"x"']),
    "profiles.grade": ([6, 12, None], [5, 13]),
    "profiles.xp_points": ([0, 2000000000], [-1, 2000000001]),
    "profiles.crystals": ([0, 9], [-1]),
    "profiles.sparks": ([0, 9], [-1]),
    "profiles.streak": ([0, 9], [-1]),
    "profiles.total_time_spent": ([0], [-1]),
    "classes.grade": ([6, 12], [5, 13]),
    "classes.max_students": ([1, 500], [0, -1]),
    "classes.academic_year": (["2024-25", "2024-2025", None], ["24-25", "next year"]),
    "courses.grade": ([6, 12], [5, 13]),
    "courses.estimated_hours": ([0, 10], [-1]),
    "lessons.difficulty_level": ([1, 5], [0, 6]),
    "lessons.duration": ([0, 45], [-1]),
    "lessons.content": (["{}", "[]"], ['"x"', "null", "1"]),
    "quizzes.max_attempts": ([1, 3], [0]),
    "quizzes.passing_score": ([0, 100], [-1, 101]),
    "quizzes.time_limit": ([1, None], [0, -5]),
    "quizzes.question_count": ([0], [-1]),
    "questions.points": ([1], [0]),
    "questions.difficulty": ([1, 5], [0, 6]),
    "questions.correct_answer": (['"B"', "false", '["A"]'], ["null"]),
    "student_progress.progress": ([0, 100, 99.99], [-0.01, 100.01, "NaN"]),
    "student_progress.time_spent": ([0], [-1]),
    "student_progress.attempts": ([0], [-1]),
    "submissions.score": ([0, 100, None], [-0.01, 250, "NaN"]),
    "submissions.max_score": ([0], [-1]),
    "submissions.time_spent": ([0], [-1]),
    "submissions.answers": (["{}", "[]"], ["null", '"x"']),
    "badges.criteria": (["{}", '{"level": 2}'], ["[]", "null"]),
    "badges.xp_reward": ([0], [-1]),
    "badges.crystal_reward": ([0], [-1]),
    "badges.spark_reward": ([0], [-1]),
    "achievements.xp_awarded": ([0], [-1]),
    "achievements.crystals_awarded": ([0], [-1]),
    "achievements.sparks_awarded": ([0], [-1]),
    "leaderboards.rankings": (["[]"], ["null", "1"]),
    "leaderboards.scope_id": ([], [None]),
    "guardian_links.relationship": (["parent", "guardian", "sibling"], ["aunt", "PARENT"]),
    "assignments.max_score": ([1], [0]),
    "assignments.late_penalty": ([0, 100], [-1, 250, "NaN"]),
    "assignments.max_file_size": ([1], [0]),
    "assignment_submissions.score": ([0, 100, None], [-1, 101, "NaN"]),
    "sync_logs.actions": (["[]"], ["{}", "null"]),
    "sync_logs.processed_actions": ([0], [-1]),
    "sync_logs.failed_actions": ([0], [-1]),
    "sync_conflicts.entity_type": (["lesson_progress", "quiz_submission"], ["student_progress", ""]),
    "sync_conflicts.resolution_strategy": (["client_wins", "server_wins", "merge", None], ["coin_toss"]),
    "sync_conflicts.client_data": (["{}"], ["[]", "null"]),
    "sync_conflicts.server_data": (["{}"], ["[]"]),
    "sync_conflicts.resolved_data": (["{}", None], ["[]"]),
    "content_translations.language": (["hi", "en-IN"], ["HI", "h", "hi_IN"]),
    "content_translations.translation_quality": ([0, 1, 0.5, None], [-0.01, 1.01, 9.99]),
    "guilds.max_members": ([1], [0]),
    "guilds.total_xp": ([0], [-1]),
    "guild_memberships.contribution_xp": ([0], [-1]),
    "guild_quests.target_value": ([1], [0]),
    "guild_quests.current_value": ([0], [-1]),
    "guild_quests.reward_xp": ([0], [-1]),
    "ai_interactions.interaction_type": (["hint", "encouragement", "challenge"], ["joke"]),
    "ai_interactions.student_feedback": ([1, 5, None], [0, 6]),
    "learning_preferences.learning_style": (["visual", "auditory", "kinesthetic"], ["telepathic"]),
    "learning_preferences.difficulty_preference": ([0, 1], [-0.1, 1.1]),
    "learning_preferences.session_length_preference": ([1], [0]),
    "learning_preferences.ai_personality": (["encouraging", "challenging", "neutral"], ["grumpy"]),
    "learning_analytics.peak_performance_hour": ([0, 23, None], [-1, 24]),
    "learning_analytics.average_score": ([0, 100, None], [-1, 101]),
    "learning_analytics.total_time_spent": ([0], [-1]),
    "learning_analytics.lessons_completed": ([0], [-1]),
    "learning_analytics.quizzes_taken": ([0], [-1]),
    "class_analytics.active_students": ([0], [-1]),
    "class_analytics.average_engagement": ([0, 100], [-1, 101]),
    "class_analytics.average_score": ([0, 100], [-1, 101]),
    "class_analytics.completion_rate": ([0, 100], [-1, 101]),
    "class_analytics.total_time_spent": ([0], [-1]),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_value_inside_the_range_is_kept_and_one_outside_refused(spark: Database, rule: str) -> None:
    table, column = rule.split(".")
    row = _rows(spark)[table]
    good, bad = RULES[rule]
    for value in good:
        done = spark.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, row)
        assert done.rowcount == 1, value
    name = f"{table}_{column}_check"
    for value in bad:
        with spark.throws("23514", constraint=name):
            spark.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, row)


def test_a_default_means_never_null(spark: Database) -> None:
    nullable = spark.rows(
        """SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND a.atthasdef AND NOT a.attnotnull AND a.attnum > 0
            AND c.relkind IN ('r', 'p') AND NOT starts_with(c.relname, '_slate_')"""
    )
    assert nullable == []


def test_no_column_is_a_timestamp_without_zone(spark: Database) -> None:
    assert (
        spark.rows(
            """SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type = 'timestamp without time zone'
            AND table_name !~ 'yoyo'"""
        )
        == []
    )


def test_choices_of_multiple_choice_are_a_list(spark: Database) -> None:
    quiz = a_quiz(spark)["id"]
    a_question(spark, quiz, type="MULTIPLE_CHOICE", options='["A", "B"]')
    with spark.throws("23514", constraint="questions_options_check"):
        a_question(spark, quiz, type="MULTIPLE_CHOICE", options='{"a": "A"}')
    a_question(spark, quiz, type="MATCHING", options='{"a": "A"}')


def test_a_language_code_longer_than_five_is_refused(spark: Database) -> None:
    lesson = a_lesson(spark)["id"]
    with spark.throws("22001"):
        spark.insert(
            "content_translations", content_id=lesson, content_type="lesson", language="zh-Hans", translated_content={}
        )


def test_a_school_has_a_time_zone_the_server_knows(spark: Database) -> None:
    assert a_school(spark, timezone="Asia/Kolkata")["id"]
    with spark.throws("23514", constraint="schools_timezone_is_known"):
        a_school(spark, timezone="Asia/Atlantis")


def test_one_mailbox_is_one_account(spark: Database) -> None:
    a_user(spark, "TEACHER", email="st1@x.org")
    with spark.throws("23505", constraint="users_lower_email_key"):
        a_user(spark, "TEACHER", email="ST1@x.org")
    with spark.throws("23505", constraint="idx_users_email"):
        a_user(spark, "TEACHER", email="st1@x.org")


def test_one_global_board_of_each_timeframe(spark: Database) -> None:
    spark.insert("leaderboards", scope="GLOBAL", timeframe="DAILY", rankings="[]")
    with spark.throws("23505", constraint="idx_leaderboards_scope"):
        spark.insert("leaderboards", scope="GLOBAL", timeframe="DAILY", rankings="[]")
    with spark.throws("23514", constraint="leaderboards_scope_id_check"):
        spark.insert("leaderboards", scope="GLOBAL", scope_id=a_school(spark)["id"], timeframe="WEEKLY", rankings="[]")


UNIQUE = {
    "enrollments": "idx_enrollments_student",
    "earned_badges": "idx_earned_badges_user",
    "guardian_links": "idx_guardian_links_guardian",
    "assignment_submissions": "idx_assignment_submissions_assignment",
    "content_translations": "idx_translations_content",
    "learning_preferences": "learning_preferences_student_id_key",
    "learning_analytics": "learning_analytics_student_id_date_key",
    "class_analytics": "class_analytics_class_id_date_key",
    "guild_memberships": "guild_memberships_guild_id_student_id_key",
    "lessons": "idx_lessons_course",
    "questions": "idx_questions_quiz",
    "profiles": "idx_profiles_user_id",
    "badges": "badges_name_key",
    "guilds": "guilds_name_key",
    "users": "idx_users_username",
}


@pytest.mark.parametrize("table", UNIQUE)
def test_the_documented_unique_keys_hold_under_the_documented_name(spark: Database, table: str) -> None:
    row = _rows(spark).get(table)
    columns = [
        c
        for (c,) in spark.rows(
            """SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
            AND attname NOT IN ('id', 'email', 'progress_data')""",
            table,
        )
    ]
    listed = ", ".join(columns)
    extra = (", email", ", 'other@example.org'") if table == "users" else ("", "")
    if table == "guild_memberships":  # the leader's own row is taken as the copy's original
        row = spark.value("SELECT id FROM guild_memberships LIMIT 1")
    if table == "enrollments":
        row = spark.value("SELECT id FROM enrollments LIMIT 1")
    with spark.throws("23505", constraint=UNIQUE[table]):
        spark.execute(
            f"INSERT INTO {table} ({listed}{extra[0]}) SELECT {listed}{extra[1]} FROM {table} WHERE id = %s", row
        )


def test_updated_at_follows_every_change(spark: Database) -> None:
    rows = _rows(spark)
    tables = spark.rows(
        """SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'updated_at'"""
    )
    assert len(tables) == 9
    for (table,) in tables:
        spark.execute(f"UPDATE {table} SET updated_at = '2000-01-01' WHERE id = %s", rows[table])
        assert spark.value(f"SELECT updated_at = now() FROM {table} WHERE id = %s", rows[table]), table
