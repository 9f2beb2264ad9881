"""Rights end when they end, and a refusal tells nothing. Rulings N1, N3, N4."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Error

from slate_pg.testing.database import Database
from tests.schema.physed.factories import (
    a_class,
    a_criterion_set,
    a_plan,
    a_routine,
    a_student,
    a_teacher,
    a_user,
    an_activity,
    an_analysis,
    an_enrolment,
    everything_about,
    taught_student,
)

MINE = {  # what a person writes as owner of a row
    "user_preferences": "INSERT INTO user_preferences (user_id) VALUES (%s)",
    "user_memories": "INSERT INTO user_memories (user_id, content) VALUES (%s, 'tires quickly')",
    "lessons": "INSERT INTO lessons (user_id, title) VALUES (%s, 'Dribbling')",
    "safety_checks": "INSERT INTO safety_checks (inspector_id) VALUES (%s)",
}
STAFFS = ["classes", "routines", "routine_activities", "environmental_checks", "equipment_checks", "risk_assessments"]
PERSONAL = [*MINE, "memory_interactions", "users", "activity_logs"]
ENDINGS = [
    "UPDATE users SET is_active = false WHERE id = %s",
    "DELETE FROM users WHERE id = %s",
]


# Accounts


@pytest.mark.parametrize("ending", ENDINGS, ids=["deactivated", "deleted"])
def test_a_closed_account_reads_and_writes_as_nobody(physed: Database, ending: str) -> None:
    teacher, student = taught_student(physed)
    everything_about(physed, student)
    with physed.as_user(teacher["id"]):
        for write in MINE.values():
            physed.execute(write, teacher["id"])
        physed.execute("SELECT log_action('lesson.opened')")
        assert physed.value("SELECT current_user_id()") == teacher["id"]
    physed.execute(ending, teacher["id"])
    with physed.as_user(teacher["id"]):
        assert physed.value("SELECT current_user_id()") is None
        assert {t: physed.sees(t) for t in PERSONAL} == dict.fromkeys(PERSONAL, 0)
        assert physed.sees("students") == physed.sees("class_students") == physed.sees("safety_incidents") == 0
        for write in MINE.values():
            physed.check_violation(write, teacher["id"])
        physed.filtered("UPDATE users SET department = 'PE'")
        physed.filtered("UPDATE lessons SET title = 'x'")
        with physed.throws("42501"):
            physed.value("SELECT read_medical_notes(%s)", student["id"])
        physed.execute("SELECT log_action('lesson.opened')")
    named = physed.value("SELECT count(*) FROM activity_logs WHERE user_id = %s", teacher["id"])
    assert named == (1 if "UPDATE" in ending else 0), "the second line is nobody's"


def test_an_account_that_is_opened_again_has_its_rights_again(physed: Database) -> None:
    teacher, _ = taught_student(physed)
    for active in (False, True):
        physed.execute("UPDATE users SET is_active = %s WHERE id = %s", active, teacher["id"])
        with physed.as_user(teacher["id"]):
            assert physed.sees("students") == physed.sees("users") == int(active)


# Classes


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE classes SET status = 'completed' WHERE status = 'active'",
        "UPDATE classes SET teacher_id = NULL",
        "UPDATE class_students SET status = 'withdrawn'",
        "UPDATE class_students SET status = 'completed'",
        "DELETE FROM class_students",
        "DELETE FROM classes",
        "TRUNCATE class_students",
        "TRUNCATE classes CASCADE",
    ],
)
def test_who_has_left_is_out_of_sight_for_reading_and_writing(physed: Database, ending: str) -> None:
    teacher, student = taught_student(physed, medical_notes="asthma")
    everything_about(physed, student)
    physed.execute(ending)
    with physed.as_user(teacher["id"]):
        for table in ("students", "class_students", "skill_assessments", "safety_incidents", "status_changes"):
            assert physed.sees(table) == 0, table
        physed.filtered("UPDATE students SET fitness_level = 'elite'")
        physed.filtered("UPDATE skill_assessments SET overall_score = 1")
        physed.check_violation("INSERT INTO skill_progressions (student_id) VALUES (%s)", student["id"])
        with physed.throws("42501", match="not for you"):
            physed.value("SELECT read_medical_notes(%s)", student["id"])
        for right in ("classes SET status = 'active'", "class_students SET status = 'enrolled'"):
            physed.denied(f"UPDATE {right}")


@pytest.mark.parametrize("ending", ["TRUNCATE students CASCADE", "TRUNCATE class_students"])
def test_an_id_that_is_used_again_shows_the_new_student_to_nobody(physed: Database, ending: str) -> None:
    teacher, student = taught_student(physed)
    physed.execute(ending)
    physed.execute("DELETE FROM students")
    a_student(physed, id=student["id"], medical_notes="asthma")
    with physed.as_user(teacher["id"]):
        assert physed.sees("students") == 0
        with physed.throws("42501", match="not for you"):
            physed.value("SELECT read_medical_notes(%s)", student["id"])


# Doers


def test_the_inspector_is_who_writes_the_check(physed: Database) -> None:
    inspector, other = a_user(physed), a_user(physed)
    with physed.as_user(inspector["id"]):
        assert physed.insert("safety_checks", check_type="floor")["inspector_id"] == inspector["id"]
        physed.check_violation("UPDATE safety_checks SET inspector_id = %s", other["id"])


# Refusals. What is missing is refused as what is hidden, so that sequential ids tell nothing.


def refusal(db: Database, statement: str, *parameters: Any) -> tuple[str | None, str]:
    with pytest.raises(Error) as caught, db.connection.transaction():
        db.execute(statement, *parameters)
    return caught.value.sqlstate, str(caught.value)


def test_what_is_missing_is_refused_as_what_is_hidden(physed: Database) -> None:
    teacher, hidden = taught_student(physed)[0], a_student(physed)
    activity = an_activity(physed)
    criterion = a_criterion_set(physed)
    plan = a_plan(physed, hidden, start_date="2026-03-01", end_date="2026-03-02")
    parents = {
        "INSERT INTO performance_metrics (performance_id) VALUES (%s)": physed.insert(
            "routine_performance", routine_id=a_routine(physed)["id"], student_id=hidden["id"]
        ),
        "INSERT INTO movement_patterns (movement_analysis_id, pattern_type) VALUES (%s, 'jumping')": an_analysis(
            physed, student_id=hidden["id"]
        ),
        f"INSERT INTO assessment_results (assessment_id, criteria_id) VALUES (%s, {criterion['id']})": physed.insert(
            "skill_assessments", student_id=hidden["id"]
        ),
        f"INSERT INTO activity_plan_activities (plan_id, activity_id, scheduled_date) VALUES (%s, {activity['id']}, '2026-05-05')": plan,
        "INSERT INTO skill_progressions (student_id) VALUES (%s)": hidden,
        "SELECT read_medical_notes(%s)": hidden,
    }
    with physed.as_user(teacher["id"]):
        for statement, parent in parents.items():
            state, text = refusal(physed, statement, parent["id"])
            assert state == "42501", statement
            assert (state, text.replace(str(parent["id"]), "N")) == tuple(
                part.replace(str(10**9), "N") for part in refusal(physed, statement, 10**9)
            ), statement
    with physed.as_role("physed_service"):
        for statement in list(parents)[:4]:
            assert refusal(physed, statement, 10**9)[0] == "23503", "the service is told"


def test_people_choose_no_id(physed: Database) -> None:
    teacher, student = taught_student(physed)
    taken = physed.insert("skill_assessments", student_id=a_student(physed)["id"])["id"]
    write = "INSERT INTO skill_assessments (id, student_id) VALUES (%s, %s)"
    with physed.as_user(teacher["id"]):
        mine = physed.insert("skill_assessments", student_id=student["id"])["id"]
        for number in (taken, taken + 10**6):
            physed.denied(write, number, student["id"])
            physed.denied("UPDATE skill_assessments SET id = %s WHERE id = %s", number, mine)
        physed.execute("UPDATE skill_assessments SET overall_score = 50 WHERE id = %s", mine)


def test_a_teacher_of_another_school_year_sees_what_the_new_class_shows(physed: Database) -> None:
    old, student = taught_student(physed)
    new = a_teacher(physed)
    physed.execute("UPDATE classes SET status = 'completed'")
    an_enrolment(physed, a_class(physed, teacher_id=new["id"]), student)
    for teacher, expected in ((old, 0), (new, 1)):
        with physed.as_user(teacher["id"]):
            assert physed.sees("students") == expected


# What all staff reads


@pytest.mark.parametrize("ending", ENDINGS, ids=["deactivated", "deleted"])
def test_what_all_staff_reads_nobody_reads(physed: Database, ending: str) -> None:
    teacher, student = taught_student(physed)
    everything_about(physed, student)
    physed.execute("INSERT INTO equipment_checks (equipment_type) VALUES ('mat')")
    physed.execute("INSERT INTO environmental_checks (class_id) SELECT id FROM classes LIMIT 1")
    activity = an_activity(physed)["id"]
    physed.insert("risk_assessments", activity_id=activity)
    physed.insert("routine_activities", routine_id=a_routine(physed)["id"], activity_id=activity, sequence_order=1)
    there = {t: physed.sees(t) for t in STAFFS}
    assert 0 not in there.values(), there
    with physed.as_user(a_user(physed)["id"]):
        assert {t: physed.sees(t) for t in STAFFS} == there
    physed.execute(ending, teacher["id"])
    with physed.as_user(teacher["id"]):
        assert {t: physed.sees(t) for t in STAFFS} == dict.fromkeys(STAFFS, 0)
    with physed.as_role("physed_people"):
        assert {t: physed.sees(t) for t in STAFFS} == dict.fromkeys(STAFFS, 0)


def test_an_account_stays_its_persons_whatever_columns_people_may_change(physed: Database) -> None:
    """The policy alone holds it: nobody becomes somebody else by a grant too many."""
    teacher = a_teacher(physed)
    physed.execute("GRANT UPDATE ON users TO physed_people")
    with physed.as_user(teacher["id"]), physed.throws("42501", match="row-level security"):
        physed.execute("UPDATE users SET id = gen_random_uuid()")
