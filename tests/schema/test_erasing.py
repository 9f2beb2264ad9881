"""A person is erased while others are at it: once, wholly, and whatever arrives meanwhile waits and is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase, Pending
from tests.schema.flourish import factories as flourish
from tests.schema.learning import factories as learning
from tests.schema.physed import factories as physed
from tests.schema.spark import factories as spark
from tests.schema.vividly import factories as vividly

TOLD = (psycopg.errors.IntegrityError, psycopg.errors.OperationalError, psycopg.errors.NoDataFound,
        psycopg.errors.ObjectNotInPrerequisiteState)  # fmt: skip


@dataclass(frozen=True)
class Erasure:
    """How a person comes to be, with what; a late row about the person; the table that must not have it."""

    person: Callable[[Database], Any]
    late: str
    table: str


def _student_of_flourish(db: Database) -> Any:
    flourish.populate(db, {})
    return flourish.MAYA


def _user_of_learning(db: Database) -> Any:
    user = learning.a_user(db)
    learning.a_session(db, user)
    return user["id"]


def _student_of_physed(db: Database) -> Any:
    student = physed.a_student(db)
    physed.a_plan(db, student)
    return student["id"]


def _pupil_of_spark(db: Database) -> Any:
    return spark.a_user(db, "STUDENT", spark.a_school(db)["id"])["id"]


def _student_of_vividly(db: Database) -> Any:
    vividly.build_world(db)
    vividly.a_request(db, "ann")
    return "ann"


ERASURES = {
    "flourish": Erasure(
        _student_of_flourish,
        "INSERT INTO skill_targets (student_id, skill_name) VALUES (%s, 'Organization')",
        "skill_targets WHERE student_id = %s",
    ),
    "learning": Erasure(
        _user_of_learning,
        "INSERT INTO study_materials (user_id, title, source_type) VALUES (%s, 'Late', 'text')",
        "study_materials WHERE user_id = %s OR title = 'Late'",
    ),
    "physed": Erasure(
        _student_of_physed,
        "INSERT INTO safety_incidents (student_id, date, incident_type, severity, description, action_taken) "
        "VALUES (%s, now(), 'fall', 'low', 'Late', 'ice')",
        "safety_incidents WHERE student_id = %s",
    ),
    "spark": Erasure(
        _pupil_of_spark,
        "INSERT INTO learning_preferences (student_id) VALUES (%s)",
        "learning_preferences WHERE student_id = %s",
    ),
    "vividly": Erasure(
        _student_of_vividly,
        "INSERT INTO content_requests (id, student_id, original_query) VALUES ('req_late', %s, 'why')",
        "content_requests WHERE student_id = %s OR id = 'req_late'",
    ),
}


def outcome(pending: Pending) -> int:
    """Return how many rows a statement had in the end; none where it was refused and told why."""
    try:
        return pending.result()
    except TOLD:
        return 0


@pytest.mark.parametrize("product", ERASURES)
def test_a_person_is_erased_once_and_what_arrives_meanwhile_is_refused(
    db_committed: CommittedDatabase, product: str
) -> None:
    if not db_committed.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")
    erasure = ERASURES[product]
    db_committed.use(product)
    who = erasure.person(db_committed)
    erase = "SELECT 1 WHERE erase_person(%s)"
    with db_committed.sessions(3) as (first, second, writer):
        for session in (first, second, writer):
            session.use(product)
        assert first.execute(erase, who).rowcount == 1
        again, late = second.start(erase, who), writer.start(erasure.late, who)
        again.blocked_by(first, seconds=1), late.blocked_by(first, seconds=1)  # or behind the second
        first.commit()
        assert (outcome(again), outcome(late)) == (0, 0)
    assert db_committed.rows(f"SELECT * FROM {erasure.table}", who) == []
