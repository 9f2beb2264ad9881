"""What every command owes: help, exit codes, streams, near names, silence about passwords."""

import json
import os
import pty
import subprocess
import sys

import pytest

from slate_pg.cli.app import COMMANDS as TABLE
from slate_pg.cli.options import complete_product
from slate_pg.postgres.connection import connect

from .conftest import ROOT

COMMANDS = sorted(TABLE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_help(slate, command):
    ran = slate(command, "--help")
    assert (ran.code, "Usage: slate " + command in ran.out) == (0, True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_in_the_readme(command):
    assert f"slate {command}" in (ROOT / "README.md").read_text()


def test_an_unknown_command_names_the_nearest(slate):
    ran = slate("aply")
    assert (ran.code, "apply" in ran.err) == (2, True)


def test_an_unknown_product_names_the_nearest(slate):
    ran = slate("status", "florish")
    assert (ran.code, 'Did you mean "flourish"?' in ran.err) == (2, True)


def test_an_unknown_option_is_misuse(slate):
    assert slate("status", "--jsn").code == 2


def test_a_folder_that_is_not_there_is_misuse(slate):
    ran = slate("status", "--migrations", "no/such/folder")
    assert (ran.code, 'no folder "no/such/folder"' in ran.err) == (2, True)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:hunter2@127.0.0.1:1/db",
        "postgresql://someone:hun%40ter2@127.0.0.1:1/db?password=hunter2",
        "host=127.0.0.1 port=1 user=someone password=hunter2",
        "host=127.0.0.1 port=1 password='hunter2 with spaces'",
        "postgresql://someone:hunter2@127.0.0.1:nonsense/db",
    ],
)
def test_a_password_is_never_printed(slate, url):
    ran = slate("status", "--database", url)
    malformed = "nonsense" in url
    assert ran.code == (2 if malformed else 1)
    assert ("cannot be read" if malformed else "cannot connect") in ran.err
    assert "hunter2" not in ran.out + ran.err
    assert "ter2" not in ran.out + ran.err


def test_without_any_database_the_error_says_how_to_get_one(slate, monkeypatch, tmp_path):
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SLATE_HOME", str(tmp_path))
    ran = slate("status")
    assert (ran.code, "Run `slate up`" in ran.err) == (1, True)


def test_completion_offers_the_products(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert complete_product("fl") == ["flourish"]


def test_completion_never_speaks_up(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert complete_product("fl") == []


def test_colours_and_bars_appear_on_a_terminal_only(slate, folder, empty_database):
    piped = slate("apply", "--migrations", str(folder))
    assert "\x1b" not in piped.out + piped.err
    slate("rollback", "db", "--all", "--migrations", str(folder))
    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "slate_pg", "apply", "--migrations", str(folder)],
        stderr=follower, stdout=subprocess.PIPE, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(follower)
    assert b"\x1b" in os.read(leader, 100_000)


def test_a_project_is_found_from_a_folder_below(slate, monkeypatch):
    monkeypatch.chdir(ROOT / "migrations" / "core")
    ran = slate("status", "core", "--json")
    assert json.loads(ran.out)["installations"][0]["product"] == "core"


def test_a_misspelt_setting_in_pyproject_is_named(slate, monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigratons = "db"\n')
    monkeypatch.chdir(tmp_path)
    ran = slate("status")
    assert (ran.code, 'Did you mean "migrations"?' in ran.err) == (2, True)


def test_status_needs_no_more_than_select(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE cli_watcher LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO cli_watcher")
    watcher = empty_database.replace("postgres@", "cli_watcher@")
    assert slate("status", "--migrations", str(folder), "--database", watcher).code == 0


def test_status_without_select_says_what_to_grant(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute("DO $$ BEGIN CREATE ROLE cli_nobody LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
    nobody = empty_database.replace("postgres@", "cli_nobody@")
    ran = slate("status", "--migrations", str(folder), "--database", nobody)
    assert (ran.code, "GRANT SELECT" in ran.err) == (1, True)
