"""Three sessions of mixed isolation write single statements of every shape; afterwards no row belongs to two students."""

from __future__ import annotations

import pytest

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.flourish.factories import a_student, a_teacher
from tests.schema.fuzz import Game, check_game

ENTRY = "INSERT INTO data_entries (id, student_id, type, date, content) VALUES ({entry}, {student}, 'parent_note', '2025-09-05', 'Well done.')"
ASSESSMENT = "INSERT INTO assessments (data_entry_id, student_id, skill_name, skill_category, level, justification, source_quote)"
CORRECTION = "INSERT INTO teacher_corrections (assessment_id, student_id, original_level, corrected_level, corrected_justification)"
TARGET = "INSERT INTO skill_targets (student_id, skill_name, assigned_by)"
STATEMENTS = [
    ENTRY + " ON CONFLICT DO NOTHING",
    ENTRY + " ON CONFLICT (id) DO UPDATE SET student_id = EXCLUDED.student_id",
    "UPDATE data_entries SET student_id = {student} WHERE id = {entry}",
    "UPDATE data_entries SET id = {entry} WHERE id = {entry_b}",
    "DELETE FROM data_entries WHERE id = {entry}",
    "MERGE INTO data_entries AS d USING (SELECT {entry}::varchar AS id) AS n ON d.id = n.id WHEN MATCHED THEN UPDATE SET student_id = {student} WHEN NOT MATCHED THEN INSERT (id, student_id, type, date, content) VALUES (n.id, {student}, 'parent_note', '2025-09-05', 'x')",
    ASSESSMENT
    + " SELECT id, student_id, {skill}, 'EF', {level}, 'j', 'q' FROM data_entries WHERE id = {entry} ON CONFLICT (data_entry_id, skill_name) DO UPDATE SET level = EXCLUDED.level",
    ASSESSMENT
    + " SELECT id, student_id, {skill}, 'EF', {level}, 'j', 'q' FROM data_entries ORDER BY random() LIMIT 3 ON CONFLICT DO NOTHING",
    "UPDATE assessments SET level = {level} WHERE skill_name = {skill}",
    "UPDATE assessments SET student_id = {student} WHERE data_entry_id = {entry}",
    "DELETE FROM assessments WHERE data_entry_id = {entry}",
    "WITH gone AS (DELETE FROM assessments WHERE data_entry_id = {entry} RETURNING *) "
    + ASSESSMENT
    + " SELECT {entry}, student_id, {skill}, 'EF', level, 'j', 'q' FROM gone LIMIT 1",
    "WITH moved AS (UPDATE data_entries SET student_id = {student} WHERE id = {entry}) "
    + CORRECTION
    + " SELECT id, {student_b}, level, {level}, 'because' FROM assessments WHERE data_entry_id = {entry} ON CONFLICT DO NOTHING",
    CORRECTION
    + " SELECT id, {student}, level, {level}, 'because' FROM assessments ORDER BY random() LIMIT 2 ON CONFLICT (assessment_id) DO UPDATE SET corrected_level = EXCLUDED.corrected_level",
    "UPDATE teacher_corrections SET student_id = {student}",
    "DELETE FROM teacher_corrections WHERE student_id = {student}",
    TARGET + " VALUES ({student}, {skill}, {teacher}) ON CONFLICT DO NOTHING",
    TARGET
    + " VALUES ({student}, {skill}, {teacher}) ON CONFLICT (student_id, skill_name, completed) DO UPDATE SET assigned_by = EXCLUDED.assigned_by",
    "UPDATE skill_targets SET completed = NOT completed, completed_at = CASE WHEN completed THEN NULL ELSE now() END WHERE student_id = {student}",
    "UPDATE students SET teacher_id = {teacher} WHERE id = {student}",
    "WITH gone AS (DELETE FROM students WHERE id = {student} AND random() < 0.02) UPDATE data_entries SET student_id = {student} WHERE id = {entry}",
    "COPY data_entries (id, student_id, type, date, content) FROM STDIN | {entry}, {student}, parent_note, 2025-09-05, x",
    "COPY skill_targets (student_id, skill_name) FROM STDIN | {student}, {skill}",
    "TRUNCATE teacher_corrections",
    "TRUNCATE assessments CASCADE",
    "TRUNCATE data_entries CASCADE",
]
TRUTHS = {
    "assessments": """SELECT a.id FROM assessments AS a LEFT JOIN data_entries AS d ON d.id = a.data_entry_id
        WHERE a.student_id IS DISTINCT FROM d.student_id""",
    "teacher_corrections": """SELECT c.id FROM teacher_corrections AS c LEFT JOIN assessments AS a ON a.id = c.assessment_id
        WHERE c.student_id IS DISTINCT FROM a.student_id""",
    "skill_targets": """SELECT student_id, skill_name FROM skill_targets WHERE NOT completed
        GROUP BY student_id, skill_name HAVING count(*) > 1""",
    "completed_at": "SELECT id FROM skill_targets WHERE completed <> (completed_at IS NOT NULL)",
    "current_assessments": """SELECT a.id FROM assessments AS a LEFT JOIN teacher_corrections AS c ON c.assessment_id = a.id
        LEFT JOIN current_assessments AS n ON n.id = a.id
        WHERE n.level IS DISTINCT FROM coalesce(c.corrected_level, a.level)""",
}


@pytest.fixture
def game(db_committed: CommittedDatabase) -> Game:
    """Two teachers and four students; ids of six entries and two skills to draw."""
    db_committed.use("flourish")
    things = {
        "teacher": [a_teacher(db_committed, id=key)["id"] for key in ("T001", "T002")],
        "student": [a_student(db_committed, id=f"S00{n}")["id"] for n in range(1, 5)],
        "entry": [f"DE00{n}" for n in range(1, 7)],
        "skill": ["Planning", "Self-Awareness"],
        "level": ["Emerging", "Developing", "Proficient", "Advanced"],
    }
    return Game("flourish", things, STATEMENTS, TRUTHS)


def test_no_row_belongs_to_two_students_after_three_sessions(db_committed: CommittedDatabase, game: Game) -> None:
    check_game(db_committed, game)
