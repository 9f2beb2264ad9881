"""What a recipe is asked with: options that lack or do nothing, names and SQL that cannot be, folders of other tools."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from slate_pg.cli.new import complete_recipe
from slate_pg.recipes.known import RECIPES
from tests.recipes.test_recipes import BASE
from tests.workshop import Workshop


@pytest.fixture
def empty_shop(shop: Workshop) -> Workshop:
    shop.write("shop_0001_base", BASE, 'DROP TABLE events, "Weird ""Name""%s", counted, big, parents; DROP TYPE mood;')
    shop.apply()
    return shop


REFUSED = {
    "--recipe not-nul --table big --column note": 'Did you mean "not-null"?',
    "--recipe not-null --column note": "recipe not-null needs --table",
    "--recipe foreign-key --table big": "needs --column and --references",
    "--recipe not-null --table big --column note --unique": "does nothing with --unique",
    "--recipe not-null --table big --column note --column code": "takes one --column",
    "--table big": "without --recipe nothing is done with --table",
    "--recipe not-null --table bug --column note": 'Did you mean "big"?',
    "--recipe not-null --table big --column notes": 'Did you mean "note"?',
    "--recipe not-null --table big --column amount": "is NOT NULL already",
    "--recipe check --table big --check 'true); DROP TABLE big; SELECT (1'": "is not an expression",
    "--recipe check --table big --check 'true) AND (false'": "is not an expression",
    "--recipe check --table big --check 'true -- so'": "is not an expression",
    "--recipe check --table big --check ''": "needs --check",
    "--recipe check --table big --check true --to " + "x" * 64: "cannot be a name",
    "--recipe foreign-key --table big --column note --references parent": 'Did you mean "parents"?',
    "--recipe foreign-key --table big --column note --references big --to-column note": "nothing says that note",
    "--recipe foreign-key --table big --column note --references parents --on-delete perish": "--on-delete takes no",
    "--recipe foreign-key --table big --column note --column code --references parents": "2 columns cannot refer to 1",
    "--recipe unique --table big --column id": "unique already",
    "--recipe change-type --table big --column note --type 'int; x'": "is not a type",
    "--recipe drop-enum-value --type moods --label sad": 'Did you mean "mood"?',
    "--recipe drop-enum-value --type mood --label bad": 'Did you mean "sad"?',
    "--recipe drop-enum-value --type mood --label fine": "the default of",
    "--recipe fill-rows --table big --column note --column code --value 1": "2 --column and 1 --value",
    "--recipe fill-rows --table big --column id --value 1": "has no key to go through",
    "--recipe split-table --table big --column id --to ids": "is part of the key",
    "--recipe split-table --table big --column amount --to amounts": "index big_amount_idx",
    "--recipe new-partition --table big --to b --values 'FROM (1) TO (2)'": "has no partitions",
    "--recipe new-partition --table events --to b --values 'TO (2)'": "is not bounds",
    "--recipe add-column --table big --column note --type text --default 1": "has a column",
    "--recipe rename-table --table big --to parents": "is taken",
    "--recipe rename-column --table big --column note --to code": "has a column",
}


@pytest.mark.parametrize("options", REFUSED)
def test_what_a_recipe_cannot_do_is_misuse_and_writes_nothing(empty_shop: Workshop, options: str) -> None:
    ran = empty_shop.slate("new", "shop", "ease_it", *shlex.split(options))
    assert ran.returncode == 2, ran.stderr
    assert REFUSED[options] in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(list(empty_shop.folder.iterdir())) == 2


def test_a_recipe_needs_no_name_and_any_other_migration_does(empty_shop: Workshop) -> None:
    ran = empty_shop.slate("new", "shop", "--recipe", "not-null", "--table", "big", "--column", "note")
    assert Path(ran.stdout.splitlines()[0]).name == "shop_0002_not_null_big_note_add_check.sql"
    ran = empty_shop.slate("new", "shop", "--recipe", "check", "--table", 'Weird "Name"%s', "--check", "true")
    assert ran.returncode == 0, ran.stderr
    ran = empty_shop.slate("new", "shop")
    assert (ran.returncode, "needs a name" in ran.stderr) == (2, True)


def test_all_recipes_are_listed_and_completed(empty_shop: Workshop) -> None:
    listed = empty_shop.slate("new", "--recipes").stdout
    assert [line for line in listed.splitlines() if not line.startswith(" ")] == list(RECIPES)
    assert complete_recipe("renam") == ["rename-column", "rename-table"]


def test_a_recipe_only_reads_its_target(empty_shop: Workshop) -> None:
    ran = empty_shop.slate(
        "new", "shop", "ease_it", "--recipe", "unique", "--table", "big", "--column", "note",
        url=empty_shop.read_only_url,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_what_only_pending_files_make_is_read_from_them(empty_shop: Workshop) -> None:
    empty_shop.write("shop_0002_add", "ALTER TABLE big ADD COLUMN fresh integer;", "ALTER TABLE big DROP COLUMN fresh;")
    asked = ("--recipe", "fill-rows", "--table", "big", "--column", "fresh", "--value", "1")
    ran = empty_shop.slate("new", "shop", "fill_fresh", *asked)
    assert ran.returncode == 0, ran.stderr
    assert 'note: "big" has no column "fresh" in the database' in ran.stderr
    assert "-- depends: shop_0002_add" in Path(ran.stdout.splitlines()[0]).read_text()


def test_without_a_tests_folder_it_is_said_that_there_is_no_test(empty_shop: Workshop) -> None:
    asked = ("--recipe", "index", "--table", "big", "--column", "note")
    ran = empty_shop.slate("new", "shop", "ease_it", *asked)
    assert "has no folder tests, so no test was written" in ran.stderr
    (empty_shop.root / "tests").mkdir()
    (empty_shop.root / "tests" / "test_ease_it.py").write_text("mine\n")
    ran = empty_shop.slate("new", "shop", "ease_it", *asked)
    assert "is there already, so no test was written" in ran.stderr
    assert (empty_shop.root / "tests" / "test_ease_it.py").read_text() == "mine\n"


def test_without_a_database_the_table_is_read_from_the_files(
    empty_shop: Workshop, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from slate_pg.cli import main
    from tests.workshop import captured

    for name in ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    asked = ("--recipe", "unique", "--table", "big", "--column", "note", "--migrations", str(empty_shop.folder.parent))
    ran = captured(main, "slate", "new", "shop", "ease_it", *asked)
    assert ran.returncode == 0, ran.stderr
    assert "big_note_key" in Path(ran.stdout.splitlines()[0]).read_text()
