"""One session begins to rely on what another changes, in either order and under every isolation: no row is left that lies.

What a foreign key cannot say is asked by triggers, and a trigger sees what its snapshot shows. Each pair says what two
sessions do and how a lie would be found; a refusal is a good answer, a lie is none.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.physed import factories as physed
from tests.schema.spark import factories as spark

TOLD = (psycopg.errors.IntegrityError, psycopg.errors.OperationalError, psycopg.errors.InvalidTransactionState)
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


@dataclass(frozen=True)
class Pair:
    """What two sessions do at once, with holes for what `made` returns, and the rows that would be lies."""

    product: str
    made: Callable[[Database], dict[str, Any]]
    relies: str
    changes: str
    lies: str


def _pupil_and_class(db: Database) -> dict[str, Any]:
    school = spark.a_school(db)["id"]
    other = spark.a_school(db)["id"]
    klass = spark.a_class(db, school)["id"]
    return {"pupil": spark.a_user(db, "STUDENT", school)["id"], "class": klass, "other": other}


def _plan_and_activity(db: Database) -> dict[str, Any]:
    plan = physed.a_plan(db, start_date="2026-01-01", end_date="2026-01-31")["id"]
    return {"plan": plan, "activity": physed.an_activity(db)["id"]}


def _criterion_and_assessment(db: Database) -> dict[str, Any]:
    criterion = physed.a_criterion_set(db, min_score=0, max_score=10)["id"]
    return {"criterion": criterion, "assessment": physed.an_assessment(db)["id"]}


def _nothing(db: Database) -> dict[str, Any]:
    return {}


PAIRS = {
    "a role and an enrolment": Pair(
        "spark",
        _pupil_and_class,
        "INSERT INTO enrollments (student_id, class_id) VALUES ({pupil}, {class})",
        "UPDATE users SET role = 'TEACHER' WHERE id = {pupil}",
        "SELECT e.id FROM enrollments AS e INNER JOIN users AS u ON u.id = e.student_id WHERE u.role <> 'STUDENT'",
    ),
    "a school and an enrolment": Pair(
        "spark",
        _pupil_and_class,
        "INSERT INTO enrollments (student_id, class_id) VALUES ({pupil}, {class})",
        "UPDATE users SET school_id = {other} WHERE id = {pupil}",
        """SELECT e.id FROM enrollments AS e INNER JOIN users AS u ON u.id = e.student_id
        INNER JOIN classes AS c ON c.id = e.class_id WHERE u.school_id <> c.school_id AND e.status = 'ACTIVE'""",
    ),
    "a class's school and an enrolment": Pair(
        "spark",
        _pupil_and_class,
        "INSERT INTO enrollments (student_id, class_id) VALUES ({pupil}, {class})",
        "UPDATE classes SET school_id = {other}, teacher_id = NULL WHERE id = {class}",
        """SELECT e.id FROM enrollments AS e INNER JOIN users AS u ON u.id = e.student_id
        INNER JOIN classes AS c ON c.id = e.class_id WHERE u.school_id <> c.school_id AND e.status = 'ACTIVE'""",
    ),
    "a plan's end and an activity": Pair(
        "physed",
        _plan_and_activity,
        """INSERT INTO activity_plan_activities (plan_id, activity_id, student_id, scheduled_date)
        SELECT id, {activity}, student_id, '2026-01-30' FROM activity_plans WHERE id = {plan}""",
        "UPDATE activity_plans SET end_date = '2026-01-15' WHERE id = {plan}",
        """SELECT a.id FROM activity_plan_activities AS a INNER JOIN activity_plans AS p ON p.id = a.plan_id
        WHERE a.scheduled_date > p.end_date""",
    ),
    "a scale and a score": Pair(
        "physed",
        _criterion_and_assessment,
        "INSERT INTO assessment_results (assessment_id, criteria_id, score) VALUES ({assessment}, {criterion}, 9)",
        "UPDATE assessment_criteria SET max_score = 5 WHERE id = {criterion}",
        """SELECT r.id FROM assessment_results AS r INNER JOIN assessment_criteria AS c ON c.id = r.criteria_id
        WHERE r.score > c.max_score""",
    ),
    "a set of criteria, twice": Pair(
        "physed",
        _nothing,
        "INSERT INTO assessment_criteria (set_name, name, weight) VALUES ('term', 'one', 1)",
        "INSERT INTO assessment_criteria (set_name, name, weight) VALUES ('term', 'two', 1)",
        "SELECT sum(weight) FROM assessment_criteria WHERE set_name = 'term' HAVING abs(sum(weight) - 1) > 0.000001",
    ),
}


@pytest.mark.parametrize(("level", "first"), itertools.product(LEVELS, ("relies", "changes")))
@pytest.mark.parametrize("name", PAIRS, ids=[f"{pair.product}: {name}" for name, pair in PAIRS.items()])
def test_of_two_sessions_at_once_one_waits_or_is_told(
    db_committed: CommittedDatabase, name: str, level: str, first: str
) -> None:
    pair = PAIRS[name]
    db_committed.use(pair.product)
    made = {k: sql.Literal(v) for k, v in pair.made(db_committed).items()}
    one, two = (pair.relies, pair.changes) if first == "relies" else (pair.changes, pair.relies)
    filled = [sql.SQL(text).format(**made).as_string(db_committed.connection) for text in (one, two)]
    with db_committed.sessions(2) as (a, b):
        for session in (a, b):
            session.use(pair.product)
            session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            session.execute("SELECT count(*) FROM users")
        with suppress(*TOLD):
            a.execute(filled[0])
        second = b.start(filled[1])
        second.blocked_by(a, seconds=2)
        with suppress(*TOLD):
            a.commit()
        with suppress(*TOLD):
            second.result()
            b.commit()
    assert db_committed.rows(pair.lies) == []
