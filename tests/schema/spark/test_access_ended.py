"""Rights end when they end, a refusal tells nothing, and whose row it is decides what the back end may write."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_class,
    a_conflict,
    a_lesson,
    a_membership,
    a_progress,
    a_quiz,
    a_submission,
    a_sync_log,
    a_user,
    an_assignment,
    an_enrolment,
)

NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")


def leave(db: Database, world: World, status: str = "COMPLETED") -> None:
    """End the student's enrolment and let him go to the other school."""
    db.execute("UPDATE enrollments SET status = %s::enrollment_status WHERE student_id = %s", status, world.student)
    db.execute("UPDATE users SET school_id = %s WHERE id = %s", world.other_school, world.student)


def crowd(db: Database, world: World) -> None:
    """Give the student a row wherever a person may have one."""
    lesson, quiz = a_lesson(db, is_published=True)["id"], a_quiz(db, is_published=True)["id"]
    a_progress(db, world.student, lesson), a_submission(db, world.student, quiz)
    guild = db.insert("guilds", name="G", leader_id=world.student, school_id=world.school)["id"]
    db.insert("guild_quests", title="Q", description="d", guild_id=guild, target_value=5)
    db.insert("leaderboards", scope="GUILD", scope_id=guild, timeframe="DAILY", rankings="[]")
    db.insert("leaderboards", scope="CLASS", scope_id=world.klass, timeframe="DAILY", rankings="[]")
    db.insert("learning_preferences", student_id=world.student)
    db.insert("ai_interactions", student_id=world.student, interaction_type="hint", ai_response="r")
    db.insert("user_notifications", user_id=world.student, title="t", message="m", type="SYSTEM")
    work = an_assignment(db, world.klass, world.teacher)["id"]
    db.insert("assignment_submissions", assignment_id=work, student_id=world.student, content="mine")
    a_conflict(db, a_sync_log(db, world.student)["id"])


def readable(db: Database) -> list[str]:
    """Return the tables and the functions of nothing or a person's own that show the caller a row."""
    tables = db.rows(
        """SELECT c.relname, (SELECT string_agg(quote_ident(a.attname), ', ')
            FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0
                AND has_column_privilege(current_user, c.oid, a.attnum, 'SELECT'))
        FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace
            AND c.relkind IN ('r', 'p', 'm') AND c.relrowsecurity AND NOT c.relispartition"""
    )
    shown = [
        t for t, columns in tables if columns and db.value(f"SELECT count(*) FROM (SELECT {columns} FROM {t}) AS r")
    ]
    screens = ("my_dashboard()", "my_children_overview()", "my_class_performance()")
    return shown + [f for f in screens if db.value(f"SELECT count(*) FROM {f}")]


PEOPLE = ["student", "teacher", "guardian", "admin"]


@pytest.mark.parametrize("who", PEOPLE)
def test_a_deactivated_account_reads_and_writes_nothing_from_the_next_statement_on(
    spark: Database, world: World, who: str
) -> None:
    crowd(spark, world)
    person = getattr(world, who)
    lesson = a_lesson(spark, is_published=True)["id"]
    with spark.as_user(person):
        assert readable(spark)
    spark.execute("UPDATE users SET is_active = false WHERE id = %s", person)
    with spark.as_user(person):
        assert readable(spark) == []
        for table, change in WRITES.items():
            spark.filtered(f"UPDATE {table} SET {change}")
        spark.check_violation("INSERT INTO student_progress (student_id, lesson_id) VALUES (%s, %s)", person, lesson)
        spark.check_violation("INSERT INTO sync_logs (user_id, device_id, actions) VALUES (%s, 'd', '[]')", person)
        spark.check_violation("INSERT INTO guardian_links (guardian_id, student_id) VALUES (%s, %s)", person, person)
        spark.filtered("DELETE FROM guild_memberships")


WRITES = {
    "student_progress": "progress = 50",
    "profiles": "display_name = 'x'",
    "user_notifications": "is_read = true",
    "learning_preferences": "learning_style = 'auditory'",
    "ai_interactions": "student_feedback = 1",
    "assignment_submissions": "content = 'x'",
    "enrollments": "final_grade = 'F'",
    "classes": "name = 'x'",
    "assignments": "title = 'x'",
    "submissions": "score = 1",
    "guardian_links": "status = 'BLOCKED'",
    "schools": "name = 'x'",
    "users": "preferred_language = 'hi'",
}


@pytest.mark.parametrize("status", ["COMPLETED", "DROPPED", "INACTIVE"])
def test_a_student_who_went_to_another_school_is_out_of_the_teachers_sight_and_reach(
    spark: Database, world: World, status: str
) -> None:
    crowd(spark, world)
    spark.execute("DELETE FROM guild_quests")
    spark.execute("DELETE FROM guilds")
    leave(spark, world, status)
    with spark.as_user(world.teacher):
        spark.filtered("UPDATE enrollments SET status = 'ACTIVE'")
        spark.filtered("UPDATE submissions SET score = 1")
        spark.filtered("UPDATE assignment_submissions SET score = 1")
        for table in ("student_progress", "submissions", "assignment_submissions", "learning_preferences", "profiles"):
            assert spark.sees(table) == 0, table
        assert spark.value("SELECT count(*) FROM users WHERE id = %s", world.student) == 0
        assert spark.sees("enrollments") == 0
    with spark.as_user(world.admin):
        spark.filtered("UPDATE enrollments SET status = 'ACTIVE' WHERE student_id = %s", world.student)
        spark.check_violation(
            "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)", world.student, world.other_class
        )
    with spark.throws("23514", constraint="enrollments_student_attends_here"):
        spark.execute("UPDATE enrollments SET status = 'ACTIVE' WHERE student_id = %s", world.student)


def test_a_teacher_ends_an_enrolment_and_does_not_begin_it_again(spark: Database, world: World) -> None:
    enrolment = spark.value("SELECT id FROM enrollments WHERE student_id = %s", world.student)
    with spark.as_user(world.teacher):
        with spark.throws("22023"):
            spark.value("SELECT end_enrollment(%s, 'ACTIVE')", enrolment)
        assert spark.value("SELECT end_enrollment(%s, 'COMPLETED', 'A')", enrolment) is True
        assert spark.value("SELECT end_enrollment(%s, 'DROPPED')", enrolment) is False
        spark.filtered("UPDATE enrollments SET status = 'ACTIVE'")
    with spark.as_user(world.other_teacher):
        assert spark.value("SELECT end_enrollment(%s, 'DROPPED')", enrolment) is False
    assert spark.row("SELECT status::text, final_grade FROM enrollments WHERE id = %s", enrolment) == ("COMPLETED", "A")


def test_a_teacher_of_an_inactive_class_sees_nobody_of_it(spark: Database, world: World) -> None:
    crowd(spark, world)
    spark.execute("UPDATE classes SET is_active = false WHERE id = %s", world.klass)
    for who in ("teacher", "student"):
        with spark.as_user(getattr(world, who)):
            assert spark.value("SELECT count(*) FROM classes WHERE id = %s", world.klass) == 0
            assert spark.value("SELECT count(*) FROM leaderboards WHERE scope_id = %s", world.klass) == 0
            assert spark.sees("assignments") == 0
    with spark.as_user(world.teacher):
        assert (spark.sees("student_progress"), spark.sees("enrollments")) == (0, 0)
        assert spark.rows("SELECT * FROM class_roster(%s)", world.klass) == []
        assert spark.rows("SELECT * FROM my_class_performance()") == []


def test_a_teacher_who_moved_sees_nobody_of_a_class_that_is_opened_again(spark: Database, world: World) -> None:
    crowd(spark, world)
    spark.execute("UPDATE classes SET is_active = false WHERE id = %s", world.klass)
    spark.execute("UPDATE users SET school_id = %s WHERE id = %s", world.other_school, world.teacher)
    spark.execute("UPDATE classes SET is_active = true WHERE id = %s", world.klass)
    with spark.as_user(world.teacher):
        for table in ("student_progress", "submissions", "enrollments", "classes", "assignment_submissions"):
            assert spark.sees(table) == 0, table
        assert spark.rows("SELECT * FROM class_roster(%s)", world.klass) == []


# The confused deputy


def test_a_conflict_never_writes_or_shows_what_is_not_of_the_logs_user(spark: Database, world: World) -> None:
    theirs = a_progress(spark, world.classmate, a_lesson(spark)["id"], progress=10)
    log = a_sync_log(spark, world.student, days=0)["id"]
    for entity in (theirs["id"], NOBODY):
        with spark.as_user(world.student):
            spark.check_violation(
                """INSERT INTO sync_conflicts (sync_log_id, entity_type, entity_id, client_data, server_data)
                VALUES (%s, 'lesson_progress', %s, '{"progress": 99}', '{}')""",
                log,
                entity,
            )
    with spark.throws("23514", constraint="sync_conflicts_entity_is_of_log_user"):
        a_conflict(spark, log, entity_id=theirs["id"])
    spark.execute("ALTER TABLE sync_conflicts DISABLE TRIGGER USER")
    planted = a_conflict(spark, log, entity_id=theirs["id"], client_data={"progress": 99})["id"]
    spark.execute("ALTER TABLE sync_conflicts ENABLE TRIGGER USER")
    with spark.as_role("spark_service", app__user_id=world.student):
        for_the_log = spark.value("SELECT resolve_sync_conflict(%s, 'client_wins')", planted)
    assert for_the_log == {"progress": 99}
    assert spark.value("SELECT progress FROM student_progress WHERE id = %s", theirs["id"]) == 10


def test_policies_refuse_rows_for_somebody_else_though_no_trigger_does(spark: Database, world: World) -> None:
    """Triggers refuse them first, in the same words; a table whose triggers are off for a load is no open door."""
    report = """INSERT INTO sync_conflicts (sync_log_id, entity_type, entity_id, client_data, server_data)
        VALUES (%s, 'lesson_progress', %s, '{}', '{}')"""
    lesson, quiz = a_lesson(spark)["id"], a_quiz(spark, is_published=True)["id"]
    own, theirs = (a_progress(spark, student, lesson)["id"] for student in (world.student, world.classmate))
    my_log, their_log = (a_sync_log(spark, student, days=0)["id"] for student in (world.student, world.classmate))
    work = an_assignment(spark, world.klass, world.teacher)["id"]
    for table in ("sync_conflicts", "submissions", "assignment_submissions"):
        spark.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    with spark.as_user(world.student):
        assert spark.execute(report, my_log, own).rowcount == 1
        spark.check_violation(report, their_log, own)
        spark.check_violation(report, my_log, theirs)
        spark.check_violation(SUBMIT, world.classmate, quiz)
        assert spark.execute(HAND_IN, work, world.student).rowcount == 1
        spark.check_violation(HAND_IN, work, world.classmate)


def test_who_decided_is_the_caller_and_nobody_else(spark: Database, world: World) -> None:
    mine = a_progress(spark, world.student, a_lesson(spark)["id"])["id"]
    log = a_sync_log(spark, world.student, days=0)["id"]
    columns = """INSERT INTO sync_conflicts (sync_log_id, entity_type, entity_id, client_data, server_data,
        resolved_data, resolved_at{}) VALUES (%s, 'lesson_progress', %s, '{{}}', '{{}}', '{{}}', now(){})"""
    with spark.as_user(world.student):
        spark.denied(columns.format(", resolved_by", f", '{world.admin}'"), log, mine)
        spark.execute(columns.format("", ""), log, mine)
    with spark.as_role("spark_service", app__user_id=world.student):
        spark.execute(columns.format(", resolved_by", f", '{world.admin}'"), log, mine)
    assert spark.rows("SELECT DISTINCT resolved_by FROM sync_conflicts") == [(world.student,)]
    with spark.as_role("spark_service", app__user_id=world.admin):
        spark.execute("UPDATE guardian_links SET status = 'APPROVED', approved_by = %s", world.other_admin)
        spark.insert("courses", title="C", subject="S", grade=8, difficulty="EASY", created_by=world.teacher)
    assert spark.value("SELECT approved_by FROM guardian_links WHERE guardian_id = %s", world.pending_guardian) == (
        world.admin
    )
    assert spark.value("SELECT created_by FROM courses WHERE title = 'C'") == world.admin
    with spark.as_role("spark_service", app__user_id=world.admin):
        text = {"content_type": "lesson", "language": "hi", "translated_content": {}, "reviewed_by": world.teacher}
        spark.insert("content_translations", content_id=a_lesson(spark)["id"], **text)
        assert spark.value("SELECT reviewed_by FROM content_translations") == world.admin
    with spark.as_role("spark_service", app__user_id=world.other_admin):
        spark.execute("UPDATE content_translations SET translation_quality = 1")
        assert spark.value("SELECT reviewed_by FROM content_translations") == world.admin
        spark.execute("UPDATE content_translations SET reviewed_at = now()")
        assert spark.value("SELECT reviewed_by FROM content_translations") == world.other_admin
    with spark.as_user(world.teacher):
        work = an_assignment(spark, world.klass, world.other_teacher)
    assert work["created_by"] == world.teacher


SIGNED = {  # table: column that says who did it
    "submissions": "graded_by",
    "assignment_submissions": "graded_by",
    "sync_conflicts": "resolved_by",
    "guardian_links": "approved_by",
    "courses": "created_by",
    "assignments": "created_by",
    "content_translations": "reviewed_by",
}


@pytest.mark.parametrize(("table", "column"), SIGNED.items(), ids=SIGNED)
def test_nobody_signs_in_anothers_name_by_writing_the_signature_alone(
    spark: Database, world: World, table: str, column: str
) -> None:
    crowd(spark, world)
    spark.execute("UPDATE submissions SET score = 1")
    spark.execute("UPDATE assignment_submissions SET score = 1")
    spark.execute("UPDATE sync_conflicts SET resolved_at = now(), resolved_data = '{}'")
    spark.execute("UPDATE guardian_links SET status = 'APPROVED'")
    spark.insert("courses", title="C", subject="S", grade=8, difficulty="EASY", created_by=world.teacher)
    text = {"content_type": "lesson", "language": "hi", "translated_content": {}, "reviewed_at": "2026-01-01"}
    spark.insert("content_translations", content_id=a_lesson(spark)["id"], **text)
    assert spark.sees(table) > 0
    with spark.as_role("spark_service", app__user_id=world.admin):
        try:
            spark.execute(f"UPDATE {table} SET {column} = %s", world.teacher)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
            return
    before = world.teacher if table in ("courses", "assignments") else world.admin
    assert {who for (who,) in spark.rows(f"SELECT DISTINCT {column} FROM {table}")} <= {before, world.admin, None}


def test_a_teacher_grades_and_does_not_rewrite_a_students_work(spark: Database, world: World) -> None:
    crowd(spark, world)
    with spark.as_user(world.teacher):
        assert spark.execute("UPDATE assignment_submissions SET score = 5, feedback = 'good'").rowcount == 1
        for change in ("content = 'x'", "file_urls = '{a}'", "content = NULL, score = 6"):
            with spark.throws("42501", constraint="assignment_submissions_written_by_student"):
                spark.execute(f"UPDATE assignment_submissions SET {change}")
    with (
        spark.throws("42501", constraint="assignment_submissions_written_by_student"),
        spark.as_role("spark_service", app__user_id=world.teacher),
    ):
        spark.execute("UPDATE assignment_submissions SET content = 'x'")


# What refusals tell


def refusal(db: Database, who: Any, statement: str, *parameters: Any) -> tuple[Any, ...]:
    """Return what the refusal of a person's statement says: state, message, detail, constraint."""
    try:
        with db.connection.transaction(), db.as_user(who):
            db.execute(statement, *parameters)
    except psycopg.Error as error:
        hidden = [str(p) for p in parameters]
        message = str(error.diag.message_primary)
        for value in hidden:
            message = message.replace(value, "…")
        return error.sqlstate, message, error.diag.message_detail, error.diag.constraint_name
    raise AssertionError(f"refused was expected: {statement}")


SUBMIT = "INSERT INTO submissions (student_id, quiz_id, answers, time_spent, is_final) VALUES (%s, %s, '{}', 1, true)"
HAND_IN = "INSERT INTO assignment_submissions (assignment_id, student_id, content) VALUES (%s, %s, 'x')"
JOIN = "INSERT INTO guild_memberships (guild_id, student_id) VALUES (%s, %s)"
LINK = "INSERT INTO guardian_links (guardian_id, student_id) VALUES (%s, %s)"
ENROL = "INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)"
OPEN = "INSERT INTO classes (name, subject, grade, teacher_id, school_id) VALUES ('9B', 'Science', 9, %s, %s)"


def test_a_final_result_of_another_student_is_refused_as_if_there_were_none(spark: Database, world: World) -> None:
    taken, free = (a_quiz(spark, is_published=True, max_attempts=1)["id"] for _ in range(2))
    draft = a_quiz(spark)["id"]
    a_submission(spark, world.classmate, taken, is_final=True)
    told = {refusal(spark, world.student, SUBMIT, world.classmate, quiz) for quiz in (taken, free, draft, NOBODY)}
    told |= {refusal(spark, world.student, SUBMIT, world.student, quiz) for quiz in (draft, NOBODY)}
    assert {t[0] for t in told} == {"42501"}
    assert len(told) == 1


def test_what_is_hidden_is_refused_as_what_is_missing(spark: Database, world: World) -> None:
    draft = an_assignment(spark, world.klass, world.teacher, is_published=False)["id"]
    late = an_assignment(
        spark, world.other_class, world.other_teacher, due_date="2020-01-01", late_submission_allowed=False
    )["id"]
    told = {refusal(spark, world.student, HAND_IN, work, world.student) for work in (draft, late, NOBODY)}
    told.add(refusal(spark, world.student, HAND_IN, late, world.classmate))
    assert len(told) == 1, told

    there = spark.insert("guilds", name="There", leader_id=world.stranger, school_id=world.other_school)["id"]
    here = spark.insert("guilds", name="Here", leader_id=world.classmate, school_id=world.school)["id"]
    told = {refusal(spark, world.student, JOIN, guild, world.student) for guild in (there, NOBODY)}
    told |= {refusal(spark, world.student, JOIN, here, who) for who in (world.classmate, world.teacher, NOBODY)}
    assert len(told) == 1, told

    told = {refusal(spark, world.guardian, LINK, world.guardian, who) for who in (world.teacher, world.admin, NOBODY)}
    assert len(told) == 1, told
    assert {t[0] for t in told} == {"23503"}
    told = {
        refusal(spark, world.guardian, LINK, world.pending_guardian, who)
        for who in (world.student, world.teacher, NOBODY)
    }
    assert len(told) == 1, told

    elsewhere = a_user(spark, "TEACHER", world.other_school)["id"]
    told = {refusal(spark, world.admin, ENROL, who, world.klass) for who in (world.stranger, elsewhere, NOBODY)}
    told.add(refusal(spark, world.admin, ENROL, world.classmate, a_class(spark, world.other_school)["id"]))
    assert len(told) == 1, told
    told = {refusal(spark, world.admin, OPEN, who, world.school) for who in (elsewhere, world.stranger, NOBODY)}
    assert len(told) == 1, told


def test_nobody_asks_for_the_school_day_of_another(spark: Database, world: World) -> None:
    with spark.as_user(world.student):
        spark.denied("SELECT school_day(%s)", world.stranger)


def test_a_teacher_sees_work_of_own_students_only(spark: Database, world: World) -> None:
    work = an_assignment(spark, world.klass, world.teacher)["id"]
    for student in (world.student, world.classmate):
        if student == world.classmate:
            an_enrolment(spark, student, world.klass)
        spark.insert("assignment_submissions", assignment_id=work, student_id=student, content="c")
    spark.execute("UPDATE enrollments SET status = 'DROPPED' WHERE student_id = %s", world.classmate)
    with spark.as_user(world.teacher):
        assert spark.rows("SELECT student_id FROM assignment_submissions") == [(world.student,)]
    with spark.as_user(world.classmate):
        assert spark.sees("assignment_submissions") == 1
        spark.filtered("UPDATE assignment_submissions SET content = 'after'")


def test_a_member_of_a_guild_joins_and_leaves_while_the_account_lives(spark: Database, world: World) -> None:
    guild = spark.insert("guilds", name="G", leader_id=world.classmate, school_id=world.school)["id"]
    a_membership(spark, guild, world.student)
    spark.execute("UPDATE users SET is_active = false WHERE id = %s", world.student)
    with spark.as_user(world.student):
        spark.filtered("DELETE FROM guild_memberships")
        assert (spark.sees("guild_memberships"), spark.sees("guilds")) == (0, 0)


def test_a_forwarded_list_of_addresses_stops_no_audited_write(spark: Database, world: World) -> None:
    for header, kept in (("203.0.113.7, 10.0.0.1", "203.0.113.7/32"), ("unknown", None), ("", None)):
        with spark.as_role("spark_service", app__ip_address=header):
            spark.execute("UPDATE users SET email_verified = NOT email_verified WHERE id = %s", world.student)
        seen = spark.value("SELECT ip_address::text FROM audit_logs ORDER BY created_at DESC, ctid DESC LIMIT 1")
        assert seen == kept, header


def test_the_admin_of_a_former_school_reads_no_enrolment_of_who_moved(spark: Database, world: World) -> None:
    seen = "SELECT count(*) FROM enrollments WHERE student_id = %s"
    with spark.as_user(world.admin):
        assert spark.value(seen, world.student) > 0
    leave(spark, world)
    with spark.as_user(world.admin):
        assert spark.value(seen, world.student) == 0
        spark.filtered("UPDATE enrollments SET status = 'ACTIVE' WHERE student_id = %s", world.student)
