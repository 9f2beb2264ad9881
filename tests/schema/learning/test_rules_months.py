"""Three tables cut by month: where a row goes, that an id stays one, and that two callers do not trip each other."""

from __future__ import annotations

import psycopg
import pytest

from slate_pg.testing.database import Database
from tests.schema.learning.factories import (
    a_metric,
    a_session,
    a_user,
    an_audit_row,
    an_interaction,
    in_month,
    months,
    uuid,
)

TABLES = {
    "interactions": (an_interaction, "created_at", "interaction_keys"),
    "progress_metrics": (a_metric, "recorded_at", "progress_metric_keys"),
    "audit_logs": (an_audit_row, "created_at", "audit_log_keys"),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_lands_in_the_month_of_its_time(learning: Database, table: str) -> None:
    make, key, _ = TABLES[table]
    months(learning, table, "2019-02-10", "2019-03-10")
    for moment, month in (
        ("2019-02-01 00:00+00", "2019_02"),
        ("2019-02-28 23:59:59.999999+00", "2019_02"),
        ("2019-03-01 00:00+00", "2019_03"),
        ("2019-02-28 23:30-01", "2019_03"),
    ):
        assert in_month(learning, table, make(learning, **{key: moment})) == f"{table}_{month}"


@pytest.mark.parametrize("table", TABLES)
def test_now_and_the_next_three_months_have_a_place(learning: Database, table: str) -> None:
    make, key, _ = TABLES[table]
    for ahead in range(4):
        moment = learning.value("SELECT date_trunc('month', now()) + %s * interval '1 month'", ahead)
        assert in_month(learning, table, make(learning, **{key: moment})) != f"{table}_default"


@pytest.mark.parametrize("table", TABLES)
def test_a_row_without_a_month_waits_in_default_and_moves_when_its_month_is_made(
    learning: Database, table: str
) -> None:
    make, key, keys = TABLES[table]
    row = make(learning, **{key: "2018-05-05"})
    assert in_month(learning, table, row) == f"{table}_default"
    moved = learning.rows("SELECT * FROM create_month_partitions(%s::regclass, 0, 0, '2018-05-20')", table)
    assert [(name, count) for name, _, count in moved] == [(f"{table}_2018_05", 1)]
    assert in_month(learning, table, row) == f"{table}_2018_05"
    assert learning.value(f"SELECT count(*) FROM {keys} WHERE id = %s", row["id"]) == 1


@pytest.mark.parametrize("table", TABLES)
def test_making_months_again_makes_nothing(learning: Database, table: str) -> None:
    months(learning, table, "2019-02-10")
    assert not learning.rows("SELECT * FROM create_month_partitions(%s::regclass, 0, 0, '2019-02-20')", table)


@pytest.mark.parametrize("table", TABLES)
def test_an_id_is_taken_once_over_all_months(learning: Database, table: str) -> None:
    """The primary key (id, time) alone would take the same id again, in another month and in the same one."""
    make, key, keys = TABLES[table]
    months(learning, table, "2019-02-10", "2019-03-10")
    row = make(learning, **{key: "2019-02-10"})
    for moment in ("2019-03-10", "2019-02-11", "2019-02-10"):
        with learning.throws("23505"):
            make(learning, **{"id": row["id"], key: moment})
    with learning.throws("23505", constraint=f"{keys}_pkey"):
        make(learning, **{"id": row["id"], key: "2019-03-10"})


@pytest.mark.parametrize("table", ["interactions", "progress_metrics"])
def test_an_id_is_free_again_when_its_row_is_deleted(learning: Database, table: str) -> None:
    make, _key, keys = TABLES[table]
    row = make(learning)
    learning.execute(f"DELETE FROM {table} WHERE id = %s", row["id"])
    assert learning.sees(keys) == 0
    assert make(learning, id=row["id"])


@pytest.mark.parametrize("table", ["interactions", "progress_metrics"])
def test_id_and_time_of_a_row_do_not_change(learning: Database, table: str) -> None:
    make, key, _ = TABLES[table]
    row = make(learning)
    for change in ("id = gen_random_uuid()", f"{key} = {key} + interval '1 s'"):
        with learning.throws("23001", match="do not change"):
            learning.execute(f"UPDATE {table} SET {change} WHERE id = %s", row["id"])
    learning.execute(f"UPDATE {table} SET id = id, {key} = {key} WHERE id = %s", row["id"])


def test_one_statement_cannot_take_one_id_in_two_months(learning: Database) -> None:
    months(learning, "progress_metrics", "2019-02-10", "2019-03-10")
    user = a_user(learning)["id"]
    with learning.throws("23505", constraint="progress_metric_keys_pkey"):
        learning.execute(
            "INSERT INTO progress_metrics (id, user_id, metric_type, metric_value, recorded_at) "
            "SELECT %s, %s, 'speed', 1, d::timestamptz FROM unnest(ARRAY['2019-02-10', '2019-03-10']) AS d",
            uuid(9), user,
        )  # fmt: skip
    insert = (
        "INSERT INTO progress_metrics AS m (id, user_id, metric_type, metric_value, recorded_at) "
        "VALUES (%s, %s, 'speed', %s, '2019-02-10') ON CONFLICT (id, recorded_at) DO UPDATE "
        "SET metric_value = excluded.metric_value RETURNING m.metric_value"
    )
    assert [learning.value(insert, uuid(9), user, n) for n in (1, 2)] == [1, 2]


def test_the_key_table_leads_to_the_month(learning: Database) -> None:
    """A look-up by id alone reads one partition, not all of them."""
    months(learning, "interactions", "2019-02-10")
    row = an_interaction(learning, created_at="2019-02-10")
    assert [r["id"] for r in learning.query("learning", "interaction_by_id", interaction_id=str(row["id"]))] == [
        row["id"]
    ]
    assert learning.row("SELECT id, created_at FROM interaction_keys") == (row["id"], row["created_at"])


def test_two_callers_cannot_take_one_id_in_two_months(db_committed: Database) -> None:
    db_committed.use("learning")
    months(db_committed, "interactions", "2019-02-10", "2019-03-10")
    session = a_session(db_committed)
    insert = (
        "INSERT INTO interactions (id, learning_session_id, user_id, interaction_type, interaction_data, created_at) "
        "VALUES (%s, %s, %s, 'view', '{}', %s)"
    )
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        one.execute(insert, uuid(1), session["id"], session["user_id"], "2019-02-10")
        second = two.start(insert, uuid(1), session["id"], session["user_id"], "2019-03-10")
        assert second.blocked_by(one)
        one.commit()
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            second.result()
        told = refused.value.diag
        assert (told.constraint_name, told.table_name) == ("interaction_keys_pkey", "interactions")
        assert "record_interaction()" in told.message_hint
        two.rollback()
        one.execute(insert, uuid(2), session["id"], session["user_id"], "2019-02-10")
        third = two.start(insert, uuid(2), session["id"], session["user_id"], "2019-03-10")
        assert third.blocked_by(one)
        one.rollback()
        assert third.result() == 1
        two.commit()


def test_two_runs_of_the_month_job_make_each_month_once(db_committed: Database) -> None:
    db_committed.use("learning")
    make = "SELECT * FROM create_month_partitions('interactions', 0, 0, '2019-02-10')"
    with db_committed.sessions(2) as (one, two):
        one.use("learning"), two.use("learning")
        assert len(one.rows(make)) == 1
        second = two.start(make)
        assert second.blocked_by(one)
        one.commit()
        assert second.result() == 0
        two.commit()
