"""The rules for migrations as texts, and those that doctor has the query for: what breaks them, and what only looks so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from slate_pg.catalog import health, rules
from slate_pg.checks.manners import MANNERS
from slate_pg.config import Product
from slate_pg.migrations.files import Migration
from slate_pg.migrations.script import Script
from tests.workshop import COMMAND, Workshop


def found(rule: str, apply: str, rollback: str, schema: str = "shop") -> list[tuple[str, int]]:
    migration = Migration("m", (), Script(Path("m.sql"), apply), Script(Path("m.rollback.sql"), rollback))
    product = Product("shop", Path(), Path(), schema)
    return [(fault.script.path.name, fault.line) for fault in MANNERS[rule](product, [migration])]


NAMED = {
    "CREATE TABLE shop.t ();": [("m.sql", 1)],
    "SELECT 1;\nINSERT INTO shop . t VALUES (1);": [("m.sql", 2)],
    'CREATE TABLE "shop"."t" ();': [("m.sql", 1)],
    "CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN (SELECT 1 FROM shop.t);\nEND $$;": [
        ("m.sql", 3)
    ],
    "CREATE TABLE t (); -- shop.t was another": [],
    "/* shop.t */ COMMENT ON TABLE t IS 'as shop.t was';": [],
    "CREATE TABLE workshop.t ();": [],
    "CREATE TABLE t (shop text); SELECT t.shop FROM t;": [],
    "SELECT shop.id FROM orders AS shop;": [],
    "SELECT shop.id FROM shop;": [],
    "SELECT set_config('shop.user', 'x', true);": [],
}


@pytest.mark.parametrize("text", NAMED)
def test_a_file_that_names_its_own_schema_is_found_by_its_line(text: str) -> None:
    assert found("schema_unnamed", text, "SELECT 1;") == NAMED[text]


def test_a_schema_with_an_odd_name_is_looked_for_as_it_is_written() -> None:
    assert found("schema_unnamed", 'CREATE TABLE "a.b (c"."t" ();', "", schema="a.b (c") == [("m.sql", 1)]


EXACT = {
    "DROP TABLE t CASCADE;": 1,
    "DROP VIEW v;\nDROP TABLE t\n  CASCADE;": 3,
    "ALTER TABLE t DROP COLUMN IF EXISTS c;": 1,
    "DROP INDEX CONCURRENTLY IF EXISTS i;": 1,
    "TRUNCATE t CASCADE;": 1,
    "ALTER TABLE t DROP CONSTRAINT k; ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES b ON DELETE CASCADE;": 0,
    "ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES b ON UPDATE CASCADE;": 0,
    "DROP TABLE t; -- no CASCADE, no IF EXISTS": 0,
    "CREATE TABLE IF NOT EXISTS t ();": 0,
    "COMMENT ON TABLE t IS 'DROP TABLE IF EXISTS x CASCADE';": 0,
    "DROP TABLE t; SELECT 1 WHERE EXISTS (SELECT 1);": 0,
}


@pytest.mark.parametrize("text", EXACT)
def test_a_rollback_that_takes_more_along_or_hides_what_is_missing_is_found(text: str) -> None:
    expected = [("m.rollback.sql", EXACT[text])] if EXACT[text] else []
    assert found("rollback_exact", "SELECT 1;", text) == expected


LOSS = {
    ("-- Why: so.\nCREATE TABLE t ();", "DROP TABLE t;"): 1,
    ("-- Rollback loses: the rows of t.\nCREATE TABLE t ();", "DROP TABLE t;"): 0,
    ("-- Lock: none. Rollback loses: nothing.\nCREATE TABLE t ();", "DROP INDEX i;\nDROP TABLE t;"): 2,
    ("CREATE TABLE t ();", "-- The rollback deletes what was written since.\nDELETE FROM t;"): 0,
    ("ALTER TABLE t ADD a int;", "ALTER TABLE t DROP a;"): 1,
    ("ALTER TABLE t ADD a int;", 'ALTER TABLE t\n  DROP COLUMN "odd ""name";'): 2,
    ("UPDATE t SET a = 1;", "UPDATE t SET a = 0;"): 1,
    ("CREATE INDEX i ON t (a);", "DROP INDEX i;"): 0,
    ("ALTER TABLE t ALTER a SET DEFAULT 1;", "ALTER TABLE t ALTER a DROP DEFAULT;"): 0,
    ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);", "ALTER TABLE t DROP CONSTRAINT c;"): 0,
    ("CREATE VIEW v AS SELECT 1;", "DROP VIEW v; -- not: DROP TABLE t"): 0,
}


@pytest.mark.parametrize(("apply", "rollback"), LOSS)
def test_a_rollback_that_loses_rows_and_says_nothing_of_it_is_found(apply: str, rollback: str) -> None:
    line = LOSS[apply, rollback]
    assert found("rollback_says_loss", apply, rollback) == ([("m.rollback.sql", line)] if line else [])


FILES = {
    "shop_0001_t": ("CREATE TABLE shop.t (id integer);\nCREATE INDEX i ON t (id);\nCREATE INDEX j ON t (id);\n"
                    "ALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON t USING (id = 1);\n"
                    "CREATE VIEW v AS SELECT * FROM t;\nGRANT SELECT ON v TO PUBLIC;",
                    "DROP VIEW IF EXISTS v;\nDROP TABLE t CASCADE;"),
}  # fmt: skip


def test_check_says_each_by_file_and_line_where_all_rules_are_asked_for(shop: Workshop) -> None:
    for name, texts in FILES.items():
        shop.write(name, *texts)
    (shop.root / "pyproject.toml").write_text('[tool.slate]\nmigrations = "migrations"\nrules = ["all"]\n')
    ran = subprocess.run([*COMMAND, "check"], cwd=shop.root, capture_output=True, text=True, check=False)
    said = {
        line.split(": ")[1]: line.split(": ")[0].rpartition("/")[2] for line in ran.stdout.splitlines() if ": " in line
    }
    expected = {
        "schema_unnamed": "shop_0001_t.sql:1", "index_duplicate": "shop_0001_t.sql:3",
        "table_without_primary_key": "shop_0001_t.sql:1", "view_past_row_security": "shop_0001_t.sql:6",
        "rollback_exact": "shop_0001_t.rollback.sql:2", "rollback_says_loss": "shop_0001_t.rollback.sql:2",
    }  # fmt: skip
    assert {rule: said.get(rule) for rule in expected} == expected, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", MANNERS)
def test_a_rule_says_why(name: str) -> None:
    assert (MANNERS[name].__doc__ or "").splitlines()[0].partition(": ")[2]
    assert name in rules.MANNERS


def test_who_asks_for_the_generic_rules_is_not_held_to_a_houses(shop: Workshop) -> None:
    for name, texts in FILES.items():
        shop.write(name, *texts)
    done = shop.slate_with("check")
    assert not [rule for rule in (*rules.MANNERS, *rules.ASKED) if rule in done.stdout], done.stdout


def test_every_rule_is_on_the_page_of_rules_and_doctors_are_marked() -> None:
    lines = (Path(__file__).parents[2] / "docs" / "RULES.md").read_text("utf-8").splitlines()
    said = {line.split("`")[1]: line.endswith("| yes |") for line in lines if line.startswith("| `")}
    of_health = (*rules.OF_HEALTH, *health.queries())
    assert said == {name: name in of_health for name in rules.ALL}
