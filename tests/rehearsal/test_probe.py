"""What an empty copy cannot know is asked of the target: rows against new rules, by count and key, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.workshop import Workshop

BASE = """
CREATE TABLE "Weird T""x" (id integer PRIMARY KEY, "a b" integer, "select" text);
CREATE TABLE parents (id integer PRIMARY KEY, a integer, b integer, UNIQUE (a, b));
CREATE TABLE t (id integer, k text, n integer, s text, v varchar(20), a integer, b integer, d daterange, PRIMARY KEY (k, id));
CREATE TABLE keyless (n integer);
CREATE TABLE part (id integer, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE part_default PARTITION OF part DEFAULT;
CREATE TABLE loose (id integer, at date NOT NULL);
CREATE TABLE empty (id integer);
CREATE DOMAIN positive AS integer;
CREATE TABLE tame (id integer PRIMARY KEY, p positive);
CREATE DOMAIN grade AS integer;
CREATE DOMAIN good AS grade;
CREATE TABLE graded (id integer PRIMARY KEY, g good);
CREATE TABLE kin (id integer, note text);
CREATE TABLE child () INHERITS (kin);
"""
FILL = """
SET search_path = shop;
INSERT INTO "Weird T""x" VALUES (1, -1, 'x'), (2, 5, NULL), (3, NULL, 'x');
INSERT INTO parents VALUES (1, 1, 1);
INSERT INTO t SELECT g, 'k', g, CASE WHEN g > 5 THEN 'secret ' || g ELSE g::text END, repeat('x', g), 1, CASE WHEN g = 1 THEN 1 END,
    daterange('2026-01-01', '2026-01-02') FROM generate_series(1, 9) AS g;
UPDATE t SET a = 7 WHERE id = 9; UPDATE t SET d = NULL WHERE id > 2;
INSERT INTO keyless VALUES (1), (1), (NULL), (NULL);
INSERT INTO part VALUES (1, '2026-05-05'), (2, '2027-05-05');
INSERT INTO tame VALUES (1, -4), (2, 4), (3, NULL);
INSERT INTO graded VALUES (1, -1), (2, 1);
INSERT INTO kin VALUES (1, 'a');
INSERT INTO child VALUES (1, 'b');
INSERT INTO loose VALUES (1, '2020-01-01');
ANALYZE;
"""
# Each statement, how many rows are against it, and the keys that are shown.
CASES: dict[str, tuple[int, str]] = {
    'ALTER TABLE "Weird T""x" ADD CONSTRAINT "c ""q""" CHECK ("a b" > 0)': (1, "id=1"),
    'ALTER TABLE "Weird T""x" ALTER COLUMN "select" SET NOT NULL': (1, "id=2"),
    'ALTER TABLE "Weird T""x" ADD COLUMN fresh integer NOT NULL': (3, "id=1; id=2; id=3"),
    'ALTER TABLE "Weird T""x" ADD COLUMN filled integer NOT NULL DEFAULT 1': (0, ""),
    'ALTER TABLE "Weird T""x" ADD CONSTRAINT later CHECK ("a b" > 0) NOT VALID': (0, ""),
    'ALTER TABLE "Weird T""x" VALIDATE CONSTRAINT later': (1, "id=1"),
    'CREATE UNIQUE INDEX w ON "Weird T""x" (lower("select"))': (2, "id=1; id=3"),
    "CREATE UNIQUE INDEX pw ON t (a) WHERE n > 8": (0, ""),
    "CREATE UNIQUE INDEX pw2 ON t (a, (n % 2)) WHERE n > 6": (0, ""),
    "ALTER TABLE t ADD CONSTRAINT tu UNIQUE (a)": (8, "k=k, id=1; k=k, id=2; k=k, id=3"),
    "ALTER TABLE keyless ADD CONSTRAINT ku UNIQUE (n)": (2, ""),
    "ALTER TABLE keyless ADD CONSTRAINT kn UNIQUE NULLS NOT DISTINCT (n)": (4, ""),
    "ALTER TABLE keyless ADD PRIMARY KEY (n)": (4, ""),
    "ALTER TABLE t ADD CONSTRAINT tx EXCLUDE USING gist (d WITH &&)": (2, "k=k, id=1; k=k, id=2"),
    "ALTER TABLE t ADD CONSTRAINT f1 FOREIGN KEY (a) REFERENCES parents (id)": (1, "k=k, id=9"),
    "ALTER TABLE t ADD CONSTRAINT f2 FOREIGN KEY (a, b) REFERENCES parents (a, b)": (0, ""),
    "ALTER TABLE t ADD CONSTRAINT f3 FOREIGN KEY (a, b) REFERENCES parents (a, b) MATCH FULL": (
        8,
        "k=k, id=2; k=k, id=3; k=k, id=4",
    ),
    "ALTER TABLE t ALTER COLUMN v TYPE varchar(7)": (2, "k=k, id=8; k=k, id=9"),
    "ALTER TABLE t ALTER COLUMN s TYPE integer USING s::integer": (4, "k=k, id=6; k=k, id=7; k=k, id=8"),
    "ALTER TABLE empty ALTER COLUMN id TYPE bigint": (0, ""),
    "ALTER TABLE part ATTACH PARTITION loose FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')": (1, ""),
    "CREATE TABLE part_2026 PARTITION OF part FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')": (1, ""),
    "ALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0)": (1, "id=1"),
    "ALTER DOMAIN positive SET NOT NULL": (1, "id=3"),
    "ALTER TABLE empty ADD COLUMN x integer NOT NULL": (0, ""),
    "ALTER DOMAIN grade ADD CONSTRAINT up CHECK (VALUE > 0)": (1, "id=1"),
    "ALTER TABLE kin ADD CONSTRAINT ku2 UNIQUE (id)": (0, ""),
    "ALTER TABLE kin ADD CONSTRAINT kc CHECK (note = 'a') NO INHERIT": (0, ""),
    "ALTER TABLE kin ADD CONSTRAINT kd CHECK (note = 'a')": (1, ""),
}


@pytest.fixture
def filled(shop: Workshop) -> Workshop:
    shop.write("0001_base", BASE, "SELECT 1;")
    shop.apply()
    shop.do(FILL)
    shop.do("RESET search_path")
    return shop


def plan(shop: Workshop, *statements: str, options: tuple[str, ...] = (), url: str = "") -> list[dict[str, Any]]:
    """Plan one file of these statements, a line each; return what was said of each."""
    shop.write("0002_rules", "".join(f"{statement};\n" for statement in statements))
    ran = shop.slate("plan", "--json", *options, url=url)
    assert ran.returncode in (0, 3), ran.stderr
    said = json.loads(ran.stdout)["plans"][-1]["statements"]
    assert len(said) == len(statements), ran.stdout
    return said


def told(statement: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [f for f in statement["findings"] if f["kind"] == kind]


def test_rows_against_a_new_rule_are_counted_and_three_keys_are_shown(filled: Workshop) -> None:
    said = plan(filled, *CASES)
    wrong = {}
    for statement, (rows, keys) in zip(said, CASES.values(), strict=True):
        fails = told(statement, "fails")
        found = sum(f["rows"] for f in fails)
        shown = "; ".join(f["reason"] for f in fails)
        if found != rows or (keys and not shown.endswith(f": {keys}")) or told(statement, "not-asked"):
            wrong[statement["sql"]] = (found, statement["why"])
        assert bool(rows) == (statement["verdict"] == "fails"), statement
    assert wrong == {}
    assert "secret" not in json.dumps([{**s, "sql": ""} for s in said])


def test_every_rule_that_the_plan_says_rows_are_against_is_refused_by_the_server(filled: Workshop) -> None:
    for statement, (rows, _) in CASES.items():
        with psycopg.connect(filled.url) as connection:
            connection.execute("SET search_path = shop")
            if "VALIDATE" in statement:
                connection.execute('ALTER TABLE "Weird T""x" ADD CONSTRAINT later CHECK ("a b" > 0) NOT VALID')
            try:
                connection.execute(statement.encode())
                refused = False
            except psycopg.Error:
                refused = True
            assert refused == bool(rows), statement
            connection.rollback()


def test_what_is_not_asked_says_why_and_stops_nothing(filled: Workshop) -> None:
    filled.do(
        "CREATE FUNCTION shop.writes(n integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO shop.empty VALUES (n); RETURN true; END $$;"
        "CREATE FUNCTION shop.opaque(n integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN random() < n; END $$;"
        "CREATE FUNCTION shop.k(n integer) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'a column has this name' $$;"
        "CREATE FUNCTION shop.differs(a integer, b integer) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT a <> b $$;"
        "CREATE OPERATOR shop.=!= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = shop.differs);"
        "CREATE FUNCTION shop.sneaks(r shop.keyless) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT true $$;"
    )
    said = plan(
        filled,
        "ALTER TABLE t ADD CHECK (n =!= 7000)",
        "ALTER TABLE keyless ADD CHECK (sneaks(keyless))",
        "ALTER TABLE t ADD CHECK (k = 'k')",
        "ALTER TABLE t ADD CHECK (writes(n))",
        "ALTER TABLE t ADD CHECK (n > random())",
        "UPDATE t SET n = abs(n)",
        "ALTER TABLE t ADD CHECK (n > 100)",
        "ALTER TABLE keyless ADD COLUMN x integer CHECK (x > 0)",
        "CREATE TABLE others (id integer PRIMARY KEY)",
        "ALTER TABLE keyless ADD FOREIGN KEY (n) REFERENCES others",
    )
    reasons = [" ".join(f["reason"] for f in told(s, "not-asked")) for s in said]
    assert "calls volatile differs() by operator =!=" in reasons[0]
    assert "calls volatile sneaks()" in reasons[1]
    assert reasons[2] == "", "a column of a function's name calls nothing"
    reasons = reasons[3:]
    assert "calls volatile writes()" in reasons[0]
    assert "calls volatile random()" in reasons[1]
    assert "line 6 of 0002_rules.sql changes the rows of t first" in reasons[3]
    assert "not there yet" in reasons[4]
    assert "a table that the files make" in reasons[6]
    assert all("cannot be known on an empty copy" in reason for reason in reasons if reason)
    assert [told(s, "fails") for s in said] == [[]] * 10
    assert filled.value("SELECT count(*) FROM shop.empty") == 0


def test_a_large_table_is_asked_only_where_that_is_wanted_and_none_where_it_is_not(
    filled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from slate_pg.rehearsal import probing

    rule = "ALTER TABLE keyless ADD CHECK (n > 1)"
    (none,) = plan(filled, rule, options=("--no-probe",))
    assert [f["reason"].endswith("--no-probe") for f in told(none, "not-asked")] == [True]
    monkeypatch.setattr(probing, "SMALL", 1)
    (large,) = plan(filled, rule)
    assert "--probe asks all the same" in told(large, "not-asked")[0]["reason"]
    (asked,) = plan(filled, rule, options=("--probe",))
    assert told(asked, "fails")[0]["rows"] == 2


def test_row_security_and_missing_rights_are_no_answer(filled: Workshop) -> None:
    filled.do(
        "CREATE ROLE probe_reader LOGIN; GRANT USAGE ON SCHEMA shop TO probe_reader; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO probe_reader;"
        "REVOKE SELECT ON shop.empty FROM probe_reader; ALTER TABLE shop.keyless ENABLE ROW LEVEL SECURITY;"
    )
    try:
        url = filled.url.replace("postgres@", "probe_reader@")
        from slate_pg.postgres.connection import connect
        from slate_pg.rehearsal.probing import Asker, Bounds
        from slate_pg.rehearsal.rules import KEYS, Demand

        with connect(url) as connection:
            asker = Asker(connection, ["shop"], {}, Bounds())
            hidden = asker.ask(Demand("c", "shop", "keyless", f"SELECT {KEYS} FROM shop.keyless AS slate_t WHERE true"))
            denied = asker.ask(Demand("c", "shop", "empty", f"SELECT {KEYS} FROM shop.empty AS slate_t WHERE true"))
        assert (hidden.rows, hidden.why) == (None, 'row security hides rows from "probe_reader"')
        assert (denied.rows, denied.why) == (None, '"probe_reader" may not read what it is about')
    finally:
        filled.do("DROP OWNED BY probe_reader; DROP ROLE probe_reader")


def test_a_files_own_condition_is_asked_of_the_target(filled: Workshop) -> None:
    def gate(text: str) -> tuple[int, str]:
        filled.write("0002_rules", text)
        ran = filled.slate("plan", "--json")
        said = json.loads(ran.stdout)["plans"][-1]["files"][0]["findings"]
        return ran.returncode, " ".join(f"{f['kind']}: {f['reason']}" for f in said if "condition" in f["reason"])

    assert gate("-- before: SELECT count(*) = 4 FROM keyless\nCREATE TABLE x ();") == (0, "")
    code, said = gate("-- before: SELECT count(*) = 5 FROM keyless\nCREATE TABLE x ();")
    assert (code, said) == (3, "fails: its own condition `SELECT count(*) = 5 FROM keyless`: it gave false")
    code, said = gate("-- before: SELECT random() < 2\nCREATE TABLE x ();")
    assert (code, said.endswith("not asked: calls volatile random()")) == (0, True)
    code, said = gate("-- before: SELECT true FROM nowhere\nCREATE TABLE x ();")
    assert (code, "(42P01)" in said) == (3, True)


def test_a_name_that_stands_for_another_column_by_then_is_not_asked_about(filled: Workshop) -> None:
    said = plan(
        filled,
        "ALTER TABLE t RENAME a TO a_old",
        "ALTER TABLE t RENAME b TO a",
        "ALTER TABLE t ADD CHECK (a > 100)",
        "ALTER TABLE keyless DROP COLUMN n",
        "ALTER TABLE keyless ADD COLUMN n integer",
        "ALTER TABLE keyless ADD CHECK (n > 100)",
    )
    assert [told(s, "fails") for s in said] == [[]] * 6
    for number in (2, 5):
        assert "its columns are changed first" in told(said[number], "not-asked")[0]["reason"]


def test_an_index_that_is_built_beside_others_is_asked_about_too(filled: Workshop) -> None:
    filled.write("0002_rules", "-- transactional: false\nCREATE UNIQUE INDEX CONCURRENTLY kc ON keyless (n);\n")
    ran = filled.slate("plan", "--json")
    assert ran.returncode == 3, ran.stderr
    assert [f["rows"] for f in told(json.loads(ran.stdout)["plans"][-1]["statements"][0], "fails")] == [2]
