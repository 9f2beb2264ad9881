"""Operands of policies and CHECKs count how they came out, and rows are let through and refused as before."""

from __future__ import annotations

import re

import psycopg
import pytest

from slate_pg.coverage.conditions import operands, wrapped
from slate_pg.coverage.guards import constraints
from slate_pg.coverage.harvest import Harvest, counts_of
from slate_pg.coverage.instrument import instrument
from slate_pg.coverage.model import Key, Measured
from slate_pg.postgres.connection import connect

SETUP = '''
CREATE ROLE coverage_person;
CREATE SCHEMA "a ""b""";
CREATE DOMAIN "a ""b""".score AS integer CONSTRAINT "score%s" CHECK (VALUE > 0 AND VALUE < 10);
GRANT USAGE ON SCHEMA "a ""b""" TO coverage_person;
CREATE TABLE friends (of text, who text);
INSERT INTO friends VALUES ('ann', 'bob');
CREATE TABLE notes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text,
    "Shared?" boolean,
    stars "a ""b""".score,
    title text NOT NULL,
    twice integer GENERATED ALWAYS AS (stars * 2) STORED,
    made date NOT NULL DEFAULT '2026-01-01',
    CONSTRAINT a_first CHECK (title <> ''),
    CONSTRAINT "AND it's" CHECK (title <> 'x' OR ("Shared?" IS NOT NULL AND length(title) BETWEEN 1 AND 5)),
    CONSTRAINT alone CHECK (owner <> 'nobody') NO INHERIT,
    CONSTRAINT pair UNIQUE (owner, title)
);
COMMENT ON CONSTRAINT a_first ON notes IS 'kept';
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
GRANT ALL ON notes, friends TO coverage_person;
CREATE POLICY "Own or ""shared""" ON notes TO coverage_person
    USING (owner = current_setting('app.me', true) OR ("Shared?" AND NOT title = 'secret')
        OR EXISTS (SELECT FROM friends AS f WHERE f.of = notes.owner AND f.who = current_setting('app.me', true)))
    WITH CHECK (owner = current_setting('app.me', true));
CREATE POLICY everybody ON notes FOR DELETE TO coverage_person USING (true);
CREATE TABLE days (at date NOT NULL, v integer, CONSTRAINT days_v_check CHECK (v > 0), PRIMARY KEY (at)) PARTITION BY RANGE (at);
CREATE TABLE days_1 (v integer, gone text, at date NOT NULL, CONSTRAINT days_v_check CHECK (v > 0));
ALTER TABLE days_1 DROP COLUMN gone;
ALTER TABLE days ATTACH PARTITION days_1 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE logs (day date REFERENCES days, v integer);
'''
CALLS = [
    "INSERT INTO notes (owner, \"Shared?\", stars, title) VALUES ('ann', false, 3, 'one'), ('eve', true, NULL, 'two'), (NULL, NULL, 9, 'y')",
    "INSERT INTO notes (owner, \"Shared?\", stars, title) VALUES ('eve', true, 9, 'secret'), ('eve', true, 1, 'x')",
    "INSERT INTO notes (title) VALUES ('')",
    "INSERT INTO notes (title) VALUES ('x')",
    "INSERT INTO notes (title, stars) VALUES ('a', 10)",
    "INSERT INTO notes (title) VALUES (NULL)",
    "INSERT INTO notes (owner, title) VALUES ('eve', 'two')",
    "INSERT INTO notes (owner, title) VALUES ('nobody', 'a')",
    "SET ROLE coverage_person",
    "SELECT set_config('app.me', 'bob', false)",
    "SELECT owner, title, twice FROM notes ORDER BY id",
    "INSERT INTO notes (owner, title) VALUES ('eve', 'mine')",
    "INSERT INTO notes (owner, title) VALUES ('bob', 'mine') RETURNING title",
    "UPDATE notes SET title = 'q' WHERE owner = 'ann'",
    "RESET ROLE",
    "INSERT INTO days VALUES ('2026-05-01', 1)",
    "INSERT INTO days VALUES ('2026-05-02', 0)",
    "INSERT INTO logs VALUES ('2026-05-03', 0)",
    "SELECT conname, conrelid::regclass::text, coninhcount, convalidated, connoinherit, obj_description(oid) FROM pg_constraint"
    " WHERE connamespace <> 'pg_catalog'::regnamespace ORDER BY 2, 1",
]


@pytest.fixture
def guarded(slate_base, empty_url):
    """A database with guards of every form, and the role that they are about."""
    with connect(slate_base.url()) as admin:
        admin.execute("ALTER SYSTEM SET track_functions = 'pl'")
        admin.execute("SELECT pg_reload_conf()")
        with connect(empty_url) as connection:
            connection.execute(SETUP.encode())
        yield empty_url
        with connect(empty_url) as connection:
            connection.execute("DROP OWNED BY coverage_person; DROP ROLE coverage_person")
        admin.execute("ALTER SYSTEM RESET track_functions")
        admin.execute("SELECT pg_reload_conf()")


def answers(url):
    """What each call answers in a session of its own that ends with a rollback."""
    found = []
    with connect(url, autocommit=False) as connection:
        for call in CALLS:
            connection.execute("SAVEPOINT s")
            try:
                cursor = connection.execute(call)
                found.append(cursor.fetchall() if cursor.description else cursor.rowcount)
            except psycopg.Error as error:
                diag = error.diag
                found.append((diag.sqlstate, diag.message_primary, diag.constraint_name, diag.message_detail))
                connection.execute("ROLLBACK TO s")
        connection.rollback()
    return [re.sub(r"contains \(\d+", "contains (id", str(answer)) for answer in found]


def test_rows_are_seen_let_through_and_refused_as_before(guarded):
    before = answers(guarded)
    with connect(guarded) as connection:
        assert instrument(connection).unmeasured == ()
    assert answers(guarded) == before


def test_each_operand_counts_true_false_and_null_and_a_constant_is_none(guarded, slate_base):
    with connect(guarded) as connection:
        plan, name = instrument(connection), connection.info.dbname
    answers(guarded)
    with connect(slate_base.url()) as admin:
        info, harvest = admin.info, Harvest()
        harvest.read(admin, {"host": info.host, "port": info.port, "user": info.user}, name)
    found = {
        (i.object, i.said): Measured(i, tuple(harvest.counts[n] for n in i.counters))
        for i in plan.items if i.kind in ("policy", "check")
    }  # fmt: skip
    said = {key: (m.counts, m.wanting) for key, m in found.items()}
    policy = 'notes.Own or "shared"'
    assert said[policy, "WITH CHECK (owner = current_setting('app.me'::text, true))"] == ((1, 2, 0), "")
    assert all(said[policy, 'USING "Shared?"'][0])
    assert said[policy, "USING (NOT (title = 'secret'::text))"][1] == ""
    assert [w for (o, s), (_, w) in said.items() if o == policy and "EXISTS" in s] == [""]
    assert not [o for o, _ in said if o == "notes.everybody"]
    assert said["notes.a_first", "CHECK (title <> ''::text)"][1] == ""
    assert said["notes.AND it's", 'CHECK ("Shared?" IS NOT NULL)'][0][1] == 1
    assert said["score.score%s", "CHECK (VALUE < 10)"][1] == ""
    assert said["score.score%s", "CHECK (VALUE > 0)"][1] == "never refused"
    assert said["days.days_v_check", "CHECK (v > 0)"] == ((1, 1, 0), "")
    assert said["notes.alone", "CHECK (owner <> 'nobody'::text)"][1] == ""


def test_a_refusal_finds_its_constraint_also_by_the_names_of_a_partition(guarded):
    harvest = Harvest()
    with harvest.listening():
        answers(guarded)
    with connect(guarded) as connection:
        known = constraints(connection)
    refused = {(known[k].object, known[k].said) for k in harvest.refusals if k in known}
    assert refused == {
        ("notes.a_first", "check"), ("notes.AND it's", "check"), ("score.score%s", "check"), ("notes.title", "not null"), ("notes.pair", "unique"),
        ("notes.alone", "check"), ("days.days_v_check", "check"), ("logs.logs_day_fkey", "foreign key"),
    }  # fmt: skip
    assert known[Key("public", "days_1", "days_1_pkey")].object == "days.days_pkey"
    assert "notes.id" not in {item.object for item in known.values()}, "a key is not NULL by being one"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("((a > 1) AND ((b IS NOT NULL) OR (NOT (c = 'x AND y'::text))))", ["(a > 1)", "(b IS NOT NULL)", "(NOT (c = 'x AND y'::text))"]),
        ('("AND" OR "or (")', ['"AND"', '"or ("']),
        ("CASE WHEN (a AND b) THEN c ELSE (d OR e) END", ["CASE WHEN (a AND b) THEN c ELSE (d OR e) END"]),
        ("(a) = (b)", ["(a) = (b)"]),
        ("(true OR (a))", ["(a)"]),
        ("true", []),
    ],
)  # fmt: skip
def test_operands_are_what_stands_between_and_and_or(condition, expected):
    assert [condition[a:b] for a, b in operands(condition)] == expected
    assert wrapped(condition, "o{}".format).count("o") - condition.count("o") == len(expected)


CATCHING = """
CREATE FUNCTION "Catch %s"(how integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE slate_coverage_s text := 'own'; said text;
BEGIN
    BEGIN
        CASE how
            WHEN 1 THEN INSERT INTO notes (title) VALUES ('');
            WHEN 2 THEN INSERT INTO notes (title) VALUES (NULL);
            WHEN 3 THEN INSERT INTO notes (title, stars) VALUES ('a', 10);
            WHEN 4 THEN INSERT INTO days VALUES ('2026-05-02', 0);
            ELSE PERFORM 1 / 0;
        END CASE;
    EXCEPTION WHEN division_by_zero OR integrity_constraint_violation THEN
        <<inner>>
        BEGIN
            GET STACKED DIAGNOSTICS said = CONSTRAINT_NAME;
            RETURN concat_ws(':', slate_coverage_s, SQLSTATE, said, SQLERRM);
        END;
    END;
END $$;
"""


def test_a_refusal_that_a_function_catches_counts_and_the_function_answers_as_before(guarded, slate_base):
    ask = 'SELECT "Catch %s"(n) FROM generate_series(1, 5) AS n'
    with connect(guarded) as connection:
        connection.execute(CATCHING.encode())
        before = connection.execute(ask.encode()).fetchall()
        plan, name = instrument(connection), connection.info.dbname
        assert plan.unmeasured == ()
    with connect(guarded) as connection:
        assert connection.execute(ask.encode()).fetchall() == before
        connection.execute("SET ROLE coverage_person")
        connection.execute("BEGIN READ ONLY")
        assert connection.execute(b'SELECT "Catch %s"(5)').fetchall() == before[4:]
        connection.execute("ROLLBACK")
    harvest = Harvest()
    with connect(slate_base.url()) as admin:
        harvest.read(admin, {"host": admin.info.host, "port": admin.info.port, "user": admin.info.user}, name)
    refused = {i.object for i, counts in counts_of(plan, harvest).items() if i.kind == "constraint" and any(counts)}
    assert refused == {"notes.a_first", "notes.title", "score.score%s", "days.days_v_check"}


ROUTINES = """
CREATE ROLE coverage_other;
CREATE FUNCTION mine(owner text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION "called %s"() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION idle() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION idle(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION secret() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE "do it"() LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION secret(), "called %s"(), mine(text), idle(), idle(integer) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE "do it"() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "called %s"(), mine(text), idle() TO coverage_person;
GRANT EXECUTE ON PROCEDURE "do it"() TO coverage_person;
GRANT EXECUTE ON FUNCTION idle() TO coverage_other;
CREATE POLICY more ON notes FOR SELECT TO coverage_person USING (mine(owner));
"""


def test_functions_are_told_by_role_as_called_and_as_refused_also_where_a_policy_calls_them(guarded):
    with connect(guarded) as connection:
        connection.execute(ROUTINES.encode())
    harvest = Harvest()
    try:
        with connect(guarded) as connection:
            plan = instrument(connection)
            with harvest.listening(), connection.transaction():
                for role, query in (
                    ("coverage_person", 'SELECT "called %s"()'), ("coverage_person", 'CALL public."do it"()'),
                    ("coverage_person", "SELECT id FROM notes"), ("coverage_person", "SELECT secret()"),
                    ("coverage_other", "SELECT public.mine('ann')"),
                ):  # fmt: skip
                    connection.execute(f"SAVEPOINT s; SET LOCAL ROLE {role}")
                    try:
                        connection.cursor().execute(query)
                    except psycopg.errors.InsufficientPrivilege:
                        connection.execute("ROLLBACK TO s")
                    connection.execute("RESET ROLE")
        counts = counts_of(plan, harvest)
        execute = {
            (i.object, i.kind, i.said.partition(" by ")[2]): sum(n) for i, n in counts.items() if "EXECUTE" in i.said
        }
    finally:
        with connect(guarded) as connection:
            connection.execute("DROP OWNED BY coverage_other; DROP ROLE coverage_other")
    person, other = "coverage_person", "coverage_other"
    assert execute == {
        ('"called %s"()', "privilege", person): 1, ('"do it"()', "privilege", person): 1, ("mine(text)", "privilege", person): 1,
        ("idle(…)", "privilege", person): 0, ("secret()", "denial", person): 1, ("idle(…)", "privilege", other): 0,
        ('"called %s"()', "denial", other): 0, ('"do it"()', "denial", other): 0, ("mine(text)", "denial", other): 1,
        ("secret()", "denial", other): 0,
    }  # fmt: skip
