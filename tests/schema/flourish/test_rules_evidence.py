"""Entries and assessments: what counts as evidence, and whose it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import a_correction, a_student, an_assessment, an_entry

TYPES = [
    "group_discussion_transcript",
    "peer_tutoring_transcript",
    "project_presentation_transcript",
    "reflection_journal",
    "peer_feedback",
    "teacher_observation_note",
    "parent_note",
]


@pytest.mark.parametrize("entry_type", TYPES)
def test_evidence_comes_from_seven_sources(maya: Database, entry_type: str) -> None:
    assert an_entry(maya, id="DE002", type=entry_type)["type"] == entry_type


@pytest.mark.parametrize("entry_type", ["exam", "Parent_Note", ""])
def test_evidence_from_elsewhere_is_refused(maya: Database, entry_type: str) -> None:
    with maya.throws("23514", constraint="chk_data_type"):
        an_entry(maya, id="DE002", type=entry_type)


@pytest.mark.parametrize("entry_id", ["DE000", "DE1000", "DE" + "9" * 18])
def test_an_entry_id_is_de_and_three_or_more_digits(maya: Database, entry_id: str) -> None:
    assert an_entry(maya, id=entry_id)["id"] == entry_id


@pytest.mark.parametrize("entry_id", ["DE01", "DE", "de001", "DE00A", "E001"])
def test_any_other_entry_id_is_refused(maya: Database, entry_id: str) -> None:
    with maya.throws("23514", constraint="chk_data_entry_id"):
        an_entry(maya, id=entry_id)


def test_entry_ids_sort_as_text_so_order_by_date(maya: Database) -> None:
    an_entry(maya, id="DE999", date="2025-10-01")
    an_entry(maya, id="DE1000", date="2025-10-02")
    newest = "SELECT id FROM data_entries ORDER BY {} LIMIT 1"
    assert maya.value(newest.format('id COLLATE "C" DESC')) == "DE999"
    assert maya.value(newest.format("date DESC")) == "DE1000"


@pytest.mark.parametrize("content", ["", "   ", "\t", "\n\r\n", " \t\n", "\u00a0", "\u200b", "\ufeff \u00a0"])
def test_an_entry_without_a_visible_character_is_refused(maya: Database, content: str) -> None:
    with maya.throws("23514", constraint="chk_content_not_empty"):
        an_entry(maya, id="DE002", content=content)


@pytest.mark.parametrize("content", [".", "\n\tI tried.\n", "ü", "わかった"])
def test_an_entry_may_say_anything_visible(maya: Database, content: str) -> None:
    assert an_entry(maya, id="DE002", content=content)["content"] == content


def test_metadata_is_an_object_and_empty_by_default(maya: Database) -> None:
    assert maya.value("SELECT metadata FROM data_entries") == {}
    for value in ("null", "[]", '"7B"', "1"):
        with maya.throws("23514", constraint="data_entries_metadata_is_object_check"):
            maya.execute("UPDATE data_entries SET metadata = %s::jsonb", value)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("students", "created_at"),
        ("data_entries", "student_id"),
        ("data_entries", "metadata"),
        ("data_entries", "created_at"),
        ("assessments", "data_entry_id"),
        ("assessments", "student_id"),
        ("assessments", "data_point_count"),
        ("assessments", "rubric_version"),
        ("assessments", "created_at"),
    ],
)
def test_what_every_row_has_cannot_be_null(maya: Database, table: str, column: str) -> None:
    an_assessment(maya)
    with maya.throws("23502", match=f'"{column}"'):
        maya.execute(f"UPDATE {table} SET {column} = NULL")


def test_an_assessment_starts_with_one_data_point_and_rubric_1_0(maya: Database) -> None:
    assessment = an_assessment(maya)
    assert (assessment["data_point_count"], assessment["rubric_version"]) == (1, "1.0")
    assert assessment["created_at"] == assessment["updated_at"]


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("level", "E", "chk_level"),
        ("level", "emerging", "chk_level"),
        ("skill_category", "21st Century", "chk_skill_category"),
        ("data_point_count", 0, "chk_data_point_count"),
        ("skill_name", " \t", "assessments_skill_name_not_blank_check"),
        ("confidence_score", "-0.01", "assessments_confidence_score_check"),
        ("confidence_score", "1.01", "assessments_confidence_score_check"),
        ("confidence_score", "NaN", "assessments_confidence_score_check"),
    ],
)
def test_an_assessment_out_of_range_is_refused(maya: Database, column: str, value: Any, constraint: str) -> None:
    with maya.throws("23514", constraint=constraint):
        an_assessment(maya, **{column: value})


@pytest.mark.parametrize("level", ["Emerging", "Developing", "Proficient", "Advanced"])
@pytest.mark.parametrize("category", ["SEL", "EF", "21st_Century"])
def test_every_level_goes_with_every_category(maya: Database, level: str, category: str) -> None:
    assert an_assessment(maya, level=level, skill_category=category, skill_name="Anything the school names")["id"]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (None, None),
        ("0", "0.00"),
        ("1", "1.00"),
        ("0.996", "1.00"),
        ("1.004", "1.00"),
        ("0.795", "0.80"),
        ("-0.004", "0.00"),
    ],
)
def test_confidence_is_rounded_to_two_digits_before_it_is_checked(
    maya: Database, given: str | None, stored: str | None
) -> None:
    score = an_assessment(maya, confidence_score=given)["confidence_score"]
    assert score == (Decimal(stored) if stored else None)


def test_confidence_beyond_the_column_overflows(maya: Database) -> None:
    with maya.throws("23514", constraint="assessments_confidence_score_check"):
        an_assessment(maya, confidence_score="1.005")
    with maya.throws("22003"):
        an_assessment(maya, confidence_score="9.999")


def test_an_entry_is_assessed_once_per_skill(maya: Database) -> None:
    an_assessment(maya)
    an_assessment(maya, skill_name="Planning", skill_category="EF")
    with maya.throws("23505", constraint="assessments_data_entry_id_skill_name_key"):
        an_assessment(maya)


def test_an_assessment_is_about_the_student_of_its_entry(maya: Database) -> None:
    a_student(maya, id="S002")
    with maya.throws("23503", constraint="assessments_student_id_data_entry_id_fkey"):
        an_assessment(maya, student_id="S002")


def test_a_misfiled_entry_takes_its_assessments_and_corrections_to_the_right_student(maya: Database) -> None:
    a_student(maya, id="S002")
    a_correction(maya, an_assessment(maya)["id"])
    maya.execute("UPDATE assessments SET level = 'Advanced'")  # re-assessed since; the correction stands
    maya.execute("UPDATE data_entries SET student_id = 'S002'")
    owners = [maya.value(f"SELECT student_id FROM {table}") for table in ("assessments", "teacher_corrections")]
    assert owners == ["S002", "S002"]


def test_with_an_entry_go_its_assessments_and_their_corrections(maya: Database) -> None:
    an_entry(maya, id="DE002")
    a_correction(maya, an_assessment(maya)["id"])
    an_assessment(maya, data_entry_id="DE002")
    maya.execute("DELETE FROM data_entries WHERE id = 'DE001'")
    assert (maya.sees("assessments"), maya.sees("teacher_corrections")) == (1, 0)


def test_updated_at_follows_every_change_and_nobody_else(maya: Database) -> None:
    an_assessment(maya, created_at="2025-09-05 18:00Z", updated_at="2025-09-05 18:00Z")
    maya.execute("UPDATE assessments SET level = 'Developing', updated_at = '1999-01-01'")
    assert maya.row("SELECT updated_at = now(), created_at = '2025-09-05 18:00Z' FROM assessments") == (True, True)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("teachers", "created_at"),
        ("students", "created_at"),
        ("data_entries", "created_at"),
        ("assessments", "created_at"),
        ("assessments", "updated_at"),
        ("teacher_corrections", "corrected_at"),
        ("skill_targets", "assigned_at"),
        ("skill_targets", "completed_at"),
    ],
)
def test_times_are_moments_and_not_wall_clocks(flourish: Database, table: str, column: str) -> None:
    assert flourish.value(f"SELECT pg_typeof({column})::text FROM (SELECT) AS one LEFT JOIN {table} ON true") == (
        "timestamp with time zone"
    )
