"""What `slate plan` says of a statement, against what the server really did with it."""

import json
import sys

import pytest

from slate_pg.cli import main
from slate_pg.postgres.connection import connect
from slate_pg.rehearsal.verdict import Lock, Observed, Size, Work, judge

BASE = """
CREATE TABLE parents (id integer PRIMARY KEY);
CREATE TABLE big (id integer PRIMARY KEY, parent_id integer, note text, code varchar(10));
CREATE TABLE small (id integer PRIMARY KEY, note text);
"""
FILL = """
INSERT INTO parents SELECT g FROM generate_series(1, 100) AS g;
INSERT INTO big SELECT g, 1 + g % 100, 'note', 'c' FROM generate_series(1, 20000) AS g;
INSERT INTO small VALUES (1, 'only');
ANALYZE;
"""


@pytest.fixture(scope="module")
def target(slate_base):
    """A database with one applied migration, a big table and a small one."""
    with connect(slate_base.url()) as connection:
        connection.execute("DROP DATABASE IF EXISTS plan_target WITH (FORCE)")
        connection.execute("CREATE DATABASE plan_target")
        yield slate_base.url("plan_target")
        connection.execute("DROP DATABASE plan_target WITH (FORCE)")


@pytest.fixture(scope="module")
def folder(target, tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "shop"
    path.mkdir()
    (path / "0001_base.sql").write_text(BASE)
    (path / "0001_base.rollback.sql").write_text("DROP TABLE small, big, parents;\n")
    run("apply", "--migrations", str(path), "--database", target)
    with connect(target) as connection:
        connection.execute(FILL)
    return path


def run(*arguments):
    argv, sys.argv = sys.argv, ["slate", *arguments]
    try:
        main()
    except SystemExit as left:
        return left.code or 0
    finally:
        sys.argv = argv
    return 0


@pytest.fixture
def planned(folder, target, capfd):
    """Plan one migration of these statements and return what was said of each."""

    def plan(sql, transactional=True):
        file = folder / "0002_change.sql"
        file.write_text(("" if transactional else "-- transactional: false\n") + sql)
        (folder / "0002_change.rollback.sql").write_text("SELECT 1;\n")
        capfd.readouterr()
        try:
            assert run("plan", "--json", "--migrations", str(folder), "--database", target) in (0, 3)
        finally:
            file.unlink()
            (folder / "0002_change.rollback.sql").unlink()
        said = json.loads(capfd.readouterr().out)["plans"][0]
        plan.files = said["files"]
        return said["statements"]

    return plan


def locks(statement):
    return {(lock["relation"], lock["mode"].removesuffix("Lock")) for lock in statement["locks"]}


def work(statement):
    return {(w["kind"], w["relation"]) for w in statement["work"]}


CASES = {
    "a volatile default rewrites the table": (
        "ALTER TABLE big ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        ("big", "AccessExclusive"), ("rewrite", "big"), "do it in steps", "batches",
    ),
    "a constant default does not": (
        "ALTER TABLE big ADD COLUMN flag boolean DEFAULT false;",
        ("big", "AccessExclusive"), None, "needs a quiet moment", "",
    ),
    "a check without NOT VALID scans": (
        "ALTER TABLE big ADD CONSTRAINT positive CHECK (id > 0);",
        ("big", "AccessExclusive"), ("full scan", "big"), "do it in steps", "NOT VALID",
    ),
    "a check with NOT VALID does not": (
        "ALTER TABLE big ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;",
        ("big", "AccessExclusive"), None, "needs a quiet moment", "",
    ),
    "an index keeps writers out while it is built": (
        "CREATE INDEX big_note_idx ON big (note);",
        ("big", "Share"), ("index build", "big"), "do it in steps", "CONCURRENTLY",
    ),
    "a type change rewrites": (
        "ALTER TABLE big ALTER COLUMN id TYPE bigint;",
        ("big", "AccessExclusive"), ("rewrite", "big"), "do it in steps", "new type",
    ),
    "a wider varchar does not": (
        "ALTER TABLE big ALTER COLUMN code TYPE varchar(20);",
        ("big", "AccessExclusive"), None, "needs a quiet moment", "",
    ),
    "SET NOT NULL scans": (
        "ALTER TABLE big ALTER COLUMN note SET NOT NULL;",
        ("big", "AccessExclusive"), ("full scan", "big"), "do it in steps", "NOT VALID",
    ),
    "a foreign key checks every row and locks the parent too": (
        "ALTER TABLE big ADD CONSTRAINT big_parent_fkey FOREIGN KEY (parent_id) REFERENCES parents (id);",
        ("parents", "ShareRowExclusive"), ("constraint validation", "big"), "do it in steps", "VALIDATE",
    ),
    "the same work on a small table is over in an instant": (
        "ALTER TABLE small ALTER COLUMN note SET NOT NULL;",
        ("small", "AccessExclusive"), ("full scan", "small"), "needs a quiet moment", "",
    ),
    "a dropped table is named though it is gone": (
        "DROP TABLE small;",
        ("small", "AccessExclusive"), None, "loses data", "",
    ),
    "DDL inside a DO block is seen": (
        "DO $$ BEGIN EXECUTE 'ALTER TABLE big ALTER COLUMN note SET NOT NULL'; END $$;",
        ("big", "AccessExclusive"), ("full scan", "big"), "do it in steps", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_plan_reports_what_the_server_did(planned, case):
    sql, lock, did, verdict, advice = CASES[case]
    (statement,) = planned(sql)
    assert lock in locks(statement)
    rebuilt = {("index build", "big")} if did == ("rewrite", "big") else set()  # a new file needs new indexes
    assert work(statement) == ({did} if did else set()) | rebuilt
    assert statement["verdict"] == verdict
    assert advice in statement["recipe"]


def test_a_proven_not_null_needs_no_scan(planned):
    first, second = planned(
        "ALTER TABLE big ADD CONSTRAINT note_there CHECK (note IS NOT NULL);\n"
        "ALTER TABLE big ALTER COLUMN note SET NOT NULL;\n"
    )
    assert work(first) == {("full scan", "big")}
    assert work(second) == set()


def test_a_concurrent_build_keeps_nobody_out(planned):
    (statement,) = planned("CREATE INDEX CONCURRENTLY big_note_idx ON big (note);", transactional=False)
    assert locks(statement) == {("big", "ShareUpdateExclusive")}
    assert statement["verdict"] == "safe"


def kinds(statement):
    return {(f["kind"], f["relation"]) for f in statement["findings"]}


def test_a_fill_under_the_lock_of_an_earlier_statement_blocks_reads(planned):
    first, second = planned("ALTER TABLE big ADD COLUMN x integer;\nUPDATE big SET x = 1;\n")
    assert first["verdict"] == "needs a quiet moment"
    assert second["verdict"] == "do it in steps"
    (finding,) = [f for f in second["findings"] if f["kind"] == "blocks-reads"]
    assert (finding["relation"], finding["mode"], finding["line"]) == ("big", "AccessExclusiveLock", 2)
    assert 0 < finding["seconds"]["low"] < finding["seconds"]["high"]
    assert second["held"] == [
        {"relation": "big", "mode": "AccessExclusiveLock", "blocks": "reads and writes", "since_line": 1}
    ]


def test_the_whole_file_says_what_it_blocks_and_for_how_long(planned):
    planned("ALTER TABLE small ADD COLUMN x integer;\nUPDATE big SET note = 'x';\n")
    (file,) = planned.files
    found = {(f["kind"], f["relation"], f["scope"], f["line"]) for f in file["findings"]}
    assert found == {("blocks-reads", "small", "table", 1), ("blocks-writes", "big", "rows", 2)}


def test_what_is_lost_is_said_with_rows_and_bytes(planned):
    (statement,) = planned("ALTER TABLE big DROP COLUMN note;")
    assert statement["verdict"] == "loses data"
    (finding,) = [f for f in statement["findings"] if f["kind"] == "loses-data"]
    assert (finding["relation"], finding["rows"], finding["bytes"]) == ("big", 20000, 100000)


def test_a_deletion_is_said_with_the_rows_that_the_target_expects(planned):
    (statement,) = planned("DELETE FROM big WHERE id <= 5000;")
    (finding,) = [f for f in statement["findings"] if f["kind"] == "loses-data"]
    assert 4000 < finding["rows"] < 6000


def test_a_rewrite_belongs_to_the_statement_that_did_it(planned):
    first, second = planned("ALTER TABLE big ALTER COLUMN parent_id TYPE bigint;\nCOMMENT ON TABLE big IS 'x';\n")
    assert ("rewrite", "big") in work(first)
    assert work(second) == set()


def test_a_table_that_was_never_analysed_has_the_rows_its_size_suggests(planned, target):
    with connect(target) as connection:
        connection.execute("CREATE TABLE raw (id integer, note text) WITH (autovacuum_enabled = off)")
        connection.execute("INSERT INTO raw SELECT g, 'a note of some length' FROM generate_series(1, 50000) AS g")
    try:
        (statement,) = planned("CREATE INDEX raw_idx ON raw (note);")
    finally:
        with connect(target) as connection:
            connection.execute("DROP TABLE raw")
    (finding,) = [f for f in statement["findings"] if f["kind"] == "blocks-writes"]
    assert 25_000 < finding["rows"] < 100_000
    assert "guessed from bytes" in finding["seconds"]["basis"]


def test_a_prepared_change_counts_where_it_is_executed(planned):
    first, second = planned("PREPARE fill AS UPDATE big SET note = 'x';\nEXECUTE fill;\n")
    assert (first["verdict"], second["verdict"]) == ("safe", "do it in steps")
    assert kinds(second) == {("blocks-writes", "big")}


def test_a_loop_over_the_catalog_is_known_and_one_over_rows_is_not(planned):
    loop = "DO $$ DECLARE r record; BEGIN FOR r IN {} LOOP EXECUTE format({}); END LOOP; END $$;"
    catalog = loop.format(
        "SELECT 'big' AS name FROM pg_tables WHERE tablename = 'big'", "'ALTER TABLE %I ADD x int', r.name"
    )
    (known,) = planned(catalog)
    assert known["verdict"] == "needs a quiet moment"
    (unknown,) = planned(loop.format("SELECT id FROM big", "'UPDATE big SET note = %L', r.id"))
    assert unknown["verdict"] == "cannot be rehearsed"


def test_a_change_of_structure_that_rows_decide_about_is_not_called_safe(planned):
    block = "DO $$ BEGIN IF {} THEN ALTER TABLE big ADD COLUMN x integer; END IF; END $$;"
    (unknown,) = planned(block.format("EXISTS (SELECT FROM big)"))
    assert unknown["verdict"] == "cannot be rehearsed"
    (known,) = planned(block.format("EXISTS (SELECT FROM pg_tables WHERE tablename = 'big')"))
    assert known["verdict"] == "needs a quiet moment"


def test_nobody_waits_for_rows_of_a_table_that_the_file_makes(planned):
    statements = planned("CREATE TEMPORARY TABLE t AS SELECT * FROM big;\nUPDATE t SET note = 'x';\n")
    assert [s["verdict"] for s in statements] == ["safe", "safe"]


def test_an_emptied_table_builds_empty_indexes(planned):
    (statement,) = planned("TRUNCATE big;")
    assert work(statement) == set()
    assert kinds(statement) == {("loses-data", "big"), ("quiet-moment", "big")}


def test_a_wait_under_a_lock_counts(planned):
    _, second = planned("ALTER TABLE small ADD COLUMN x integer;\nSELECT pg_sleep(1.2);\n")
    assert second["verdict"] == "do it in steps"
    assert kinds(second) >= {("blocks-reads", "small")}


def test_a_table_that_is_locked_exclusively_is_not_waited_for(planned, target):
    with connect(target) as holder:
        holder.execute("BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE")
        (statement,) = planned("UPDATE big SET note = 'x';")
        holder.execute("ROLLBACK")
    assert statement["verdict"] == "do it in steps"


def test_new_objects_lock_nothing(planned):
    (statement,) = planned("CREATE TABLE fresh (id integer PRIMARY KEY);")
    assert (locks(statement), statement["verdict"]) == (set(), "safe")


def test_a_statement_that_fails_is_named_and_ends_the_rehearsal(planned):
    statements = planned("SELECT 1;\nALTER TABLE no_such ADD COLUMN x integer;\nSELECT 2;\n")
    assert [s["verdict"] for s in statements] == ["safe", "fails"]
    assert statements[1]["line"] == 2
    assert "42P01" in statements[1]["why"]


def test_plan_leaves_the_target_as_it_was(planned, target):
    planned("ALTER TABLE big ADD COLUMN token uuid DEFAULT gen_random_uuid();")
    with connect(target) as connection:
        query = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'big'"
        assert connection.execute(query).fetchone() == (4,)


def test_nothing_pending_is_said(folder, target, capfd):
    assert run("plan", "--migrations", str(folder), "--database", target) == 0
    assert capfd.readouterr().out == "public: nothing pending\n"


def test_the_judgement_grows_with_the_table():
    did = Observed("f.sql", 1, "CREATE INDEX i ON t (x)", (Lock("t", "ShareLock"),), (Work("index build", "t", ""),))
    assert judge(did, {"t": Size(100, 8192)}).word == "needs a quiet moment"
    assert judge(did, {"t": Size(5_000_000, 10**9)}).word == "do it in steps"
    assert "5,000,000 rows, 953.7 MB" in judge(did, {"t": Size(5_000_000, 10**9)}).why


def test_a_table_that_is_in_use_is_said_to_be():
    did = Observed("f.sql", 1, "DROP TABLE t", (Lock("t", "AccessExclusiveLock"),))
    assert "in use right now by older transactions: t (90 s)" in judge(did, {"t": Size(1, 8192, 90.0)}).why
    assert "in use" not in judge(did, {"t": Size(1, 8192, None)}).why
