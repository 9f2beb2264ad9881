"""`slate lint` runs both linters as one, and is honest about what they do not see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from slate_pg.checks.lint import lint
from slate_pg.config import Project, find_project

pytest.importorskip("sqlfluff")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with our configuration and one file of every sort."""
    folder = tmp_path_factory.mktemp("shop")
    for name in (".sqlfluff", ".sqlfluffignore", ".squawk.toml"):
        shutil.copy(ROOT / name, folder / name)
    files = {
        "migrations/shop/shop_0001_ok.sql": "CREATE TABLE goods (\n    id integer\n);\n",
        "migrations/shop/shop_0002_unsafe.sql": "\nCREATE INDEX goods_id_idx ON goods (id);\n",
        "migrations/shop/shop_0002_unsafe.rollback.sql": "DROP TABLE goods;\n",
        "migrations/shop/shop_0003_style.sql": "CREATE TABLE more (\n    id integer\n);\nselect 1;\n",
        "migrations/shop/shop_0004_large.sql": f"-- {'x' * 90}\n" * 300 + "select 1;\n",
        "migrations/shop/shop_0006_view.sql": "CREATE MATERIALIZED VIEW totals AS\nSELECT 1 AS one;\n\n"
        "CREATE UNIQUE INDEX totals_one_idx ON totals (one);\n",
        "migrations/shop/shop_0005_odd.sql": "CREATE FROBNICATOR x;\n",
        "migrations/shop/shop_0007_fill.sql": "-- backfill: goods, 500\n\nUPDATE goods\nSET id = id\n"
        "WHERE (id, more) BETWEEN :from AND :to\n    AND id IS NULL;\n",
        "sql/shop/seeds/demo.sql": "select 1;\n",
        "sql/shop/jobs/tidy.sql": "select 1;\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield find_project(str(folder / "migrations"))


def test_both_linters_are_heard_with_file_and_line(project: Project) -> None:
    linted = lint(project, project.products)
    said = {(f.file.rpartition("/")[2], f.line, f.message.rpartition("(")[2].rstrip(")")) for f in linted.findings}
    assert ("shop_0002_unsafe.sql", 2, "squawk require-concurrent-index-creation") in said
    assert ("shop_0003_style.sql", 4, "sqlfluff CP01 capitalisation.keywords") in said
    assert ("tidy.sql", 1, "sqlfluff CP01 capitalisation.keywords") in said


def test_a_rollback_may_drop_what_its_migration_made(project: Project) -> None:
    assert not [f for f in lint(project, project.products).findings if "rollback" in f.file]


def test_an_index_on_a_view_that_nobody_reads_yet_is_no_finding(project: Project) -> None:
    assert not [f for f in lint(project, project.products).findings if "0006_view" in f.file]


def test_a_large_file_is_read_as_well(project: Project) -> None:
    findings = [f for f in lint(project, project.products).findings if "large" in f.file and "CP01" in f.message]
    assert [f.line for f in findings] == [301]


def test_what_cannot_be_parsed_is_said(project: Project) -> None:
    assert [
        f.message for f in lint(project, project.products).findings if "odd" in f.file and "cannot read" in f.message
    ]


def test_what_is_skipped_is_said(project: Project) -> None:
    notes = lint(project, project.products).notes
    assert notes == ["sqlfluff skips 1 files, as .sqlfluffignore says: sql/*/seeds (1)"]


def test_a_second_run_says_the_same_from_its_cache(project: Project) -> None:
    first = lint(project, project.products)
    assert lint(project, project.products) == first
    (project.root / "migrations/shop/shop_0003_style.sql").write_text("SELECT 1;\n", encoding="utf-8")
    assert not [f for f in lint(project, project.products).findings if "style" in f.file]


def test_a_folder_that_says_no_style_is_asked_for_safety_only_and_by_the_runners_rules(tmp_path: Path) -> None:
    """The runner sets lock_timeout and one transaction a file: nobody is asked for what it does, nor for a style."""
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    (folder / "shop_0001_a.sql").write_text("create table a (id bigint primary key);\n")
    (folder / "shop_0002_b.sql").write_text("alter table a add constraint c check (id > 0);\n")
    (folder / "shop_0002_b.rollback.sql").write_text("drop table a;\n")
    (folder / "shop_0001_a.rollback.sql").write_text("drop table a;\n")
    project = find_project(str(tmp_path / "migrations"))
    linted = lint(project, project.products)
    assert {f.message.rpartition("(")[2] for f in linted.findings} == {"squawk constraint-missing-not-valid)"}
    assert linted.notes == ["style was not looked at: the project has no .sqlfluff that says which"]


def test_files_of_other_layouts_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "migrations" / "2026-01-01-000000_a"
    folder.mkdir(parents=True)
    (folder / "up.sql").write_text("ALTER TABLE a DROP COLUMN b;\n")
    (folder / "down.sql").write_text("ALTER TABLE a DROP COLUMN c;\n")
    project = find_project(f"diesel:{tmp_path / 'migrations'}")
    linted = lint(project, project.products)
    assert linted.files == 2
    assert {f.file.rpartition("/")[2] for f in linted.findings} == {"up.sql"}


def test_a_backfill_is_no_mistake(project: Project) -> None:
    found = lint(project, project.products).findings
    assert [f for f in found if "0007_fill" in f.file] == []
