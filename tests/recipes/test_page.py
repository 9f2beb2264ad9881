"""docs/RECIPES.md is what the recipes write today."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from slate_pg.recipes.known import RECIPES
from slate_pg.testing.plugin import Base

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(slate_server: Base) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    name = sql.Identifier("recipes_page")
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        with psycopg.connect(slate_server.url("recipes_page"), autocommit=True) as connection:
            yield connection
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def test_the_page_of_recipes_is_fresh_and_has_every_one(empty: psycopg.Connection[tuple[object, ...]]) -> None:
    spec = importlib.util.spec_from_file_location("write_recipes", ROOT / "docs/write_recipes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    written = (ROOT / "docs/RECIPES.md").read_text("utf-8")
    assert written == module.render(empty), "run `python docs/write_recipes.py`"
    assert re.findall(r"(?m)^## (.*)$", written) == list(RECIPES)
