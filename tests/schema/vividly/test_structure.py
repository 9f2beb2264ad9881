"""What the document writes down and the rulings add: enums, keys, defaults, triggers, names, pinned paths."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_person

ENUMS = {
    "organization_type": "district school",
    "user_role": "student teacher school_admin district_admin vividly_admin vividly_ops vividly_curriculum",
    "request_status": "nlu_processing needs_clarification cache_check generating_script generating_audio "
    "generating_video "
    "fast_path_ready completed failed",
    "content_type": "vivid_now vivid_learning",
    "progress_status": "not_started in_progress completed struggling",
    "feedback_type": "mark_complete make_simpler try_different_interest report_issue rating_only",
    "account_request_status": "pending approved denied",
    "job_status": "queued processing completed failed",
}
KEYS = {
    "organizations": {"parent_id": ("organizations", "r")},
    "users": {"org_id": ("organizations", "r")},
    "classes": {"teacher_id": ("users", "r"), "school_id": ("organizations", "r")},
    "class_students": {"class_id": ("classes", "c"), "student_id": ("users", "c")},
    "topics": {"parent_id": ("topics", "r")},
    "student_interests": {"student_id": ("users", "c"), "interest_id": ("interests", "c")},
    "content_requests": {
        "student_id": ("users", "c"), "topic_id": ("topics", "n"), "interest_id": ("interests", "n"),
        "generated_content_id": ("generated_content", "n"),
    },
    "generated_content": {"topic_id": ("topics", "r"), "interest_id": ("interests", "r")},
    "student_progress": {
        "student_id": ("users", "c"), "topic_id": ("topics", "c"), "content_id": ("generated_content", "n"),
    },
    "feedback": {
        "student_id": ("users", "c"), "content_id": ("generated_content", "c"),
        "regeneration_request_id": ("content_requests", "n"),
    },
    "student_account_requests": {
        "teacher_id": ("users", "c"), "class_id": ("classes", "c"), "reviewed_by": ("users", "n"),
        "created_user_id": ("users", "n"),
    },
    "bulk_upload_jobs": {"uploaded_by": ("users", "c"), "school_id": ("organizations", "c")},
    "audit_logs": {"user_id": ("users", "n")},
}  # fmt: skip
INDEXES = [
    "idx_organizations_parent", "idx_organizations_type", "idx_users_email", "idx_users_org_role",
    "idx_users_student_id", "idx_users_activation", "idx_users_search", "idx_classes_teacher", "idx_classes_school",
    "idx_class_students_class", "idx_class_students_student", "idx_class_students_engagement", "idx_topics_subject",
    "idx_topics_parent", "idx_topics_path", "idx_topics_search", "idx_interests_category",
    "idx_student_interests_student", "idx_content_requests_student", "idx_content_requests_status",
    "idx_content_requests_topic", "idx_generated_content_cache_key", "idx_generated_content_topic",
    "idx_generated_content_popularity", "idx_content_usage", "idx_student_progress_topic",
    "idx_student_progress_recent", "idx_student_progress_dashboard", "idx_feedback_content", "idx_feedback_student",
    "idx_feedback_type", "idx_account_requests_status", "idx_account_requests_teacher",
    "idx_bulk_upload_jobs_uploader", "idx_bulk_upload_jobs_status", "idx_audit_logs_user",
    "idx_audit_logs_resource", "idx_audit_logs_created",
]  # fmt: skip
WITH_UPDATED_AT = [
    "organizations", "users", "classes", "class_students", "topics", "interests", "student_interests",
    "content_requests", "generated_content", "student_progress", "feedback", "student_account_requests",
    "bulk_upload_jobs",
]  # fmt: skip


@pytest.mark.parametrize("enum", ENUMS)
def test_an_enum_has_the_documents_labels_in_its_order(vividly: Database, enum: str) -> None:
    labels = vividly.value(f"SELECT enum_range(NULL::{enum})::text[]")
    assert labels == ENUMS[enum].split()


@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in KEYS.items() for c in columns])
def test_a_foreign_key_points_and_acts_as_documented(vividly: Database, table: Any, column: Any) -> None:
    found = vividly.rows(
        """SELECT k.confrelid::regclass::text, k.confdeltype::text
        FROM pg_constraint AS k
        WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = %s::regclass AND k.conname = %s""",
        table, f"{table}_{column}_fkey",
    )  # fmt: skip
    assert found == [KEYS[table][column]]


def test_a_documented_index_is_there_under_its_name(vividly: Database) -> None:
    there = {i for (i,) in vividly.rows("SELECT indexname FROM pg_indexes WHERE schemaname = 'vividly'")}
    assert set(INDEXES) - there == set()


def test_the_one_index_without_its_name_is_the_beginning_of_another(vividly: Database) -> None:
    assert vividly.value("SELECT to_regclass('idx_student_progress_student') IS NULL")
    definition = vividly.value(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_student_progress_dashboard' AND schemaname = 'vividly'"
    )
    assert re.search(r"\(student_id, status, last_viewed_at DESC\)$", definition)


def test_no_index_begins_with_another(vividly: Database) -> None:
    doubled = vividly.rows(
        """SELECT a.indexrelid::regclass::text, b.indexrelid::regclass::text
        FROM pg_index AS a
        INNER JOIN pg_index AS b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
        INNER JOIN pg_class AS t ON t.oid = a.indrelid AND t.relnamespace = 'vividly'::regnamespace
            AND NOT t.relispartition
            AND t.relname !~ '^_'
        INNER JOIN pg_class AS i ON i.oid = a.indexrelid
        INNER JOIN pg_class AS j ON j.oid = b.indexrelid AND j.relam = i.relam
        WHERE NOT a.indisunique AND a.indexprs IS NULL AND b.indexprs IS NULL
            AND coalesce(pg_get_expr(a.indpred, a.indrelid), '') = coalesce(pg_get_expr(b.indpred, b.indrelid), '')
            AND (b.indkey::text || ' ') LIKE (a.indkey::text || ' %%')
            AND (b.indoption::text || ' ') LIKE (a.indoption::text || ' %%')"""
    )
    assert doubled == []


def test_a_default_means_never_null(vividly: Database) -> None:
    nullable = vividly.rows(
        """SELECT c.relname, a.attname
        FROM pg_attribute AS a
        INNER JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'vividly'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname !~ '^_'
            AND a.attnum > 0 AND a.atthasdef AND NOT a.attnotnull"""
    )
    assert nullable == []


def test_an_explicit_null_is_refused_where_there_is_a_default(world: Database) -> None:
    with world.throws("23502"):
        a_person(world, "teacher", "school_north", is_active=None)


@pytest.mark.parametrize("table", WITH_UPDATED_AT)
def test_updated_at_is_kept_by_the_documented_trigger(vividly: Database, table: str) -> None:
    assert vividly.rows(
        """SELECT p.proname, t.tgtype FROM pg_trigger AS t INNER JOIN pg_proc AS p ON p.oid = t.tgfoid
        WHERE t.tgrelid = %s::regclass AND t.tgname = %s""",
        table, f"update_{table}_updated_at",
    ) == [("update_updated_at_column", 1 | 2 | 16)]  # fmt: skip


def test_updated_at_is_the_databases_whatever_the_caller_writes(world: Database) -> None:
    world.execute("UPDATE users SET updated_at = '2000-01-01', first_name = 'A' WHERE id = 'ann'")
    assert world.value("SELECT updated_at = now() FROM users WHERE id = 'ann'")


def test_created_at_and_updated_at_are_on_every_documented_table(vividly: Database) -> None:
    for column, tables in (("created_at", [*WITH_UPDATED_AT, "audit_logs"]), ("updated_at", WITH_UPDATED_AT)):
        for table in tables:
            assert vividly.value(
                "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s", table, column
            )


def test_every_moment_is_with_time_zone(vividly: Database) -> None:
    assert (
        vividly.rows(
            """SELECT attrelid::regclass, attname FROM pg_attribute INNER JOIN pg_class AS c ON c.oid = attrelid
        WHERE relnamespace = 'vividly'::regnamespace AND relkind IN ('r', 'p') AND relname !~ '^_|^yoyo'
            AND atttypid = 'timestamp'::regtype AND attnum > 0"""
        )
        == []
    )


def test_it_works_whatever_the_callers_search_path(world: Database) -> None:
    world.execute("SET LOCAL search_path = pg_catalog")
    world.execute("SELECT vividly.record_view('ann', 'content_a')")
    world.execute(
        "INSERT INTO vividly.feedback (id, student_id, content_id, feedback_type) VALUES ('f', 'ann', "
        "'content_a', 'mark_complete')"
    )
    world.execute("UPDATE vividly.users SET org_id = 'school_south' WHERE id = 'ann'")
    assert world.value("SELECT status::text FROM vividly.student_progress") == "completed"


def test_a_table_of_the_same_name_in_front_of_the_path_is_not_taken(world: Database) -> None:
    world.execute("CREATE TEMPORARY TABLE users (id text, role text, org_id text)")
    world.execute("INSERT INTO pg_temp.users VALUES ('ann', 'vividly_ops', 'school_north')")
    with world.as_user("ann"):
        assert world.rows("SELECT student_id FROM class_students") == [("ann",)]
    world.execute("DROP TABLE pg_temp.users")


def test_soft_delete_is_where_the_document_has_it(vividly: Database) -> None:
    tables = [t for (t,) in vividly.rows(
        """SELECT attrelid::regclass::text FROM pg_attribute INNER JOIN pg_class AS c ON c.oid = attrelid
        WHERE relnamespace = 'vividly'::regnamespace AND relkind = 'r' AND attname = 'deleted_at' ORDER BY 1"""
    )]  # fmt: skip
    assert tables == ["classes", "content_requests", "organizations", "retention_exports", "users"]


@pytest.mark.parametrize("table", ["content_requests", "topics", "interests", "generated_content"])
def test_added_columns_come_after_the_documented_ones(vividly: Database, table: str) -> None:
    names = [
        n
        for (n,) in vividly.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum", table
        )
    ]
    added = names[names.index("updated_at") + 1 :]
    assert added == {
        "content_requests": ["school_id", "deleted_at"],
        "generated_content": ["rating_count", "rating_sum"],
    }.get(table, [])


def test_every_item_of_the_rulings_stands_in_deviations_with_tests_that_exist() -> None:
    here = Path(__file__).parent
    table = (here.parents[2] / "sql/vividly/DEVIATIONS.md").read_text(encoding="utf-8")
    items = set(
        re.findall(r"\b[BV]\d+\b", "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|")))
    )
    assert items == {f"B{n}" for n in range(1, 8)} | {f"V{n}" for n in range(1, 29)}
    tests = set(
        re.findall(r"^def (test_\w+)", "".join(p.read_text(encoding="utf-8") for p in here.glob("test_*.py")), re.M)
    )
    assert set(re.findall(r"`(test_\w+)`", table)) <= tests
