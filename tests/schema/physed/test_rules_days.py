"""Days are the school's, whoever asks from where, and infinity is no day. Ruling N8."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import a_class, a_student, a_teacher, an_activity, an_enrolment, taught_student

ZONES = ["Pacific/Kiritimati", "Etc/GMT+12"]  # between them it is never one day


def test_a_day_by_default_is_the_same_in_every_zone(physed: Database) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    class_ = a_class(physed, capacity=1)
    days = set()
    for zone in ZONES:
        physed.execute("SELECT set_config('timezone', %s, true)", zone)
        physed.execute("DELETE FROM student_activity_performances")
        days |= {
            an_enrolment(physed, class_)["enrollment_date"],
            physed.insert("skill_assessments", **on)["assessment_date"],
            physed.insert("student_activity_performances", **on)["performance_date"],
            physed.insert("risk_assessments", activity_id=on["activity_id"])["assessment_date"],
            physed.insert("environmental_checks", class_id=class_["id"])["check_date"],
        }
        waiting = an_enrolment(physed, class_, status="waitlisted", enrollment_date="2020-01-01")["student_id"]
        physed.execute("DELETE FROM class_students WHERE status = 'enrolled'")
        promoted = "SELECT enrollment_date FROM class_students WHERE student_id = %s AND status = 'enrolled'"
        days.add(physed.value(promoted, waiting))
        physed.execute("DELETE FROM class_students")
    assert days == {physed.value("SELECT (now() AT TIME ZONE 'UTC')::date")}


def test_no_function_and_no_default_asks_the_session_for_its_day(physed: Database) -> None:
    asked = physed.rows(
        "SELECT adrelid::regclass::text FROM pg_attrdef WHERE pg_get_expr(adbin, adrelid) ~* 'current_date|localtime' "
        "UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace "
        "AND prosrc ~* '\\m(current_date|localtimestamp|localtime)\\M'"
    )
    assert asked == []


def test_every_day_and_moment_is_finite(physed: Database) -> None:
    bare = physed.rows(
        """SELECT c.relname::text, a.attname::text FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0
            AND c.relname <> '_slate_ledger'
            AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype)
            AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
                    AND pg_get_constraintdef(k.oid) LIKE '%isfinite%')"""
    )
    assert bare == []


@pytest.mark.parametrize("day", ["infinity", "-infinity"])
def test_a_person_cannot_write_a_day_that_is_none(physed: Database, day: str) -> None:
    teacher, student = taught_student(physed)
    with physed.as_user(teacher["id"]):
        for column in ("assessment_date", "created_at"):
            with physed.throws("23514", constraint=f"skill_assessments_{column}_finite_check"):
                physed.execute(
                    f"INSERT INTO skill_assessments (student_id, {column}) VALUES (%s, %s)", student["id"], day
                )
    with physed.throws("23514"):
        a_student(physed, date_of_birth=day)
    with physed.throws("23514", constraint="users_last_login_finite_check"):
        a_teacher(physed, last_login=day)
