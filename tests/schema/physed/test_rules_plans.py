"""Plans and adaptations: rules R21 to R32."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import CRITERIA, OBJECTIVES, a_plan, a_student, an_activity, an_adaptation


@pytest.mark.parametrize("status", ["draft", "active", "completed", "cancelled"])
def test_r21_a_plan_is_in_one_of_four_states(physed: Database, status: str) -> None:
    assert a_plan(physed, status=status)["status"] == status
    with physed.throws("22P02"):
        a_plan(physed, status="scheduled")


@pytest.mark.parametrize(("start", "end", "accepted"), [
    ("2026-01-02", "2026-01-02", True), ("2026-01-02", "2026-01-01", False),
    ("2026-01-02", None, True), (None, "2026-01-02", True),
])  # fmt: skip
def test_r22_a_plan_does_not_end_before_it_starts(
    physed: Database, start: str | None, end: str | None, accepted: bool
) -> None:
    if accepted:
        a_plan(physed, start_date=start, end_date=end)
    else:
        with physed.throws("23514", constraint="activity_plans_end_not_before_start_check"):
            a_plan(physed, start_date=start, end_date=end)


@pytest.mark.parametrize("column", ["objectives", "assessment_criteria"])
@pytest.mark.parametrize("nothing", [None, "{}", "null", "[]", '{"learning_objectives": []}', '{"skill_criteria": {}}'])
def test_r23_a_plan_without_objectives_or_criteria_is_refused(
    physed: Database, column: str, nothing: str | None
) -> None:
    with physed.throws(("23502", "23514")):
        a_plan(physed, **{column: nothing})


@pytest.fixture
def plan(physed: Database) -> dict[str, Any]:
    """January, with an activity on the 10th and on the 20th."""
    plan = a_plan(physed, start_date="2026-01-01", end_date="2026-01-31")
    for day in ("2026-01-10", "2026-01-20"):
        physed.insert(
            "activity_plan_activities", plan_id=plan["id"], activity_id=an_activity(physed)["id"], scheduled_date=day
        )
    return plan


def test_r24_a_plan_activity_is_in_one_of_four_states(physed: Database, plan: dict[str, Any]) -> None:
    for status in ("scheduled", "completed", "cancelled", "skipped"):
        physed.execute("UPDATE activity_plan_activities SET status = %s", status)
    with physed.throws("22P02"):
        physed.execute("UPDATE activity_plan_activities SET status = 'draft'")


@pytest.mark.parametrize(
    ("day", "accepted"),
    [("2026-01-01", True), ("2026-01-31", True), ("2025-12-31", False), ("2026-02-01", False), (None, True)],
)
def test_r25_an_activity_lies_within_its_plan(
    physed: Database, plan: dict[str, Any], day: str | None, accepted: bool
) -> None:
    new = {"plan_id": plan["id"], "activity_id": an_activity(physed)["id"], "scheduled_date": day}
    move = "UPDATE activity_plan_activities SET scheduled_date = %s WHERE scheduled_date = '2026-01-20'"
    if accepted:
        assert physed.insert("activity_plan_activities", **new)["student_id"] == plan["student_id"]
        physed.execute(move, day)
    else:
        with physed.throws("23514", constraint="activity_plan_activities_within_plan_check"):
            physed.insert("activity_plan_activities", **new)
        with physed.throws("23514", constraint="activity_plan_activities_within_plan_check"):
            physed.execute(move, day)


def test_r25_a_plan_without_dates_takes_any_day(physed: Database) -> None:
    plan = a_plan(physed)
    physed.insert(
        "activity_plan_activities",
        plan_id=plan["id"],
        activity_id=an_activity(physed)["id"],
        scheduled_date="1999-01-01",
    )


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ("start_date = '2026-01-10', end_date = '2026-01-20'", True), ("start_date = '2026-01-11'", False),
        ("end_date = '2026-01-19'", False), ("start_date = NULL, end_date = NULL", True),
    ],
)  # fmt: skip
def test_r26_a_plan_cannot_shrink_past_its_activities(
    physed: Database, plan: dict[str, Any], change: str, accepted: bool
) -> None:
    if accepted:
        physed.execute(f"UPDATE activity_plans SET {change}")
    else:
        with physed.throws("23514", constraint="activity_plan_activities_within_plan_check"):
            physed.execute(f"UPDATE activity_plans SET {change}")


def test_a_plan_activity_belongs_to_the_plans_student(physed: Database, plan: dict[str, Any]) -> None:
    with physed.throws("23503", constraint="activity_plan_activities_plan_id_student_id_fkey"):
        physed.insert("activity_plan_activities", plan_id=plan["id"], student_id=a_student(physed)["id"],
                      activity_id=an_activity(physed)["id"])  # fmt: skip
    with physed.throws("23503", constraint="activity_plan_activities_plan_id_student_id_fkey"):
        physed.insert("activity_plan_activities", plan_id=0, activity_id=an_activity(physed)["id"])


@pytest.mark.parametrize("kind", ["intensity", "duration", "equipment", "technique", "progression"])
def test_r27_an_adaptation_changes_one_of_five_things(physed: Database, kind: str) -> None:
    assert an_adaptation(physed, adaptation_type=kind)["adaptation_type"] == kind
    with physed.throws("22P02"):
        an_adaptation(physed, adaptation_type="mood")


@pytest.mark.parametrize(
    ("adjustment", "accepted"), [(-1, True), (1, True), (0, True), (-1.01, False), (1.01, False), ("NaN", False)]
)
def test_r28_difficulty_is_adjusted_by_one_at_most(physed: Database, adjustment: Any, accepted: bool) -> None:
    if accepted:
        an_adaptation(physed, difficulty_adjustment=adjustment)
    else:
        with physed.throws("23514", constraint="activity_adaptations_difficulty_adjustment_range_check"):
            an_adaptation(physed, difficulty_adjustment=adjustment)


def test_r29_an_adaptation_does_not_end_before_it_starts(physed: Database) -> None:
    an_adaptation(physed, start_date="2026-01-01", end_date="2026-01-01")
    with physed.throws("23514", constraint="activity_adaptations_end_not_before_start_check"):
        an_adaptation(physed, start_date="2026-01-02", end_date="2026-01-01")


# History. R30 to R32: the database writes the history of an adaptation.


def history(db: Database) -> list[str]:
    return [t for (t,) in db.rows("SELECT change_type::text FROM adaptation_history ORDER BY id")]


def test_r30_history_knows_four_kinds_of_change(physed: Database) -> None:
    adaptation = an_adaptation(physed)
    for kind in ("created", "modified", "activated", "deactivated"):
        physed.insert(
            "adaptation_history",
            adaptation_id=adaptation["id"],
            student_id=adaptation["student_id"],
            change_type=kind,
        )
    with physed.throws("22P02"):
        physed.insert(
            "adaptation_history",
            adaptation_id=adaptation["id"],
            student_id=adaptation["student_id"],
            change_type="deleted",
        )


@pytest.mark.parametrize(("score", "accepted"), [(0, True), (1, True), (-0.1, False), (1.1, False), ("NaN", False)])
def test_r31_effectiveness_is_0_to_1(physed: Database, score: Any, accepted: bool) -> None:
    an_adaptation(physed)
    if accepted:
        physed.execute("UPDATE adaptation_history SET effectiveness_score = %s", score)
    else:
        with physed.throws("23514", constraint="adaptation_history_effectiveness_score_range_check"):
            physed.execute("UPDATE adaptation_history SET effectiveness_score = %s", score)


def test_r32_every_change_of_an_adaptation_leaves_a_row(physed: Database) -> None:
    an_adaptation(physed)
    for change in (
        "difficulty_adjustment = 0.5",
        "is_active = false",
        "is_active = true",
        "end_date = '2030-01-01'",
    ):
        physed.execute(f"UPDATE activity_adaptations SET {change}")
    assert history(physed) == ["created", "modified", "deactivated", "activated", "modified"]


def test_r32_history_says_what_was_what_became_and_why(physed: Database) -> None:
    an_adaptation(physed, difficulty_adjustment=0.1)
    physed.execute("SET LOCAL app.change_reason = 'asthma'")
    physed.execute("UPDATE activity_adaptations SET difficulty_adjustment = -0.3")
    before, after, reason = physed.row(
        "SELECT previous_data, new_data, reason FROM adaptation_history WHERE change_type = 'modified'"
    )
    assert (before["difficulty_adjustment"], after["difficulty_adjustment"], reason) == (0.1, -0.3, "asthma")


def test_r32_a_change_of_nothing_leaves_nothing(physed: Database) -> None:
    an_adaptation(physed)
    physed.execute("UPDATE activity_adaptations SET is_active = is_active")
    assert history(physed) == ["created"]


def test_r32_nobody_else_writes_the_history(physed: Database) -> None:
    adaptation = an_adaptation(physed)
    with physed.as_role("physed_service"):
        physed.denied(
            "INSERT INTO adaptation_history (adaptation_id, student_id) VALUES (%s, %s)",
            adaptation["id"],
            adaptation["student_id"],
        )
        physed.denied("UPDATE adaptation_history SET new_data = NULL")
        physed.denied("DELETE FROM adaptation_history")
        assert physed.execute("UPDATE adaptation_history SET effectiveness_score = 0.7").rowcount == 1


def test_the_samples_of_the_plan_fit(physed: Database) -> None:
    assert a_plan(physed, objectives=OBJECTIVES, assessment_criteria=CRITERIA)["id"]
