"""A stranger's folder: every type, names that Python cannot spell, queries in others' forms, views and outer joins."""

import json
from dataclasses import fields

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import args_row

from tests.generate.hostile import KINDS, NAMES
from tests.generate.kinds import load, misfits
from tests.generate.typed import strictly_typed


@pytest.fixture
def stranger(slate, tmp_path, empty_url):
    """Write a flat folder, apply it, and generate from it: from the files and from the database, which must agree."""

    def run(text, queries=None, *options):
        (tmp_path / "db").mkdir()
        (tmp_path / "db" / "0001_all.sql").write_text(text)
        (tmp_path / "db" / "0001_all.rollback.sql").write_text("SELECT 1;")
        (tmp_path / "q").mkdir()
        for name, query in (queries or {}).items():
            (tmp_path / "q" / name).write_text(query)
        common = ["--migrations", tmp_path / "db", "--queries", tmp_path / "q", *options]
        written = slate("generate", "python", "--to", tmp_path / "made.py", *common)
        assert (written.code, written.out) == (0, f"{tmp_path / 'made.py'}\n"), written.err
        applied = slate("apply", "--migrations", tmp_path / "db", "--database", empty_url)
        assert applied.code == 0, applied.err
        live = slate("generate", "python", "--to", tmp_path / "made.py", "--check", "--database", empty_url, *common)
        assert (live.code, live.out) == (0, "the generated code is fresh\n")
        assert strictly_typed(tmp_path / "made.py") == ""
        return load(tmp_path / "made.py"), written.err

    return run


def rows_of(connection, kind):
    with connection.cursor(row_factory=args_row(kind)) as cursor:
        return cursor.execute(f"SELECT {kind.COLUMNS} FROM {kind.TABLE}").fetchall()


def test_every_type_is_what_its_annotation_says(stranger, empty_url):
    module, said = stranger(KINDS)
    with psycopg.connect(empty_url) as connection:
        module.register(connection)
        rows = rows_of(connection, module.Kinds)
    assert [misfit for row in rows for misfit in misfits(row)] == []
    full = next(row for row in rows if row.id == 1)
    assert [f.name for f in fields(full) if getattr(full, f.name) is None] == ["ac", "bf"]
    assert full.ap == module.Place(1, "sad", "c", ["sad"])
    assert misfits(full.ap) == []
    assert full.ai == ["sad", 'say "hi"']
    assert full.an == [11, 12]
    assert 'place: "count" is count_' in said
    assert "point comes as text: str" in said


def test_names_that_python_cannot_spell_are_spelt_and_said(stranger, empty_url):
    columns = ", ".join(sql.Identifier(n).as_string() + f" integer DEFAULT {i}" for i, n in enumerate(NAMES))
    text = f"""
        CREATE TABLE names ({columns});
        INSERT INTO names DEFAULT VALUES;
        CREATE TABLE "Names" ("date" date, "other date" date NOT NULL);
        CREATE TABLE "class" (); CREATE TABLE "1 table; ""drop"" it" (id integer);
        CREATE TABLE "register" (id integer); CREATE TABLE "int" (id integer);
        CREATE TYPE "names row" AS ENUM ('a');
        COMMENT ON TABLE names IS E'says \"\"\" and \\\\ and \\n\\u2028 \"';
        COMMENT ON COLUMN names."self" IS E'import os\\nos.abort()';
    """
    module, said = stranger(text, {"class.sql": "SELECT 1", "1 % 2.sql": "SELECT 1 AS a, 2 AS a, '%', '\"\"\"'"})
    with psycopg.connect(empty_url) as connection:
        (row,) = rows_of(connection, module.Names_)
        assert [getattr(row, field.name) for field in fields(row)] == list(range(len(NAMES)))
        assert [tuple(getattr(r, f.name) for f in fields(r)) for r in module.n1___2(connection)] == [(1, 2, "%", '"""')]
    for name in ("class", "1st", "int", "TABLE"):
        assert f'names: "{name}" is ' in said
    assert 'query "class" is class_()' in said


def test_queries_in_the_forms_of_other_tools_are_taken(stranger, empty_url):
    queries = {
        "aiosql.sql": "-- name: by_name^(name)\n-- One of that name.\nSELECT id, name FROM people WHERE name = :name AND ':x' <> '';\n\n"
        "-- name: add!\nINSERT INTO people (id, name) VALUES (:id, :name);\n",
        "sqlc.sql": "-- name: GetAfter :many\nSELECT * FROM people WHERE id > $1 AND id < $2::bigint ORDER BY id;\n",
        "psycopg.sql": "SELECT name FROM people WHERE name LIKE 'a%%' AND name = ANY (%(names)s) AND facts @> %(facts)s",
        "slate.sql": "-- what: maybe\n-- params: floor = NULL\n-- returns: one\nSELECT max(id) AS top FROM people WHERE id > coalesce(NULL, 0)",
    }
    module, _ = stranger(
        "CREATE TABLE people (id integer PRIMARY KEY, name text, facts jsonb NOT NULL DEFAULT '{}');", queries
    )
    with psycopg.connect(empty_url) as connection:
        assert [module.add(connection, id=n, name=name) for n, name in enumerate(("anna", "bob"))] == [1, 1]
        assert module.by_name(connection, name="anna").id == 0
        assert module.by_name(connection, name="nobody") is None
        assert [row.name for row in module.GetAfter(connection, p1=-1, p2=5)] == ["anna", "bob"]
        assert [row.name for row in module.psycopg(connection, names=["anna", "bob"], facts={})] == ["anna"]
        assert module.slate(connection, floor=None).top == 1
        assert module.slate(connection, floor=7).top is None


ORIGINS = """
CREATE TABLE a (id integer PRIMARY KEY, x integer NOT NULL, n integer);
CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL, y integer NOT NULL);
CREATE VIEW both_of AS SELECT a.id, a.x, b.y FROM a LEFT JOIN b ON b.a_id = a.id;
CREATE VIEW plain AS SELECT id, x, n FROM a;
CREATE VIEW of_view AS SELECT p.id, p.x, count(*) AS many FROM plain AS p GROUP BY p.id, p.x;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM a;
CREATE DOMAIN never AS integer NOT NULL;
CREATE TABLE d (id integer PRIMARY KEY, v never);
INSERT INTO a VALUES (1, 1, NULL), (2, 2, 2);
INSERT INTO b VALUES (1, 1, 1), (3, 9, 9);
"""
# A query, and for each output whether it is proved never to be NULL.
PROOFS = [
    ("SELECT a.id, b.id FROM a JOIN b ON true", "11"),
    ("SELECT a.id, b.id AS b_id FROM a LEFT JOIN b ON b.id = a.id", "10"),
    ("SELECT a.id, b.id AS b_id FROM a RIGHT JOIN b ON b.id = a.id", "01"),
    ("SELECT a.id, b.id AS b_id FROM a FULL JOIN b ON b.id = a.id", "00"),
    ("SELECT id FROM a FULL JOIN b USING (id)", "0"),
    ("SELECT one.id, two.id AS other FROM a AS one LEFT JOIN a AS two ON two.id = one.id + 1", "10"),
    ("SELECT * FROM a LEFT JOIN b ON b.id = a.id", "110000"),
    ("SELECT a.* FROM a", "110"),
    ("WITH w AS (SELECT id, y FROM b) SELECT a.id, w.y FROM a LEFT JOIN w ON w.id = a.id", "10"),
    ("WITH w AS (SELECT id, y FROM b) SELECT a.id, w.y FROM a JOIN w ON w.id = a.id", "11"),
    ("WITH v AS (SELECT id FROM b), w AS (SELECT * FROM v) SELECT w.id FROM a LEFT JOIN w ON w.id = a.id", "0"),
    ("SELECT s.id FROM a LEFT JOIN (SELECT id FROM b) AS s ON s.id = a.id", "0"),
    ("SELECT s.id FROM a LEFT JOIN LATERAL (SELECT b.id FROM b WHERE b.id = a.id) AS s ON true", "0"),
    ("SELECT s.y FROM (SELECT b.y FROM a LEFT JOIN b ON b.id = a.id) AS s", "0"),
    ("SELECT j.y FROM (a LEFT JOIN b ON b.a_id = a.id) AS j (id1, x1, n1, id2, a_id, y)", "0"),
    ("SELECT x, count(*), count(n), coalesce(n, 0), coalesce(n, n), sum(n) FROM a GROUP BY x, n", "111100"),
    ("SELECT x, id FROM a GROUP BY ROLLUP (x, id)", "00"),
    ("SELECT x FROM a UNION SELECT y FROM b", "0"),
    ("SELECT (SELECT id FROM a WHERE false) AS id, EXISTS (SELECT FROM a), now(), 1, NULL, n IS NULL FROM a", "011101"),
    ("SELECT id, x, y FROM both_of", "110"),
    ("SELECT id, x, n FROM plain", "110"),
    ("SELECT id, x, many FROM of_view", "111"),
    ("SELECT v.id FROM a LEFT JOIN plain AS v ON v.id = a.id + 1", "0"),
    ("SELECT id FROM kept", "0"),
    ("SELECT id, v FROM d", "10"),
    ("INSERT INTO a VALUES (7, 7) RETURNING id, x, n", "110"),
    ("UPDATE a SET n = b.y FROM b LEFT JOIN d ON d.id = b.id WHERE b.id = a.id RETURNING a.id, d.id AS d_id", "10"),
    ("WITH gone AS (DELETE FROM b RETURNING id, y) SELECT * FROM gone", "11"),
    ("VALUES (1), (NULL)", "0"),
    ("SELECT r.x FROM a AS r CROSS JOIN LATERAL (SELECT r.n) AS l (n)", "1"),
    ("SELECT l.n, l.x FROM a AS r CROSS JOIN LATERAL (SELECT r.n, r.x) AS l", "01"),
    ("SELECT b.y FROM a LEFT JOIN (b JOIN d ON d.id = b.id) ON b.a_id = a.id", "0"),
    ("SELECT a.x FROM b LEFT JOIN d ON d.id = b.id RIGHT JOIN a ON a.id = b.a_id", "1"),
]


def test_what_is_proved_never_to_be_null_is_and_nothing_else(stranger, empty_url):
    queries = {f"q{n:02d}.sql": text for n, (text, _) in enumerate(PROOFS)}
    module, _ = stranger(ORIGINS, queries)
    found = []
    for n, (text, _) in enumerate(PROOFS):
        row = getattr(module, f"Q{n:02d}Row")
        found.append((text, "".join("01"[str(f.type)[-6:] != "| None"] for f in fields(row))))
    assert found == PROOFS
    for n in range(len(PROOFS)):
        with psycopg.connect(empty_url) as connection:
            rows = getattr(module, f"q{n:02d}")(connection)
            connection.rollback()
        assert [misfit for row in rows for misfit in misfits(row)] == []


def test_what_is_not_so_is_refused_by_name(slate, tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_a.sql").write_text("CREATE TABLE a (id integer);")
    (tmp_path / "db" / "0001_a.rollback.sql").write_text("DROP TABLE a;")
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / "bad.sql").write_text("SELECT nothing FROM a")
    (tmp_path / "note.txt").write_text("")
    common = ["generate", "python", "--migrations", tmp_path / "db"]
    ran = slate(*common)
    assert (ran.code, "--to FILE.py" in ran.err) == (2, True)
    ran = slate(*common, "--to", tmp_path / "a.py", "--queries", tmp_path / "q")
    assert ran.code == 1
    assert 'bad.sql: the server refuses the query: column "nothing" does not exist (42703)' in ran.err
    assert not (tmp_path / "a.py").exists()
    ran = slate(*common, "--to", tmp_path / "a.py", "--queries", tmp_path / "none")
    assert (ran.code, f'no folder "{tmp_path / "none"}"' in ran.err) == (2, True)
    ran = slate(*common, "--to", tmp_path / "note.txt")
    assert (ran.code, "is a file that is no Python" in ran.err) == (2, True)
    ran = slate("generate", "python", "--to", tmp_path / "a.py")
    assert (ran.code, "5 products are asked for" in ran.err) == (2, True)


def test_check_says_what_is_stale_and_changes_nothing(slate, tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_a.sql").write_text("CREATE TABLE a (id integer);")
    (tmp_path / "db" / "0001_a.rollback.sql").write_text("DROP TABLE a;")
    common = ["generate", "python", "--migrations", tmp_path / "db", "--to", tmp_path / "a.py"]
    ran = slate(*common, "--check", "--json")
    assert (ran.code, json.loads(ran.out)) == (3, {"stale": [str(tmp_path / "a.py")]})
    assert not (tmp_path / "a.py").exists()
    ran = slate(*common, "--json")
    assert (ran.code, json.loads(ran.out)) == (0, {"changed": [str(tmp_path / "a.py")]})
    assert slate(*common, "--check").code == 0
    (tmp_path / "a.py").write_text((tmp_path / "a.py").read_text().replace("Generated", "Edited"))
    before = (tmp_path / "a.py").read_text()
    assert slate(*common, "--check").code == 3
    assert (tmp_path / "a.py").read_text() == before


def test_what_wants_a_superuser_is_generated_from_with_trust_and_only_so(slate, tmp_path):
    (tmp_path / "db").mkdir()
    text = "CREATE TABLE a (id integer PRIMARY KEY, a_id integer REFERENCES a);\nALTER TABLE a DISABLE TRIGGER ALL;"
    (tmp_path / "db" / "0001_a.sql").write_text(text)
    (tmp_path / "db" / "0001_a.rollback.sql").write_text("DROP TABLE a;")
    for form in ("python", "sqlalchemy"):
        common = ["generate", form, "--migrations", tmp_path / "db", "--to", tmp_path / f"{form}.py"]
        ran = slate(*common)
        assert (ran.code, "Say --trust" in ran.err, (tmp_path / f"{form}.py").exists()) == (1, True, False), ran.err
        assert slate(*common, "--trust").code == 0
        assert f"slate generate {form} db --trust`" in (tmp_path / f"{form}.py").read_text()
    recipe = ["new", "db", "--recipe", "not-null", "--table", "a", "--column", "a_id", "--migrations", tmp_path / "db"]
    assert "Say --trust" in slate(*recipe).err
    assert slate(*recipe, "--trust").code == 0


def test_a_view_that_the_server_cannot_read_hinders_no_other(stranger):
    module, _ = stranger(
        "CREATE TABLE a (id integer PRIMARY KEY); CREATE VIEW loops AS SELECT id FROM a; CREATE VIEW reads AS SELECT id FROM a;"
        "CREATE OR REPLACE VIEW loops AS SELECT id FROM loops;"
    )
    assert [str(f.type) for kind in (module.Loops, module.Reads) for f in fields(kind)] == ["int | None", "int"]
