"""Two sessions archive and purge at once, or while somebody uses what would go: each row goes once, and nothing is lost."""

from __future__ import annotations

import pytest

from slate_pg.testing.sessions import CommittedDatabase
from tests.schema.spark.factories import a_conflict, a_student, a_sync_log


@pytest.fixture
def committed(db_committed: CommittedDatabase) -> CommittedDatabase:
    """A database where commits stay, with Spark's search path."""
    db_committed.use("spark")
    return db_committed


def test_two_archivings_at_once_move_each_log_once_and_neither_waits(committed: CommittedDatabase) -> None:
    user = a_student(committed)["id"]
    logs = {a_sync_log(committed, user)["id"] for _ in range(3)}
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        assert a.value("SELECT archive_old_sync_logs()") == 3
        assert b.value("SELECT archive_old_sync_logs()") == 0
        b.commit()
        a.commit()
    assert {i for (i,) in committed.rows("SELECT id FROM sync_logs_archive")} == logs
    assert committed.sees("sync_logs") == 0


def test_a_log_that_gets_a_conflict_meanwhile_is_not_archived_and_keeps_it(committed: CommittedDatabase) -> None:
    log = a_sync_log(committed, a_student(committed)["id"])["id"]
    with committed.sessions(2) as (device, job):
        device.use("spark"), job.use("spark")
        a_conflict(device, log)
        assert job.value("SELECT archive_old_sync_logs()") == 0
        job.commit()
        device.commit()
    assert committed.value("SELECT archive_old_sync_logs()") == 0
    assert (committed.sees("sync_logs"), committed.sees("sync_conflicts"), committed.sees("sync_logs_archive")) == (
        1,
        1,
        0,
    )


@pytest.mark.parametrize(
    ("table", "purge"),
    [
        ("sync_logs_archive", "SELECT purge_sync_logs_archive('1 day')"),
        ("audit_logs", "SELECT purge_audit_logs()"),
    ],
)
def test_two_purges_at_once_remove_each_row_once(committed: CommittedDatabase, table: str, purge: str) -> None:
    user = a_student(committed)["id"]
    a_sync_log(committed, user)
    committed.execute("SELECT archive_old_sync_logs()")
    committed.insert("audit_logs", action="x", table_name="users", created_at="2001-01-01")
    with committed.sessions(2) as (a, b):
        a.use("spark"), b.use("spark")
        assert a.value(purge) == 1
        waiting = b.start(purge)
        assert waiting.blocked_by(a)
        a.commit()
        waiting.result()
        b.commit()
    assert committed.value(f"SELECT count(*) FROM {table} WHERE created_at < now() - interval '30 days'") == 0
    assert committed.value(purge) == 0
