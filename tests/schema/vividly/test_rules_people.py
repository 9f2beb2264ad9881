"""Organizations form two levels, people fit their role and place, classes and enrolments fit the people."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_class, a_district, a_person, a_school, a_student, an_account_request


def test_the_documents_sample_organizations_form_a_district_with_a_school(vividly: Database) -> None:
    vividly.execute(
        """INSERT INTO organizations (id, name, org_type, parent_id) VALUES
        ('org_mnps', 'Metro Nashville Public Schools', 'district', NULL),
        ('school_hillsboro_hs', 'Hillsboro High School', 'school', 'org_mnps')"""
    )
    assert vividly.rows("SELECT id, district_id, is_active, metadata FROM organizations ORDER BY id") == [
        ("org_mnps", "org_mnps", True, {}),
        ("school_hillsboro_hs", "org_mnps", True, {}),
    ]


@pytest.mark.parametrize(
    ("org_type", "parent_id", "constraint"),
    [
        ("district", "org_first", "organizations_check"),
        ("school", None, "organizations_check"),
        ("school", "school_north", "organizations_parent_is_district_check"),
        ("school", "new", "organizations_parent_is_district_check"),
    ],
    ids=["district_under_district", "school_without_district", "school_under_school", "school_under_itself"],
)
def test_an_organization_out_of_place_is_refused(
    world: Database, org_type: str, parent_id: str | None, constraint: str
) -> None:
    with world.throws("23514", constraint):
        world.insert("organizations", id="new", name="N", org_type=org_type, parent_id=parent_id)


def test_a_school_under_a_school_is_refused_also_when_both_come_in_one_statement(vividly: Database) -> None:
    a_district(vividly, "d")
    with vividly.throws("23514", "organizations_parent_is_district_check"):
        vividly.execute(
            """INSERT INTO organizations (id, name, org_type, parent_id)
            VALUES ('s1', 'S', 'school', 's2'), ('s2', 'S', 'school', 'd')"""
        )


def test_a_school_does_not_become_a_district(world: Database) -> None:
    school = a_school(world, "org_first")["id"]
    with world.throws("23514", "organizations_type_is_final_check", match=school):
        world.execute("UPDATE organizations SET org_type = 'district', parent_id = NULL WHERE id = %s", school)


def test_an_organization_with_people_or_schools_is_not_deleted(world: Database) -> None:
    for org in ("org_first", "school_north"):
        with world.throws(("23001", "23503")):
            world.execute("DELETE FROM organizations WHERE id = %s", org)


def test_a_school_that_changes_district_takes_its_people_along(world: Database) -> None:
    world.execute("UPDATE organizations SET parent_id = 'org_other' WHERE id = 'school_north'")
    assert world.value("SELECT DISTINCT district_id FROM users WHERE org_id = 'school_north'") == "org_other"


@pytest.mark.parametrize("end", ["2026-02-31", "30.6.2026", "soon", ""])
def test_a_contract_end_that_is_no_date_is_refused(vividly: Database, end: str) -> None:
    with vividly.throws("23514", "organizations_contract_end_check"):
        a_district(vividly, metadata={"contract_end": end})


@pytest.mark.parametrize(
    ("role", "org"),
    [
        ("student", "org_first"),
        ("teacher", "org_first"),
        ("school_admin", "org_first"),
        ("district_admin", "school_north"),
        ("vividly_admin", "school_north"),
    ],
)
def test_a_role_in_the_wrong_kind_of_organization_is_refused(world: Database, role: str, org: str) -> None:
    with world.throws("23514", "users_role_fits_organization_check"):
        a_person(world, role, org)


def test_a_person_of_no_organization_is_refused(vividly: Database) -> None:
    with vividly.throws("23503", "users_org_id_fkey"):
        a_person(vividly, "teacher", "nowhere")


@pytest.mark.parametrize(
    ("role", "over", "constraint"),
    [
        ("student", {"grade_level": None}, "users_check"),
        ("teacher", {"grade_level": 9}, "users_check"),
        ("student", {"grade_level": 99}, "users_grade_level_check"),
        ("student", {"grade_level": -1}, "users_grade_level_check"),
        ("teacher", {"student_id": "190234"}, "users_student_id_check"),
    ],
)
def test_what_only_students_have_only_students_have(
    world: Database, role: str, over: dict[str, Any], constraint: str
) -> None:
    with world.throws("23514", constraint):
        a_person(world, role, "school_north", **over)


def test_a_districts_student_number_is_unique_in_the_district_and_free_in_another(world: Database) -> None:
    a_student(world, "school_north", student_id="190234")
    with world.throws("23505", "idx_users_student_id"):
        a_student(world, "school_south", student_id="190234")
    a_student(world, "school_far", student_id="190234")


def test_an_email_is_unique_whatever_its_case(world: Database) -> None:
    assert (
        world.value("SELECT email FROM users WHERE id = %s", a_student(world, "school_north", email=" Jo@X.org ")["id"])
        == "jo@x.org"
    )
    with world.throws("23505", "idx_users_email"):
        a_student(world, "school_north", email="JO@x.org")


def test_an_account_is_upserted_by_its_email(world: Database) -> None:
    upsert = """INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id)
        VALUES (%s, ' Same@X.org', 'x', %s, 'L', 'teacher', 'school_north')
        ON CONFLICT (email) DO UPDATE SET first_name = EXCLUDED.first_name RETURNING id"""
    with world.as_role("vividly_service"):
        assert world.value(upsert, "one", "A") == "one"
        assert world.value(upsert, "two", "B") == "one"
        world.execute("UPDATE users SET deleted_at = now() WHERE id = 'one'")
        assert world.value(upsert, "three", "C") == "three"
    assert world.row("SELECT email, closed_email FROM users WHERE id = 'one'") == ("one@closed.invalid", "same@x.org")
    plan = world.plan("SELECT id FROM users WHERE email = 'same@x.org'", prefer_index=True)
    assert plan.indexes == {"idx_users_email"}


def test_a_restored_account_has_its_address_again(world: Database) -> None:
    world.execute("UPDATE users SET deleted_at = now() WHERE id = 'bob'")
    world.execute("UPDATE users SET first_name = 'B' WHERE id = 'bob'")
    world.execute("UPDATE users SET deleted_at = NULL WHERE id = 'bob'")
    assert world.row("SELECT email, closed_email FROM users WHERE id = 'bob'") == ("bob@example.org", None)


def test_the_email_of_a_closed_account_is_free_again_and_blocks_its_restoring(world: Database) -> None:
    first = a_student(world, "school_north", email="jo@x.org")["id"]
    world.execute("UPDATE users SET deleted_at = now() WHERE id = %s", first)
    a_student(world, "school_north", email="jo@x.org")
    with world.throws("23505", "idx_users_email"):
        world.execute("UPDATE users SET deleted_at = NULL WHERE id = %s", first)


def test_a_reset_token_is_never_stored_in_clear(world: Database) -> None:
    world.execute(
        "UPDATE users SET reset_token = 'secret', reset_token_expires_at = now() + interval '1 hour' WHERE id = 'ann'"
    )
    stored = world.value("SELECT reset_token FROM users WHERE id = 'ann'")
    assert "secret" not in stored
    world.execute("UPDATE users SET reset_token = reset_token, email = email WHERE id = 'ann'")
    assert world.value("SELECT reset_token FROM users WHERE id = 'ann'") == stored


def test_a_reset_token_is_redeemed_once_and_only_while_it_lasts(world: Database) -> None:
    world.execute(
        "UPDATE users SET reset_token = 't1', reset_token_expires_at = now() + interval '1 hour' WHERE id = 'ann'"
    )
    world.execute(
        "UPDATE users SET reset_token = 't2', reset_token_expires_at = now() - interval '1 second' WHERE id = 'bob'"
    )
    with world.as_role("vividly_service"):
        digest = world.value("SELECT reset_token FROM users WHERE id = 'ann'")
        redeem = "SELECT redeem_reset_token(%s, 'new-hash')"
        assert world.value(redeem, digest) is None
        assert world.value(redeem, "t2") is None
        assert world.value(redeem, "t1") == "ann"
        assert world.value(redeem, "t1") is None
    assert world.row("SELECT password_hash, reset_token FROM users WHERE id = 'ann'") == ("new-hash", None)


@pytest.mark.parametrize(
    ("teacher", "school"),
    [
        ("ann", "school_north"),
        ("head_north", "school_north"),
        ("teacher_south", "school_north"),
        ("teacher_north", "org_first"),
    ],
    ids=["a_student", "an_administrator", "of_another_school", "at_a_district"],
)
def test_a_class_has_a_teacher_of_its_school(world: Database, teacher: str, school: str) -> None:
    with world.throws("23514", "classes_teacher_of_school_check"):
        a_class(world, teacher, school)


def test_a_class_of_nobody_is_refused_by_the_key(world: Database) -> None:
    with world.throws("23503", "classes_teacher_id_fkey"):
        a_class(world, "nobody", "school_north")


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"grade_level": 8}, "classes_grade_level_check"),
        ({"grade_level": 13}, "classes_grade_level_check"),
        ({"school_year": "2026"}, "classes_school_year_check"),
        ({"school_year": "2026-2028"}, "classes_school_year_check"),
    ],
)
def test_a_class_out_of_range_is_refused(world: Database, over: dict[str, Any], constraint: str) -> None:
    with world.throws("23514", constraint):
        a_class(world, "teacher_north", "school_north", **over)


def test_a_class_of_mixed_grades_has_none(world: Database) -> None:
    assert a_class(world, "teacher_north", "school_north", grade_level=None, school_year="2026-2027")["id"]


def test_only_students_of_the_district_attend_a_class(world: Database) -> None:
    enroll = "INSERT INTO class_students (class_id, student_id) VALUES ('class_north', %s)"
    world.execute(enroll, "cid")  # another school of the district
    with world.throws("23514", "class_students_student_is_student_check"):
        world.execute(enroll, "teacher_idle")
    with world.throws("23514", "class_students_same_district_check"):
        world.execute(enroll, "far")
    with world.throws("23503", "class_students_student_id_fkey"):
        world.execute(enroll, "nobody")
    with world.throws("23503", "class_students_class_id_fkey"):
        world.execute("INSERT INTO class_students (class_id, student_id) VALUES ('class_none', 'ann')")


def test_a_student_is_in_a_class_once_and_returns_after_a_drop(world: Database) -> None:
    with world.throws("23505", "idx_class_students_class"):
        world.execute("INSERT INTO class_students (class_id, student_id) VALUES ('class_north', 'ann')")
    world.execute(
        "UPDATE class_students SET enrolled_at = '2026-01-01', dropped_at = '2026-02-01' WHERE student_id = 'ann'"
    )
    with world.as_role("vividly_service"):
        again = world.value("SELECT enroll_student('class_north', 'ann')")
    assert world.row("SELECT enrolled_at = %s, dropped_at FROM class_students WHERE student_id = 'ann'", again) == (
        True,
        None,
    )
    kept = world.value("SELECT metadata FROM audit_logs WHERE action = 'reenroll_student'")
    assert kept["student_id"] == "ann"
    assert kept["dropped_at"].startswith("2026-02-01")


def test_enrolling_twice_changes_nothing(world: Database) -> None:
    first = world.value("SELECT enrolled_at FROM class_students WHERE student_id = 'ann'")
    world.execute("UPDATE class_students SET enrolled_at = enrolled_at - interval '1 day' WHERE student_id = 'ann'")
    assert world.value("SELECT enroll_student('class_north', 'ann')") < first


def test_a_teacher_with_classes_keeps_role_and_school(world: Database) -> None:
    for change in ("role = 'school_admin'", "org_id = 'school_south'"):
        with world.throws("23514", "users_teacher_has_classes_check"):
            world.execute(f"UPDATE users SET {change} WHERE id = 'teacher_north'")
    world.execute("UPDATE classes SET teacher_id = 'teacher_idle' WHERE id = 'class_north'")
    world.execute("UPDATE users SET org_id = 'school_south' WHERE id = 'teacher_north'")


def test_a_student_with_data_stays_a_student(world: Database) -> None:
    change = "UPDATE users SET role = 'teacher', grade_level = NULL WHERE id = %s"
    with world.throws("23514", "users_student_has_data_check"):
        world.execute(change, "ann")
    world.execute(change, "bob")


def test_a_student_leaves_the_district_after_leaving_its_classes(world: Database) -> None:
    move = "UPDATE users SET org_id = 'school_far' WHERE id = 'ann'"
    with world.throws("23514", "users_student_is_enrolled_check"):
        world.execute(move)
    world.execute("UPDATE class_students SET dropped_at = now() WHERE student_id = 'ann'")
    world.execute(move)
    assert world.value("SELECT district_id FROM users WHERE id = 'ann'") == "org_other"


def test_a_students_rows_follow_to_the_new_school(world: Database) -> None:
    world.insert("student_interests", student_id="ann", interest_id="int_a", rank=1)
    world.insert("student_progress", student_id="ann", topic_id="topic_a")
    world.insert("content_requests", id="r", student_id="ann", original_query="q")
    world.insert("feedback", id="f", student_id="ann", content_id="content_a", feedback_type="report_issue")
    world.execute("UPDATE users SET org_id = 'school_south' WHERE id = 'ann'")
    for table in ("student_interests", "student_progress", "content_requests", "feedback"):
        assert world.value(f"SELECT school_id FROM {table} WHERE student_id = 'ann'") == "school_south", table


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("student_interests", {"interest_id": "int_a", "rank": 1}),
        ("student_progress", {"topic_id": "topic_a"}),
        ("content_requests", {"id": "r", "original_query": "q"}),
        ("feedback", {"id": "f", "content_id": "content_a", "feedback_type": "report_issue"}),
    ],
)
def test_rows_of_a_student_belong_to_a_student_and_carry_the_school(
    world: Database, table: str, columns: dict[str, Any]
) -> None:
    with world.throws("23514", f"{table}_student_is_student_check"):
        world.insert(table, student_id="teacher_north", **columns)
    with world.throws("23503", f"{table}_student_id_fkey"):
        world.insert(table, student_id="nobody", **columns)
    assert world.insert(table, student_id="ann", school_id="school_far", **columns)["school_id"] == "school_north"


def test_an_account_request_is_decided_once_by_an_administrator(world: Database) -> None:
    asked = an_account_request(world)
    assert (asked["email"], asked["status"], asked["reviewed_at"]) == ("nina@x.org", "pending", None)
    review = "UPDATE student_account_requests SET status = %s, reviewed_by = %s RETURNING reviewed_at"
    with world.throws("23514", "student_account_requests_reviewed_by_role_check"):
        world.execute(review, "approved", "teacher_north")
    assert world.value(review, "approved", "head_north") is not None
    with world.throws("23514", "student_account_requests_decided_once_check"):
        world.execute(review, "denied", "head_north")


@pytest.mark.parametrize("teacher", ["teacher_south", "head_north", "ann"])
def test_an_account_request_comes_from_a_teacher_of_the_school(world: Database, teacher: str) -> None:
    with world.throws("23514", "student_account_requests_teacher_of_school_check"):
        an_account_request(world, teacher_id=teacher)


def test_an_account_comes_of_an_approved_request_only(world: Database) -> None:
    with world.throws("23514", "student_account_requests_result_check"):
        an_account_request(world, created_user_id="ann")


@pytest.mark.parametrize(
    ("over", "constraint"),
    [
        ({"uploaded_by": "ann"}, "bulk_upload_jobs_uploaded_by_role_check"),
        ({"total_rows": 2, "successful_count": 2, "failed_count": 1}, "bulk_upload_jobs_counts_check"),
        ({"failed_count": -1}, "bulk_upload_jobs_counts_check"),
        ({"error_log": {"row": 1}}, "bulk_upload_jobs_error_log_check"),
    ],
)
def test_a_wrong_upload_is_refused(world: Database, over: dict[str, Any], constraint: str) -> None:
    row = {"id": "up", "uploaded_by": "head_north", "school_id": "school_north", "file_path": "gs://x.csv"}
    with world.throws("23514", constraint):
        world.insert("bulk_upload_jobs", **row | over)


@pytest.mark.parametrize("entry", ["17", '{"row": 17}', '{"error": "no"}', "[]"])
def test_an_error_log_says_row_and_error(world: Database, entry: str) -> None:
    row = {"id": "up", "uploaded_by": "head_north", "school_id": "school_north", "file_path": "gs://x.csv"}
    with world.throws("23514", "bulk_upload_jobs_error_log_check"):
        world.insert("bulk_upload_jobs", **row, error_log=f'[{{"row": 1, "error": "x"}}, {entry}]')
    assert world.insert("bulk_upload_jobs", **row, error_log='[{"row": 1, "error": "x"}]')["total_rows"] is None


def test_a_soft_deleted_school_keeps_its_people_and_a_new_school_may_follow(world: Database) -> None:
    world.execute("UPDATE organizations SET deleted_at = now() WHERE id = 'school_south'")
    assert world.value("SELECT count(*) FROM users WHERE org_id = 'school_south'") > 0
    assert a_school(world, "org_first")["id"]


def test_an_upload_that_begins_again_is_not_completed(lived: Database) -> None:
    lived.execute("UPDATE bulk_upload_jobs SET status = 'completed', completed_at = now()")
    lived.execute("UPDATE bulk_upload_jobs SET status = 'queued'")
    assert lived.rows("SELECT DISTINCT completed_at FROM bulk_upload_jobs") == [(None,)]
