"""A schema made by hand gets its ledger when it is what the migrations build, and nothing at all otherwise."""

import json
import subprocess
import sys

import pytest

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.migrations import ledger, runner
from slate_pg.migrations.files import read_folder
from slate_pg.migrations.order import in_order
from slate_pg.postgres.connection import connect

SHOP = {
    "0001_shops": ("CREATE TABLE shops (id integer PRIMARY KEY, name text)", "DROP TABLE shops"),
    "0002_open": (
        "ALTER TABLE shops ADD COLUMN open boolean CHECK (id BETWEEN 1 AND 9 AND name IN ('a', 'b'))",
        "ALTER TABLE shops DROP COLUMN open",
    ),
}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "migrations" / "shop"
    path.mkdir(parents=True)
    for name, (up, down) in SHOP.items():
        (path / f"{name}.sql").write_text(up + ";\n")
        (path / f"{name}.rollback.sql").write_text(down + ";\n")
    return path.parent


def by_hand(connection, *names, schema="shop"):
    connection.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
    for name in names:
        connection.execute(SHOP[name][0].encode())
    connection.execute("RESET search_path")


def test_a_schema_made_by_hand_is_adopted_when_equal(slate, folder, empty, empty_url):
    by_hand(empty, *SHOP)
    ran = slate("adopt", "shop", "--migrations", folder, "--database", empty_url)
    assert (ran.code, ran.out) == (0, "shop: equal, 2 migrations on record\n")
    assert slate("status", "--migrations", folder, "--database", empty_url).code == 0
    logged = empty.execute("SELECT migration_id, operation FROM shop._yoyo_log ORDER BY migration_id").fetchall()
    assert logged == [("0001_shops", "mark"), ("0002_open", "mark")]
    assert slate("rollback", "shop", "--all", "--migrations", folder, "--database", empty_url).code == 0
    assert empty.execute("SELECT to_regclass('shop.shops')").fetchone() == (None,)


def test_what_differs_is_named_and_nothing_is_written(slate, folder, empty, empty_url):
    by_hand(empty, *SHOP)
    empty.execute("ALTER TABLE shop.shops ALTER COLUMN name SET NOT NULL; CREATE INDEX extra ON shop.shops (name)")
    ran = slate("adopt", "shop", "--migrations", folder, "--database", empty_url, "--json")
    assert ran.code == 3
    said = json.loads(ran.out)
    assert not said["adopted"]
    assert any("shop.extra" in d["object"] for d in said["differences"])
    assert any(d["object"] == "column shop.shops.name" for d in said["differences"])
    assert ledger.find_ledgers(empty) == {}
    assert empty.execute("SELECT count(*) FROM pg_class WHERE relname ~ '^_(slate|yoyo)'").fetchone() == (0,)


def test_a_schema_half_way_is_adopted_up_to_there_and_applied_from_there(slate, folder, empty, empty_url):
    by_hand(empty, "0001_shops")
    assert slate("adopt", "shop", "--migrations", folder, "--database", empty_url).code == 3
    assert slate("adopt", "shop", "--to", "0001_shops", "--migrations", folder, "--database", empty_url).code == 0
    ran = slate("apply", "shop", "--migrations", folder, "--database", empty_url)
    assert (ran.code, ran.out) == (0, "shop: 1 applied\n")


def test_a_schema_of_another_name_and_owner_is_adopted(slate, folder, empty, empty_url):
    empty.execute("DO $$ BEGIN CREATE ROLE keeping_owner; EXCEPTION WHEN duplicate_object THEN END $$")
    by_hand(empty, *SHOP, schema="corner_shop")
    empty.execute(
        "ALTER SCHEMA corner_shop OWNER TO keeping_owner; ALTER TABLE corner_shop.shops OWNER TO keeping_owner"
    )
    ran = slate("adopt", "shop", "--as", "corner_shop", "--migrations", folder, "--database", empty_url)
    assert (ran.code, ran.out) == (0, "corner_shop: equal, 2 migrations on record\n")


def test_a_database_of_yoyos_is_adopted_with_the_texts_it_lacks(slate, folder, empty, empty_url):
    flat = folder / "shop"
    url = empty_url.replace("postgresql://", "postgresql+psycopg://")
    yoyo = (sys.executable, "-m", "yoyo", "apply", "--batch", "--no-config-file", "--database", url, str(flat))
    ran = subprocess.run(yoyo, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    arguments = ("--migrations", flat, "--database", empty_url)
    ran = slate("adopt", "shop", *arguments)
    assert (ran.code, ran.out) == (0, "public: equal, 2 migrations on record\n")
    texts = ledger.read_texts(empty, "public", list(SHOP))
    assert {t.text for t in texts.values()} == {up + ";\n" for up, _ in SHOP.values()}
    assert slate("status", *arguments).code == 0


def test_what_has_its_ledger_is_not_adopted_again(slate, folder, empty, empty_url):
    by_hand(empty, *SHOP)
    for code in (0, 1):
        ran = slate("adopt", "shop", "--migrations", folder, "--database", empty_url)
        assert ran.code == code
    assert "has its ledger already" in ran.err


def test_a_schema_that_is_not_there_is_not_adopted(slate, folder, empty_url):
    ran = slate("adopt", "shop", "--migrations", folder, "--database", empty_url)
    assert ran.code == 1
    assert 'there is no schema "shop"' in ran.err


def test_flourish_sent_by_psql_is_adopted(among, empty, slate_project, slate, empty_url):
    among("flourish")
    bootstrap(empty, slate_project)
    runner.apply(runner.Run(empty, slate_project.product("core"), "core"))
    product = slate_project.product("flourish")
    empty.execute("CREATE SCHEMA flourish")
    with connect(empty_url) as psql:
        psql.execute("SET search_path = flourish, core, pg_temp; SET timezone = 'UTC'")
        for migration in in_order(read_folder(product.migrations)):
            psql.execute(migration.apply.text.encode())
    ran = slate("adopt", "flourish", "--database", empty_url)
    assert ran.code == 0, ran.out
    assert ledger.read_state(empty, product).is_current


def test_an_empty_public_schema_is_looked_at_as_any_other(slate, tmp_path, empty, empty_url):
    """Its owner is pg_database_owner, as whom nobody builds anything: the database's owner does."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001_nothing.sql").write_text("SELECT 1;\n")
    (folder / "0001_nothing.rollback.sql").write_text("SELECT 1;\n")
    ran = slate("adopt", "migrations", "--migrations", folder, "--database", empty_url)
    assert (ran.code, ran.out) == (0, "public: equal, 1 migrations on record\n")
    empty.execute("DROP TABLE public._slate_ledger CASCADE")
    (folder / "0001_nothing.sql").write_text("CREATE TABLE shops ();\n")
    ran = slate("adopt", "migrations", "--migrations", folder, "--database", empty_url)
    assert ran.code == 3
    assert "shops" in ran.out + ran.err
