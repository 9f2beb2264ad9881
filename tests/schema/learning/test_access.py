"""The user is the tenant: what each role sees and may do, from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    HASH,
    a_chunk,
    a_feedback,
    a_material,
    a_metric,
    a_session,
    a_user,
    an_asset,
    an_interaction,
)

OWN = [
    "users", "study_materials", "content_chunks", "generated_assets", "learning_sessions",
    "interactions", "user_feedback", "progress_metrics",
]  # fmt: skip


def a_world(db: Database) -> dict[str, dict[str, Any]]:
    """Everything one user can have."""
    user = a_user(db)
    material = a_material(db, user)
    chunk, asset = a_chunk(db, material), an_asset(db, material)
    session = a_session(db, user, material)
    interaction = an_interaction(db, session, generated_asset_id=asset["id"])
    said = a_feedback(db, user, interaction_id=interaction["id"])
    metric = a_metric(db, user, learning_session_id=session["id"])
    rows = (user, material, chunk, asset, session, interaction, said, metric)
    return dict(zip(OWN, rows, strict=True))


@pytest.fixture
def mine(learning: Database) -> dict[str, dict[str, Any]]:
    return a_world(learning)


@pytest.fixture
def other(learning: Database) -> dict[str, dict[str, Any]]:
    return a_world(learning)


@pytest.mark.parametrize("table", OWN)
def test_a_user_sees_own_rows_and_no_others(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_user(mine["users"]["id"]):
        assert learning.rows(f"SELECT id FROM {table}") == [(mine[table]["id"],)]
    with learning.as_user(other["users"]["id"]):
        assert learning.rows(f"SELECT id FROM {table}") == [(other[table]["id"],)]


@pytest.mark.parametrize("table", OWN)
def test_without_an_identity_nothing_is_seen(learning: Database, mine: dict[str, dict[str, Any]], table: str) -> None:
    with learning.as_role("learning_people"):
        assert learning.sees(table) == 0


@pytest.mark.parametrize("table", OWN)
def test_a_malformed_identity_is_an_error_and_not_an_empty_answer(
    learning: Database, mine: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_role("learning_people", app__user_id="1 or 1=1"), learning.throws("22P02"):
        learning.sees(table)


CHANGES = {
    "users": "first_name = 'X'",
    "study_materials": "title = 'X'",
    "content_chunks": "content = 'X'",
    "generated_assets": "metadata = '{}'",
    "learning_sessions": "status = 'completed'",
    "interactions": "feedback_data = '{}'",
    "user_feedback": "rating = 1",
}


@pytest.mark.parametrize("table", CHANGES)
def test_a_user_changes_own_rows_and_never_anothers(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_user(mine["users"]["id"]):
        assert learning.execute(f"UPDATE {table} SET {CHANGES[table]}").rowcount == 1
        learning.filtered(f"UPDATE {table} SET {CHANGES[table]} WHERE id = %s", other[table]["id"])


@pytest.mark.parametrize("table", ["content_chunks", "generated_assets", "user_feedback"])
def test_a_user_deletes_own_rows_and_never_anothers(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]], table: str
) -> None:
    if table == "generated_assets":
        asset = an_asset(learning, mine["study_materials"])
    with learning.as_user(mine["users"]["id"]):
        learning.filtered(f"DELETE FROM {table} WHERE id = %s", other[table]["id"])
        target = asset if table == "generated_assets" else mine[table]
        assert learning.execute(f"DELETE FROM {table} WHERE id = %s", target["id"]).rowcount == 1


@pytest.mark.parametrize("table", ["users", "study_materials", "learning_sessions", "interactions", "progress_metrics"])
def test_what_is_kept_for_the_record_no_user_deletes(
    learning: Database, mine: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_user(mine["users"]["id"]):
        learning.denied(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET password_hash = 'x'",
        "UPDATE users SET email = 'taken@example.org'",
        "UPDATE users SET username = 'taken'",
        "UPDATE users SET is_active = true",
        "UPDATE users SET deleted_at = NULL",
        "UPDATE learning_sessions SET user_id = user_id",
        "UPDATE learning_sessions SET total_interactions = 9",
        "UPDATE interactions SET is_correct = true",
        "UPDATE progress_metrics SET metric_value = 1",
        "INSERT INTO progress_metrics (user_id, metric_type, metric_value) SELECT id, 'accuracy', 1 FROM users",
        "SELECT password_hash FROM users",
        "SELECT * FROM interaction_keys",
        "SELECT * FROM progress_by_period",
        "SELECT * FROM asset_quality",
        "SELECT * FROM audit_logs",
        "SELECT write_audit('x', 'users')",
        "SELECT purge_user(current_user_id())",
        "SELECT record_session_metrics(gen_random_uuid())",
        "SELECT * FROM retire_months('interactions', 'interactions_archive', now())",
        "SELECT * FROM delete_inactive_interactions()",
        "SELECT * FROM fold_session_data()",
        "SELECT * FROM purge_deleted_users()",
        "SELECT * FROM create_month_partitions('interactions')",
        "TRUNCATE users",
    ],
)
def test_a_user_may_not(learning: Database, mine: dict[str, dict[str, Any]], statement: str) -> None:
    with learning.as_user(mine["users"]["id"]):
        learning.denied(statement)


def test_a_user_cannot_give_rows_away(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> None:
    stranger = other["users"]["id"]
    with learning.as_user(mine["users"]["id"]):
        learning.check_violation("UPDATE study_materials SET user_id = %s", stranger)
        learning.check_violation("UPDATE content_chunks SET study_material_id = %s", other["study_materials"]["id"])
        learning.check_violation("UPDATE generated_assets SET study_material_id = %s", other["study_materials"]["id"])


def test_a_user_adds_to_own_things_and_cannot_even_learn_that_others_exist(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> None:
    """A foreign key alone would accept a hidden parent and refuse a missing one, and so tell them apart."""
    me, hidden = mine["users"]["id"], other
    add = {
        "INSERT INTO study_materials (user_id, title, source_type) VALUES (%s, 't', 'text')": (me, hidden["users"]["id"]),
        "INSERT INTO content_chunks (study_material_id, chunk_order, content, chunk_type) VALUES (%s, 99, 'c', 'p')": (
            mine["study_materials"]["id"], hidden["study_materials"]["id"],
        ),
        "INSERT INTO generated_assets (study_material_id, asset_type, content, generation_model) VALUES (%s, 'quiz', '{}', 'm')": (
            mine["study_materials"]["id"], hidden["study_materials"]["id"],
        ),
        "INSERT INTO learning_sessions (user_id, study_material_id, session_type) VALUES (current_user_id(), %s, 'quiz')": (
            mine["study_materials"]["id"], hidden["study_materials"]["id"],
        ),
        f"INSERT INTO interactions (learning_session_id, user_id, interaction_type, interaction_data, generated_asset_id) "
        f"VALUES ('{mine['learning_sessions']['id']}', current_user_id(), 'view', '{{}}', %s)": (
            mine["generated_assets"]["id"], hidden["generated_assets"]["id"],
        ),
        "INSERT INTO user_feedback (user_id, feedback_type, generated_asset_id) VALUES (current_user_id(), 'rating', %s)": (
            mine["generated_assets"]["id"], hidden["generated_assets"]["id"],
        ),
    }  # fmt: skip
    with learning.as_user(me):
        for statement, (own, foreign) in add.items():
            assert learning.execute(statement, own).rowcount == 1
            learning.check_violation(statement, foreign)
            learning.check_violation(statement, "99999999-9999-4999-8999-999999999999")


def test_a_user_says_something_about_nothing_in_particular(learning: Database, mine: dict[str, dict[str, Any]]) -> None:
    say = "INSERT INTO user_feedback (user_id, feedback_type, comment) VALUES (%s, 'comment', 'Good.')"
    with learning.as_user(mine["users"]["id"]):
        assert learning.execute(say, mine["users"]["id"]).rowcount == 1


def test_a_partition_asked_directly_shows_nothing(learning: Database, mine: dict[str, dict[str, Any]]) -> None:
    leaf = learning.value("SELECT tableoid::regclass::text FROM interactions")
    with learning.as_user(mine["users"]["id"]):
        learning.denied(f"SELECT 1 FROM {leaf}")
    learning.execute(f"GRANT SELECT ON {leaf} TO authenticated_users")
    with learning.as_user(mine["users"]["id"]):
        assert learning.sees(leaf) == 0


@pytest.mark.parametrize("table", OWN)
def test_the_reader_reads_all_and_writes_nothing(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_role("learning_reader"):
        assert learning.value(f"SELECT count(id) FROM {table}") == 2
        learning.denied(f"UPDATE {table} SET id = id")
        learning.denied(f"DELETE FROM {table}")
        learning.denied("SELECT password_hash FROM users")


@pytest.mark.parametrize("table", OWN)
def test_the_service_sees_and_adds_for_everybody(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]], table: str
) -> None:
    with learning.as_role("learning_service"):
        assert learning.sees(table) == 2


def test_the_service_runs_a_whole_day(learning: Database) -> None:
    with learning.as_role("learning_service"):
        world = a_world(learning)
        learning.execute("UPDATE users SET last_login_at = now() WHERE id = %s", world["users"]["id"])
        learning.execute("UPDATE interactions SET is_correct = true")
        learning.value("SELECT record_session_metrics(%s)", world["learning_sessions"]["id"])
        learning.execute("DELETE FROM user_feedback")
        learning.execute("DELETE FROM interactions")
        for kept in ("users", "study_materials", "learning_sessions"):
            learning.denied(f"DELETE FROM {kept}")


def test_another_products_service_gets_nothing(learning: Database) -> None:
    with learning.as_role("spark_service"):
        learning.denied("SELECT 1 FROM learning.users")


def test_a_users_rows_are_found_by_index_under_row_security(
    learning: Database, mine: dict[str, dict[str, Any]]
) -> None:
    with learning.as_user(mine["users"]["id"]):
        for table, index in (
            ("study_materials", "idx_study_materials_user_id"),
            ("learning_sessions", "idx_learning_sessions_user_id"),
            ("user_feedback", "idx_user_feedback_user_id"),
        ):
            assert index in learning.plan(f"SELECT * FROM {table}", prefer_index=True).indexes
        plan = learning.plan("SELECT * FROM interactions", prefer_index=True)
        found = {name for name in plan.indexes if "users_" not in name}  # whose account it is: my_account
        assert found
        assert all(name.endswith("_user_id_idx") for name in found)
        chunks = learning.plan("SELECT * FROM content_chunks", prefer_index=True).indexes
        assert chunks & {"idx_content_chunks_study_material_id", "idx_content_chunks_chunk_order"}


def test_a_sign_up_needs_no_identity_and_a_hash(learning: Database) -> None:
    with learning.as_role("learning_service"):
        a_user(learning, password_hash=HASH)


ENDED = {"deactivated": "is_active = false", "deleted": "deleted_at = now()"}


@pytest.mark.parametrize("end", ENDED)
def test_a_closed_account_reads_and_writes_nothing_from_the_next_statement_on(
    learning: Database, mine: dict[str, dict[str, Any]], end: str
) -> None:
    me = mine["users"]["id"]
    learning.execute("REFRESH MATERIALIZED VIEW asset_quality")
    with learning.as_user(me):
        assert learning.sees("my_asset_quality") == 1
    learning.execute(f"UPDATE users SET {ENDED[end]} WHERE id = %s", me)
    with learning.as_user(me):
        assert {t: learning.sees(t) for t in (*OWN, "my_asset_quality")} == dict.fromkeys((*OWN, "my_asset_quality"), 0)
        for table, change in CHANGES.items():
            learning.filtered(f"UPDATE {table} SET {change}")
        learning.filtered("DELETE FROM user_feedback")
        add = "INSERT INTO study_materials (user_id, title, source_type) VALUES (%s, 't', 'text')"
        learning.check_violation(add, me)
        with learning.throws("23503", "interactions_learning_session_id_fkey"):
            learning.execute("SELECT record_interaction(NULL, %s, 'view', '{}')", mine["learning_sessions"]["id"])


def test_what_is_written_in_anothers_name_is_refused_alike_whatever_there_is(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> None:
    add = (
        "INSERT INTO user_feedback (user_id, feedback_type, interaction_id, generated_asset_id) "
        "VALUES (%s, 'rating', %s, %s)"
    )
    them, there = other["users"]["id"], other["interactions"]["id"]
    missing, asset = "99999999-9999-4999-8999-999999999999", mine["generated_assets"]["id"]
    for caller in (mine["users"]["id"], ""):
        with learning.as_user(caller):
            for interaction, about in ((there, None), (missing, None), (there, asset), (missing, asset)):
                learning.check_violation(add, them, interaction, about)
    with learning.as_role("learning_service"):
        with learning.throws("23503", "user_feedback_interaction_id_fkey"):
            learning.execute(add, them, missing, None)
        with learning.throws("23514", "user_feedback_asset_of_interaction_check"):
            learning.execute(add, them, there, asset)


def test_the_trail_names_who_acts_and_the_service_cannot_say_it_was_another(
    learning: Database, mine: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]
) -> None:
    me = mine["users"]["id"]
    with learning.as_role("learning_service", app__user_id=me):
        learning.denied(
            "INSERT INTO audit_logs (user_id, action, entity_type) VALUES (%s, 'x', 'users')", other["users"]["id"]
        )
        learning.execute("INSERT INTO audit_logs (action, entity_type) VALUES ('export', 'users')")
        learning.execute("UPDATE users SET deleted_at = now() WHERE id = %s", me)
    actors = learning.rows("SELECT action, user_id FROM audit_logs WHERE action IN ('export', 'soft_delete')")
    assert dict(actors) == {"export": me, "soft_delete": me}, "closing the own account is the own deed"


@pytest.mark.parametrize(
    "table", ["study_materials", "content_chunks", "generated_assets", "learning_sessions", "user_feedback"]
)
def test_people_choose_no_id(learning: Database, mine: dict[str, dict[str, Any]], table: str) -> None:
    with learning.as_user(mine["users"]["id"]):
        learning.denied(f"INSERT INTO {table} (id) VALUES (gen_random_uuid())")
        learning.denied(f"UPDATE {table} SET id = gen_random_uuid()")
