"""A database that counts does what it did before, and its counts are true."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from slate_pg.coverage.harvest import Harvest
from slate_pg.coverage.instrument import instrument
from slate_pg.coverage.places import bodies
from slate_pg.postgres.connection import connect

SOURCE = Path(__file__).with_name("hostile.sql")
HOSTILE = SOURCE.read_text("utf-8")
CALLS = [
    """SELECT "Weird ""Schema""\"."select %s {x}"(2), "Weird ""Schema""\"."select %s {x}"(1)""",
    "SELECT seen()",
    "SELECT * FROM rows_of(1)",
    "SELECT * FROM rows_of(3)",
    "SELECT caught(4), caught(0)",
    "SELECT any_of(1, 2, 3), any_of('a'::text, 'b')",
    "CALL commits(1)",
    "SELECT plain(1), standard(2), atomic(3), two()",
    "SELECT * FROM of_table(2) WHERE note IS NULL",
    "UPDATE t SET note = 'y' RETURNING id",
    "SELECT * FROM said ORDER BY ctid",
    "SELECT id FROM t WHERE doubled(id) = 4",
    "SELECT caught('NaN'), 1 / 0",
]


def answers(connection):
    """What each call answers: rows, or the error with its context."""
    found = []
    for call in CALLS:
        try:
            found.append(connection.execute(call).fetchall())
        except psycopg.Error as error:
            found.append([error.sqlstate, error.diag.message_primary, error.diag.context])
    return found


@pytest.fixture
def pair(slate_base, empty_url):
    """The same hostile schema twice: as it is, and counting; with the plan of the second."""
    name = empty_url.partition("/keeping")[2].partition("?")[0]
    with connect(empty_url) as plain:
        plain.execute(HOSTILE.encode())
    with connect(slate_base.url()) as admin:
        admin.execute("ALTER SYSTEM SET track_functions = 'pl'")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute(f'CREATE DATABASE "counting{name}" TEMPLATE "keeping{name}"')
        with connect(slate_base.url(f"counting{name}")) as template:
            plan = instrument(template, list(bodies(SOURCE, HOSTILE)))
        with connect(slate_base.url(f"counting{name}")) as counting, connect(empty_url) as plain:
            yield plain, counting, plan
        admin.execute(f'DROP DATABASE "counting{name}" WITH (FORCE)')
        admin.execute("ALTER SYSTEM RESET track_functions")
        admin.execute("SELECT pg_reload_conf()")


def counted(slate_base, connection, plan):
    """How often each item was passed, by kind and what it says."""
    harvest = Harvest()
    info = connection.info
    with psycopg.connect(slate_base.url(), autocommit=True) as admin:
        harvest.read(admin, {"host": info.host, "port": info.port, "user": info.user}, info.dbname)
    return {(i.object, i.kind, i.said): harvest.counts[i.counters[0]] for i in plan.items if i.counters}


def test_every_call_answers_as_it_did_line_numbers_found_and_row_counts_included(pair):
    plain, counting, plan = pair
    assert [u.object for u in plan.unmeasured] == ["doubled(integer)"]
    assert answers(counting) == answers(plain)


def test_identity_owner_rights_and_settings_of_functions_stay(pair):
    plain, counting, _ = pair
    kept = """
        SELECT p.oid, proname, proowner, proacl::text, proconfig, prosecdef, provolatile, proisstrict, procost, proargtypes
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
        WHERE nspname IN ('public', 'Weird "Schema"') ORDER BY 1"""
    assert counting.execute(kept).fetchall() == plain.execute(kept).fetchall()


def test_counts_are_exact_and_survive_a_rollback(pair, slate_base):
    _, counting, plan = pair
    counting.execute("BEGIN")
    answers_before = counting.execute("SELECT * FROM rows_of(3)").fetchall()
    counting.execute("SELECT caught(0), caught(1)")
    counting.execute("ROLLBACK")
    found = counted(slate_base, counting, plan)
    assert len(answers_before) == 4
    assert found["rows_of(integer)", "statement", "CONTINUE outer WHEN i = 2"] == 3
    assert found["rows_of(integer)", "statement", "RETURN NEXT"] == 2
    assert found["rows_of(integer)", "branch", "WHEN 1"] == 1
    assert found["rows_of(integer)", "branch", "ELSE of CASE i"] == 0
    assert found["caught(numeric)", "branch", "EXCEPTION WHEN division_by_zero"] == 1
    assert found["caught(numeric)", "branch", "EXCEPTION WHEN others"] == 0
    assert found["commits(integer)", "statement", "COMMIT"] == 0


def test_each_trigger_is_told_from_the_others_that_call_the_same_function(pair, slate_base):
    _, counting, plan = pair
    counting.execute("INSERT INTO t VALUES (1), (2)")
    counting.execute("UPDATE t SET note = 'z' WHERE id = 99")
    found = counted(slate_base, counting, plan)
    fired = {name: n for (name, kind, _), n in found.items() if kind == "trigger"}
    assert fired == {"""t.on "insert" it's""": 1, "t.on_update": 1, "t.on_delete": 0}


def test_statements_have_their_lines_in_the_file_that_defined_them(pair):
    _, _, plan = pair
    lines = HOSTILE.split("\n")
    for item in plan.items:
        if item.kind == "statement" and not item.object.startswith(("standard", "atomic")):
            assert item.said.split()[0].strip(";") in lines[item.at - 1], item


def test_whoever_may_call_a_function_still_may_where_new_functions_are_for_nobody(slate_base, empty_url):
    with connect(empty_url) as connection:
        connection.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        connection.execute("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 7; END'")
        connection.execute("CREATE ROLE coverage_nobody; GRANT EXECUTE ON FUNCTION f() TO coverage_nobody")
        try:
            instrument(connection)
            connection.execute("SET ROLE coverage_nobody")
            assert connection.execute("SELECT f()").fetchall() == [(7,)]
        finally:
            connection.execute("RESET ROLE; DROP OWNED BY coverage_nobody; DROP ROLE coverage_nobody")
