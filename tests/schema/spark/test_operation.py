"""What runs in the database: jobs, seeds, queries."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.sqlfiles import read_files
from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import a_conflict, a_student, a_sync_log

SQL = Path(__file__).parents[3] / "sql" / "spark"
JOBS = sorted(p.stem for p in (SQL / "jobs").glob("*.sql"))
QUERIES = sorted(p.stem for p in (SQL / "queries").glob("*.sql"))
IN_TRANSACTION = [name for name in JOBS if not name.startswith("weekly_maintenance")]


def test_done_logs_and_their_conflicts_move_to_the_archive(spark: Database) -> None:
    user = a_student(spark)["id"]
    old, failed = a_sync_log(spark, user)["id"], a_sync_log(spark, user, "FAILED")["id"]
    kept = {
        a_sync_log(spark, user, days=29)["id"],
        a_sync_log(spark, user, "PENDING")["id"],
        a_sync_log(spark, user, "PROCESSING")["id"],
    }
    conflict = a_conflict(spark, old, resolved_at="2026-01-01", resolution_strategy="merge", resolved_data={})["id"]
    assert spark.job("spark", "archive_sync_logs") == [{"archived_logs": 2}]
    assert spark.job("spark", "archive_sync_logs") == [{"archived_logs": 0}]
    assert {i for (i,) in spark.rows("SELECT id FROM sync_logs")} == kept
    assert {i for (i,) in spark.rows("SELECT id FROM sync_logs_archive")} == {old, failed}
    assert spark.rows("SELECT id, sync_log_id FROM sync_conflicts_archive") == [(conflict, old)]
    assert spark.sees("sync_conflicts") == 0


def test_a_log_with_an_open_conflict_is_not_archived(spark: Database) -> None:
    log = a_sync_log(spark, a_student(spark)["id"])["id"]
    conflict = a_conflict(spark, log)["id"]
    assert spark.value("SELECT status::text FROM sync_logs") == "CONFLICT"
    spark.execute("UPDATE sync_logs SET status = 'FAILED'")
    assert spark.job("spark", "archive_sync_logs") == [{"archived_logs": 0}]
    spark.execute("UPDATE sync_conflicts SET resolved_at = now() WHERE id = %s", conflict)
    assert spark.job("spark", "archive_sync_logs") == [{"archived_logs": 1}]


def test_thirty_whole_days_are_kept(spark: Database) -> None:
    user = a_student(spark)["id"]
    edge = spark.value("SELECT date_trunc('day', now(), 'UTC') - interval '30 days'")
    for created in (edge, spark.value("SELECT %s - interval '1 microsecond'", edge)):
        spark.insert("sync_logs", user_id=user, device_id="d", actions="[]", status="COMPLETED", created_at=created)
    assert spark.value("SELECT archive_old_sync_logs()") == 1
    assert spark.value("SELECT created_at FROM sync_logs") == edge


def test_a_log_nobody_processed_fails_and_then_leaves(spark: Database) -> None:
    user = a_student(spark)["id"]
    (
        a_sync_log(spark, user, "PENDING")["id"],
        a_sync_log(spark, user, "PROCESSING")["id"],
        a_sync_log(spark, user, "PENDING", days=2),
    )
    assert spark.job("spark", "fail_stale_sync_logs") == [{"failed_logs": 2}]
    assert spark.job("spark", "fail_stale_sync_logs") == [{"failed_logs": 0}]
    assert spark.job("spark", "archive_sync_logs") == [{"archived_logs": 2}]


def test_the_archive_keeps_a_year(spark: Database) -> None:
    user = a_student(spark)["id"]
    a_sync_log(spark, user, days=400)["id"], a_sync_log(spark, user, days=300)
    spark.job("spark", "archive_sync_logs")
    assert spark.job("spark", "purge_sync_archive") == [{"purged_logs": 1}]
    assert spark.job("spark", "purge_sync_archive") == [{"purged_logs": 0}]


def test_the_archive_has_the_columns_of_the_log(spark: Database) -> None:
    for table in ("sync_logs", "sync_conflicts"):
        columns = "SELECT attname, atttypid, attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"
        assert spark.rows(columns, table) == spark.rows(columns, f"{table}_archive")


def test_old_read_notifications_are_cleaned_up_and_expired_ones_too(spark: Database) -> None:
    user = a_student(spark)["id"]
    for title, days, read, expires in (
        ("old read", 40, True, None),
        ("old unread", 40, False, None),
        ("new read", 5, True, None),
        ("expired unread", 5, False, 1),
        ("not yet expired", 5, False, -1),
    ):
        spark.execute(
            """INSERT INTO user_notifications (user_id, title, message, type, is_read, created_at, expires_at)
            VALUES (%s, %s, 'm', 'SYSTEM', %s, now() - make_interval(days => %s), now() - make_interval(days => %s))""",
            user,
            title,
            read,
            days,
            expires,
        )
    assert spark.job("spark", "cleanup_notifications") == [{"deleted_notifications": 1}]
    assert spark.job("spark", "expire_notifications") == [{"expired_notifications": 1}]
    left = {t for (t,) in spark.rows("SELECT title FROM user_notifications")}
    assert left == {"old unread", "new read", "not yet expired"}


def test_partitions_are_there_ahead_and_the_job_adds_nothing_twice(spark: Database) -> None:
    spark.job("spark", "create_partitions_ahead")
    assert spark.job("spark", "create_partitions_ahead") == []
    last = spark.value(
        "SELECT max(to_value) > now() + interval '3 years' FROM core.partition_bounds('student_progress')"
    )
    assert last


@pytest.mark.parametrize("job", IN_TRANSACTION)
def test_a_job_runs_twice_on_a_lived_in_database(spark: Database, job: str) -> None:
    spark.seed("spark", "reference", "demo")
    spark.job("spark", job)
    spark.job("spark", job)


def test_the_maintenance_that_needs_its_own_transaction_runs_twice(db_committed: CommittedDatabase) -> None:
    db_committed.use("spark")
    for job in (name for name in JOBS if name not in IN_TRANSACTION):
        db_committed.job("spark", job)
        db_committed.job("spark", job)
    assert db_committed.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0


def test_every_documented_job_is_there(spark: Database) -> None:
    documented = {
        job.header["documented"].split(",")[0]: job.name
        for job in read_files(SQL / "jobs")
        if "documented" in job.header
    }
    assert documented.keys() == {
        "archive-sync-logs",
        "weekly-maintenance",
        "update-leaderboards",
        "cleanup-notifications",
    }
    assert all(name.replace("-", "_") == job for name, job in documented.items())


def test_seeds_may_be_run_again(spark: Database) -> None:
    tables = [
        t
        for (t,) in spark.rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = current_schema()::regnamespace AND relname !~ 'yoyo|slate'"
        )
    ]
    spark.seed("spark", "reference", "demo")
    before = {t: spark.sees(t) for t in tables}
    money = spark.row("SELECT sum(xp_points), sum(crystals), sum(streak), sum(total_time_spent) FROM profiles")
    spark.seed("spark", "reference", "demo")
    assert {t: spark.sees(t) for t in tables} == before
    assert spark.row("SELECT sum(xp_points), sum(crystals), sum(streak), sum(total_time_spent) FROM profiles") == money
    empty = {t for t, count in before.items() if not count}
    assert empty <= {"badge_debts", "sync_logs_archive", "sync_conflicts_archive"}


def test_reference_badges_speak_the_grammar(spark: Database) -> None:
    spark.seed("spark", "reference")
    student = a_student(spark)["id"]
    unknown = spark.rows(
        """SELECT b.name, c.key FROM badges AS b, jsonb_each(b.criteria) AS c
        WHERE c.key <> 'any' AND badge_metric(%s, c.key) IS NULL""",
        student,
    )
    assert unknown == []
    assert spark.rows("SELECT badge_name FROM check_badge_eligibility(%s)", student) == []


CALLERS = {
    "student_dashboard": "201",
    "class_roster": "101",
    "leaderboard_page": "202",
    "unread_notifications": "201",
    "sync_pull": "201",
    "badge_shelf": "201",
    "guardian_overview": "301",
    "my_class_performance": "101",
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_answers_its_caller_under_row_security_as_it_answers_the_service(spark: Database, query: str) -> None:
    spark.seed("spark", "reference", "demo")
    caller = "20000000-0000-4000-8000-000000000" + CALLERS[query]
    with spark.as_role("spark_service", app__user_id=caller):
        everything = spark.query("spark", query)
    with spark.as_user(caller):
        mine = spark.query("spark", query)
    assert mine
    assert mine == everything


def test_the_dashboard_tells_what_is_going_on(spark: Database) -> None:
    spark.seed("spark", "reference", "demo")
    with spark.as_user("20000000-0000-4000-8000-000000000201"):
        (row,) = spark.query("spark", "student_dashboard")
    assert row["lessons_completed"] == 1
    assert row["badges"] > 0
    assert row["unread_notifications"] > 0
    assert [g["title"] for g in row["go_on_with"]] == ["Balance the Scales"]
    assert [d["title"] for d in row["due"]] == ["Riddles as Equations"]


def test_a_device_pulls_only_what_it_lacks(spark: Database) -> None:
    spark.seed("spark", "reference", "demo")
    assert len(spark.query("spark", "sync_pull")) == 1
    assert len(spark.query("spark", "sync_pull", known="{}")) == 2


def test_another_student_sees_nobody_elses_dashboard(spark: Database) -> None:
    spark.seed("spark", "reference", "demo")
    with spark.as_user("20000000-0000-4000-8000-000000000205"):
        for query in ("class_roster", "unread_notifications", "sync_pull", "guardian_overview"):
            assert spark.query("spark", query) == [], query
        (own,) = spark.query("spark", "student_dashboard")
        name = spark.value("SELECT display_name FROM profiles WHERE user_id = current_user_id()")
        assert own["display_name"] == name
    with spark.as_role("spark_people"):
        assert spark.query("spark", "student_dashboard") == spark.query("spark", "guardian_overview") == []


PATHS = {
    "leaderboard_page": "leaderboards_scope_id_idx|idx_leaderboards_scope",
    "unread_notifications": "idx_notifications_unread",
    "sync_pull": "student_id_lesson_id_idx",
    "badge_shelf": "idx_earned_badges_user",
}


@pytest.mark.parametrize("query", PATHS)
def test_a_query_goes_by_its_index(spark: Database, query: str) -> None:
    import re

    spark.seed("spark", "reference", "demo")
    plan = spark.plan(
        (SQL / "queries" / f"{query}.sql").read_text().replace("%", "%%").rstrip().rstrip(";").split("\n", 4)[-1],
        prefer_index=True,
    )
    assert any(re.search(PATHS[query], index) for index in plan.indexes), plan.text


@pytest.mark.parametrize(
    ("query", "table"),
    [("class_roster", "student_progress"), ("student_dashboard", "student_progress"),
     ("student_dashboard", "profiles"), ("guardian_overview", "learning_analytics")],
)  # fmt: skip
def test_a_function_that_asks_once_goes_by_its_indexes(spark: Database, query: str, table: str) -> None:
    spark.seed("spark", "reference", "demo")
    spark.execute("SET LOCAL enable_seqscan = off")
    read = """SELECT sum(seq_scan), sum(idx_scan) FROM pg_stat_xact_user_tables
        WHERE relid IN (SELECT relid FROM pg_partition_tree(%s) WHERE isleaf UNION SELECT %s::regclass)"""
    with spark.as_role("spark_service", app__user_id="20000000-0000-4000-8000-000000000" + CALLERS[query]):
        whole, by_index = spark.row(read, table, table)
        assert spark.query("spark", query)
        after = spark.row(read, table, table)
    assert after[0] == whole
    assert after[1] > by_index
