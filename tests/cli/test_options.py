"""The options that commands share: which database, which project, which products, and no password in what is said."""

import json

import pytest

from slate_pg.cli.options import complete_product

from .conftest import ROOT


def test_an_unknown_product_names_the_nearest(slate):
    ran = slate("status", "florish")
    assert (ran.code, 'Did you mean "flourish"?' in ran.err) == (2, True)


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


def test_a_project_is_found_from_a_folder_below(slate, monkeypatch):
    monkeypatch.chdir(ROOT / "migrations" / "core")
    ran = slate("status", "core", "--json")
    assert json.loads(ran.out)["installations"][0]["product"] == "core"


def test_a_misspelt_setting_in_pyproject_is_named(slate, monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigratons = "db"\n')
    monkeypatch.chdir(tmp_path)
    ran = slate("status")
    assert (ran.code, 'Did you mean "migrations"?' in ran.err) == (2, True)
