"""Students, classes, enrolment and its waitlist: rules R12 to R14, R16 to R19, R33 to R42."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.physed.factories import NOT_MAIL, a_class, a_student, an_enrolment, rows_about


@pytest.mark.parametrize("column", ["first_name", "last_name"])
def test_r12_a_student_name_has_1_to_50_characters_and_is_not_blank(physed: Database, column: str) -> None:
    a_student(physed, **{column: "x"})
    a_student(physed, **{column: "x" * 50})
    with physed.throws("22001"):
        a_student(physed, **{column: "x" * 51})
    for blank in ("", " ", "\t", "\u00a0"):
        with physed.throws("23514", constraint=f"students_{column}_not_blank_check"):
            a_student(physed, **{column: blank})


def test_r13_two_students_cannot_share_an_email_whatever_its_case(physed: Database) -> None:
    a_student(physed, email="ava@school.example")
    with physed.throws("23505", constraint="students_email_key"):
        a_student(physed, email="AVA@school.example")


def test_r13_students_may_have_no_email(physed: Database) -> None:
    a_student(physed)
    a_student(physed)


@pytest.mark.parametrize("email", NOT_MAIL)
def test_r14_a_student_needs_an_email_that_could_exist(physed: Database, email: str) -> None:
    with physed.throws("23514", constraint="students_email_format_check"):
        a_student(physed, email=email)


# Age. R16: 5 to 18 years old when the date of birth is written, and only then.


@pytest.mark.parametrize(
    ("years", "days", "accepted"), [(5, 0, True), (5, -1, False), (19, 0, False), (19, -1, True), (0, -1, False)]
)
def test_r16_a_student_is_5_to_18_years_old_on_entry(physed: Database, years: int, days: int, accepted: bool) -> None:
    born = physed.value(
        "SELECT (now() AT TIME ZONE 'UTC')::date - %s * interval '1 year' - %s * interval '1 day'", years, days
    ).date()
    leap_day_is_near = born.month == 2 and born.day in (28, 29)
    if accepted or leap_day_is_near:
        a_student(physed, date_of_birth=born)
    else:
        with physed.throws("23514", constraint="students_date_of_birth_age_check"):
            a_student(physed, date_of_birth=born)


def test_r16_a_grown_student_can_still_be_changed(physed: Database) -> None:
    student = a_student(physed)
    physed.execute("ALTER TABLE students DISABLE TRIGGER students_are_of_school_age")
    physed.execute("UPDATE students SET date_of_birth = '1990-01-01' WHERE id = %s", student["id"])
    physed.execute("ALTER TABLE students ENABLE TRIGGER students_are_of_school_age")
    physed.execute("UPDATE students SET last_name = 'Berg', date_of_birth = '1990-01-01' WHERE id = %s", student["id"])
    with physed.throws("23514", constraint="students_date_of_birth_age_check"):
        physed.execute("UPDATE students SET date_of_birth = '1990-01-02' WHERE id = %s", student["id"])


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2020, 2, 29), date(2025, 2, 28), 4), (date(2020, 2, 29), date(2025, 3, 1), 5),
        (date(2020, 2, 29), date(2024, 2, 29), 4), (date(2020, 5, 5), date(2025, 5, 4), 4),
    ],
)  # fmt: skip
def test_r16_who_is_born_on_a_leap_day_has_birthday_on_1_march(
    physed: Database, born: date, on: date, years: int
) -> None:
    assert physed.value("SELECT school_age(%s, %s)", born, on) == years


WORDS = [
    ("gender", ["male", "female", "other"], "unknown"),
    ("fitness_level", ["beginner", "intermediate", "advanced", "elite"], "expert"),
]


@pytest.mark.parametrize(("column", "good", "bad"), WORDS, ids=["r17-gender", "r18-fitness_level"])
def test_r17_r18_a_student_is_described_in_fixed_words(
    physed: Database, column: str, good: list[str], bad: str
) -> None:
    for value in [*good, None]:
        a_student(physed, **{column: value})
    with physed.throws("22P02"):
        a_student(physed, **{column: bad})


def test_r19_medical_notes_have_500_characters_at_most(physed: Database) -> None:
    a_student(physed, medical_notes="x" * 500)
    with physed.throws("22001"):
        a_student(physed, medical_notes="x" * 501)


def test_r33_a_class_name_has_1_to_100_characters_and_is_not_blank(physed: Database) -> None:
    a_class(physed, name="x" * 100)
    with physed.throws("22001"):
        a_class(physed, name="x" * 101)
    with physed.throws("23514", constraint="classes_name_not_blank_check"):
        a_class(physed, name=" \t")


@pytest.mark.parametrize("capacity", [0, 51, -1])
def test_r35_a_class_has_1_to_50_places(physed: Database, capacity: int) -> None:
    with physed.throws("23514", constraint="classes_capacity_range_check"):
        a_class(physed, capacity=capacity)


def test_r36_a_class_ends_after_it_starts(physed: Database) -> None:
    a_class(physed, start_date="2026-01-01", end_date="2026-01-02")
    a_class(physed, start_date="2026-01-01")
    a_class(physed, end_date="2026-01-01")
    with physed.throws("23514", constraint="classes_end_after_start_check"):
        a_class(physed, start_date="2026-01-01", end_date="2026-01-01")


STATES = ["planned", "active", "completed"]


@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("start", STATES)
def test_r37_a_class_goes_from_planned_to_active_to_completed(physed: Database, start: str, to: str) -> None:
    class_ = a_class(physed, status=start)
    move = "UPDATE classes SET status = %s WHERE id = %s"
    if STATES.index(to) - STATES.index(start) in (0, 1):
        assert physed.execute(move, to, class_["id"]).rowcount == 1
    else:
        with physed.throws("23514", constraint="classes_status_transition_check"):
            physed.execute(move, to, class_["id"])


def test_r38_an_enrolment_always_has_a_status(physed: Database) -> None:
    assert an_enrolment(physed, a_class(physed))["status"] == "enrolled"
    with physed.throws("23502"):
        an_enrolment(physed, a_class(physed), status=None)
    with physed.throws("22P02"):
        an_enrolment(physed, a_class(physed), status="perhaps")


def test_r39_a_class_has_a_grade_level(physed: Database) -> None:
    with physed.throws("23502"):
        a_class(physed, grade_level=None)
    with physed.throws("23514", constraint="classes_grade_level_not_blank_check"):
        a_class(physed, grade_level=" ")


def test_r40_a_student_is_in_a_class_once(physed: Database) -> None:
    class_, student = a_class(physed), a_student(physed)
    an_enrolment(physed, class_, student)
    with physed.throws("23505", constraint="class_students_pkey"):
        an_enrolment(physed, class_, student, status="waitlisted")


# Class size. R34, R35, R41: the least of capacity and 50; only who is enrolled takes a place.


def some_students(db: Database, count: int) -> list[int]:
    return [
        i for (i,) in db.rows(
            "INSERT INTO students (first_name, last_name) SELECT 'S', n::text FROM generate_series(1, %s) AS n RETURNING id",
            count,
        )
    ]  # fmt: skip


def enrol(db: Database, class_: dict[str, Any], students: list[int]) -> None:
    db.execute(
        "INSERT INTO class_students (class_id, student_id) SELECT %s, unnest(%s::integer[])", class_["id"], students
    )


def count(db: Database, class_: dict[str, Any]) -> int:
    return db.value("SELECT enrolled_count FROM classes WHERE id = %s", class_["id"])


def test_r34_a_class_takes_50_students_and_not_51(physed: Database) -> None:
    class_ = a_class(physed)
    students = some_students(physed, 51)
    enrol(physed, class_, students[:50])
    assert count(physed, class_) == 50
    with physed.throws("23514", constraint="class_students_class_size_check", match="full.*enroll_student"):
        enrol(physed, class_, students[50:])


def test_r34_a_statement_of_51_students_enrols_none(physed: Database) -> None:
    class_ = a_class(physed)
    with physed.throws("23514", constraint="class_students_class_size_check"):
        enrol(physed, class_, some_students(physed, 51))
    assert count(physed, class_) == 0


def test_r35_capacity_limits_below_50(physed: Database) -> None:
    class_ = a_class(physed, capacity=2)
    students = some_students(physed, 3)
    enrol(physed, class_, students[:2])
    with physed.throws("23514", constraint="class_students_class_size_check"):
        enrol(physed, class_, students[2:])


@pytest.mark.parametrize(
    "way_in",
    [
        "UPDATE class_students SET status = 'enrolled' WHERE class_id = %(full)s",
        "UPDATE class_students SET class_id = %(full)s WHERE class_id = %(other)s",
    ],
    ids=["status", "class"],
)
def test_r35_no_update_is_a_way_around_the_limit(physed: Database, way_in: str) -> None:
    full, other = a_class(physed, capacity=1), a_class(physed)
    a, b, c = some_students(physed, 3)
    enrol(physed, full, [a])
    an_enrolment(physed, full, {"id": b}, status="waitlisted")
    enrol(physed, other, [c])
    with physed.throws("23514", constraint="class_students_class_size_check"):
        physed.connection.execute(way_in, {"full": full["id"], "other": other["id"]})


def test_r35_capacity_cannot_fall_below_who_is_enrolled(physed: Database) -> None:
    class_ = a_class(physed, capacity=3)
    enrol(physed, class_, some_students(physed, 2))
    physed.execute("UPDATE classes SET capacity = 2")
    with physed.throws("23514", constraint="classes_enrolled_within_capacity_check"):
        physed.execute("UPDATE classes SET capacity = 1")


def test_r41_who_waits_or_has_left_takes_no_place(physed: Database) -> None:
    class_ = a_class(physed, capacity=1)
    a, b, c, d = some_students(physed, 4)
    for student, status in [(a, "withdrawn"), (b, "completed"), (c, "enrolled"), (d, "waitlisted")]:
        an_enrolment(physed, class_, {"id": student}, status=status)
    assert count(physed, class_) == 1


def test_the_count_follows_every_way_out(physed: Database) -> None:
    here, there = a_class(physed), a_class(physed)
    a, b, c, d = some_students(physed, 4)
    enrol(physed, here, [a, b, c, d])
    physed.execute("UPDATE class_students SET status = 'withdrawn' WHERE student_id = %s", a)
    physed.execute("UPDATE class_students SET class_id = %s WHERE student_id = %s", there["id"], b)
    physed.execute("DELETE FROM class_students WHERE student_id = %s", c)
    physed.execute("DELETE FROM students WHERE id = %s", d)
    assert (count(physed, here), count(physed, there)) == (0, 1)
    physed.execute("UPDATE classes SET id = id + 1000 WHERE id = %s", there["id"])
    assert physed.value("SELECT enrolled_count FROM classes WHERE id = %s", there["id"] + 1000) == 1
    physed.execute("DELETE FROM classes")
    assert physed.sees("class_students") == 0


def test_a_conflict_that_does_nothing_counts_nothing(physed: Database) -> None:
    class_ = a_class(physed, capacity=1)
    (a,) = some_students(physed, 1)
    for _ in range(2):
        physed.execute("INSERT INTO class_students VALUES (%s, %s) ON CONFLICT DO NOTHING", class_["id"], a)
    assert count(physed, class_) == 1


def test_enrolling_is_no_edit_of_the_class(physed: Database) -> None:
    class_ = a_class(physed)
    enrol(physed, class_, some_students(physed, 1))
    assert physed.value("SELECT version FROM classes") == class_["version"]


# Waitlist. R41: who asks first is promoted first.


@pytest.fixture
def full(physed: Database) -> dict[str, Any]:
    """A class of one place: Ava has it, Ben, Cem and Dee wait in this order; `answers` says what each was told."""
    class_ = a_class(physed, capacity=1, status="active")
    students = [a_student(physed, first_name=name)["id"] for name in ("Ava", "Ben", "Cem", "Dee")]
    answers = [physed.value("SELECT enroll_student(%s, %s)", class_["id"], student) for student in students]
    return class_ | {"students": students, "answers": answers}


def state(db: Database) -> dict[str, Any]:
    """The status of each student by first name."""
    return dict(
        db.rows(
            "SELECT s.first_name, e.status::text FROM class_students AS e INNER JOIN students AS s ON s.id = e.student_id"
        )
    )


def leave(db: Database, name: str) -> None:
    """Withdraw the student of that first name."""
    leaving = "SELECT id FROM students WHERE first_name = %s"
    db.execute(f"UPDATE class_students SET status = 'withdrawn' WHERE student_id = ({leaving})", name)


def test_r41_who_finds_a_class_full_is_waitlisted(physed: Database, full: dict[str, Any]) -> None:
    assert full["answers"] == ["enrolled", "waitlisted", "waitlisted", "waitlisted"]


def test_r41_a_free_place_goes_to_who_waits_longest(physed: Database, full: dict[str, Any]) -> None:
    leave(physed, "Ava")
    assert state(physed) == {"Ava": "withdrawn", "Ben": "enrolled", "Cem": "waitlisted", "Dee": "waitlisted"}
    leave(physed, "Ben")
    assert state(physed)["Cem"] == "enrolled"


def test_r41_who_leaves_the_waitlist_loses_the_turn(physed: Database, full: dict[str, Any]) -> None:
    leave(physed, "Ben")
    assert physed.value("SELECT enroll_student(%s, %s)", full["id"], full["students"][1]) == "waitlisted"
    physed.execute("DELETE FROM students WHERE first_name = 'Ava'")
    assert state(physed) == {"Ben": "waitlisted", "Cem": "enrolled", "Dee": "waitlisted"}


def test_r41_new_places_are_filled_in_order(physed: Database, full: dict[str, Any]) -> None:
    physed.execute("UPDATE classes SET capacity = 3 WHERE id = %s", full["id"])
    assert state(physed) == {"Ava": "enrolled", "Ben": "enrolled", "Cem": "enrolled", "Dee": "waitlisted"}


def test_a_completed_class_promotes_nobody(physed: Database, full: dict[str, Any]) -> None:
    physed.execute("UPDATE classes SET status = 'completed' WHERE id = %s", full["id"])
    leave(physed, "Ava")
    assert state(physed)["Ben"] == "waitlisted"


def test_asking_twice_changes_nothing(physed: Database, full: dict[str, Any]) -> None:
    before = state(physed)
    for student in full["students"]:
        physed.value("SELECT enroll_student(%s, %s)", full["id"], student)
    assert state(physed) == before


def test_the_roster_shows_the_waitlist_in_its_order(physed: Database, full: dict[str, Any]) -> None:
    roster = physed.query("physed", "class_roster", class_id=full["id"])
    assert [(r["first_name"], r["place"]) for r in roster if r["status"] == "waitlisted"] == [
        ("Ben", 1),
        ("Cem", 2),
        ("Dee", 3),
    ]


def test_the_roster_leaves_out_who_has_left(physed: Database, full: dict[str, Any]) -> None:
    leave(physed, "Ava")
    assert "Ava" not in [r["first_name"] for r in physed.query("physed", "class_roster", class_id=full["id"])]


def test_a_class_or_student_that_does_not_exist_is_refused(physed: Database, full: dict[str, Any]) -> None:
    with physed.throws("23503", constraint="class_students_student_id_fkey"):
        physed.value("SELECT enroll_student(%s, 0)", full["id"])
    with physed.throws("23503", constraint="class_students_class_id_fkey"):
        physed.value("SELECT enroll_student(0, %s)", full["students"][0])


def test_r42_enrolment_history_is_preserved(physed: Database) -> None:
    class_, student = a_class(physed), a_student(physed)
    physed.value("SELECT enroll_student(%s, %s)", class_["id"], student["id"])
    physed.execute("UPDATE class_students SET status = 'withdrawn'")
    physed.value("SELECT enroll_student(%s, %s)", class_["id"], student["id"])
    history = physed.rows(
        "SELECT old_status, new_status FROM status_changes WHERE table_name = 'class_students' ORDER BY id"
    )
    assert history == [(None, "enrolled"), ("enrolled", "withdrawn"), ("withdrawn", "enrolled")]
    assert rows_about(physed, student["id"])["status_changes"] == 3
