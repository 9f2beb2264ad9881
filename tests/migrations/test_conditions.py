"""A file's own conditions: asked by apply before and after it, and nothing of it remains where one is not met."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import FileError, MigrationFailed
from slate_pg.migrations.directives import Acceptance, Condition, read_acceptances, read_conditions
from slate_pg.migrations.files import Script
from tests.migrations.test_byhand import printed, psql
from tests.workshop import Workshop

UNMET = {
    "false": ("SELECT 1 = 2", "it gave false"),
    "null": ("SELECT NULL::boolean", "it gave NULL"),
    "no row": ("SELECT true WHERE false", "it gave no row"),
    "two rows": ("SELECT true FROM generate_series(1, 2)", "it gave more than one row"),
    "a number": ("SELECT 17", "it gave 17, which is not true or false"),
    "two columns": ("SELECT true, true", "2 columns"),
    "an error": ("SELECT 1 / 0 = 1", "division by zero (22012)"),
    "no such table": ("SELECT true FROM nowhere", 'relation "nowhere" does not exist (42P01)'),
    "a write": ("SELECT setval('s', 7) = 7", "read-only transaction (25006)"),
    "a write by with": ("WITH x AS (INSERT INTO a VALUES (9) RETURNING 1) SELECT true FROM x", "(0A000)"),
    "no query": ("TABLE", "syntax error"),
}


@pytest.fixture
def base(shop: Workshop) -> Workshop:
    shop.write("0001_a", "CREATE TABLE a (id integer); CREATE SEQUENCE s; INSERT INTO a VALUES (1);")
    shop.apply()
    return shop


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("case", UNMET)
def test_a_condition_that_is_not_met_is_named_and_nothing_of_the_file_remains(
    base: Workshop, when: str, case: str
) -> None:
    query, said = UNMET[case]
    path = base.write("0002_b", f"CREATE TABLE b ();\n-- {when}: {query};\nINSERT INTO a VALUES (2);")
    with pytest.raises(MigrationFailed) as failed:
        base.apply()
    shown = "\n".join([failed.value.message, *failed.value.detail])
    assert f"{path}:2" in shown
    assert f"-- {when}: {query}" in shown
    assert said in shown
    assert "Nothing of it was applied" in failed.value.hint
    assert base.ledger() == ["0001_a"]
    assert base.rows("SELECT id FROM shop.a") == [(1,)]
    assert not base.exists("shop.b")
    assert base.value("SELECT is_called FROM shop.s") is False
    base.write("0002_b", "CREATE TABLE b ();")
    assert base.apply() == ["0002_b"]


def test_conditions_that_are_met_see_what_was_there_before_and_what_the_file_has_done(base: Workshop) -> None:
    base.write(
        "0002_b",
        "-- before: SELECT count(*) = 1\n--     FROM a\n--     WHERE id = 1\nINSERT INTO a VALUES (2);\n"
        "-- after: SELECT array_agg(id ORDER BY id) = '{1,2}' FROM a\n-- after: TABLE core_is_here\n"
        "CREATE TABLE core_is_here AS SELECT true; SET search_path = ''; SET ROLE pg_monitor;\n",
    )
    assert base.apply() == ["0002_b"]


def test_a_script_without_a_transaction_is_refused_before_its_first_statement_or_marked_after_its_last(
    base: Workshop,
) -> None:
    base.write("0002_b", "-- transactional: false\n-- before: SELECT count(*) = 0 FROM a\nINSERT INTO a VALUES (2);")
    with pytest.raises(MigrationFailed, match="refused by its own condition"):
        base.apply()
    assert base.state().interrupted == ()
    base.write(
        "0002_b",
        "-- transactional: false\n-- before: SELECT count(*) = 1 FROM a\nINSERT INTO a VALUES (2);\n"
        "-- after: SELECT count(*) = 5 FROM a",
    )
    with pytest.raises(MigrationFailed) as failed:
        base.apply()
    assert "0002_b" in failed.value.hint
    assert "--forget 0002_b" in failed.value.hint
    assert [(i.id, i.finished, i.total) for i in base.state().interrupted] == [("0002_b", 1, 1)]
    base.do("INSERT INTO shop.a SELECT generate_series(3, 5)")
    assert base.apply() == ["0002_b"]
    assert base.rows("SELECT count(*) FROM shop.a") == [(5,)]


def test_a_rollback_has_conditions_of_its_own(base: Workshop) -> None:
    base.write("0002_b", "INSERT INTO a VALUES (2);", "-- before: SELECT count(*) = 7 FROM a\nDELETE FROM a;")
    base.apply()
    with pytest.raises(MigrationFailed, match=r"0002_b\.rollback\.sql:1"):
        base.rollback()
    assert base.ledger() == ["0001_a", "0002_b"]


def test_what_has_no_rows_asks_no_condition(base: Workshop) -> None:
    base.write("0002_b", "-- before: SELECT EXISTS (SELECT FROM a WHERE id = 8)\nCREATE TABLE b ();", "DROP TABLE b;")
    base.do("INSERT INTO shop.a VALUES (8)")
    base.apply()
    assert base.slate("drift").returncode == 0


def test_a_file_printed_for_psql_asks_them_too(base: Workshop) -> None:
    base.write("0002_b", "-- before: SELECT 'it''s :x' = 'a'\nCREATE TABLE b ();\n-- after: SELECT true")
    ran = psql(base.url, printed(base, base.url))
    assert ran.returncode == 3
    assert b"before: SELECT 'it''s :x' = 'a' gave false" in ran.stderr
    assert not base.exists("shop.b")
    for mode in ("", "-- transactional: false\n"):
        base.write(
            "0002_b",
            f"{mode}-- before: SELECT count(*) = 1 FROM a\nCREATE TABLE b ();\n-- after: SELECT true FROM pg_class WHERE relname = 'b'",
        )
        ran = psql(base.url, printed(base, base.url))
        assert ran.returncode == 0, ran.stderr
        base.rollback()
        base.do("DROP TABLE shop.b")


def script(text: str) -> Script:
    return Script(Path("0001_a.sql"), text)


WRONG = {
    "prose": ("-- before: the great flood\nSELECT 1;", "takes a query that gives one row with true"),
    "nothing": ("-- after:\nSELECT 1;", "takes a query"),
    "two queries": ("-- before: SELECT true; SELECT true\n", "takes one query, not 2"),
    "a near miss": ("-- befor: SELECT true\n", 'unknown directive "befor"'),
    "the runner's lock": ("-- before: SELECT pg_advisory_unlock_all() IS NULL\n", "pg_advisory_unlock_all()"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_condition_that_cannot_be_asked_is_refused_with_its_line_before_anything_runs(
    shop: Workshop, case: str
) -> None:
    text, said = WRONG[case]
    with pytest.raises(FileError) as refused:
        read_conditions(script(text))
    assert refused.value.message.startswith("0001_a.sql:1: ")
    assert said in refused.value.message
    shop.write("0001_a", "CREATE TABLE a ();")
    shop.write("0002_b", text)
    for command in (("apply",), ("apply", "--dry-run"), ("plan",)):
        ran = shop.slate(*command)
        assert (ran.returncode, said in ran.stderr) == (1, True), ran.stderr
    assert not shop.exists("shop.a")


def test_only_comments_are_conditions() -> None:
    text = (
        "CREATE TABLE a (n text);\nINSERT INTO a VALUES ('\n-- before: SELECT false\n'), ($$\n-- after: SELECT false\n$$);\n"
        "/*\n-- before: SELECT false\n*/\nCOPY a FROM stdin;\n-- before: SELECT false\n\\.\n"
        "-- Before: a remark\n-- because: select a remark\n-- AFTER: select true -- yes\n"
    )
    assert read_conditions(script(text)) == [Condition("after", "select true -- yes", 15)]


def test_an_acceptance_has_a_kind_and_a_reason() -> None:
    path = Path("0001_a.sql")
    text = "-- accept: loses-data column is empty since March\nDROP TABLE a; -- accept: blocks-reads at night\n"
    assert read_acceptances(path, text) == [
        Acceptance("loses-data", "column is empty since March", 1),
        Acceptance("blocks-reads", "at night", 2),
    ]
    for wrong in ("-- accept: loses-data", "-- accept: loses-data  -", "-- accept:", "-- accept: Because we may"):
        with pytest.raises(FileError, match=r"0001_a\.sql:2: accept"):
            read_acceptances(path, f"SELECT 1;\n{wrong}\n")
