"""Each recipe's files: none blocks for longer than a moment, they apply, keep every row, and can be taken back."""

from __future__ import annotations

import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest

from slate_pg.config import find_project
from slate_pg.postgres.connection import connect
from slate_pg.recipes.known import RECIPES
from slate_pg.testing.database import Database
from tests.workshop import Workshop

LONG = "ä" * 31 + "x"  # 63 bytes
BASE = f"""
CREATE TYPE mood AS ENUM ('sad', 'fine', 'glad', 'It''s "odd"');
CREATE TABLE parents (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE big (
    id integer PRIMARY KEY, parent_id integer, note text, code varchar(20) DEFAULT 'c', amount integer NOT NULL DEFAULT 1,
    feel mood NOT NULL DEFAULT 'fine', at timestamptz NOT NULL DEFAULT '2024-01-01', "select" integer
);
CREATE INDEX big_amount_idx ON big (amount);
CREATE TABLE counted (id serial PRIMARY KEY, note text);
CREATE TABLE "Weird ""Name""%s" (
    "order" integer, "{LONG}" text, "it's" integer, "a\\b" mood DEFAULT 'sad', PRIMARY KEY ("order")
);
CREATE TABLE events (id integer, day date, note text, parent_id integer, code text, PRIMARY KEY (id, day))
    PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY RANGE (day);
CREATE TABLE events_2024_a PARTITION OF events_2024 FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE events_2024_b PARTITION OF events_2024 FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
"""
FILL = """
SET search_path = shop;
INSERT INTO parents SELECT g, g FROM generate_series(1, 20000) AS g;
INSERT INTO big SELECT g, g % 20000 + 1, 'n' || g, 'c' || g % 100, g, 'fine', '2024-01-01', g
    FROM generate_series(1, 30000) AS g;
UPDATE big SET feel = 'sad' WHERE id % 3 = 0;
INSERT INTO counted (note) SELECT 'n' || g FROM generate_series(1, 30000) AS g;
INSERT INTO "Weird ""Name""%s" SELECT g, 't' || g, g % 20000 + 1, 'sad' FROM generate_series(1, 30000) AS g;
INSERT INTO events SELECT g, '2024-01-01'::date + g % 700, 'n', g % 20000 + 1, g % 20000 + 1 FROM generate_series(1, 60000) AS g;
ANALYZE;
"""
WEIRD = 'Weird "Name"%s'
CASES = {
    "not-null": "--table big --column note",
    "not-null of hostile names": f"--recipe not-null --table {shlex.quote(WEIRD)} --column {LONG}",
    "not-null of partitions": "--recipe not-null --table events --column note",
    "check": "--table big --check \"note <> ';'\"",
    "check by name": f'--recipe check --table {shlex.quote(WEIRD)} --check \'"order" > 0\' --to "It\'s fine"',
    "foreign-key": "--table big --column parent_id --references parents --on-delete cascade",
    "foreign-key of hostile names": f"--recipe foreign-key --table {shlex.quote(WEIRD)} --column \"it's\" --references parents",
    "foreign-key of partitions": "--recipe foreign-key --table events --column parent_id --references parents",
    "foreign-key to another key": "--recipe foreign-key --table events --column code --references parents --to-column code",
    "unique": "--table big --column note",
    "unique of two": "--recipe unique --table big --column select --column parent_id",
    "unique of hostile names": f"--recipe unique --table {shlex.quote(WEIRD)} --column {LONG}",
    "unique of partitions": "--recipe unique --table events --column code --column day",
    "index": "--table big --column note --column select",
    "index of hostile names": f"--recipe index --unique --table {shlex.quote(WEIRD)} --column {LONG}",
    "index of partitions": "--recipe index --table events --column note",
    "add-column": "--table big --column token --type uuid --default 'gen_random_uuid()' --not-null",
    "add-column of hostile names": f"--recipe add-column --table {shlex.quote(WEIRD)} --column 'a;b' --type text "
        "--default \"clock_timestamp()::text || 'it''s'\" --batch 20000",
    "add-column of partitions": "--recipe add-column --table events --column seen --type timestamptz --default 'now()'",
    "fill-rows": "--table big --column note --value \"'x' || id\" --column select --value 1 --where 'id % 2 = 0'",
    "fill-rows of hostile names": f"--recipe fill-rows --table {shlex.quote(WEIRD)} --column {LONG} --value \"'%'\"",
    "delete-rows": "--table big --where 'id % 2 = 0'",
    "delete-rows into a table": "--recipe delete-rows --table big --where 'id % 2 = 0' --to big_kept",
    "delete-rows of hostile names": f"--recipe delete-rows --table {shlex.quote(WEIRD)} --where '\"order\" > 5' --to 'k\"pt'",
    "delete-rows of partitions": "--recipe delete-rows --table events --where \"day < '2024-06-01'\" --to kept",
    "change-type": "--table big --column amount --type bigint",
    "change-type with a default": "--recipe change-type --table big --column code --type text",
    "change-type by an expression": "--recipe change-type --table big --column note --type integer "
        "--using 'substr(note, 2)::integer'",
    "change-type of hostile names": f"--recipe change-type --table {shlex.quote(WEIRD)} --column \"it's\" --type bigint",
    "change-type of a primary key": "--recipe change-type --table counted --column id --type bigint",
    "change-type of a unique column": "--recipe change-type --table parents --column code --type integer",
    "drop-enum-value": "--type mood --label sad --replace fine",
    "drop-enum-value that none has": "--recipe drop-enum-value --type mood --label \"It's \\\"odd\\\"\"",
    "split-table": "--table big --column note --column at --to notes",
    "split-table of hostile names": f"--recipe split-table --table {shlex.quote(WEIRD)} --column {LONG} --to 'Weird $$'",
    "new-partition": "--table events --to events_2030 --values \"FROM ('2030-01-01') TO (MAXVALUE)\"",
    "new-partition with rows": "--recipe new-partition --table events --to 'ev\"ents' --move-rows "
        "--values \"FROM ('2025-01-01') TO ('2025-07-01')\"",
    "rename-column": "--table big --column note --to remark",
    "rename-column of hostile names": f"--recipe rename-column --table {shlex.quote(WEIRD)} --column {LONG} --to 'Größe \\'",
    "rename-table": "--table big --to large",
    "rename-table of hostile names": f"--recipe rename-table --table {shlex.quote(WEIRD)} --to {LONG}",
    "rename-table of partitions": "--recipe rename-table --table events --to happenings",
}  # fmt: skip
LOSSY = ("change-type by an expression", "drop-enum-value")
FORGETTING = (*LOSSY, "fill-rows", "fill-rows of hostile names", "delete-rows")  # they say that nothing gives it back


@pytest.fixture
def filled_shop(shop: Workshop) -> Workshop:
    shop.write("shop_0001_base", BASE, 'DROP TABLE events, "Weird ""Name""%s", counted, big, parents; DROP TYPE mood;')
    (shop.root / "tests").mkdir()
    shop.apply()
    shop.do(FILL)
    return shop


def written(shop: Workshop, case: str, *more: str) -> list[Path]:
    """Write a case's files and return the paths of the migrations and of the test."""
    options = CASES[case] if "--recipe" in CASES[case] else f"--recipe {case} {CASES[case]}"
    ran = shop.slate("new", "shop", "ease_it", *shlex.split(options), *more)
    assert ran.returncode == 0, ran.stderr
    return [Path(line) for line in ran.stdout.splitlines()]


def contents(shop: Workshop) -> dict[str, Any]:
    """Return every table with the sum of its rows."""
    tables = shop.rows(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'shop' AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE '\\_slate%'"
    )
    return {
        t: shop.value(f"SELECT (count(*), sum(hashtextextended(to_jsonb(x)::text, 0)))::text FROM {t} AS x")
        for (t,) in tables
    }


def holds(shop: Workshop, test: Path) -> None:
    """Run the test that was written against the shop's own database."""
    functions = [f for n, f in runpy.run_path(str(test)).items() if n.startswith("test_")]
    assert len(functions) == 1
    with connect(shop.url) as connection:
        functions[0](Database(connection, find_project(str(shop.folder.parent))))


@pytest.mark.parametrize("case", CASES)
def test_a_recipe_blocks_nobody_keeps_every_row_and_can_be_taken_back(filled_shop: Workshop, case: str) -> None:
    shop = filled_shop
    before = contents(shop)
    paths = written(shop, case)
    planned = shop.slate("plan")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    if case in LOSSY:  # the old values are there until the last file
        to = next(p.stem for p in paths if p.name.endswith("_swap.sql"))
        assert shop.slate("apply", "--to", to).returncode == 0
        assert shop.slate("rollback", "shop", "--to", "shop_0001_base").returncode == 0
        assert contents(shop) == before
    ran = shop.slate("apply")
    assert ran.returncode == 0, ran.stderr
    holds(shop, paths[-1])
    steps = len([p for p in paths if p.suffix == ".sql"]) // 2
    back = shop.slate("rollback", "shop", "--steps", str(steps))
    assert back.returncode == 0, back.stderr
    if case not in FORGETTING:
        assert contents(shop) == before
    drifted = shop.slate("drift")
    moved = [line for line in drifted.stdout.splitlines() if ": position: expected" in line]
    assert drifted.returncode == (3 if moved else 0), drifted.stdout + drifted.stderr
    assert drifted.stdout.splitlines() == moved


def test_every_recipe_is_tried() -> None:
    assert {case.split()[0] for case in CASES} == set(RECIPES)
