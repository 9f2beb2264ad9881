"""Medical notes: written by many, read by few, encrypted where the server can. Rule R19; ruling P42."""

from __future__ import annotations

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import a_class, a_student, a_teacher, a_user, an_enrolment, taught_student


def test_notes_are_for_who_teaches_the_student_now(physed: Database) -> None:
    teacher, student = taught_student(physed, medical_notes="asthma")
    read = "SELECT read_medical_notes(%s)"
    with physed.as_user(teacher["id"]):
        assert physed.value(read, student["id"]) == "asthma"
    for stranger in (a_user(physed), a_teacher(physed), taught_student(physed)[0]):
        with physed.as_user(stranger["id"]), physed.throws("42501", match="not for you"):
            physed.value(read, student["id"])
    with physed.as_role("physed_service"), physed.throws("42501", match="set app.user_id"):
        physed.value(read, student["id"])


def test_notes_of_a_waitlisted_student_stay_closed(physed: Database) -> None:
    teacher, student = a_teacher(physed), a_student(physed, medical_notes="asthma")
    an_enrolment(physed, a_class(physed, teacher_id=teacher["id"]), student, status="waitlisted")
    with physed.as_user(teacher["id"]), physed.throws("42501"):
        physed.value("SELECT read_medical_notes(%s)", student["id"])


@pytest.mark.parametrize("role", ["physed_people", "physed_service", "physed_reader"])
def test_nobody_selects_the_column(physed: Database, role: str) -> None:
    teacher, _ = taught_student(physed, medical_notes="asthma")
    with physed.as_user(teacher["id"], role=role):
        for column in ("medical_notes", "medical_notes_cipher", "*"):
            physed.denied(f"SELECT {column} FROM students")
        physed.denied("SELECT id FROM students WHERE medical_notes IS NOT NULL")


def test_a_teacher_can_write_a_note_without_reading_it_back(physed: Database) -> None:
    teacher, student = taught_student(physed)
    with physed.as_user(teacher["id"]):
        assert physed.execute("UPDATE students SET medical_notes = 'asthma' WHERE id = %s", student["id"]).rowcount == 1
        physed.denied("UPDATE students SET medical_notes = 'x' WHERE id = %s RETURNING medical_notes", student["id"])
        assert physed.value("SELECT read_medical_notes(%s)", student["id"]) == "asthma"
        physed.execute("UPDATE students SET medical_notes = NULL")
        assert physed.value("SELECT read_medical_notes(%s)", student["id"]) is None


def test_each_reading_is_logged(physed: Database) -> None:
    teacher, student = taught_student(physed, medical_notes="asthma")
    with physed.as_user(teacher["id"]):
        physed.value("SELECT read_medical_notes(%s)", student["id"])
    log = physed.row("SELECT user_id, action, context - 'reading' FROM activity_logs")
    assert log == (teacher["id"], "medical_notes.read", {"student_id": student["id"]})


def test_a_reading_that_is_rolled_back_leaves_a_gap(physed: Database) -> None:
    teacher, student = taught_student(physed, medical_notes="asthma")
    read = "SELECT read_medical_notes(%s)"
    with physed.as_user(teacher["id"]):
        physed.value(read, student["id"])
        physed.execute("SAVEPOINT read")
        assert physed.value(read, student["id"]) == "asthma"
        physed.execute("ROLLBACK TO read")
    numbers = "SELECT (context ->> 'reading')::bigint FROM activity_logs ORDER BY 1"
    first = physed.value(numbers)
    assert physed.rows("SELECT missing_medical_readings()") == [(first + 1,)]
    with physed.as_user(teacher["id"]):
        physed.value(read, student["id"])
        physed.denied("SELECT nextval('medical_notes_readings')")
        physed.denied("SELECT setval('medical_notes_readings', 1)")
        physed.denied("SELECT missing_medical_readings()")
    assert physed.rows(numbers) == [(first,), (first + 2,)]


def test_each_reading_is_a_line_of_the_servers_log(physed: Database) -> None:
    teacher, student = taught_student(physed, medical_notes="asthma")
    lines: list[str] = []
    physed.connection.add_notice_handler(lambda line: lines.append(line.message_primary or ""))
    physed.execute("SET LOCAL client_min_messages = 'log'")
    with physed.as_user(teacher["id"]):
        physed.value("SELECT read_medical_notes(%s)", student["id"])
        number = f"reading {physed.value('SELECT context FROM activity_logs')['reading']} of medical notes"
    assert f"{number}: student {student['id']} by user {teacher['id']}" in lines


@pytest.mark.parametrize("action", ["medical_notes.read", "Medical_Notes.read", "\tmedical_notes.read"])
def test_nobody_logs_a_reading_that_was_none(physed: Database, action: str) -> None:
    teacher = a_teacher(physed)
    with physed.as_user(teacher["id"]), physed.throws("42501", match="by the database alone"):
        physed.execute("SELECT log_action(%s)", action)
    with physed.as_role("physed_service"), physed.throws("42501"):
        physed.execute("INSERT INTO activity_logs (user_id, action) VALUES (%s, %s)", teacher["id"], action)
    assert physed.sees("activity_logs") == 0


def test_the_service_adds_to_the_trail_what_is_no_reading_of_medical_notes(physed: Database) -> None:
    teacher = a_teacher(physed)
    add = "INSERT INTO activity_logs (user_id, action) VALUES (%s, %s)"
    with physed.as_role("physed_service"):
        for action in ("plan.export", "notes_medical"):
            assert physed.execute(add, teacher["id"], action).rowcount == 1
        physed.check_violation(add, teacher["id"], " Medical_Notes.read")
        assert physed.rows("SELECT action FROM activity_logs ORDER BY 1") == [("notes_medical",), ("plan.export",)]


def test_whose_notes_they_are_is_asked_of_the_enrolments_not_of_a_list(physed: Database) -> None:
    teacher, student = a_teacher(physed), a_student(physed, medical_notes="asthma")
    a_class(physed, teacher_id=teacher["id"])
    physed.execute("UPDATE class_scopes SET student_ids = %s, enrolled_student_ids = %s", *[[student["id"]]] * 2)
    with physed.as_user(teacher["id"]):
        assert physed.sees("students") == 1, "the list is wrong on purpose"
        for unknown in (student["id"], student["id"] + 1, None):
            with physed.throws("42501", match="not for you"):
                physed.value("SELECT read_medical_notes(%s)", unknown)


def test_without_pgcrypto_or_key_the_protection_says_so(physed: Database) -> None:
    a_student(physed, medical_notes="asthma")
    assert physed.value("SELECT medical_notes_protection()").startswith("column privileges only")
    assert physed.job("physed", "seal_medical_notes") == [{"notes_sealed": 0}]


# Encrypted


@pytest.fixture
def sealed(physed: Database) -> Database:
    """pgcrypto, and a key file that only the server's own account can read."""
    try:
        with physed.connection.transaction():
            physed.execute("CREATE SCHEMA extensions")
            physed.execute("CREATE EXTENSION pgcrypto SCHEMA extensions")
    except psycopg.Error:
        pytest.skip("this server offers no pgcrypto")
    path = physed.value("SELECT current_setting('data_directory') || '/medical.key'")
    physed.execute("COPY (SELECT 'a key that only this test uses') TO '" + path + "'")
    physed.insert("medical_keys", file_path=path)
    return physed


def test_a_note_is_stored_encrypted_and_read_in_clear(sealed: Database) -> None:
    teacher, student = taught_student(sealed, medical_notes="asthma")
    stored = "SELECT medical_notes, medical_key_id IS NOT NULL, encode(medical_notes_cipher, 'escape') FROM students WHERE id = %s"
    notes, has_key, cipher = sealed.row(stored, student["id"])
    assert (notes, has_key) == (None, True)
    assert "asthma" not in cipher
    with sealed.as_user(teacher["id"]):
        assert sealed.value("SELECT read_medical_notes(%s)", student["id"]) == "asthma"
    assert sealed.value("SELECT medical_notes_protection()") == "encrypted"


def test_r19_the_limit_counts_clear_text(sealed: Database) -> None:
    a_student(sealed, medical_notes="ä" * 500)
    with sealed.throws("22001"):
        a_student(sealed, medical_notes="ä" * 501)


def test_the_trail_and_the_database_hold_neither_note_nor_key(sealed: Database) -> None:
    a_student(sealed, medical_notes="asthma")
    trail = sealed.value("SELECT string_agg(new_values::text, '') FROM audit_log")
    assert "asthma" not in trail
    assert "only this test" not in trail
    assert sealed.value("SELECT count(*) FROM medical_keys AS k WHERE k::text ~ 'only this test'") == 0


def test_another_edit_leaves_the_note_alone(sealed: Database) -> None:
    teacher, student = taught_student(sealed, medical_notes="asthma")
    sealed.execute("UPDATE students SET last_name = 'Berg' WHERE id = %s", student["id"])
    with sealed.as_user(teacher["id"]):
        assert sealed.value("SELECT read_medical_notes(%s)", student["id"]) == "asthma"


def test_notes_from_before_the_key_can_be_sealed_afterwards(sealed: Database) -> None:
    sealed.execute("ALTER TABLE students DISABLE TRIGGER students_notes_are_sealed")
    student = a_student(sealed, medical_notes="asthma")
    sealed.execute("ALTER TABLE students ENABLE TRIGGER students_notes_are_sealed")
    assert sealed.value("SELECT medical_notes_protection()").endswith("1 older notes are in clear text")
    assert sealed.job("physed", "seal_medical_notes") == [{"notes_sealed": 1}]
    assert sealed.job("physed", "seal_medical_notes") == [{"notes_sealed": 0}]
    assert sealed.value("SELECT medical_notes_protection()") == "encrypted"
    assert sealed.value(
        "SELECT medical_notes IS NULL AND medical_notes_cipher IS NOT NULL FROM students WHERE id = %s",
        student["id"],
    )


def test_a_missing_key_file_is_an_error_and_never_clear_text(sealed: Database) -> None:
    sealed.insert("medical_keys", file_path="/nowhere/medical.key")
    with sealed.throws("58P01"):
        a_student(sealed, medical_notes="asthma")
