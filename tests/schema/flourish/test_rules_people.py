"""Teachers and students: who may be entered, and what leaves with whom."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import (
    ELENA,
    MAYA,
    a_correction,
    a_student,
    a_target,
    a_teacher,
    an_assessment,
    an_entry,
)

RESTRICTED = ("23001", "23503")  # 18 says restrict_violation, earlier versions foreign_key_violation


@pytest.mark.parametrize("teacher_id", ["T000", "T001", "T999"])
def test_a_teacher_id_is_t_and_three_digits(flourish: Database, teacher_id: str) -> None:
    assert a_teacher(flourish, id=teacher_id)["id"] == teacher_id


@pytest.mark.parametrize("teacher_id", ["T1", "T01", "T1000", "t001", "S001", "T00A", " T001", "T001\n", ""])
def test_any_other_teacher_id_is_refused(flourish: Database, teacher_id: str) -> None:
    with flourish.throws("23514", constraint="chk_teacher_id"):
        a_teacher(flourish, id=teacher_id)


@pytest.mark.parametrize("student_id", ["S000", "S999"])
def test_a_school_has_room_for_a_thousand_students(flourish: Database, student_id: str) -> None:
    assert a_student(flourish, id=student_id)["id"] == student_id


@pytest.mark.parametrize("student_id", ["S1000", "S01", "T001", "s001"])
def test_any_other_student_id_is_refused(flourish: Database, student_id: str) -> None:
    with flourish.throws("23514", constraint="chk_student_id"):
        a_student(flourish, id=student_id)


@pytest.mark.parametrize("email", [None, "elena@hillside.example", "E.M+x@Hillside.Example", "a@b..com"])
def test_an_email_may_be_missing_or_look_like_one(flourish: Database, email: str | None) -> None:
    assert a_teacher(flourish, email=email)["email"] == email


@pytest.mark.parametrize(
    "email", ["", "elena", "elena@hillside", "elena@hillside.e", "@hillside.example", "a b@c.org", "a@b.org\n"]
)
def test_an_email_that_is_none_is_refused(flourish: Database, email: str) -> None:
    with flourish.throws("23514", constraint="chk_email_format"):
        a_teacher(flourish, email=email)


def test_an_email_belongs_to_one_teacher_whatever_its_case(flourish: Database) -> None:
    a_teacher(flourish, id="T001", email="elena@hillside.example")
    with flourish.throws("23505", constraint="teachers_email_key"):
        a_teacher(flourish, id="T002", email="elena@hillside.example")
    with flourish.throws("23505", constraint="teachers_lower_email_key"):
        a_teacher(flourish, id="T002", email="Elena@Hillside.Example")


def test_many_teachers_may_have_no_email(flourish: Database) -> None:
    a_teacher(flourish, id="T001")
    a_teacher(flourish, id="T002")
    assert flourish.sees("teachers") == 2


@pytest.mark.parametrize(("grade", "accepted"), [(5, False), (6, True), (7, True), (8, True), (9, False)])
def test_students_are_in_grades_6_to_8(flourish: Database, grade: int, accepted: bool) -> None:
    if accepted:
        assert a_student(flourish, grade=grade)["grade"] == grade
    else:
        with flourish.throws("23514", constraint="chk_grade_range"):
            a_student(flourish, grade=grade)


def test_a_student_may_wait_for_a_teacher_but_not_for_one_that_does_not_exist(flourish: Database) -> None:
    a_student(flourish, teacher_id=None)
    with flourish.throws("23503", constraint="students_teacher_id_fkey"):
        flourish.execute("UPDATE students SET teacher_id = 'T404'")


def test_a_teacher_with_students_cannot_leave(flourish: Database) -> None:
    a_teacher(flourish)
    a_student(flourish, teacher_id=ELENA)
    with flourish.throws(RESTRICTED, constraint="students_teacher_id_fkey"):
        flourish.execute("DELETE FROM teachers")
    flourish.execute("UPDATE students SET teacher_id = NULL")
    flourish.execute("DELETE FROM teachers")
    assert flourish.sees("students") == 1


def test_entries_outlive_the_teacher_who_wrote_them(flourish: Database) -> None:
    a_teacher(flourish)
    a_student(flourish)
    an_entry(flourish, teacher_id=ELENA)
    flourish.execute("DELETE FROM teachers")
    assert flourish.rows("SELECT id, teacher_id FROM data_entries") == [("DE001", None)]


def test_a_teacher_with_corrections_cannot_leave(maya: Database) -> None:
    a_teacher(maya)
    a_correction(maya, an_assessment(maya)["id"], corrected_by=ELENA)
    with maya.throws("23503", constraint="teacher_corrections_corrected_by_fkey"):
        maya.execute("DELETE FROM teachers")


def test_a_teacher_with_targets_cannot_leave(maya: Database) -> None:
    a_teacher(maya)
    a_target(maya, assigned_by=ELENA)
    with maya.throws("23503", constraint="skill_targets_assigned_by_fkey"):
        maya.execute("DELETE FROM teachers")


EVERYTHING = ("students", "data_entries", "assessments", "teacher_corrections", "skill_targets")


def test_with_a_student_goes_everything_that_hangs_on_them(maya: Database) -> None:
    a_student(maya, id="S002")
    an_entry(maya, id="DE002", student_id="S002")
    a_correction(maya, an_assessment(maya)["id"])
    a_target(maya)
    a_target(maya, student_id="S002")
    maya.execute("DELETE FROM students WHERE id = %s", MAYA)
    assert [maya.sees(table) for table in EVERYTHING] == [1, 1, 0, 0, 1]
