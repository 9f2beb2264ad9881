"""What goes with what, and what is remembered: rules R20, R69 to R77, R94."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import (
    a_class,
    a_plan,
    a_student,
    a_user,
    an_activity,
    an_enrolment,
    everything_about,
    rows_about,
    taught_student,
)

# Cascades


def test_r20_deleting_a_student_leaves_nothing_behind_in_one_statement(physed: Database) -> None:
    student = a_student(physed, first_name="Zuleika", last_name="Quartermain", email="zuleika@school.example")
    before = everything_about(physed, student)
    assert min(before.values()) >= 1, f"a row in every child table: {before}"
    assert (before["safety_incidents"], before["performance_metrics"]) == (2, 2), "two months each"
    assert physed.execute("DELETE FROM students WHERE id = %s", student["id"]).rowcount == 1
    assert set(rows_about(physed, student["id"]).values()) == {0}

    trail = physed.value("SELECT string_agg(old_values::text || coalesce(new_values::text, ''), '') FROM audit_log")
    assert "Zuleika" not in trail
    assert "quartermain" not in trail.lower()
    assert "zuleika@" not in trail


def test_r20_other_students_keep_everything(physed: Database) -> None:
    one, other = a_student(physed), a_student(physed)
    everything_about(physed, one)
    before = everything_about(physed, other)
    physed.execute("DELETE FROM students WHERE id = %s", one["id"])
    assert rows_about(physed, other["id"]) == before


def test_r70_a_criterion_takes_its_children_along(physed: Database) -> None:
    top = physed.insert("assessment_criteria", name="technique")
    middle = physed.insert("assessment_criteria", name="form", parent_id=top["id"])
    physed.insert("assessment_criteria", name="knees", parent_id=middle["id"])
    physed.check_deferred()
    physed.execute("DELETE FROM assessment_criteria WHERE id = %s", top["id"])
    physed.check_deferred()
    assert physed.sees("assessment_criteria") == 0


def test_r71_a_user_takes_everything_personal_along(physed: Database) -> None:
    user = a_user(physed)
    mine = {"user_id": user["id"]}
    memory = physed.insert("user_memories", **mine)
    physed.insert("memory_interactions", **mine, memory_id=memory["id"])
    physed.insert("user_preferences", **mine)
    physed.insert("lessons", **mine, title="Dribbling")
    physed.execute("DELETE FROM users WHERE id = %s", user["id"])
    for table in ("user_memories", "memory_interactions", "user_preferences", "lessons"):
        assert physed.sees(table) == 0


def test_r71_a_class_takes_its_enrolments_routines_and_checks_along(physed: Database) -> None:
    class_ = a_class(physed)
    an_enrolment(physed, class_)
    for table in ("routines", "safety_checks", "environmental_checks"):
        physed.insert(table, class_id=class_["id"])
    physed.execute("DELETE FROM classes")
    for table in ("class_students", "routines", "safety_checks", "environmental_checks"):
        assert physed.sees(table) == 0


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("classes", "teacher_id", "users"), ("safety_checks", "inspector_id", "users"),
        ("equipment_checks", "inspector_id", "users"), ("risk_assessments", "assessor_id", "users"),
        ("activity_logs", "user_id", "users"), ("audit_log", "user_id", "users"), ("status_changes", "user_id", "users"),
        ("activity_plans", "class_id", "classes"), ("lessons", "subject_category_id", "subject_categories"),
        ("lessons", "assistant_profile_id", "assistant_profiles"),
        ("user_memories", "assistant_profile_id", "assistant_profiles"),
    ],
)  # fmt: skip
def test_r72_an_optional_relation_is_cleared_when_its_target_goes(
    physed: Database, table: str, column: str, target: str
) -> None:
    owner = a_user(physed)
    fill = {
        "classes": {"name": "6a", "grade_level": "6"}, "safety_checks": {}, "equipment_checks": {},
        "risk_assessments": {"activity_id": an_activity(physed)["id"]}, "activity_logs": {"action": "x.y"},
        "audit_log": {"table_name": "x", "operation": "INSERT", "row_id": "1"},
        "status_changes": {"table_name": "x", "row_id": "1"}, "lessons": {"title": "x", "user_id": owner["id"]},
        "user_memories": {"user_id": owner["id"]},
    }  # fmt: skip
    ways = {
        "users": lambda: a_user(physed)["id"], "classes": lambda: a_class(physed)["id"],
        "subject_categories": lambda: physed.insert("subject_categories", name="Games")["id"],
        "assistant_profiles": lambda: physed.insert("assistant_profiles", name="Coach")["id"],
    }  # fmt: skip
    gone = ways[target]()
    row = (
        a_plan(physed, class_id=gone)
        if table == "activity_plans"
        else physed.insert(table, **fill[table] | {column: gone})
    )
    physed.execute(f"DELETE FROM {target} WHERE id = %s", gone)
    assert physed.rows(f"SELECT {column} FROM {table} WHERE id = %s", row["id"]) == [(None,)]


def test_r73_a_new_key_reaches_every_reference(physed: Database) -> None:
    student = a_student(physed)
    before = everything_about(physed, student)
    counted = physed.rows("SELECT enrolled_count FROM classes ORDER BY name, id")
    for table in ("students", "classes", "activities", "routines", "skill_assessments", "activity_plans",
                  "activity_adaptations", "routine_performance", "assessment_criteria", "movement_analysis"):  # fmt: skip
        physed.execute(f"UPDATE {table} SET id = id + 100000")
    physed.check_deferred()
    after = rows_about(physed, student["id"] + 100000)
    grown = {table for table, rows in after.items() if rows != before[table]}
    assert grown == {"adaptation_history", "assessment_history"}, "which record the new keys"
    assert physed.rows("SELECT enrolled_count FROM classes ORDER BY name, id") == counted
    physed.execute("DELETE FROM students WHERE id = %s", student["id"] + 100000)
    assert set(rows_about(physed, student["id"] + 100000).values()) == {0}


# Clocks


# Status. R75: status changes are recorded with timestamps.


def test_r75_each_status_leaves_a_row_with_its_time_and_author(physed: Database) -> None:
    author = a_user(physed)
    physed.execute("SELECT set_config('app.user_id', %s, true)", str(author["id"]))
    class_ = a_class(physed)
    physed.execute("UPDATE classes SET status = 'active', name = '6b'")
    physed.execute("UPDATE classes SET status = 'active', name = '6c'")
    changes = physed.rows(
        "SELECT row_id, old_status, new_status, user_id, created_at = now() FROM status_changes ORDER BY id"
    )
    assert changes == [
        (str(class_["id"]), None, "planned", author["id"], True),
        (str(class_["id"]), "planned", "active", author["id"], True),
    ]


def test_r75_every_row_with_a_status_has_a_first_one(school: Database) -> None:
    for table in ("classes", "class_students", "routines", "skill_assessments", "activity_plans",
                  "activity_plan_activities", "safety_checks"):  # fmt: skip
        first = "SELECT count(*) FROM status_changes WHERE table_name = %s AND old_status IS NULL"
        assert school.value(first, table) == school.sees(table) > 0, table


def test_a_recorded_status_cannot_be_rewritten(physed: Database) -> None:
    a_class(physed)
    with physed.throws("42501", match="append-only"):
        physed.execute("UPDATE status_changes SET new_status = 'completed'")


# Trail. R76: user actions are logged with context; audit trails for critical operations.


def test_r76_a_user_logs_actions_under_the_own_name_only(physed: Database) -> None:
    one, other = a_user(physed), a_user(physed)
    with physed.as_user(one["id"]):
        physed.execute("SELECT log_action('routine.started', '{\"routine_id\": 7}')")
        physed.denied("INSERT INTO activity_logs (user_id, action) VALUES (%s, 'x.y')", other["id"])
        assert physed.rows("SELECT user_id, action, context ->> 'routine_id' FROM activity_logs") == [
            (one["id"], "routine.started", "7")
        ]
    with physed.as_user(other["id"]):
        assert physed.sees("activity_logs") == 0


def test_r76_changes_of_critical_tables_leave_a_trail(school: Database) -> None:
    for table in ("users", "students", "classes", "class_students", "skill_assessments", "activity_plans",
                  "risk_assessments", "safety_incidents"):  # fmt: skip
        added = "SELECT count(*) FROM audit_log WHERE table_name = %s AND operation = 'INSERT'"
        assert school.value(added, table) == school.sees(table) > 0, table


def test_the_trail_says_what_changed_and_who_did_it(physed: Database) -> None:
    teacher, student = taught_student(physed)
    with physed.as_user(teacher["id"]):
        physed.execute("UPDATE students SET fitness_level = 'elite', medical_notes = 'asthma'")
    row = physed.row(
        "SELECT row_id, old_values, new_values, user_id FROM audit_log WHERE table_name = 'students' AND operation = 'UPDATE'"
    )
    old = {"fitness_level": None, "medical_notes": None}
    assert row == (str(student["id"]), old, {"fitness_level": "elite", "medical_notes": "***"}, teacher["id"])


def test_the_trail_keeps_no_secret(physed: Database) -> None:
    user = a_user(physed, password_hash="$argon2id$bait")
    physed.execute("UPDATE users SET password_hash = '$argon2id$other' WHERE id = %s", user["id"])
    physed.execute("DELETE FROM users WHERE id = %s", user["id"])
    assert (
        physed.value(
            "SELECT count(*) FROM audit_log WHERE (old_values || coalesce(new_values, '{}'))::text ~ 'argon2id'"
        )
        == 0
    )
    assert physed.value("SELECT count(*) FROM audit_log WHERE table_name = 'users'") == 3


def test_the_trail_cannot_be_edited(physed: Database) -> None:
    a_student(physed)
    for write in ("UPDATE audit_log SET new_values = NULL", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with physed.throws("42501", match="append-only"):
            physed.execute(write)


def test_a_change_of_nothing_leaves_no_trail(physed: Database) -> None:
    a_student(physed)
    physed.execute("UPDATE students SET last_name = last_name")
    assert physed.value("SELECT count(*) FROM audit_log WHERE operation = 'UPDATE'") == 0


def test_the_actor_can_leave_and_the_trail_stays(physed: Database) -> None:
    actor = a_user(physed)
    physed.execute("SELECT set_config('app.user_id', %s, true)", str(actor["id"]))
    a_student(physed)
    physed.execute("DELETE FROM users WHERE id = %s", actor["id"])
    assert physed.rows("SELECT user_id FROM audit_log WHERE table_name = 'students'") == [(None,)]
    assert physed.rows("SELECT user_id FROM audit_log WHERE operation = 'DELETE'") == [(None,)]


def test_incidents_of_a_deleted_student_stay_in_the_trail(physed: Database) -> None:
    student = a_student(physed)
    everything_about(physed, student)
    physed.execute("DELETE FROM students WHERE id = %s", student["id"])
    kept = physed.rows(
        "SELECT old_values ->> 'severity' FROM audit_log WHERE table_name = 'safety_incidents' AND operation = 'DELETE'"
    )
    assert kept == [("low",), ("low",)]


def test_r94_what_is_no_longer_used_is_switched_off_and_stays(physed: Database) -> None:
    """Soft deletion "where appropriate" is is_active and is_enabled where the document lists them; nothing filters silently."""
    for table in ("users", "assistant_profiles", "activity_adaptations"):
        assert physed.value(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
            "AND column_name = 'is_active' AND is_nullable = 'NO' AND column_default = 'true'", table,
        ) == 1  # fmt: skip
    user = a_user(physed, is_active=False)
    assert physed.value("SELECT count(*) FROM users WHERE id = %s", user["id"]) == 1
