"""Three sessions of mixed isolation write single statements of every shape; afterwards classes, lists and routines are true."""

from __future__ import annotations

import pytest

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.fuzz import Game, check_game
from tests.schema.physed.factories import a_class, a_routine, a_student, a_teacher, an_activity

STATEMENTS = [
    "INSERT INTO class_students (class_id, student_id) VALUES ({class}, {student}) ON CONFLICT DO NOTHING",
    "INSERT INTO class_students (class_id, student_id, status) VALUES ({class}, {student}, {status}) ON CONFLICT (class_id, student_id) DO UPDATE SET status = EXCLUDED.status",
    "INSERT INTO class_students (class_id, student_id, status) SELECT {class}, id, {status} FROM students ORDER BY random() LIMIT {number} ON CONFLICT DO NOTHING",
    "SELECT enroll_student({class}, {student})",
    "UPDATE class_students SET status = {status} WHERE class_id = {class} AND student_id = {student}",
    "UPDATE class_students SET status = {status} WHERE class_id = {class}",
    "UPDATE class_students SET class_id = {class} WHERE class_id = {class_b} AND student_id = {student}",
    "DELETE FROM class_students WHERE student_id = {student}",
    "WITH gone AS (DELETE FROM classes WHERE id = {class}) UPDATE class_students SET class_id = {class_b} WHERE class_id = {class}",
    "WITH gone AS (DELETE FROM class_students WHERE class_id = {class} RETURNING student_id) INSERT INTO class_students (class_id, student_id) SELECT {class_b}, student_id FROM gone ON CONFLICT DO NOTHING",
    "WITH moved AS (UPDATE class_students SET class_id = {class_b} WHERE class_id = {class} AND student_id = {student}) DELETE FROM class_students WHERE class_id = {class} AND student_id <> {student}",
    "WITH gone AS (DELETE FROM students WHERE id = {student} AND random() < 0.02) UPDATE class_students SET status = {status} WHERE student_id = {student}",
    "MERGE INTO class_students AS e USING (SELECT {student}::integer AS s) AS n ON e.student_id = n.s AND e.class_id = {class} WHEN MATCHED AND e.status = 'waitlisted' THEN DELETE WHEN MATCHED THEN UPDATE SET status = {status} WHEN NOT MATCHED THEN INSERT (class_id, student_id, status) VALUES ({class}, n.s, {status})",
    "INSERT INTO classes (id, name, grade_level, capacity, status, teacher_id) VALUES ({class}, '6a', '6', {number}, 'active', {teacher}) ON CONFLICT (id) DO UPDATE SET capacity = EXCLUDED.capacity, teacher_id = EXCLUDED.teacher_id",
    "INSERT INTO classes (id, name, grade_level, capacity, status, teacher_id) SELECT n, '6a', '6', {number}, 'active', {teacher} FROM generate_series(1, 4) AS n ON CONFLICT (id) DO NOTHING",
    "INSERT INTO students (id, first_name, last_name) VALUES ({student}, 'Ava', 'Lindqvist') ON CONFLICT DO NOTHING",
    "INSERT INTO routines (id, name) VALUES ({routine}, 'Monday') ON CONFLICT DO NOTHING",
    "UPDATE classes SET capacity = {number} WHERE id = {class}",
    "UPDATE classes SET id = {class} WHERE id = {class_b}",
    "UPDATE users SET is_active = NOT is_active WHERE id = {teacher}",
    "SELECT promote_from_waitlist({class})",
    "SELECT * FROM fill_free_places()",
    "INSERT INTO routine_activities (routine_id, activity_id, sequence_order) SELECT {routine}, {activity}, activity_count + 1 FROM routines WHERE id = {routine}",
    "DELETE FROM routine_activities WHERE id = (SELECT id FROM routine_activities WHERE routine_id = {routine} ORDER BY sequence_order DESC LIMIT 1)",
    "UPDATE routine_activities SET sequence_order = 1 + (sequence_order % (SELECT greatest(count(*), 1)::integer FROM routine_activities WHERE routine_id = {routine})) WHERE routine_id = {routine}",
    "WITH gone AS (DELETE FROM routine_activities WHERE routine_id = {routine}) INSERT INTO routine_activities (routine_id, activity_id, sequence_order) SELECT {routine}, {activity}, n FROM generate_series(1, {number}) AS n",
    "WITH gone AS (DELETE FROM routines WHERE id = {routine} AND random() < 0.05) UPDATE routine_activities SET routine_id = {routine_b} WHERE routine_id = {routine} AND NOT EXISTS (SELECT FROM routine_activities AS a WHERE a.routine_id = {routine_b})",
    "COPY class_students (class_id, student_id) FROM STDIN | {class}, {student}",
    "COPY class_students (class_id, student_id, status) FROM STDIN | {class}, {student}, {status}",
    "COPY routine_activities (routine_id, activity_id, sequence_order) FROM STDIN | {routine}, {activity}, {number}",
    "TRUNCATE class_students",
    "TRUNCATE routine_activities",
    "TRUNCATE classes CASCADE",
]
TRUTHS = {
    "classes.enrolled_count": """SELECT c.id, c.enrolled_count, n.enrolled FROM classes AS c CROSS JOIN LATERAL (
        SELECT count(*) AS enrolled FROM class_students AS e WHERE e.class_id = c.id AND e.status = 'enrolled') AS n
        WHERE c.enrolled_count <> n.enrolled OR n.enrolled > least(coalesce(c.capacity, 50), 50)""",
    "the waitlist": """SELECT c.id FROM classes AS c WHERE c.status <> 'completed'
        AND c.enrolled_count < least(coalesce(c.capacity, 50), 50)
        AND EXISTS (SELECT FROM class_students AS e WHERE e.class_id = c.id AND e.status = 'waitlisted')""",
    "class_scopes": """SELECT c.id, s.student_ids, n.ids FROM classes AS c LEFT JOIN class_scopes AS s ON s.class_id = c.id
        CROSS JOIN LATERAL (SELECT coalesce(array_agg(e.student_id ORDER BY e.student_id), '{}') AS ids,
        coalesce(array_agg(e.student_id ORDER BY e.student_id) FILTER (WHERE e.status = 'enrolled'), '{}') AS enrolled
        FROM class_students AS e WHERE e.class_id = c.id AND e.status IN ('enrolled', 'waitlisted')) AS n
        WHERE (s.teacher_id, s.student_ids, s.enrolled_student_ids) IS DISTINCT FROM (c.teacher_id, n.ids, n.enrolled)""",
    "teacher_scopes": """SELECT u.id, t.class_ids, n.ids FROM users AS u
        LEFT JOIN teacher_scopes AS t ON t.teacher_id = u.id AND t.mark = 0
        CROSS JOIN LATERAL (SELECT coalesce(array_agg(c.id ORDER BY c.id), '{}') AS ids FROM classes AS c
        WHERE c.teacher_id = u.id AND u.is_teacher AND u.is_active) AS n
        WHERE t.class_ids IS DISTINCT FROM n.ids""",
    "routines.activity_count": """SELECT r.id, r.activity_count FROM routines AS r CROSS JOIN LATERAL (
        SELECT count(*) AS steps, min(sequence_order) AS first, max(sequence_order) AS last
        FROM routine_activities AS a WHERE a.routine_id = r.id) AS n
        WHERE r.activity_count <> n.steps OR n.first <> 1 OR n.last <> n.steps""",
}


@pytest.fixture
def game(db_committed: CommittedDatabase) -> Game:
    """Two teachers, four small classes, ten students, and three routines of three activities."""
    db_committed.use("physed")
    teachers = [a_teacher(db_committed)["id"] for _ in range(2)]
    things = {
        "teacher": teachers,
        "class": [
            a_class(db_committed, capacity=4, status="active", teacher_id=teachers[n % 2])["id"] for n in range(4)
        ],
        "student": [a_student(db_committed)["id"] for _ in range(10)],
        "routine": [a_routine(db_committed)["id"] for _ in range(3)],
        "activity": [an_activity(db_committed)["id"] for _ in range(3)],
        "status": ["enrolled", "waitlisted", "withdrawn", "completed"],
        "number": range(1, 6),
    }
    return Game("physed", things, STATEMENTS, TRUTHS, "SELECT fill_free_places(); SELECT merge_scopes()")


def test_classes_lists_and_routines_are_true_after_three_sessions(db_committed: CommittedDatabase, game: Game) -> None:
    check_game(db_committed, game)
