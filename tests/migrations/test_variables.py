"""Variables in files: found where psql finds them and nowhere else, and any text arrives as it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slate_pg.environments import Value
from slate_pg.errors import FileError
from slate_pg.migrations.files import read_script
from slate_pg.migrations.variables import Recorded, Template, literal
from slate_pg.postgres.connection import connect


def template(text: str, **values: str) -> Template:
    return Template(Path("db/0001_a.sql"), text, True, [Value(n, v) for n, v in values.items()])


def body(text: str, names: str = "v, w", **values: str) -> str:
    """Return the text behind the head, with "v" and "w" as values."""
    found = template(f"-- variables: {names}\n{text}", **({"v": "x y", "w": "7"} | values))
    return found.text.partition("\n")[2]


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("SELECT :v, :'v', :\"v\", :w;", "SELECT 'x y', 'x y', \"x y\", 7;"),
        ("SELECT :'w', :\"w\", :v;", "SELECT '7', \"7\", 'x y';"),
        ("SELECT a::v, :v::text, :w :: int, f(v := :w);", "SELECT a::v, 'x y'::text, 7 :: int, f(v := 7);"),
        ("SELECT ':v', E'\\':v', \":v\", $$ :v $$, $a$ :v $a$, :v, :w;", "SELECT ':v', E'\\':v', \":v\", $$ :v $$, $a$ :v $a$, 'x y', 7;"),
        ("/* :v /* :v */ */ SELECT :v -- :v, :z\n, :w;", "/* :v /* :v */ */ SELECT 'x y' -- :v, :z\n, 7;"),
        ("SELECT a[1:w], a[v:w], a[1:2], b[:z], a[x(1):w], a[:v :w], :v, :w;" .replace("a[:v :w], ", ""), "SELECT a[1:w], a[v:w], a[1:2], b[:z], a[x(1):w], 'x y', 7;"),
        ("SELECT a[1 : :w], a[1:(:w)], a[(:w):2], a[: w], :v;", "SELECT a[1 : 7], a[1:(7)], a[(7):2], a[: w], 'x y';"),
        ("SELECT ARRAY[:v, :w], array [[:w,:w],[:w, 1]], f((a)[1:w]), ARRAY[(a)[1:w]];", "SELECT ARRAY['x y', 7], array [[7,7],[7, 1]], f((a)[1:w]), ARRAY[(a)[1:w]];"),
        ("SELECT E:v, U&:v, N:'v', 5:w, a-:w, $1:v, 'a':v, \"a\":\"v\";", "SELECT E 'x y', U& 'x y', N 'x y', 5 7, a- 7, $1 'x y', 'a' 'x y', \"a\" \"x y\";"),
        ("SELECT :'v''b', :v'b', :\"v\"\"b\", :w;", "SELECT 'x y' 'b', 'x y' 'b', \"x y\" \"b\", 7;"),
        ("COPY t FROM stdin;\n:v\t:w\n\\.\nSELECT :v, :w;", "COPY t FROM stdin;\n:v\t:w\n\\.\nSELECT 'x y', 7;"),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT :w; SELECT 1; END; SELECT :v;", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 7; SELECT 1; END; SELECT 'x y';"),
        ("SELECT :v\n, :w", "SELECT 'x y'\n, 7"),
    ],
)  # fmt: skip
def test_a_variable_is_replaced_in_code_and_nowhere_else(written, run):
    assert body(written) == run


@pytest.mark.parametrize(
    ("text", "run"),
    [("7", "7"), ("-7", "-7"), ("0", "0"), ("1.50", "1.50"), ("007", "'007'"), ("1e3", "'1e3'"), ("٣", "'٣'"), ("+1", "'+1'"),
     ("", "''"), ("true", "'true'"), ("1\n", "'1\n'"), ("9" * 30, f"'{'9' * 30}'"), ("1;DROP", "'1;DROP'"), ("NULL", "'NULL'")],
)  # fmt: skip
def test_a_plain_variable_is_a_number_where_it_reads_as_one_and_a_text_else(text, run):
    assert body("SELECT :v", "v", v=text) == f"SELECT {run}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-- variables: a\nSELECT 1;", '0001_a.sql:1: the variable "a" is declared and not used'),
        ("-- variables: a\nDO $$ BEGIN RAISE NOTICE ':a'; PERFORM :a; END $$;", '"a" is declared and not used'),
        ("-- variables: a\nSELECT :a,\n :b;", '0001_a.sql:3: the variable "b" is not declared'),
        ("-- variables: a\nSELECT :a, :'b';", '0001_a.sql:2: the variable "b" is not declared'),
        ('-- variables: a\nSELECT :a, :"b";', '0001_a.sql:2: the variable "b" is not declared'),
        ("-- variables: a, a\nSELECT :a;", '0001_a.sql:1: the variable "a" is declared twice'),
        ("-- variables: a\n-- variables: b, a\nSELECT :a;", '0001_a.sql:2: the variable "a" is declared twice'),
        ("-- variables: a b\nSELECT :a;", 'with commas between them, not "a b"'),
        ("-- variables:\nSELECT 1;", "variables takes names with commas between them"),
        ("-- variables: a,\nSELECT :a;", "variables takes names with commas between them"),
        ("-- variables: 1\nSELECT :1;", 'with commas between them, not "1"'),
        ("-- variables: a\n\nSELECT b[:a], :a;", '0001_a.sql:3: ":a" may be a variable or a slice up to it'),
        ("-- variables: a\nSELECT 1,\n:a;", '0001_a.sql:3: the variable "a" has no value'),
    ],
)
def test_what_is_not_as_declared_is_refused_with_file_and_line(text, said):
    with pytest.raises(FileError) as refused:
        _ = template(text).text
    assert said in refused.value.message
    assert refused.value.hint


def test_a_misspelt_directive_is_named(tmp_path):
    path = tmp_path / "a.sql"
    path.write_text("-- variable: a\nSELECT :a;")
    with pytest.raises(FileError, match='unknown directive "variable"') as refused:
        read_script(path)
    assert "variables" in refused.value.hint
    path.write_text("SELECT 1;\n-- variables: a\nSELECT :a;")
    assert read_script(path)[0].text.endswith("SELECT :a;")  # below the head it is a comment


def test_a_missing_reference_is_named():
    found = Template(Path("a.sql"), "-- variables: pw\nSELECT :'pw';", True, [Value("pw", None, "NO_SUCH_PW", True)])
    with pytest.raises(FileError, match=r'a\.sql:2: the variable "pw" has no value') as refused:
        _ = found.text
    assert "NO_SUCH_PW" in refused.value.hint
    assert found.kept == "-- variables: pw\nSELECT :'pw';"


@pytest.mark.parametrize("name", ["", "x" * 64, "ü" * 32])
def test_what_no_object_can_be_called_is_refused(name):
    with pytest.raises(FileError, match="no object can be called"):
        body('CREATE TABLE :"v" ();', "v", v=name)


def test_the_checksum_is_the_files_and_errors_are_placed_in_it():
    written = "-- variables: v\nSELECT :v, :v,\n  nothing, :v;"
    found = template(written, v="a\nb'\nc")
    assert found.checksum == template(written, v="other").checksum
    place = found.place(found.text.index("nothing"))
    assert (place.line, place.column) == (3, 3)
    place = found.place(found.text.index("a\nb") + 2)  # within the first value: where the variable stands
    assert (place.line, place.column) == (2, 8)
    assert found.place(len(found.text)).line == 3


def test_a_body_that_names_a_variable_is_warned_of_by_its_line():
    found = template("-- variables: v\nSELECT :v;\nDO $$ BEGIN\n PERFORM :v, x::v, ':v'; END $$;", v="1")
    assert found.remarks()[0].startswith('db/0001_a.sql:4: "v" stands in a body')
    assert template("-- variables: v\nSELECT :v;\nDO $$ BEGIN PERFORM x::v; END $$;", v="1").remarks() == []


HOSTILE = [
    "", "'", "''", "\\", "\\'", "\\\\'; DROP TABLE t; --", "'; DROP TABLE t; --", '"', "$$", "$a$x$a$", "a\nb", "\r\n",
    "\t", ":v", ":'v'", "%s {x} %%", "žluťoučký 🐘", "-- x", "/* x", "E'x'", "U&'\\0041'", "\\x41", "\u2028", "a" * 10_000,
    "\x01\x1f\x7f", "\ufeffx", "\\.",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_arrives_as_it_is_in_every_form(slate_server, text):
    name = text if 0 < len(text.encode()) <= 63 else "other"
    sql = body(
        'CREATE TEMP TABLE :"w" ("t" text);\nINSERT INTO :"w" VALUES (:\'v\'), (:v), (E\'a\' || :v);\n', v=text, w=name
    )
    with connect(slate_server.url()) as connection:
        for conforming in ("on", "off"):
            connection.execute(f"DROP SCHEMA IF EXISTS x; SET standard_conforming_strings = {conforming}".encode())
            with connection.transaction(force_rollback=True):
                connection.execute(sql.encode())
                quoted = '"' + name.replace('"', '""') + '"'
                rows = [r[0] for r in connection.execute(f"SELECT t FROM {quoted}".encode())]
            assert rows == [text, text, f"a{text}"]


@settings(max_examples=150)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))
def test_a_literal_is_one_token_that_ends_where_it_ends(text):
    from slate_pg.postgres.statements import STRING, tokens

    (first, *rest) = list(tokens(literal(text).replace(" E", "E", 1) if "\\" in text else literal(text)))
    found = [first, *rest]
    assert [kind for kind, _, _ in found if kind == STRING] == [STRING]
    assert found[-1][0] == STRING


@pytest.mark.skipif(
    shutil.which("psql") is None and not Path("/usr/lib/postgresql/15/bin/psql").exists(), reason="no psql at hand"
)
def test_psql_with_the_same_values_runs_the_same_file(slate_server, tmp_path):
    program = shutil.which("psql") or "/usr/lib/postgresql/15/bin/psql"
    text = '-- variables: v, w, n\nSELECT :\'v\', :"w".:"w", a[1:2], \':v\', $$:v$$, :n + 1, x::text FROM (SELECT ARRAY[1,2,3] AS a, :n AS x, 5 AS "it\'s") AS :"w";\n'
    values = {"v": 'it\'s \\ "x" ž', "w": "it's", "n": "41"}
    path = tmp_path / "a.sql"
    path.write_text(text)
    options = [f"-v{name}={value}" for name, value in values.items()]
    ran = subprocess.run(
        [program, "-X", "-At", *options, "-f", path, slate_server.url()], capture_output=True, text=True, check=True
    )
    with connect(slate_server.url()) as connection:
        row = connection.execute(template(text, **values).text.encode()).fetchone()
    found = ran.stdout.strip().split("|")
    assert [found[0], found[1], found[3:]] == [row[0], str(row[1]), [row[3], row[4], str(row[5]), row[6]]]
    assert row[0] == values["v"]


def test_secrets_are_left_out_of_what_is_kept_and_stand_in_for_nobody():
    values = [Value("pw", "hush hush", secret=True), Value("r", "eu")]
    found = Template(Path("a.sql"), "-- variables: pw, r\nSELECT :pw, :'pw', :\"pw\", :r;", True, values)
    assert found.text.endswith("SELECT 'hush hush', 'hush hush', \"hush hush\", 'eu';")
    assert found.kept.endswith("SELECT :'pw', :'pw', :\"pw\", 'eu';")
    assert (found.secrets, found.used) == (("pw",), {"r": "eu"})
    again = found.given([]).recorded(Recorded({"r": "us"}, ("pw",)), stand_in=True)
    assert again.text.endswith("SELECT 'secret', 'secret', \"secret\", 'us';")
    assert "hush" not in repr(found)
