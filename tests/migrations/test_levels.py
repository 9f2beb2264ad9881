"""A run waits for those whose locks conflict with what a statement takes, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import Busy, FileError
from slate_pg.migrations.files import Script, check_script
from slate_pg.migrations.levels import MODES, conflicts
from slate_pg.migrations.locking import Patience
from tests.workshop import Workshop

READ, WRITE = "AccessShareLock", "RowExclusiveLock"


@pytest.mark.parametrize(
    ("text", "reader", "writer"),
    [
        ("-- a table beside users\nCREATE TABLE audit (id integer);", False, False),
        ("INSERT INTO log VALUES ('ALTER TABLE users');", False, False),
        ("INSERT INTO users VALUES (1);", False, False),
        ("WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone;", False, False),
        ("CREATE VIEW v AS SELECT * FROM users;", False, False),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DROP TABLE users';", False, False),
        ("COMMENT ON TABLE users IS 'x';", False, False),
        ("CREATE INDEX i ON users (id);", False, True),
        ("CREATE INDEX CONCURRENTLY i ON users (id);", False, False),
        ("CREATE TRIGGER t BEFORE INSERT ON users EXECUTE FUNCTION f();", False, True),
        ("CREATE TABLE o (u integer REFERENCES users (id));", False, True),
        ("ALTER TABLE users VALIDATE CONSTRAINT c;", False, False),
        ("CREATE TABLE p PARTITION OF users DEFAULT;", True, True),
        ('ALTER TABLE "users" ADD COLUMN n integer;', True, True),
        ("/* x */ DROP TABLE users;", True, True),
        ("LOCK TABLE users;", True, True),
        ("TRUNCATE users;", True, True),
        ("DO $$ BEGIN EXECUTE 'ALTER TABLE users ADD n integer'; END $$;", True, True),
        ("DO $$ BEGIN UPDATE users SET id = 1; END $$;", False, False),
        ("INSERT INTO users VALUES (1); DROP TABLE users;", True, True),
    ],
)
def test_a_statement_waits_only_for_locks_that_conflict(text: str, reader: bool, writer: bool) -> None:
    found = conflicts(text, {"users": [7]}).get(7, frozenset())
    assert (READ in found, WRITE in found) == (reader, writer)
    assert found <= set(MODES)


def test_an_insert_and_a_mention_run_at_once_beside_a_reader_and_a_change_of_the_table_waits(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE users (id integer);")
    shop.apply()
    shop.write("shop_0002_rows", "INSERT INTO users VALUES (1);")
    shop.write("shop_0003_comment", "-- beside users\nCREATE TABLE audit2 (id integer);")
    with shop.session() as reader:
        reader.execute("SELECT * FROM shop.users")
        shop.value("SELECT pg_sleep(0.2)")
        assert shop.apply(patience=Patience(50, 0.5)) == ["shop_0002_rows", "shop_0003_comment"]
        assert shop.heard.waits == []
        shop.write("shop_0004_alter", "ALTER TABLE users ADD COLUMN n integer;")
        with pytest.raises(Busy, match="shop_0004_alter"):
            shop.apply(patience=Patience(50, 0.3))


@pytest.mark.parametrize(
    "text", ["SELECT pg_advisory_unlock_all();", "DO $$ BEGIN PERFORM pg_catalog.pg_advisory_unlock_all(); END $$;"]
)
def test_what_frees_the_runners_lock_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError, match=r"x\.sql:2:1: pg_advisory_unlock_all"):
        check_script(Script(tmp_path / "x.sql", f"-- first\n{text}\n"))
    check_script(
        Script(tmp_path / "x.sql", "-- pg_advisory_unlock_all\nINSERT INTO t VALUES ('pg_advisory_unlock_all()');")
    )
