"""Three sessions of mixed isolation write single statements of every shape; afterwards each counter is what a recount says."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase, Session
from tests.schema.spark.factories import a_badge, a_class, a_course, a_lesson, a_quiz, a_school, a_student
from tests.schema.spark.test_rules_corners import RECOUNT

TRANSACTIONS = int(os.environ.get("SLATE_FUZZ", "60"))  # committed ones, of all sessions together
LEVELS = ["READ COMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
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
    "INSERT INTO submissions (student_id, quiz_id, answers, time_spent, is_final, submitted_at) VALUES ({student}, {quiz}, '{{}}', 1, random() > 0.5, {moment})",
    "UPDATE submissions SET submitted_at = {moment}, score = {number} WHERE student_id = {student}",
    "WITH gone AS (DELETE FROM submissions WHERE student_id = {student}) INSERT INTO submissions (student_id, quiz_id, answers, time_spent) VALUES ({student}, {quiz}, '{{}}', 1)",
    "TRUNCATE {truncated}",
    "COPY",
]


def draw(chance: random.Random, things: dict[str, list[Any]]) -> str:
    """Return a statement of any shape about any of the things."""
    chosen = {kind: f"'{chance.choice(ids)}'::uuid" for kind, ids in things.items()}
    year, truncated = (
        chance.choice([2024, 2025, 2026, 2035]),
        chance.choice(["questions", "submissions", "enrollments"]),
    )
    statement = chance.choice(STATEMENTS)
    if statement.startswith("TRUNCATE") and chance.random() > 0.2:
        statement = STATEMENTS[0]
    return statement.format(
        **chosen, number=chance.randrange(100), moment=f"'{year}-05-01T00:00:00Z'::timestamptz", truncated=truncated
    )


def play(session: Session, seed: int, things: dict[str, list[Any]], wanted: int) -> int:
    """Commit that many transactions of one to three statements; return how many were refused on the way."""
    chance, done, refused = random.Random(seed), 0, 0  # noqa: S311 - the same draws in every run
    session.use("spark")
    while done < wanted:
        try:
            session.execute(f"SET TRANSACTION ISOLATION LEVEL {chance.choice(LEVELS)}")
            for _ in range(chance.randrange(1, 4)):
                statement = draw(chance, things)
                if statement == "COPY":
                    with session.connection.cursor().copy("COPY enrollments (student_id, class_id) FROM STDIN") as copy:
                        copy.write_row((chance.choice(things["student"]), chance.choice(things["klass"])))
                else:
                    session.execute(statement)
            session.commit()
            done += 1
        except (psycopg.errors.IntegrityError, psycopg.errors.OperationalError, psycopg.errors.ProgrammingError):
            session.rollback()
            refused += 1
    return refused


@pytest.fixture
def things(db_committed: CommittedDatabase) -> dict[str, list[Any]]:
    """A school of twelve students, three small classes, two guilds, two quizzes and four lessons; ids by kind."""
    db: Database = db_committed
    db.use("spark")
    school = a_school(db)["id"]
    students = [a_student(db, school)["id"] for _ in range(12)]
    guilds = [
        db.insert("guilds", name=f"G{n}", leader_id=students[n], school_id=school, max_members=4)["id"] for n in (0, 1)
    ]
    return {
        "student": students,
        "klass": [a_class(db, school, max_students=5)["id"] for _ in range(3)],
        "guild": guilds,
        "quiz": [a_quiz(db)["id"] for _ in range(2)],
        "lesson": [a_lesson(db)["id"] for _ in range(4)],
    }


def test_counters_are_what_a_recount_says_after_three_sessions(
    db_committed: CommittedDatabase, things: dict[str, list[Any]]
) -> None:
    with db_committed.sessions(3) as sessions, ThreadPoolExecutor(3) as pool:
        playing = [pool.submit(play, s, seed, things, TRANSACTIONS // 3) for seed, s in enumerate(sessions)]
        for played in playing:
            played.result()
    for name, recount in RECOUNT.items():
        assert db_committed.value(recount) == 0, name
    assert db_committed.value("SELECT count(*) FROM classes WHERE current_students > max_students") == 0


def test_a_course_that_goes_while_another_begins_to_rely_on_it_leaves_no_orphan(
    db_committed: CommittedDatabase,
) -> None:
    db_committed.use("spark")
    basis, course = a_course(db_committed)["id"], a_course(db_committed)["id"]
    with db_committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        a.execute("UPDATE courses SET prerequisites = ARRAY[%s::text] WHERE id = %s", str(basis), course)
        waiting = b.start("DELETE FROM courses WHERE id = %s", basis)
        assert waiting.blocked_by(a)
        a.commit()
        waiting.result()
        b.commit()
    assert db_committed.value("SELECT prerequisites FROM courses WHERE id = %s", course) == []


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
