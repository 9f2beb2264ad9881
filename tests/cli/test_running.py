"""up, seed, bootstrap, psql, new, snapshot as somebody types them."""

import json
import os
import subprocess
import sys

import pytest

from slate_pg.postgres.connection import connect

from .conftest import ROOT


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A project with core and Flourish only, which is enough to show the way and quick to build."""
    import shutil

    for name in ("migrations/core", "migrations/flourish", "sql/cluster", "sql/flourish"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_up_builds_seeds_and_shows_then_changes_nothing(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    first = slate("up")
    assert first.code == 0, first.err
    assert "flourish: what the AI was not sure of" in first.out
    assert "T001" not in first.out.split("connect:")[1]
    second = slate("up")
    assert second.code == 0
    assert second.out.startswith("up to date: nothing applied, nothing seeded\n")
    assert second.out.split("\n", 2)[2] == first.out  # what is there is shown again, and is the same
    assert second.err == ""


def test_up_as_json_says_what_changed(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    first = json.loads(slate("up", "--json").out)
    assert first["up_to_date"] is False
    assert "flourish/demo" in first["seeded"]
    assert json.loads(slate("up", "--json").out)["up_to_date"] is True


def test_up_starts_an_embedded_server_and_down_stops_it(slate, copy, monkeypatch, slate_server):
    home = os.path.join(os.path.dirname(slate_server.host), f"slate-{os.getpid()}-up")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SLATE_HOME", home)
    monkeypatch.chdir(copy)
    try:
        assert "starting PostgreSQL" in slate("up").err
        assert slate("status").code == 0
        assert slate("up").err == ""
    finally:
        stopped = slate("down")
    assert stopped.out.startswith("stopped; the data stays in")
    assert slate("down").out == "the embedded server was not running\n"
    assert slate("status").code == 1


def test_down_stops_no_server_but_its_own(slate):
    ran = slate("down")
    assert (ran.code, "stops no server but its own" in ran.err) == (2, True)


def test_seeds_loaded_twice_add_nothing(slate):
    slate("bootstrap")
    slate("apply", "flourish")
    first = json.loads(slate("seed", "flourish", "--json").out)["seeds"]
    assert [s["seed"] for s in first] == ["reference", "demo"]
    assert all(s["rows"] > 0 for s in first)
    second = json.loads(slate("seed", "flourish", "--json").out)["seeds"]
    assert [s["rows"] for s in second] == [0, 0]


def test_an_unknown_seed_set_is_named(slate):
    slate("bootstrap")
    slate("apply", "flourish")
    ran = slate("seed", "flourish", "--set", "demoo")
    assert (ran.code, 'Did you mean "demo"?' in ran.err) == (2, True)


def test_bootstrap_is_safe_to_run_twice(slate, empty_database):
    assert slate("bootstrap").code == 0
    assert slate("bootstrap").code == 0
    with connect(empty_database) as connection:
        found = connection.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^flourish_' ORDER BY 1").fetchall()
        assert found == [("flourish_reader",), ("flourish_service",)]
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_bootstrap_can_create_the_database_first(slate, empty_database):
    name = "cli_created"
    ran = slate("bootstrap", "--create-database", name, "--connection-limit", "7", "--json")
    try:
        assert json.loads(ran.out)["database"] == name
        with connect(empty_database) as connection:
            query = "SELECT pg_encoding_to_char(encoding), datconnlimit FROM pg_database WHERE datname = %s"
            assert connection.execute(query, [name]).fetchone() == ("UTF8", 7)
        again = slate("bootstrap", "--create-database", name)
        assert (again.code, "exists already" in again.err) == (0, True)
    finally:
        with connect(empty_database) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def test_psql_opens_with_the_products_search_path(empty_database):
    arguments = [sys.executable, "-m", "slate_pg", "psql", "flourish", "-XAtc", "SHOW search_path"]
    ran = subprocess.run(
        arguments, capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "DATABASE_URL": empty_database},
    )  # fmt: skip
    assert ran.stdout.strip() == "flourish,core"


def test_new_writes_a_migration_that_follows_the_last_and_can_be_applied(slate, folder):
    ran = slate("new", "db", "close_shops", "--migrations", str(folder))
    made = [os.path.basename(line) for line in ran.out.splitlines()]
    assert made == ["0003_close_shops.sql", "0003_close_shops.rollback.sql"]
    assert (folder / made[0]).read_text().startswith("-- depends: 0002_name_shops\n")
    assert slate("apply", "--migrations", str(folder)).out == "public: 3 applied\n"


def test_new_refuses_a_name_that_says_nothing(slate, folder):
    ran = slate("new", "db", "Fix", "--migrations", str(folder))
    assert (ran.code, "verb first" in ran.err) == (2, True)


def test_a_snapshot_is_written_then_fresh_then_stale_after_a_change(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    slate("snapshot")
    students = (copy / "sql/flourish/schema/tables/students.sql").read_text()
    for owned in ("CREATE TABLE", "CREATE POLICY", "PRIMARY KEY", "GRANT", "COMMENT ON TABLE"):
        assert owned in students
    assert slate("snapshot", "--check").out == "the snapshot is fresh\n"
    (copy / "migrations/flourish/flourish_9999_add_flag.sql").write_text("ALTER TABLE students ADD flag boolean;\n")
    (copy / "migrations/flourish/flourish_9999_add_flag.rollback.sql").write_text("ALTER TABLE students DROP flag;\n")
    stale = slate("snapshot", "--check")
    assert (stale.code, stale.out.strip().endswith("sql/flourish/schema/tables/students.sql")) == (3, True)
