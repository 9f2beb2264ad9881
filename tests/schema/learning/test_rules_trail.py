"""The trail: written by itself, never changed, never telling secrets, read by auditors alone."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import HASH, a_material, a_user, an_audit_row, months

TRAIL = "SELECT action, old_values, new_values FROM audit_logs WHERE entity_id = %s AND action <> 'create'"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_logs SET action = 'x'",
        "DELETE FROM audit_logs",
        "TRUNCATE audit_logs",
        "TRUNCATE {leaf}",
        "DELETE FROM {leaf}",
    ],
)
def test_nobody_changes_the_trail_not_even_the_owner(learning: Database, change: str) -> None:
    an_audit_row(learning)
    leaf = learning.value("SELECT tableoid::regclass::text FROM audit_logs")
    with learning.throws("42501", match="append-only"):
        learning.execute(change.format(leaf=leaf))


def test_a_truncate_of_the_quarantine_is_refused_too(learning: Database) -> None:
    with learning.throws("42501", match="append-only"):
        learning.execute("TRUNCATE audit_logs_default")


def test_a_truncate_of_a_month_made_later_is_refused_too(learning: Database) -> None:
    months(learning, "audit_logs", "2019-02-10")
    with learning.throws("42501", match="append-only"):
        learning.execute("TRUNCATE audit_logs_2019_02")


def test_the_service_appends_without_choosing_id_or_time_and_does_not_read(learning: Database) -> None:
    with learning.as_role("learning_service"):
        assert learning.execute("INSERT INTO audit_logs (action, entity_type) VALUES ('export', 'users')").rowcount == 1
        assert learning.value("SELECT write_audit('login', 'users')") is not None
        learning.denied("INSERT INTO audit_logs (action, entity_type, created_at) VALUES ('x', 'users', '2001-01-01')")
        learning.denied("INSERT INTO audit_logs (action, entity_type, id) VALUES ('x', 'users', gen_random_uuid())")
        for statement in (
            "SELECT 1 FROM audit_logs",
            "UPDATE audit_logs SET action = 'x'",
            "DELETE FROM audit_logs",
            "TRUNCATE audit_logs",
        ):
            learning.denied(statement)


def test_auditors_read_the_trail_and_nothing_else(learning: Database) -> None:
    user = a_user(learning)
    with learning.as_role("learning_auditor"):
        assert learning.sees("audit_logs") == 1
        for table in (
            "users",
            "study_materials",
            "interactions",
            "progress_metrics",
            "user_feedback",
            "audit_log_keys",
        ):
            learning.denied(f"SELECT 1 FROM {table}")
        learning.denied("INSERT INTO audit_logs (action, entity_type) VALUES ('x', 'users')")
        learning.denied("DELETE FROM audit_logs")
    for role in ("learning_reader", "learning_people"):
        with learning.as_role(role, app__user_id=user["id"]):
            learning.denied("SELECT 1 FROM audit_logs")


def test_a_new_account_leaves_a_trail_without_personal_values(learning: Database) -> None:
    user = a_user(learning, first_name="Amara")
    found = learning.row("SELECT action, entity_type, new_values FROM audit_logs WHERE entity_id = %s", user["id"])
    assert found == ("create", "users", {"is_active": True})


def test_a_changed_password_is_told_but_not_shown(learning: Database) -> None:
    user = a_user(learning)
    learning.execute("UPDATE users SET password_hash = %s WHERE id = %s", HASH[:-1] + "y", user["id"])
    assert learning.row(TRAIL, user["id"]) == ("update", None, {"redacted": ["password"]})
    assert "$2b$" not in str(learning.rows("SELECT old_values, new_values FROM audit_logs"))


def test_personal_columns_are_named_and_open_ones_shown(learning: Database) -> None:
    user = a_user(learning)
    learning.execute("UPDATE users SET is_active = false, email = 'new@example.org' WHERE id = %s", user["id"])
    assert learning.row(TRAIL, user["id"]) == (
        "update", {"is_active": True}, {"is_active": False, "redacted": ["email"]},
    )  # fmt: skip


def test_a_change_of_open_columns_redacts_nothing(learning: Database) -> None:
    user = a_user(learning)
    learning.execute("UPDATE users SET is_active = false WHERE id = %s", user["id"])
    assert learning.row(TRAIL, user["id"]) == ("update", {"is_active": True}, {"is_active": False})


@pytest.mark.parametrize("table", ["users", "study_materials"])
def test_deleting_and_restoring_are_called_so(learning: Database, table: str) -> None:
    row = a_user(learning) if table == "users" else a_material(learning)
    learning.execute(f"UPDATE {table} SET deleted_at = now() WHERE id = %s", row["id"])
    learning.execute(f"UPDATE {table} SET deleted_at = NULL WHERE id = %s", row["id"])
    assert sorted(action for action, _, _ in learning.rows(TRAIL, row["id"])) == ["restore", "soft_delete"]


def test_an_account_that_is_removed_leaves_its_end_in_the_trail(learning: Database) -> None:
    user = a_user(learning)
    learning.execute("DELETE FROM users WHERE id = %s", user["id"])
    assert learning.row(TRAIL, user["id"]) == ("delete", {"is_active": True}, None)


def test_an_entry_that_maintenance_removes_frees_its_id(learning: Database) -> None:
    entry = an_audit_row(learning)["id"]
    taken = "SELECT count(*) FROM audit_log_keys WHERE id = %s"
    assert learning.value(taken, entry) == 1
    learning.execute("SET LOCAL core.maintenance = 'on'")
    learning.execute("DELETE FROM audit_logs WHERE id = %s", entry)
    assert learning.value(taken, entry) == 0


@pytest.mark.parametrize("change", ["last_login_at = now()", "first_name = first_name", "updated_at = '2001-01-01'"])
def test_a_login_or_a_change_of_nothing_leaves_no_trail(learning: Database, change: str) -> None:
    user = a_user(learning)
    learning.execute(f"UPDATE users SET {change} WHERE id = %s", user["id"])
    assert not learning.rows(TRAIL, user["id"])


def test_one_statement_over_many_rows_leaves_one_entry_each(learning: Database) -> None:
    for _ in range(3):
        a_user(learning)
    learning.execute("UPDATE users SET is_active = false")
    assert learning.value("SELECT count(*) FROM audit_logs WHERE action = 'update'") == 3


def test_an_entry_says_who_and_from_where(learning: Database) -> None:
    user = a_user(learning)
    settings = {"app__ip_address": "192.0.2.7", "app__user_agent": "curl", "app__session_id": "web-1"}
    with learning.as_role("learning_people", app__user_id=user["id"], **settings):
        learning.execute("UPDATE users SET first_name = 'A'")
    found = learning.row(
        "SELECT user_id, host(ip_address), user_agent, session_id FROM audit_logs WHERE action = 'update'"
    )
    assert found == (user["id"], "192.0.2.7", "curl", "web-1")


@pytest.mark.parametrize("column", ["old_values", "new_values"])
@pytest.mark.parametrize("secret", [{"password_hash": "x"}, {"a": [{"b": {"password_hash": "x"}}]}, {"password": "x"}])
def test_an_entry_with_a_secret_is_refused_at_any_depth(
    learning: Database, column: str, secret: dict[str, Any]
) -> None:
    with learning.throws("23514", constraint="audit_logs_no_secrets_check"):
        an_audit_row(learning, **{column: secret})
    an_audit_row(learning, **{column: {"password_changed": True}})


def test_an_entry_may_have_no_user_but_not_an_unknown_one(learning: Database) -> None:
    assert an_audit_row(learning)["user_id"] is None
    with learning.throws("23503", constraint="audit_logs_user_id_fkey"):
        an_audit_row(learning, user_id="99999999-9999-4999-8999-999999999999")


def test_a_user_with_a_trail_is_not_removed(learning: Database) -> None:
    user = a_user(learning)
    an_audit_row(learning, user_id=user["id"])
    with learning.throws("23503", constraint="audit_logs_user_id_fkey"):
        learning.execute("DELETE FROM users WHERE id = %s", user["id"])


@pytest.mark.parametrize(
    ("forwarded", "kept"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.1, 10.0.0.2", "203.0.113.7"),
        ("203.0.113.7:4711, 10.0.0.1", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", None),
        ("", None),
        (", 10.0.0.1", None),
        ("1.2.3.4'; DROP TABLE users; --", None),
    ],
)
def test_a_forwarded_address_is_noted_and_never_refuses_the_write(
    learning: Database, forwarded: str, kept: str | None
) -> None:
    learning.execute("SELECT set_config('app.ip_address', %s, true)", forwarded)
    a_user(learning)
    learning.execute("SELECT write_audit('login', 'users')")
    assert learning.rows("SELECT DISTINCT host(ip_address) FROM audit_logs") == [(kept,)]
