"""Who may be linked to what, what a delete takes along, and the trail that stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import (
    World,
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


def test_only_staff_of_the_school_teaches(spark: Database, world: World) -> None:
    for teacher in (world.teacher, world.admin):
        a_class(spark, world.school, teacher)
    elsewhere = a_user(spark, "TEACHER", world.other_school)["id"]
    for teacher in (world.student, world.guardian, elsewhere):
        with spark.throws("23514", constraint="classes_teacher_teaches_here"):
            a_class(spark, world.school, teacher)
        with spark.throws("23514", constraint="classes_teacher_teaches_here"):
            spark.execute("UPDATE classes SET teacher_id = %s WHERE id = %s", teacher, world.klass)
    a_class(spark, world.school, a_user(spark, "TEACHER")["id"])


def test_only_students_of_the_school_attend(spark: Database, world: World) -> None:
    for person in (world.teacher, world.guardian, world.stranger):
        with spark.throws("23514", constraint="enrollments_student_attends_here"):
            an_enrolment(spark, person, world.klass)


def test_only_students_of_the_school_lead_and_join_guilds(spark: Database, world: World) -> None:
    for leader in (world.teacher, world.stranger):
        with spark.throws("23514", constraint="guilds_leader_is_student_here"):
            spark.insert("guilds", name="G", leader_id=leader, school_id=world.school)
    guild = spark.insert("guilds", name="G", leader_id=world.student, school_id=world.school)["id"]
    for person in (world.teacher, world.stranger):
        with spark.throws("23514", constraint="guild_memberships_student_is_of_school"):
            spark.insert("guild_memberships", guild_id=guild, student_id=person)
    with spark.throws("23514", constraint="guilds_school_stays"):
        spark.execute("UPDATE guilds SET school_id = %s", world.other_school)
    with spark.throws("23514", constraint="guild_memberships_key_is_final"):
        spark.execute("UPDATE guild_memberships SET student_id = %s", world.classmate)


def test_a_guardian_link_joins_a_guardian_and_a_student(spark: Database, world: World) -> None:
    for guardian, student in (
        (world.teacher, world.student),
        (world.guardian, world.teacher),
        (world.student, world.classmate),
    ):
        with spark.throws("23514", constraint="guardian_links_link_guardian_and_student"):
            spark.insert("guardian_links", guardian_id=guardian, student_id=student)
    with spark.throws("23514"):
        spark.insert("guardian_links", guardian_id=world.student, student_id=world.student, status="APPROVED")


@pytest.mark.parametrize(("who", "role"), [("student", "TEACHER"), ("teacher", "STUDENT"), ("guardian", "TEACHER")])
def test_a_linked_person_keeps_the_role(spark: Database, world: World, who: str, role: str) -> None:
    with spark.throws("23514", constraint="users_linked_role_stays"):
        spark.execute("UPDATE users SET role = %s WHERE id = %s", role, getattr(world, who))
    free = a_user(spark, who.upper(), world.school)["id"]
    assert spark.execute("UPDATE users SET role = %s WHERE id = %s", role, free).rowcount == 1


def test_a_student_changes_school_when_nothing_is_left_behind(spark: Database, world: World) -> None:
    move = "UPDATE users SET school_id = %s WHERE id = %s"
    for who in (world.student, world.teacher):
        with spark.throws("23514", constraint="users_linked_school_stays"):
            spark.execute(move, world.other_school, who)
    spark.execute("UPDATE enrollments SET status = 'COMPLETED' WHERE student_id = %s", world.student)
    assert spark.execute(move, world.other_school, world.student).rowcount == 1


def test_a_class_with_students_stays_in_its_school(spark: Database, world: World) -> None:
    floating = a_user(spark, "TEACHER")["id"]
    spark.execute("UPDATE classes SET teacher_id = %s WHERE id = %s", floating, world.klass)
    with spark.throws("23514", constraint="classes_students_attend_one_school"):
        spark.execute("UPDATE classes SET school_id = %s WHERE id = %s", world.other_school, world.klass)


def test_a_role_cannot_change_while_a_link_is_being_made(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    school = a_school(db_committed)["id"]
    klass, student = a_class(db_committed, school)["id"], a_student(db_committed, school)["id"]
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute("INSERT INTO enrollments (student_id, class_id) VALUES (%s, %s)", student, klass)
        waiting = b.start("UPDATE users SET role = 'TEACHER' WHERE id = %s", student)
        assert waiting.blocked_by(a)
        a.commit()
        with pytest.raises(psycopg.Error) as refused:
            waiting.result()
        assert refused.value.diag.constraint_name == "users_linked_role_stays"


def test_prerequisites_are_other_courses(spark: Database) -> None:
    first = a_course(spark)["id"]
    second = a_course(spark, prerequisites=[str(first)])["id"]
    for wrong in ([str(second)], ["algebra"], ["00000000-0000-0000-0000-000000000000"], [None]):
        with spark.throws("23503", constraint="courses_prerequisites_exist"):
            spark.execute("UPDATE courses SET prerequisites = %s::text[] WHERE id = %s", wrong, second)
    spark.execute("DELETE FROM courses WHERE id = %s", first)
    assert spark.value("SELECT prerequisites FROM courses WHERE id = %s", second) == []


@pytest.mark.parametrize(("kind", "make_one"), [
    ("lesson", lambda db: a_lesson(db)["id"]), ("question", lambda db: a_question(db, a_quiz(db)["id"])["id"]),
    ("badge", lambda db: a_badge(db, {})["id"]),
])  # fmt: skip
def test_a_translation_has_content_and_leaves_with_it(spark: Database, kind: str, make_one: Callable[..., Any]) -> None:
    thing = make_one(spark)
    spark.insert("content_translations", content_id=thing, content_type=kind, language="hi", translated_content={})
    other = {"lesson": "badge", "question": "lesson", "badge": "question"}[kind]
    with spark.throws("23503", constraint="content_translations_content_exists"):
        spark.insert("content_translations", content_id=thing, content_type=other, language="hi", translated_content={})
    spark.execute(f"DELETE FROM {kind}s WHERE id = %s", thing)
    assert spark.sees("content_translations") == 0


def test_late_is_what_the_clock_says(spark: Database, world: World) -> None:
    work = an_assignment(spark, world.klass, world.teacher, due_date="2026-01-10 12:00Z")["id"]
    late = spark.insert(
        "assignment_submissions",
        assignment_id=work,
        student_id=world.student,
        submitted_at="2026-01-10 12:01Z",
        is_late=False,
    )
    assert late["is_late"]
    spark.execute("UPDATE assignments SET due_date = '2026-01-11' WHERE id = %s", work)
    assert spark.value("SELECT is_late FROM assignment_submissions") is False
    spark.execute("UPDATE assignment_submissions SET is_late = true")
    assert spark.value("SELECT is_late FROM assignment_submissions") is False
    with spark.throws("23514", constraint="assignment_submissions_score_check"):
        spark.execute("UPDATE assignment_submissions SET score = 100.5")


def test_late_work_is_refused_where_it_is_not_allowed(spark: Database, world: World) -> None:
    work = an_assignment(
        spark, world.klass, world.teacher, due_date="2026-01-10 12:00Z", late_submission_allowed=False
    )["id"]
    on_time = spark.insert(
        "assignment_submissions", assignment_id=work, student_id=world.student, submitted_at="2026-01-10 12:00Z"
    )
    assert not on_time["is_late"]
    with spark.throws("23514", constraint="assignment_submissions_on_time_check"):
        spark.execute("UPDATE assignment_submissions SET content = 'too late'")
    assert spark.execute("UPDATE assignment_submissions SET score = 70").rowcount == 1


# Deletes


def test_a_deleted_student_takes_own_rows_and_leaves_the_trail(spark: Database, world: World) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    a_submission(spark, world.student, a_quiz(spark)["id"])
    log = spark.insert(
        "sync_logs", user_id=world.student, device_id="d", actions="[]", status="COMPLETED", created_at="2020-01-01"
    )["id"]
    spark.insert(
        "sync_conflicts",
        sync_log_id=log,
        entity_type="lesson_progress",
        entity_id=log,
        client_data={},
        server_data={},
        resolved_at="2020-01-02",
    )
    spark.value("SELECT archive_old_sync_logs()")
    before = spark.sees("audit_logs")
    spark.execute("DELETE FROM users WHERE id = %s", world.student)
    for table in ("student_progress", "submissions", "sync_logs_archive", "sync_conflicts_archive"):
        assert spark.sees(table) == 0, table
    assert spark.value("SELECT count(*) FROM profiles WHERE user_id = %s", world.student) == 0
    assert spark.sees("audit_logs") > before


@pytest.mark.parametrize("who", ["teacher", "leader", "creator", "grader", "school"])
def test_what_others_depend_on_is_not_deleted(spark: Database, world: World, who: str) -> None:
    if who == "leader":
        spark.insert("guilds", name="G", leader_id=world.student, school_id=world.school)
    elif who == "creator":
        a_course(spark, created_by=world.other_admin)
    elif who == "grader":
        a_submission(spark, world.student, a_quiz(spark)["id"], score=1, graded_by=world.other_admin)
    target = {
        "teacher": world.teacher,
        "leader": world.student,
        "creator": world.other_admin,
        "grader": world.other_admin,
        "school": world.school,
    }[who]
    with spark.throws("23503"):
        spark.execute(f"DELETE FROM {'schools' if who == 'school' else 'users'} WHERE id = %s", target)


# The trail


def _events(db: Database, table: str, record: UUID) -> list[tuple[Any, ...]]:
    return db.rows(
        "SELECT action, user_id, old_values, new_values FROM audit_logs WHERE table_name = %s AND record_id = %s ORDER BY ctid",
        table,
        record,
    )


def test_a_change_is_kept_with_before_and_after_and_who(spark: Database, world: World) -> None:
    with spark.as_user(world.admin):
        spark.execute("UPDATE guardian_links SET status = 'APPROVED' WHERE guardian_id = %s", world.pending_guardian)
    link = spark.value("SELECT id FROM guardian_links WHERE guardian_id = %s", world.pending_guardian)
    (made, changed) = _events(spark, "guardian_links", link)
    assert made[0] == "INSERT"
    assert made[2] is None
    assert changed[:2] == ("UPDATE", world.admin)
    assert (changed[2]["status"], changed[3]["status"]) == ("PENDING", "APPROVED")


def test_a_changed_password_is_an_event_without_the_password(spark: Database, world: World) -> None:
    spark.execute("UPDATE users SET password_hash = 'new-secret' WHERE id = %s", world.student)
    events = _events(spark, "users", world.student)
    assert [e[0] for e in events] == ["INSERT", "UPDATE"]
    assert spark.value("SELECT count(*) FROM audit_logs WHERE to_jsonb(audit_logs)::text ~ 'secret|password_hash'") == 0


def test_what_means_nothing_leaves_no_event(spark: Database, world: World) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    before = spark.sees("audit_logs")
    spark.execute("UPDATE users SET last_login_at = now() WHERE id = %s", world.student)
    spark.execute("UPDATE users SET username = username")
    spark.execute("UPDATE student_progress SET progress = 10")
    spark.execute("UPDATE profiles SET last_active = now()")
    an_enrolment(spark, world.student, world.other_class)
    assert spark.sees("audit_logs") == before + 1  # the enrolment, not the class's count


def test_the_trail_names_the_table_and_not_its_partition(spark: Database, world: World) -> None:
    paper = a_submission(spark, world.student, a_quiz(spark)["id"])["id"]
    with spark.as_user(world.teacher):
        spark.execute("UPDATE submissions SET score = 50")
    assert [(e[0], e[1]) for e in _events(spark, "submissions", paper)] == [("INSERT", None), ("UPDATE", world.teacher)]


def test_a_list_leaves_an_event_for_each_row_that_was_made(spark: Database, world: World) -> None:
    newcomers = [a_student(spark, world.school)["id"] for _ in range(2)]
    with spark.as_role("spark_service", app__user_id=str(world.admin), app__ip_address="192.0.2.7"):
        spark.execute(
            """INSERT INTO enrollments (student_id, class_id) SELECT unnest(%s::uuid[]), %s ON CONFLICT DO NOTHING""",
            [world.student, *newcomers],
            world.klass,
        )
    made = spark.rows(
        """SELECT new_values ->> 'student_id', user_id, host(ip_address), old_values, record_id = e.id
        FROM audit_logs AS a JOIN enrollments AS e ON e.student_id::text = a.new_values ->> 'student_id'
        WHERE a.table_name = 'enrollments' AND a.action = 'INSERT' AND a.user_id IS NOT NULL ORDER BY 1"""
    )
    assert made == [(str(student), world.admin, "192.0.2.7", None, True) for student in sorted(newcomers)]


def test_a_submission_that_moves_to_another_year_leaves_a_trail_of_both(spark: Database, world: World) -> None:
    paper = a_submission(spark, world.student, a_quiz(spark)["id"], submitted_at="2025-12-31")["id"]
    spark.execute("UPDATE submissions SET submitted_at = '2026-01-01', score = 50")
    assert [e[0] for e in _events(spark, "submissions", paper)] == ["INSERT", "DELETE", "INSERT"]
    assert _events(spark, "submissions", paper)[-1][3]["score"] == 50


def test_the_trail_knows_the_address_when_told(spark: Database, world: World) -> None:
    with spark.as_role("spark_service", app__ip_address="192.0.2.7", app__user_agent="Spark/2"):
        spark.execute("UPDATE profiles SET xp_points = 10 WHERE user_id = %s", world.student)
    assert spark.rows("SELECT host(ip_address), user_agent FROM audit_logs WHERE ip_address IS NOT NULL") == [
        ("192.0.2.7", "Spark/2")
    ]


def test_an_actor_may_be_deleted_and_the_trail_stays(spark: Database, world: World) -> None:
    actor = a_user(spark, "ADMIN", world.school)["id"]
    with spark.as_role("spark_service", app__user_id=str(actor)):
        spark.execute("UPDATE schools SET name = 'New' WHERE id = %s", world.school)
        spark.execute("DELETE FROM users WHERE id = %s", actor)  # the own account, too
    assert _events(spark, "schools", world.school)[-1][:2] == ("UPDATE", None)
    last = "SELECT record_id, user_id, old_values FROM audit_logs WHERE table_name = 'users' AND action = 'DELETE'"
    key, nobody, image = spark.row(last)
    assert (key == actor, nobody, image) == (False, None, {"person": str(key)})


def test_the_trail_cannot_be_edited_by_its_owner_either(spark: Database, world: World) -> None:
    for statement in (
        "UPDATE audit_logs SET action = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "UPDATE audit_logs SET user_id = NULL, action = 'x'",
    ):
        with spark.throws("42501", match="append-only"):
            spark.execute(statement)


AUDITED = [
    "users",
    "schools",
    "profiles",
    "classes",
    "enrollments",
    "submissions",
    "guardian_links",
    "assignment_submissions",
    "earned_badges",
]


@pytest.mark.parametrize("table", AUDITED)
def test_sensitive_tables_are_audited(spark: Database, table: str) -> None:
    assert spark.value(
        "SELECT count(*) > 0 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgfoid = 'audit_trigger_function'::regproc",
        table,
    )
