"""Rules under two sessions at once. Each test shows who waits for whom; none sleeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from slate_pg.testing.sessions import CommittedDatabase, Pending, Session
from tests.schema.physed.factories import (
    a_class,
    a_criterion_set,
    a_plan,
    a_routine,
    a_student,
    a_teacher,
    an_activity,
    an_enrolment,
)

Two = tuple[CommittedDatabase, Session, Session]  # the owner, and two who act at once
ENROL = "INSERT INTO class_students (class_id, student_id) VALUES (%s, %s)"


@pytest.fixture
def two(db_committed: CommittedDatabase) -> Iterator[Two]:
    """Two sessions, and the database they share."""
    db_committed.use("physed")
    with db_committed.sessions(2) as (a, b):
        for session in (a, b):
            session.use("physed")
            session.execute("SET lock_timeout = '20s'")  # a test that deadlocks fails, and does not hang
            session.commit()
        yield db_committed, a, b


def refused(pending: Pending, constraint: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        pending.result()
    assert caught.value.diag.constraint_name == constraint


def repeatable(session: Session) -> None:
    session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    session.value("SELECT count(*) FROM students")  # the snapshot is taken now


# Scopes. Whom a teacher sees is a list kept with the class: two who join at once are both on it.


JOIN = "INSERT INTO class_students (class_id, student_id, status) VALUES (%s, %s, 'waitlisted')"


def test_two_who_join_a_class_at_once_are_both_seen(two: Two) -> None:
    db, a, b = two
    class_, ids = a_class(db)["id"], [a_student(db)["id"] for _ in range(2)]
    a.execute(JOIN, class_, ids[0])
    late = b.start(JOIN, class_, ids[1])
    assert late.blocked_by(a)
    a.commit()
    assert late.result() == 1
    b.commit()
    assert db.value("SELECT student_ids FROM class_scopes") == ids


def test_an_old_snapshot_cannot_overwrite_the_list(two: Two) -> None:
    db, a, b = two
    class_, ids = a_class(db)["id"], [a_student(db)["id"] for _ in range(2)]
    repeatable(b)
    a.execute(JOIN, class_, ids[0])
    a.commit()
    with pytest.raises(errors.SerializationFailure):
        b.execute(JOIN, class_, ids[1])
    b.rollback()
    assert db.value("SELECT student_ids FROM class_scopes") == ids[:1]


# Teachers list. The classes of a teacher are also kept as one list. Who writes another class of that teacher
# never waits for it: a mark says that the list must be merged, and until then the classes are read one by
# one.


@pytest.fixture
def school(two: Two) -> tuple[Any, ...]:
    db, a, b = two
    teacher = a_teacher(db)["id"]
    classes = [a_class(db, teacher_id=teacher)["id"] for _ in range(2)]
    return db, a, b, teacher, classes, [a_student(db)["id"] for _ in range(3)]


def seen(db: CommittedDatabase, teacher: UUID) -> list[Any]:
    with db.as_user(teacher):
        return sorted(db.value("SELECT my_student_ids()") or [])


def merged(db: CommittedDatabase) -> list[Any]:
    return db.value("SELECT student_ids FROM teacher_scopes WHERE mark = 0")


def test_two_classes_of_one_teacher_are_written_at_once_and_each_other_next(school: tuple[Any, ...]) -> None:
    db, a, b, teacher, classes, ids = school
    a.execute(JOIN, classes[0], ids[0])
    b.execute(JOIN, classes[1], ids[1])  # waits for nobody, or this would be a deadlock:
    late = a.start(JOIN, classes[1], ids[2])
    assert late.blocked_by(b)
    b.commit()
    assert seen(db, teacher) == ids[1:2]
    assert late.result() == 1
    a.commit()
    assert seen(db, teacher) == ids
    assert db.value("SELECT merge_scopes()") == 0
    assert seen(db, teacher) == merged(db) == ids


@pytest.mark.parametrize("first_ends_with", ["commit", "rollback"])
def test_who_leaves_a_mark_is_seen_however_the_other_ends(school: tuple[Any, ...], first_ends_with: str) -> None:
    db, a, b, teacher, classes, ids = school
    a.execute(JOIN, classes[0], ids[0])
    b.execute(JOIN, classes[1], ids[1])
    b.commit()
    assert db.value("SELECT merge_scopes()") == 1, "the list is being written"
    assert seen(db, teacher) == ids[1:2]
    getattr(a, first_ends_with)()
    expected = ids[:2] if first_ends_with == "commit" else ids[1:2]
    assert seen(db, teacher) == expected
    db.execute("UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s", ids[1])
    assert seen(db, teacher) == merged(db) == expected[:-1], "the next write merges"


def test_who_stops_teaching_while_a_class_is_written_sees_nothing(school: tuple[Any, ...]) -> None:
    db, a, b, teacher, classes, ids = school
    a.execute(JOIN, classes[0], ids[0])
    b.execute("UPDATE users SET is_active = false WHERE id = %s", teacher)
    b.commit()
    a.commit()
    assert merged(db) == ids[:1], "which a mark forbids to read"
    assert seen(db, teacher) == []


def test_a_class_that_changes_hands_while_another_is_written_is_seen_by_one(school: tuple[Any, ...]) -> None:
    db, a, b, teacher, classes, ids = school
    other = a_teacher(db)["id"]
    db.execute(JOIN, classes[1], ids[1])
    a.execute(JOIN, classes[0], ids[0])
    b.execute("UPDATE classes SET teacher_id = %s WHERE id = %s", other, classes[1])
    b.commit()
    a.commit()
    assert (seen(db, teacher), seen(db, other)) == (ids[:1], ids[1:2])


def test_an_old_snapshot_leaves_a_mark_and_does_not_fail(school: tuple[Any, ...]) -> None:
    db, a, b, teacher, classes, ids = school
    repeatable(b)
    a.execute(JOIN, classes[0], ids[0])
    a.commit()
    b.execute(JOIN, classes[1], ids[1])
    b.commit()
    assert merged(db) == ids[:1]
    assert seen(db, teacher) == ids[:2]


# Class size


@pytest.fixture
def last_place(two: Two) -> tuple[int, int, int]:
    db, _a, _b = two
    class_ = a_class(db, capacity=1)
    return class_["id"], a_student(db)["id"], a_student(db)["id"]


def test_r34_the_last_place_goes_to_one_of_two(two: Two, last_place: tuple[int, int, int]) -> None:
    db, a, b = two
    class_, ava, ben = last_place
    a.execute(ENROL, class_, ava)
    late = b.start(ENROL, class_, ben)
    assert late.blocked_by(a)
    a.commit()
    refused(late, "class_students_class_size_check")
    b.rollback()
    assert db.value("SELECT enrolled_count FROM classes") == db.sees("class_students") == 1


def test_r34_a_place_that_is_given_up_by_rollback_is_taken(two: Two, last_place: tuple[int, int, int]) -> None:
    db, a, b = two
    class_, ava, ben = last_place
    a.execute(ENROL, class_, ava)
    late = b.start(ENROL, class_, ben)
    assert late.blocked_by(a)
    a.rollback()
    assert late.result() == 1
    b.commit()
    assert db.rows("SELECT student_id FROM class_students") == [(ben,)]


def test_r34_an_old_snapshot_cannot_overfill_a_class(two: Two, last_place: tuple[int, int, int]) -> None:
    db, a, b = two
    class_, ava, ben = last_place
    repeatable(b)
    a.execute(ENROL, class_, ava)
    a.commit()
    with pytest.raises(errors.SerializationFailure):
        b.execute(ENROL, class_, ben)
    b.rollback()
    assert db.sees("class_students") == 1


def test_r35_capacity_cannot_fall_while_somebody_enrols(two: Two) -> None:
    db, a, b = two
    class_, ava, ben = a_class(db, capacity=2)["id"], a_student(db)["id"], a_student(db)["id"]
    a.execute(ENROL, class_, ava)
    a.execute(ENROL, class_, ben)
    late = b.start("UPDATE classes SET capacity = 1")
    assert late.blocked_by(a)
    a.commit()
    refused(late, "classes_enrolled_within_capacity_check")


def test_r41_two_who_ask_at_once_queue_in_order(two: Two, last_place: tuple[int, int, int]) -> None:
    db, a, b = two
    class_, ava, ben = last_place
    a.value("SELECT enroll_student(%s, %s)", class_, ava)
    late = b.start("SELECT enroll_student(%s, %s)", class_, ben)
    assert late.blocked_by(a)
    a.commit()
    late.result()
    b.commit()
    states = db.rows("SELECT student_id, status::text FROM class_students ORDER BY student_id")
    assert states == [(ava, "enrolled"), (ben, "waitlisted")]


def test_r41_two_who_leave_at_once_promote_the_first_two(two: Two) -> None:
    db, a, b = two
    class_ = a_class(db, capacity=2, status="active")
    students = [a_student(db)["id"] for _ in range(5)]
    for student in students:
        db.value("SELECT enroll_student(%s, %s)", class_["id"], student)
    leave = "UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s"
    a.execute(leave, students[0])
    late = b.start(leave, students[1])
    assert late.blocked_by(a)
    a.commit()
    assert late.result() == 1
    b.commit()
    states = [s for (s,) in db.rows("SELECT status::text FROM class_students ORDER BY student_id")]
    assert states == ["withdrawn", "withdrawn", "enrolled", "enrolled", "waitlisted"]
    assert db.value("SELECT enrolled_count FROM classes") == 2


@pytest.mark.parametrize("then", ["job", "newcomer"])
def test_r41_who_was_held_when_a_place_became_free_gets_it_afterwards(two: Two, then: str) -> None:
    db, a, b = two
    class_ = a_class(db, capacity=1, status="active")["id"]
    ava, ben, cem = (a_student(db)["id"] for _ in range(3))
    for student in (ava, ben):
        db.value("SELECT enroll_student(%s, %s)", class_, student)
    a.execute("SELECT * FROM class_students WHERE student_id = %s FOR UPDATE", ben)
    b.execute("UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s", ava)  # waits for nobody
    b.commit()
    assert db.value("SELECT enrolled_count FROM classes") == 0
    a.commit()
    if then == "job":
        assert db.job("physed", "fill_free_places") == [{"class_id": class_, "student_ids": [ben]}]
        assert db.job("physed", "fill_free_places") == []
    else:
        assert db.value("SELECT enroll_student(%s, %s)", class_, cem) == "waitlisted", "who waits is first"
    assert db.value("SELECT status::text FROM class_students WHERE student_id = %s", ben) == "enrolled"


def test_r41_who_waits_and_asks_again_gets_a_free_place(two: Two) -> None:
    db, a, b = two
    class_ = a_class(db, capacity=1, status="active")["id"]
    ava, ben = (a_student(db)["id"] for _ in range(2))
    for student in (ava, ben):
        db.value("SELECT enroll_student(%s, %s)", class_, student)
    a.execute("SELECT * FROM class_students WHERE student_id = %s FOR UPDATE", ben)
    b.execute("UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s", ava)
    b.commit()
    assert a.value("SELECT enroll_student(%s, %s)", class_, ben) == "enrolled"
    a.commit()
    assert db.value("SELECT enrolled_count FROM classes") == 1


def test_a_performance_recorded_while_its_class_is_deleted_stays(two: Two) -> None:
    db, a, b = two
    class_, student = a_class(db)["id"], a_student(db)["id"]
    routine = a_routine(db, class_id=class_)["id"]
    a.execute("INSERT INTO routine_performance (routine_id, student_id) VALUES (%s, %s)", routine, student)
    late = b.start("DELETE FROM classes WHERE id = %s", class_)
    assert late.blocked_by(a)
    a.commit()
    assert late.result() == 1
    b.commit()
    assert db.row("SELECT p.student_id, r.class_id FROM routine_performance AS p "
                  "INNER JOIN routines AS r ON r.id = p.routine_id") == (student, None)  # fmt: skip


def test_enrolling_in_a_class_does_not_wait_for_another_class(two: Two) -> None:
    db, a, b = two
    one, other, student = a_class(db)["id"], a_class(db)["id"], a_student(db)["id"]
    a.execute(ENROL, one, student)
    assert b.start(ENROL, other, student).result() == 1


# Plan dates


@pytest.fixture
def plan(two: Two) -> tuple[int, int]:
    plan = a_plan(two[0], start_date="2026-01-01", end_date="2026-01-31")
    return plan["id"], an_activity(two[0])["id"]


ADD = "INSERT INTO activity_plan_activities (plan_id, activity_id, scheduled_date) VALUES (%s, %s, '2026-01-20')"
SHRINK = "UPDATE activity_plans SET end_date = '2026-01-15' WHERE id = %s"


def test_r26_a_plan_cannot_shrink_while_an_activity_is_added(two: Two, plan: tuple[int, int]) -> None:
    _db, a, b = two
    a.execute(ADD, *plan)
    late = b.start(SHRINK, plan[0])
    assert late.blocked_by(a)
    a.commit()
    refused(late, "activity_plan_activities_within_plan_check")


def test_r25_an_activity_cannot_be_added_while_its_plan_shrinks(two: Two, plan: tuple[int, int]) -> None:
    _db, a, b = two
    a.execute(SHRINK, plan[0])
    late = b.start(ADD, *plan)
    assert late.blocked_by(a)
    a.commit()
    refused(late, "activity_plan_activities_within_plan_check")


# Tree


MOVE = "UPDATE activity_categories SET parent_id = (SELECT id FROM activity_categories WHERE name = %s) WHERE name = %s"


@pytest.fixture
def categories(two: Two) -> None:
    for name in ("Games", "Fitness"):
        two[0].insert("activity_categories", name=name)


def test_r63_two_moves_at_once_make_no_cycle(two: Two, categories: None) -> None:
    _db, a, b = two
    a.execute(MOVE, "Fitness", "Games")
    late = b.start(MOVE, "Games", "Fitness")
    assert late.blocked_by(a)
    a.commit()
    refused(late, "activity_categories_no_cycle_check")


def test_r63_an_old_snapshot_makes_no_cycle(two: Two, categories: None) -> None:
    _db, a, b = two
    repeatable(b)
    a.execute(MOVE, "Fitness", "Games")
    a.commit()
    with pytest.raises(errors.SerializationFailure):
        b.execute(MOVE, "Games", "Fitness")


# Routine order


@pytest.fixture
def routine(two: Two) -> tuple[int, int]:
    """Steps 1, 2, 3, committed together."""
    db, a, _ = two
    routine, activity = a_routine(db)["id"], an_activity(db)["id"]
    for order in (1, 2, 3):
        a.execute(
            "INSERT INTO routine_activities (routine_id, activity_id, sequence_order) VALUES (%s, %s, %s)",
            routine,
            activity,
            order,
        )
    a.commit()
    return routine, activity


ROUTINE_ORDER_ADD = "INSERT INTO routine_activities (routine_id, activity_id, sequence_order) VALUES (%s, %s, 4)"
REMOVE = "DELETE FROM routine_activities WHERE sequence_order = 3"


def test_r56_removing_the_last_and_adding_a_next_leave_no_gap(two: Two, routine: tuple[int, int]) -> None:
    _db, a, b = two
    a.execute(REMOVE)
    b.execute(ROUTINE_ORDER_ADD, *routine)
    a.execute("SET CONSTRAINTS ALL IMMEDIATE")
    late = b.start("SET CONSTRAINTS ALL IMMEDIATE")
    assert late.blocked_by(a)
    a.commit()
    refused(late, "routine_activities_sequence_order_gap_check")


def test_r56_an_old_snapshot_leaves_no_gap(two: Two, routine: tuple[int, int]) -> None:
    db, a, b = two
    repeatable(b)
    b.execute(ROUTINE_ORDER_ADD, *routine)
    a.execute(REMOVE)
    a.commit()
    with pytest.raises(errors.SerializationFailure):
        b.commit()
    assert db.value("SELECT max(sequence_order) FROM routine_activities") == 2


def test_r55_two_who_append_do_not_share_a_place(two: Two, routine: tuple[int, int]) -> None:
    _db, a, b = two
    a.execute(ROUTINE_ORDER_ADD, *routine)
    b.execute("SET CONSTRAINTS ALL DEFERRED")
    late = b.start(ROUTINE_ORDER_ADD, *routine)
    late.blocked_by(a)
    a.commit()
    with pytest.raises(errors.UniqueViolation):  # at once on 15, at commit where the check is still deferred
        late.result() and b.commit()


# Weights


WEIGHTS_ADD = "INSERT INTO assessment_criteria (set_name, name, weight) VALUES ('athletics', %s, %s)"


def test_r47_two_who_fill_a_set_at_once_do_not_fill_it_twice(two: Two) -> None:
    _db, a, b = two
    for session in (a, b):
        for weight in (0.4, 0.6):
            session.execute(WEIGHTS_ADD, "form", weight)
    a.execute("SET CONSTRAINTS ALL IMMEDIATE")
    late = b.start("SET CONSTRAINTS ALL IMMEDIATE")
    assert late.blocked_by(a)
    a.commit()
    refused(late, "assessment_criteria_weights_sum_check")


def test_r47_children_of_one_parent_are_one_set_under_any_snapshot(
    two: Two,
) -> None:
    db, a, b = two
    parent = a_criterion_set(db)["id"]
    repeatable(b)
    for session in (a, b):
        session.execute("INSERT INTO assessment_criteria (parent_id, name, weight) VALUES (%s, 'form', 1)", parent)
    a.commit()
    with pytest.raises(errors.SerializationFailure):
        b.commit()
    assert db.value("SELECT count(*) FROM assessment_criteria WHERE parent_id = %s", parent) == 1


# Criterion scale


def test_a_criterion_cannot_shrink_while_a_score_is_given(two: Two) -> None:
    db, a, b = two
    criterion = a_criterion_set(db, min_score=0, max_score=10)["id"]
    assessment = db.insert("skill_assessments", student_id=a_student(db)["id"])["id"]
    a.execute(
        "INSERT INTO assessment_results (assessment_id, criteria_id, score) VALUES (%s, %s, 9)",
        assessment,
        criterion,
    )
    late = b.start("UPDATE assessment_criteria SET max_score = 5")
    assert late.blocked_by(a)
    a.commit()
    refused(late, "assessment_results_score_within_criterion_check")


# Versions


def test_r93_of_two_who_edit_the_same_version_one_is_told(two: Two) -> None:
    db, a, b = two
    student = a_student(db)["id"]
    edit = "UPDATE students SET last_name = %s, version = 1 WHERE id = %s"
    a.execute(edit, "Berg", student)
    late = b.start(edit, "Dahl", student)
    assert late.blocked_by(a)
    a.commit()
    with pytest.raises(errors.SerializationFailure, match="changed meanwhile"):
        late.result()


# Primary category


def test_r64_two_who_set_a_primary_category_at_once_set_one(two: Two) -> None:
    db, a, b = two
    activity = an_activity(db)["id"]
    one, other = (db.insert("activity_categories", name=n)["id"] for n in ("Games", "Fitness"))
    add = (
        "INSERT INTO activity_category_associations (activity_id, category_id, primary_category) VALUES (%s, %s, true)"
    )
    a.execute(add, activity, one)
    late = b.start(add, activity, other)
    assert late.blocked_by(a)
    a.commit()
    with pytest.raises(errors.UniqueViolation):
        late.result()


def test_a_conflict_over_one_enrolment_counts_once(two: Two) -> None:
    db, a, b = two
    class_, student = a_class(db, capacity=2), a_student(db)
    an_enrolment(db, class_)
    a.execute(ENROL, class_["id"], student["id"])
    late = b.start(ENROL + " ON CONFLICT DO NOTHING", class_["id"], student["id"])
    assert late.blocked_by(a)
    a.commit()
    assert late.result() == 0
    b.commit()
    assert db.value("SELECT enrolled_count FROM classes") == 2
