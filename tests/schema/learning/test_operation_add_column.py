"""docs/examples/add_column: a column added with a default, backfilled in portions, then required, on a live table."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any

import psycopg
import pytest

from slate_pg.config import find_project
from slate_pg.errors import MigrationFailed
from slate_pg.migrations import runner
from slate_pg.testing.database import Database
from tests.schema.learning.factories import a_chunk, a_material

EXAMPLE = Path(__file__).parents[3] / "docs/examples/add_column"
FIRST = "learning_example_0001_add_reading_seconds"
SECOND = "learning_example_0002_backfill_reading_seconds"
COLUMN = (
    "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'content_chunks'::regclass AND attname = 'reading_seconds'"
)
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE pid = %s AND application_name = 'reading_seconds: 2000 of 2500' AND wait_event_type = 'Lock'
"""
STATE = """
    SELECT (SELECT array_agg(attname || attnotnull::text || coalesce(pg_get_expr(d.adbin, d.adrelid), '') ORDER BY attname)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum
            WHERE attrelid = 'content_chunks'::regclass AND attnum > 0 AND NOT attisdropped),
        (SELECT array_agg(conname ORDER BY conname) FROM pg_constraint WHERE conrelid = 'content_chunks'::regclass AND contype <> 'n'),
        (SELECT count(*) FROM pg_proc WHERE proname ~ 'reading_seconds')
"""


@pytest.fixture
def live(db_committed: Database) -> Database:
    """2,500 chunks: two portions and a half."""
    db_committed.use("learning")
    material = a_material(db_committed)
    db_committed.execute(
        "INSERT INTO content_chunks (study_material_id, chunk_order, content, chunk_type, word_count) "
        "SELECT %s, n, 'text', 'paragraph', n FROM generate_series(1, 2500) AS n",
        material["id"],
    )
    return db_committed


def connect(db: Database) -> psycopg.Connection[Any]:
    info = db.connection.info
    return psycopg.connect(host=info.host, user=info.user, dbname=info.dbname, autocommit=True)


def run(connection: psycopg.Connection[Any], again: str | None = None) -> runner.Run:
    product = find_project(str(EXAMPLE)).product("learning_example")
    return runner.Run(connection, product, None, again=again)


def wait_for(db: Database, question: str, *parameters: Any) -> None:
    """Ask until the answer is true, for a minute at most."""
    end = monotonic() + 60
    while not db.value(question, *parameters):
        assert monotonic() < end, f"not within a minute: {question}"


def test_the_column_arrives_in_three_steps_and_leaves_the_same_way(live: Database) -> None:
    before = live.row(STATE)
    with connect(live) as connection:
        runner.apply(run(connection), to=FIRST)
        assert a_chunk(live)["reading_seconds"] == 60, "new rows have the default at once"
        assert live.value("SELECT count(*) FROM content_chunks WHERE reading_seconds IS NULL") == 2500
        runner.apply(run(connection))
        assert live.value(COLUMN)
        assert live.row("SELECT min(reading_seconds), max(reading_seconds) FROM content_chunks") == (1, 750)
        after = live.row(STATE)
        with live.throws("23502"):
            a_chunk(live, reading_seconds=None)

        runner.rollback(run(connection), steps=3)
        assert live.row(STATE) == before
        runner.apply(run(connection))
        assert live.row(STATE) == after


def test_a_killed_backfill_keeps_its_portions_and_goes_on_where_it_stopped(live: Database) -> None:
    last = live.value("SELECT id FROM content_chunks ORDER BY id DESC LIMIT 1")
    with live.sessions(1) as (reader,), connect(live) as connection:
        runner.apply(run(connection), to=FIRST)
        reader.use("learning")
        reader.execute("SELECT 1 FROM content_chunks WHERE id = %s FOR UPDATE", last)
        failed = []

        def apply() -> None:
            try:
                runner.apply(run(connection))
            except Exception as error:
                failed.append(error)

        pid = connection.info.backend_pid
        thread = Thread(target=apply)
        thread.start()
        # The last portion waits for the reader; then the runner's connection is cut.
        wait_for(live, WAITING, pid)
        live.execute("SELECT pg_terminate_backend(%s)", pid)
        thread.join()
        assert failed
        reader.rollback()
    assert live.value("SELECT count(*) FROM content_chunks WHERE reading_seconds IS NULL") == 500

    with connect(live) as connection:
        with pytest.raises(MigrationFailed, match="commits as it goes and was cut short") as refused:
            runner.apply(run(connection))
        assert f"`slate apply learning_example --again {SECOND}`" in refused.value.hint
        runner.apply(run(connection, SECOND))
    assert live.value(COLUMN)
    assert live.value("SELECT count(*) FROM content_chunks WHERE reading_seconds IS NULL") == 0
    assert not live.rows("SELECT 1 FROM pg_proc WHERE proname = 'backfill_reading_seconds'")


def test_writers_go_on_during_the_backfill(live: Database) -> None:
    """A portion locks its own rows: a chunk outside of it is written while the backfill waits for another."""
    first, last = live.row(
        "SELECT (array_agg(id ORDER BY id))[1], (array_agg(id ORDER BY id DESC))[1] FROM content_chunks"
    )
    with live.sessions(2) as (reader, writer), connect(live) as connection:
        runner.apply(run(connection), to=FIRST)
        reader.use("learning"), writer.use("learning")
        reader.execute("SELECT 1 FROM content_chunks WHERE id = %s FOR UPDATE", last)
        thread = Thread(target=lambda: runner.apply(run(connection)))
        thread.start()
        wait_for(live, WAITING, connection.info.backend_pid)
        writer.execute("SET lock_timeout = '1s'")
        writer.execute("UPDATE content_chunks SET summary = 'written meanwhile' WHERE id = %s", first)
        writer.commit()
        reader.rollback()
        thread.join()
    assert live.value(COLUMN)
