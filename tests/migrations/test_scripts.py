"""Guarantee 2: whatever psql accepts is accepted, and an error names file, line, column, statement and code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.errors import FileError, MigrationFailed
from slate_pg.postgres import dumps
from slate_pg.postgres.binaries import find_binaries
from tests.workshop import Workshop

CASES = {
    "nested dollar quotes": (
        "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN EXECUTE $x$ SELECT "
        "$$a;b$$ $x$; RETURN $$it's; $x$;$$; END $f$;",
        "SELECT f()",
        "it's; $x$;",
    ),
    "begin atomic": (
        "CREATE TABLE t (n integer); CREATE FUNCTION f(a integer) RETURNS integer BEGIN "
        "ATOMIC INSERT INTO t VALUES (a); "
        "SELECT CASE WHEN a > 1 THEN 10 ELSE 20 END; END; INSERT INTO t VALUES (9);",
        "SELECT f(2) + (SELECT sum(n) FROM t)::integer",
        19,
    ),
    "do block with percent signs": (
        "DO $$ BEGIN RAISE NOTICE '% of 100 %%', 5; EXECUTE format('CREATE TABLE %I (n integer)', 'a%b'); END $$;",
        'SELECT count(*) FROM "a%b"',
        0,
    ),
    "quoted body with nested begin": (
        "CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS 'BEGIN BEGIN RETURN CASE "
        "WHEN true THEN 1 ELSE 2 END; END; END;';",
        "SELECT f()",
        1,
    ),
    "comments with semicolons and quotes": (
        "-- a; b's\n/* one; /* two; ' */ still; $$ */ CREATE TABLE t (n integer /* ; */); -- "
        ";'\nINSERT INTO t /*;*/ VALUES (3) --;\n;",
        "SELECT n FROM t",
        3,
    ),
    "escape strings": (
        r"CREATE TABLE t AS SELECT E'a\'; -- \\' AS s, 'b\' AS u;",
        "SELECT s || u FROM t",
        "a'; -- \\b\\",
    ),
    "unicode strings": (
        "CREATE TABLE t AS SELECT U&'d\\0061t\\+000061;' AS s, 'ü€😀' AS u;",
        "SELECT s || u FROM t",
        "data;ü€😀",
    ),
    "quoted identifiers": (
        'CREATE TABLE "a;""b$$" (n integer); INSERT INTO "a;""b$$" VALUES (1);',
        'SELECT n FROM "a;""b$$"',
        1,
    ),
    "percent signs": (
        "CREATE TABLE t AS SELECT 17 % 5 AS n, '%s %(a)s %%' AS s;",
        "SELECT n::text || s FROM t",
        "2%s %(a)s %%",
    ),
    "colon names and casts": (
        "CREATE TABLE t AS SELECT ':name :DATABASE_NAME'::text AS s;",
        "SELECT s FROM t",
        ":name :DATABASE_NAME",
    ),
    "array slices": (
        "CREATE FUNCTION f(a integer[], lo integer, hi integer) RETURNS integer[] LANGUAGE sql AS 'SELECT a[lo:hi]';",
        "SELECT f('{1,2,3,4}', 2, 3)",
        [2, 3],
    ),
    "templates of other tools": (
        "CREATE TABLE t AS SELECT '${x} {x} {{x}} {% if %} $1 @x@' AS s;",
        "SELECT s FROM t",
        "${x} {x} {{x}} {% if %} $1 @x@",
    ),
    "jsonb question marks": (
        """CREATE TABLE t AS SELECT '{"a":1}'::jsonb ? 'a' AS q, '{"a":1}'::jsonb ?| ARRAY['b'] AS r;""",
        "SELECT q AND NOT r FROM t",
        True,
    ),
    "rule with two actions": (
        "CREATE TABLE t (n integer); CREATE VIEW v AS SELECT * FROM t; CREATE RULE r AS ON INSERT TO v DO INSTEAD "
        "(INSERT INTO t VALUES (NEW.n); INSERT INTO t VALUES (NEW.n + 1)); INSERT INTO v VALUES (5);",
        "SELECT sum(n) FROM t",
        11,
    ),
    "slate's directives inside a body": (
        "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n-- depends: "
        "nowhere\n-- transactional: false\nRETURN 'ok'; END $$;\n"
        "-- depends: nowhere_either\nCREATE TABLE t ();",
        "SELECT f()",
        "ok",
    ),
    "restrict lines inside a body": (
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a\n\\restrict me\n\\unrestrict me' $$;",
        "SELECT f()",
        "a\n\\restrict me\n\\unrestrict me",
    ),
    "crlf line ends": (
        "-- why\r\nCREATE TABLE t (s text);\r\nINSERT INTO t VALUES ('a\r\nb'); -- c\r\n",
        "SELECT s FROM t",
        "a\r\nb",
    ),
    "rows returned and empty statements": (
        ";; SELECT 1; SELECT; ;\nSELECT generate_series(1, 5000); CREATE TABLE t (n integer);",
        "SELECT count(*) FROM t",
        0,
    ),
    "copy from stdin": (
        "CREATE TABLE t (a text, b text);\nCOPY t (a, b) FROM stdin;\nx;y\tit''s\n\\N\t-- no "
        "comment\n\\\\.\t$$\n\\.\nINSERT INTO t VALUES ('z', '1');\n",
        "SELECT string_agg(coalesce(a, 'null') || '=' || b, '|' ORDER BY b) FROM t WHERE a IS DISTINCT FROM '\\.'",
        None,
    ),
    "copy to stdout": (
        "CREATE TABLE t AS SELECT 1 AS n; COPY t TO STDOUT; COPY t TO STDOUT; INSERT INTO t VALUES (2);",
        "SELECT sum(n) FROM t",
        3,
    ),
    "savepoints": (
        "CREATE TABLE t (n integer); SAVEPOINT s; INSERT INTO t VALUES (1); ROLLBACK TO "
        "SAVEPOINT s; RELEASE s; INSERT INTO t VALUES (2);",
        "SELECT sum(n) FROM t",
        2,
    ),
    "no semicolon at the end": ("CREATE TABLE t (n integer); INSERT INTO t VALUES (4)", "SELECT n FROM t", 4),
    "words that look like blocks": (
        'CREATE TABLE "begin" ("end" integer, "case" integer); CREATE FUNCTION f("begin" '
        "integer) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$; CREATE TABLE t (n integer);",
        "SELECT count(*) FROM t",
        0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_psql_accepts_is_applied_word_for_word(shop: Workshop, case: str) -> None:
    script, question, answer = CASES[case]
    shop.write("shop_0001_case", script)
    shop.write("shop_0002_after", "CREATE TABLE after ();")
    assert shop.apply() == ["shop_0001_case", "shop_0002_after"]
    shop.do("SET search_path = shop")
    found = shop.value(question)
    assert answer is None or found == answer
    psql = shop.root / "case.sql"
    psql.write_bytes(b"SET search_path = by_psql;\n" + script.encode())
    shop.do("CREATE SCHEMA by_psql")
    run_psql(shop, psql)
    shop.do("SET search_path = by_psql")
    assert shop.value(question) == found, "psql makes the same of it"


def run_psql(shop: Workshop, path: Path) -> None:
    binaries = find_binaries()
    done = subprocess.run(
        [binaries.path("psql"), "-X", "-1", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-f", path, shop.url],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_an_escape_string_over_two_lines_is_applied_where_psql_itself_fails(shop: Workshop) -> None:
    shop.write("shop_0001_e", "-- transactional: false\nCREATE TABLE t AS SELECT E'a'\n  'b\\';c' AS s;")
    shop.apply()
    assert shop.value("SELECT s FROM shop.t") == "ab';c"


@pytest.mark.parametrize("body", [b"", b"\n\n", b"-- only; a comment's\n/* and /* another */ ; */", b"; ;\n;"])
@pytest.mark.parametrize("mode", [b"", b"-- transactional: false\n"], ids=["transactional", "not"])
def test_a_file_without_statements_is_applied_and_recorded(shop: Workshop, body: bytes, mode: bytes) -> None:
    shop.write("shop_0001_nothing", mode + body)
    assert shop.apply() == ["shop_0001_nothing"]
    assert shop.rollback() == ["shop_0001_nothing"]


def test_a_byte_order_mark_is_no_part_of_the_script_and_shifts_no_line(shop: Workshop) -> None:
    shop.write("shop_0001_bom", b"\xef\xbb\xbf-- transactional: true\nCREATE TABLE t ();\n")
    path = shop.write("shop_0002_bad", b"\xef\xbb\xbfSELEC 1;\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:1:1" in failed.value.message
    assert shop.ledger() == ["shop_0001_bom"]


def dump(shop: Workshop, *options: str) -> bytes:
    done = subprocess.run([find_binaries().path("pg_dump"), *options, shop.url], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return dumps.for_server(shop.watch, done.stdout.decode()).encode()  # pg_dump may be newer than the server


def test_pg_dumps_own_output_is_a_migration(shop: Workshop) -> None:
    """search_path '', COPY … FROM stdin with data, \\restrict lines: one schema's dump, applied as it was written."""
    shop.do(
        "CREATE SCHEMA legacy; SET search_path = legacy;"
        "CREATE TABLE books (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, extra jsonb);"
        "CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql AS $$ SELECT upper(t) || ';' $$;"
        "CREATE VIEW loud AS SELECT shout(title) AS title FROM books;"
    )
    strange = ["a\tb", "c\nd", "\\.", "it's; $$", "ünïcødé 😀", "\\N", "", "\\restrict x", "-- no comment"]
    for title in strange:
        shop.watch.execute("INSERT INTO legacy.books (title, extra) VALUES (%s, %s)", [title, '{"a": [1, "\\\\n"]}'])
    text = dump(shop, "--schema=legacy", "--no-owner")
    assert b"FROM stdin;" in text
    assert b"set_config('search_path', ''" in text
    if find_binaries().client_major >= 18:
        assert b"\\restrict " in text, "the newest pg_dump writes them"
    else:
        text = b"\\restrict Token123\n" + text + b"\\unrestrict Token123\n"
    shop.do("DROP SCHEMA legacy CASCADE")
    shop.write("shop_0001_legacy", text, "DROP SCHEMA legacy CASCADE;")
    shop.write(
        "shop_0002_after",
        "CREATE TABLE here AS SELECT current_setting('row_security') AS rs, current_setting('lock_timeout') AS lt;",
    )
    assert shop.apply() == ["shop_0001_legacy", "shop_0002_after"]
    assert [r[0] for r in shop.rows("SELECT title FROM legacy.books ORDER BY id")] == strange
    assert shop.value("SELECT title FROM legacy.loud WHERE title LIKE 'IT%%'") == "IT'S; $$;"
    assert shop.rows("SELECT * FROM shop.here") == [("on", "50ms")], "nothing that the dump set reaches the next file"
    assert shop.rollback(steps=2) == ["shop_0002_after", "shop_0001_legacy"]


def test_a_dump_with_inserts_is_a_migration_too(shop: Workshop) -> None:
    shop.do("CREATE SCHEMA legacy; CREATE TABLE legacy.t (a text); INSERT INTO legacy.t VALUES (E'x\\\\;y'), ('$$')")
    text = dump(shop, "--schema=legacy", "--inserts")
    shop.do("DROP SCHEMA legacy CASCADE")
    shop.write("shop_0001_legacy", text)
    shop.apply()
    assert shop.rows("SELECT * FROM legacy.t") == [("x\\;y",), ("$$",)]


def test_a_setting_of_a_newer_pg_dump_is_refused_with_a_word_about_where_it_comes_from(shop: Workshop) -> None:
    path = shop.write("shop_0001_newer", "CREATE TABLE t ();\nSET timeout_of_the_century = 0;\n")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:2" in failed.value.message
    assert "if a newer pg_dump wrote the line, delete it" in (failed.value.hint or "")
    assert not shop.exists("shop.t")


def test_copy_data_that_does_not_fit_names_the_copy_and_the_row(shop: Workshop) -> None:
    path = shop.write(
        "shop_0001_t", "CREATE TABLE t (n integer);\n\nCOPY t FROM stdin;\n1\nx\n\\.\nCREATE TABLE u ();\n"
    )
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:3" in failed.value.message
    assert any("COPY t, line 2" in line for line in failed.value.detail)
    assert not shop.exists("shop.t")


def test_copy_data_larger_than_any_buffer_is_loaded(shop: Workshop) -> None:
    data = "".join(f"{n}\t{'x' * 500}\n" for n in range(4000))
    shop.write("shop_0001_t", f"CREATE TABLE t (n integer, x text);\nCOPY t FROM stdin;\n{data}\\.\nCREATE TABLE u ();")
    shop.apply()
    assert shop.rows("SELECT count(*), max(n) FROM shop.t") == [(4000, 3999)]


def test_a_script_larger_than_any_buffer_with_many_notices_is_applied(shop: Workshop) -> None:
    noisy = "DO $$ BEGIN FOR i IN 1..200 LOOP RAISE NOTICE '%', repeat('x', 1000); END LOOP; END $$;\n" * 20
    shop.write("shop_0001_t", noisy + f"CREATE TABLE t AS SELECT '{'y' * 3_000_000}' AS y;")
    shop.apply()
    assert shop.value("SELECT length(y) FROM shop.t") == 3_000_000


def test_a_syntax_error_on_line_37_is_shown_with_line_column_and_caret(shop: Workshop) -> None:
    lines = ["-- Why: nothing but to fail", ""] + [f"CREATE TABLE t_{n} (id integer);" for n in range(3, 37)]
    path = shop.write("shop_0001_many", "\n".join([*lines, "    SELECT 1 FORM t_3;", "SELECT 2;"]))
    result = shop.slate("apply")
    assert result.returncode == 1
    assert f"{path}:37:19" in result.stderr
    shown = result.stderr.splitlines()
    source = next(i for i, line in enumerate(shown) if "37 |" in line)
    assert shown[source].index("t_3") == shown[source + 1].index("^"), "the caret stands under the word"
    assert "42601" in result.stderr
    assert "hint:" in result.stderr
    assert shop.ledger() == []


def test_a_semantic_error_in_the_third_of_five_statements_names_its_line(shop: Workshop) -> None:
    path = shop.write(
        "shop_0001_five",
        "CREATE TABLE guilds (id integer PRIMARY KEY);\nINSERT INTO guilds\nVALUES (1);\n\n"
        "INSERT INTO guilds\n    VALUES (1);\nCREATE TABLE b ();\nCREATE TABLE c ();\n",
    )
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert failed.value.message == f"shop_0001_five failed at {path}:5"
    assert any("INSERT INTO guilds" in line for line in failed.value.detail)
    assert any("guilds_pkey" in line for line in failed.value.detail)
    assert "23505" in failed.value.detail[0]
    assert not shop.exists("shop.guilds")


def test_an_unknown_name_is_shown_with_column_and_the_nearest_known(shop: Workshop) -> None:
    shop.write("shop_0001_guilds", "CREATE TABLE guilds (id integer PRIMARY KEY);")
    path = shop.write("shop_0002_quests", "CREATE TABLE quests (\n    guild integer REFERENCES guild (id)\n);")
    result = shop.slate("apply")
    assert f"{path}:2" in result.stderr or f"{path}:1" in result.stderr
    assert "42P01" in result.stderr
    assert 'Did you mean "guilds"?' in result.stderr


def test_columns_count_characters_also_behind_letters_of_several_bytes(shop: Workshop) -> None:
    path = shop.write("shop_0001_u", "SELECT 'ünïcødé 😀', nowhere;")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:1:21" in failed.value.message


def test_an_error_inside_a_function_body_names_the_line_of_the_file(shop: Workshop) -> None:
    body = (
        "CREATE TABLE t ();\nCREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS "
        "$$\nBEGIN\n    RETRUN 1;\nEND $$;\n"
    )
    path = shop.write("shop_0001_f", body)
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:4:5" in failed.value.message


def test_an_error_in_a_very_long_line_shows_a_part_of_it_with_the_caret(shop: Workshop) -> None:
    path = shop.write("shop_0001_l", f"SELECT '{'x' * 50_000}',\tnowhere, '{'y' * 50_000}';")
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:1:50012" in failed.value.message
    line, caret = failed.value.detail[1:3]
    assert len(line) < 200
    assert line.index("nowhere") == caret.index("^")


def test_a_file_without_copy_data_travels_in_one_message(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many statements it has; the transaction is opened in the same message and ended by the next."""
    from slate_pg.postgres import connection

    sent: list[bytes] = []
    real = connection._exchange
    monkeypatch.setattr(connection, "_exchange", lambda c, text, data: (sent.append(text), real(c, text, data))[1])
    shop.write("shop_0001_first", "SELECT 1;")
    shop.apply()
    script = "SELECT E'\\\\ stdin';\n" + "CREATE TABLE t (); DROP TABLE t;\n" * 100
    shop.write("shop_0002_many", script)
    sent.clear()
    shop.apply()
    begin, end, *rest = sent
    assert begin.startswith(b"BEGIN; SET LOCAL ")
    assert begin.endswith(b"; " + script.encode())
    assert b"COMMIT" in end
    assert len(rest) == 1, f"one that forgets the session's settings at the end: {[s[:40] for s in sent]}"


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("SELEC 1;", "1:1"),
        ("SELECT nowhere;", "1:8"),
        ("SELECT 1 / 0;", "1"),
        ("SELECT 1;\nSELECT 1 / 0;", "2"),
        ("SELECT 'é';\n\n  SELECT 'ü', nowhere;", "3:15"),
        ("SET lock_timeout = 0;\nSELECT 1 / 0;", "2"),
        ("SET lock_timeout = 0;\nSELECT nowhere;", "2:8"),
    ],
)
def test_what_opens_the_transaction_shifts_no_place(shop: Workshop, script: str, place: str) -> None:
    path = shop.write("shop_0001_bad", script)
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert failed.value.message == f"shop_0001_bad failed at {path}:{place}"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_script_that_changes_the_encoding_is_recorded_as_it_was_written(shop: Workshop, encoding: str) -> None:
    script = f"SET client_encoding = '{encoding}'; CREATE TABLE t (); -- é €"
    shop.write("shop_0001_t", script)
    shop.apply()
    assert shop.value("SELECT body FROM shop._slate_ledger WHERE kind = 'migration'") == script
    assert shop.state().is_current


def test_an_error_behind_copy_data_names_the_line_of_the_file(shop: Workshop) -> None:
    path = shop.write(
        "shop_0001_t", "CREATE TABLE t (n integer);\nCOPY t FROM stdin;\n1\n2\n\\.\nSELECT 1;\nSELECT nowhere;\n"
    )
    with pytest.raises(MigrationFailed) as failed:
        shop.apply()
    assert f"{path}:7:8" in failed.value.message


@pytest.mark.parametrize(
    ("script", "word", "line"),
    [
        ("CREATE TABLE t ();\nCOMMIT;\n", "COMMIT", 2),
        ("BEGIN;\nCREATE TABLE t ();", "BEGIN", 1),
        ("CREATE TABLE t ();\n/* ; */ rollback;", "ROLLBACK", 2),
        ("START TRANSACTION;", "START TRANSACTION", 1),
        ("CREATE TABLE t ();\nend;", "END", 2),
        ("CREATE TABLE t ();\n-- a comment ends at a carriage return\rCOMMIT;", "COMMIT", 2),
        ("SELECT $€$ it's $€$; COMMIT; SELECT 'x';", "COMMIT", 1),
        ("ABORT;", "ABORT", 1),
        ("PREPARE TRANSACTION 'x';", "PREPARE TRANSACTION", 1),
        ("-- transactional: false\nBEGIN;", "BEGIN", 2),
        ("-- transactional: false\nDISCARD ALL;", "DISCARD ALL", 2),
    ],
)
def test_a_file_that_ends_the_runners_transaction_is_refused_by_name(
    shop: Workshop, script: str, word: str, line: int
) -> None:
    shop.write("shop_0001_good", "CREATE TABLE good ();")
    path = shop.write("shop_0002_ends", script)
    with pytest.raises(FileError) as refused:
        shop.apply()
    assert re.match(rf"{re.escape(str(path))}:{line}:\d+: {word} in a migration", refused.value.message)
    assert not shop.exists("shop.good"), "refused before anything ran"


def test_a_rollback_that_ends_the_transaction_is_refused_at_apply(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a ();", "DROP TABLE a; COMMIT;")
    with pytest.raises(FileError, match=r"shop_0001_a\.rollback\.sql:1:15: COMMIT"):
        shop.apply()


def test_a_command_of_psql_is_refused_by_name(shop: Workshop) -> None:
    path = shop.write("shop_0001_a", "CREATE TABLE a ();\n\\i other.sql\n")
    with pytest.raises(FileError, match=r'"\\i" is a command of psql') as refused:
        shop.apply()
    assert str(path) in refused.value.message


def test_no_setting_or_role_of_a_migration_reaches_the_next(shop: Workshop) -> None:
    shop.do("CREATE ROLE leaky")
    try:
        shop.do("CREATE SCHEMA shop; GRANT ALL ON SCHEMA shop TO leaky")
        shop.write(
            "shop_0001_leaks",
            "SET work_mem = '3MB'; SET search_path = pg_catalog; SET timezone = 'Asia/Tokyo'; SET lock_timeout = 0; "
            "SET client_min_messages = error; SET my.flag = 'on'; CREATE TEMP TABLE left_over "
            "(); SET SESSION AUTHORIZATION leaky;",
        )
        shop.write("shop_0002_role", "SET ROLE leaky; CREATE TABLE owned ();")
        shop.write(
            "shop_0003_clean",
            "CREATE TABLE clean AS SELECT current_user::text AS u, session_user::text AS s, "
            "current_setting('work_mem') AS w, "
            "current_setting('search_path') AS p, current_setting('timezone') AS z, "
            "current_setting('lock_timeout') AS l, "
            "coalesce(current_setting('my.flag', true), '') AS f, to_regclass('left_over') IS NULL AS n;",
        )
        shop.apply()
        default = shop.value("SELECT boot_val || unit FROM pg_settings WHERE name = 'work_mem'")
        assert default == "4096kB"
        assert shop.rows("SELECT * FROM shop.clean") == [
            ("postgres", "postgres", "4MB", "shop, pg_temp", "UTC", "50ms", "", True)
        ]
        assert shop.value("SELECT tableowner FROM pg_tables WHERE tablename = 'owned'") == "leaky"
    finally:
        shop.do("DROP SCHEMA shop CASCADE; DROP OWNED BY leaky; DROP ROLE leaky")


def test_a_run_leaves_the_callers_session_as_it_was(shop: Workshop) -> None:
    shop.write("shop_0001_leaks", "SET work_mem = '3MB'; CREATE TEMP TABLE left_over ();")
    shop.write("shop_0002_fails", "SET work_mem = '5MB'; SELECT 1 / 0;")
    from slate_pg.migrations import runner

    with shop.run() as run:
        with pytest.raises(MigrationFailed):
            runner.apply(run)
        settings = (
            run.connection.execute("SHOW work_mem").fetchone(),
            run.connection.execute("SHOW search_path").fetchone(),
        )
        assert settings == (("4MB",), ('"$user", public',))
        locks = run.connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert locks.fetchone() == (0,)


def test_a_database_in_another_encoding_stores_what_the_file_says(slate_server: Any, shop: Workshop) -> None:
    name = "latin_shop"
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            shop.write("shop_0001_t", "CREATE TABLE t AS SELECT 'é'::text AS e;")
            shop.apply(url=slate_server.url(name))
            with psycopg.connect(slate_server.url(name), client_encoding="utf8") as latin:
                assert latin.execute("SELECT e, octet_length(e) FROM shop.t").fetchone() == ("é", 1)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
