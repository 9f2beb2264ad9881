"""What the reference and the demo seed hold: the scale, the catalogue, and a school of every kind of evidence."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.test_rules_evidence import TYPES


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


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("teachers", "created_at"), ("students", "created_at"), ("data_entries", "date"),
        ("data_entries", "created_at"), ("assessments", "created_at"), ("teacher_corrections", "corrected_at"),
        ("skill_targets", "assigned_at"), ("skill_targets", "completed_at"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("when", ["infinity", "-infinity"])
def test_infinity_is_no_date(school: SimpleNamespace, table: str, column: str, when: str) -> None:
    with school.db.throws("23514"):
        school.db.execute(f"UPDATE {table} SET {column} = '{when}'")


def test_every_column_is_commented(flourish: Database) -> None:
    bare = flourish.rows(
        "SELECT c.relname || '.' || a.attname FROM pg_class AS c INNER JOIN pg_attribute AS a ON a.attrelid = c.oid "
        "WHERE c.relnamespace = 'flourish'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attnum > 0 AND NOT a.attisdropped AND NOT starts_with(c.relname, '_slate') "
        "AND col_description(c.oid, a.attnum) IS NULL"
    )
    assert bare == []
