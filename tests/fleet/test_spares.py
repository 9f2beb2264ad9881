"""A spare is prepared ahead under a reserved name, is no tenant, and becomes one by a new name alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from slate_pg.config import Product
from slate_pg.fleet.spares import is_spare, next_names
from tests.fleet.conftest import Fleet
from tests.workshop import COMMAND


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


def test_one_database_tells_its_spares_apart_and_backs_none_of_them_up(fleet: Fleet, tmp_path: Path) -> None:
    for schema in ("shop_spare_1", "shop_spare_x"):
        fleet.shop.apply(schema=schema)
    found = json.loads(fleet.shop.slate("status", "--json").stdout)["installations"]
    assert {i["schema"] for i in found if i["spare"]} == {"shop_spare_1"}
    lines = fleet.shop.slate("status").stdout.splitlines()
    (line,) = [one for one in lines if "shop_spare_1" in one]
    assert line.endswith("spare, up to date")
    assert "spare," not in next(one for one in lines if "shop_spare_x" in one)
    for product in (["shop"], []):
        to = tmp_path / "-".join(["to", *product])
        ran = fleet.shop.slate("backup", *product, "--to", str(to))
        assert (ran.returncode, "note: 1 spare is nobody's yet, and not backed up" in ran.stderr) == (0, True), (
            ran.stderr
        )
        assert {path.name.partition("-")[2] for path in to.iterdir()} == {
            "alpha",
            "Weird Name",
            "select",
            "shop_spare_x",
        }
    ran = fleet.shop.slate("backup", "shop", "--as", "shop_spare_1", "--to", str(tmp_path / "asked"))
    assert (ran.returncode, "note" in ran.stderr) == (0, False), ran.stderr


def pinned(fleet: Fleet) -> None:
    fleet.shop.write(
        "shop_0002_u",
        "CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT "
        "AS $$ BEGIN RETURN (SELECT count(*) FROM t); END $$;",
        "DROP FUNCTION many();",
    )
    assert fleet.slate("apply").returncode == 0


def test_a_new_one_is_made_where_the_fewest_are_and_is_at_the_current_version(fleet: Fleet) -> None:
    pinned(fleet)
    ran = fleet.slate("add", 'Ne"w % one')
    assert (ran.returncode, 'south Ne"w % one: made of its files' in ran.stdout) == (0, True), ran.stderr
    assert fleet.other.value('SELECT "Ne""w % one".many()') == 0
    assert fleet.slate("status").returncode == 0
    ran = fleet.slate("add", "ünïcode")
    assert (ran.returncode, "is on south already: up to date" in ran.stderr) == (1, True)


def test_a_spare_becomes_one_by_a_new_name_and_the_next_takes_the_next(fleet: Fleet) -> None:
    pinned(fleet)
    ran = fleet.slate("spare", "--keep", "2", "--server", "north")
    assert (ran.returncode, "north: 2 spares, 2 made now" in ran.stdout) == (0, True), ran.stderr
    assert "and 2 spares, 0 not up to date" in fleet.slate("status").stdout
    assert "1 spares" not in fleet.slate("spare", "--keep", "2", "--server", "north").stdout
    for name, spare in (("Weird 2", "shop_spare_1"), ("b", "shop_spare_2"), ("c", None)):
        ran = fleet.slate("add", name, "--server", "north", "--json")
        assert json.loads(ran.stdout)["spare"] == spare, ran.stderr
        assert fleet.shop.value(f'SELECT "{name}".many()') == 0
    assert fleet.slate("drift").returncode == 0
    assert fleet.lines("status")[-1]["spares"] == 0


def test_a_spare_that_is_behind_or_gone_is_passed_over(fleet: Fleet) -> None:
    assert fleet.slate("spare", "--keep", "1").returncode == 0
    pinned_later = "CREATE TABLE u (id integer);"
    fleet.shop.write("shop_0002_u", pinned_later, "DROP TABLE u;")
    ran = fleet.slate("add", "late", "--server", "north", "--json")
    assert json.loads(ran.stdout)["spare"] is None, ran.stderr
    assert fleet.shop.exists("late.u")
    assert fleet.slate("apply").returncode == 0
    ran = fleet.slate("add", "later", "--server", "north", "--json")
    assert json.loads(ran.stdout)["spare"] == "shop_spare_1", ran.stderr


def test_adds_at_once_take_each_a_spare_of_its_own(fleet: Fleet) -> None:
    assert fleet.slate("spare", "--keep", "2", "--server", "north").returncode == 0
    listed = ["--server", "north", "--servers", str(fleet.listed), "--migrations", str(fleet.shop.folder.parent)]
    each = [
        subprocess.Popen(
            [*COMMAND, "fleet", "add", "shop", f"n{k}", *listed],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for k in range(4)
    ]
    said = [process.communicate()[0] for process in each]
    assert [process.returncode for process in each] == [0] * 4, said
    assert sum("of the spare" in text for text in said) == 2, said
    assert {f"n{k}" for k in range(4)} <= {line.get("schema") for line in fleet.lines("status")}
    assert fleet.slate("drift").returncode == 0


def test_a_product_that_writes_its_schema_into_a_text_cannot_be_kept_as_a_spare(fleet: Fleet) -> None:
    fleet.shop.write(
        "shop_0002_u",
        "DO $$BEGIN EXECUTE format('CREATE FUNCTION f() RETURNS text LANGUAGE sql AS %L',"
        " format('SELECT %L', current_schema())); END$$;",
        "DROP FUNCTION f();",
    )
    ran = fleet.slate("spare", "--keep", "1", "--server", "north")
    assert (ran.returncode, "function shop_spare_1_" in ran.stderr) == (1, True), ran.stderr
    assert "It was removed again." in ran.stderr
    assert fleet.shop.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'shop_spare%%'") == 0
    fleet.shop.apply(schema="shop_spare_1")  # and when it was prepared before, it is not taken silently either
    ran = fleet.slate("add", "late", "--server", "north")
    assert (ran.returncode, 'name the schema "shop_spare_1" in a text' in ran.stderr) == (1, True), ran.stderr


def test_one_that_was_begun_and_killed_is_gone_on_with(fleet: Fleet) -> None:
    fleet.shop.apply(schema="begun")
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    assert fleet.slate("add", "begun", "--server", "north").returncode == 0
    assert fleet.shop.exists("begun.u")
    fleet.shop.do("CREATE SCHEMA strange")
    ran = fleet.slate("add", "strange", "--server", "north")
    assert (ran.returncode, "is there already, without a ledger" in ran.stderr) == (1, True)


def test_a_server_that_does_not_answer_is_not_guessed_about(fleet: Fleet) -> None:
    fleet.listed.write_text(fleet.listed.read_text() + 'gone = "host=/nowhere dbname=x"\n')
    ran = fleet.slate("add", "new")
    assert (ran.returncode, "may be taken there" in ran.stderr) == (2, True)
    assert fleet.slate("add", "new", "--server", "gone").returncode == 1
    assert fleet.slate("add", "new", "--server", "nowhere").returncode == 2
    assert fleet.slate("add", "new", "--server", "south").returncode == 0


def test_seeds_are_loaded_into_the_new_one_only(fleet: Fleet) -> None:
    seeds = fleet.shop.root / "sql" / "shop" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "reference.sql").write_text("INSERT INTO t SELECT 5 WHERE NOT EXISTS (SELECT FROM t);")
    assert fleet.slate("spare", "--keep", "1", "--server", "north", "--seed", "reference").returncode == 0
    assert fleet.slate("add", "new", "--server", "north", "--seed", "reference").returncode == 0
    assert fleet.shop.value("SELECT count(*) FROM new.t") == 1
    assert fleet.slate("add", "n2", "--server", "north", "--seed", "reference,scale").returncode == 2
    assert not fleet.shop.exists("n2.t")
