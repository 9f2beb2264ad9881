"""Row security, both sides: who sees and who does not. Rules R76 in part; rulings P1, X4 to X8."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import (
    a_class,
    a_student,
    a_teacher,
    a_user,
    an_activity,
    an_enrolment,
    everything_about,
    taught_student,
)

Taught = tuple[dict[str, Any], dict[str, Any]]  # a teacher, a student
Classes = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]  # teachers, classes, students
OWN = ["user_preferences", "user_memories", "memory_interactions", "lessons"]
OF_STUDENTS = [
    "skill_assessments", "assessment_results", "assessment_history", "skill_progress", "skill_progressions",
    "routine_performance", "performance_metrics", "activity_plans", "activity_plan_activities", "activity_adaptations",
    "adaptation_history", "movement_analysis", "movement_patterns", "student_activity_performances",
    "student_activity_preferences", "pe_activity_preferences", "adaptation_activity_preferences", "status_changes",
]  # fmt: skip
NARROW = ["safety_incidents"]


def own_rows(db: Database, user: dict[str, Any]) -> dict[str, Any]:
    mine = {"user_id": user["id"]}
    db.insert("user_preferences", **mine)
    memory = db.insert("user_memories", **mine, content="tires quickly")
    db.insert("memory_interactions", **mine, memory_id=memory["id"])
    db.insert("lessons", **mine, title="Dribbling")
    return memory


# Own rows


@pytest.mark.parametrize("table", OWN)
def test_a_user_sees_own_rows_and_nobody_elses(physed: Database, table: str) -> None:
    one, other = a_user(physed), a_user(physed)
    own_rows(physed, one)
    with physed.as_user(one["id"]):
        assert physed.sees(table) == 1
    with physed.as_user(other["id"]):
        assert physed.sees(table) == 0
        physed.filtered(f"UPDATE {table} SET created_at = created_at")
        physed.filtered(f"DELETE FROM {table}")


def test_who_is_nobody_sees_nothing(physed: Database) -> None:
    own_rows(physed, a_user(physed))
    everything_about(physed, a_student(physed))
    with physed.as_role("physed_people"):
        private = [
            *OWN,
            *OF_STUDENTS,
            *NARROW,
            "users",
            "students",
            "class_students",
            "activity_logs",
            "safety_checks",
        ]
        assert {table: physed.sees(table) for table in private} == dict.fromkeys(private, 0)


def test_a_malformed_identity_is_an_error_and_never_everybody(physed: Database) -> None:
    a_user(physed)
    with physed.throws("22P02", match="app.user_id"), physed.as_user("robert'); --"):
        physed.sees("users")


def test_nobody_can_write_in_anothers_name(physed: Database) -> None:
    one, other = a_user(physed), a_user(physed)
    memory = own_rows(physed, one)
    with physed.as_user(other["id"]):
        physed.check_violation("INSERT INTO lessons (user_id, title) VALUES (%s, 'x')", one["id"])
        physed.check_violation(
            "INSERT INTO memory_interactions (user_id, memory_id) VALUES (%s, %s)", other["id"], memory["id"]
        )
    with physed.as_user(one["id"]):
        physed.check_violation("UPDATE lessons SET user_id = %s", other["id"])
        assert physed.execute("UPDATE lessons SET title = 'y'").rowcount == 1


def test_a_user_edits_the_own_account_but_not_the_own_rights(physed: Database) -> None:
    one, other = a_user(physed), a_user(physed)
    with physed.as_user(one["id"]):
        assert physed.sees("users") == 1
        assert physed.execute("UPDATE users SET department = 'PE'").rowcount == 1
        physed.filtered("UPDATE users SET department = 'PE' WHERE id = %s", other["id"])
        for right in ("is_teacher = true", "is_active = true", "email = 'x@y.example'", "password_hash = 'x'"):
            physed.denied(f"UPDATE users SET {right}")
        physed.denied("SELECT password_hash FROM users")
        physed.denied("INSERT INTO users (email) VALUES ('x@y.example')")
        physed.denied("DELETE FROM users")


# Students


@pytest.fixture
def taught(physed: Database) -> Taught:
    teacher, student = taught_student(physed)
    everything_about(physed, student)
    return teacher, student


def test_a_teacher_sees_the_own_students_records_and_others_do_not(physed: Database, taught: Taught) -> None:
    everything_about(physed, a_student(physed))
    teacher, student = taught
    stranger, _ = taught_student(physed)
    for table in OF_STUDENTS:
        with physed.as_user(teacher["id"]):
            assert physed.rows(f"SELECT DISTINCT student_id FROM {table}") == [(student["id"],)], table
        with physed.as_user(stranger["id"]):
            assert physed.value(f"SELECT count(*) FROM {table} WHERE student_id = %s", student["id"]) == 0, table


@pytest.mark.parametrize("lost", ["is_teacher = false", "is_active = false"])
def test_who_is_no_active_teacher_sees_no_student(physed: Database, taught: Taught, lost: str) -> None:
    physed.execute(f"UPDATE users SET {lost} WHERE id = %s", taught[0]["id"])
    with physed.as_user(taught[0]["id"]):
        assert all(physed.sees(table) == 0 for table in [*OF_STUDENTS, *NARROW, "students", "class_students"])


def test_a_teacher_of_another_class_does_not_see_the_student(physed: Database, taught: Taught) -> None:
    with physed.as_user(taught_student(physed)[0]["id"]):
        assert physed.value("SELECT count(*) FROM students WHERE id = %s", taught[1]["id"]) == 0


def test_who_has_left_the_class_is_no_longer_seen(physed: Database, taught: Taught) -> None:
    physed.execute("UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s", taught[1]["id"])
    with physed.as_user(taught[0]["id"]):
        assert physed.sees("students") == 0
        assert physed.sees("class_students") == 0


def test_who_waits_is_seen_but_not_the_incidents(physed: Database) -> None:
    teacher = a_teacher(physed)
    class_ = a_class(physed, teacher_id=teacher["id"], status="active")
    student = a_student(physed)
    everything_about(physed, student)
    an_enrolment(physed, class_, student, status="waitlisted")
    with physed.as_user(teacher["id"]):
        assert physed.sees("students") == 1
        assert physed.sees("safety_incidents") == 0


def test_incidents_are_for_who_teaches_the_student_now(physed: Database, taught: Taught) -> None:
    with physed.as_user(taught[0]["id"]):
        assert physed.sees("safety_incidents") == 2
    physed.execute("UPDATE classes SET status = 'completed' WHERE teacher_id = %s", taught[0]["id"])
    with physed.as_user(taught[0]["id"]):
        assert physed.sees("safety_incidents") == 0
        assert physed.sees("skill_assessments") == physed.sees("students") == physed.sees("class_students") == 0


def test_a_teacher_reports_incidents_of_own_students_and_changes_none(physed: Database, taught: Taught) -> None:
    other, activity = a_student(physed), an_activity(physed)
    report = """INSERT INTO safety_incidents (student_id, activity_id, date, incident_type, severity, description, action_taken)
    VALUES (%s, %s, '2026-01-05', 'fall', 'low', 'fell', 'ice')"""
    with physed.as_user(taught[0]["id"]):
        physed.execute(report, taught[1]["id"], activity["id"])
        physed.check_violation(report, other["id"], activity["id"])
        physed.denied("UPDATE safety_incidents SET severity = 'none'")
        physed.denied("DELETE FROM safety_incidents")


def test_a_teacher_records_for_own_students_only(physed: Database, taught: Taught) -> None:
    other, activity = a_student(physed), an_activity(physed)
    record = "INSERT INTO student_activity_performances (student_id, activity_id, performance_date, score) VALUES (%s, %s, '2020-01-01', 0.5)"
    with physed.as_user(taught[0]["id"]):
        physed.execute(record, taught[1]["id"], activity["id"])
        physed.check_violation(record, other["id"], activity["id"])
        physed.check_violation("UPDATE skill_progress SET student_id = %s", other["id"])
        physed.denied("DELETE FROM skill_progress")


def test_a_child_row_cannot_be_smuggled_below_a_hidden_parent(physed: Database, taught: Taught) -> None:
    """The lookup of the parent's student runs as definer; the policy still decides."""
    hidden = everything_about(physed, a_student(physed)) and physed.value("SELECT max(id) FROM skill_assessments")
    criterion = physed.value("SELECT max(id) FROM assessment_criteria")
    performance = physed.value("SELECT max(id) FROM routine_performance")
    with physed.as_user(taught[0]["id"]):
        physed.check_violation(
            "INSERT INTO assessment_results (assessment_id, criteria_id) VALUES (%s, %s)", hidden, criterion
        )
        physed.check_violation("INSERT INTO performance_metrics (performance_id) VALUES (%s)", performance)


def test_a_teacher_writes_a_whole_chain(physed: Database, taught: Taught) -> None:
    teacher, student = taught
    with physed.as_user(teacher["id"]):
        activity = physed.value("SELECT min(id) FROM activities")
        assessment = physed.insert(
            "skill_assessments", student_id=student["id"], activity_id=activity, overall_score=80
        )
        physed.insert("assessment_results", assessment_id=assessment["id"], score=1,
                      criteria_id=physed.value("SELECT min(id) FROM assessment_criteria"))  # fmt: skip
        assert (
            physed.execute("UPDATE skill_assessments SET status = 'completed' WHERE id = %s", assessment["id"]).rowcount
            == 1
        )
        analysis = physed.insert("movement_analysis", student_id=student["id"])
        physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="running")
    author = physed.value(
        "SELECT DISTINCT user_id FROM audit_log WHERE table_name = 'skill_assessments' AND row_id = %s",
        str(assessment["id"]),
    )
    assert author == teacher["id"]


# Safety checks


def test_an_inspector_keeps_own_checks_and_a_teacher_reads_those_of_the_own_class(physed: Database) -> None:
    inspector, teacher = a_user(physed), a_teacher(physed)
    class_ = a_class(physed, teacher_id=teacher["id"])
    with physed.as_user(inspector["id"]):
        check = physed.insert("safety_checks", class_id=class_["id"], inspector_id=inspector["id"])
        physed.check_violation("INSERT INTO safety_checks (inspector_id) VALUES (%s)", teacher["id"])
        assert physed.execute("UPDATE safety_checks SET completed_at = now()").rowcount == 1
    with physed.as_user(teacher["id"]):
        assert physed.rows("SELECT id FROM safety_checks") == [(check["id"],)]
        physed.filtered("UPDATE safety_checks SET status = 'passed'")
    with physed.as_user(a_teacher(physed)["id"]):
        assert physed.sees("safety_checks") == 0


# Roles


def test_a_leaf_shows_nothing_to_who_asks_it_directly(physed: Database) -> None:
    leaves = physed.rows(
        """SELECT c.relname::text, c.relrowsecurity, has_table_privilege('authenticated_users', c.oid, 'SELECT')
            OR has_table_privilege('physed_service', c.oid, 'SELECT')
        FROM pg_class AS c WHERE c.relispartition AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"""
    )
    assert len(leaves) >= 20
    assert [leaf for leaf in leaves if leaf[1:] != (True, False)] == []


def test_the_service_sees_and_keeps_everything_but_the_trails(physed: Database) -> None:
    everything_about(physed, a_student(physed))
    with physed.as_role("physed_service"):
        assert all(physed.sees(table) for table in [*OF_STUDENTS, *NARROW, "audit_log"])
        for trail in ("audit_log", "status_changes", "assessment_history"):
            physed.denied(f"UPDATE {trail} SET created_at = now()")
            physed.denied(f"DELETE FROM {trail}")
        for counter in ("classes SET enrolled_count", "routines SET activity_count"):
            physed.denied(f"UPDATE {counter} = 0")
        physed.execute("DELETE FROM students")
        assert physed.sees("skill_assessments") == 0


def test_the_service_loads_many_rows_by_arrays_where_it_cannot_copy(physed: Database) -> None:
    load = "INSERT INTO students (first_name, last_name) SELECT * FROM unnest(%s::text[], %s::text[])"
    with physed.as_role("physed_service"):
        with physed.throws("0A000"):
            physed.execute("COPY students (first_name, last_name) FROM STDIN")
        assert physed.execute(load, ["Ava", "Ben"], ["Lindqvist", "Berg"]).rowcount == 2


def test_the_service_runs_every_enrolment_function(physed: Database) -> None:
    class_, student = a_class(physed), a_student(physed)
    with physed.as_role("physed_service"):
        assert physed.value("SELECT enroll_student(%s, %s)", class_["id"], student["id"]) == "enrolled"
        assert physed.value("SELECT promote_from_waitlist(%s)", class_["id"]) == []
        assert physed.rows("SELECT * FROM refresh_reports()")


@pytest.mark.parametrize(
    "secret",
    [
        "users (password_hash)", "students (medical_notes)", "students (medical_notes_cipher)", "user_memories (content)",
        "memory_interactions (feedback)", "activity_logs (context)", "audit_log (old_values)",
        "safety_incidents (description)", "medical_keys (file_path)",
    ],
)  # fmt: skip
def test_a_reader_reads_no_secret(physed: Database, secret: str) -> None:
    table, column = secret.rstrip(")").split(" (")
    with physed.as_role("physed_reader"):
        physed.denied(f"SELECT {column} FROM {table}")
        if table != "medical_keys":
            physed.execute(f"SELECT id FROM {table}")


def test_a_reader_writes_nothing(physed: Database) -> None:
    with physed.as_role("physed_reader"):
        for table in ("students", "classes", "activities", "safety_incidents"):
            physed.denied(f"DELETE FROM {table}")


def test_people_do_not_enrol_students_or_read_reports_of_others(physed: Database) -> None:
    teacher, _ = taught_student(physed)
    taught_student(physed)
    physed.execute("REFRESH MATERIALIZED VIEW student_report")
    physed.execute("REFRESH MATERIALIZED VIEW class_report")
    with physed.as_user(teacher["id"]):
        physed.denied("SELECT enroll_student(1, 1)")
        physed.denied("SELECT * FROM class_report")
        physed.denied("SELECT * FROM student_report")
        assert len(physed.rows("SELECT * FROM my_class_reports()")) == 1
        assert len(physed.rows("SELECT * FROM my_student_reports()")) == 1
    with physed.as_user(a_user(physed)["id"]):
        assert physed.rows("SELECT * FROM my_class_reports()") == []


def test_a_policy_reaches_its_index(physed: Database) -> None:
    teacher, _student = taught_student(physed)
    with physed.as_user(teacher["id"]):
        plan = physed.plan("SELECT * FROM skill_progress WHERE activity_id = 1", prefer_index=True)
        assert plan.indexes & {"skill_progress_student_id_activity_id_idx", "skill_progress_activity_id_idx"}
        assert not plan.seq_scans & {"skill_progress"}


# Scopes. class_scopes says whom a teacher sees: it must be what the enrolments say, whatever happens to them.


TRUTH = """SELECT c.id, CASE WHEN c.status <> 'completed' THEN c.teacher_id END,
    ARRAY(SELECT e.student_id FROM class_students AS e
        WHERE e.class_id = c.id AND e.status IN ('enrolled', 'waitlisted') ORDER BY 1),
    ARRAY(SELECT e.student_id FROM class_students AS e
        WHERE e.class_id = c.id AND e.status = 'enrolled' ORDER BY 1)
FROM classes AS c ORDER BY c.id"""
KEPT = "SELECT class_id, teacher_id, student_ids, enrolled_student_ids FROM class_scopes ORDER BY class_id"
OF_USERS = """SELECT u.id,
    ARRAY(SELECT c.id FROM classes AS c
        WHERE c.teacher_id = u.id AND u.is_teacher AND u.is_active AND c.status <> 'completed' ORDER BY 1),
    ARRAY(SELECT DISTINCT e.student_id FROM class_students AS e INNER JOIN classes AS c ON c.id = e.class_id
        WHERE c.teacher_id = u.id AND u.is_teacher AND u.is_active AND e.status IN ('enrolled', 'waitlisted')
            AND c.status <> 'completed' ORDER BY 1),
    ARRAY(SELECT DISTINCT e.student_id FROM class_students AS e INNER JOIN classes AS c ON c.id = e.class_id
        WHERE c.teacher_id = u.id AND u.is_teacher AND u.is_active AND e.status = 'enrolled'
            AND c.status <> 'completed' ORDER BY 1)
FROM users AS u ORDER BY u.id"""


def seen(db: Database) -> list[Any]:
    """What policies read, asked as each user; in any order and once each, as a mark leaves it unsorted."""
    found = []
    for (user,) in db.rows("SELECT id FROM users ORDER BY id"):
        with db.as_user(user):
            lists = db.row("SELECT my_class_ids(), my_student_ids(), my_enrolled_student_ids()")
        found.append((user, *(sorted(set(one or [])) for one in lists)))
    return found


@pytest.fixture
def full(physed: Database) -> Classes:
    """Two teachers, three classes of two places, six students: two in, one waiting, one in two classes."""
    teachers = [a_teacher(physed), a_teacher(physed)]
    classes = [a_class(physed, teacher_id=t["id"], status="active", capacity=2) for t in [*teachers, teachers[0]]]
    students = [a_student(physed) for _ in range(6)]
    for n, student in enumerate(students):
        physed.value("SELECT enroll_student(%s, %s)", classes[n // 3]["id"], student["id"])
    physed.value("SELECT enroll_student(%s, %s)", classes[2]["id"], students[0]["id"])
    return teachers, classes, students


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE class_students SET status = 'withdrawn' WHERE student_id = (SELECT min(id) FROM students)",
        "UPDATE class_students SET status = 'completed'",
        "UPDATE class_students SET class_id = (SELECT max(id) FROM classes) WHERE student_id = (SELECT max(id) FROM students)",
        "UPDATE class_students SET enrollment_date = '2020-01-01'",
        "DELETE FROM class_students WHERE status = 'enrolled'",
        "DELETE FROM students WHERE id IN (SELECT student_id FROM class_students WHERE status = 'enrolled')",
        "UPDATE students SET id = id + 1000",
        "UPDATE classes SET id = id + 1000",
        "UPDATE classes SET status = 'completed' WHERE id = (SELECT min(id) FROM classes)",
        "UPDATE classes SET teacher_id = NULL WHERE id = (SELECT max(id) FROM classes)",
        "UPDATE classes SET teacher_id = (SELECT teacher_id FROM classes ORDER BY id LIMIT 1)",
        "UPDATE classes SET capacity = 3",
        "DELETE FROM classes WHERE id = (SELECT min(id) FROM classes)",
        "UPDATE users SET id = gen_random_uuid() WHERE is_teacher",
        "DELETE FROM users WHERE is_teacher",
        "INSERT INTO classes (name, grade_level, teacher_id) SELECT 'new', '6', id FROM users WHERE is_teacher",
        "INSERT INTO class_students (class_id, student_id, status) SELECT c.id, s.id, 'waitlisted' FROM classes AS c, students AS s ON CONFLICT DO NOTHING",
        "UPDATE users SET is_active = false",
        "UPDATE users SET is_teacher = NOT is_teacher",
        "DELETE FROM classes",
    ],
)
def test_what_a_teacher_sees_follows_every_change(physed: Database, full: Classes, change: str) -> None:
    before = physed.rows(TRUTH)
    assert physed.rows(KEPT) == before
    assert seen(physed) == physed.rows(OF_USERS)
    assert physed.execute(change).rowcount > 0
    assert physed.rows(KEPT) == physed.rows(TRUTH)
    assert seen(physed) == physed.rows(OF_USERS)
    assert physed.value("SELECT merge_scopes()") == 0
    merged = "SELECT teacher_id, class_ids, student_ids, enrolled_student_ids FROM teacher_scopes ORDER BY teacher_id"
    assert physed.rows(merged) == physed.rows(OF_USERS)
    counted = "SELECT c.enrolled_count, count(e.student_id) FILTER (WHERE e.status = 'enrolled') FROM classes AS c LEFT JOIN class_students AS e ON e.class_id = c.id GROUP BY c.id"
    assert all(kept == true for kept, true in physed.rows(counted))


def test_a_teacher_comes_back_with_the_same_students(physed: Database, full: Classes) -> None:
    before = seen(physed)
    physed.execute("UPDATE users SET is_active = false")
    assert {tuple(map(tuple, lists)) for _user, *lists in seen(physed)} == {((), (), ())}
    physed.execute("UPDATE users SET is_active = true")
    assert seen(physed) == before


def test_a_marked_list_is_not_believed_until_it_is_merged(physed: Database, full: Classes) -> None:
    truth = physed.rows(OF_USERS)
    everybody = (
        "UPDATE teacher_scopes SET student_ids = ARRAY(SELECT id FROM students), class_ids = '{1}' WHERE mark = 0"
    )
    physed.execute(everybody)
    assert seen(physed) != truth
    physed.execute("INSERT INTO teacher_scopes (teacher_id) SELECT id FROM users CROSS JOIN generate_series(1, 2)")
    assert seen(physed) == truth
    assert physed.value("SELECT merge_scopes()") == 0
    assert physed.value("SELECT count(*) FROM teacher_scopes") == len(truth)
    assert seen(physed) == truth


def test_who_is_nobody_has_no_scope(physed: Database, full: Classes) -> None:
    with physed.as_role("physed_people"):
        assert physed.row("SELECT my_class_ids(), my_student_ids(), my_enrolled_student_ids()") == ([], [], [])


@pytest.mark.parametrize("table", ["class_scopes", "teacher_scopes"])
def test_people_do_not_read_the_scopes_themselves(physed: Database, full: Classes, table: str) -> None:
    for role in ("physed_people", "physed_reader"):
        with physed.as_role(role):
            physed.denied(f"SELECT * FROM {table}")
    with physed.as_role("physed_service"):
        physed.denied(f"DELETE FROM {table}")
