"""Who sees and writes what: each audience, allowed and refused side by side."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.spark.factories import (
    World,
    a_badge,
    a_class,
    a_lesson,
    a_progress,
    a_quiz,
    a_student,
    a_submission,
    an_enrolment,
)

# Tables with a row for each of: the student, a classmate of another class, a student of another school.
OWN = {
    "student_progress": lambda db, s, w: a_progress(db, s, a_lesson(db)["id"]),
    "submissions": lambda db, s, w: a_submission(db, s, a_quiz(db)["id"]),
    "profiles": lambda db, s, w: None,
    "earned_badges": lambda db, s, w: db.insert("earned_badges", user_id=s, badge_id=a_badge(db, {})["id"]),
    "achievements": lambda db, s, w: db.insert("achievements", student_id=s, type="SPECIAL_EVENT", title="t"),
    "learning_analytics": lambda db, s, w: db.insert("learning_analytics", student_id=s, date="2020-01-01"),
    "learning_preferences": lambda db, s, w: db.insert("learning_preferences", student_id=s),
    "ai_interactions": lambda db, s, w: db.insert(
        "ai_interactions", student_id=s, interaction_type="hint", ai_response="r"
    ),
    "user_notifications": lambda db, s, w: db.insert(
        "user_notifications", user_id=s, title="t", message="m", type="SYSTEM"
    ),
    "sync_logs": lambda db, s, w: db.insert("sync_logs", user_id=s, device_id="d", actions="[]"),
    "sync_conflicts": lambda db, s, w: db.insert(
        "sync_conflicts",
        sync_log_id=db.insert("sync_logs", user_id=s, device_id="d", actions="[]")["id"],
        entity_type="lesson_progress",
        entity_id=s,
        client_data={},
        server_data={},
    ),
}
# How many rows each audience sees: teacher of the student, approved guardian, pending guardian, admin, other school's admin.
WIDE = {"teacher": 1, "guardian": 1, "pending_guardian": 0, "admin": 2, "other_admin": 1}
STAFF = WIDE | {"guardian": 0}
PRIVATE = {"teacher": 0, "guardian": 0, "pending_guardian": 0, "admin": 0, "other_admin": 0}
AUDIENCES = {
    **dict.fromkeys(
        ["student_progress", "submissions", "profiles", "earned_badges", "achievements", "learning_analytics"], WIDE
    ),
    "learning_preferences": PRIVATE | {"teacher": 1},
    **dict.fromkeys(["ai_interactions", "user_notifications", "sync_logs", "sync_conflicts"], PRIVATE),
}


@pytest.mark.parametrize("table", OWN)
def test_each_audience_sees_its_own_students_and_nobody_elses(spark: Database, world: World, table: str) -> None:
    for student in (world.student, world.classmate, world.stranger):
        OWN[table](spark, student, world)
    spark.execute("DELETE FROM user_notifications WHERE type <> 'SYSTEM'")
    for student in (world.student, world.classmate, world.stranger):
        with spark.as_user(student):
            assert spark.sees(table) == 1
    for audience, count in AUDIENCES[table].items():
        with spark.as_user(getattr(world, audience)):
            assert spark.sees(table) == count, audience
    with spark.as_role("spark_people"):
        assert spark.sees(table) == 0
    for role in ("spark_service", "spark_reader"):
        with spark.as_role(role):
            assert spark.value(f"SELECT count(id) FROM {table}") == 3


def test_a_malformed_identity_is_an_error_and_never_everybody(spark: Database, world: World) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    with spark.throws("22P02"), spark.as_user("not-a-uuid"):
        spark.sees("student_progress")
    with spark.as_user(""):
        assert spark.sees("student_progress") == 0


def test_people_see_accounts_they_have_to_do_with_and_never_a_password(spark: Database, world: World) -> None:
    seen = {"student": 1, "teacher": 2, "guardian": 2, "pending_guardian": 1, "admin": 5, "other_admin": 2}
    for who, count in seen.items():
        with spark.as_user(getattr(world, who)):
            assert spark.value("SELECT count(id) FROM users") == count, who
            spark.denied("SELECT password_hash FROM users")
    with spark.as_role("spark_reader"):
        spark.denied("SELECT password_hash FROM users")
        assert spark.value("SELECT count(id) FROM users") > 5


def test_a_dropped_student_is_no_longer_the_teachers_to_look_at(spark: Database, world: World) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    for status, count in (("DROPPED", 0), ("INACTIVE", 0), ("COMPLETED", 0), ("ACTIVE", 1)):
        spark.execute("UPDATE enrollments SET status = %s WHERE student_id = %s", status, world.student)
        with spark.as_user(world.teacher):
            assert spark.sees("student_progress") == count


@pytest.mark.parametrize(("status", "count"), [("PENDING", 0), ("APPROVED", 1), ("REJECTED", 0), ("BLOCKED", 0)])
def test_a_guardian_without_approval_sees_no_child(spark: Database, world: World, status: str, count: int) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    spark.execute("UPDATE guardian_links SET status = %s WHERE guardian_id = %s", status, world.guardian)
    with spark.as_user(world.guardian):
        assert (spark.sees("student_progress"), spark.sees("classes"), spark.sees("profiles")) == (count, count, count)


def test_a_deactivated_teacher_or_guardian_sees_nobody(spark: Database, world: World) -> None:
    a_progress(spark, world.student, a_lesson(spark)["id"])
    spark.execute(
        "UPDATE users SET is_active = false WHERE id IN (%s, %s, %s)", world.teacher, world.guardian, world.admin
    )
    for who in (world.teacher, world.guardian, world.admin):
        with spark.as_user(who):
            assert spark.sees("student_progress") == 0


@pytest.mark.parametrize("table", ["student_progress", "submissions"])
def test_a_partition_is_no_way_around_its_parents_policies(spark: Database, world: World, table: str) -> None:
    OWN[table](spark, world.student, world)
    leaves = [
        leaf
        for (leaf,) in spark.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", table
        )
    ]
    assert len(leaves) == 8
    for leaf in leaves:
        spark.execute(f"GRANT SELECT ON {leaf} TO authenticated_users")
        with spark.as_user(world.student):
            assert spark.value(f"SELECT count(*) FROM {leaf}") == 0
        spark.execute(f"REVOKE SELECT ON {leaf} FROM authenticated_users")
        with spark.as_user(world.student):
            spark.denied(f"SELECT count(*) FROM {leaf}")


def test_the_materialized_view_is_read_through_its_function_only(spark: Database, world: World) -> None:
    a_class(spark, world.other_school)
    spark.execute("REFRESH MATERIALIZED VIEW class_performance_summary")
    seen = {"teacher": 1, "other_teacher": 1, "admin": 2, "other_admin": 1, "student": 0, "guardian": 0}
    for who, count in seen.items():
        with spark.as_user(getattr(world, who)):
            spark.denied("SELECT count(*) FROM class_performance_summary")
            assert spark.value("SELECT count(*) FROM my_class_performance()") == count, who
    with spark.as_role("spark_reader"):
        assert spark.sees("class_performance_summary") == 3


CLASS_ROWS = {
    "student": 1,
    "classmate": 1,
    "teacher": 1,
    "guardian": 1,
    "pending_guardian": 0,
    "admin": 2,
    "other_admin": 0,
}


def test_a_class_is_seen_by_those_who_are_in_it(spark: Database, world: World) -> None:
    for who, count in CLASS_ROWS.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("classes") == count, who
            assert spark.sees("enrollments") == count, who


def test_class_figures_are_for_staff(spark: Database, world: World) -> None:
    for klass in (world.klass, world.other_class):
        spark.insert("class_analytics", class_id=klass, date="2020-01-01")
    for who, count in {"student": 0, "guardian": 0, "teacher": 1, "admin": 2, "other_admin": 0}.items():
        with spark.as_user(getattr(world, who)):
            assert spark.sees("class_analytics") == count, who


def test_people_see_their_own_school_and_only_its_admin_changes_it(spark: Database, world: World) -> None:
    for who in ("student", "teacher", "admin"):
        with spark.as_user(getattr(world, who)):
            assert spark.rows("SELECT id FROM schools") == [(world.school,)]
    with spark.as_user(world.teacher):
        spark.filtered("UPDATE schools SET name = 'Mine'")
    with spark.as_user(world.admin):
        assert spark.execute("UPDATE schools SET name = 'Ours'").rowcount == 1
        spark.denied("UPDATE schools SET is_active = false")


# The back end and the reports


def test_the_service_does_everything_but_rewrite_the_trail(spark: Database, world: World) -> None:
    with spark.as_role("spark_service"):
        student = a_student(spark, world.school)["id"]
        an_enrolment(spark, student, world.klass)
        a_progress(spark, student, a_lesson(spark)["id"])
        a_submission(spark, student, a_quiz(spark)["id"], score=50)
        spark.rows("SELECT * FROM award_badges(%s)", student)
        spark.rows("SELECT * FROM rebuild_leaderboards()")
        spark.execute("DELETE FROM users WHERE id = %s", student)
        spark.insert("audit_logs", action="EXPORT")
        spark.denied("DELETE FROM audit_logs")
        spark.denied("UPDATE audit_logs SET action = 'x'")
        spark.denied("DELETE FROM student_progress_keys")


def test_reports_read_without_secrets_and_write_nothing(spark: Database, world: World) -> None:
    with spark.as_role("spark_reader"):
        for column, table in (
            ("password_hash", "users"),
            ("notes", "guardian_links"),
            ("old_values", "audit_logs"),
            ("correct_answer", "questions"),
        ):
            spark.denied(f"SELECT {column} FROM {table}")
        spark.denied("UPDATE profiles SET xp_points = 1")
        spark.denied("DELETE FROM student_progress")
        assert spark.value("SELECT count(id) FROM audit_logs") > 0


def test_nobody_but_the_products_roles_has_a_grant(spark: Database) -> None:
    grantees = spark.rows(
        """SELECT DISTINCT a.grantee::regrole::text FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = current_schema()::regnamespace AND a.grantee <> c.relowner"""
    )
    assert {g for (g,) in grantees} <= {
        "authenticated_users", "slate_services", "slate_readers", "spark_people", "spark_service", "spark_reader",
    }  # fmt: skip


def test_the_policy_reads_own_rows_by_index(spark: Database, world: World) -> None:
    for who in ("student", "teacher", "guardian", "admin"):
        with spark.as_user(getattr(world, who)):
            plan = spark.plan("SELECT * FROM student_progress WHERE student_id = %s", world.student, prefer_index=True)
            assert not plan.seq_scans, plan.text
