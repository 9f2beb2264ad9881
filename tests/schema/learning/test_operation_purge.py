"""Leaving for good: a deleted user's things go, an anonymous row, the trail and the bare trends stay."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    a_chunk,
    a_feedback,
    a_material,
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_interaction,
    months,
    uuid,
)

EMPTY = ("study_materials", "content_chunks", "generated_assets", "learning_sessions", "interactions", "user_feedback")


def a_leaver(db: Database) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A deleted user who has one of everything, an archived interaction included."""
    user = a_user(
        db,
        first_name="Tomás",
        last_name="Rivera",
        preferences={"a": 1},
        profile_picture_url="https://x",
        last_login_at="2026-01-01",
    )
    material = a_material(db, user)
    asset = an_asset(db, material, content_chunk_id=a_chunk(db, material)["id"])
    months(db, "interactions", "2019-02-10")
    session = a_session(db, user, material)
    an_interaction(db, session, created_at="2019-02-10")
    db.execute("SELECT * FROM retire_months('interactions', 'interactions_archive', '2019-03-01')")
    interaction = an_interaction(db, session, generated_asset_id=asset["id"])
    a_feedback(db, user, interaction_id=interaction["id"])
    a_metric(db, user, learning_session_id=session["id"], metric_data={"note": "private"})
    db.execute("UPDATE users SET deleted_at = now() - interval '31 days' WHERE id = %s", user["id"])
    return user, material, asset


def test_a_purge_removes_what_the_user_made_and_did(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    done = dict(learning.rows("SELECT * FROM purge_user(%s)", user["id"]))
    assert all(learning.sees(table) == 0 for table in (*EMPTY, "interactions_archive", "interaction_keys"))
    assert done == dict.fromkeys(EMPTY, 1) | {"interactions_archive": 1, "progress_metrics": 1, "users": 1}


def test_a_purge_leaves_an_account_that_leads_to_nobody(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert learning.rows("SELECT FROM users WHERE id = %s", user["id"]) == []
    row = learning.row("SELECT to_jsonb(u) FROM users u")[0]
    assert (row["email"], row["username"]) == (f"{row['id']}@purged.invalid", f"purged_{row['id']}")
    assert not row["is_active"]
    assert row["deleted_at"]
    assert row["password_hash"] != user["password_hash"]
    gone = ("first_name", "last_name", "profile_picture_url", "preferences", "last_login_at")
    assert [row[column] for column in gone] == [None] * 5
    assert a_user(learning, email=user["email"], username=user["username"]), "the address is free again"


def test_a_purge_keeps_the_trail_and_adds_to_it(learning: Database) -> None:
    user, material, _ = a_leaver(learning)
    before = learning.rows("SELECT id FROM audit_logs")
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert set(before) < set(learning.rows("SELECT id FROM audit_logs"))
    found = dict(learning.rows("SELECT action, entity_id FROM audit_logs WHERE action IN ('purge', 'delete')"))
    key = learning.value("SELECT id FROM users")
    assert found == {"purge": key, "delete": material["id"]}
    assert user["email"] not in str(learning.rows("SELECT * FROM audit_logs"))
    assert "Tomás" not in str(learning.rows("SELECT * FROM audit_logs"))


def test_a_purge_keeps_the_values_for_trends_without_details(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert learning.row("SELECT user_id, metric_value, metric_data, learning_session_id FROM progress_metrics") == (
        learning.value("SELECT id FROM users"), 0.5, None, None,
    )  # fmt: skip


def test_a_purge_does_not_touch_what_others_did_elsewhere(learning: Database) -> None:
    user, _, asset = a_leaver(learning)
    other = a_session(learning)
    elsewhere = an_interaction(learning, other, generated_asset_id=asset["id"])
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert learning.rows("SELECT id, generated_asset_id FROM interactions") == [(elsewhere["id"], None)]
    assert learning.rows("SELECT id, total_interactions FROM learning_sessions") == [(other["id"], 1)]


def test_erase_person_erases_an_open_account_too(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    learning.execute("UPDATE users SET deleted_at = NULL, is_active = true WHERE id = %s", user["id"])
    with learning.as_user(user["id"]):
        learning.denied("SELECT erase_person(%s)", user["id"])
    with learning.as_role("learning_service"):
        assert learning.value("SELECT erase_person(%s)", user["id"]) is True
        assert learning.value("SELECT erase_person(%s)", user["id"]) is False
    relations = learning.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') "
        "AND c.relnamespace = current_schema()::regnamespace AND c.relname <> '_slate_ledger'"
    )
    for word in (str(user["id"]), user["email"], user["username"], "Tomás", "Rivera"):
        found = [r for (r,) in relations if learning.value(
            f"SELECT count(*) FROM ONLY {r} AS t WHERE position(%s IN lower(t::text)) > 0", word.lower())]  # fmt: skip
        assert found == [], word


@pytest.mark.parametrize("deleted", [False, None])
def test_only_a_deleted_user_is_purged(learning: Database, deleted: bool | None) -> None:
    target = uuid(5) if deleted is None else a_user(learning)["id"]
    with learning.throws("55000", match="is not deleted"):
        learning.execute("SELECT * FROM purge_user(%s)", target)


def test_the_service_may_ask_for_it_and_people_may_not(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    with learning.as_user(user["id"]):
        learning.denied("SELECT * FROM purge_user(%s)", user["id"])
    with learning.as_role("learning_service"):
        assert len(learning.rows("SELECT * FROM purge_user(%s)", user["id"])) == 9


def test_the_job_purges_after_thirty_days_and_once(learning: Database) -> None:
    leaver, _, _ = a_leaver(learning)
    a_user(learning, deleted_at="2999-01-01")
    assert [row["user_id"] for row in learning.job("learning", "purge_deleted_users")] == [leaver["id"]]
    assert learning.job("learning", "purge_deleted_users") == []


def test_an_interaction_that_arrives_during_a_purge_waits_and_is_refused(db_committed: Database) -> None:
    db_committed.use("learning")
    user, _material, _ = a_leaver(db_committed)
    session = db_committed.value("SELECT id FROM learning_sessions")
    with db_committed.sessions(2) as (purge, late):
        purge.use("learning"), late.use("learning")
        purge.execute("SELECT * FROM purge_user(%s)", user["id"])
        arriving = late.start(
            "INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data) "
            "VALUES (%s, %s, 'view', '{}')",
            session, user["id"],
        )  # fmt: skip
        assert arriving.blocked_by(purge)
        purge.commit()
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
            arriving.result()
        assert refused.value.sqlstate == "23503"
        late.rollback()
    assert db_committed.value("SELECT count(*) FROM interactions") == 0


def everything(db: Database) -> str:
    """Every row of every table, leaf and summary of the database's own schemas, as text; but the texts of the migrations."""
    relations = db.rows(
        "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') "
        "AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast') "
        "AND c.relname <> '_slate_ledger'"
    )
    return "\n".join(str(db.rows(f"SELECT t::text FROM ONLY {name} AS t")) for (name,) in relations)


def test_after_a_purge_the_whole_database_names_the_person_nowhere(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    trail = (
        "INSERT INTO audit_logs (user_id, action, entity_type, entity_id, new_values, error_message, ip_address, "
        "user_agent, session_id, created_at) VALUES (%s, 'login', 'users', %s, %s, %s, '203.0.113.7', 'Tomás Rivera''s', 's', %s)"
    )
    months(learning, "audit_logs", "2019-02-10")
    for day in ("2019-02-10", "2026-01-01"):
        for who in (user["id"], None):
            text = f"no password for {user['email']}, {user['username']}"
            learning.execute(trail, who, who, f'{{"name": "Tomás Rivera", "id": "{user["id"]}"}}', text, day)
    learning.execute("SELECT * FROM retire_months('audit_logs', 'audit_logs_archive', '2019-03-01')")
    learning.execute("REFRESH MATERIALIZED VIEW progress_by_period")
    words = [str(user["id"]), user["email"], "Tomás", "Rivera"]
    assert [word in everything(learning) for word in words] == [True] * 4
    before = learning.sees("audit_logs") + learning.sees("audit_logs_archive")
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert [word for word in words if word in everything(learning)] == []
    assert learning.sees("audit_logs") + learning.sees("audit_logs_archive") >= before, "that it happened stays"
    key = learning.value("SELECT entity_id FROM audit_logs WHERE action = 'purge'")
    assert learning.rows("SELECT DISTINCT user_id FROM progress_metrics") == [(key,)]
    assert learning.rows("SELECT ip_address FROM audit_logs_archive WHERE user_id = %s", key) == [(None,)]


def test_a_person_who_asks_for_the_own_purge_is_named_in_no_entry(learning: Database) -> None:
    user, _, _ = a_leaver(learning)
    learning.execute("SELECT set_config('app.user_id', %s, true)", str(user["id"]))
    learning.execute("SELECT * FROM purge_user(%s)", user["id"])
    assert str(user["id"]) not in everything(learning)


def test_a_name_is_taken_out_of_the_trail_as_a_whole_word(learning: Database) -> None:
    assert learning.value(
        "SELECT core.without_names('Ann met Annika (ann), a.b', ARRAY['Ann', 'a.b', NULL, ''], 'X')"
    ) == ("X met Annika (X), X")
