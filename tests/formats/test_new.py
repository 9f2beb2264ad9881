"""`slate new` writes a migration as the folder's own tool has it, behind the last one."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import Product, find_project
from slate_pg.errors import FileError, Misuse
from slate_pg.migrations.files import check_script
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.formats.fresh import BY_LAYOUT
from slate_pg.migrations.order import in_order
from slate_pg.migrations.scaffold import scaffold
from tests.formats.projects import EXAMPLES


def product_of(folder: Path) -> Product:
    (product,) = find_project(str(folder)).products
    return product


@pytest.mark.parametrize("transactional", [True, False])
@pytest.mark.parametrize("tool", BY_LAYOUT)
def test_a_new_migration_is_the_last_of_its_folder(tool: str, transactional: bool, tmp_path: Path) -> None:
    product = product_of(EXAMPLES[tool].write(tmp_path))
    before = [m.id for m in in_order(read_migrations(product))]
    paths = scaffold(product, "add_coupons", transactional)
    assert all(path.is_file() for path in paths)
    after = in_order(read_migrations(product))
    assert [m.id for m in after[:-1]] == before
    assert after[-1].id.endswith("add_coupons")
    layout = find_format(product)
    assert layout is not None
    assert layout.name == EXAMPLES[tool].name
    with pytest.raises(FileError, match="as `slate new` wrote it"):
        check_script(after[-1].apply)
    if not transactional and tool not in ("prisma", "supabase", "node-pg-migrate"):
        assert not after[-1].apply.transactional


@pytest.mark.parametrize("tool", sorted(set(EXAMPLES) - set(BY_LAYOUT) - {"yoyo", "sqlx"}))
def test_a_layout_that_only_its_tool_can_write_is_left_to_it(tool: str, tmp_path: Path) -> None:
    folder = EXAMPLES[tool].write(tmp_path)
    before = sorted(folder.rglob("*"))
    with pytest.raises(Misuse, match="has more to a migration than its file"):
        scaffold(product_of(folder), "add_coupons")
    assert sorted(folder.rglob("*")) == before
