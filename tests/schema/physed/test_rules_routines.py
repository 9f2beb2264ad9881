"""Routines, their order and their measurements: rules R53 to R57, R97."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import a_class, a_routine, a_step, a_student, an_activity

STATES = ["draft", "scheduled", "in_progress", "completed", "cancelled"]
STEPS = {
    ("draft", "scheduled"),
    ("scheduled", "in_progress"),
    ("in_progress", "completed"),
    ("in_progress", "cancelled"),
}


@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("start", STATES)
def test_r53_a_routine_goes_one_step_at_a_time(physed: Database, start: str, to: str) -> None:
    routine = a_routine(physed, status=start)
    move = "UPDATE routines SET status = %s WHERE id = %s"
    if start == to or (start, to) in STEPS:
        assert physed.execute(move, to, routine["id"]).rowcount == 1
    else:
        with physed.throws("23514", constraint="routines_status_transition_check"):
            physed.execute(move, to, routine["id"])


@pytest.fixture
def routine(physed: Database) -> dict[str, Any]:
    """Three steps: a, b, c."""
    routine = a_routine(physed)
    for order, name in enumerate(["a", "b", "c"], 1):
        a_step(physed, routine, order, an_activity(physed, name=name))
    physed.check_deferred()
    return routine


def names(db: Database) -> list[str]:
    return [n for (n,) in db.rows(
        "SELECT a.name FROM routine_activities AS r INNER JOIN activities AS a ON a.id = r.activity_id ORDER BY r.sequence_order"
    )]  # fmt: skip


@pytest.mark.parametrize("part", ["warm_up", "main", "cool_down"])
def test_r54_a_step_is_warm_up_main_or_cool_down(physed: Database, routine: dict[str, Any], part: str) -> None:
    assert a_step(physed, routine, 4, activity_type=part)["activity_type"] == part
    with physed.throws("22P02"):
        a_step(physed, routine, 5, activity_type="game")


# Order. R55, R56: 1 to n at commit, however the list is edited.


def test_r55_two_steps_cannot_share_a_place(physed: Database, routine: dict[str, Any]) -> None:
    with physed.throws("23505", constraint="routine_activities_routine_id_sequence_order_key", deferred=True):
        a_step(physed, routine, 2)


@pytest.mark.parametrize("order", [5, 7])
def test_r56_a_gap_is_refused(physed: Database, routine: dict[str, Any], order: int) -> None:
    with physed.throws("23514", constraint="routine_activities_sequence_order_gap_check", deferred=True):
        a_step(physed, routine, order)


def test_r56_the_first_step_is_number_one(physed: Database) -> None:
    empty = a_routine(physed)
    with physed.throws("23514", constraint="routine_activities_sequence_order_gap_check", deferred=True):
        a_step(physed, empty, 2)
    with physed.throws("23514", constraint="routine_activities_sequence_order_positive_check"):
        a_step(physed, empty, 0)


def test_r56_a_step_in_the_middle_cannot_just_go(physed: Database, routine: dict[str, Any]) -> None:
    with physed.throws("23514", constraint="routine_activities_sequence_order_gap_check", deferred=True):
        physed.execute("DELETE FROM routine_activities WHERE sequence_order = 2")


def test_r56_removing_and_renumbering_in_one_transaction_works(physed: Database, routine: dict[str, Any]) -> None:
    physed.execute("DELETE FROM routine_activities WHERE sequence_order = 2")
    physed.execute("UPDATE routine_activities SET sequence_order = sequence_order - 1 WHERE sequence_order > 2")
    physed.check_deferred()
    assert names(physed) == ["a", "c"]
    assert physed.value("SELECT activity_count FROM routines") == 2


def test_r55_steps_can_be_swapped_row_by_row(physed: Database, routine: dict[str, Any]) -> None:
    for name, order in [("a", 3), ("c", 1)]:
        physed.execute(
            "UPDATE routine_activities SET sequence_order = %s WHERE activity_id = (SELECT id FROM activities WHERE name = %s)",
            order, name,
        )  # fmt: skip
    physed.check_deferred()
    assert names(physed) == ["c", "b", "a"]


def test_r56_deleting_an_activity_leaves_no_gap_behind(physed: Database, routine: dict[str, Any]) -> None:
    with physed.throws("23514", constraint="routine_activities_sequence_order_gap_check", deferred=True):
        physed.execute("DELETE FROM activities WHERE name = 'b'")


def test_a_routine_goes_with_all_its_steps(physed: Database, routine: dict[str, Any]) -> None:
    physed.execute("DELETE FROM routines")
    physed.check_deferred()
    assert physed.sees("routine_activities") == 0


def test_counting_steps_is_no_edit_of_the_routine(physed: Database, routine: dict[str, Any]) -> None:
    assert physed.row("SELECT activity_count, version FROM routines") == (3, 1)


def test_r57_a_timed_step_has_a_duration(physed: Database, routine: dict[str, Any]) -> None:
    a_step(physed, routine, 4, is_timed=True, duration=5)
    a_step(physed, routine, 5)
    with physed.throws("23514", constraint="routine_activities_timed_has_duration_check"):
        a_step(physed, routine, 6, is_timed=True)
    with physed.throws("23514", constraint="routine_activities_duration_positive_check"):
        a_step(physed, routine, 6, duration=0)


def test_a_step_is_an_activity_or_an_exercise(physed: Database, routine: dict[str, Any]) -> None:
    plank = physed.insert("exercises", name="Plank")
    a_step(physed, routine, 4, activity_id=None, exercise_id=plank["id"])
    for wrong in ({"exercise_id": plank["id"]}, {"activity_id": None}):
        with physed.throws("23514", constraint="routine_activities_activity_or_exercise_check"):
            a_step(physed, routine, 5, **wrong)


# Chain. R97: student, routine, performance, metrics.


def test_r97_metrics_belong_to_the_performances_student(physed: Database, routine: dict[str, Any]) -> None:
    student, other = a_student(physed), a_student(physed)
    performance = physed.insert("routine_performance", student_id=student["id"], routine_id=routine["id"])
    metric = physed.insert("performance_metrics", performance_id=performance["id"], metric_type="steps", metric_value=9)
    assert metric["student_id"] == student["id"]
    with physed.throws("23503", constraint="performance_metrics_performance_id_student_id_fkey"):
        physed.insert("performance_metrics", performance_id=performance["id"], student_id=other["id"])
    with physed.throws("23503", constraint="performance_metrics_performance_id_student_id_fkey"):
        physed.insert("performance_metrics", performance_id=0)


def test_r97_a_performance_moved_to_another_student_takes_its_metrics_along(
    physed: Database, routine: dict[str, Any]
) -> None:
    student, other = a_student(physed), a_student(physed)
    performance = physed.insert("routine_performance", student_id=student["id"], routine_id=routine["id"])
    physed.insert("performance_metrics", performance_id=performance["id"])
    physed.execute("UPDATE routine_performance SET student_id = %s", other["id"])
    assert physed.value("SELECT student_id FROM performance_metrics") == other["id"]


def test_r97_the_chain_can_be_read(school: Database) -> None:
    (row, *_) = school.query("physed", "student_routine_metrics")
    assert row["metrics"] == {"heart_rate": 152, "steps": 2310}
    chain = {r["activity"]: r for r in school.query("physed", "student_progress_chain", student_id=1003)}
    assert chain["Box jumps"]["pattern_types"] == ["jumping"]


def test_what_students_did_outlives_the_class_and_the_rest_goes(physed: Database) -> None:
    class_ = a_class(physed)
    done, planned = a_routine(physed, class_id=class_["id"]), a_routine(physed, class_id=class_["id"])
    performance = physed.insert("routine_performance", routine_id=done["id"], student_id=a_student(physed)["id"])
    physed.insert("performance_metrics", performance_id=performance["id"], metric_type="steps")
    physed.execute("DELETE FROM classes")
    assert physed.rows("SELECT id, class_id FROM routines") == [(done["id"], None)], planned
    assert physed.sees("routine_performance") == physed.sees("performance_metrics") == 1


@pytest.mark.parametrize("table", ["classes", "routines"])
def test_a_mapper_that_counts_versions_itself_writes(physed: Database, table: str) -> None:
    """As version_id_col does: INSERT with version 1, UPDATE … SET version = 2 WHERE version = 1."""
    grade, six = ("grade_level, ", "'6', ") if table == "classes" else ("", "")
    with physed.as_role("physed_service"):
        row = physed.value(f"INSERT INTO {table} ({grade}name, version) VALUES ({six}'x', 1) RETURNING id")
        save = f"UPDATE {table} SET name = 'y', version = %s WHERE id = %s AND version = %s"
        assert physed.execute(save, 2, row, 1).rowcount == 1
        assert physed.execute(save, 2, row, 1).rowcount == 0, "somebody was faster"
