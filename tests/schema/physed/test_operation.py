"""Partitions, retention, reports, seeds, jobs and queries."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from slate_pg import sqlfiles
from slate_pg.config import find_project
from slate_pg.testing.database import Database
from tests.schema.physed.factories import ANALYSIS, PARTITIONED, a_student, an_activity

PRODUCT = find_project(start=Path(__file__)).product("physed")
QUERIES = [q.name for q in sqlfiles.read_files(PRODUCT.sql / "queries")]
JOBS = [q.name for q in sqlfiles.read_files(PRODUCT.sql / "jobs")]


# Partitions


def test_months_are_made_ahead_and_a_second_run_makes_none(physed: Database) -> None:
    physed.job("physed", "create_partitions_ahead")
    assert physed.job("physed", "create_partitions_ahead") == []
    made = physed.rows("SELECT table_name, partition_name FROM create_time_partitions(1, '2030-05-20')")
    assert [p for t, p in made if t == "safety_incidents"] == [
        "safety_incidents_2030_05",
        "safety_incidents_2030_06",
    ]
    assert {t for t, _ in made} == set(PARTITIONED)


def test_a_row_of_any_day_finds_a_place_and_moves_when_its_month_is_made(physed: Database) -> None:
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    analysis = physed.insert("movement_analysis", **on, created_at="2001-02-03", analysis_data=ANALYSIS)
    physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    where = "SELECT tableoid::regclass::text FROM movement_analysis"
    assert physed.value(where) == "movement_analysis_default"
    moved = physed.rows(
        "SELECT table_name, rows_moved FROM create_time_partitions(0, '2001-02-15') WHERE rows_moved > 0"
    )
    assert moved == [("movement_analysis", 1)]
    assert physed.value(where) == "movement_analysis_2001_02"
    physed.execute("DELETE FROM students")
    assert physed.sees("movement_patterns") == 0, "the reference still cascades after the move"


def test_a_new_month_has_row_security_and_no_grant(physed: Database) -> None:
    physed.rows("SELECT * FROM create_time_partitions(0, '2001-02-15')")
    assert physed.row(
        "SELECT relrowsecurity, relacl FROM pg_class WHERE oid = 'safety_incidents_2001_02'::regclass"
    ) == (True, None)


@pytest.mark.parametrize("table", PARTITIONED)
def test_a_query_with_a_period_reads_its_months_only(physed: Database, table: str) -> None:
    physed.rows("SELECT * FROM create_time_partitions(2, '2001-02-15')")
    key = "date" if table == "safety_incidents" else "created_at"
    plan = physed.plan(f"SELECT * FROM {table} WHERE {key} >= '2001-02-01' AND {key} < '2001-03-01'")
    assert f"{table}_2001_02" in plan.text
    assert f"{table}_2001_03" not in plan.text
    assert f"{table}_default" not in plan.text


# Retention


LATER = "'2002-01-01'"


@pytest.fixture
def old(physed: Database) -> Database:
    """A month of 2001 with an analysis and its pattern, an incident, a log row; an audit row of 2001."""
    physed.rows("SELECT * FROM create_time_partitions(0, '2001-02-15')")
    on = {"student_id": a_student(physed)["id"], "activity_id": an_activity(physed)["id"]}
    analysis = physed.insert("movement_analysis", **on, created_at="2001-02-03")
    physed.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    physed.insert("safety_incidents", **on, date="2001-02-03", incident_type="fall", severity="low",
                  description="fell", action_taken="ice")  # fmt: skip
    physed.insert("activity_logs", action="x.y", created_at="2001-02-03")
    physed.insert("audit_log", table_name="x", operation="INSERT", row_id="1", created_at="2001-02-03")
    return physed


def test_by_default_nothing_is_deleted(old: Database) -> None:
    assert old.job("physed", "archive_old_records") == []
    assert old.job("physed", "clean_up_temporary_data") == []


def test_an_archived_month_is_read_only_and_takes_its_patterns_along(old: Database) -> None:
    old.execute("UPDATE retention_settings SET keep_for = '6 months'")
    done = old.rows(f"SELECT table_name, what, done FROM apply_retention('archive', {LATER})")
    assert ("movement_analysis", "movement_patterns_2001_02", "archived") in done
    assert {t for t, _, _ in done} == set(PARTITIONED)
    assert old.sees("movement_patterns") == old.sees("movement_analysis") == 0
    assert old.sees("movement_patterns_2001_02") == old.sees("movement_analysis_2001_02") == 1
    for archive in ("movement_patterns_2001_02", "movement_analysis_2001_02", "safety_incidents_2001_02"):
        with old.throws("42501", match="read-only"):
            old.execute(f"DELETE FROM {archive}")
        with old.as_role("physed_service"):
            old.denied(f"SELECT * FROM {archive}")
    assert old.rows(f"SELECT * FROM apply_retention('archive', {LATER})") == []


def test_a_deleted_month_is_gone(old: Database) -> None:
    old.execute("UPDATE retention_settings SET keep_for = '6 months', action = 'delete'")
    done = old.rows(f"SELECT what, done, rows_affected FROM apply_retention('delete', {LATER})")
    assert ("movement_patterns_2001_02", "deleted", 1) in done
    assert ("audit_log", "deleted", 1) in done
    assert old.value("SELECT to_regclass('safety_incidents_2001_02')") is None
    with old.throws("42501", match="append-only"):
        old.execute("DELETE FROM audit_log")


def no_table_is_locked(db: Database, *changed: str) -> None:
    """Let every deletion from the tables fail while this session holds ACCESS EXCLUSIVE on a table that people use."""
    db.execute(
        """CREATE FUNCTION pg_temp.refuse_locked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM pg_locks AS l INNER JOIN pg_class AS c ON c.oid = l.relation
                WHERE l.pid = pg_backend_pid() AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p')
                AND c.relname IN ('students', 'users', 'activities', 'activity_logs', 'movement_analysis')
            ) THEN RAISE 'rows go while people wait'; END IF;
            RETURN NULL;
        END $$"""
    )
    for table in changed:
        db.execute(
            f"CREATE TRIGGER locked BEFORE DELETE ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION pg_temp.refuse_locked()"
        )


@pytest.mark.parametrize("action", ["archive", "delete"])
def test_retention_takes_rows_before_it_locks_what_people_use(db_committed: Database, action: str) -> None:
    db = db_committed
    db.use("physed")
    db.rows("SELECT * FROM create_time_partitions(0, '2001-02-15')")
    on = {"student_id": a_student(db)["id"], "activity_id": an_activity(db)["id"]}
    analysis = db.insert("movement_analysis", **on, created_at="2001-02-03")
    db.insert("movement_patterns", movement_analysis_id=analysis["id"], pattern_type="jumping")
    no_table_is_locked(db, "movement_patterns", "audit_log")
    db.execute("UPDATE retention_settings SET keep_for = '6 months'")
    if action == "delete":
        db.execute("UPDATE retention_settings SET action = 'delete'")
    done = {table for table, _ in db.rows(f"SELECT table_name, what FROM apply_retention('{action}', {LATER})")}
    assert done >= set(PARTITIONED)
    assert ("audit_log" in done) == (action == "delete")
    assert db.sees("movement_patterns") == 0


def test_retention_keeps_what_is_young_enough(old: Database) -> None:
    old.execute("UPDATE retention_settings SET keep_for = '2 years', action = 'delete'")
    assert [d for d in old.rows(f"SELECT rows_affected FROM apply_retention('delete', {LATER})") if d[0]] == []


def test_a_table_that_is_not_divided_cannot_be_archived(physed: Database) -> None:
    with physed.throws("23514", constraint="retention_settings_action_check"):
        physed.execute("UPDATE retention_settings SET action = 'archive' WHERE table_name = 'audit_log'")
    with physed.throws("23514", constraint="retention_settings_table_name_check"):
        physed.insert("retention_settings", table_name="students", action="delete")


# Reports


def test_a_class_report_averages_over_students_not_over_their_records(school: Database) -> None:
    school.execute("UPDATE skill_assessments SET status = 'completed', overall_score = 60 WHERE id = 1003")
    for _ in range(3):
        school.insert("skill_assessments", student_id=1003, status="completed", overall_score=91)
    school.job("physed", "refresh_materialized_views")
    average, enrolled, waiting = school.row(
        "SELECT average_overall_score, students_enrolled, students_waitlisted FROM class_report WHERE class_id = 1001"
    )
    assert (round(average, 2), enrolled, waiting) == (round((78.5 + 91 + 60) / 3, 2), 4, 2)


def test_no_source_multiplies_another(school: Database) -> None:
    row = school.row(
        "SELECT assessments_completed, routines_completed, activities_performed, active_plans, incidents "
        "FROM student_report WHERE student_id = 1001"
    )
    assert row == (1, 1, 2, 1, 1)


def test_a_student_without_any_record_is_in_the_report(school: Database) -> None:
    assert school.value("SELECT assessments_completed FROM student_report WHERE student_id = 1007") == 0


# Seeds


# Queries


def test_each_query_says_something_about_the_demo(school: Database) -> None:
    assert [name for name in QUERIES if not school.query("physed", name)] == []
    with school.as_role("physed_service"):
        assert [name for name in QUERIES if not school.query("physed", name)] == []


def test_each_query_runs_under_row_security(school: Database) -> None:
    """What concerns no student of the teacher's is empty; the rest is answered."""
    with school.as_user("0a1b2c3d-0000-4000-8000-000000001001"):
        assert [name for name in QUERIES if not school.query("physed", name)] == []
    with school.as_user("0a1b2c3d-0000-4000-8000-000000001002"):
        seen = {name for name in QUERIES if school.query("physed", name)}
    assert not seen & {"student_plan_overview", "student_routine_metrics", "incident_report", "class_roster",
                       "movement_quality_by_type", "assistant_memory_recall"}  # fmt: skip


def test_a_day_without_a_meeting_has_no_plan(school: Database) -> None:
    assert school.query("physed", "class_day_plan", on=date(2025, 5, 6)) == []


def test_a_day_plan_lists_the_steps_in_order(school: Database) -> None:
    steps = [(s["sequence_order"], s["part"], s["step"]) for s in school.query("physed", "class_day_plan")]
    assert steps == [
        (1, "warm_up", "Dynamic stretching"), (2, "main", "Gate dribbling"), (3, "main", "Soft landing"),
        (4, "cool_down", "Walk and breathe"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (
            'SELECT * FROM activities WHERE activity_metadata @> \'{"prerequisites": ["core_strength"]}\'',
            "activities_activity_metadata_idx",
        ),
        (
            "SELECT * FROM activity_plans WHERE assessment_criteria @> '{}'",
            "activity_plans_assessment_criteria_idx",
        ),
        (
            'SELECT * FROM activity_plans WHERE progress_tracking @> \'{"weekly_metrics": [{"week": 1}]}\'',
            "activity_plans_progress_tracking_idx",
        ),
        (
            'SELECT * FROM skill_progress WHERE progress_data @> \'{"milestones_achieved": ["x"]}\'',
            "skill_progress_progress_data_idx",
        ),
        ("SELECT * FROM routines WHERE focus_areas ->> 'primary_focus' = 'cardio'", "routines_primary_focus_idx"),
        ("SELECT * FROM user_memories WHERE tags @> '[\"endurance\"]'", "user_memories_tags_idx"),
    ],
)
def test_a_search_in_json_reaches_its_index(physed: Database, sql: str, index: str) -> None:
    assert index in physed.plan(sql, prefer_index=True).indexes


@pytest.mark.parametrize("role", ["physed_service", "physed_reader"])
def test_a_back_end_role_keeps_the_index_under_row_security(physed: Database, role: str) -> None:
    with physed.as_role(role):
        plan = physed.plan("SELECT id FROM skill_progress WHERE progress_data @> '{\"x\": 1}'", prefer_index=True)
        assert "skill_progress_progress_data_idx" in plan.indexes


def test_a_search_by_kind_of_movement_reaches_its_index(physed: Database) -> None:
    plan = physed.plan(
        "SELECT * FROM movement_analysis WHERE analysis_data -> 'analysis_results' ->> 'movement_type' = 'jumping'",
        prefer_index=True,
    )
    assert any("expr" in i or "movement_type" in i for i in plan.indexes)


def test_each_query_reaches_its_index(school: Database) -> None:
    for name, index in {
        "class_roster": "class_students_", "incident_report": "safety_incidents_2025",
        "assistant_memory_recall": "user_memories_", "student_progress_chain": "movement_analysis_2025",
        "activity_search_by_metadata": "activities_activity_metadata_idx",
        "safety_checks_due": "safety_checks_open_idx", "class_day_plan": "routines_class_id_scheduled_at_idx",
    }.items():  # fmt: skip
        text = sqlfiles.find(PRODUCT.sql / "queries", name).text.replace("%", "%%")
        used = school.plan(text, prefer_index=True).indexes
        assert any(i.startswith(index) for i in used), f"{name} uses {used}"


# Jobs


def test_each_job_can_run_again(school: Database) -> None:
    for name in [*JOBS, *JOBS]:
        assert isinstance(school.job("physed", name), list), name


def test_statistics_reach_the_tables_above_the_months(school: Database) -> None:
    assert len(school.job("physed", "statistics_gathering")) == 4
    assert (
        school.value(
            "SELECT count(*) FROM pg_stats WHERE schemaname = current_schema() AND tablename = 'safety_incidents' AND inherited"
        )
        > 0
    )
