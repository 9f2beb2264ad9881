"""Recipes in the folders of other tools: written as the tool has them, and refused where it could not run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import Product, find_project
from slate_pg.errors import Misuse
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.formats.fresh import BY_LAYOUT, UNSWITCHED
from slate_pg.migrations.order import in_order
from slate_pg.recipes.writing import Step, write
from tests.formats.projects import EXAMPLES

NOT_VALID = Step("add_check", "ALTER TABLE t ADD CHECK (true) NOT VALID;\n", "ALTER TABLE t DROP CONSTRAINT t_check;\n")
ALONE = Step("index", "CREATE INDEX CONCURRENTLY i ON t (a);\n", "DROP INDEX i;\n", alone=True)
TWO = Step(
    "unique", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\nALTER TABLE t ADD UNIQUE USING INDEX i;\n",
    "DROP INDEX i;\n", alone=True,
)  # fmt: skip
FILL = Step("fill", "-- backfill: t, 10\n\nUPDATE t SET a = 1 WHERE id BETWEEN :from AND :to;\n", "SELECT 1;\n")


def product_of(folder: Path) -> Product:
    (product,) = find_project(str(folder)).products
    return product


@pytest.mark.parametrize("tool", BY_LAYOUT)
def test_the_files_of_a_recipe_follow_each_other_and_say_what_runs_alone(tool: str, tmp_path: Path) -> None:
    product = product_of(EXAMPLES[tool].write(tmp_path))
    before = [m.id for m in in_order(read_migrations(product))]
    write(product, "ease_it", [NOT_VALID, ALONE])
    after = in_order(read_migrations(product))
    assert [m.id for m in after[: len(before)]] == before
    first, second = after[len(before) :]
    assert first.id.endswith("ease_it_add_check")
    assert second.id.endswith("ease_it_index")
    assert "NOT VALID" in first.apply.text
    assert (first.apply.transactional, second.apply.transactional) == (True, False)
    if first.rollback:
        assert "DROP CONSTRAINT" in first.rollback.text
    layout = find_format(product)
    assert layout
    assert layout.name == EXAMPLES[tool].name


@pytest.mark.parametrize("tool", BY_LAYOUT)
def test_what_the_tool_could_not_run_is_refused_and_nothing_is_written(tool: str, tmp_path: Path) -> None:
    product = product_of(EXAMPLES[tool].write(tmp_path))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Misuse, match="fills rows with a backfill"):
        write(product, "ease_it", [NOT_VALID, FILL])
    if tool in UNSWITCHED:
        with pytest.raises(Misuse, match="files without a transaction"):
            write(product, "ease_it", [TWO])
    assert sorted(tmp_path.rglob("*")) == before
    if tool not in UNSWITCHED:
        write(product, "ease_it", [TWO])
        assert not in_order(read_migrations(product))[-1].apply.transactional
