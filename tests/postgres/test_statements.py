"""Statements are told apart as PostgreSQL's own parser does, and every place is where it is said to be."""

from __future__ import annotations

import re

import postgast
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slate_pg.errors import FileError
from slate_pg.postgres.prescan import may_end_transaction
from slate_pg.postgres.statements import normalised, place, segments, split, tokens

PIECES = [
    "SELECT 1",
    "SELECT 'a;b', 'it''s', '--', '/*'",
    r"SELECT E'\'; x', 'b\'",
    "SELECT E'a'\n'b\\';'",
    "SELECT U&'d\\0061;t', B'01', X'AF', N'x;'",
    "SELECT $$a;b$$, $t$ $$;$$ $t$, $ü$;$ü$",
    'SELECT 1 AS "a;""b--", 2 AS "$$"',
    "SELECT a$1$b, c$$d FROM t$$",
    "SELECT /* ; /* ' $$ */ ; */ 1 -- ; '\n",
    "SELECT 1 - -1, 2--;\n, 3",
    "SELECT 4 / 2 /**/ * 3",
    "SELECT '{}'::jsonb ? 'a', a[1:2], (ARRAY[1,2])[1], $1, :x IS NULL",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN; RETURN $$x;$$; END; $f$",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 ELSE 2 END; END",
    "CREATE OR REPLACE PROCEDURE p(a int) BEGIN ATOMIC INSERT INTO t VALUES (a); SELECT "
    "(CASE a WHEN 1 THEN 2 END); END",
    "CREATE/**/FUNCTION f() RETURNS int BEGIN ATOMIC; SELECT 1; END",
    "CREATE FUNCTION f(x int) RETURNS TABLE (begin int, \"end\" int) LANGUAGE sql AS 'SELECT 1, 2;'",
    "CREATE FUNCTION f() RETURNS int RETURN CASE WHEN true THEN 1 END",
    "DO $$ BEGIN EXECUTE 'a;b'; END $$",
    'CREATE TABLE begin (atomic int, "case" int)',
    "SELECT begin, CASE WHEN 1 = 1 THEN 2 END FROM begin",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT s",
    "ROLLBACK TO s",
    "VALUES ('é;😀', 'x')",
]
VALID = [p for p in PIECES if ":x" not in p]
GLUE = [";", " ;\n", ";\n\n-- between; 'them\n", ";/* ; */", ";;", "\n;\r\n"]


def oracle(text: str) -> list[str]:
    """Return the statements as PostgreSQL's parser splits them, without comments and blanks around."""
    return [_bare(s) for s in postgast.split(text) if _bare(s)]


def _bare(text: str) -> str:
    """Strip leading comments and blanks, and what follows the last token."""
    found = [(k, a, b) for k, a, b in tokens(text) if k != 1 and text[a:b].strip() and k != 4]
    return text[found[0][1] : found[-1][2]].strip() if found else ""


@pytest.mark.parametrize("text", VALID)
def test_each_piece_is_valid_and_one_statement(text: str) -> None:
    postgast.parse(text)
    assert len(split(text)) == 1, f"split into {[s.text for s in split(text)]}"


@given(st.lists(st.tuples(st.sampled_from(VALID), st.sampled_from(GLUE)), min_size=1, max_size=6))
def test_a_script_is_split_as_postgresqls_own_parser_splits_it(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + glue for piece, glue in pieces)
    assert [_bare(s.text) for s in split(text)] == oracle(text)


@given(
    st.lists(
        st.sampled_from([*"abE'\"$;()[]-/*\\\n \tü1_", "--", "/*", "*/", "$$", "$a$", "BEGIN ", "END ", "E'", "''"]),
        max_size=40,
    )
)
def test_tokens_cover_any_text_without_gaps(parts: list[str]) -> None:
    text = "".join(parts)
    spans = [(start, end) for _, start, end in tokens(text)]
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(a < b for a, b in spans)


@given(st.lists(st.sampled_from([*"abE'\"$;()-/*\n ü1", "--", "/*", "*/", "$$", "$a$", "''", "e'"]), max_size=30))
def test_where_the_parser_agrees_that_a_text_is_sql_nothing_is_lost(parts: list[str]) -> None:
    """Random texts around quotes and comments; whenever PostgreSQL can parse one, both split it alike."""
    text = "SELECT 1" + "".join(parts) + ";\nSELECT 2"
    try:
        expected = oracle(text)
    except postgast.PgQueryError:
        return
    assert [_bare(s.text) for s in split(text)] == expected


@given(st.text(alphabet="ab';$-/*\n\\ E\"()", max_size=60))
@example("E'\\")
def test_statements_never_overlap_and_stand_where_they_say(text: str) -> None:
    try:
        statements = split(text)
    except FileError:
        return
    end = 0
    for statement in statements:
        assert end <= statement.start < statement.end <= statement.after <= len(text)
        assert text[statement.start : statement.end] == statement.text
        end = statement.after


@pytest.mark.parametrize("text", ["", " \n", ";", ";;;", "-- c", "-- c;\n/* ; */", "/* open ; ", "\ufeff;"[1:]])
def test_a_text_without_statements_has_none(text: str) -> None:
    assert split(text) == ()


@pytest.mark.parametrize("text", ["'a'; SELECT 1", '"a"; SELECT 1', "$$a$$; SELECT 1", "(SELECT 1); SELECT 1"])
def test_a_statement_that_starts_with_a_quote_is_not_passed_over(text: str) -> None:
    assert len(split(text)) == 2


def test_copy_data_belongs_to_its_statement_and_is_never_read_as_sql() -> None:
    text = (
        "CREATE TABLE t ();\nCOPY t (a) FROM stdin; -- data "
        "follow\na;b\t'\n\\N\n$$\n\\.\nSELECT 1;\ncopy u from STDIN with (format csv);\nx\n\\.\n"
    )
    found = split(text)
    assert [s.words[0] for s in found] == ["CREATE", "COPY", "SELECT", "COPY"]
    assert found[1].copy_data == "a;b\t'\n\\N\n$$\n"
    assert found[3].copy_data == "x\n"
    parts = segments(text)
    assert [p.copy_data for p in parts] == ["a;b\t'\n\\N\n$$\n", "x\n"]
    assert all(text[p.offset : p.offset + len(p.sql)] == p.sql for p in parts)


def test_copy_data_may_end_with_the_file_or_with_windows_line_ends() -> None:
    assert split("COPY t FROM stdin;\n1\n2\n")[0].copy_data == "1\n2\n"
    assert split("COPY t FROM stdin;\r\n1\r\n\\.\r\nSELECT 1;")[0].copy_data == "1\r\n"
    assert split("COPY t FROM stdin;")[0].copy_data == ""


@pytest.mark.parametrize(
    "text",
    ["COPY t FROM '/tmp/stdin';", "COPY t TO stdout;", "SELECT 'copy t from stdin';", "COPY t FROM PROGRAM 'cat';"],
)
def test_other_copies_have_no_data(text: str) -> None:
    (statement,) = split(text)
    assert statement.copy_data is None


def test_restrict_lines_are_blanked_between_statements_only_and_offsets_stay_true() -> None:
    text = "\\restrict abc\nSELECT '\n\\restrict me\n';\n\\unrestrict abc\nSELECT 2;\nCOPY t FROM stdin;\n\\\\.x\n\\.\n"
    parts = segments(text)
    assert "\\restrict me" in parts[0].sql
    assert "abc" not in "".join(p.sql for p in parts)
    assert parts[0].sql.index("SELECT 2") == text.index("SELECT 2")


@pytest.mark.parametrize("command", ["\\i other.sql", "\\connect db", "\\set a 1", "\\."])
def test_commands_of_psql_are_refused_with_their_line(command: str) -> None:
    with pytest.raises(FileError, match=r"line 3: .* is a command of psql") as refused:
        split(f"SELECT 1;\n\n{command}\nSELECT 2;")
    assert command.split()[0] in refused.value.message


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("commit", True), ("Begin;", True), ("END", True), ("abort", True), ("ROLLBACK", True), ("ROLLBACK WORK", True),
        ("/* x */ COMMIT AND CHAIN", True), ("START TRANSACTION", True), ("PREPARE TRANSACTION 'a'", True),
        ("COMMIT PREPARED 'a'", True), ("ROLLBACK TO SAVEPOINT a", False), ("ROLLBACK TRANSACTION TO a", False),
        ("SAVEPOINT a", False), ("RELEASE a", False), ("PREPARE p AS SELECT 1", False), ("SELECT 'COMMIT'", False),
        ("CREATE TABLE commit ()", False),
    ],
)  # fmt: skip
def test_what_ends_a_transaction_is_recognised(text: str, ends: bool) -> None:
    assert split(text)[0].ends_transaction is ends


def test_a_place_is_a_line_a_column_and_the_lines_text() -> None:
    text = "ab\r\ncdé f\nlast"
    assert (place(text, 0).line, place(text, 0).column, place(text, 0).text) == (1, 1, "ab")
    assert (place(text, 8).line, place(text, 8).column, place(text, 8).text) == (2, 5, "cdé f")
    assert place(text, 999).line == 3
    assert place("", 0) == place("", 5)


@given(st.text(alphabet="ab\n\r'", max_size=40), st.integers(0, 50))
def test_a_place_is_always_inside_the_text(text: str, offset: int) -> None:
    found = place(text, offset)
    assert 1 <= found.line <= text.count("\n") + 1
    assert found.column >= 1


SAME = [
    ("SELECT 1;", "-- why\nSELECT\n\t1; -- end"),
    ("SELECT a, b FROM t;", "SELECT a,   b /* x */ FROM t;"),
    ("SELECT 'a';\r\n", "SELECT 'a';\n"),
]
DIFFERENT = [
    ("SELECT 'a b';", "SELECT 'a  b';"),
    ("SELECT $$ -- a $$;", "SELECT $$ -- b $$;"),
    ("SELECT 1", "SELECT 1 1"),
    ('SELECT "a b"', 'SELECT "a  b"'),
    ("SELECT ab", "SELECT a/**/b"),
    ("COPY t FROM stdin;\na b\n\\.\n", "COPY t FROM stdin;\na  b\n\\.\n"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_comments_and_white_space_do_not_count(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_the_server_would_see_counts(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(st.lists(st.sampled_from(VALID), min_size=1, max_size=4))
def test_normalising_changes_no_meaning_and_does_it_once(pieces: list[str]) -> None:
    text = ";\n".join(pieces)
    once = normalised(text)
    assert normalised(once) == once
    if "E'a'\n" not in text:
        assert [re.sub(r"\s+", "", postgast.deparse(postgast.parse(s))) for s in [text, once]] == [
            re.sub(r"\s+", "", postgast.deparse(postgast.parse(text)))
        ] * 2


@given(
    st.lists(
        st.sampled_from([
            *"aE'\"$;()[]-/*\\\n\r \tü€_1", "--", "/*", "*/", "$$", "$a$", "$€$", "E'", "''", ";", ";", " BEGIN ", "commit",
            "END", "Rollback to a", "prepare ", "transaction", "discard all", "start transaction", "/* ; */",
        ]),
        max_size=30,
    )
)  # fmt: skip
@example(["-- a", "\r", "commit"])
@example(["$€$", "'", "$€$", ";", "commit", ";", "'"])
def test_the_quick_look_never_misses_what_ends_a_transaction(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        ends = any(s.ends_transaction for s in split(text) if s.text[0].isalpha())
    except FileError:
        ends = True
    assert may_end_transaction(text) or not ends


@pytest.mark.parametrize(
    "text",
    [
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    RETURN NEW;\nEND;\n$$;",
        "COMMENT ON TABLE t IS 'a; commit';",
        "SELECT 1; -- ; commit",
        'CREATE TABLE "; commit" ();',
        "DO $a$ BEGIN EXECUTE $$ ; COMMIT $$; END; $a$;",
        'CREATE TABLE t (begin integer, "end" integer)',
    ],
)
def test_the_quick_look_spares_most_scripts_the_splitting(text: str) -> None:
    assert not may_end_transaction(text)
