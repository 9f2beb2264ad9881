"""Counters and scopes are right after every single statement, whatever its shape. Rules R34, R35; rulings G8, N1.

On committed rows: in one transaction a foreign key looks again at what the transaction itself wrote.
"""

from __future__ import annotations

import pytest
from psycopg.errors import CheckViolation

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.physed.factories import a_class, a_routine, a_student, a_teacher, an_enrolment
from tests.schema.physed.test_access import KEPT, OF_USERS, TRUTH, seen

COUNTED = """SELECT c.id, c.enrolled_count, (
    SELECT count(*) FROM class_students AS e WHERE e.class_id = c.id AND e.status = 'enrolled'
) FROM classes AS c"""
# Two teachers; class a of the one with two enrolled and one waiting, b of the other, c of the one, empty.
SHAPES = [
    "WITH gone AS (DELETE FROM classes WHERE name = 'a') UPDATE class_students SET status = 'withdrawn'",
    "WITH gone AS (DELETE FROM classes WHERE name = 'a') UPDATE class_students SET class_id = {c} WHERE class_id = {a}",
    "WITH gone AS (DELETE FROM classes WHERE name = 'a') DELETE FROM class_students",
    "WITH gone AS (DELETE FROM classes) DELETE FROM class_students WHERE class_id = {b}",
    "WITH left_ AS (UPDATE class_students SET status = 'withdrawn') DELETE FROM classes WHERE name = 'a'",
    "WITH left_ AS (DELETE FROM class_students) UPDATE classes SET id = id + 1000",
    "WITH moved AS (UPDATE classes SET id = id + 1000) UPDATE class_students SET status = 'withdrawn'",
    "WITH moved AS (UPDATE classes SET id = id + 1000, teacher_id = NULL) UPDATE class_students SET status = 'completed'",
    "WITH one AS (DELETE FROM class_students WHERE class_id = {a}) UPDATE class_students SET status = 'completed'",
    "WITH one AS (DELETE FROM students WHERE id = {s}) UPDATE class_students SET class_id = {c} WHERE class_id = {a}",
    "WITH one AS (DELETE FROM users) UPDATE class_students SET status = 'withdrawn'",
    "MERGE INTO class_students AS e USING students AS s ON e.student_id = s.id AND e.class_id = {a} "
    "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (class_id, student_id) VALUES ({c}, s.id)",
    "INSERT INTO class_students (class_id, student_id) SELECT {a}, s.id FROM students AS s LIMIT 3 "
    "ON CONFLICT (class_id, student_id) DO UPDATE SET status = 'withdrawn'",
    "WITH new AS (INSERT INTO classes (name, grade_level, teacher_id) SELECT 'd', '6', teacher_id FROM classes "
    "WHERE name = 'a' RETURNING id) INSERT INTO class_students (class_id, student_id) SELECT new.id, s.id FROM new, students AS s",
    "TRUNCATE class_students",
    "TRUNCATE students CASCADE",
    "TRUNCATE classes CASCADE",
    "TRUNCATE class_scopes",
]


@pytest.fixture
def db(db_committed: CommittedDatabase) -> CommittedDatabase:
    db_committed.use("physed")
    return db_committed


def filled(db: CommittedDatabase) -> dict[str, int]:
    one, other = a_teacher(db)["id"], a_teacher(db)["id"]
    classes = {n: a_class(db, name=n, teacher_id=t)["id"] for n, t in (("a", one), ("b", other), ("c", one))}
    students = [a_student(db)["id"] for _ in range(5)]
    for n, student in enumerate(students):
        class_ = {"id": classes["ab"[n // 3]]}
        an_enrolment(db, class_, {"id": student}, status="waitlisted" if n == 2 else "enrolled")
    return classes | {"s": students[0]}


@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_one_statement_leaves_counters_and_scopes_as_the_enrolments_say(db: CommittedDatabase, shape: int) -> None:
    db.execute(SHAPES[shape].format(**filled(db)))
    assert [row for row in db.rows(COUNTED) if row[1] != row[2]] == []
    if "TRUNCATE class_scopes" not in SHAPES[shape]:
        assert db.rows(KEPT) == db.rows(TRUTH)
        assert seen(db) == db.rows(OF_USERS)
    else:
        assert {tuple(map(tuple, lists)) for _user, *lists in seen(db)} == {((), (), ())}


def test_r34_a_class_that_is_deleted_takes_no_limit_along(db: CommittedDatabase) -> None:
    one, other = a_class(db), a_class(db)
    for class_, size in ((one, 30), (other, 30)):
        for _ in range(size):
            an_enrolment(db, class_)
    move = "WITH gone AS (DELETE FROM classes WHERE id = %s) UPDATE class_students SET class_id = %s WHERE class_id = %s AND student_id <= %s"
    last = db.value("SELECT max(student_id) FROM class_students WHERE class_id = %s", one["id"])
    with pytest.raises(CheckViolation) as caught:
        db.execute(move, one["id"], other["id"], one["id"], last)
    assert caught.value.diag.constraint_name == "class_students_class_size_check"
    db.execute(move, one["id"], other["id"], one["id"], last - 10)
    assert db.rows(COUNTED) == [(other["id"], 50, 50)]
    db.execute("DELETE FROM class_students")
    assert db.rows(COUNTED) == [(other["id"], 0, 0)]


def test_a_routine_without_steps_counts_none(db: CommittedDatabase) -> None:
    routine = a_routine(db)["id"]
    db.execute("INSERT INTO exercises (name) VALUES ('plank')")
    db.execute(
        "INSERT INTO routine_activities (routine_id, exercise_id, sequence_order) SELECT %s, id, 1 FROM exercises",
        routine,
    )
    assert db.value("SELECT activity_count FROM routines") == 1
    db.execute("TRUNCATE routine_activities")
    assert db.value("SELECT activity_count FROM routines") == 0
    db.execute("DELETE FROM routines")
