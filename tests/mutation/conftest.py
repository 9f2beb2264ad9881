"""A stranger's project with a suite of its own, on which `slate mutate` runs as its users start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

MIGRATION = """
CREATE ROLE shop_people;
GRANT USAGE ON SCHEMA shop TO shop_people;
CREATE TABLE items (
    id integer PRIMARY KEY,
    owner text NOT NULL,
    price integer CONSTRAINT items_price_check CHECK (price > 0)
);
CREATE INDEX items_owner_idx ON items (owner);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_items ON items TO shop_people USING (owner = current_setting('shop.me', true));
GRANT SELECT ON items TO shop_people;
"""
SUITE = """
import psycopg
import pytest


@pytest.fixture
def shop(db):
    db.use("shop")
    db.insert("items", id=1, owner="ann", price=1)
    db.insert("items", id=2, owner="bob", price=2)
    return db


def test_items_have_a_price_above_zero(shop):
    with shop.throws("23514", constraint="items_price_check"):
        shop.insert("items", id=3, owner="ann", price=0)


def test_people_see_their_own_items(shop):
    with shop.as_role("shop_people", shop__me="ann"):
        assert shop.rows("SELECT id FROM items") == [(1,)]


def test_a_clone_has_no_two_items_of_one_number(db_committed):
    db_committed.use("shop")
    db_committed.insert("items", id=1, owner="ann", price=1)
    with pytest.raises(psycopg.errors.UniqueViolation):
        db_committed.insert("items", id=1, owner="bob", price=2)
"""


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def products(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)["products"]
        return found

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each mutant by its kind and what it is about."""
        return {f"{m['kind']} {m['detail']}".strip(): m["verdict"] for p in self.products for m in p["mutants"]}


@dataclass
class Shop:
    folder: Path
    home: Path

    def write(self, **files: str) -> None:
        """Write files of the project: migrations__shop__x__sql is migrations/shop/x.sql."""
        for name, text in files.items():
            *folders, stem, ending = name.split("__")
            path = self.folder.joinpath(*folders, f"{stem}.{ending}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), "utf-8")

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "SLATE_TEST", "PG_TEST", "COV_"))}
        return kept | {"SLATE_HOME": str(self.home)}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "slate_pg", "mutate", *arguments]

    def mutate(self, *arguments: str) -> Ran:
        ran = subprocess.run(
            self.command(*arguments), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "project", tmp_path / "home")
    shop.write(
        pyproject__toml='[tool.slate]\nmigrations = "migrations"\nrules = ["generic", "policies_in_force"]\n'
        '[tool.pytest.ini_options]\naddopts = "-p no:django"\n',
        migrations__shop__shop_0001_items__sql=MIGRATION,
        **{"migrations__shop__shop_0001_items.rollback__sql": "DROP TABLE items;\nDROP ROLE shop_people;\n"},
        tests__test_shop__py=SUITE,
    )
    return shop


Mutate = Callable[..., Ran]
