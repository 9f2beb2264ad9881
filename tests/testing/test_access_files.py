"""A folder of migrations and a file of people make the matrix, its table and the tests, in a project of one's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

ROLES = """DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_people') THEN CREATE ROLE shop_people;
END IF; END $$;"""
MIGRATION = """
CREATE TABLE buyers (id integer PRIMARY KEY);
CREATE TABLE carts (id integer PRIMARY KEY, buyer_id integer NOT NULL REFERENCES buyers);
INSERT INTO buyers VALUES (1), (2);
ALTER TABLE carts ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON carts TO shop_people USING (buyer_id::text = current_setting('app.user_id', true));
GRANT USAGE ON SCHEMA shop TO shop_people;
GRANT SELECT ON carts TO shop_people;
"""
PEOPLE = """
tables = ["buyers"]
[people]
ann = { id = "1", circle = ["1"] }
bob = { id = "2", circle = ["2"] }
unset = {}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path, text in {
        "sql/cluster/roles.sql": ROLES,
        "migrations/shop/shop_0001_create_carts.sql": MIGRATION,
        "migrations/shop/shop_0001_create_carts.rollback.sql": "DROP TABLE carts; DROP TABLE buyers;",
        "shop.access.toml": PEOPLE,
        "shop.access.sql": "INSERT INTO carts VALUES (1, 1), (2, 1), (3, 2);",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return tmp_path


def test_people_and_a_folder_make_the_table_and_the_tests(run_pytest: Callable[..., str], project: Path) -> None:
    said = run_pytest()
    assert '"carts" is not in shop.access.txt: run pytest --write-access shop.access.toml' in said
    assert "access of shop: " in run_pytest("--write-access")
    table = project / "shop.access.txt"
    written = table.read_text("utf-8")
    assert "carts\n  shop_people: select own rows\n    ann: select 2 (2 own)\n    bob: select 1 (1 own)\n" in written
    said = run_pytest("-n", "2")
    assert "shop.access.toml::carts" in said
    assert ", 0 leaks, 0 wrong writes" in said
    assert " failed" not in said

    table.write_text(written.replace("ann: select 2", "ann: select 3") + "\ngone()\n  everybody: nothing\n", "utf-8")
    said = run_pytest()
    assert "-    ann: select 3 (2 own)" in said
    assert "+    ann: select 2 (2 own)" in said
    assert 'shop.access.txt has "gone()", which is not in the schema' in said
    table.write_text(written, "utf-8")

    migration = project / "migrations/shop/shop_0001_create_carts.sql"
    migration.write_text(MIGRATION + "CREATE POLICY open ON carts TO shop_people USING (true);", "utf-8")
    said = run_pytest("--write-access")  # a leak is not blessed by writing it down
    assert 'leak: carts: ann selects carts {"id": 3}, which is about 2' in said
    assert ", 6 leaks, 0 wrong writes" in said
