"""Seeds, queries and jobs as files: they run, say something, and run again without harm."""

from __future__ import annotations

import pytest

from slate_pg.config import find_project
from slate_pg.sqlfiles import read_files
from slate_pg.testing.database import Database
from tests.schema.learning.factories import a_material, a_session, a_user, an_asset, an_interaction

SQL = find_project().product("learning").sql
QUERIES = [file.name for file in read_files(SQL / "queries")]
JOBS = {file.name: file.header for file in read_files(SQL / "jobs")}
COUNTED = (
    "users", "study_materials", "content_chunks", "generated_assets", "learning_sessions", "interactions",
    "interactions_archive", "user_feedback", "progress_metrics", "audit_logs", "open_labels",
)  # fmt: skip


def test_seeds_run_again_without_adding_anything(demo: Database) -> None:
    counts = [demo.sees(table) for table in COUNTED]
    assert all(counts), dict(zip(COUNTED, counts, strict=True))
    demo.seed("learning", "reference", "demo")
    assert [demo.sees(table) for table in COUNTED] == counts


def test_the_demo_leaves_nothing_in_quarantine(demo: Database) -> None:
    for table in ("interactions", "progress_metrics", "audit_logs"):
        assert demo.sees(f"{table}_default") == 0


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_answers_something_on_the_demo(demo: Database, name: str) -> None:
    assert demo.query("learning", name)


@pytest.mark.parametrize(
    "name", ["material_with_chunks", "due_reviews", "session_summary", "progress_over_weeks", "weak_subjects"]
)
def test_a_learner_gets_the_same_answer_under_row_security(demo: Database, name: str) -> None:
    expected = demo.query("learning", name)
    with demo.as_user("10000000-0000-4000-8000-000000000001"):
        assert demo.query("learning", name) == expected
    with demo.as_user("10000000-0000-4000-8000-000000000002"):
        assert demo.query("learning", name) == []


def test_a_login_finds_live_accounts_only(demo: Database) -> None:
    assert [row["username"] for row in demo.query("learning", "account_by_email")] == ["amara"]
    for gone in ("mei@example.org", "tomas@example.org", "nobody@example.org"):
        assert demo.query("learning", "account_by_email", address=gone) == []


def test_what_is_due_grows_with_each_right_answer(learning: Database) -> None:
    user = a_user(learning)
    material = a_material(learning, user)
    session = a_session(learning, user, material)
    for answers, days in ((1, 1), (1, 3), (2, 3), (2, 5), (0, 2)):
        asset = an_asset(learning, material, metadata={"case": [answers, days]})
        for step in range(answers or 1):
            moment = learning.value("SELECT now() - %s * interval '1 day' - %s * interval '1 hour'", days, step)
            an_interaction(
                learning, session, generated_asset_id=asset["id"], is_correct=bool(answers), created_at=moment
            )
    due = learning.query("learning", "due_reviews", learner_id=str(user["id"]))
    ids = [row["generated_asset_id"] for row in due]
    cases = [learning.value("SELECT metadata->'case' FROM generated_assets WHERE id = %s", i) for i in ids]
    assert sorted(cases) == [[0, 2], [1, 3], [2, 5]]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_says_when_and_why(name: str) -> None:
    assert {"schedule", "why", "timeout", "transaction", "retries"} <= set(JOBS[name])


@pytest.mark.parametrize("name", [n for n, header in JOBS.items() if header["transaction"] == "yes"])
def test_a_job_runs_twice_and_the_second_time_does_nothing(demo: Database, name: str) -> None:
    demo.job("learning", name)
    again = demo.job("learning", name)
    assert all(value == 0 for row in again for value in row.values())


def test_the_job_outside_a_transaction_runs(db_committed: Database) -> None:
    db_committed.use("learning")
    db_committed.job("learning", "freeze_archives")


def test_the_jobs_do_the_documents_retention(demo: Database) -> None:
    """One year, two years, five years; six months for inactive users and for session_data."""
    assert demo.sees("interactions_archive") == 1
    assert demo.job("learning", "session_data_aggregation")[0]["sessions_folded"] == 2
    assert demo.job("learning", "retention_inactive_users") == [{"interactions_deleted": 1, "users_concerned": 1}]
    for table, years in (("audit_logs", 2), ("progress_metrics", 5)):
        for extra in (0, 1):
            day = demo.value("SELECT now() - (%s * interval '1 year') - %s * interval '40 days'", years, extra)
            demo.execute("SELECT create_month_partitions(%s::regclass, 0, 0, %s)", table, day)
        retired = [row["partition_name"] for row in demo.job("learning", f"retention_{table}")]
        wanted = demo.value("SELECT to_char(now() - %s * interval '1 year' - interval '40 days', 'YYYY_MM')", years)
        assert f"{table}_{wanted}" in retired
        still = demo.value("SELECT to_char(now() - %s * interval '1 year', 'YYYY_MM')", years)
        assert f"{table}_{still}" not in retired
