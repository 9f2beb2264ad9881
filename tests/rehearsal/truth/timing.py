"""Times statements on a large database and prints how the plan's estimate compares: `python -m tests.rehearsal.truth.timing`.

The argument is the number of rows (1000000). Each statement runs in a transaction that is taken back, twice; the
shorter time counts. What is measured are the seconds that the backend worked, which is the time it takes on a machine
with nothing else to do whose tables are in memory: other work on this machine does not count. It writes
`timed_<rows>.txt` beside itself: estimate, measured seconds, and which lie within half and twice the estimate.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from slate_pg.config import Product, Project
from slate_pg.migrations.files import Migration, Script
from slate_pg.postgres.connection import connect, package_sql
from slate_pg.postgres.server import disposable
from slate_pg.rehearsal.asking import REFERENCE_SECONDS, Target, asked
from slate_pg.rehearsal.copy import labels, measure, stage
from slate_pg.rehearsal.estimate import Pace
from slate_pg.rehearsal.files import judge_files
from slate_pg.rehearsal.rehearse import rehearse

HERE = Path(__file__).parent
BASE = """
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TABLE parents (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE big (id integer PRIMARY KEY, parent_id integer, note text, code varchar(10), amount numeric(10, 4),
    at timestamptz, flag boolean);
CREATE INDEX big_parent_idx ON big (parent_id);
CREATE TABLE children (id integer PRIMARY KEY, parent_id integer REFERENCES parents (id) ON DELETE CASCADE, note text);
CREATE INDEX children_parent_idx ON children (parent_id);
CREATE TABLE trail (said text);
CREATE TABLE watched (id integer PRIMARY KEY, note text);
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO trail VALUES (TG_OP); RETURN NULL; END; $$;
CREATE TRIGGER watched_trail AFTER UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION keep_trail();
CREATE TABLE events (id integer NOT NULL, day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO parents SELECT g, 'name ' || g FROM generate_series(1, %(rows)s / 10) AS g;
INSERT INTO big SELECT g, 1 + g %% (%(rows)s / 10), 'a note of some length ' || g, 'code', g %% 1000 + 0.25,
    timestamptz '2024-01-01' + g * interval '1 s', g %% 2 = 0 FROM generate_series(1, %(rows)s) AS g;
INSERT INTO children SELECT g, 1 + g %% (%(rows)s / 10), 'child' FROM generate_series(1, %(rows)s) AS g;
INSERT INTO watched SELECT g, 'note' FROM generate_series(1, %(rows)s / 2) AS g;
INSERT INTO events SELECT g, '2030-01-01', 'event' FROM generate_series(1, %(rows)s) AS g;
CREATE MATERIALIZED VIEW totals AS SELECT parent_id, count(*) AS n, max(note) AS last FROM big GROUP BY parent_id;
"""
STATEMENTS = (
    "ALTER TABLE big ADD COLUMN x uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE big ADD COLUMN x double precision DEFAULT random()",
    "ALTER TABLE big ALTER COLUMN id TYPE bigint",
    "ALTER TABLE big ALTER COLUMN amount TYPE numeric(12, 6)",
    "ALTER TABLE big ADD CONSTRAINT c CHECK (id > 0)",
    "ALTER TABLE big ADD CONSTRAINT c CHECK (length(note) < 1000)",
    "ALTER TABLE big ALTER COLUMN note SET NOT NULL",
    "ALTER TABLE big ADD CONSTRAINT f FOREIGN KEY (parent_id) REFERENCES parents (id)",
    "CREATE INDEX i ON big (parent_id)",
    "CREATE INDEX i ON big (note)",
    "CREATE INDEX i ON big (at)",
    "CREATE INDEX i ON big (lower(note))",
    "CREATE INDEX i ON big (amount)",
    "CREATE INDEX i ON big USING hash (note)",
    "CREATE INDEX i ON big (flag, at) INCLUDE (code)",
    "CREATE UNIQUE INDEX i ON big (id, note)",
    "REINDEX TABLE big",
    "CLUSTER big USING big_parent_idx",
    "UPDATE big SET flag = NOT flag",
    "UPDATE big SET note = note || 'x' WHERE id <= (SELECT max(id) / 2 FROM big)",
    "UPDATE big SET code = 'new' WHERE flag",
    "UPDATE big SET note = p.name FROM parents AS p WHERE p.id = big.parent_id",
    "UPDATE watched SET note = 'x'",
    "UPDATE children SET note = 'x'",
    "DELETE FROM children",
    "DELETE FROM big WHERE flag",
    "DELETE FROM parents WHERE id <= 2000",
    "INSERT INTO children SELECT id + 100000000, parent_id, 'new' FROM big",
    "INSERT INTO trail SELECT note FROM big",
    "CREATE TABLE fresh AS SELECT * FROM big",
    "CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    "REFRESH MATERIALIZED VIEW totals",
    "SELECT count(*), sum(amount) FROM big WHERE note LIKE '%9%'",
    "MERGE INTO parents AS p USING children AS c ON c.id = p.id WHEN MATCHED THEN UPDATE SET name = c.note",
    "ALTER TABLE children SET UNLOGGED",
)


def worked(connection: Any) -> float:
    """Return the seconds of processor time a backend has used so far."""
    fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pace_of(target: Any) -> float:
    """Return how much slower than the reference a backend works, by its processor time."""
    started = worked(target)
    for _ in range(20):
        target.execute(package_sql("rehearsal/calibrate")).fetchone()
    return (worked(target) - started) / 20 / REFERENCE_SECONDS


def timed(url: str, statement: str) -> float:
    """Return the shorter of two runs, each taken back."""
    best = 1e9
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = shop")
        for _ in range(2):
            connection.execute("BEGIN")
            started = worked(connection)
            connection.execute(statement.encode())
            best = min(best, worked(connection) - started)
            connection.execute("ROLLBACK")
            connection.execute("VACUUM")  # what was taken back leaves dead rows
    return best


def estimated(target: Any, pace: float) -> dict[str, Any]:
    """Return the plan's seconds for each statement."""
    with tempfile.TemporaryDirectory() as folder:
        product = Product("shop", Path(folder), Path(folder), "shop")
        sizes = measure(target)
        names = labels(sizes, ["shop"])
        called = {label: sizes[key] for label, key in names.items()}
        asker = Target(target, ["shop"], names)
        found = {}
        with stage(target, Project(Path(folder), (product,), None), ["shop"]) as copy:
            for statement in STATEMENTS:
                migration = Migration("m", (), Script(Path("m"), statement), None)
                observed = asked(asker, rehearse(copy, product, None, [migration], undo=True), called)
                found[statement] = judge_files(observed, Pace(called, pace, True))[0].seconds
        return found


def main() -> None:
    """Measure, compare and write the table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    lines, right, long = [], 0, 0
    with disposable(
        settings=(
            "max_parallel_maintenance_workers=0",
            "max_parallel_workers_per_gather=0",
            "max_wal_size=4GB",
            "autovacuum=off",
        )
    ) as server:
        url = server.url()
        with connect(url) as target:
            target.execute((BASE % {"rows": rows}).encode())
            target.execute("VACUUM ANALYZE")
            pace = pace_of(target)
            seconds = estimated(target, pace)
        for statement in STATEMENTS:
            took, guess = timed(url, statement), seconds[statement]
            middle = (guess.low * guess.high) ** 0.5
            within = middle / 2 <= took <= middle * 2
            long += took > 1
            right += within and took > 1
            lines.append(
                f"{'ok ' if within else 'off'} {middle:8.2f} {took:8.2f} {took / max(middle, 1e-9):6.2f}  {statement}"
            )
            sys.stderr.write(lines[-1] + "\n")
        version = target.info.server_version // 10000 if not target.closed else 18
    head = f"# {rows:,} rows, slowness {pace:.2f}: {right} of {long} statements over 1 s within half and twice the estimate"
    text = "\n".join([head, "#    estimate measured  ratio  statement", *lines]) + "\n"
    (HERE / f"timed_{rows}.txt").write_text(text, "utf-8")
    sys.stderr.write(f"{head} ({version})\n")


if __name__ == "__main__":
    main()
