"""A big script is read in pieces: whatever they cut in two, the statements and the data are those of the whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slate_pg.errors import FileError
from slate_pg.postgres import stream
from slate_pg.postgres.placing import line_start, place_in
from slate_pg.postgres.statements import place, split
from slate_pg.postgres.stream import Stream, checksum_of_file

HOSTILE = [
    "SELECT 1",
    "SELECT 1;;; SELECT 2 ; -- end",
    "SELECT 'it''s; here', \"a;\"\"b\", E'a\\'; b', e'\\\\';SELECT E'a'\n'\\'; b';",
    "SELECT date'2026-01-01;', U&'\\0061;', N'a;', B'0', name'x;y';",
    "SELECT $$;$$, $ä$ ; $$ ; $a$ $ä$, a$1$, $1, 'x$$;$$'; SELECT 2;",
    "/* a; /* nested; */ b; */ SELECT 1 /* ; */ -- ;\n, 2; /* rest",
    "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b (c[1;2]);); SELECT 3;",
    "SELECT ((((1;2)))), [[[;]]] ; SELECT 4 - -1, 4--1;\n; SELECT 5/2, 5/*;*/;",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 6;",
    "CREATE OR REPLACE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$; SELECT 7;",
    "\\restrict abc\nSELECT 1;\n\\unrestrict abc\n",
    "COPY t FROM stdin;\n1\ta;b\n\\.x\n\\\\.\n'unclosed\n\\.\nSELECT 8;",
    'copy t (a) from stdin (format csv); -- data\r\n"a\n\\.\r\nSELECT 9;\r\n',
    "COPY t FROM STDIN;\n\\.\nCOPY u FROM stdin;\nno end",
    "COPY t FROM stdin;\nends\n\\.",
    "COPY t TO stdout; COPY (SELECT 'from stdin') TO stdout; SELECT 'größe; 😀';",
    "SELECT 'unclosed; SELECT 1;",
    'SELECT "unclosed; SELECT 1;',
    "SELECT $a$ unclosed; SELECT 1;",
    "SELECT (1; SELECT 2;",
    "SELECT 1); SELECT 2;",
    "",
    " \n-- nothing\n",
]


def read(path: Path) -> list[tuple[str, str | None]]:
    with Stream(path, strict=True) as reading:
        return [(m.sql.decode(), None if m.data is None else b"".join(m.data).decode()) for m in reading.messages()]


def whole(text: str) -> list[tuple[str, str | None]]:
    return [(s.text, s.copy_data if isinstance(s.copy_data, str) else None) for s in split(text)]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_pieces_of_any_size_give_the_statements_of_the_whole(
    text: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHUNK", size)
    path = tmp_path / "x.sql"
    path.write_bytes(text.encode())
    assert read(path) == whole(text)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read(path) == whole(text), "with a byte order mark"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, "'", '"', "$$", "(", ")", "--", "/*", "*/", ";", "\n", " ", "E'", "\\"])))
def test_what_is_put_together_from_anything_is_split_alike(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    text = "".join(parts)
    path = tmp_path_factory.mktemp("any") / "x.sql"
    path.write_bytes(text.encode())
    try:
        expected = whole(text)
    except FileError:
        with pytest.raises(FileError):
            read(path)
        return
    assert read(path) == expected


def test_data_that_nobody_asks_for_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("COPY t FROM stdin;\n1\n2\n\\.\nSELECT 1;")
    with Stream(path) as reading:
        assert [m.sql for m in reading.messages()] == [b"COPY t FROM stdin;", b"SELECT 1;"]


def test_inserts_into_one_table_come_together_and_no_others(tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("INSERT INTO a (n) VALUES (1);\n" * 3 + "INSERT INTO b (n) VALUES (1);\nSELECT 1;\nSELECT 2;")
    with Stream(path) as reading:
        assert [m.sql.count(b";") for m in reading.messages(1000)] == [3, 1, 1, 1]


def test_a_byte_that_is_no_utf_8_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHUNK", 5)
    path = tmp_path / "x.sql"
    path.write_bytes("SELECT 'größe';\n".encode() + b"SELECT '\xe9';")
    with pytest.raises(FileError, match=r"x\.sql:2: byte 26 is not UTF-8"):
        read(path)
    path.write_bytes(b"SELECT 1;\nSELECT '\0';")
    with pytest.raises(FileError, match=r"x\.sql:2:9: a NUL byte"):
        read(path)
    path.write_bytes("SELECT 1;\n-- größ".encode() + b"\xc3")
    with pytest.raises(FileError, match=r"x\.sql:2: byte"):
        read(path)


def test_a_statement_behind_copy_on_its_line_is_refused(tmp_path: Path) -> None:
    text = "SELECT 1;\nCOPY t FROM stdin; SELECT 2;\n1\n\\.\n"
    path = tmp_path / "x.sql"
    path.write_text(text)
    with pytest.raises(FileError, match="line 2: a statement behind COPY"):
        read(path)
    with pytest.raises(FileError, match="line 2: a statement behind COPY"):
        split(text)


def test_places_and_lines_are_those_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHUNK", 4)
    text = "SELECT 1;\nSELECT 'größe 😀', x;\r\n\n" + "x" * 1000 + " y\nend"
    path = tmp_path / "x.sql"
    path.write_bytes(text.encode())
    for offset in range(0, len(text), 3):
        if text[offset] in "\r\n":
            continue
        found, expected = place_in(path, len(text[:offset].encode())), place(text, offset)
        assert (found.line, found.column) == (expected.line, expected.column)
        assert expected.text[found.shift :].startswith(found.text[:50])
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    for number in range(1, len(starts)):
        assert line_start(path, 0, number) == len(text[: starts[number]].encode())


def test_the_checksum_is_that_of_the_text(tmp_path: Path) -> None:
    from slate_pg.migrations.script import checksum_of

    path = tmp_path / "x.sql"
    path.write_bytes(b"\xef\xbb\xbf" + "SELECT 'größe';".encode())
    assert checksum_of_file(path) == checksum_of("SELECT 'größe';")
