"""Counters and scopes are right after every single statement, whatever its shape. Rules R34, R35; rulings G8, N1.

On committed rows: in one transaction a foreign key looks again at what the transaction itself wrote.
"""

from __future__ import annotations

import os
import random
import threading
from typing import Any

import psycopg
import pytest
from psycopg.errors import CheckViolation, OperationalError

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


# Fuzz. Three sessions, mixed isolation; whatever commits, a recount is equal.

GOAL = int(os.environ.get("SLATE_FUZZ", "120"))  # committed transactions; 2000 for the long one
STATEMENTS = [
    "INSERT INTO class_students (class_id, student_id) VALUES ({c}, {s}) ON CONFLICT DO NOTHING",
    "INSERT INTO class_students (class_id, student_id, status) VALUES ({c}, {s}, 'waitlisted') ON CONFLICT (class_id, student_id) DO UPDATE SET status = EXCLUDED.status",
    "UPDATE class_students SET status = 'withdrawn' WHERE student_id = {s}",
    "UPDATE class_students SET status = 'enrolled' WHERE class_id = {c} AND student_id = {s}",
    "UPDATE class_students SET class_id = {d} WHERE class_id = {c} AND student_id = {s} AND NOT EXISTS (SELECT 1 FROM class_students WHERE class_id = {d} AND student_id = {s})",
    "DELETE FROM class_students WHERE class_id = {c} AND student_id = {s}",
    "SELECT enroll_student({c}, {s})",
    "UPDATE classes SET capacity = 1 + ({s} % 4) WHERE id = {c} AND enrolled_count <= 1 + ({s} % 4)",
    "WITH a AS (DELETE FROM class_students WHERE class_id = {c} AND student_id = {s} RETURNING student_id) INSERT INTO class_students (class_id, student_id) SELECT {d}, student_id FROM a ON CONFLICT DO NOTHING",
    "WITH a AS (UPDATE class_students SET status = 'completed' WHERE class_id = {d}) UPDATE class_students SET status = 'enrolled' WHERE class_id = {c} AND {c} <> {d} AND student_id = {s}",
    "WITH gone AS (DELETE FROM classes WHERE id = {c} RETURNING *), new AS (INSERT INTO classes (name, grade_level, capacity) SELECT name, grade_level, capacity FROM gone) UPDATE class_students SET class_id = {d} WHERE class_id = {c} AND {c} <> {d} AND student_id = {s} AND NOT EXISTS (SELECT 1 FROM class_students WHERE class_id = {d} AND student_id = {s})",
    "MERGE INTO class_students AS e USING (SELECT {c} AS class_id, {s} AS student_id) AS n ON e.class_id = n.class_id AND e.student_id = n.student_id WHEN MATCHED AND e.status = 'enrolled' THEN DELETE WHEN MATCHED THEN UPDATE SET status = 'enrolled' WHEN NOT MATCHED THEN INSERT (class_id, student_id) VALUES (n.class_id, n.student_id)",
    "COPY",
    "SELECT * FROM fill_free_places()",
]


def act(connection: psycopg.Connection[Any], dice: random.Random, committed: list[int]) -> None:
    while sum(committed) < GOAL:
        try:
            with connection.transaction():
                level = dice.choice(["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
                connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
                classes = [c for (c,) in connection.execute("SELECT id FROM classes").fetchall()]
                for _ in range(dice.choice([1, 1, 2])):
                    statement = dice.choice(STATEMENTS)
                    c, d, s = dice.choice(classes), dice.choice(classes), dice.randint(1, 12)
                    if statement == "COPY":
                        with connection.cursor().copy("COPY class_students (class_id, student_id) FROM STDIN") as copy:
                            copy.write_row((c, s))
                    else:
                        connection.execute(statement.format(c=c, d=d, s=s))
            committed.append(1)
        except (psycopg.errors.IntegrityError, OperationalError):
            pass  # full, twice, gone meanwhile, deadlock or serialisation: the transaction is undone


def test_r34_three_sessions_at_once_leave_every_counter_right(db: CommittedDatabase) -> None:
    teacher = a_teacher(db)["id"]
    for capacity in (1, 2, 3):
        a_class(db, capacity=capacity, teacher_id=teacher)
    for number in range(1, 13):
        a_student(db, id=number)
    committed: list[int] = []
    with db.sessions(3) as sessions:
        threads = []
        for number, session in enumerate(sessions):
            session.use("physed")
            session.execute("SET lock_timeout = '5s'; SET deadlock_timeout = '20ms'")
            session.commit()
            dice = random.Random(number)  # noqa: S311 - the same in every run
            threads.append(threading.Thread(target=act, args=(session.connection, dice, committed)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(committed) >= GOAL
    assert [row for row in db.rows(COUNTED) if row[1] != row[2]] == []
    assert db.rows(KEPT) == db.rows(TRUTH)
    assert db.value("SELECT count(*) FROM classes WHERE enrolled_count > capacity") == 0
    db.execute("DELETE FROM class_students")
    assert {row[1:] for row in db.rows(COUNTED)} == {(0, 0)}
