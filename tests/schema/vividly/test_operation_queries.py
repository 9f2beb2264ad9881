"""The documented queries run, and agree with the printed ones where these are right; jobs and seeds run twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row

from slate_pg.sqlfiles import read_file, read_files
from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_class, a_feedback, a_request, a_student, a_topic, a_video

ROOT = Path(__file__).parents[3]
QUERIES = sorted(p.stem for p in (ROOT / "sql/vividly/queries").glob("*.sql"))
PRINTED = Path(__file__).parent / "printed"
JOBS = sorted(p.stem for p in (ROOT / "sql/vividly/jobs").glob("*.sql"))


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs_and_finds_something_in_the_demo(demo: Database, query: str) -> None:
    rows = demo.query("vividly", query)
    assert rows
    assert demo.query("vividly", query) == rows


@pytest.mark.parametrize(
    "query", [q for q in QUERIES if q.startswith(("student_", "teacher_", "admin_", "content_", "struggling_"))]
)
def test_a_documented_query_runs_for_the_reader_as_well(demo: Database, query: str) -> None:
    rows = demo.query("vividly", query)
    with demo.as_role("vividly_reader"):
        assert demo.query("vividly", query) == rows


def test_every_documented_job_is_there() -> None:
    headers = {job.name: job.header for job in read_files(ROOT / "sql/vividly/jobs")}
    documented = {
        name: header["documented"].split(",")[0] for name, header in headers.items() if "documented" in header
    }
    assert documented == {
        "soft_delete_content_requests": "soft-delete-content-requests",
        "clear_expired_reset_tokens": "clear-expired-reset-tokens",
    }


@pytest.mark.parametrize("job", JOBS)
def test_every_job_runs_twice(demo: Database, job: str) -> None:
    demo.job("vividly", job)
    again = demo.job("vividly", job)
    assert all(
        not value
        for row in again
        for key, value in row.items()
        if key.endswith(("deleted", "cleared", "corrected", "failed", "completed"))
    )


def test_the_seeds_run_twice_without_effect(demo: Database) -> None:
    tables = demo.rows(
        """SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = 'vividly'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname !~ '^_'"""
    )

    def picture() -> dict[str, int]:
        return {table: demo.sees(table) for (table,) in tables}

    before = picture()
    demo.seed("vividly", "reference", "demo")
    assert picture() == before
    assert len(before) >= 15
    assert demo.job("vividly", "recount_content_usage") == [{"videos_corrected": 0}]


def test_the_two_districts_of_the_demo_do_not_see_each_other(demo: Database) -> None:
    with demo.as_user("user_cedar_admin"):
        assert demo.rows("SELECT DISTINCT district_id FROM users") == [("org_cedar",)]
        assert demo.query("vividly", "teacher_dashboard_class_engagement") == []
    with demo.as_user("user_teacher_reed"):
        assert {r["first_name"] for r in demo.query("vividly", "teacher_dashboard_class_engagement")} == {
            "Jordan",
            "Will",
            "Can",
            "Sofia",
            "Liam",
        }


# The class dashboard


@pytest.fixture
def school(world: Database) -> Database:
    """Ann and Bob in class_north, each with several completed topics, requests and ratings."""
    a_class(world, "teacher_idle", "school_north", "ann", "bob", key="class_two")
    for student, topics, requests, ratings in (("ann", 3, 4, (5, 2)), ("bob", 2, 1, (4,))):
        for n in range(topics):
            world.insert(
                "student_progress",
                student_id=student,
                topic_id=a_topic(world)["id"],
                status="completed",
                view_count=1,
                last_viewed_at=f"2026-0{n + 1}-01",
            )
        for _ in range(requests):
            a_request(world, student, status="completed")
        for stars in ratings:
            a_feedback(world, student, "content_a", rating=stars)
    return world


def both(db: Database, name: str, **parameters: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Run a query as the document prints it, and as it is."""
    file = read_file(PRINTED / f"{name}.sql")
    cursor = db.connection.cursor(row_factory=dict_row)
    return cursor.execute(file.parameterised, file.examples | parameters).fetchall(), db.query(
        "vividly", name, **parameters
    )


def test_both_class_dashboards_agree_where_the_printed_one_is_right(school: Database) -> None:
    printed, ours = both(school, "teacher_dashboard_class_engagement", class_id="class_two")
    assert printed == ours
    assert [(r["id"], r["topics_completed"], r["total_requests"], float(r["avg_rating"])) for r in ours] == [
        ("ann", 3, 4, 3.5),
        ("bob", 2, 1, 4.0),
    ]


def test_the_printed_class_dashboard_does_not_see_a_student_at_work_nor_a_missing_rating(school: Database) -> None:
    busy = a_student(school, "school_north", "eve")["id"]
    school.execute("INSERT INTO class_students (class_id, student_id) VALUES ('class_two', 'eve')")
    school.execute("SELECT record_view('eve', 'content_a')")
    printed, ours = (
        next(r for r in rows if r["id"] == busy)
        for rows in both(school, "teacher_dashboard_class_engagement", class_id="class_two")
    )
    assert (printed["last_activity"], float(printed["avg_rating"])) == (None, 0)
    assert ours["last_activity"] is not None
    assert ours["avg_rating"] is None


def test_the_printed_class_dashboard_lists_deleted_accounts_and_requests(school: Database) -> None:
    school.execute("UPDATE users SET deleted_at = now() WHERE id = 'bob'")
    school.execute("UPDATE content_requests SET deleted_at = now() WHERE student_id = 'ann'")
    printed, ours = both(school, "teacher_dashboard_class_engagement", class_id="class_two")
    assert [(r["id"], r["total_requests"]) for r in printed] == [("ann", 4), ("bob", 1)]
    assert [(r["id"], r["total_requests"]) for r in ours] == [("ann", 0)]


# The struggling students


def test_both_struggling_reports_agree_where_the_printed_one_is_right(world: Database) -> None:
    for _ in range(2):
        a_feedback(world, "ann", a_video(world, a_topic(world, title=f"T{_}")["id"])["id"], "make_simpler")
    a_feedback(world, "bob", "content_a", "make_simpler")
    printed, ours = both(world, "struggling_students_report")
    assert printed == ours
    assert [(r["id"], r["struggling_topics"], r["simplify_requests"], r["topics"]) for r in ours] == [
        ("ann", 2, 2, ["T0", "T1"])
    ]


def test_the_printed_struggling_report_counts_topics_long_understood_and_lists_deleted_accounts(
    world: Database,
) -> None:
    for _ in range(2):
        a_feedback(world, "ann", a_video(world)["id"], "make_simpler")
    a_feedback(world, "ann", "content_a", "make_simpler")
    a_feedback(world, "ann", "content_a", "mark_complete")
    printed, ours = both(world, "struggling_students_report")
    assert (printed[0]["simplify_requests"], ours[0]["simplify_requests"]) == (3, 2)
    world.execute("UPDATE users SET deleted_at = now() WHERE id = 'ann'")
    printed, ours = both(world, "struggling_students_report")
    assert (len(printed), len(ours)) == (1, 0)


def test_nothing_makes_a_topic_struggling_in_the_document_but_feedback_does_here(world: Database) -> None:
    a_feedback(world, "ann", "content_a", "make_simpler")
    assert world.value("SELECT status FROM student_progress") == "struggling"


# The cache hit rate


def test_both_hit_rates_agree_in_utc(world: Database) -> None:
    for hit in (True, True, False):
        a_request(world, "ann", status="completed", cache_hit=hit)
    a_request(world, "ann", status="failed", cache_hit=True)
    printed, ours = both(world, "admin_kpi_cache_hit_rate")
    assert printed == ours
    assert (ours[0]["total_requests"], ours[0]["cache_hits"], float(ours[0]["cache_hit_rate_percent"])) == (3, 2, 66.67)


def test_the_printed_hit_rate_moves_with_the_sessions_time_zone(world: Database) -> None:
    noon = world.value("SELECT date_trunc('day', now()) - interval '2 days' + interval '20 hours'")
    a_request(world, "ann", status="completed", created_at=noon)
    world.execute("SET LOCAL timezone = 'UTC'")
    utc = both(world, "admin_kpi_cache_hit_rate")
    world.execute("SET LOCAL timezone = 'Asia/Kolkata'")
    kolkata = both(world, "admin_kpi_cache_hit_rate")
    assert utc[0][0]["date"] != kolkata[0][0]["date"]
    assert utc[1][0]["date"] == kolkata[1][0]["date"] == utc[0][0]["date"]


# Searching people


@pytest.mark.parametrize("name", ["Will", "Don", "Can"])
def test_a_name_that_is_a_stop_word_is_found_by_the_second_index_only(world: Database, name: str) -> None:
    student = a_student(world, "school_north", first_name=name, last_name="Zz", email=f"{name}zz@x.org")["id"]
    assert [r["id"] for r in world.query("vividly", "user_search", words=name)] == [student]
    documented = """SELECT id FROM users
        WHERE to_tsvector('english', first_name || ' ' || last_name || ' ' || email)
            @@ plainto_tsquery('english', %s)"""
    assert world.rows(documented, name) == []


def test_the_dashboards_use_their_indexes(world: Database) -> None:
    world.execute("SET LOCAL enable_sort = off")  # of a handful of rows: the index must give the order
    recent = world.plan(
        """SELECT * FROM student_progress WHERE student_id = 'ann' AND last_viewed_at IS NOT NULL
        ORDER BY last_viewed_at DESC LIMIT 10""",
        prefer_index=True,
    )
    assert recent.indexes == {"idx_student_progress_recent"}
    popular = world.plan(
        "SELECT id FROM generated_content WHERE view_count >= 10 ORDER BY view_count DESC LIMIT 50", prefer_index=True
    )
    assert popular.indexes == {"idx_generated_content_popularity"}
