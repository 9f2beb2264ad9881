"""Reading through libpq alone gives what psycopg gives, and leaves to psycopg whatever it cannot do."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from slate_pg import libpq
from slate_pg.postgres import light
from slate_pg.postgres.connection import connect

HOSTILE = ("Weird Name", 'a"b', "a'b", "a\\b", "{x,y}", "NULL", "", " ", "100 % of %s", "naïve ❄", "x" * 63, "a\nb\tc")


@pytest.fixture
def both(shop):
    with light.connect(shop.url, "slate status") as one, connect(shop.url) as other:
        yield one, other


def test_the_libpq_that_psycopg_brings_along_is_found():
    """Where this fails after an upgrade, all still works, and `slate status` takes twice as long."""
    assert libpq.library() is not None


@pytest.mark.parametrize("name", HOSTILE)
def test_texts_and_lists_of_them_come_back_as_they_were(both, name):
    for connection in both:
        row = connection.execute("SELECT %s::text, %(no)s::text[], '%%'".replace("%(no)s", "%s"), [name, [name, "b"]])
        assert row.fetchall() == [(name, [name, "b"], "%")]
        named = connection.execute("SELECT %(a)s::text, %(b)s::text, %(a)s::text", {"a": name, "b": "b"}).fetchone()
        assert named == (name, "b", name)


def test_every_type_that_ledgers_have_reads_as_by_psycopg(both):
    query = """
        SELECT 1::smallint, 2, 9223372036854775807::bigint, 4::oid, true, false, NULL::boolean, 'n'::name, '"'::"char",
            1.5::float8, 'Infinity'::real, NULL::text, '{"a": [1, "ä"]}'::jsonb, ARRAY['a', NULL, 'NULL', '"\\', '{']::text[],
            ARRAY[]::text[], ARRAY['n']::name[], timestamptz '2024-02-29 23:59:59.123456+05:30', timestamptz '1901-01-01',
            timestamptz '2024-01-01 00:00:00.5+00'
    """
    for connection in both:
        connection.execute("SET timezone = 'Asia/Kathmandu'")
    found, wanted = (connection.execute(query).fetchone() for connection in both)
    assert [*found[:-3]] == [*wanted[:-3]]
    assert [t.astimezone(UTC) for t in found[-3:]] == [t.astimezone(UTC) for t in wanted[-3:]]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT '\\x00'::bytea", "SELECT 1.5::numeric", "SELECT now() - now()", "SELECT ARRAY[ARRAY['a']]::text[]",
        "SELECT timestamptz 'infinity'", "SELECT timestamptz '0044-03-15 BC'", "SELECT 1/0", "SELECT FROM nowhere",
        sql.SQL("SELECT {}").format(1), "SELECT '\udcff'", b"SELECT '\xff'", "SELECT 1; SELECT 2", "COPY (SELECT 1) TO STDOUT", "SELECT pg_terminate_backend(pg_backend_pid())",
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_unfit_and_never_a_wrong_value(both, query):
    with pytest.raises(light.Unfit):
        both[0].execute(query)


def test_whatever_else_is_asked_of_the_connection_is_unfit(both):
    for ask in (lambda c: c.pgconn, lambda c: c.cursor(), lambda c: c.execute("SELECT %s", [object()])):
        with pytest.raises(light.Unfit):
            ask(both[0])


def test_the_session_has_the_settings_that_sessions_of_ours_have(shop, monkeypatch):
    monkeypatch.setenv("PGOPTIONS", "-c datestyle=German -c statement_timeout=5")
    with light.connect(shop.url, "slate status") as connection:
        query = "SELECT current_setting('datestyle'), current_setting('statement_timeout'), current_setting('application_name')"
        assert connection.execute(query).fetchone() == ("ISO, MDY", "0", "slate status")


@pytest.mark.parametrize("url", ["host=127.0.0.1 port=1", "service=none_of_this_name", "host=/nowhere dbname=x"])
def test_a_server_that_does_not_answer_is_unfit(url):
    with pytest.raises(light.Unfit):
        light.connect(url, "slate status")


@pytest.mark.parametrize(
    "text",
    [
        "", "dbname=x", "postgresql://u:p%40ss@h:1/d?sslmode=require&options=-c%20a%3Db", "host='a b' user='it''s'",
        "postgres://[::1]:5/x", "host=a,b port=1,2", "dbname='\\'' user=ü", "postgresql:///d?host=/tmp/x y", "nonsense",
        "postgresql://h:port/d", "a=b", "host='", "\ud800", "postgresql://%zz", "postgresql://%ff@h/d", "password=",
    ],
)  # fmt: skip
def test_a_connection_string_reads_as_psycopg_reads_it(text):
    try:
        wanted = {name: str(value) for name, value in conninfo_to_dict(text).items() if value is not None}
    except (psycopg.Error, ValueError):
        wanted = None
    assert libpq.parse(text) == wanted


def test_a_connection_string_with_a_nul_is_not_read_up_to_there():
    assert libpq.parse("dbname=x\0y") is None


def test_ctrl_c_ends_the_statement_on_the_server_too(shop):
    script = f"""
        from slate_pg.postgres import light
        connection = light.connect({shop.url!r}, "slate status")
        print("ready", flush=True)
        connection.execute("SELECT 1 FROM (SELECT pg_sleep(600)) AS s")
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as ran:
        assert ran.stdout.readline() == b"ready\n"
        with connect(shop.url) as connection:
            _until(lambda: _sleeping(connection) == 1)
            os.kill(ran.pid, signal.SIGINT)
            assert ran.wait(60)
            _until(lambda: _sleeping(connection) == 0)


def _sleeping(connection):
    query = "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep.600' AND state = 'active' AND pid <> pg_backend_pid()"
    return connection.execute(query).fetchone()[0]


def _until(true):
    end = time.monotonic() + 240
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
