"""Criteria, assessments, progress, performances: rules R43, R45 to R52, R66 to R68, R77."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from slate_pg.testing.database import Database
from tests.schema.physed.factories import a_criterion, a_student, an_activity, an_assessment


def test_r43_a_student_performs_an_activity_once_a_day(physed: Database) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    physed.insert("student_activity_performances", **on, performance_date="2026-01-01")
    physed.insert("student_activity_performances", **on, performance_date="2026-01-02")
    with physed.throws("23505", constraint="student_activity_performances_once_a_day_key"):
        physed.insert("student_activity_performances", **on, performance_date="2026-01-02")


@pytest.mark.parametrize(
    ("score", "accepted"), [(0, True), (100, True), (None, True), (-0.1, False), (100.1, False), ("NaN", False)]
)
def test_r45_an_overall_score_is_0_to_100(physed: Database, score: Any, accepted: bool) -> None:
    if accepted:
        an_assessment(physed, overall_score=score)
    else:
        with physed.throws("23514", constraint="skill_assessments_overall_score_range_check"):
            an_assessment(physed, overall_score=score)


@pytest.mark.parametrize("status", ["pending", "in_progress", "completed", "archived"])
def test_r46_an_assessment_is_in_one_of_four_states(physed: Database, status: str) -> None:
    assert an_assessment(physed, status=status)["status"] == status
    with physed.throws("22P02"):
        an_assessment(physed, status="draft")


# Weights. R47: the weights of siblings sum to 1 at commit.


REFUSED = {"sqlstate": "23514", "constraint": "assessment_criteria_weights_sum_check", "deferred": True}


def test_r47_a_set_that_sums_to_one_is_accepted(physed: Database) -> None:
    for weight in (0.4, 0.6):
        a_criterion(physed, weight=weight)
    physed.check_deferred()


@pytest.mark.parametrize("weights", [(0.4, 0.5), (0.6, 0.6), (0.5,)])
def test_r47_a_set_that_does_not_is_refused(physed: Database, weights: tuple[Any, ...]) -> None:
    with physed.throws(**REFUSED):
        for weight in weights:
            a_criterion(physed, weight=weight)


@pytest.mark.parametrize("weights", [[0.1] * 10, [0.3333333, 0.3333333, 0.3333334]])
def test_r47_rounding_is_forgiven(physed: Database, weights: list[float]) -> None:
    for weight in weights:
        a_criterion(physed, weight=weight)
    physed.check_deferred()


def test_r47_each_parents_children_are_a_set(physed: Database) -> None:
    technique, performance = a_criterion(physed, weight=0.4), a_criterion(physed, weight=0.6)
    for parent, weight in [(technique, 0.5), (technique, 0.5), (performance, 0.3), (performance, 0.7)]:
        a_criterion(physed, parent_id=parent["id"], weight=weight)
    physed.check_deferred()
    with physed.throws(**REFUSED):
        physed.execute("UPDATE assessment_criteria SET parent_id = %s WHERE weight = 0.3", technique["id"])
    with physed.throws(**REFUSED):
        physed.execute("DELETE FROM assessment_criteria WHERE weight = 0.3")


def test_r47_sets_of_different_names_do_not_meet(physed: Database) -> None:
    for name in ("athletics", "gymnastics"):
        for weight in (0.5, 0.5):
            a_criterion(physed, set_name=name, weight=weight)
    physed.check_deferred()


def test_r47_weights_change_together(physed: Database) -> None:
    one, other = a_criterion(physed, weight=0.5), a_criterion(physed, weight=0.5)
    physed.check_deferred()
    physed.execute("UPDATE assessment_criteria SET weight = 0.2 WHERE id = %s", one["id"])
    physed.execute("UPDATE assessment_criteria SET weight = 0.8 WHERE id = %s", other["id"])
    physed.check_deferred()


def test_a_weight_is_a_share(physed: Database) -> None:
    for wrong in (-0.1, 1.1, "NaN"):
        with physed.throws("23514", constraint="assessment_criteria_weight_range_check"):
            a_criterion(physed, weight=wrong)


def test_a_criterion_is_not_below_itself(physed: Database) -> None:
    top = a_criterion(physed)
    child = a_criterion(physed, parent_id=top["id"])
    with physed.throws("23514", constraint="assessment_criteria_no_cycle_check"):
        physed.execute("UPDATE assessment_criteria SET parent_id = %s WHERE id = %s", child["id"], top["id"])


def test_r48_the_lowest_score_is_below_the_highest(physed: Database) -> None:
    a_criterion(physed, set_name="a", min_score=0, max_score=10)
    for low, high in [(1, 1), (2, 1)]:
        with physed.throws("23514", constraint="assessment_criteria_min_below_max_check"):
            a_criterion(physed, set_name="b", min_score=low, max_score=high)


# Results. Scores lie within their criterion, whichever side is written.


@pytest.fixture
def result(physed: Database) -> dict[str, Any]:
    criterion = a_criterion(physed, min_score=0, max_score=10)
    return physed.insert(
        "assessment_results", assessment_id=an_assessment(physed)["id"], criteria_id=criterion["id"], score=7
    )


@pytest.mark.parametrize("score", [-0.5, 10.5, "NaN"])
def test_a_score_outside_the_criterion_is_refused(physed: Database, result: dict[str, Any], score: float | str) -> None:
    with physed.throws("23514"):
        physed.execute("UPDATE assessment_results SET score = %s", score)


def test_a_criterion_cannot_shrink_past_a_score(physed: Database, result: dict[str, Any]) -> None:
    physed.execute("UPDATE assessment_criteria SET max_score = 7")
    with physed.throws("23514", constraint="assessment_results_score_within_criterion_check"):
        physed.execute("UPDATE assessment_criteria SET max_score = 6.9")


def test_a_criterion_is_scored_once_per_assessment(physed: Database, result: dict[str, Any]) -> None:
    with physed.throws("23505", constraint="assessment_results_assessment_id_criteria_id_key"):
        physed.insert("assessment_results", assessment_id=result["assessment_id"], criteria_id=result["criteria_id"])


def test_a_criterion_with_scores_cannot_be_deleted(physed: Database, result: dict[str, Any]) -> None:
    with physed.throws(("23001", "23503"), constraint="assessment_results_criteria_id_fkey"):
        physed.execute("DELETE FROM assessment_criteria")


def test_a_result_belongs_to_the_assessments_student(physed: Database, result: dict[str, Any]) -> None:
    assert result["student_id"] == physed.value("SELECT student_id FROM skill_assessments")
    with physed.throws("23503", constraint="assessment_results_assessment_id_student_id_fkey"):
        physed.insert("assessment_results", assessment_id=0, criteria_id=result["criteria_id"])


# History. R49, R77: the database writes the history of an assessment.


def test_r77_each_state_of_an_assessment_is_recorded(physed: Database) -> None:
    an_assessment(physed)
    for change in (
        "status = 'in_progress'",
        "overall_score = 80, status = 'completed'",
        "status = 'archived'",
        "overall_score = 81",
    ):
        physed.execute(f"UPDATE skill_assessments SET {change}")
    changes = physed.rows(
        "SELECT change_type::text, previous_state ->> 'status', new_state ->> 'status' FROM assessment_history ORDER BY id"
    )
    assert changes == [
        ("created", None, "pending"), ("updated", "pending", "in_progress"),
        ("completed", "in_progress", "completed"), ("archived", "completed", "archived"),
        ("updated", "archived", "archived"),
    ]  # fmt: skip


def test_r49_history_knows_four_kinds_of_change(physed: Database) -> None:
    assessment = an_assessment(physed)
    keys = {"assessment_id": assessment["id"], "student_id": assessment["student_id"]}
    for kind in ("created", "updated", "completed", "archived"):
        physed.insert("assessment_history", **keys, change_type=kind)
    with physed.throws("22P02"):
        physed.insert("assessment_history", **keys, change_type="modified")


def test_r77_nobody_else_writes_the_history(physed: Database) -> None:
    an_assessment(physed)
    with physed.as_role("physed_service"):
        for write in ("UPDATE assessment_history SET new_state = NULL", "DELETE FROM assessment_history"):
            physed.denied(write)


LEVELS = ["beginner", "intermediate", "advanced", "expert"]


def test_r50_a_skill_level_is_one_of_four(physed: Database) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    for level in LEVELS:
        physed.insert("skill_progress", **on, skill_level=level)
    for level in ("master", "elite"):
        with physed.throws("22P02"):
            physed.insert("skill_progress", **on, skill_level=level)


def test_r51_a_progression_level_may_also_be_master(physed: Database) -> None:
    student = a_student(physed)
    physed.insert("skill_progressions", student_id=student["id"], current_level="beginner")
    for level in [*LEVELS[1:], "master"]:
        physed.execute("UPDATE skill_progressions SET current_level = %s", level)
    recorded = physed.rows("SELECT new_status FROM status_changes WHERE table_name = 'skill_progressions' ORDER BY id")
    assert recorded == [(level,) for level in [*LEVELS, "master"]], "advancement through levels is recorded"
    with physed.throws("22P02"):
        physed.execute("UPDATE skill_progressions SET current_level = 'elite'")


@pytest.mark.parametrize(
    ("rate", "accepted"), [(0, True), (3.5, True), (None, True), (-0.01, False), ("NaN", False), ("Infinity", False)]
)
def test_r52_improvement_is_never_negative(physed: Database, rate: Any, accepted: bool) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    if accepted:
        physed.insert("skill_progress", **on, improvement_rate=rate)
    else:
        with physed.throws("23514", constraint="skill_progress_improvement_rate_range_check"):
            physed.insert("skill_progress", **on, improvement_rate=rate)


# Preferences. R66, R67: what a student likes.


def test_r66_a_preference_starts_in_the_middle(physed: Database) -> None:
    preference = physed.insert("student_activity_preferences", student_id=a_student(physed)["id"], activity_type="game")
    assert preference["preference_score"] == 0.5


@pytest.mark.parametrize("kind", ["WARM_UP", "SKILL_DEVELOPMENT", "FITNESS_TRAINING", "GAME", "COOL_DOWN"])
def test_r67_capitals_are_accepted_and_match_the_activities(physed: Database, kind: str) -> None:
    physed.insert("student_activity_preferences", student_id=a_student(physed)["id"], activity_type=kind)
    an_activity(physed, activity_type=kind.lower())
    assert physed.value(
        "SELECT count(*) FROM student_activity_preferences AS p INNER JOIN activities AS a ON a.activity_type::text = p.activity_type"
    ) == 1  # fmt: skip


def test_r67_another_type_is_refused(physed: Database) -> None:
    with physed.throws("23514", constraint="student_activity_preferences_activity_type_check"):
        physed.insert("student_activity_preferences", student_id=a_student(physed)["id"], activity_type="yoga")


def test_last_updated_follows_the_score_and_nothing_else(physed: Database) -> None:
    physed.insert(
        "student_activity_preferences",
        student_id=a_student(physed)["id"],
        activity_type="game",
        last_updated="2020-01-01",
    )
    when = "SELECT last_updated = now() FROM student_activity_preferences"
    physed.execute("UPDATE student_activity_preferences SET activity_type = 'warm_up'")
    assert not physed.value(when)
    physed.execute("UPDATE student_activity_preferences SET preference_score = 0.9")
    assert physed.value(when)


def test_feedback_is_an_object_or_a_list(physed: Database) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    physed.insert("student_activity_performances", **on, feedback=Jsonb(["well done"]))
    with physed.throws("23514", constraint="student_activity_performances_feedback_structure_check"):
        physed.insert("student_activity_performances", **on, performance_date="2020-01-01", feedback='"well done"')
