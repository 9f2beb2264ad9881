"""The trail: who it names, that it is never changed, and the month each entry stands in."""

from __future__ import annotations

from slate_pg.testing.database import Database


def test_an_action_is_logged_as_the_caller_and_as_nobody_else(world: Database) -> None:
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


def test_the_system_logs_as_nobody(vividly: Database) -> None:
    vividly.execute("SELECT log_action('nightly')")
    assert vividly.row("SELECT user_id, user_role FROM audit_logs") == (None, None)


def test_a_resource_id_longer_than_the_column_is_kept_whole(vividly: Database) -> None:
    long_id = "topic_" + "x" * 94
    vividly.execute("SELECT log_action('edit_topic', 'topic', %s)", long_id)
    assert vividly.row("SELECT resource_id, metadata ->> 'resource_id' FROM audit_logs") == (long_id[:50], long_id)


def test_the_trail_is_append_only_for_the_service_and_for_the_owner(world: Database) -> None:
    world.execute("SELECT log_action('x', 'user', 'ann')")
    with world.as_role("vividly_service"):
        for statement in ("UPDATE audit_logs SET action = 'y'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
            world.denied(statement)
    for statement in ("UPDATE audit_logs SET action = 'y'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
        with world.throws("42501", match="append-only"):
            world.execute(statement)


def test_deleting_a_person_leaves_the_trail_without_the_name(world: Database) -> None:
    with world.as_role("vividly_service", app__user_id="bob"):
        world.execute("SELECT log_action('view_own_data')")
    world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.rows("SELECT user_id, user_role::text, action, left(resource_id, 7) FROM audit_logs ORDER BY id") == [
        (None, "student", "view_own_data", None),
        (None, None, "delete_user", "erased_"),
    ]


def test_a_person_who_deletes_the_own_account_is_no_obstacle(world: Database) -> None:
    with world.as_role("vividly_service", app__user_id="bob"):
        world.execute("DELETE FROM users WHERE id = 'bob'")
    assert world.value("SELECT user_id FROM audit_logs WHERE action = 'delete_user'") is None


def test_closing_restoring_and_ranks_are_logged(world: Database) -> None:
    with world.as_role("vividly_service", app__user_id="head_north"):
        world.execute("UPDATE users SET deleted_at = now() WHERE id = 'bob'")
        world.execute("UPDATE users SET deleted_at = NULL WHERE id = 'bob'")
        world.execute("UPDATE users SET role = 'school_admin' WHERE id = 'teacher_idle'")
        world.execute("UPDATE users SET first_name = 'Bobby' WHERE id = 'bob'")
    assert world.rows("SELECT user_id, action, resource_id FROM audit_logs ORDER BY id") == [
        ("head_north", "close_user", "bob"), ("head_north", "restore_user", "bob"),
        ("head_north", "change_role", "teacher_idle"),
    ]  # fmt: skip


def test_the_trail_stands_in_its_month_and_strays_are_kept(vividly: Database) -> None:
    vividly.execute("INSERT INTO audit_logs (action) VALUES ('now')")
    vividly.execute("INSERT INTO audit_logs (action, created_at) VALUES ('far', now() + interval '20 years')")
    assert dict(vividly.rows("SELECT action, tableoid::regclass::text FROM audit_logs")) == {
        "now": vividly.value("SELECT 'audit_logs_' || to_char(now(), 'YYYY_MM')"),
        "far": "audit_logs_default",
    }


def test_a_query_with_dates_reads_only_its_months(vividly: Database) -> None:
    plan = vividly.plan("SELECT * FROM audit_logs WHERE created_at >= now() - interval '1 day' AND created_at < now()")
    text = plan.text
    assert "audit_logs_default" in text or "audit_logs_" in text
    read = vividly.rows(
        "SELECT c.relname FROM pg_class AS c WHERE c.relispartition AND c.relkind = 'r' AND "
        "position(c.relname IN %s) > 0",
        text,
    )
    assert len(read) <= 9
