"""Rights that end: a closed account, a class that ended, a move; what a refusal tells; who is named as the doer."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import (
    PERSONAL_TABLES,
    STUDENT_TABLES,
    a_class,
    a_feedback,
    a_person,
    a_request,
    an_account_request,
)

PEOPLE = ["ann", "teacher_north", "head_north", "head_first", "staff_ops", "staff_admin"]
ENDS = ["deleted_at = now()", "is_active = false"]
WRITES = {
    # by whom, what: each is allowed while the account lives.
    "ask": ("ann", "INSERT INTO content_requests (id, student_id, original_query) VALUES ('new', 'ann', 'why')"),
    "rate": (
        "ann",
        "INSERT INTO feedback (id, student_id, content_id, feedback_type, rating) "
        "VALUES ('new', 'ann', 'content_a', 'rating_only', 5)",
    ),
    "reorder": ("ann", "UPDATE student_interests SET rank = 5"),
    "unlike": ("ann", "DELETE FROM student_interests"),
    "rename a class": ("teacher_north", "UPDATE classes SET name = 'Mine'"),
    "change an invite code": ("teacher_north", "UPDATE classes SET invite_code = 'MINE'"),
    "end a class": ("teacher_north", "UPDATE classes SET is_active = false WHERE id = 'class_north'"),
    "open a class": (
        "teacher_north",
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('new', 'N', 'teacher_north', 'school_north')",
    ),
    "drop a student": ("teacher_north", "UPDATE class_students SET dropped_at = now()"),
    "request an account": (
        "teacher_north",
        "INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id) "
        "VALUES ('new', 'teacher_north', 'N', 'N', 'n@x.org', 9, 'class_north')",
    ),
    "decide": ("head_north", "UPDATE student_account_requests SET status = 'denied'"),
    "upload": (
        "head_north",
        "INSERT INTO bulk_upload_jobs (id, uploaded_by, school_id, file_path) "
        "VALUES ('new', 'head_north', 'school_north', 'gs://x')",
    ),
}  # fmt: skip


def changed(db: Database, statement: str) -> int:
    """Run a statement that a policy may refuse; return how many rows it changed."""
    try:
        with db.connection.transaction():
            return db.execute(statement).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return 0


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("end", ["", *ENDS])
def test_a_write_ends_with_the_account(lived: Database, write: str, end: str) -> None:
    person, statement = WRITES[write]
    if end:
        lived.execute(f"UPDATE users SET {end} WHERE id = %s", person)
    with lived.as_user(person):
        assert changed(lived, statement) == (0 if end else 1)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("end", ENDS)
def test_an_account_that_ended_reads_nothing_about_people(lived: Database, person: str, end: str) -> None:
    lived.execute(f"UPDATE users SET {end} WHERE id = %s", person)
    with lived.as_user(person):
        assert {t: lived.sees(t) for t in PERSONAL_TABLES if lived.sees(t)} == {}
        assert lived.rows("SELECT id FROM class_engagement('class_north')") == []
        assert lived.value("SELECT user_ids_named('lee')") == []


def test_a_right_ends_between_two_statements_of_one_transaction(lived: Database) -> None:
    with lived.as_user("ann"):
        assert lived.sees("feedback") == 1
    lived.execute("UPDATE users SET is_active = false WHERE id = 'ann'")
    with lived.as_user("ann"):
        assert lived.sees("feedback") == 0


@pytest.mark.parametrize("change", ["is_active = false", "deleted_at = now()"])
def test_a_class_that_ended_shows_nobody_of_it(lived: Database, change: str) -> None:
    lived.execute(f"UPDATE classes SET {change} WHERE id = 'class_north'")
    with lived.as_user("teacher_north"):
        assert [lived.sees(t) for t in (*STUDENT_TABLES, "class_students")] == [0] * 5
        assert lived.rows("SELECT id FROM users") == [("teacher_north",)]
        assert lived.rows("SELECT id FROM class_engagement('class_north')") == []
        assert changed(lived, "UPDATE class_students SET dropped_at = now()") == 0
    with lived.as_user("ann"):
        assert lived.sees("classes") == 0


def test_a_teacher_ends_a_class_and_does_not_bring_it_back(lived: Database) -> None:
    with lived.as_user("teacher_north"):
        assert changed(lived, "UPDATE classes SET is_active = false WHERE id = 'class_north'") == 1
        assert changed(lived, "UPDATE classes SET is_active = true WHERE id = 'class_north'") == 0
        assert lived.sees("student_progress") == 0


def test_a_teacher_who_moved_sees_nothing_of_the_former_school_also_when_the_class_comes_back(lived: Database) -> None:
    lived.execute("UPDATE classes SET deleted_at = now() WHERE id = 'class_north'")
    lived.execute("UPDATE users SET org_id = 'school_south' WHERE id = 'teacher_north'")
    lived.execute("UPDATE classes SET deleted_at = NULL, is_active = true WHERE id = 'class_north'")
    with lived.as_user("teacher_north"):
        assert {t: lived.sees(t) for t in (*STUDENT_TABLES, "class_students", "classes")} == dict.fromkeys(
            (*STUDENT_TABLES, "class_students", "classes"), 0
        )
        assert lived.sees("student_account_requests") == 0
        assert changed(lived, "UPDATE classes SET invite_code = 'MINE'") == 0


def test_an_uploader_who_moved_sees_no_upload_of_the_former_school(lived: Database) -> None:
    lived.execute("UPDATE users SET org_id = 'school_south' WHERE id = 'head_north'")
    with lived.as_user("head_north"):
        assert lived.rows("SELECT id FROM bulk_upload_jobs") == [("up_south",)]


def test_a_student_who_changes_school_leaves_the_classes_and_the_former_teachers_sight(lived: Database) -> None:
    a_class(lived, "teacher_south", "school_south", "ann", key="class_new")
    lived.execute("UPDATE users SET org_id = 'school_south' WHERE id = 'ann'")
    assert lived.rows("SELECT class_id FROM class_students WHERE student_id = 'ann' AND dropped_at IS NULL") == [
        ("class_new",)
    ]
    with lived.as_user("teacher_north"):
        assert [lived.sees(t) for t in STUDENT_TABLES] == [0] * 4
        assert changed(lived, "UPDATE class_students SET dropped_at = NULL WHERE student_id = 'ann'") == 0
    with lived.as_user("teacher_south"):
        assert lived.rows("SELECT student_id FROM student_progress ORDER BY 1") == [("ann",), ("cid",)]
    lived.execute("UPDATE users SET org_id = 'school_north' WHERE id = 'ann'")
    with lived.as_user("teacher_north"):
        assert lived.sees("student_progress") == 0


def test_an_enrolment_of_another_district_is_not_revived(lived: Database) -> None:
    lived.execute("UPDATE class_students SET dropped_at = now() WHERE student_id = 'ann'")
    lived.execute("UPDATE users SET org_id = 'school_far' WHERE id = 'ann'")
    with lived.throws("23514", "class_students_same_district_check"):
        lived.execute("UPDATE class_students SET dropped_at = NULL WHERE student_id = 'ann'")


# What refusals tell


def refusal(db: Database, statement: str, *parameters: Any) -> tuple[str | None, str | None, str | None]:
    """Run a statement that must fail; return its SQLSTATE, its text and its detail."""
    with pytest.raises(psycopg.Error) as caught, db.connection.transaction():
        db.execute(statement, *parameters)
    return caught.value.sqlstate, caught.value.diag.message_primary, caught.value.diag.message_detail


PROBES = {
    # by whom, what with one id in it; ids that are hidden, in the wrong role, and missing.
    "request": (
        "ann", "INSERT INTO content_requests (id, student_id, original_query) VALUES ('new', %s, 'why')",
        ["bob", "far", "teacher_north", "none"],
    ),
    "interest": (
        "ann", "INSERT INTO student_interests (student_id, interest_id, rank) VALUES (%s, 'int_a', 1)",
        ["bob", "far", "teacher_north", "none"],
    ),
    "feedback": (
        "ann",
        "INSERT INTO feedback (id, student_id, content_id, feedback_type) VALUES ('new', %s, 'content_a', "
        "'mark_complete')",
        ["bob", "far", "teacher_north", "none"],
    ),
    "class of another": (
        "teacher_north",
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('new', 'N', %s, 'school_north')",
        ["teacher_idle", "teacher_far", "ann", "none"],
    ),
    "account request in a class": (
        "teacher_north",
        "INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id) "
        "VALUES ('new', 'teacher_north', 'N', 'N', 'n@x.org', 9, %s)",
        ["class_south", "class_far", "none"],
    ),
    "account request of another": (
        "teacher_north",
        "INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id) "
        "VALUES ('new', %s, 'N', 'N', 'n@x.org', 9, 'class_north')",
        ["teacher_idle", "ann", "none"],
    ),
    "review": (
        "head_north", "UPDATE student_account_requests SET status = 'denied', reviewed_by = %s",
        ["head_first", "teacher_north", "ann", "none"],
    ),
    "upload": (
        "head_north",
        "INSERT INTO bulk_upload_jobs (id, uploaded_by, school_id, file_path) VALUES ('new', %s, 'school_north', 'x')",
        ["head_first", "ann", "none"],
    ),
    "upload elsewhere": (
        "head_north",
        "INSERT INTO bulk_upload_jobs (id, uploaded_by, school_id, file_path) VALUES ('new', 'head_north', %s, 'x')",
        ["school_south", "org_first", "none"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("probe", PROBES)
def test_hidden_and_missing_are_refused_alike(lived: Database, probe: str) -> None:
    person, statement, ids = PROBES[probe]
    with lived.as_user(person):
        answers = {refusal(lived, statement, key) for key in ids}
    assert len(answers) == 1
    assert answers.pop()[0] == "42501"


def test_the_service_is_told_what_is_wrong(world: Database) -> None:
    ask = "INSERT INTO content_requests (id, student_id, original_query) VALUES ('new', %s, 'why')"
    with world.as_role("vividly_service"):
        with world.throws("23503", "content_requests_student_id_fkey"):
            world.execute(ask, "none")
        with world.throws("23514", "content_requests_student_is_student_check"):
            world.execute(ask, "teacher_north")
        with world.throws("23503", "student_account_requests_class_id_fkey"):
            an_account_request(world, class_id="none")


# Who is named as the doer


def test_a_review_is_signed_by_the_session_and_stays_signed(world: Database) -> None:
    an_account_request(world)
    with world.as_user("head_north"):
        world.execute("UPDATE student_account_requests SET status = 'denied'")
    signed = "SELECT reviewed_by, reviewed_at IS NOT NULL FROM student_account_requests"
    assert world.row(signed) == ("head_north", True)
    with world.as_role("vividly_service", app__user_id="head_first"):
        world.execute("UPDATE student_account_requests SET reviewed_by = 'head_first', review_notes = 'late'")
    assert world.row(signed) == ("head_north", True)


def test_a_service_that_acts_for_somebody_signs_as_that_person(world: Database) -> None:
    an_account_request(world)
    with world.as_role("vividly_service", app__user_id="head_first"):
        world.execute("UPDATE student_account_requests SET status = 'approved', reviewed_by = 'head_north'")
        world.insert(
            "bulk_upload_jobs", id="up", uploaded_by="head_north", school_id="school_north", file_path="gs://x"
        )
        world.execute("UPDATE bulk_upload_jobs SET uploaded_by = 'head_other', status = 'processing'")
    assert world.value("SELECT reviewed_by FROM student_account_requests") == "head_first"
    assert world.value("SELECT uploaded_by FROM bulk_upload_jobs") == "head_first"


def test_a_job_without_a_session_signs_as_it_is_told(world: Database) -> None:
    an_account_request(world)
    with world.as_role("vividly_service"):
        world.execute("UPDATE student_account_requests SET status = 'approved', reviewed_by = 'head_north'")
    assert world.value("SELECT reviewed_by FROM student_account_requests") == "head_north"
    a_person(world, "school_admin", "school_north", "head_new")
    world.execute("DELETE FROM users WHERE id = 'head_north'")
    assert world.value("SELECT reviewed_by FROM student_account_requests") is None


def test_closing_the_own_account_is_logged_as_the_person_who_did(world: Database) -> None:
    with world.as_role("vividly_service", app__user_id="ann"):
        world.execute("UPDATE users SET deleted_at = now() WHERE id = 'ann'")
        world.execute("SELECT log_action('look')")
    assert world.rows("SELECT user_id, action FROM audit_logs ORDER BY id") == [("ann", "close_user"), ("ann", "look")]


def test_feedback_moves_the_progress_of_its_own_student_only(lived: Database) -> None:
    a_request(lived, "bob")
    with lived.as_user("ann"):
        a = "INSERT INTO feedback (id, student_id, content_id, feedback_type) VALUES ('x', %s, 'content_a', %s)"
        with lived.throws("42501"):
            lived.execute(a, "bob", "mark_complete")
    a_feedback(lived, "ann", "content_a", "mark_complete")
    assert lived.rows("SELECT student_id FROM student_progress WHERE status = 'completed'") == [("ann",)]


@pytest.mark.parametrize("end", ["org_id = 'school_south'", ""], ids=["moved", "dropped"])
def test_an_enrolment_that_ended_is_out_of_sight(lived: Database, end: str) -> None:
    past = "UPDATE class_students SET dropped_at = now() - interval '1 minute' WHERE student_id = 'ann'"
    seen = "SELECT count(*) FROM class_students WHERE student_id = 'ann'"
    for who in ("teacher_north", "head_north"):
        with lived.as_user(who):
            assert lived.value(seen) == 1
    lived.execute(past)
    if end:
        lived.execute(f"UPDATE users SET {end} WHERE id = 'ann'")
    with lived.as_user("teacher_north"):
        assert lived.value(seen) == 0
        assert changed(lived, "UPDATE class_students SET dropped_at = now() WHERE student_id = 'ann'") == 0
    with lived.as_user("head_north"):
        assert lived.value(seen) == (0 if end else 1), "a school keeps who was there, while the student is"
    with lived.as_user("ann"):
        assert lived.value(seen) == 1


def test_a_teacher_drops_a_student_now_and_at_no_other_time(lived: Database) -> None:
    drop = "UPDATE class_students SET dropped_at = {} WHERE student_id = 'ann'"
    with lived.as_user("teacher_north"):
        for when in ("now() - interval '1 day'", "now() + interval '1 day'", "'infinity'"):
            lived.check_violation(drop.format(when))
        assert changed(lived, drop.format("now()")) == 1
