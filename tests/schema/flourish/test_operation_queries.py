"""The documented queries: what they answer, what they cost, and where the views know better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from slate_pg import sqlfiles
from slate_pg.postgres.explain import read_plan
from slate_pg.testing.database import Database
from tests.schema.flourish.factories import a_correction, an_assessment, an_entry, grow

FOLDER = Path(__file__).parents[3] / "sql/flourish/queries"
DOCUMENTED = [
    "student_skill_progression",
    "low_confidence_review",
    "skill_trends",
    "recent_corrections",
    "student_badges",
]
INDEXES = {
    "student_skill_progression": "idx_assessments_student_skill",
    "skill_trends": "idx_assessments_student_skill",
    "recent_corrections": "idx_corrections_created",
    "student_badges": "idx_assessments_student_skill",
}


PRINTED = Path(__file__).parent / "printed"
Ask = Callable[[Database, str], list[dict[str, Any]]]


def asked(db: Database, name: str) -> list[dict[str, Any]]:
    """Run a query of the product."""
    return db.query("flourish", name)


def printed(db: Database, name: str) -> list[dict[str, Any]]:
    """Run a query as the document prints it."""
    cursor = db.connection.cursor(row_factory=dict_row)
    return cursor.execute(sqlfiles.find(PRINTED, name).text.encode()).fetchall()


@pytest.mark.parametrize("name", sorted(path.stem for path in PRINTED.glob("*.sql")))
@pytest.mark.parametrize("caller", ["", "T001", "S001"])
def test_a_query_that_was_rewritten_gives_the_printed_rows(demo: Database, name: str, caller: str) -> None:
    if not caller:
        assert len(asked(demo, name)) >= 5
        assert asked(demo, name) == printed(demo, name)
        return
    with demo.as_user(caller):
        assert len(asked(demo, name)) >= 1
        assert asked(demo, name) == printed(demo, name)


def test_every_query_is_a_documented_one() -> None:
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(DOCUMENTED)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.sql")))
def test_every_query_says_what_it_is_and_what_it_may_cost(name: str) -> None:
    header = sqlfiles.find(FOLDER, name).header
    assert {"what", "source", "budget_ms", "person"} <= set(header)
    assert ("params" in header) == ("scale_params" in header)
    assert int(header["budget_ms"]) in (50, 100, 200)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("student_skill_progression", {"student_id": "S002", "skill_name": "Communication"}),
        ("skill_trends", {"student_id": "S002"}),
        ("student_badges", {"student_id": "S002"}),
    ],
)
def test_a_service_asks_about_any_student(demo: Database, name: str, asked: dict[str, str]) -> None:
    assert demo.query("flourish", name) != demo.query("flourish", name, **asked) != []
    assert demo.query("flourish", name, student_id="S404") == []


def test_maya_grows_from_emerging_to_advanced(demo: Database) -> None:
    levels = [r["level"] for r in demo.query("flourish", "student_skill_progression")]
    assert levels == ["Advanced", "Proficient", "Developing", "Developing", "Emerging", "Emerging"]


@pytest.mark.parametrize("ask", [asked, printed])
def test_the_review_shows_what_is_unsure_and_uncorrected_least_sure_first(maya: Database, ask: Ask) -> None:
    for number, (score, corrected) in enumerate(
        [("0.79", False), ("0.80", False), ("0.50", True), ("0.31", False), (None, False)]
    ):
        an_entry(maya, id=f"DE10{number}")
        assessment = an_assessment(maya, data_entry_id=f"DE10{number}", confidence_score=score)
        if corrected:
            a_correction(maya, assessment["id"])
    assert [str(r["confidence_score"]) for r in ask(maya, "low_confidence_review")] == ["0.31", "0.79"]


@pytest.mark.parametrize("ask", [asked, printed])
def test_the_review_is_twenty_rows_long(maya: Database, ask: Ask) -> None:
    for number in range(21):
        an_assessment(maya, skill_name=f"Skill {number}")
    assert len(ask(maya, "low_confidence_review")) == 20


def test_a_tie_gives_the_printed_trend_two_answers_and_the_view_one(maya: Database) -> None:
    an_entry(maya, id="DE002")
    an_assessment(maya, created_at="2025-09-02 12:00Z")
    an_assessment(maya, data_entry_id="DE002", level="Advanced", created_at="2025-09-03 12:00Z")
    (printed,) = maya.query("flourish", "skill_trends")
    assert (printed["most_common_level_numeric"], printed["most_common_level"]) == (1, "Advanced")
    view = "SELECT most_common_level_numeric, most_common_level, assessment_count FROM weekly_skill_levels"
    assert maya.row(view) == (1, "Emerging", 2)


def test_the_trend_of_a_week_does_not_depend_on_the_sessions_time_zone(maya: Database) -> None:
    an_assessment(maya, created_at="2025-09-07 23:30Z")  # a Sunday; Monday in Nairobi
    maya.execute("SET LOCAL timezone = 'Africa/Nairobi'")
    assert maya.value("SELECT week = '2025-09-01 00:00Z' FROM weekly_skill_levels")


def test_printed_queries_keep_the_ais_level_and_the_view_gives_the_teachers(maya: Database) -> None:
    a_correction(maya, an_assessment(maya)["id"], corrected_level="Proficient", corrected_justification="Knows why.")
    (printed,) = maya.query("flourish", "student_skill_progression")
    assert (printed["level"], maya.query("flourish", "student_badges")) == ("Emerging", [])
    view = "SELECT level, assessed_level, justification, corrected FROM current_assessments"
    assert maya.row(view) == ("Proficient", "Emerging", "Knows why.", True)


def test_an_uncorrected_assessment_stands_as_the_ai_gave_it(maya: Database) -> None:
    an_assessment(maya)
    view = "SELECT level, assessed_level, justification, corrected, corrected_at FROM current_assessments"
    assert maya.row(view) == ("Emerging", "Emerging", "Names a feeling.", False, None)


def test_examples_for_the_ai_are_the_five_newest_corrections_with_notes(maya: Database) -> None:
    for day in range(1, 8):
        assessment = an_assessment(maya, skill_name=f"Skill {day}")["id"]
        notes = None if day == 7 else f"Note {day}"
        a_correction(maya, assessment, teacher_notes=notes, corrected_at=f"2025-10-0{day} 12:00Z")
    examples = maya.query("flourish", "recent_corrections")
    assert [r["teacher_notes"] for r in examples] == ["Note 6", "Note 5", "Note 4", "Note 3", "Note 2"]
    assert {r["original_content"] for r in examples} == {"I was angry."}


def test_a_badge_is_earned_at_proficient_and_dated_by_its_last_evidence(maya: Database) -> None:
    for day, level in ((1, "Developing"), (2, "Proficient"), (3, "Proficient"), (4, "Advanced")):
        an_entry(maya, id=f"DE10{day}")
        an_assessment(maya, data_entry_id=f"DE10{day}", level=level, created_at=f"2025-10-0{day} 12:00Z")
    badges = [(r["level"], r["earned_date"].day) for r in maya.query("flourish", "student_badges")]
    assert badges == [("Advanced", 4), ("Proficient", 3)]


def _statement(name: str) -> str:
    return sqlfiles.find(FOLDER, name).text.replace("%", "%%")


@pytest.mark.parametrize(("name", "index"), INDEXES.items())
def test_a_query_is_served_by_its_index(demo: Database, name: str, index: str) -> None:
    assert index in demo.plan(_statement(name), prefer_index=True).indexes


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT id FROM data_entries WHERE student_id = 'S001' ORDER BY date DESC", "idx_data_entries_student_date"),
        ("SELECT id FROM data_entries WHERE type = 'parent_note'", "idx_data_entries_type"),
        ("SELECT id FROM data_entries WHERE teacher_id = 'T001'", "idx_data_entries_teacher"),
        ('SELECT id FROM data_entries WHERE metadata @> \'{"class": "7B"}\'', "idx_data_entries_metadata"),
        ("SELECT id FROM assessments WHERE level = 'Advanced'", "idx_assessments_level"),
        ("SELECT id FROM assessments ORDER BY created_at DESC LIMIT 1", "idx_assessments_created"),
        ("SELECT id FROM assessments WHERE data_entry_id = 'DE001'", "assessments_data_entry_id_skill_name_key"),
        ("SELECT id FROM teacher_corrections WHERE corrected_by = 'T001'", "idx_corrections_teacher"),
        ("SELECT id FROM skill_targets WHERE student_id = 'S001' AND completed = false", "idx_targets_student_active"),
        ("SELECT id FROM skill_targets WHERE assigned_by = 'T001'", "skill_targets_assigned_by_idx"),
        ("SELECT id FROM students WHERE teacher_id = 'T001'", "students_teacher_id_idx"),
    ],
)
def test_an_access_path_of_the_document_is_served_by_its_index(demo: Database, statement: str, index: str) -> None:
    assert demo.plan(statement, prefer_index=True).indexes == {index}


@pytest.fixture
def crowd(db_committed: Database) -> Database:
    """1,000 students with 30,000 assessments, one in eight unsure, and half of those corrected."""
    db_committed.use("flourish")
    grow(db_committed, 1, 2, entries=3000)
    db_committed.execute("ANALYZE")
    return db_committed


def test_the_review_finds_the_printed_rows_and_reads_only_what_it_shows(crowd: Database) -> None:
    found = asked(crowd, "low_confidence_review")
    assert len(found) == 20
    assert found == printed(crowd, "low_confidence_review")
    assert _read(crowd, sqlfiles.find(PRINTED, "low_confidence_review"), "assessments") > 2_000
    assert _read(crowd, sqlfiles.find(FOLDER, "low_confidence_review"), "assessments") < 200
    assert "idx_assessments_confidence" in crowd.plan(_statement("low_confidence_review")).indexes


@pytest.mark.parametrize("role", ["flourish_service", "flourish_reader"])
def test_the_review_follows_its_index_under_row_security(crowd: Database, role: str) -> None:
    with crowd.as_role(role):
        plan = crowd.plan(_statement("low_confidence_review"))
    assert "idx_assessments_confidence" in plan.indexes
    assert "assessments" not in plan.seq_scans


def test_a_teachers_review_reads_what_is_low_of_the_own_students(crowd: Database) -> None:
    low = crowd.value("""
        SELECT count(*) FROM assessments AS a INNER JOIN students AS s ON s.id = a.student_id
        WHERE s.teacher_id = 'T007' AND a.confidence_score < 0.8
    """)
    with crowd.as_user("T007"):
        reviewed = asked(crowd, "low_confidence_review")
        assert reviewed == printed(crowd, "low_confidence_review")
        assert (
            _read(crowd, sqlfiles.find(FOLDER, "low_confidence_review"), "assessments") < 1.2 * low
        )  # averages, rounded
    assert {r["student_id"] for r in reviewed} <= {f"S{n}" for n in range(150, 174)}
    assert len(reviewed) == 20


def test_a_teachers_examples_are_picked_before_they_are_joined(crowd: Database) -> None:
    with crowd.as_user("T007"):
        assert asked(crowd, "recent_corrections") == printed(crowd, "recent_corrections")
        assert _read(crowd, sqlfiles.find(FOLDER, "recent_corrections"), "assessments") == 5
        assert _read(crowd, sqlfiles.find(PRINTED, "recent_corrections"), "assessments") > 20


@pytest.mark.parametrize("caller", ["S123", "T005"])
@pytest.mark.parametrize("name", ["skill_trends", "student_badges"])
def test_trend_and_badges_are_read_from_the_index_alone(crowd: Database, name: str, caller: str) -> None:
    crowd.execute("VACUUM assessments")
    with crowd.as_user(caller):
        plan = crowd.plan(_statement(name).replace("S001", "S123"))
    assert plan.indexes == {"idx_assessments_student_skill"}
    assert "Index Only Scan" in plan.text


def _read(db: Database, query: sqlfiles.SqlFile, table: str) -> float:
    """Return how many rows of a table the query reads, as EXPLAIN ANALYZE counts them."""
    found = db.value("EXPLAIN (ANALYZE, TIMING off, FORMAT json) " + query.text.replace("%", "%%"))
    return sum(n["Actual Rows"] * n["Actual Loops"] for n in read_plan(found).nodes if n.get("Relation Name") == table)
