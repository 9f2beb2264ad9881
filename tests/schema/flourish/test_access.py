"""Row security: who sees and writes what, and who is refused. Elena teaches Maya and Jonah, Samuel teaches Sofia."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.schema.flourish.factories import ELENA, JONAH, MAYA, SAMUEL, SOFIA, an_assessment, an_entry

OF_STUDENTS = [
    "data_entries",
    "assessments",
    "teacher_corrections",
    "skill_targets",
    "current_assessments",
    "weekly_skill_levels",
]
PERSONAL = ["teachers", "students", *OF_STUDENTS]


@pytest.mark.parametrize("table", OF_STUDENTS)
@pytest.mark.parametrize(
    ("caller", "students"),
    [(ELENA, [MAYA, JONAH]), (SAMUEL, [SOFIA]), (MAYA, [MAYA]), (SOFIA, [SOFIA]), ("T003", []), ("S404", []), ("", [])],
)
def test_a_teacher_sees_the_own_students_and_a_student_sees_themselves(
    school: SimpleNamespace, table: str, caller: str, students: list[str]
) -> None:
    with school.db.as_user(caller):
        seen = {s for (s,) in school.db.rows(f"SELECT student_id FROM {table}")}
    assert seen == set(students)


@pytest.mark.parametrize(
    ("caller", "teachers", "students"),
    [(ELENA, [ELENA], [MAYA, JONAH]), (SAMUEL, [SAMUEL], [SOFIA]), (MAYA, [], [MAYA]), ("", [], [])],
)
def test_people_see_themselves_and_teachers_their_students(
    school: SimpleNamespace, caller: str, teachers: list[str], students: list[str]
) -> None:
    with school.db.as_user(caller):
        assert school.db.rows("SELECT id FROM teachers") == [(t,) for t in teachers]
        assert school.db.rows('SELECT id FROM students ORDER BY id COLLATE "C"') == [(s,) for s in students]


@pytest.mark.parametrize("table", PERSONAL)
def test_nobody_in_particular_sees_nothing(school: SimpleNamespace, table: str) -> None:
    with school.db.as_role("flourish_people"):
        assert school.db.sees(table) == 0


@pytest.mark.parametrize("table", PERSONAL)
@pytest.mark.parametrize("role", ["flourish_service", "flourish_reader"])
def test_the_back_end_and_the_reports_see_every_row(school: SimpleNamespace, table: str, role: str) -> None:
    with school.db.as_role(role):
        assert school.db.sees(table) == (2 if table == "teachers" else 3)


def test_a_student_who_changes_teacher_is_seen_by_the_new_one_only(school: SimpleNamespace) -> None:
    school.db.execute("UPDATE students SET teacher_id = %s WHERE id = %s", SAMUEL, JONAH)
    for caller, count in ((ELENA, 1), (SAMUEL, 2)):
        with school.db.as_user(caller):
            assert [school.db.sees(t) for t in ("students", *OF_STUDENTS)] == [count] * (1 + len(OF_STUDENTS))


def test_a_correction_stays_its_writers_when_the_student_changes_teacher(school: SimpleNamespace) -> None:
    school.db.execute("UPDATE students SET teacher_id = %s WHERE id = %s", SAMUEL, JONAH)
    note = "UPDATE teacher_corrections SET teacher_notes = 'x' WHERE student_id = %s"
    with school.db.as_user(SAMUEL):
        assert school.db.value("SELECT corrected_by FROM teacher_corrections WHERE student_id = %s", JONAH) == ELENA
        school.db.filtered(note, JONAH)
    with school.db.as_user(ELENA):
        school.db.filtered(note, JONAH)


ADD_ENTRY = """
    INSERT INTO data_entries (id, student_id, teacher_id, type, date, content)
    VALUES ('DE100', %s, %s, 'parent_note', '2025-10-01', 'Reads.')
"""


def test_a_teacher_adds_entries_about_the_own_students_in_the_own_name(school: SimpleNamespace) -> None:
    with school.db.as_user(ELENA):
        school.db.check_violation(ADD_ENTRY, SOFIA, ELENA)
        school.db.check_violation(ADD_ENTRY, MAYA, SAMUEL)
        school.db.check_violation(ADD_ENTRY, MAYA, None)
        assert school.db.execute(ADD_ENTRY, MAYA, ELENA).rowcount == 1


CORRECT = """
    INSERT INTO teacher_corrections (assessment_id, original_level, corrected_level, corrected_by)
    VALUES (%s, 'Emerging', 'Advanced', %s)
"""


def test_a_teacher_corrects_the_own_students_in_the_own_name(school: SimpleNamespace) -> None:
    school.db.execute("DELETE FROM teacher_corrections")
    with school.db.as_user(ELENA):
        school.db.check_violation(CORRECT, school.assessments[SOFIA], ELENA)
        school.db.check_violation(CORRECT, school.assessments[MAYA], SAMUEL)
        assert school.db.execute(CORRECT, school.assessments[MAYA], ELENA).rowcount == 1


@pytest.mark.parametrize("level", ["Emerging", "Advanced"])
def test_a_refused_correction_tells_neither_the_level_nor_that_there_is_one(
    school: SimpleNamespace, level: str
) -> None:
    school.db.execute("DELETE FROM teacher_corrections")
    school.db.execute("UPDATE assessments SET level = %s", level)
    with school.db.as_user(ELENA):
        school.db.check_violation(CORRECT, school.assessments[SOFIA], ELENA)
        school.db.check_violation(CORRECT, -1, ELENA)


def test_a_teacher_revises_the_own_verdict_and_nothing_else(school: SimpleNamespace) -> None:
    with school.db.as_user(ELENA):
        assert school.db.execute("UPDATE teacher_corrections SET teacher_notes = 'See the second half.'").rowcount == 2
        school.db.filtered("UPDATE teacher_corrections SET corrected_level = 'Advanced' WHERE student_id = %s", SOFIA)
        for column in (
            "original_level = 'Advanced'",
            "corrected_by = NULL",
            "corrected_at = now()",
            "student_id = 'S009'",
        ):
            school.db.denied(f"UPDATE teacher_corrections SET {column}")
        school.db.denied("DELETE FROM teacher_corrections")


COMPLETE = "UPDATE skill_targets SET completed = true, completed_at = now() WHERE student_id = %s"
ASSIGN = "INSERT INTO skill_targets (student_id, skill_name, assigned_by) VALUES (%s, 'Organization', %s)"


def test_a_teacher_assigns_and_completes_targets_of_the_own_students(school: SimpleNamespace) -> None:
    with school.db.as_user(ELENA):
        school.db.check_violation(ASSIGN, SOFIA, ELENA)
        school.db.check_violation(ASSIGN, MAYA, SAMUEL)
        assert school.db.execute(ASSIGN, MAYA, ELENA).rowcount == 1
        assert school.db.execute(COMPLETE, JONAH).rowcount == 1
        school.db.filtered(COMPLETE, SOFIA)
        school.db.denied("UPDATE skill_targets SET skill_name = 'Planning'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE students SET grade = 8",
        "UPDATE students SET teacher_id = 'T001'",
        "UPDATE data_entries SET content = 'I was calm.'",
        "UPDATE assessments SET level = 'Advanced'",
        "UPDATE teachers SET name = 'Somebody else'",
        "DELETE FROM data_entries",
        "DELETE FROM assessments",
        "INSERT INTO assessments DEFAULT VALUES",
        "INSERT INTO teachers (id, name) VALUES ('T900', 'Myself')",
        "INSERT INTO skills (name, category) VALUES ('Cheating', 'EF')",
        "TRUNCATE skill_targets",
    ],
)
@pytest.mark.parametrize("caller", [ELENA, MAYA])
def test_people_do_not_rewrite_the_evidence(school: SimpleNamespace, caller: str, statement: str) -> None:
    with school.db.as_user(caller):
        school.db.denied(statement)


def test_a_student_writes_nothing(school: SimpleNamespace) -> None:
    school.db.execute("DELETE FROM teacher_corrections")
    with school.db.as_user(MAYA):
        school.db.check_violation(ADD_ENTRY, MAYA, None)
        school.db.check_violation(CORRECT, school.assessments[MAYA], None)
        school.db.check_violation(ASSIGN, MAYA, None)
        school.db.filtered(COMPLETE, MAYA)


@pytest.mark.parametrize(
    ("table", "column"),
    [("teachers", "email"), ("data_entries", "content"), ("data_entries", "metadata"), ("assessments", "source_quote")],
)
def test_reports_never_read_addresses_or_the_words_of_minors(school: SimpleNamespace, table: str, column: str) -> None:
    with school.db.as_role("flourish_reader"):
        school.db.denied(f"SELECT {column} FROM {table}")
        school.db.denied(f"SELECT * FROM {table}")
        assert len(school.db.rows(f"SELECT id FROM {table}")) > 1


@pytest.mark.parametrize(
    "statement", ["UPDATE students SET grade = 8", "DELETE FROM students", "INSERT INTO levels VALUES ('Emerging', 1)"]
)
def test_reports_only_read(school: SimpleNamespace, statement: str) -> None:
    with school.db.as_role("flourish_reader"):
        school.db.denied(statement)


def test_the_back_end_does_everything_but_truncate(school: SimpleNamespace) -> None:
    with school.db.as_role("flourish_service"):
        an_entry(school.db, id="DE100")
        an_assessment(school.db, data_entry_id="DE100")
        assert school.db.execute("UPDATE assessments SET level = 'Proficient'").rowcount == 4
        assert school.db.execute("DELETE FROM students WHERE id = %s", MAYA).rowcount == 1
        school.db.denied("TRUNCATE skill_targets")


def test_my_students_are_the_callers_own(school: SimpleNamespace) -> None:
    for caller, students in ((ELENA, {MAYA, JONAH}), (MAYA, set()), ("", set())):
        with school.db.as_user(caller):
            assert set(school.db.value("SELECT my_student_ids()")) == students
            assert school.db.value("SELECT current_user_id()") == (caller or None)


def test_a_caller_reads_the_own_evidence_and_that_of_the_own_students(school: SimpleNamespace) -> None:
    for caller, readable in ((ELENA, {MAYA, JONAH, ELENA}), (MAYA, {MAYA}), ("", {None})):
        with school.db.as_user(caller):
            assert set(school.db.value("SELECT visible_student_ids()")) == readable


def test_another_products_service_is_a_stranger_here(school: SimpleNamespace) -> None:
    with school.db.as_role("spark_service"), school.db.throws("42501", match="permission denied for schema"):
        school.db.execute("SELECT 1 FROM flourish.students")


PROGRESSION = "SELECT level FROM assessments WHERE student_id = 'S001' AND skill_name = 'Self-Awareness'"


@pytest.mark.parametrize("caller", [ELENA, MAYA])
@pytest.mark.parametrize("statement", ["SELECT level FROM assessments", PROGRESSION])
def test_people_reach_their_rows_by_one_index(school: SimpleNamespace, caller: str, statement: str) -> None:
    with school.db.as_user(caller):
        plan = school.db.plan(statement, prefer_index=True)
    assert len(plan.indexes) == 1
    assert plan.seq_scans == set()
    assert "BitmapOr" not in plan.text


def test_a_former_teacher_writes_nothing_of_a_student_who_moved(school: SimpleNamespace) -> None:
    school.db.execute("DELETE FROM teacher_corrections WHERE student_id = %s", JONAH)
    school.db.execute("UPDATE students SET teacher_id = %s", SAMUEL)
    with school.db.as_user(ELENA):
        school.db.check_violation(ADD_ENTRY, JONAH, ELENA)
        school.db.check_violation(CORRECT, school.assessments[JONAH], ELENA)
        school.db.check_violation(ASSIGN, JONAH, ELENA)
        school.db.filtered("UPDATE teacher_corrections SET teacher_notes = 'x'")
        school.db.filtered("UPDATE skill_targets SET completed = true, completed_at = now()")


def test_a_teacher_who_left_and_a_student_who_left_are_nobody(school: SimpleNamespace) -> None:
    school.db.execute("UPDATE students SET teacher_id = %s", SAMUEL)
    school.db.execute("SELECT * FROM purge_person(%s)", ELENA)
    school.db.execute("SELECT * FROM purge_person(%s)", MAYA)
    for caller in (ELENA, MAYA):
        with school.db.as_user(caller):
            assert {t: school.db.sees(t) for t in PERSONAL} == dict.fromkeys(PERSONAL, 0)
            school.db.check_violation(ADD_ENTRY, JONAH, caller)
            school.db.check_violation(ASSIGN, JONAH, caller)


def test_who_did_it_is_filled_in_from_the_session(school: SimpleNamespace) -> None:
    school.db.execute("DELETE FROM teacher_corrections")
    with school.db.as_user(ELENA):
        school.db.execute("INSERT INTO skill_targets (student_id, skill_name) VALUES (%s, 'Organization')", MAYA)
        school.db.execute(
            "INSERT INTO teacher_corrections (assessment_id, original_level, corrected_level) "
            "VALUES (%s, 'Emerging', 'Advanced')", school.assessments[MAYA],
        )  # fmt: skip
        school.db.execute(
            "INSERT INTO data_entries (id, student_id, type, date, content) "
            "VALUES ('DE100', %s, 'parent_note', '2025-10-01', 'Reads.')", MAYA,
        )  # fmt: skip
    assert school.db.rows("SELECT corrected_by FROM teacher_corrections") == [(ELENA,)]
    assert school.db.rows("SELECT assigned_by FROM skill_targets WHERE skill_name = 'Organization'") == [(ELENA,)]
    assert school.db.rows("SELECT teacher_id FROM data_entries WHERE id = 'DE100'") == [(ELENA,)]
