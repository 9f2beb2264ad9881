"""Targets: what a student works on, open until it is reached."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import a_student, a_target

DONE = {"completed": True, "assigned_at": "2025-09-08 09:00Z", "completed_at": "2025-11-12 09:00Z"}
ONE_OF_EACH = "skill_targets_student_id_skill_name_completed_key"


@pytest.fixture
def maya(flourish: Database) -> Database:
    a_student(flourish)
    return flourish


def test_a_target_is_open_until_it_is_completed(maya: Database) -> None:
    target = a_target(maya)
    assert (target["completed"], target["completed_at"]) == (False, None)
    maya.execute("UPDATE skill_targets SET completed = true, completed_at = now()")
    assert maya.value("SELECT completed_at >= assigned_at FROM skill_targets")


@pytest.mark.parametrize(
    "over",
    [{"completed": True}, {"completed": False, "completed_at": "2025-11-12 09:00Z"}],
    ids=["completed without a time", "a time without completion"],
)
def test_completed_and_its_time_come_together(maya: Database, over: dict[str, Any]) -> None:
    with maya.throws("23514", constraint="chk_completion_logic"):
        a_target(maya, assigned_at="2025-09-08 09:00Z", **over)


@pytest.mark.parametrize("completed_at", [None, "2025-11-12 09:00Z"])
def test_completed_is_never_unknown(maya: Database, completed_at: str | None) -> None:
    with maya.throws("23502", match='"completed"'):
        a_target(maya, completed=None, completed_at=completed_at)


def test_a_target_is_not_completed_before_it_is_assigned(maya: Database) -> None:
    with maya.throws("23514", constraint="skill_targets_completed_not_before_assigned_check"):
        a_target(maya, **DONE | {"completed_at": "2025-09-08 08:50Z"})
    assert a_target(maya, **DONE | {"completed_at": DONE["assigned_at"]})["completed"]


def test_a_skill_has_one_open_target_and_one_completed(maya: Database) -> None:
    a_target(maya)
    a_target(maya, **DONE)
    a_target(maya, skill_name="Organization")
    with maya.throws("23505", constraint=ONE_OF_EACH):
        a_target(maya)
    with maya.throws("23505", constraint=ONE_OF_EACH):
        a_target(maya, **DONE)


def test_a_second_round_is_completed_after_the_first_is_deleted(maya: Database) -> None:
    a_target(maya, **DONE)
    second = a_target(maya)["id"]
    complete = "UPDATE skill_targets SET completed = true, completed_at = now() WHERE id = %s"
    with maya.throws("23505", constraint=ONE_OF_EACH):
        maya.execute(complete, second)
    maya.execute("DELETE FROM skill_targets WHERE completed")
    assert maya.execute(complete, second).rowcount == 1


def test_a_target_names_a_skill(maya: Database) -> None:
    with maya.throws("23514", constraint="skill_targets_skill_name_not_blank_check"):
        a_target(maya, skill_name=" \n")


def test_two_teachers_at_once_open_one_target(db_committed: Database) -> None:
    db_committed.use("flourish")
    a_student(db_committed)
    assign = "INSERT INTO skill_targets (student_id, skill_name) VALUES ('S001', 'Planning')"
    with db_committed.sessions(2) as (elena, samuel):
        elena.use("flourish")
        samuel.use("flourish")
        elena.execute(assign)
        waiting = samuel.start(assign)
        assert waiting.blocked_by(elena)
        elena.commit()
        with pytest.raises(Exception, match=ONE_OF_EACH):
            waiting.result()
    assert db_committed.sees("skill_targets") == 1


def test_a_completion_a_little_before_the_assignment_is_another_clock(maya: Database) -> None:
    found = a_target(maya, assigned_at="2026-05-04 10:00:01+00", completed=True, completed_at="2026-05-04 10:00:00+00")
    assert found["completed_at"] == found["assigned_at"]
    with maya.throws("23514", "skill_targets_completed_not_before_assigned_check"):
        maya.execute("UPDATE skill_targets SET completed_at = assigned_at - interval '301 s'")
