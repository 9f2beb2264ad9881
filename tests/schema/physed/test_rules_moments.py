"""The very moment: midnight of a day and of a month, a score at its bound, and retention while another session works."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.physed.factories import a_class, a_criterion, a_student, an_activity, an_assessment

LATER = "'2002-01-01'"


def an_old_pattern(db: Database, student: Any, moment: str) -> None:
    """Insert an analysis of that moment, and its pattern."""
    on = {"student_id": student, "activity_id": an_activity(db)["id"]}
    analysis = db.insert("movement_analysis", **on, created_at=moment)
    db.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")


def test_a_check_at_midnight_is_of_the_day_that_begins(physed: Database) -> None:
    class_ = a_class(physed)["id"]
    ask = "SELECT is_safety_checked(%s, %s)"
    physed.insert(
        "safety_checks", class_id=class_, check_type="floor", status="passed", completed_at="2026-01-05 00:00Z"
    )
    assert [physed.value(ask, class_, f"2026-01-0{day}") for day in (4, 5, 6)] == [False, True, False]


@pytest.mark.parametrize("score", [0, 10])
def test_a_score_may_stand_on_either_bound_and_the_bound_may_come_to_it(physed: Database, score: int) -> None:
    criterion = a_criterion(physed, min_score=0, max_score=10)["id"]
    new = {"assessment_id": an_assessment(physed)["id"], "criteria_id": criterion}
    physed.insert("assessment_results", **new, score=5)
    physed.execute("UPDATE assessment_results SET score = %s", score)
    for bounds in ("min_score = 0, max_score = 10.5", "min_score = -0.5 + 0.5, max_score = 10"):
        physed.execute(f"UPDATE assessment_criteria SET {bounds} WHERE id = %s", criterion)
    beyond = "min_score = 0.5" if score == 0 else "max_score = 9.5"
    with physed.throws("23514", constraint="assessment_results_score_within_criterion_check"):
        physed.execute(f"UPDATE assessment_criteria SET {beyond} WHERE id = %s", criterion)
    other = a_criterion(physed, set_name="other", min_score=0, max_score=10)["id"]
    physed.execute("UPDATE assessment_criteria SET min_score = 4, max_score = 6 WHERE id = %s", other)


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_a_pattern_of_the_first_moment_of_a_month_goes_with_that_month(physed: Database, action: str) -> None:
    student = a_student(physed)["id"]
    for moment in ("2001-02-28 23:59:59.999999Z", "2001-03-01 00:00Z", "2001-04-01 00:00Z"):
        an_old_pattern(physed, student, moment)
    gone = f"SELECT what, done, rows_affected FROM retire_patterns('{action}', '2001-04-01 00:00Z') ORDER BY what"
    done = {"archive": "archived", "delete": "deleted"}[action]
    assert physed.rows(gone) == [("movement_patterns_2001_02", done, 1), ("movement_patterns_2001_03", done, 1)]
    assert physed.rows("SELECT movement_analysis_created_at = '2001-04-01 00:00Z' FROM movement_patterns") == [(True,)]
    kept = [
        physed.value("SELECT to_regclass(%s)", f"movement_patterns_2001_0{month}") is not None for month in (2, 3, 4)
    ]
    assert kept == [action == "archive"] * 2 + [False]
    if action == "archive":
        assert [physed.sees(f"movement_patterns_2001_0{month}") for month in (2, 3)] == [1, 1]


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_two_retentions_at_once_take_each_row_once(db_committed: CommittedDatabase, action: str) -> None:
    """The second waits, or is told to try again; what is archived is there once."""
    db_committed.use("physed")
    an_old_pattern(db_committed, a_student(db_committed)["id"], "2001-02-03")
    db_committed.execute("UPDATE retention_settings SET keep_for = '6 months'")
    if action == "delete":
        db_committed.execute("UPDATE retention_settings SET action = 'delete'")
    run = f"SELECT count(*) FROM apply_retention('{action}', {LATER})"
    with db_committed.sessions(2) as (a, b):
        a.use("physed"), b.use("physed")
        assert a.value(run) >= 2
        with b.throws(("55P03", "40001", "40P01", "42P07")):
            b.execute(run)
        b.rollback()
        a.commit()
    assert db_committed.sees("movement_patterns") == db_committed.sees("movement_analysis") == 0
    if action == "archive":
        assert db_committed.sees("movement_patterns_2001_02") == db_committed.sees("movement_analysis_2001_02") == 1
