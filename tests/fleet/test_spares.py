"""A spare is prepared ahead under a reserved name, is no tenant, and becomes one by a new name alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import Product
from slate_pg.fleet.spares import is_spare, next_names
from tests.fleet.conftest import Fleet


@pytest.mark.parametrize(
    ("schema", "said"),
    [("shop_spare_1", True), ("shop_spare_12", True), ("shop_spare_", False), ("shop_spare_x", False),
     ("shop_spare_1_", False), ("shop", False), ("xshop_spare_1", False), ("shop_spare_٣", False)],
)  # fmt: skip
def test_a_reserved_name_is_known_by_its_number(schema: str, said: bool) -> None:
    assert is_spare(Product("shop", Path(), Path(), "shop"), schema) is said


def test_free_names_are_the_lowest() -> None:
    shop = Product("shop", Path(), Path(), "shop")
    assert next_names(shop, {"shop_spare_1", "shop_spare_3"}, 2) == ["shop_spare_2", "shop_spare_4"]


def test_a_spare_is_migrated_with_the_fleet_and_is_in_no_status_and_no_backup(fleet: Fleet, tmp_path: Path) -> None:
    fleet.shop.apply(schema="shop_spare_1")
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    assert "shop_spare_1" not in {line.get("schema") for line in fleet.lines("status")}
    assert "shop_spare_1" in {line.get("schema") for line in fleet.lines("apply")}
    assert fleet.shop.exists("shop_spare_1.u")
    assert "shop_spare_1" not in {line.get("schema") for line in fleet.lines("backup", "--to", str(tmp_path / "b"))}
