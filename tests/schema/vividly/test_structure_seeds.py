"""What the seeds hold: what production needs, and every feature for a first look."""

from __future__ import annotations

from slate_pg.testing.database import Database


def test_the_reference_alone_is_what_production_needs(vividly: Database) -> None:
    vividly.seed("vividly", "reference")
    assert vividly.rows("SELECT id FROM organizations") == [("org_vividly",)]
    assert vividly.sees("users") == 0
    assert vividly.value("SELECT bool_and(depth = array_length(string_to_array(path, '.'), 1) - 1) FROM topics")


def test_the_demo_shows_every_label_of_every_enum(demo: Database) -> None:
    for enum, table, column in [
        ("organization_type", "organizations", "org_type"), ("user_role", "users", "role"),
        ("request_status", "content_requests", "status"), ("content_type", "generated_content", "content_type"),
        ("progress_status", "student_progress", "status"), ("feedback_type", "feedback", "feedback_type"),
        ("account_request_status", "student_account_requests", "status"), ("job_status", "bulk_upload_jobs", "status"),
    ]:  # fmt: skip
        missing = demo.rows(f"SELECT unnest(enum_range(NULL::{enum})) EXCEPT SELECT {column} FROM {table}")
        assert missing == [], (enum, missing)


def test_nobody_of_the_demo_has_a_password(demo: Database) -> None:
    assert demo.value("SELECT count(DISTINCT password_hash) FROM users") == 1
