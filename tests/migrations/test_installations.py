"""One product in many schemas: every command says which of them it means, and none is passed over in silence."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from slate_pg.migrations import locking
from slate_pg.migrations.levels import conflicts
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

NAMES = ["shop", "Weird Name", 'q"uote', "select", "ünïcode", "n" * 63]


@pytest.fixture
def many(shop: Workshop) -> Workshop:
    """The shop six times over, under names of every kind, with one migration more in the folder than is applied."""
    shop.write("shop_0001_t", "CREATE TABLE t (id integer); INSERT INTO t VALUES (1);", "DROP TABLE t;")
    for name in NAMES:
        shop.apply(schema=name)
    shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    (shop.root / "sql" / "shop" / "seeds").mkdir(parents=True)
    (shop.root / "sql" / "shop" / "seeds" / "demo.sql").write_text("INSERT INTO t VALUES (2);")
    return shop


def test_a_backup_of_a_product_holds_every_installation_of_it(many: Workshop, tmp_path: Path) -> None:
    for asked in (("shop",), ()):
        to = tmp_path / f"to {len(asked)}"
        ran = many.slate("backup", *asked, "--to", str(to), "--json")
        assert ran.returncode == 0, ran.stderr
        assert sorted(b["schema"] for b in json.loads(ran.stdout)["backups"]) == sorted(NAMES)
        assert len(list(to.iterdir())) == len(NAMES)


def test_a_backup_of_one_installation_is_asked_for_by_its_name(many: Workshop, tmp_path: Path) -> None:
    ran = many.slate("backup", "shop", "--as", "Weird Name", "--to", str(tmp_path / "to"), "--json")
    assert [b["schema"] for b in json.loads(ran.stdout)["backups"]] == ["Weird Name"]


def test_a_backup_of_what_is_not_installed_fails_and_says_so(shop: Workshop, tmp_path: Path) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    ran = shop.slate("backup", "shop", "--to", str(tmp_path / "to"))
    assert (ran.returncode, '"shop" has no ledger' in ran.stderr) == (1, True)


def test_an_apply_says_which_other_installations_are_behind_and_how_they_are_reached(many: Workshop) -> None:
    ran = many.slate("apply", "shop")
    assert ran.returncode == 0
    assert "5 other installations of shop are behind" in ran.stderr
    assert "slate fleet apply shop" in ran.stderr
    assert len(many.ledger()) == 2
    behind = json.loads(many.slate("apply", "shop", "--json").stdout)["behind"]
    assert sorted(b["schema"] for b in behind) == sorted(NAMES[1:])
    assert {b["product"] for b in behind} == {"shop"}
    assert {tuple(b["pending"]) for b in behind} == {("shop_0002_u",)}


def test_an_apply_to_one_named_says_nothing_of_the_others_and_one_to_all_neither(many: Workshop) -> None:
    for name in NAMES:
        ran = many.slate("apply", "shop", "--as", name)
        assert (ran.returncode, "behind" in ran.stderr) == (0, False)
    ran = many.slate("apply", "shop", "--json")
    assert json.loads(ran.stdout)["behind"] == []


@pytest.mark.parametrize("command", [("seed", "shop", "--set", "demo"), ("plan", "shop"), ("rollback", "shop")])
def test_what_is_about_one_installation_names_the_others(many: Workshop, command: tuple[str, ...]) -> None:
    ran = many.slate(*command)
    assert ran.returncode == 0, ran.stderr
    assert f'note: {command[0]} means "shop", and shop has 5 other installations' in ran.stderr
    assert f"slate fleet {command[0]} shop" in ran.stderr


def test_what_names_an_installation_says_nothing_of_the_others(many: Workshop) -> None:
    assert "other installation" not in many.slate("seed", "shop", "--set", "demo", "--as", "select").stderr


def test_jobs_of_a_product_name_the_installations_they_are_not_about(many: Workshop) -> None:
    (many.root / "sql" / "shop" / "jobs").mkdir()
    (many.root / "sql" / "shop" / "jobs" / "tidy.sql").write_text("-- schedule: 0 3 * * *\n-- why: it grows\nSELECT 1;")
    for command in (("jobs", "list", "shop"), ("jobs", "due", "shop"), ("jobs", "run", "shop")):
        assert "shop has 5 other installations" in many.slate(*command).stderr


def test_a_node_that_holds_only_copies_is_up_to_date_when_they_are(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    for name in ("north", "Weird Name"):
        shop.apply(schema=name)
    ran = shop.slate("status", "--json")
    assert ran.returncode == 0
    assert [i["schema"] for i in json.loads(ran.stdout)["installations"]] == ["Weird Name", "north"]
    assert "not installed" not in shop.slate("status").stdout


def test_a_node_of_copies_whose_own_schema_lost_its_ledger_still_says_so(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    shop.apply(schema="north")
    shop.do("CREATE SCHEMA shop CREATE TABLE t (id integer)")
    ran = shop.slate("status")
    assert (ran.returncode, "hurt" in ran.stdout) == (3, True)


def test_seeding_where_only_copies_are_names_them(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    shop.apply(schema="Weird Name")
    (shop.root / "sql" / "shop" / "seeds").mkdir(parents=True)
    (shop.root / "sql" / "shop" / "seeds" / "demo.sql").write_text("INSERT INTO t VALUES (2);")
    ran = shop.slate("seed", "shop", "--set", "demo")
    assert ran.returncode == 1
    assert '"Weird Name"' in ran.stderr


def test_relations_are_found_in_every_schema_of_whatever_name_and_of_every_kind(shop: Workshop) -> None:
    for name in (*NAMES, "public"):
        quoted = '"' + name.replace('"', '""') + '"'
        shop.do(
            f"CREATE SCHEMA IF NOT EXISTS {quoted}; SET search_path = {quoted};"
            "CREATE TABLE p (id integer GENERATED ALWAYS AS IDENTITY, at date) PARTITION BY RANGE (at);"
            "CREATE TABLE leaf PARTITION OF p DEFAULT; CREATE UNLOGGED TABLE u (c text); CREATE VIEW v AS SELECT 1 AS a;"
            "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; CREATE SEQUENCE s; CREATE TYPE c AS (a integer);"
            "CREATE TABLE _slate_ledger (id integer); CREATE TABLE of_c OF c; RESET search_path"
        )
    shop.do('CREATE TABLE public.moved (id serial); ALTER TABLE public.moved SET SCHEMA "select"')
    wanted = {"p", "p_id_seq", "leaf", "u", "v", "m", "s", "of_c"}
    with connect(shop.url) as connection:
        for name in (*NAMES, "public"):
            more = {"moved", "moved_id_seq"} if name == "select" else set()
            assert set(locking.find_relations(connection, [name])) == wanted | more
            assert set(locking.find_relations(connection, [name], True)) == wanted | more | {"_slate_ledger"}
        both = locking.find_relations(connection, ["no such", "select"])
        oids = dict(connection.execute(
            "SELECT relname, oid FROM pg_class WHERE relnamespace = '\"select\"'::regnamespace"
        ).fetchall())  # fmt: skip
    assert both == {name: [oids[name]] for name in both}


def test_a_name_that_two_schemas_have_is_two_relations_and_whoever_holds_either_is_found(shop: Workshop) -> None:
    shop.do("CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.t (); CREATE TABLE two.t (); CREATE TABLE two.u ()")
    oids = [shop.value(f"SELECT '{name}.t'::regclass::oid::bigint") for name in ("one", "two")]
    with connect(shop.url) as connection:
        found = locking.find_relations(connection, ["two", "one"])
        assert {name: sorted(each) for name, each in found.items()} == {"t": sorted(oids), "u": found["u"]}
        assert set(conflicts("DROP TABLE t", found)) == set(oids)
        for schema in ("one", "two"):
            with shop.session() as holder:
                holder.execute(f"SELECT FROM {schema}.t")
                (seen,) = locking.find_all_holders(connection, ["one", "two"])
                assert seen.pid == holder.info.backend_pid


def test_what_an_apply_asks_of_one_installation_does_not_grow_with_the_others(shop: Workshop) -> None:
    def cost() -> float:
        with connect(shop.url) as connection:
            times = []
            for _ in range(7):
                began = time.perf_counter()
                locking.find_relations(connection, ["shop"])
                times.append(time.perf_counter() - began)
        return min(times)

    shop.do("CREATE SCHEMA shop; CREATE TABLE shop.t (id integer PRIMARY KEY)")
    shop.do("CREATE SCHEMA many")
    before = cost()
    shop.do("DO $$ BEGIN FOR n IN 1..4000 LOOP EXECUTE format('CREATE TABLE many.t%s ()', n); END LOOP; END $$")
    shop.do("ANALYZE pg_class; ANALYZE pg_depend")
    assert cost() < 4 * before + 0.002
