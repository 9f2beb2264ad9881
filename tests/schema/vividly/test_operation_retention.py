"""What the document's retention table asks of each table: what leaves and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.vividly.factories import a_feedback, a_request, an_account_request

STATUSES = [
    "nlu_processing", "needs_clarification", "cache_check", "generating_script", "generating_audio", "generating_video",
    "fast_path_ready", "completed", "failed",
]  # fmt: skip


def job(db: Database, name: str) -> list[dict[str, Any]]:
    """Run a job of the product."""
    return db.job("vividly", name)


# The trail


def test_months_are_made_ahead_once(vividly: Database) -> None:
    assert job(vividly, "create_partitions_ahead") == []
    ahead = vividly.value("SELECT max(to_value) > now() + interval '6 months' FROM core.partition_bounds('audit_logs')")
    assert ahead


def test_months_older_than_seven_years_are_detached_whole_and_read_only(vividly: Database) -> None:
    year = vividly.value("SELECT extract(year FROM now())::integer")
    for month in (f"{year - 8}-12", f"{year - 7}-01"):
        vividly.execute(
            "SELECT core.ensure_partitions('audit_logs', 'month', 0, 0, %s::timestamptz)", f"{month}-15 00:00Z"
        )
        vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES (%s, %s)", month, f"{month}-15 00:00Z")
    archived = job(vividly, "archive_audit_logs")
    assert [(r["partition_name"].split(".")[-1], r["action"]) for r in archived] == [
        (f"audit_logs_{year - 8}_12", "archived")
    ]
    assert vividly.rows("SELECT action FROM audit_logs") == [(f"{year - 7}-01",)]
    assert vividly.rows(f"SELECT action FROM audit_logs_{year - 8}_12") == [(f"{year - 8}-12",)]
    with vividly.throws("42501", match="read-only"):
        vividly.execute(f"DELETE FROM audit_logs_{year - 8}_12")
    assert job(vividly, "archive_audit_logs") == []


def test_a_person_in_an_archived_month_can_still_be_deleted(world: Database) -> None:
    world.execute("SELECT core.ensure_partitions('audit_logs', 'month', 0, 0, '2015-03-01')")
    world.execute("INSERT INTO audit_logs (user_id, action, created_at) VALUES ('bob', 'x', '2015-03-15')")
    job(world, "archive_audit_logs")
    world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.row("SELECT user_id, action FROM audit_logs_2015_03") == (None, "x")


def test_a_row_of_long_ago_is_archived_from_the_default_partition(vividly: Database) -> None:
    vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES ('old', '2015-03-15')")
    assert [r["action"] for r in job(vividly, "archive_audit_logs")] == ["archived"]
    vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES ('late', '2015-03-16')")
    job(vividly, "archive_audit_logs")
    assert vividly.sees("audit_logs") == 0
    assert vividly.rows("SELECT action FROM audit_logs_2015_03 ORDER BY 1") == [("late",), ("old",)]


def test_how_long_the_trail_is_kept_is_a_row(vividly: Database) -> None:
    vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES ('old', now() - interval '3 years')")
    assert job(vividly, "archive_audit_logs") == []
    vividly.execute("UPDATE retention_settings SET keep_for = '1 year' WHERE table_name LIKE 'audit_logs%%'")
    assert [r["action"] for r in job(vividly, "archive_audit_logs")] == ["archived", "dropped"]
    assert vividly.sees("audit_logs") == 0


def test_papers_are_kept_until_a_period_is_set(world: Database) -> None:
    an_account_request(world, status="denied", reviewed_at="2020-01-01")
    an_account_request(world, id="open")
    for key, status in (("done", "completed"), ("queued", "queued")):
        world.insert("bulk_upload_jobs", id=key, uploaded_by="head_north", school_id="school_north", file_path="x",
                     status=status)  # fmt: skip
    for _ in range(2):
        world.execute("SELECT confirm_export(id, 0, 'bq://x') FROM begin_export('content_requests')")
    assert job(world, "delete_old_papers") == []
    world.execute("UPDATE retention_settings SET keep_for = '1 microsecond'")
    assert {r["table_name"]: r["rows_deleted"] for r in job(world, "delete_old_papers")} == {
        "bulk_upload_jobs": 0, "retention_exports": 0, "student_account_requests": 1,
    }  # fmt: skip
    assert world.rows("SELECT id FROM student_account_requests") == [("open",)]


# Requests


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("days", [89, 91])
def test_a_request_is_soft_deleted_after_90_days_when_it_is_done(world: Database, status: str, days: int) -> None:
    world.execute(
        "INSERT INTO content_requests (id, student_id, original_query, status, created_at) VALUES ('r', "
        "'ann', 'q', %s, now() - %s * interval '1 day')",
        status,
        days,
    )
    due = days > 90 and status in ("completed", "failed")
    assert job(world, "soft_delete_content_requests") == [{"requests_soft_deleted": int(due)}]
    assert world.value("SELECT deleted_at IS NOT NULL FROM content_requests") == due
    assert job(world, "soft_delete_content_requests") == [{"requests_soft_deleted": 0}]


def test_the_soft_delete_reads_only_what_it_has_not_dealt_with(world: Database) -> None:
    plan = world.plan(
        "SELECT id FROM content_requests WHERE created_at < now() - interval '90 days' AND deleted_at IS NULL",
        prefer_index=True,
    )
    assert plan.indexes == {"content_requests_live_created_at_idx"}


@pytest.mark.parametrize("status", STATUSES)
def test_a_request_stalled_for_90_days_is_closed_and_then_soft_deleted(world: Database, status: str) -> None:
    for key, days in (("old", 91), ("young", 89)):
        a_request(
            world, "ann", key, status=status, created_at=world.value("SELECT now() - %s * interval '1 day'", days)
        )
    closed = job(world, "close_stalled_content_requests")[0]
    ended = {"completed": "completed", "fast_path_ready": "completed"}.get(status, "failed")
    assert sum(closed.values()) == (status not in ("completed", "failed"))
    assert dict(world.rows("SELECT id, status::text FROM content_requests")) == {"old": ended, "young": status}
    assert job(world, "soft_delete_content_requests") == [{"requests_soft_deleted": 1}]
    assert sum(job(world, "close_stalled_content_requests")[0].values()) == 0


def test_an_old_failure_that_was_tried_again_is_not_closed_by_the_job(world: Database) -> None:
    long_ago = world.value("SELECT now() - interval '91 days'")
    a_request(world, "ann", "again", status="failed", created_at=long_ago, updated_at=long_ago)
    world.execute("UPDATE content_requests SET status = 'nlu_processing', retry_count = 1")
    assert sum(job(world, "close_stalled_content_requests")[0].values()) == 0


def test_the_day_of_a_purge_is_that_of_utc(world: Database) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        world.execute("SELECT set_config('timezone', %s, true)", zone)
        days = "(now() AT TIME ZONE 'UTC')::date - 30"
        world.execute(
            f"UPDATE organizations SET metadata = jsonb_build_object('contract_end', ({days})::text) "
            "WHERE id = 'org_other'"
        )
        assert world.rows("SELECT * FROM purge_ended_contracts()") == []


def test_soft_deleted_requests_are_exported_once_an_hour_later(world: Database) -> None:
    for key, ago in (("a", "3 hours"), ("b", "2 hours"), ("c", "10 minutes")):
        a_request(world, "ann", key, status="completed", deleted_at=world.value("SELECT now() - %s::interval", ago))
    a_request(world, "ann", "alive")
    export = job(world, "begin_content_request_export")[0]
    assert export["row_count"] == 2
    assert job(world, "begin_content_request_export")[0]["id"] == export["id"]
    with world.as_role("vividly_service"):
        assert {i for (i,) in world.rows("SELECT id FROM content_requests_to_archive(%s)", export["id"])} == {"a", "b"}
        world.execute("SELECT confirm_export(%s, 2, 'bq://archive.requests')", export["id"])
    assert job(world, "begin_content_request_export")[0]["row_count"] == 0


# Feedback


def old_feedback(db: Database, student: str, years: str = "3 years", **over: Any) -> str:
    """Insert feedback of that age; return its id."""
    then = db.value("SELECT now() - %s::interval", years)
    return a_feedback(db, student, "content_a", created_at=then, **over)["id"]


def test_feedback_older_than_two_years_leaves_after_a_confirmed_export_only(world: Database) -> None:
    old = old_feedback(world, "ann")
    young = old_feedback(world, "bob", "23 months")
    assert job(world, "delete_exported_feedback") == []
    export = job(world, "begin_feedback_export")[0]
    assert export["row_count"] == 1
    assert job(world, "delete_exported_feedback") == []
    with world.throws("23514", "retention_exports_confirmed_in_full_check"):
        world.execute("SELECT confirm_export(%s, 2, 'bq://archive.feedback')", export["id"])
    with world.as_role("vividly_service"):
        assert world.rows("SELECT id FROM feedback_to_archive(%s)", export["id"]) == [(old,)]
        world.execute("SELECT confirm_export(%s, 1, 'bq://archive.feedback')", export["id"])
    assert job(world, "delete_exported_feedback") == [{"export_id": export["id"], "rows_deleted": 1}]
    assert world.rows("SELECT id FROM feedback") == [(young,)]
    assert job(world, "delete_exported_feedback") == []
    assert world.value("SELECT rows_deleted FROM retention_exports") == 1


def test_feedback_changed_after_the_export_waits_for_the_next(world: Database) -> None:
    old = old_feedback(world, "ann")
    export = job(world, "begin_feedback_export")[0]["id"]
    world.execute("UPDATE retention_exports SET exported_at = exported_at - interval '1 minute'")
    world.execute("UPDATE feedback SET comment = 'more' WHERE id = %s", old)
    world.execute("SELECT confirm_export(%s, 1, 'bq://x')", export)
    assert job(world, "delete_exported_feedback")[0]["rows_deleted"] == 0
    assert world.sees("feedback") == 1


def test_more_feedback_than_was_exported_is_not_deleted(world: Database) -> None:
    old_feedback(world, "ann")
    export = job(world, "begin_feedback_export")[0]["id"]
    old_feedback(world, "bob")
    world.execute("SELECT confirm_export(%s, 1, 'bq://x')", export)
    with world.throws("23514", "retention_exports_deleted_in_full_check"):
        job(world, "delete_exported_feedback")


@pytest.mark.parametrize("table", ["users", "generated_content"])
def test_only_what_the_document_archives_is_exported(vividly: Database, table: str) -> None:
    with vividly.throws("23514", "retention_exports_table_name_check"):
        vividly.execute("SELECT begin_export(%s)", table)


# Tokens


def test_expired_tokens_are_cleared_and_others_stay(world: Database) -> None:
    for key, expires in (("ann", "-1 second"), ("bob", "1 hour")):
        world.execute(
            "UPDATE users SET reset_token = 't' || id, reset_token_expires_at = now() + %s::interval WHERE id = %s",
            expires,
            key,
        )
    assert job(world, "clear_expired_reset_tokens") == [{"tokens_cleared": 1}]
    assert world.rows("SELECT id FROM users WHERE reset_token IS NOT NULL") == [("bob",)]
    assert job(world, "clear_expired_reset_tokens") == [{"tokens_cleared": 0}]
    plan = world.plan("SELECT 1 FROM users WHERE reset_token_expires_at < now()", prefer_index=True)
    assert plan.indexes == {"users_reset_token_expires_at_idx"}


# Contracts


def fill(db: Database) -> None:
    """Give the student of every school one row of everything."""
    for student in ("ann", "cid", "far"):
        db.insert("student_interests", student_id=student, interest_id="int_a", rank=1)
        db.execute("SELECT record_view(%s, 'content_a')", student)
        request = a_request(db, student)["id"]
        a_feedback(
            db, student, "content_a", "make_simpler", regeneration_request_id=request, triggered_regeneration=True
        )
    db.insert("bulk_upload_jobs", id="up", uploaded_by="head_north", school_id="school_north", file_path="x")
    db.execute(
        """INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id)
        VALUES ('sreq', 'teacher_north', 'N', 'N', 'n@x.org', 9, 'class_north')"""
    )


def test_a_teacher_with_a_class_cannot_simply_be_deleted(world: Database) -> None:
    with world.throws(("23001", "23503"), "classes_teacher_id_fkey"):
        world.execute("DELETE FROM users WHERE id = 'teacher_north'")


@pytest.mark.parametrize(("days", "due"), [(30, False), (31, True)])
def test_30_days_after_a_contract_its_people_are_gone_and_nobody_elses(world: Database, days: int, due: bool) -> None:
    fill(world)
    world.execute(
        "UPDATE organizations SET metadata = jsonb_build_object('contract_end', (current_date - "
        "%s)::text) WHERE id = 'org_first'",
        days,
    )
    deleted = {r["table_name"]: r["rows_deleted"] for r in job(world, "delete_users_after_contract_end")}
    if not due:
        assert deleted == {}
        return
    assert deleted == {
        "feedback": 2, "student_progress": 2, "student_interests": 2, "content_requests": 2,
        "student_account_requests": 1,
        "bulk_upload_jobs": 1, "class_students": 2, "classes": 2, "users": 8,
    }  # fmt: skip
    assert world.rows("SELECT DISTINCT district_id FROM users ORDER BY 1") == [("org_other",), ("org_vividly",)]
    assert world.rows("SELECT student_id FROM student_progress") == [("far",)]
    assert world.rows("SELECT view_count FROM generated_content") == [(1,)]
    assert (
        world.value("SELECT count(*) FROM organizations WHERE district_id = 'org_first' AND deleted_at IS NOT NULL")
        == 3
    )
    assert world.value("SELECT count(*) FROM audit_logs WHERE action = 'delete_user'") == 8
    assert job(world, "delete_users_after_contract_end") == []


def test_a_district_without_contract_end_is_never_purged(world: Database) -> None:
    assert world.rows("SELECT * FROM purge_ended_contracts('2999-01-01')") == []


def test_a_purge_takes_the_organizations_along_when_asked(world: Database) -> None:
    fill(world)
    steps = [t for (t,) in world.rows("SELECT table_name FROM purge_district('org_first', true) ORDER BY step")]
    assert steps[-4:] == ["classes", "users", "organizations", "organizations"]
    assert world.value("SELECT count(*) FROM organizations WHERE district_id = 'org_first'") == 0


@pytest.mark.parametrize("district", ["school_north", "org_none", None])
def test_only_a_district_is_purged(world: Database, district: str | None) -> None:
    with world.throws("P0002"):
        world.execute("SELECT purge_district(%s)", district)


@pytest.mark.parametrize("role", ["vividly_service", "vividly_reader", "vividly_people"])
def test_no_role_but_the_owner_purges(world: Database, role: str) -> None:
    with world.as_role(role):
        world.denied("SELECT purge_district('org_first')")
        world.denied("SELECT * FROM purge_ended_contracts()")


def test_history_goes_with_the_class_as_documented_and_stays_with_a_soft_delete(world: Database) -> None:
    fill(world)
    world.execute("UPDATE classes SET deleted_at = now() WHERE id = 'class_north'")
    assert world.sees("student_account_requests") == 1
    world.execute("DELETE FROM classes WHERE id = 'class_north'")
    assert world.sees("student_account_requests") == 0
