"""One of everything a test of Flourish may need, each factory returning the row it inserted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slate_pg.testing.database import Database

MAYA, JONAH, SOFIA = "S001", "S002", "S009"
ELENA, SAMUEL = "T001", "T002"  # Elena teaches Maya and Jonah, Samuel teaches Sofia


def a_teacher(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a teacher."""
    return db.insert("teachers", **{"id": ELENA, "name": "Elena Marchetti"} | over)


def a_student(db: Database, **over: Any) -> dict[str, Any]:
    """Insert a student, of no teacher unless told."""
    return db.insert("students", **{"id": MAYA, "name": "Maya Lindqvist", "grade": 7} | over)


def an_entry(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an entry of Maya's."""
    entry = {
        "id": "DE001",
        "student_id": MAYA,
        "type": "reflection_journal",
        "date": "2025-09-05",
        "content": "I was angry.",
    }
    return db.insert("data_entries", **entry | over)


def an_assessment(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an assessment of Maya's entry, unsure and Emerging."""
    assessment = {
        "data_entry_id": "DE001", "student_id": MAYA, "skill_name": "Self-Awareness", "skill_category": "SEL",
        "level": "Emerging", "confidence_score": "0.70", "justification": "Names a feeling.", "source_quote": "angry",
    }  # fmt: skip
    return db.insert("assessments", **assessment | over)


def a_correction(db: Database, assessment_id: int, **over: Any) -> dict[str, Any]:
    """Insert a correction from Emerging to Developing, by nobody unless told."""
    correction = {"assessment_id": assessment_id, "original_level": "Emerging", "corrected_level": "Developing"}
    return db.insert("teacher_corrections", **correction | over)


def a_target(db: Database, **over: Any) -> dict[str, Any]:
    """Insert an open target of Maya's."""
    return db.insert("skill_targets", **{"student_id": MAYA, "skill_name": "Planning"} | over)


def populate(db: Database, assessments: dict[str, int]) -> None:
    """Insert the school and note each student's assessment."""
    a_teacher(db, id=ELENA)
    a_teacher(db, id=SAMUEL, name="Samuel Okafor")
    for number, (student, teacher) in enumerate([(MAYA, ELENA), (JONAH, ELENA), (SOFIA, SAMUEL)], start=1):
        entry = f"DE00{number}"
        a_student(db, id=student, teacher_id=teacher)
        an_entry(db, id=entry, student_id=student, teacher_id=teacher)
        assessments[student] = an_assessment(db, data_entry_id=entry, student_id=student)["id"]
        a_correction(db, assessments[student], corrected_by=teacher)
        a_target(db, student_id=student, assigned_by=teacher)


def grow(db: Database, *slices: int, entries: int = 60) -> dict[str, int]:
    """Run slices of the scale seed with fewer than their 3,000 entries, and count."""
    text = (Path(__file__).parents[3] / "sql/flourish/seeds/scale.sql").read_text()
    assert text.count("9000013000") == 1
    for number in slices:
        db.execute("SELECT set_config('slate.slice', %s, false)", str(number))
        db.connection.execute(text.replace("9000013000", str(9_000_010_000 + entries)).encode())
    return {t: db.sees(t) for t in ("students", "data_entries", "assessments", "teacher_corrections", "skill_targets")}
