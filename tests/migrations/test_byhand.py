"""What --dry-run prints: a file that psql runs to the same database and the same ledger as an apply."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.errors import FileError
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.psqltext import dollar_quoted, statements_for_psql
from slate_pg.testing.plugin import Base
from tests.conftest import PRODUCTS
from tests.migrations.test_scripts import CASES
from tests.workshop import COMMAND, Workshop

# Variables that psql would put into the text: names, quoted names and literals.
VARIABLES = ("-v", "hi=9", "-v", "name=oops", "-v", "DATABASE_NAME=oops", "-v", "x=oops", "-v", "lo=7")
LEDGER = (
    "SELECT kind, key, checksum, body, rollback_checksum, rollback_body, rollback_transactional, number = 0 "
    "FROM {}._slate_ledger ORDER BY kind, key, number"
)


def psql(url: str, text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run a file as a DBA does, with variables set that its text could be taken to name."""
    program = find_binaries().client_path("psql")
    command = [program, "-X", "-q", *VARIABLES, *options, "-f", "-", url]
    return subprocess.run(command, input=text, capture_output=True, check=False)


@pytest.fixture
def twin(slate_server: Base, shop: Workshop) -> Iterator[str]:
    """A second, empty database: there the file is run by psql."""
    name = "twin_" + shop.value("SELECT current_database()")
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield slate_server.url(name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def printed(shop: Workshop, url: str, *command: str) -> bytes:
    """Return what --dry-run prints, byte for byte."""
    words = [*COMMAND, *(command or ("apply",)), "--dry-run", "--migrations", shop.folder.parent, "--database", url]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        while cursor.nextset():
            pass
        return cursor.fetchall()


def test_the_ledger_is_the_one_that_an_apply_writes_and_every_command_agrees(shop: Workshop, twin: str) -> None:
    shop.write("0001_a", "CREATE TABLE a (id integer PRIMARY KEY);\n-- the end", "DROP TABLE a;")
    shop.write(
        "0002_b", "-- transactional: false\nCREATE INDEX CONCURRENTLY a_b ON a (id);\nSELECT 1", "DROP INDEX a_b;"
    )
    shop.write("0003_c", "INSERT INTO a SELECT generate_series(1, 3)", "TRUNCATE a")
    text = printed(shop, twin)
    assert rows(twin, "SELECT count(*) FROM pg_class WHERE relname ~ '_slate'") == [(0,)]
    ran = psql(twin, text)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert shop.apply() == ["0001_a", "0002_b", "0003_c"]
    assert rows(twin, LEDGER.format("shop")) == rows(shop.url, LEDGER.format("shop"))
    assert rows(twin, "SELECT count(*) FROM shop.a") == [(3,)]
    assert shop.slate("status", url=twin).returncode == 0
    assert shop.slate("apply", url=twin).stdout == "shop: up to date\n"
    assert shop.slate("drift", url=twin).returncode == 0
    undone = psql(twin, printed(shop, twin, "rollback", "shop", "--steps", "2"))
    assert (undone.returncode, undone.stderr) == (0, b"")
    shop.rollback(steps=2)
    assert rows(twin, LEDGER.format("shop")) == rows(shop.url, LEDGER.format("shop"))
    assert shop.slate("rollback", "shop", url=twin).stdout == "shop: 1 rolled back\n"


@pytest.mark.parametrize("name", CASES)
def test_psql_makes_of_every_script_what_apply_makes(shop: Workshop, twin: str, name: str) -> None:
    text, question, answer = CASES[name][:3]
    shop.write("0001_case", text)
    ran = psql(twin, printed(shop, twin))
    assert ran.returncode == 0, ran.stderr
    shop.apply()
    found = [rows(url, f"SET search_path = shop; {question}") for url in (twin, shop.url)]
    assert found[0] == found[1]
    assert answer in (None, found[0][0][0])
    assert rows(twin, LEDGER.format("shop")) == rows(shop.url, LEDGER.format("shop"))


HOSTILE = ("Weird Name", 'q"uote', "x'y;--", "ÄÖÜ", "select", "n" * 63, "a%s", "$slate$", ":name", "back\\slash")


@pytest.mark.parametrize("schema", HOSTILE)
def test_any_name_of_an_installation_is_printed_and_runs(shop: Workshop, twin: str, schema: str) -> None:
    shop.write("0001_a", "CREATE TABLE a (id integer PRIMARY KEY);", "DROP TABLE a;")
    shop.write("0002_b", "-- transactional: false\nCREATE INDEX CONCURRENTLY a_b ON a (id);", "DROP INDEX a_b;")
    ran = psql(twin, printed(shop, twin, "apply", "--as", schema))
    assert (ran.returncode, ran.stderr) == (0, b"")
    shop.apply(schema=schema)
    query = LEDGER.format(sql.Identifier(schema).as_string(None))
    assert rows(twin, query) == rows(shop.url, query)


SESSIONS = {
    "role": "SET ROLE pg_monitor",
    "session user": "SET SESSION AUTHORIZATION pg_monitor",
    "encoding": "SET client_encoding = 'LATIN1'",
    "path": "SET search_path = ''",
    "role by function": "SELECT set_config('role', 'pg_monitor', false)",
    "no bound": "SET lock_timeout = 0",
}


@pytest.mark.parametrize("mode", ["", "-- transactional: false\n"], ids=["transactional", "not"])
@pytest.mark.parametrize("setting", SESSIONS)
def test_what_a_script_does_to_its_session_harms_neither_ledger_nor_the_next(
    shop: Workshop, twin: str, mode: str, setting: str
) -> None:
    shop.write("0001_grüße", f"{mode}CREATE TABLE shop.a (n text);\n{SESSIONS[setting]};\nSELECT 'ü';\nSELECT 2;")
    shop.write("0002_b", f"{mode}INSERT INTO a VALUES (current_user || current_setting('timezone'));")
    ran = psql(twin, printed(shop, twin))
    assert (ran.returncode, ran.stderr) == (0, b"")
    shop.apply()
    for query in (LEDGER.format("shop"), "SELECT * FROM shop.a"):
        assert rows(twin, query) == rows(shop.url, query)


def test_a_failure_stops_the_file_and_apply_goes_on_from_there(shop: Workshop, twin: str) -> None:
    shop.write("0001_a", "CREATE TABLE a (id integer);")
    shop.write(
        "0002_b",
        "-- transactional: false\nINSERT INTO a VALUES (1);\nSELECT 1 / (SELECT count(*) - 1 FROM a);\nINSERT INTO a VALUES (2);",
    )
    shop.write("0003_c", "CREATE TABLE c ();")
    ran = psql(twin, printed(shop, twin))
    assert ran.returncode == 3
    assert b"division by zero" in ran.stderr
    status = shop.slate("status", "--json", url=twin)
    assert json.loads(status.stdout)["installations"][0]["interrupted"] == [
        {"id": "0002_b", "direction": "apply", "finished": 1, "total": 3}
    ]
    refused = shop.slate("apply", "--dry-run", url=twin)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "0002_b stopped after statement 1 of 3" in refused.stderr
    rows(twin, "INSERT INTO shop.a VALUES (7) RETURNING 1")
    assert shop.slate("apply", url=twin).returncode == 0
    assert rows(twin, "SELECT id FROM shop.a ORDER BY 1") == [(1,), (2,), (7,)]


def test_a_file_that_was_printed_before_another_apply_does_nothing(shop: Workshop, twin: str) -> None:
    shop.write("0001_a", "CREATE TABLE a ();", "DROP TABLE a;")
    first = printed(shop, twin)
    assert psql(twin, first).returncode == 0
    again = psql(twin, first)
    assert again.returncode == 3
    assert b"the ledger of shop is not as it was" in again.stderr
    shop.write("0002_b", "CREATE TABLE b ();", "DROP TABLE b;")
    second = printed(shop, twin)
    assert shop.slate("rollback", "shop", url=twin).returncode == 0
    assert psql(twin, second).returncode == 3
    assert rows(twin, "SELECT to_regclass('shop.b')") == [(None,)]
    with psycopg.connect(twin) as other:
        from slate_pg.migrations.ledger import lock_key

        other.execute("SELECT pg_advisory_lock(%s)", [lock_key("shop")])
        busy = psql(twin, printed(shop, twin))
        assert b"another slate is at work on shop" in busy.stderr


SMUGGLED = {
    "a command behind a statement": "SELECT 1 \\g /tmp/gate_smuggled\n;",
    "a shell": "SELECT (\n\\! touch /tmp/gate_smuggled\n1);",
    "strings that end elsewhere": "SET standard_conforming_strings = off;\nSELECT 'a\\' || '\\! touch /tmp/gate_smuggled\n';",
    "the same by function": "SELECT set_config('standard_conforming_strings', 'off', true);\nSELECT 'a\\' || '\n\\! touch /tmp/gate_smuggled\n';",
    "an open comment": "SELECT 1;\n/* /* open */\n",
}


@pytest.mark.parametrize("case", SMUGGLED)
def test_what_psql_would_obey_is_refused_with_its_file(shop: Workshop, case: str) -> None:
    path = shop.write("0001_a", SMUGGLED[case])
    ran = shop.slate("apply", "--dry-run")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert str(path) in ran.stderr


def test_an_escape_string_that_goes_on_behind_a_comment_hides_no_command(shop: Workshop, twin: str) -> None:
    shop.write("0001_a", "CREATE TABLE a AS SELECT E'a' -- and\n  -- more\n'b\\' || ; \\! touch /tmp/x ' AS s;")
    ran = psql(twin, printed(shop, twin))
    assert ran.returncode == 0, ran.stderr
    assert rows(twin, "SELECT s FROM shop.a") == [("ab' || ; ! touch /tmp/x ",)]


def test_a_dump_with_restrict_lines_and_data_runs_in_every_psql(shop: Workshop, twin: str) -> None:
    text = "\\restrict abc\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSET lock_timeout = 0;\nCREATE TABLE shop.a (n text);\nCOPY shop.a FROM stdin;\n:name\t\n\\restrict x\n\\.\n\n\\unrestrict abc\n".replace(
        "\t", ""
    )
    shop.write("0001_a", text)
    file = printed(shop, twin)
    assert b"\n\\restrict abc" not in file.split(b"INSERT INTO")[0]
    ran = psql(twin, file)
    assert ran.returncode == 0, ran.stderr
    assert rows(twin, "SELECT n FROM shop.a ORDER BY n") == rows(
        twin, "SELECT n FROM (VALUES (':name'), (E'\\restrict x')) AS v (n) ORDER BY n"
    )


def test_a_tag_never_occurs_in_what_it_quotes() -> None:
    assert dollar_quoted("a $slate$ b $slate1$").startswith("$slate2$\n")


def test_only_colons_that_name_a_variable_are_written_otherwise() -> None:
    written = [
        text
        for _, text in statements_for_psql("SELECT a::text, b[1:n], ':x', \":x\", $$:x$$, f(a := 1) -- :x\n, :'q';")
    ]
    assert written == ["SELECT a::text, b[1\\:n], ':x', \":x\", $$:x$$, f(a := 1) -- :x\n, \\:'q';\n"]
    with pytest.raises(FileError, match="line 2: a backslash"):
        statements_for_psql("SELECT\n1 \\gset")


def test_the_products_are_built_by_psql_as_by_apply(
    slate: Any, slate_server: Base, empty_url: str, tmp_path: Path
) -> None:
    slate("bootstrap", "--database", empty_url)
    done = slate("apply", "--dry-run", "--database", empty_url)
    assert done.code == 0, done.err
    assert done.out.index("-- core (core)") < min(done.out.index(f"-- {p} ({p})") for p in PRODUCTS if p != "core")
    ran = psql(empty_url, done.out.encode())
    assert ran.returncode == 0, ran.stderr
    assert slate("status", "--database", empty_url).code == 0
    drift = slate("drift", "--database", empty_url)
    assert drift.code == 0, drift.out
    north = slate("apply", "flourish", "--as", "north", "--dry-run", "--database", empty_url)
    assert psql(empty_url, north.out.encode()).returncode == 0
    assert slate("status", "flourish", "--database", empty_url).code == 0
    for product in reversed(PRODUCTS):
        undone = slate("rollback", product, "--all", "--dry-run", "--database", empty_url)
        if product == "core":
            continue
        ran = psql(empty_url, undone.out.encode())
        assert ran.returncode == 0, ran.stderr
        assert rows(empty_url, f"SELECT count(*) FROM {product}._slate_ledger WHERE kind = 'migration'") == [(0,)]
