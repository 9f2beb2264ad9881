"""Seeds: what production needs, what a first look needs, and any amount of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.schema.flourish.conftest import grow
from tests.schema.flourish.test_evidence import TYPES
from toolkit.testing.database import Database

SEEDS = Path(__file__).parents[3] / "sql/flourish/seeds"
TABLES = [
    "teachers",
    "students",
    "skills",
    "levels",
    "data_entries",
    "assessments",
    "teacher_corrections",
    "skill_targets",
]


def contents(db: Database) -> dict[str, list[Any]]:
    """Every row of every table, without the numbers the database gave."""
    kept = "to_jsonb(t) - 'id' - 'assessment_id'"
    return {t: db.rows(f'SELECT {kept} FROM {t} AS t ORDER BY ({kept})::text COLLATE "C"') for t in TABLES}


@pytest.fixture
def demo(flourish: Database) -> Database:
    flourish.seed("flourish", "reference", "demo")
    return flourish


def test_the_reference_seed_holds_the_scale_and_the_named_skill(flourish: Database) -> None:
    flourish.seed("flourish", "reference")
    levels = [name for (name,) in flourish.rows("SELECT name FROM levels ORDER BY rank")]
    assert levels == ["Emerging", "Developing", "Proficient", "Advanced"]
    assert flourish.rows("SELECT name, category FROM skills") == [("Self-Awareness", "SEL")]


def test_the_scale_has_four_levels_and_no_other(flourish: Database) -> None:
    with flourish.throws("23514", constraint="levels_name_and_rank_agree_check"):
        flourish.insert("levels", name="Advanced", rank=1)
    with flourish.throws("23514", constraint="levels_name_and_rank_agree_check"):
        flourish.insert("levels", name="Masterly", rank=5)


def test_the_catalogue_is_open_to_any_skill_of_three_categories(flourish: Database) -> None:
    assert flourish.insert("skills", name="Gardening", category="EF")["name"] == "Gardening"
    with flourish.throws("23514", constraint="skills_category_check"):
        flourish.insert("skills", name="Singing", category="Arts")
    with flourish.throws("23514", constraint="skills_name_not_blank_check"):
        flourish.insert("skills", name=" ", category="EF")


def test_the_demo_has_a_school_of_three_teachers_and_twenty_students(demo: Database) -> None:
    assert [demo.sees(t) for t in ("teachers", "students", "skills", "levels")] == [3, 20, 17, 4]
    assert demo.value("SELECT count(*) FROM students WHERE teacher_id IS NULL") == 0


def test_the_demo_has_evidence_of_every_type_level_category_and_confidence(demo: Database) -> None:
    assert {t for (t,) in demo.rows("SELECT DISTINCT type FROM data_entries")} == set(TYPES)
    assert demo.value("SELECT count(DISTINCT (level, skill_category)) FROM assessments") == 12
    sure = "SELECT count(*) FILTER (WHERE confidence_score < 0.8), count(*) FILTER (WHERE confidence_score >= 0.8), "
    low, high, unscored = demo.row(sure + "count(*) FILTER (WHERE confidence_score IS NULL) FROM assessments")
    assert min(low, high, unscored) > 0


def test_the_demo_quotes_what_was_said(demo: Database) -> None:
    misquoted = """
        SELECT a.data_entry_id, a.source_quote
        FROM assessments AS a INNER JOIN data_entries AS de ON de.id = a.data_entry_id
        WHERE position(a.source_quote IN de.content) = 0
    """
    assert demo.rows(misquoted) == []


def test_the_demo_has_open_and_completed_targets(demo: Database) -> None:
    for state in ("completed", "NOT completed"):
        assert demo.value(f"SELECT count(*) FROM skill_targets WHERE {state}") > 1


@pytest.mark.parametrize("name", sorted(path.stem for path in SEEDS.parent.glob("queries/*.sql")))
def test_every_query_says_something_about_the_demo(demo: Database, name: str) -> None:
    assert len(demo.query("flourish", name)) >= 5


def test_seeding_again_changes_nothing(demo: Database) -> None:
    before = contents(demo)
    demo.seed("flourish", "reference", "demo")
    assert contents(demo) == before


def test_a_target_completed_since_is_not_assigned_again(demo: Database) -> None:
    demo.execute("UPDATE skill_targets SET completed = true, completed_at = now() WHERE skill_name = 'Planning'")
    before = contents(demo)
    demo.seed("flourish", "demo")
    assert contents(demo) == before


def test_scale_data_grows_with_the_scale_and_only_by_the_difference(flourish: Database) -> None:
    assert grow(flourish, scale=1) == {"students": 9, "data_entries": 153, "assessments": 765, "skill_targets": 18}
    once = contents(flourish)
    assert grow(flourish, scale=1)["assessments"] == 765
    assert contents(flourish) == once
    assert grow(flourish, scale=3) == {"students": 9, "data_entries": 459, "assessments": 2295, "skill_targets": 18}


def test_scale_data_is_the_same_on_every_server(flourish: Database) -> None:
    grow(flourish, scale=1)
    summary = """
        SELECT sum(confidence_score)::text, count(*) FILTER (WHERE level = 'Advanced'), min(created_at)::text
        FROM assessments
    """
    assert flourish.row(summary) == ("639.61", 195, "2024-09-05 18:03:53.39797+00")


def test_scale_data_has_low_scores_of_which_some_are_corrected(flourish: Database) -> None:
    grow(flourish, scale=2)
    low, corrected = flourish.row("""
        SELECT count(*), count(tc.id)
        FROM assessments AS a LEFT JOIN teacher_corrections AS tc ON tc.assessment_id = a.id
        WHERE a.confidence_score < 0.8
    """)
    assert 0.08 < low / flourish.sees("assessments") < 0.17
    assert 0.3 < corrected / low < 0.7


def test_scale_data_joins_the_demo_without_touching_it(demo: Database) -> None:
    before = demo.rows("SELECT id, name, teacher_id FROM students ORDER BY id")
    grow(demo, scale=1)
    assert demo.rows("SELECT id, name, teacher_id FROM students ORDER BY id") == before
    assert demo.value("SELECT count(*) FROM data_entries WHERE student_id = 'S001'") == 6 + 17
