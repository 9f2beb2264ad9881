"""The trail, and what the document's retention table asks of the other tables: what leaves and what stays."""

import pytest

from .conftest import a_district, a_request, a_school, a_student, build_world, some_feedback

STATUSES = [
    "nlu_processing", "needs_clarification", "cache_check", "generating_script", "generating_audio", "generating_video",
    "fast_path_ready", "completed", "failed",
]  # fmt: skip


def job(db, name):
    return db.job("vividly", name)


# --- the trail ---------------------------------------------------------------------------------------------------


def test_an_action_is_logged_as_the_caller_and_as_nobody_else(world):
    with world.as_role("vividly_service", app__user_id="teacher_north"):
        world.execute(
            "SELECT log_action('view_student_data', 'user', 'ann', '{\"screen\": \"class\"}', '10.0.0.7', 'curl')"
        )
    assert world.rows(
        "SELECT user_id, user_role::text, action, resource_type, resource_id, host(ip_address), "
        "user_agent, metadata FROM audit_logs"
    ) == [("teacher_north", "teacher", "view_student_data", "user", "ann", "10.0.0.7", "curl", {"screen": "class"})]
    with world.as_user("ann"):
        world.denied("SELECT log_action('x')")
        world.denied("INSERT INTO audit_logs (action) VALUES ('x')")


def test_the_system_logs_as_nobody(vividly):
    vividly.execute("SELECT log_action('nightly')")
    assert vividly.row("SELECT user_id, user_role FROM audit_logs") == (None, None)


def test_a_resource_id_longer_than_the_column_is_kept_whole(vividly):
    long_id = "topic_" + "x" * 94
    vividly.execute("SELECT log_action('edit_topic', 'topic', %s)", long_id)
    assert vividly.row("SELECT resource_id, metadata ->> 'resource_id' FROM audit_logs") == (long_id[:50], long_id)


def test_the_trail_is_append_only_for_the_service_and_for_the_owner(world):
    world.execute("SELECT log_action('x', 'user', 'ann')")
    with world.as_role("vividly_service"):
        for statement in ("UPDATE audit_logs SET action = 'y'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
            world.denied(statement)
    for statement in ("UPDATE audit_logs SET action = 'y'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
        with world.throws("42501", match="append-only"):
            world.execute(statement)


def test_deleting_a_person_leaves_the_trail_without_the_name(world):
    with world.as_role("vividly_service", app__user_id="bob"):
        world.execute("SELECT log_action('view_own_data')")
    world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.rows("SELECT user_id, user_role::text, action, resource_id FROM audit_logs ORDER BY id") == [
        (None, "student", "view_own_data", None),
        (None, None, "delete_user", "bob"),
    ]


def test_a_person_who_deletes_the_own_account_is_no_obstacle(world):
    with world.as_role("vividly_service", app__user_id="bob"):
        world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.value("SELECT user_id FROM audit_logs WHERE action = 'delete_user'") is None


def test_closing_restoring_and_ranks_are_logged(world):
    with world.as_role("vividly_service", app__user_id="head_north"):
        world.execute("UPDATE users SET deleted_at = now() WHERE id = 'bob'")
        world.execute("UPDATE users SET deleted_at = NULL WHERE id = 'bob'")
        world.execute("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
        world.execute("UPDATE users SET first_name = 'Bobby' WHERE id = 'bob'")
    assert world.rows("SELECT user_id, action, resource_id FROM audit_logs ORDER BY id") == [
        ("head_north", "close_user", "bob"), ("head_north", "restore_user", "bob"),
        ("head_north", "change_role", "teacher_idle"),
    ]  # fmt: skip


def test_the_trail_stands_in_its_month_and_strays_are_kept(vividly):
    vividly.execute("INSERT INTO audit_logs (action) VALUES ('now')")
    vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES ('far', now() + interval '20 years')")
    assert dict(vividly.rows("SELECT action, tableoid::regclass::text FROM audit_logs")) == {
        "now": vividly.value("SELECT 'audit_logs_' || to_char(now(), 'YYYY_MM')"),
        "far": "audit_logs_default",
    }


def test_a_query_with_dates_reads_only_its_months(vividly):
    plan = vividly.plan("SELECT * FROM audit_logs WHERE created_at >= now() - interval '1 day' AND created_at < now()")
    text = plan.text
    assert "audit_logs_default" in text or "audit_logs_" in text
    read = vividly.rows(
        "SELECT c.relname FROM pg_class AS c WHERE c.relispartition AND c.relkind = 'r' AND "
        "position(c.relname IN %s) > 0",
        text,
    )
    assert len(read) <= 9


def test_months_are_made_ahead_once(vividly):
    assert job(vividly, "create-audit-partitions") == []
    ahead = vividly.value("SELECT max(to_value) > now() + interval '6 months' FROM core.partition_bounds('audit_logs')")
    assert ahead


def test_months_older_than_seven_years_are_detached_whole_and_read_only(vividly):
    year = vividly.value("SELECT extract(year FROM now())::integer")
    for month in (f"{year - 8}-12", f"{year - 7}-01"):
        vividly.execute(
            "SELECT core.ensure_partitions('audit_logs', 'month', 0, 0, %s::timestamptz)", f"{month}-15 00:00Z"
        )
        vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES (%s, %s)", month, f"{month}-15 00:00Z")
    archived = job(vividly, "archive-audit-logs")
    assert [(r["partition_name"].split(".")[-1], r["action"]) for r in archived] == [
        (f"audit_logs_{year - 8}_12", "archived")
    ]
    assert vividly.rows("SELECT action FROM audit_logs") == [(f"{year - 7}-01",)]
    assert vividly.rows(f"SELECT action FROM audit_logs_{year - 8}_12") == [(f"{year - 8}-12",)]
    with vividly.throws("42501", match="read-only"):
        vividly.execute(f"DELETE FROM audit_logs_{year - 8}_12")
    assert job(vividly, "archive-audit-logs") == []


def test_a_person_in_an_archived_month_can_still_be_deleted(world):
    world.execute("SELECT core.ensure_partitions('audit_logs', 'month', 0, 0, '2015-03-01')")
    world.execute("INSERT INTO audit_logs (user_id, action, created_at) VALUES ('bob', 'x', '2015-03-15')")
    job(world, "archive-audit-logs")
    world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.value("SELECT user_id FROM audit_logs_2015_03") == "bob"


# --- requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("days", [89, 91])
def test_a_request_is_soft_deleted_after_90_days_when_it_is_done(world, status, days):
    world.execute(
        "INSERT INTO content_requests (id, student_id, original_query, status, created_at) VALUES ('r', "
        "'ann', 'q', %s, now() - %s * interval '1 day')",
        status,
        days,
    )
    due = days > 90 and status in ("completed", "failed")
    assert job(world, "soft-delete-content-requests") == [{"requests_soft_deleted": int(due)}]
    assert world.value("SELECT deleted_at IS NOT NULL FROM content_requests") == due
    assert job(world, "soft-delete-content-requests") == [{"requests_soft_deleted": 0}]


def test_the_soft_delete_reads_only_what_it_has_not_dealt_with(world):
    plan = world.plan(
        "SELECT id FROM content_requests WHERE created_at < now() - interval '90 days' AND deleted_at IS NULL",
        prefer_index=True,
    )
    assert plan.indexes == {"content_requests_live_created_at_idx"}


@pytest.mark.parametrize("status", STATUSES)
def test_a_request_stalled_for_90_days_is_closed_and_then_soft_deleted(world, status):
    for key, days in (("old", 91), ("young", 89)):
        a_request(
            world, "ann", key, status=status, created_at=world.value("SELECT now() - %s * interval '1 day'", days)
        )
    closed = job(world, "close-stalled-content-requests")[0]
    ended = {"completed": "completed", "fast_path_ready": "completed"}.get(status, "failed")
    assert sum(closed.values()) == (status not in ("completed", "failed"))
    assert dict(world.rows("SELECT id, status::text FROM content_requests")) == {"old": ended, "young": status}
    assert job(world, "soft-delete-content-requests") == [{"requests_soft_deleted": 1}]
    assert sum(job(world, "close-stalled-content-requests")[0].values()) == 0


def test_soft_deleted_requests_are_exported_once_an_hour_later(world):
    for key, ago in (("a", "3 hours"), ("b", "2 hours"), ("c", "10 minutes")):
        a_request(world, "ann", key, status="completed", deleted_at=world.value("SELECT now() - %s::interval", ago))
    a_request(world, "ann", "alive")
    export = job(world, "begin-content-request-export")[0]
    assert export["row_count"] == 2
    assert job(world, "begin-content-request-export")[0]["id"] == export["id"]
    with world.as_role("vividly_service"):
        assert {i for (i,) in world.rows("SELECT id FROM content_requests_to_archive(%s)", export["id"])} == {"a", "b"}
        world.execute("SELECT confirm_export(%s, 2, 'bq://archive.requests')", export["id"])
    assert job(world, "begin-content-request-export")[0]["row_count"] == 0


# --- feedback ----------------------------------------------------------------------------------------------------


def old_feedback(db, student, years="3 years", **over):
    then = db.value("SELECT now() - %s::interval", years)
    return some_feedback(db, student, "content_a", created_at=then, **over)


def test_feedback_older_than_two_years_leaves_after_a_confirmed_export_only(world):
    old = old_feedback(world, "ann")
    young = old_feedback(world, "bob", "23 months")
    assert job(world, "delete-exported-feedback") == []
    export = job(world, "begin-feedback-export")[0]
    assert export["row_count"] == 1
    assert job(world, "delete-exported-feedback") == []
    with world.throws("23514", "retention_exports_confirmed_in_full_check"):
        world.execute("SELECT confirm_export(%s, 2, 'bq://archive.feedback')", export["id"])
    with world.as_role("vividly_service"):
        assert world.rows("SELECT id FROM feedback_to_archive(%s)", export["id"]) == [(old,)]
        world.execute("SELECT confirm_export(%s, 1, 'bq://archive.feedback')", export["id"])
    assert job(world, "delete-exported-feedback") == [{"export_id": export["id"], "rows_deleted": 1}]
    assert world.rows("SELECT id FROM feedback") == [(young,)]
    assert job(world, "delete-exported-feedback") == []
    assert world.value("SELECT rows_deleted FROM retention_exports") == 1


def test_feedback_changed_after_the_export_waits_for_the_next(world):
    old = old_feedback(world, "ann")
    export = job(world, "begin-feedback-export")[0]["id"]
    world.execute("UPDATE retention_exports SET exported_at = exported_at - interval '1 minute'")
    world.execute("UPDATE feedback SET comment = 'more' WHERE id = %s", old)
    world.execute("SELECT confirm_export(%s, 1, 'bq://x')", export)
    assert job(world, "delete-exported-feedback")[0]["rows_deleted"] == 0
    assert world.sees("feedback") == 1


def test_more_feedback_than_was_exported_is_not_deleted(world):
    old_feedback(world, "ann")
    export = job(world, "begin-feedback-export")[0]["id"]
    old_feedback(world, "bob")
    world.execute("SELECT confirm_export(%s, 1, 'bq://x')", export)
    with world.throws("23514", "retention_exports_deleted_in_full_check"):
        job(world, "delete-exported-feedback")


@pytest.mark.parametrize("table", ["users", "generated_content"])
def test_only_what_the_document_archives_is_exported(vividly, table):
    with vividly.throws("23514", "retention_exports_table_name_check"):
        vividly.execute("SELECT begin_export(%s)", table)


# --- tokens ------------------------------------------------------------------------------------------------------


def test_expired_tokens_are_cleared_and_others_stay(world):
    for key, expires in (("ann", "-1 second"), ("bob", "1 hour")):
        world.execute(
            "UPDATE users SET reset_token = 't' || id, reset_token_expires_at = now() + %s::interval WHERE id = %s",
            expires,
            key,
        )
    assert job(world, "clear-expired-reset-tokens") == [{"tokens_cleared": 1}]
    assert world.rows("SELECT id FROM users WHERE reset_token IS NOT NULL") == [("bob",)]
    assert job(world, "clear-expired-reset-tokens") == [{"tokens_cleared": 0}]
    plan = world.plan("SELECT 1 FROM users WHERE reset_token_expires_at < now()", prefer_index=True)
    assert plan.indexes == {"users_reset_token_expires_at_idx"}


# --- contracts ---------------------------------------------------------------------------------------------------


def fill(db):
    """Give the student of every school one row of everything."""
    for student in ("ann", "cid", "far"):
        db.insert("student_interests", student_id=student, interest_id="int_a", rank=1)
        db.execute("SELECT record_view(%s, 'content_a')", student)
        request = a_request(db, student)
        some_feedback(
            db, student, "content_a", "make_simpler", regeneration_request_id=request, triggered_regeneration=True
        )
    db.insert("bulk_upload_jobs", id="up", uploaded_by="head_north", school_id="school_north", file_path="x")
    db.execute(
        """INSERT INTO student_account_requests (id, teacher_id, first_name, last_name, email, grade_level, class_id)
        VALUES ('sreq', 'teacher_north', 'N', 'N', 'n@x.org', 9, 'class_north')"""
    )


def test_a_teacher_with_a_class_cannot_simply_be_deleted(world):
    with world.throws(("23001", "23503"), "classes_teacher_id_fkey"):
        world.execute("DELETE FROM users WHERE id = 'teacher_north'")


@pytest.mark.parametrize(("days", "due"), [(30, False), (31, True)])
def test_30_days_after_a_contract_its_people_are_gone_and_nobody_elses(world, days, due):
    fill(world)
    world.execute(
        "UPDATE organizations SET metadata = jsonb_build_object('contract_end', (current_date - "
        "%s)::text) WHERE id = 'org_first'",
        days,
    )
    deleted = {r["table_name"]: r["rows_deleted"] for r in job(world, "delete-users-after-contract-end")}
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
    assert job(world, "delete-users-after-contract-end") == []


def test_a_district_without_contract_end_is_never_purged(world):
    assert world.rows("SELECT * FROM purge_ended_contracts('2999-01-01')") == []


def test_a_purge_takes_the_organizations_along_when_asked(world):
    fill(world)
    steps = [t for (t,) in world.rows("SELECT table_name FROM purge_district('org_first', true) ORDER BY step")]
    assert steps[-4:] == ["classes", "users", "organizations", "organizations"]
    assert world.value("SELECT count(*) FROM organizations WHERE district_id = 'org_first'") == 0


@pytest.mark.parametrize("district", ["school_north", "org_none", None])
def test_only_a_district_is_purged(world, district):
    with world.throws("P0002"):
        world.execute("SELECT purge_district(%s)", district)


@pytest.mark.parametrize("role", ["vividly_service", "vividly_reader", "authenticated_users"])
def test_no_role_but_the_owner_purges(world, role):
    with world.as_role(role):
        world.denied("SELECT purge_district('org_first')")
        world.denied("SELECT * FROM purge_ended_contracts()")


def test_history_goes_with_the_class_as_documented_and_stays_with_a_soft_delete(world):
    fill(world)
    world.execute("UPDATE classes SET deleted_at = now() WHERE id = 'class_north'")
    assert world.sees("student_account_requests") == 1
    world.execute("DELETE FROM classes WHERE id = 'class_north'")
    assert world.sees("student_account_requests") == 0


# --- concurrency -------------------------------------------------------------------------------------------------


@pytest.fixture
def two(db_committed):
    """A committed world and two sessions in Vividly's path."""
    db_committed.use("vividly")
    build_world(db_committed)
    with db_committed.sessions(2) as (a, b):
        a.use("vividly")
        b.use("vividly")
        yield a, b


def test_two_ratings_at_once_are_both_counted(two):
    a, b = two
    rate = """INSERT INTO feedback (id, student_id, content_id, feedback_type, rating)
        VALUES (%s, %s, 'content_a', 'rating_only', %s)"""
    a.execute(rate, "f1", "ann", 5)
    second = b.start(rate, "f2", "bob", 2)
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT rating_count, average_rating::float FROM generated_content") == [(2, 3.5)]


def test_two_views_of_one_student_at_once_are_both_counted(two):
    a, b = two
    a.execute("SELECT record_view('ann', 'content_a', 10)")
    second = b.start("SELECT record_view('ann', 'content_a', 20)")
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT view_count, total_time_seconds FROM student_progress") == [(2, 30)]
    assert a.rows("SELECT view_count FROM generated_content") == [(2,)]


def test_a_teacher_given_a_class_meanwhile_does_not_change_school(two):
    a, b = two
    a.execute(
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('class_new', 'N', 'teacher_idle', "
        "'school_north')"
    )
    move = b.start("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
    assert move.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="still has classes"):
        move.result()
    b.rollback()


def test_a_class_given_to_a_teacher_who_leaves_meanwhile_is_refused(two):
    a, b = two
    a.execute("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
    opening = b.start(
        "INSERT INTO classes (id, name, teacher_id, school_id) VALUES ('class_new', 'N', 'teacher_idle', "
        "'school_north')"
    )
    assert opening.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="is not a teacher of school"):
        opening.result()
    b.rollback()


def test_a_student_who_asks_meanwhile_stays_a_student(two):
    a, b = two
    a.execute("INSERT INTO content_requests (id, student_id, original_query) VALUES ('r', 'bob', 'q')")
    change = b.start("UPDATE users SET role = 'teacher', grade_level = NULL WHERE id = 'bob'")
    assert change.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="stays a student"):
        change.result()
    b.rollback()


def test_two_moves_at_once_do_not_close_a_circle(two):
    a, b = two
    for key in ("x", "y"):
        a.execute("INSERT INTO topics (id, title, subject) VALUES (%s, 'T', 'physics')", key)
    a.commit()
    a.execute("UPDATE topics SET parent_id = 'y' WHERE id = 'x'")
    second = b.start("UPDATE topics SET parent_id = 'x' WHERE id = 'y'")
    assert second.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="part of it"):
        second.result()
    b.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'",
        "UPDATE topics SET parent_id = 'y' WHERE id = 'x'",
    ],
    ids=["a_role", "a_topic"],
)
def test_what_an_old_snapshot_cannot_judge_does_not_change_in_one(db_committed, change):
    db_committed.use("vividly")
    build_world(db_committed)
    db_committed.execute("INSERT INTO topics (id, title, subject) VALUES ('x', 'X', 's'), ('y', 'Y', 's')")
    with db_committed.throws("25000", match="REPEATABLE READ"):
        db_committed.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        db_committed.execute(change)
    for level in ("READ COMMITTED", "SERIALIZABLE"):
        with db_committed.connection.transaction(force_rollback=True):
            db_committed.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            assert db_committed.execute(change).rowcount == 1


def test_an_update_that_changes_no_role_is_not_held_up(two):
    a, b = two
    a.execute("INSERT INTO content_requests (id, student_id, original_query) VALUES ('r', 'bob', 'q')")
    login = b.start("UPDATE users SET last_login_at = now(), role = 'student' WHERE id = 'bob'")
    assert login.result() == 1
    a.rollback()
    b.rollback()


def test_two_enrolments_of_one_student_at_once_are_one(two):
    a, b = two
    enroll = "SELECT enroll_student('class_north', 'bob')"
    a.execute(enroll)
    second = b.start(enroll)
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT count(*) FROM class_students WHERE student_id = 'bob'") == [(1,)]


def test_two_videos_for_one_triple_at_once_are_one(two):
    a, b = two
    make = """INSERT INTO generated_content (id, topic_id, interest_id, style, content_type)
        VALUES (%s, 'topic_a', 'int_a', 'story', 'vivid_now')"""
    a.execute(make, "c1")
    second = b.start(make, "c2")
    assert second.blocked_by(a)
    a.commit()
    with pytest.raises(Exception, match="duplicate key"):
        second.result()
    b.rollback()


def test_nobody_enters_a_district_that_is_being_purged(two):
    a, b = two
    a.execute("SELECT purge_district('org_first')")
    entering = b.start(
        """INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
        VALUES ('late', 'late@x.org', 'x', 'L', 'T', 'student', 'school_north', 9)"""
    )
    assert entering.blocked_by(a)
    a.rollback()
    assert entering.result() == 1
    b.rollback()


def test_two_exports_at_once_are_one(two):
    a, b = two
    a.execute("SELECT begin_export('feedback')")
    second = b.start("SELECT begin_export('feedback')")
    assert second.blocked_by(a)
    a.commit()
    second.result()
    b.commit()
    assert a.rows("SELECT count(*) FROM retention_exports") == [(1,)]


def test_a_purge_of_another_district_is_not_waited_for(two):
    a, b = two
    a.execute("SELECT purge_district('org_other')")
    entering = b.start("UPDATE users SET first_name = 'Anna' WHERE id = 'ann'")
    assert entering.result() == 1
    a.rollback()
    b.rollback()


def test_a_new_district_has_nobody_to_purge(vividly):
    district = a_district(vividly)
    a_school(vividly, district)
    a_student(vividly, a_school(vividly, a_district(vividly)))
    assert vividly.value("SELECT sum(rows_deleted) FROM purge_district(%s)", district) == 0
