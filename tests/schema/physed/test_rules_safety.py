"""Checks, risks, incidents, movement: rules R44, R58 to R62, R69, R89 to R92, R95, R98."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import INCIDENT, a_class, a_user, an_activity, an_analysis, an_incident, json


@pytest.mark.parametrize("column", ["student_id", "activity_id", *INCIDENT])
def test_r44_an_incident_is_reported_in_full(physed: Database, column: str) -> None:
    with physed.throws("23502"):
        an_incident(physed, **{column: None})


def test_r44_only_the_metadata_may_be_left_out(physed: Database) -> None:
    assert an_incident(physed)["incident_metadata"] is None
    assert an_incident(physed, incident_metadata={"witnesses": 2})["incident_metadata"] == {"witnesses": 2}


def test_an_activity_with_incidents_cannot_be_deleted(physed: Database) -> None:
    an_incident(physed)
    with physed.throws(("23001", "23503"), constraint="safety_incidents_activity_id_fkey"):
        physed.execute("DELETE FROM activities")


RANGES = [
    ("r58", "confidence_score", [0, 1], [-0.1, 1.1, "NaN"]), ("r60", "quality_score", [0, 1], [-0.1, 1.1, "NaN"]),
    ("r61", "repetitions", [0, 12], [-1]), ("r62", "duration", [0.1, 60], [0, -1, "NaN", "Infinity"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "column", "good", "bad"), RANGES, ids=[f"{r[0]}-{r[1]}" for r in RANGES])
def test_r58_r60_r61_r62_an_analysis_is_measured_within_bounds(
    physed: Database, rule: str, column: str, good: list[Any], bad: list[Any]
) -> None:
    for value in [*good, None]:
        an_analysis(physed, **{column: value})
    for value in bad:
        with physed.throws("23514", constraint=f"movement_analysis_{column}_range_check"):
            an_analysis(physed, **{column: value})


# Patterns. R59, R69: patterns of an analysis.


def test_r59_a_pattern_type_is_known_beforehand(physed: Database) -> None:
    analysis = an_analysis(physed)
    for kind in ("jumping", "running", "throwing"):
        physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type=kind)
    with physed.throws("23503", constraint="movement_patterns_pattern_type_fkey"):
        physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="climbing")


def test_r59_a_school_can_add_a_pattern_type(physed: Database) -> None:
    physed.insert("movement_pattern_types", name="climbing")
    physed.insert("movement_patterns", movement_analysis_id=an_analysis(physed)["id"], pattern_type="climbing")


def test_r69_patterns_go_with_their_analysis_in_every_month(physed: Database) -> None:
    for created_at in ("2001-02-03", "2026-11-20"):
        analysis = an_analysis(physed, created_at=created_at)
        pattern = physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
        assert pattern["movement_analysis_created_at"] == analysis["created_at"]
    physed.execute("DELETE FROM movement_analysis WHERE created_at < '2010-01-01'")
    assert physed.sees("movement_patterns") == 1
    physed.execute("DELETE FROM movement_analysis")
    assert physed.sees("movement_patterns") == 0


def test_a_pattern_of_no_analysis_is_refused(physed: Database) -> None:
    analysis = an_analysis(physed)
    wrong = [
        {"movement_analysis_id": 0},
        {"movement_analysis_id": analysis["id"], "movement_analysis_created_at": "2001-01-01"},
    ]
    for keys in wrong:
        with physed.throws("23503", constraint="movement_patterns_movement_analysis_fkey"):
            physed.insert("movement_patterns", **keys, pattern_type="jumping")


def test_a_pattern_follows_an_analysis_that_changes_month(physed: Database) -> None:
    analysis = an_analysis(physed)
    physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    physed.execute("UPDATE movement_analysis SET created_at = '2001-02-03'")
    assert physed.value("SELECT movement_analysis_created_at::date FROM movement_patterns") == date(2001, 2, 3)


# What no column ties. R89 to R92: rules without data to check them; what can be asked is a function or a
# query.


def test_r89_the_service_can_ask_whether_a_class_was_checked_that_day(physed: Database) -> None:
    class_ = a_class(physed)
    ask = "SELECT is_safety_checked(%s, '2026-01-05')"
    assert not physed.value(ask, class_["id"])
    check = physed.insert("safety_checks", class_id=class_["id"], check_type="before_class")
    assert not physed.value(ask, class_["id"]), "an open check is no check"
    physed.execute("UPDATE safety_checks SET completed_at = '2026-01-05 23:59:59Z', action_required = true")
    assert not physed.value(ask, class_["id"]), "findings must be mended first"
    physed.execute("UPDATE safety_checks SET action_required = false WHERE id = %s", check["id"])
    assert physed.value(ask, class_["id"])
    assert not physed.value("SELECT is_safety_checked(%s, '2026-01-06')", class_["id"])


def test_r89_the_last_check_of_each_kind_counts(physed: Database) -> None:
    class_ = a_class(physed)
    ask = "SELECT is_safety_checked(%s, '2026-01-05')"
    floor = {"class_id": class_["id"], "check_type": "floor"}
    answers = []
    for hour, more in enumerate(
        [
            floor | {"status": "passed"},
            floor | {"status": "Failed"},
            floor | {"check_type": "ropes", "status": "passed"},
            floor | {"status": "passed"},
            floor | {"location": "hall 2", "action_required": True},
        ]
    ):
        physed.insert("safety_checks", **more, completed_at=f"2026-01-05 {hour + 8:02}:00Z")
        answers.append(physed.value(ask, class_["id"]))
    assert answers == [True, False, False, True, False]


def test_r90_a_class_meets_by_its_timetable_and_not_in_term_breaks(school: Database) -> None:
    days = ["2025-05-05", "2025-05-06", "2025-05-07", "2025-06-30", "2025-07-07", "2025-07-16"]
    met = school.rows(
        "SELECT d.day, to_char(m.meets_at, 'HH24:MI') FROM unnest(%s::date[]) AS d (day), classes AS c, "
        "class_meetings(c.schedule, d.day) AS m WHERE c.id = 1001 ORDER BY 1", days,
    )  # fmt: skip
    assert [(str(day), at) for day, at in met] == [
        ("2025-05-05", "14:00"), ("2025-05-07", "15:30"), ("2025-06-30", "14:00"), ("2025-07-16", "15:30"),
    ]  # fmt: skip


def test_r90_a_class_does_not_meet_on_a_cancelled_day(school: Database) -> None:
    school.execute(
        """UPDATE classes SET schedule = jsonb_set(schedule, '{exceptions}', '[{"date": "2025-05-05"},
        {"date": "2025-05-07", "status": "moved"}]')"""
    )
    met = school.rows(
        "SELECT d::date FROM classes AS c, generate_series(timestamp '2025-05-05', '2025-05-11', '1 day') AS d, "
        "class_meetings(c.schedule, d::date) WHERE c.id = 1001"
    )
    assert met == [(date(2025, 5, 7),)]


def test_r91_curriculum_and_standards_are_kept_as_data(school: Database) -> None:
    standards = school.value(
        "SELECT metadata -> 'curriculum_alignment' -> 'standards' FROM activity_categories WHERE name = 'Locomotion'"
    )
    assert standards == ["PE.1.2", "PE.1.3"]


def test_r92_equipment_due_shows_the_activities_that_wait_for_it(school: Database) -> None:
    (mat,) = school.query("physed", "equipment_maintenance_due")
    assert (mat["equipment_type"], mat["activities_waiting"]) == ("mat", 2)


def test_r95_a_review_does_not_come_before_the_assessment(physed: Database) -> None:
    activity = an_activity(physed)["id"]
    physed.insert("risk_assessments", activity_id=activity, assessment_date="2026-01-01", review_date="2026-01-01")
    with physed.throws("23514", constraint="risk_assessments_review_not_before_assessment_check"):
        physed.insert("risk_assessments", activity_id=activity, assessment_date="2026-01-02", review_date="2026-01-01")


def test_r95_the_next_maintenance_does_not_come_before_the_last(physed: Database) -> None:
    physed.insert(
        "equipment_checks", equipment_type="mat", last_maintenance="2026-01-01", next_maintenance="2026-01-01"
    )
    with physed.throws("23514", constraint="equipment_checks_next_not_before_last_check"):
        physed.insert(
            "equipment_checks", equipment_type="mat", last_maintenance="2026-01-02", next_maintenance="2026-01-01"
        )


def test_r98_a_class_has_many_safety_checks_and_they_go_with_it(physed: Database) -> None:
    class_ = a_class(physed)
    for _ in range(3):
        physed.insert("safety_checks", class_id=class_["id"], inspector_id=a_user(physed)["id"])
    physed.insert("safety_checks", location="gym")
    physed.execute("DELETE FROM classes")
    assert physed.rows("SELECT location FROM safety_checks") == [("gym",)]


def test_maintenance_history_is_json_that_holds_something(physed: Database) -> None:
    physed.insert("equipment_checks", maintenance_history=json([{"date": "2026-01-01"}]))
    with physed.throws("23514", constraint="equipment_checks_maintenance_history_structure_check"):
        physed.insert("equipment_checks", maintenance_history="null")
