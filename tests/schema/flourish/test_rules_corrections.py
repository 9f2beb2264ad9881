"""Corrections: a teacher has the last word, once, and what was overruled stays on record."""

from __future__ import annotations

import pytest

from slate_pg.testing.database import Database
from tests.schema.flourish.factories import ELENA, SAMUEL, a_correction, a_student, a_teacher, an_assessment, an_entry

LEVELS_DIFFERENT = "chk_levels_different"
ASSESSED_LEVEL = "corrections_start_from_the_assessed_level"


def test_a_correction_may_change_the_level(maya: Database) -> None:
    correction = a_correction(maya, an_assessment(maya)["id"], corrected_level="Proficient")
    assert (correction["original_level"], correction["corrected_level"]) == ("Emerging", "Proficient")


@pytest.mark.parametrize("original", ["Names a feeling.", None])
def test_a_correction_may_keep_the_level_and_change_the_reason(maya: Database, original: str | None) -> None:
    over = {"original_justification": original, "corrected_justification": "Knows no cause."}
    assert a_correction(maya, an_assessment(maya)["id"], corrected_level="Emerging", **over)["id"]


@pytest.mark.parametrize(
    ("original", "corrected"),
    [(None, None), ("Names a feeling.", None), ("Names a feeling.", "Names a feeling.")],
)
def test_a_correction_that_changes_nothing_is_refused(
    maya: Database, original: str | None, corrected: str | None
) -> None:
    over = {"original_justification": original, "corrected_justification": corrected}
    with maya.throws("23514", constraint=LEVELS_DIFFERENT):
        a_correction(maya, an_assessment(maya)["id"], corrected_level="Emerging", **over)


@pytest.mark.parametrize(
    ("column", "constraint"),
    [("original_level", ASSESSED_LEVEL), ("corrected_level", "chk_corrected_level")],
)
def test_a_correction_knows_four_levels(maya: Database, column: str, constraint: str) -> None:
    with maya.throws("23514", constraint=constraint):
        a_correction(maya, an_assessment(maya)["id"], **{column: "Masterly"})


def test_a_correction_starts_from_the_level_the_assessment_has(maya: Database) -> None:
    assessment = an_assessment(maya, level="Developing")["id"]
    with maya.throws("23514", constraint=ASSESSED_LEVEL, match='at level "Developing", not "Emerging"'):
        a_correction(maya, assessment, corrected_level="Advanced")
    assert a_correction(maya, assessment, original_level="Developing", corrected_level="Advanced")["id"]


def test_a_correction_outlives_a_re_assessment_and_can_still_be_revised(maya: Database) -> None:
    assessment = an_assessment(maya)["id"]
    a_correction(maya, assessment)
    maya.execute("UPDATE assessments SET level = 'Advanced'")
    maya.execute("UPDATE teacher_corrections SET corrected_level = 'Proficient'")
    assert maya.row("SELECT original_level, corrected_level FROM teacher_corrections") == ("Emerging", "Proficient")
    with maya.throws("23514", constraint=ASSESSED_LEVEL):
        maya.execute("UPDATE teacher_corrections SET original_level = 'Developing'")


def test_a_correction_belongs_to_the_student_of_its_assessment_whatever_is_written(maya: Database) -> None:
    a_student(maya, id="S002")
    assert a_correction(maya, an_assessment(maya)["id"], student_id="S002")["student_id"] == "S001"
    with maya.throws("23503", constraint="teacher_corrections_student_id_assessment_id_fkey"):
        maya.execute("UPDATE teacher_corrections SET student_id = 'S002'")


def test_a_correction_of_nothing_is_refused(maya: Database) -> None:
    with maya.throws("23503", constraint="teacher_corrections_student_id_assessment_id_fkey"):
        a_correction(maya, 404)
    with maya.throws(("23502", "23503")):
        a_correction(maya, None)  # type: ignore[arg-type]


def test_an_assessment_is_corrected_once(maya: Database) -> None:
    assessment = an_assessment(maya)["id"]
    a_correction(maya, assessment)
    with maya.throws("23505", constraint="teacher_corrections_assessment_id_key"):
        a_correction(maya, assessment, corrected_level="Advanced")


@pytest.fixture
def two_teachers(db_committed: Database) -> Database:
    db_committed.use("flourish")
    a_teacher(db_committed, id=ELENA)
    a_teacher(db_committed, id=SAMUEL, name="Samuel Okafor")
    a_student(db_committed, teacher_id=ELENA)
    an_entry(db_committed)
    an_assessment(db_committed, id=1)
    return db_committed


CORRECT = """
    INSERT INTO teacher_corrections (assessment_id, original_level, corrected_level, corrected_by)
    VALUES (1, 'Emerging', 'Developing', %s)
"""


@pytest.mark.parametrize("first_ends", ["commit", "rollback"])
def test_two_teachers_at_once_make_one_correction(two_teachers: Database, first_ends: str) -> None:
    with two_teachers.sessions(2) as (elena, samuel):
        elena.use("flourish")
        samuel.use("flourish")
        elena.execute(CORRECT, ELENA)
        waiting = samuel.start(CORRECT, SAMUEL)
        assert waiting.blocked_by(elena)
        getattr(elena, first_ends)()
        if first_ends == "commit":
            with pytest.raises(Exception, match="teacher_corrections_assessment_id_key"):
                waiting.result()
        else:
            assert waiting.result() == 1
            samuel.commit()
    assert two_teachers.sees("teacher_corrections") == 1


def test_a_correction_does_not_hold_up_a_re_assessment(two_teachers: Database) -> None:
    with two_teachers.sessions(2) as (teacher, service):
        teacher.use("flourish")
        service.use("flourish")
        teacher.execute(CORRECT, ELENA)
        service.execute("SET LOCAL lock_timeout = '1s'")
        assert service.execute("UPDATE assessments SET level = 'Advanced' WHERE id = 1").rowcount == 1
        service.commit()
        teacher.commit()
    assert two_teachers.row("SELECT level, assessed_level FROM current_assessments") == ("Developing", "Advanced")
