"""What `slate docs` knows of tables, uses, history and refusals, built from files with hostile names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from slate_pg.config import find_project
from slate_pg.docs.building import build
from slate_pg.docs.dbml import as_dbml
from slate_pg.docs.history import read_header, read_preamble
from slate_pg.docs.jsonform import as_json, from_json, json_schema, published_schema
from slate_pg.docs.markdown import as_markdown, er_diagram
from slate_pg.docs.model import Site, Table, Use
from slate_pg.docs.naming import names_in, names_in_body
from slate_pg.docs.products import make_site
from slate_pg.docs.tables import unit_of
from tests.docs.conftest import write_project


def table(site: Site, name: str) -> Table:
    return next(t for p in site.products for t in p.tables if t.name == name)


def test_a_table_has_its_columns_keys_comments_and_units(hostile):
    weird = table(hostile, "Weird Name")
    assert [c.name for c in weird.columns] == ["select", 'it\'s % "quoted"', "größe", "duration"]
    assert weird.columns[0].key
    assert not weird.columns[0].nullable
    assert weird.columns[3].unit == "seconds, 0 to 600"
    assert weird.columns[1].default == "'a \"b\" % `c`'::text"
    assert weird.says.startswith("A | pipe")
    assert {(c.name, c.kind) for c in weird.constraints} >= {("Weird Name_pkey", "primary key"), ("positive", "check")}


def test_a_foreign_key_says_columns_target_and_whether_it_may_be_null(hostile):
    (key,) = table(hostile, "child").foreign_keys
    assert (key.columns, key.target, key.target_columns, key.optional) == (
        ("parent",),
        "Weird Name",
        ("select",),
        False,
    )


def test_history_says_which_migration_made_a_table_and_which_changed_it(hostile):
    child = table(hostile, "child")
    assert (child.made_by, child.changed_by) == ("shop_0001_first", ("shop_0002_second",))
    assert table(hostile, "measured").changed_by == ()
    first = hostile.products[0].migrations[0]
    assert (first.why, first.locks, first.loses) == ("weird names are names.", "none, only new objects.", "everything.")


def test_partitions_stand_with_their_parent_only(hostile):
    assert table(hostile, "measured").partitions == ("measured_2026",)
    assert "measured_2026" not in {t.name for t in hostile.products[0].tables}


def test_uses_are_read_by_a_parser_not_from_words(hostile):
    used = {name: set(table(hostile, name).uses) for name in ("child", "measured", "Weird Name")}
    assert used["child"] >= {
        Use("view", "children"), Use("function", "count_children"), Use("query", "all_children"),
        Use("job", "tidy", "through count_children()"),
    }  # fmt: skip
    assert used["measured"] == {Use("policy", "few", "on child")}
    assert used["Weird Name"] == {
        Use("view", "children"), Use("function", "note_child"), Use("trigger", "noted", "on child, through note_child()")
    }  # fmt: skip


def test_refusals_have_the_sqlstate_the_text_and_the_hint(hostile):
    found = {(e.sqlstate, e.text, e.hint) for e in hostile.products[0].errors}
    assert ("23514", "no % today", "Wait.") in found


def test_the_json_keeps_its_published_schema_and_reads_back(hostile):
    jsonschema.validate(json.loads(as_json(hostile)), published_schema())
    assert from_json(as_json(hostile)) == hostile


def test_the_published_schema_is_the_models():
    assert published_schema() == json_schema(), "write docs/schema.schema.json anew, and raise VERSION where it must be"


def test_a_json_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version"):
        from_json('{"version": 99}')


def test_markdown_keeps_every_row_in_its_cells(hostile):
    text = as_markdown(hostile)["shop.md"]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)
    assert "A \\| pipe" in text
    assert "\\<b\\>bold" in text


def test_a_diagram_has_one_line_for_each_foreign_key_and_plain_words_only(hostile):
    lines = er_diagram(hostile.products[0].tables)
    assert sum("--o{" in line for line in lines) == 1
    for line in lines:
        assert '"' not in line.replace('["', "").replace('"]', "").partition(' : "')[0]


def test_dbml_quotes_names_and_texts(hostile):
    text = as_dbml(hostile)
    assert 'Table "shop"."Weird Name" {' in text
    assert '"it\'s % \\"quoted\\""' in text
    assert "Note: 'A | pipe, a \\'quote\\', <b>bold</b> and a second line.'" in text
    assert (
        'Ref "child_parent_fkey": "shop"."child".("parent") > "shop"."Weird Name".("select") [delete: cascade]' in text
    )


def test_a_name_of_a_common_table_expression_is_no_table():
    assert names_in("WITH a AS (SELECT 1) SELECT * FROM a, b.a").tables == {("b", "a")}


def test_what_cannot_be_read_is_said_to_be_unread():
    assert not names_in("SELEC").whole
    assert not names_in_body("c", "", "integer", "x").whole


@pytest.mark.parametrize(
    ("comment", "unit"),
    [
        ("Minutes.", "Minutes"), ("0 to 1.", "0 to 1"), ("Relative, percent, 0 to 100; finite.", "percent, 0 to 100"),
        ("Who did it.", ""), ("Two and three.", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_unit_is_what_the_comment_says(comment, unit):
    assert unit_of(comment) == unit


def test_a_header_of_a_stranger_is_why():
    assert read_header("-- Adds the table.\n-- depends: a\n\nSELECT 1;") == {"why": "Adds the table."}
    assert read_header("SELECT 1;") == {}


def slate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "slate_pg", "docs", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "jsn", "--to", "x"], 'no format "jsn"'), ([], "say where to write: --to DIR"),
        (["--to", "file"], "file is a file"), (["--to", "x", "--migrations", "nowhere"], 'no folder "nowhere"'),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_with_a_way_out(tmp_path, arguments, said):
    (tmp_path / "file").write_text("")
    done = slate(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "hint:" in done.stderr


def test_a_migration_that_fails_says_where_and_that_nothing_was_written(tmp_path):
    folder = write_project(tmp_path)
    (folder / "shop" / "shop_0003_bad.sql").write_text("CREATE TABLE x (id nonsense);")
    done = slate(tmp_path, "--to", "out", "--format", "json")
    assert done.returncode == 1
    assert "shop_0003_bad.sql:1" in done.stderr
    assert "No documentation was written" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "directive",
    ["depends: a", "transactional: false", "migrate:up", "+goose Up", "+goose StatementBegin", "no-transaction", "-----",
     "! no-transaction", "Up Migration", "squawk-ignore ban-drop-column", "Deploy shop:a to pg", "requires: a", "CreateTable", "AddForeignKey"],
)  # fmt: skip
def test_what_a_tool_is_told_is_no_why(directive):
    assert read_header(f"-- {directive}\n-- Adds it.\nSELECT 1;") == {"why": "Adds it."}


def test_a_sentence_with_a_colon_is_no_directive_and_a_drawing_keeps_its_lines():
    text = "-- Spark: lessons.\n--\n--   a ──< b\n--   c\n--\n-- Why:  people\n--       come. Lock: none.\nSELECT 1;"
    assert read_header(text) == {"why": "Spark: lessons.\n  a ──< b\n  c\npeople come.", "locks": "none."}
    assert read_preamble(text) == "Spark: lessons.\n  a ──< b\n  c"
    assert read_preamble("-- Adds a table.\nSELECT 1;") == ""


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("shop/db/migrations", "shop"),
        ("db/migrations/Web Shop", "Web Shop"),
        ("shop/packages/prisma/migrations", "shop"),
    ],
)
def test_a_site_is_called_by_the_folder_that_says_whose_it_is(tmp_path, folder, title):
    place = tmp_path / "all" / folder
    place.mkdir(parents=True)
    (place / "0001_a.sql").write_text("CREATE TABLE a (id integer PRIMARY KEY);")
    project = find_project(f"plain:{place}")
    assert make_site(project, project.products, build(project, project.products)).title == title
