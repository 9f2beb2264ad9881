"""The scale seed: each slice is one school, as big as any other, true to every rule, and there only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slate_pg.sqlfiles import read_files
from slate_pg.testing.database import Database
from tests.schema.vividly.factories import grow

QUERIES = read_files(Path(__file__).parents[3] / "sql/vividly/queries")

# Table, the column that says whose a row is, rows of one school.
SCHOOL_TABLES = [
    ("users", "id", 501), ("classes", "id", 30), ("class_students", "student_id", 960),
    ("student_interests", "student_id", 1440), ("content_requests", "student_id", 12292),
    ("student_progress", "student_id", 11320), ("feedback", "student_id", 10669),
    ("student_account_requests", "teacher_id", 12), ("bulk_upload_jobs", "uploaded_by", 1),
    ("audit_logs", "user_id", 10000),
]  # fmt: skip


def rows_of(db: Database, school: int) -> list[tuple[str, str, int]]:
    """Count a school's rows by the number in their ids."""
    return [
        (table, column, db.value(f"SELECT count(*) FROM {table} WHERE {column} ~ %s", f"_scale_{school}_"))
        for table, column, _ in SCHOOL_TABLES
    ]


def picture(db: Database) -> dict[str, tuple[Any, ...]]:
    """Rows and checksum of every table, without the identity and the stamps that only later changes move."""
    tables = db.rows(
        """SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = 'vividly'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname !~ '^_'"""
    )
    return {
        table: db.row(
            f"SELECT count(*), sum(hashtextextended((to_jsonb(t) - 'updated_at')::text, 0)) FROM {table} AS t"
        )
        for (table,) in tables
    }


def test_a_slice_is_one_school_and_the_second_is_as_big_as_the_first(vividly: Database) -> None:
    grow(vividly, 1, 2)
    assert rows_of(vividly, 1) == SCHOOL_TABLES
    assert rows_of(vividly, 2) == SCHOOL_TABLES
    assert vividly.value("SELECT count(*) FROM generated_content") == 480
    assert vividly.rows("SELECT DISTINCT parent_id FROM organizations WHERE org_type = 'school'") == [("org_scale_0",)]
    # What the rest of the tables derive from these rows is right, and nothing was loaded past a rule.
    assert vividly.job("vividly", "recount_content_usage") == [{"videos_corrected": 0}]
    assert vividly.value("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0
    assert vividly.value("SELECT count(*) FROM audit_logs WHERE tableoid = 'audit_logs_default'::regclass") == 0
    before = picture(vividly)
    grow(vividly, 1, 2)
    assert picture(vividly) == before


def test_the_seed_joins_reference_and_demo_and_a_far_slice_needs_no_other(vividly: Database) -> None:
    vividly.seed("vividly", "reference", "demo")
    people = vividly.sees("users")
    grow(vividly, 541)
    assert rows_of(vividly, 541) == SCHOOL_TABLES
    assert vividly.sees("users") == people + 504
    # Nothing of the calendar depends on the day of the load, and the numbers are the same on every server.
    assert vividly.row(
        """SELECT sum(total_time_seconds), sum(date_part('epoch', last_viewed_at))::bigint
        FROM student_progress WHERE student_id ~ '_scale_'"""
    ) == (8454772, 18451698970444)


def test_progress_and_feedback_of_the_seed_agree_as_if_every_press_had_moved_it(vividly: Database) -> None:
    grow(vividly, 1)
    told = """SELECT f.feedback_type, sp.status, count(*)
        FROM feedback AS f
        INNER JOIN generated_content AS gc ON gc.id = f.content_id
        INNER JOIN student_progress AS sp ON sp.student_id = f.student_id AND sp.topic_id = gc.topic_id
        WHERE f.feedback_type IN ('mark_complete', 'make_simpler')
            AND sp.status <> 'completed' AND (f.feedback_type = 'mark_complete' OR sp.status <> 'struggling')
        GROUP BY f.feedback_type, sp.status"""
    assert vividly.rows(told) == []
    undated = """SELECT count(*) FROM student_progress AS sp
        WHERE sp.status = 'completed' AND NOT EXISTS (
            SELECT 1 FROM feedback AS f
            WHERE f.student_id = sp.student_id AND f.feedback_type = 'mark_complete' AND f.created_at = sp.completed_at
        )"""
    assert vividly.value(undated) == 0


def test_activity_is_skewed_and_rests_at_weekends(vividly: Database) -> None:
    grow(vividly, 3)
    most, median, least = vividly.row(
        """SELECT max(c.n), percentile_disc(0.5) WITHIN GROUP (ORDER BY c.n), min(c.n)
        FROM (SELECT count(*) AS n FROM content_requests GROUP BY student_id) AS c"""
    )
    assert (most, median, least) == (66, 21, 6)
    for table in ("content_requests", "student_progress", "feedback", "audit_logs"):
        assert vividly.value(
            f"""SELECT bool_and(extract(isodow FROM created_at AT TIME ZONE 'UTC') < 6
                AND extract(hour FROM created_at AT TIME ZONE 'UTC') BETWEEN 13 AND 23) FROM {table}"""
        ), table


@pytest.mark.parametrize("table", ["content_requests", "student_progress", "feedback", "audit_logs"])
def test_every_fact_table_has_ten_to_twenty_thousand_rows_a_slice(table: str) -> None:
    assert any(name == table and 10_000 <= rows <= 20_000 for name, _, rows in SCHOOL_TABLES)


def test_the_person_of_each_query_gets_the_owners_rows_of_the_scale_data(vividly: Database) -> None:
    grow(vividly, 1)
    for query in QUERIES:
        examples = query.scale_examples
        rows = vividly.query("vividly", query.name, **examples)
        role, _, person = query.header["person"].rpartition(" ")
        with vividly.as_user(person, role=role or "vividly_people"):
            assert vividly.query("vividly", query.name, **examples) == rows, query.name
        assert rows, query.name
