"""Our counts of statements, against those of plpgsql_check's profiler where the server offers it."""

from __future__ import annotations

from collections import Counter

import pytest

from slate_pg.coverage.harvest import Harvest
from slate_pg.coverage.instrument import instrument
from slate_pg.postgres.connection import connect
from tests.coverage.test_counting import HOSTILE

CALLS = [
    'SELECT "Weird ""Schema"""."select %s {x}"(2), "Weird ""Schema"""."select %s {x}"(1)',
    "SELECT seen()",
    "SELECT * FROM rows_of(3)",
    "SELECT * FROM rows_of(1)",
    "SELECT caught(4), caught(0), caught(2)",
    "UPDATE t SET note = 'y'",
    "SELECT shapes(3), shapes(0), shapes(NULL)",
]
# Forms that the hostile schema leaves out: all loops, cursors, nested blocks, CASE with and without an operand.
SHAPES = """
CREATE FUNCTION shapes(n integer) RETURNS integer LANGUAGE plpgsql AS $$
<<fn>>
DECLARE
    c CURSOR (low integer) FOR SELECT i FROM generate_series(low, 3) AS i;
    a integer[] := ARRAY[1, 2]; x integer := 0; r record; done boolean := false;
BEGIN
    WHILE x < coalesce(n, 1) LOOP x := x + 1; CONTINUE WHEN x = 2; x := x; END LOOP;
    FOREACH x IN ARRAY a LOOP NULL; END LOOP;
    IF n = 0 THEN RAISE division_by_zero; END IF;
    RETURN x;
EXCEPTION WHEN others THEN
    FOR r IN c(2) LOOP
        x := x + r.i;
    END LOOP;
    DECLARE y integer; BEGIN
        y := x;
        <<inner>> LOOP
            EXIT inner WHEN y > 5;
            y := y + 1;
            CASE WHEN y = 3 THEN x := 1; WHEN y = 4 THEN x := 2; ELSE x := 0; END CASE;
        END LOOP;
        OPEN c(1); FETCH c INTO y; CLOSE c;
        ASSERT y = 1, 'one';
        PERFORM 1; EXECUTE 'SELECT 1' INTO y;
        RETURN fn.x + y;
    END;
END $$;
"""


def ours(slate_base, url):
    """How often statements ran that begin on a line, by function and line."""
    with connect(url) as connection:
        plan, name = instrument(connection), connection.info.dbname
    with connect(url) as connection:
        for call in CALLS:
            connection.execute(call)
    harvest = Harvest()
    with connect(slate_base.url()) as admin:
        info = admin.info
        harvest.read(admin, {"host": info.host, "port": info.port, "user": info.user}, name)
    found = Counter()
    for item in plan.items:
        if item.kind == "statement" and item.said.upper() != "NULL":
            found[item.object.partition("(")[0].strip('"'), item.line] += harvest.counts[item.counters[0]]
    return +found


def theirs(url):
    """The same, as the profiler has it. A block is not counted by us, nor the RETURN that ends a body unwritten."""
    query = """
        SELECT p.proname, s.lineno, sum(s.exec_stmts)::integer
        FROM pg_proc AS p, plpgsql_profiler_function_statements_tb(p.oid) AS s
        WHERE p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
            AND p.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'Weird "Schema"'))
            AND s.stmtname <> 'statement block' AND s.lineno > 0
            AND p.proname <> 'any_of' -- the profiler cannot look a polymorphic function up
        GROUP BY 1, 2"""
    with connect(url) as connection:
        connection.execute("LOAD 'plpgsql_check'; SET plpgsql_check.profiler = on")
        for call in CALLS:
            connection.execute(call)
        return +Counter({(name, line): count for name, line, count in connection.execute(query).fetchall()})


def test_both_count_the_same_statements_as_often(slate_base, empty_url):
    with connect(empty_url) as connection:
        if not connection.execute("SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check'").fetchall():
            version = connection.info.server_version // 10000
            pytest.skip(
                f"this PostgreSQL {version} does not offer plpgsql_check (Debian: postgresql-{version}-plpgsql-check)"
            )
        connection.execute((HOSTILE + SHAPES).encode())
        connection.execute("CREATE EXTENSION plpgsql_check")
    name = empty_url.partition("/keeping")[2].partition("?")[0]
    with connect(slate_base.url()) as admin:
        admin.execute("ALTER SYSTEM SET track_functions = 'pl'")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute(f'CREATE DATABASE "counting{name}" TEMPLATE "keeping{name}"')
        try:
            counted, profiled = ours(slate_base, slate_base.url(f"counting{name}")), theirs(empty_url)
        finally:
            admin.execute(f'DROP DATABASE "counting{name}" WITH (FORCE)')
            admin.execute("ALTER SYSTEM RESET track_functions")
            admin.execute("SELECT pg_reload_conf()")
    assert counted == profiled
    assert len(counted) > 30
