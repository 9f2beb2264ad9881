"""Three sessions of mixed isolation write single statements of every shape; afterwards each counter is what a recount says."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.fuzz import Game, check_game
from tests.schema.spark.factories import (
    a_badge,
    a_class,
    a_course,
    a_lesson,
    a_quiz,
    a_school,
    a_student,
    a_sync_log,
)
from tests.schema.spark.test_rules_corners import RECOUNT

STATEMENTS = [
    "INSERT INTO enrollments (student_id, class_id) VALUES ({student}, {klass}) ON CONFLICT DO NOTHING",
    "INSERT INTO enrollments (student_id, class_id) VALUES ({student}, {klass}) ON CONFLICT (student_id, class_id) DO UPDATE SET status = 'ACTIVE'",
    "UPDATE enrollments SET status = (ARRAY['ACTIVE', 'DROPPED']::enrollment_status[])[1 + random()::integer] WHERE class_id = {klass}",
    "UPDATE enrollments SET class_id = {klass} WHERE student_id = {student}",
    "DELETE FROM enrollments WHERE class_id = {klass} AND student_id = {student}",
    "WITH gone AS (DELETE FROM enrollments WHERE student_id = {student} RETURNING student_id) UPDATE enrollments SET status = 'ACTIVE' WHERE class_id = {klass}",
    "MERGE INTO enrollments AS e USING (SELECT {student} AS s) AS n ON e.student_id = n.s AND e.class_id = {klass} WHEN MATCHED THEN UPDATE SET status = 'DROPPED' WHEN NOT MATCHED THEN INSERT (student_id, class_id) VALUES (n.s, {klass})",
    "INSERT INTO guild_memberships (guild_id, student_id) VALUES ({guild}, {student}) ON CONFLICT DO NOTHING",
    "INSERT INTO guild_memberships (guild_id, student_id) VALUES ({guild}, {student}) ON CONFLICT (guild_id, student_id) DO UPDATE SET contribution_xp = guild_memberships.contribution_xp + 1",
    "DELETE FROM guild_memberships WHERE student_id = {student} AND role <> 'LEADER'",
    "UPDATE guilds SET leader_id = {student} WHERE id = {guild}",
    "INSERT INTO questions (text, type, correct_answer, quiz_id, order_index) VALUES ('?', 'ESSAY', '1', {quiz}, (random() * 1e9)::integer)",
    "UPDATE questions SET quiz_id = {quiz} WHERE id = (SELECT id FROM questions LIMIT 1)",
    "DELETE FROM questions WHERE id = (SELECT id FROM questions WHERE quiz_id = {quiz} LIMIT 1)",
    "SELECT * FROM record_progress({student}, {lesson}, 'IN_PROGRESS', {number}, {number}, 1, NULL, 'd', {moment})",
    "UPDATE student_progress SET last_accessed = {moment}, attempts = attempts + 1 WHERE student_id = {student}",
    "MERGE INTO student_progress AS p USING (SELECT {student} AS s, {lesson} AS l) AS n ON p.student_id = n.s AND p.lesson_id = n.l WHEN MATCHED THEN UPDATE SET last_accessed = {moment} WHEN NOT MATCHED THEN INSERT (student_id, lesson_id) VALUES (n.s, n.l)",
    "DELETE FROM student_progress WHERE lesson_id = {lesson}",
    "INSERT INTO submissions (student_id, quiz_id, answers, time_spent, is_final, submitted_at) VALUES ({student}, {quiz}, '{}', 1, random() > 0.5, {moment})",
    "UPDATE submissions SET submitted_at = {moment}, score = {number} WHERE student_id = {student}",
    "WITH gone AS (DELETE FROM submissions WHERE student_id = {student}) INSERT INTO submissions (student_id, quiz_id, answers, time_spent) VALUES ({student}, {quiz}, '{}', 1)",
    "TRUNCATE enrollments",
    "TRUNCATE questions",
    "TRUNCATE submissions, student_progress",
    "TRUNCATE sync_conflicts",
    "COPY enrollments (student_id, class_id) FROM STDIN | {student}, {klass}",
    "COPY guild_memberships (guild_id, student_id) FROM STDIN | {guild}, {student}",
    "COPY submissions (student_id, quiz_id, answers, time_spent) FROM STDIN | {student}, {quiz}, {object}, {number}",
    "COPY student_progress (student_id, lesson_id, last_accessed) FROM STDIN | {student}, {lesson}, {moment}",
    "INSERT INTO sync_conflicts (sync_log_id, entity_type, entity_id, client_data, server_data) VALUES ({log}, 'lesson_progress', gen_random_uuid(), '{}', '{}')",
    "UPDATE sync_conflicts SET resolved_at = now(), resolution_strategy = 'CLIENT_WINS' WHERE sync_log_id = {log}",
    "WITH gone AS (DELETE FROM sync_conflicts WHERE sync_log_id = {log}) INSERT INTO sync_conflicts (sync_log_id, entity_type, entity_id, client_data, server_data) VALUES ({log_b}, 'lesson_progress', gen_random_uuid(), '{}', '{}')",
    "WITH gone AS (DELETE FROM classes WHERE id = {klass} AND random() < 0.1) UPDATE enrollments SET class_id = {klass_b} WHERE class_id = {klass}",
    "MERGE INTO guild_memberships AS m USING (SELECT {student}::uuid AS s) AS n ON m.student_id = n.s AND m.guild_id = {guild} WHEN MATCHED AND m.role <> 'LEADER' THEN DELETE WHEN NOT MATCHED THEN INSERT (guild_id, student_id) VALUES ({guild}, n.s)",
]
TRUTHS = {name: f"SELECT wrong FROM ({recount}) AS r (wrong) WHERE wrong <> 0" for name, recount in RECOUNT.items()} | {
    "classes.max_students": "SELECT id FROM classes WHERE current_students > max_students",
    "sync_logs.status": """SELECT l.id, l.status FROM sync_logs AS l WHERE (l.status = 'CONFLICT') <> EXISTS (
        SELECT FROM sync_conflicts AS c WHERE c.sync_log_id = l.id AND c.resolved_at IS NULL)""",
}


@pytest.fixture
def game(db_committed: CommittedDatabase) -> Game:
    """A school of twelve students, three small classes, two guilds, two quizzes, four lessons and two uploads."""
    db: Database = db_committed
    db.use("spark")
    school = a_school(db)["id"]
    students = [a_student(db, school)["id"] for _ in range(12)]
    guilds = [
        db.insert("guilds", name=f"G{n}", leader_id=students[n], school_id=school, max_members=4)["id"] for n in (0, 1)
    ]
    things = {
        "student": students,
        "klass": [a_class(db, school, max_students=5)["id"] for _ in range(3)],
        "guild": guilds,
        "quiz": [a_quiz(db)["id"] for _ in range(2)],
        "lesson": [a_lesson(db)["id"] for _ in range(4)],
        "log": [a_sync_log(db, students[n])["id"] for n in (0, 1)],
        "number": range(100),
        "moment": [f"{year}-05-01T00:00:00Z" for year in (2024, 2025, 2026, 2035)],
        "object": ["{}"],
    }
    return Game("spark", things, STATEMENTS, TRUTHS)


def test_counters_are_what_a_recount_says_after_three_sessions(db_committed: CommittedDatabase, game: Game) -> None:
    check_game(db_committed, game)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("first", ["rely", "go"])
def test_a_course_that_goes_while_another_begins_to_rely_on_it_leaves_no_orphan(
    db_committed: CommittedDatabase, first: str, level: str
) -> None:
    db_committed.use("spark")
    basis, course = a_course(db_committed)["id"], a_course(db_committed)["id"]
    statements = {
        "rely": ("UPDATE courses SET prerequisites = ARRAY[%s::text] WHERE id = %s", str(basis), course),
        "go": ("DELETE FROM courses WHERE id = %s", basis),
    }
    with db_committed.sessions(2) as (a, b):
        for session in (a, b):
            session.use("spark")
            session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            session.execute("SELECT count(*) FROM courses")
        with suppress(psycopg.errors.InvalidTransactionState):
            a.execute(*statements.pop(first))
        waiting = b.start(*statements.popitem()[1])
        waiting.blocked_by(a, seconds=2)
        a.commit()
        with suppress(
            psycopg.errors.IntegrityError, psycopg.errors.OperationalError, psycopg.errors.InvalidTransactionState
        ):
            waiting.result()
            b.commit()
    orphans = (
        "SELECT c.id FROM courses AS c, unnest(c.prerequisites) AS p WHERE p NOT IN (SELECT id::text FROM courses)"
    )
    assert db_committed.rows(orphans) == []


def test_a_badge_taken_and_given_by_two_sessions_at_once_pays_once(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    student, badge = a_student(db_committed)["id"], a_badge(db_committed, {}, crystal_reward=5)["id"]
    db_committed.insert("earned_badges", user_id=student, badge_id=badge)
    db_committed.execute("UPDATE profiles SET crystals = 0 WHERE user_id = %s", student)
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute("DELETE FROM earned_badges WHERE user_id = %s", student)
        waiting = b.start("INSERT INTO earned_badges (user_id, badge_id) VALUES (%s, %s)", student, badge)
        assert waiting.blocked_by(a)
        a.commit()
        waiting.result()
        b.commit()
    assert db_committed.value("SELECT crystals FROM profiles WHERE user_id = %s", student) == 0
