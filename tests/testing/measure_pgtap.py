"""Times 500 catalog assertions side by side: pg_prove with pgTAP, pgTAP's names in Python, and plain asserts.

Run `PG_BIN=…/15/bin python -m tests.testing.measure_pgtap [rounds]` where pgTAP and pg_prove are installed. Each way
opens its own connection in each round and reads everything anew; the ways take turns, and medians are compared.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from slate_pg.config import Project, find_project
from slate_pg.postgres.server import disposable
from slate_pg.testing import Database, col, index, pgtap

TABLES = 50
DDL = """
CREATE TABLE app.t{n} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(80) NOT NULL DEFAULT 'new',
    made_at timestamptz NOT NULL DEFAULT now(),
    score numeric(10, 2),
    CONSTRAINT t{n}_name_key UNIQUE (name)
);
CREATE INDEX t{n}_made_idx ON app.t{n} (made_at);
"""
PGTAP = """
SELECT has_table('app', 't{n}', 'table');
SELECT has_column('app', 't{n}', 'name', 'column');
SELECT has_column('app', 't{n}', 'score', 'column');
SELECT col_type_is('app', 't{n}', 'name', 'character varying(80)', 'type');
SELECT col_type_is('app', 't{n}', 'score', 'numeric(10,2)', 'type');
SELECT col_not_null('app', 't{n}', 'made_at', 'not null');
SELECT col_default_is('app', 't{n}', 'name', 'new'::text, 'default');
SELECT has_index('app', 't{n}', 't{n}_made_idx', 'index');
SELECT col_is_pk('app', 't{n}', ARRAY['id']::name[], 'key');
SELECT col_is_unique('app', 't{n}', ARRAY['name']::name[], 'unique');
"""


def with_pg_prove(home: str, file: Path) -> None:
    """Run the file as people run pgTAP."""
    command = ["pg_prove", "--host", home, "--username", "postgres", "--dbname", "postgres", str(file)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Tests=500" in ran.stdout, ran.stdout


def with_names(db: Database) -> None:
    """Make the same assertions with pgTAP's names in Python."""
    for n in range(TABLES):
        table = f"t{n}"
        pgtap.has_table(db, table, schema="app")
        pgtap.has_column(db, table, "name", schema="app")
        pgtap.has_column(db, table, "score", schema="app")
        pgtap.col_type_is(db, table, "name", "varchar(80)", schema="app")
        pgtap.col_type_is(db, table, "score", "numeric(10,2)", schema="app")
        pgtap.col_not_null(db, table, "made_at", schema="app")
        pgtap.col_default_is(db, table, "name", "new", schema="app")
        pgtap.has_index(db, table, f"{table}_made_idx", schema="app")
        pgtap.col_is_pk(db, table, "id", schema="app")
        pgtap.col_is_unique(db, table, "name", schema="app")


def with_asserts(db: Database) -> None:
    """Make the same assertions as plain asserts."""
    for n in range(TABLES):
        table = db.table(f"app.t{n}")
        assert "name" in table.columns
        assert "score" in table.columns
        assert table.column("name") == col(type="varchar(80)")
        assert table.column("score") == col(type="numeric(10,2)")
        assert table.column("made_at") == col(null=False)
        assert table.column("name") == col(default="new")
        assert table.index(f"t{n}_made_idx") == index(columns=["made_at"])
        assert table.primary_key == ["id"]
        assert ("name",) in table.unique


def connected(url: str, project: Project, check: Callable[[Database], None]) -> None:
    """Open a connection and check within one transaction, as the fixture `db` does."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        check(Database(connection, project))


def milliseconds(work: Callable[[], Any]) -> float:
    """Return how long it takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def main(rounds: int) -> None:
    """Print the medians and their ratios."""
    if not shutil.which("pg_prove"):
        sys.exit("pg_prove is not installed (Debian's package: libtap-parser-sourcehandler-pgtap-perl)")
    project = find_project(start=Path(__file__))
    with disposable() as server, tempfile.TemporaryDirectory() as folder, psycopg.connect(server.url()) as connection:
        connection.execute("CREATE SCHEMA app")
        connection.execute("".join(DDL.format(n=n) for n in range(TABLES)).encode())
        connection.execute("CREATE EXTENSION pgtap")
        connection.commit()
        file = Path(folder) / "catalog.sql"
        body = "".join(PGTAP.format(n=n) for n in range(TABLES))
        file.write_text(f"BEGIN; SELECT plan(500);{body}SELECT * FROM finish(); ROLLBACK;", "utf-8")
        ways: dict[str, Callable[[], None]] = {
            "pg_prove": lambda: with_pg_prove(str(server.home), file),
            "pgtap names": lambda: connected(server.url(), project, with_names),
            "plain asserts": lambda: connected(server.url(), project, with_asserts),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, work in ways.items():
                times[way].append(milliseconds(work))
    prove = statistics.median(times["pg_prove"])
    for way, taken in times.items():
        median = statistics.median(taken)
        print(f"{way:14} {median:7.1f} ms (least {min(taken):.1f}, most {max(taken):.1f})  {prove / median:5.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
