"""Which project, products and database: found from options, pyproject.toml and environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.config import (
    build_project,
    check_schema_name,
    database_url,
    find_project,
    read_slate_table,
    require_sql,
)
from slate_pg.errors import Misuse, SlateError, did_you_mean
from slate_pg.sqlfiles import file_name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for product in ("core", "books", "loans"):
        (tmp_path / "migrations" / product).mkdir(parents=True)
        (tmp_path / "migrations" / product / f"{product}_0001_a.sql").write_text("SELECT 1;")
    (tmp_path / "migrations" / "notes").mkdir()
    return tmp_path


def test_each_folder_with_sql_is_a_product_under_its_own_schema(root: Path) -> None:
    project = build_project(root, {})
    assert [(p.name, p.schema) for p in project.products] == [("books", "books"), ("core", "core"), ("loans", "loans")]
    assert project.shared == "core"
    assert project.product("books").sql == root / "sql" / "books"


def test_the_shared_product_comes_first_and_each_once(root: Path) -> None:
    project = build_project(root, {})
    assert [p.name for p in project.select(["loans", "books", "loans"])] == ["core", "loans", "books"]
    assert [p.name for p in project.select([])] == ["core", "books", "loans"]
    with pytest.raises(Misuse, match='no product "lons"') as refused:
        project.select(["lons"])
    assert refused.value.hint == 'Did you mean "loans"?'


def test_a_flat_folder_is_one_product_in_public_or_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_a.sql").write_text("SELECT 1;")
    assert [(p.name, p.schema) for p in find_project(str(tmp_path / "db")).products] == [("db", "public")]
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "db"\nschema = "app"\n')
    assert [(p.name, p.schema) for p in find_project(start=tmp_path / "db").products] == [("db", "app")]


def test_the_nearest_pyproject_with_a_slate_table_wins(root: Path) -> None:
    inner = root / "migrations" / "books"
    (inner / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (root / "pyproject.toml").write_text('[tool.slate]\nshared = "books"\n')
    project = find_project(start=inner)
    assert (project.root, project.shared) == (root, "books")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.slate]\nmigratons = 'x'\n", 'no setting "migratons"'),
        ("[tool", "is not TOML"),
        ("[tool.slate]\nmigrations = 'x'\n", "no folder"),
    ],
)
def test_a_wrong_pyproject_is_misuse_with_a_hint(root: Path, text: str, message: str) -> None:
    (root / "pyproject.toml").write_text(text)
    with pytest.raises(Misuse, match=message) as refused:
        find_project(start=root)
    assert refused.value.hint
    assert refused.value.exit_code == 2


def test_without_any_migrations_the_hint_says_what_to_type(tmp_path: Path) -> None:
    for how in ({"start": tmp_path}, {"migrations": str(tmp_path / "none")}):
        with pytest.raises(Misuse) as refused:
            find_project(**how)
        assert "--migrations" in refused.value.hint
    assert read_slate_table(tmp_path / "pyproject.toml") is None


@pytest.mark.parametrize("name", ["", "pg_mine", "x" * 64, "a\0b", "é" * 32])
def test_impossible_schema_names_are_refused(root: Path, name: str) -> None:
    with pytest.raises(Misuse, match="cannot be a schema"):
        build_project(root, {}).product("books").installed_as(name)


@pytest.mark.parametrize("name", ["books_north", "Books North", 'a"b', "é" * 31])
def test_other_schema_names_are_taken(name: str) -> None:
    assert check_schema_name(name) == name


@pytest.mark.parametrize(
    ("option", "environ", "url"),
    [
        ("postgresql://a/b", {"DATABASE_URL": "postgresql://c/d"}, "postgresql://a/b"),
        (None, {"DATABASE_URL": "postgresql://c/d", "PGHOST": "h"}, "postgresql://c/d"),
        (None, {"PGSERVICE": "s"}, ""),
        (None, {"PGHOST": "h"}, ""),
        (None, {"PGUSER": "only"}, None),
        (None, {"DATABASE_URL": ""}, None),
    ],
)
def test_the_database_is_the_option_then_the_environment_then_the_embedded_one(
    option: str | None, environ: dict[str, str], url: str | None
) -> None:
    assert database_url(option, environ) == url


def test_a_near_name_is_suggested_else_all_are_listed() -> None:
    assert did_you_mean("statsu", ["status", "apply"]) == 'Did you mean "status"?'
    assert did_you_mean("zzz", ["b", "a"]) == "Known: a, b."
    assert did_you_mean("zzz", []) == ""


def test_every_error_has_an_exit_code_and_its_parts() -> None:
    error = SlateError("it failed", hint="Do it again.", detail=(line for line in ("one", "two")))
    assert (str(error), error.hint, error.detail, error.exit_code) == ("it failed", "Do it again.", ["one", "two"], 1)
    assert Misuse("x").exit_code == 2


@pytest.mark.parametrize(
    ("name", "file"),
    [("plain", "plain"), ("a b-ü", "a b-ü"), ("../../etc", "%2E.%2F..%2Fetc"), ("a\\b\0", "a%5Cb%00"), (".", "%2E"),
     ("50%2F", "50%252F")],
)  # fmt: skip
def test_a_names_file_lies_in_its_folder(name: str, file: str) -> None:
    assert file_name(name) == file


def test_files_beside_folders_with_sql_are_refused_and_hidden_folders_are_none(tmp_path: Path) -> None:
    (tmp_path / "migrations" / ".trash").mkdir(parents=True)
    (tmp_path / "migrations" / "0001_a.sql").write_text("SELECT 1;")
    (tmp_path / "migrations" / ".trash" / "x.sql").write_text("SELECT 1;")
    assert [p.name for p in build_project(tmp_path, {}).products] == ["migrations"]
    (tmp_path / "migrations" / "old").mkdir()
    (tmp_path / "migrations" / "old" / "x.sql").write_text("SELECT 1;")
    with pytest.raises(Misuse, match=r"0001_a\.sql.*old"):
        build_project(tmp_path, {})


def test_a_folder_without_sql_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "README.md").write_text("nothing")
    with pytest.raises(Misuse, match=r"no file in it ends in \.sql"):
        require_sql(build_project(tmp_path, {}))
