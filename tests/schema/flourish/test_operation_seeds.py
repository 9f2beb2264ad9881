"""Seeds run again and in any amount: the demo twice, and slices of the scale seed, each like the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import grow

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


FACTS = ("data_entries", "assessments", "teacher_corrections")


def test_a_slice_loaded_again_adds_nothing(flourish: Database) -> None:
    counts = grow(flourish, 1, 2)
    once = contents(flourish)
    assert grow(flourish, 1, 2) == counts
    assert contents(flourish) == once


def test_each_slice_adds_as_much_and_shares_the_people(flourish: Database) -> None:
    first, second = grow(flourish, 1, entries=1200), grow(flourish, 2, entries=1200)
    assert first["students"] == second["students"] == 1000
    for table in FACTS:
        assert 0.9 < (second[table] - first[table]) / first[table] < 1.1


def test_a_whole_slice_has_ten_to_twenty_thousand_assessments(flourish: Database) -> None:
    counts = grow(flourish, 7, entries=3000)
    assert counts["data_entries"] == 3000
    assert 10_000 < counts["assessments"] < 20_000


def test_a_slice_is_the_same_whichever_came_before(flourish: Database) -> None:
    summary = """
        SELECT count(*), sum(hashtextextended((to_jsonb(a) - 'id')::text, 0))
        FROM assessments AS a WHERE data_entry_id LIKE 'DE900003%%'
    """
    grow(flourish, 3)
    alone = flourish.row(summary)
    flourish.execute("DELETE FROM students")
    grow(flourish, 1, 2, 3)
    assert flourish.row(summary) == alone


def test_scale_data_is_the_same_on_every_server(flourish: Database) -> None:
    grow(flourish, 1)
    summary = """
        SELECT
            sum(confidence_score)::text,
            min(created_at AT TIME ZONE 'UTC')::text,
            sum(hashtextextended(concat_ws('|', data_entry_id, skill_name, level, confidence_score, created_at), 0))::text
        FROM assessments
    """
    assert flourish.row(summary) == ("246.34", "2023-09-04 18:04:06.934431", "10102059622440858652")


def test_scale_data_keeps_the_school_calendar(flourish: Database) -> None:
    grow(flourish, 1, 7, 8, 36, 37, 100)
    weeks = "SELECT DISTINCT date_trunc('week', date)::date::text FROM data_entries ORDER BY 1"
    assert [week for (week,) in flourish.rows(weeks)] == [
        "2023-09-04", "2023-10-16", "2023-10-30", "2024-06-10", "2024-09-02", "2026-04-06",
    ]  # fmt: skip
    assert flourish.value("SELECT count(*) FROM data_entries WHERE extract(isodow FROM date) > 5") == 0
    hours = "SELECT min(h), max(h) FROM (SELECT extract(hour FROM created_at)::int AS h FROM data_entries) AS hours"
    assert flourish.row(hours) == (8, 17)


def test_scale_data_is_as_uneven_as_a_school(flourish: Database) -> None:
    grow(flourish, 1, entries=3000)
    shares = """
        SELECT percentile_disc(ARRAY[0.1, 0.5, 1]) WITHIN GROUP (ORDER BY written)
        FROM (SELECT count(de.id) AS written FROM students AS s LEFT JOIN data_entries AS de ON de.student_id = s.id
              GROUP BY s.id) AS students
    """
    quiet, middling, busy = flourish.value(shares)
    assert quiet <= middling <= 3 < 3 * 3 <= busy
    levels = flourish.rows("SELECT level, count(*) FROM assessments GROUP BY level ORDER BY count(*) DESC")
    assert levels[0][0] == "Developing"
    assert min(count for _, count in levels) > 300
    for column, table in (("confidence_score", "assessments"), ("teacher_id", "data_entries"),
                          ("teacher_id", "students"), ("teacher_notes", "teacher_corrections")):  # fmt: skip
        assert 0 < flourish.value(f"SELECT count(*) - count({column}) FROM {table}") < flourish.sees(table)


def test_scale_data_has_low_scores_of_which_half_are_corrected(flourish: Database) -> None:
    grow(flourish, 1, 2, entries=600)
    low, corrected = flourish.row("""
        SELECT count(*), count(tc.id)
        FROM assessments AS a LEFT JOIN teacher_corrections AS tc ON tc.assessment_id = a.id
        WHERE a.confidence_score < 0.8
    """)
    assert 0.08 < low / flourish.sees("assessments") < 0.17
    assert 0.4 < corrected / low < 0.6


def test_a_busy_student_and_a_full_class_are_in_the_first_slice(flourish: Database) -> None:
    grow(flourish, 1, entries=3000)
    busy, average = flourish.row("""
        SELECT count(*) FILTER (WHERE student_id = 'S123'), count(*) / 1000 FROM assessments
    """)
    assert busy > 3 * average
    assert flourish.value("SELECT count(*) FROM students WHERE teacher_id = 'T005'") == 24


def test_scale_data_joins_the_demo_without_touching_it(demo: Database) -> None:
    written = "SELECT id, content FROM data_entries WHERE id < 'DE9' COLLATE \"C\" ORDER BY id"
    before = (demo.rows("SELECT id, name, teacher_id FROM students ORDER BY id"), demo.rows(written))
    counts = grow(demo, 1)
    assert (demo.rows("SELECT id, name, teacher_id FROM students WHERE name NOT LIKE 'Student %%' ORDER BY id"),
            demo.rows(written)) == before  # fmt: skip
    assert (counts["students"], counts["data_entries"]) == (1000, 26 + 60)
