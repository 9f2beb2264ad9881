"""No command writes to an installation that is not the product's own, and none makes a second one by mistake."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from slate_pg.cli import main
from tests.migrations.test_ledger import three, yoyo
from tests.workshop import COMMAND, Workshop, captured

OTHER = '"public" holds other migrations than '


def flat(root: Path, name: str, *files: str, text: str = "CREATE TABLE {0}_{1} ();") -> Path:
    """Write a project of one flat folder, which runs in public, with a seed and a job; return its folder."""
    folder = root / name / name
    folder.mkdir(parents=True)
    for file in files:
        table = file.partition("_")[2]
        (folder / f"{file}.sql").write_text(text.format(name, table) + "\n")
        (folder / f"{file}.rollback.sql").write_text(f"DROP TABLE {name}_{table};\n")
    for kind, file, seed in (
        ("seeds", "reference", ""),
        ("jobs", "prune", "-- schedule: 0 3 * * *\n-- why: to test\n"),
    ):
        path = root / name / "sql" / kind / f"{file}.sql"
        path.parent.mkdir(parents=True)
        path.write_text(f"{seed}CREATE TABLE IF NOT EXISTS {name}_{kind} ();\n")
    return folder


def slate(shop: Workshop, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run slate as a process of its own, from a project's folder, as a person does."""
    command = [*COMMAND, *arguments, "--migrations", folder.name, "--database", shop.url]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)


def contents(shop: Workshop) -> list[tuple[str, str]]:
    """Return every relation and every row of the ledger, with the transaction that wrote it."""
    return shop.rows(
        "SELECT relname::text, xmin::text FROM pg_class WHERE oid >= 16384 UNION ALL "
        "SELECT kind || ' ' || key, xmin::text FROM public._slate_ledger ORDER BY 1, 2"
    )


WRITING = (
    ("apply",), ("apply", "--dry-run"), ("rollback", "{}"), ("rollback", "{}", "--all"), ("seed", "{}"),
    ("seed", "{}", "--set", "reference"), ("jobs", "run", "{}"), ("jobs", "run", "{}", "--due"), ("adopt", "{}"),
    ("up",),
)  # fmt: skip


@pytest.mark.parametrize("here", ["a", "b"])
@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_no_command_writes_to_an_installation_of_another_project(
    shop: Workshop, command: tuple[str, ...], here: str
) -> None:
    a, b = flat(shop.root, "a", "0001_one", "0002_two"), flat(shop.root, "b", "0001_first", "0002_second")
    mine, theirs = (a, b) if here == "a" else (b, a)
    assert slate(shop, theirs, "apply").returncode == 0
    before = contents(shop)
    done = slate(shop, mine, *(word.format(here) for word in command))
    assert done.returncode == 1, done.stdout
    assert f"{OTHER}{here}: 0001_" in done.stderr
    assert "--as NAME" in done.stderr
    assert contents(shop) == before
    assert slate(shop, theirs, "rollback", theirs.name).returncode == 0


def test_a_shared_id_with_another_text_makes_no_installation_ones_own(shop: Workshop) -> None:
    a, b = flat(shop.root, "a", "0001_init", "0002_users"), flat(shop.root, "b", "0001_init", "0002_posts")
    assert slate(shop, a, "apply").returncode == 0
    before = contents(shop)
    for command in (("apply",), ("rollback", "b"), ("seed", "b"), ("jobs", "run", "b")):
        done = slate(shop, b, *command)
        assert (done.returncode, OTHER in done.stderr) == (1, True), (command, done.stderr)
    assert contents(shop) == before


def test_a_project_of_the_same_files_is_the_same_project_wherever_it_lies(shop: Workshop) -> None:
    a = flat(shop.root, "a", "0001_init", "0002_users")
    assert slate(shop, a, "apply").returncode == 0
    moved = a.rename(a.with_name("renamed"))
    assert slate(shop, moved, "apply").stdout == "public: up to date\n"
    assert slate(shop, moved, "rollback", "renamed").returncode == 0


def test_files_that_are_gone_or_edited_leave_an_installation_its_products_own(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    for number in (2, 3):
        for path in shop.folder.glob(f"shop_000{number}*"):
            path.unlink()
    assert shop.rollback() == ["shop_0003_loans"]
    shop.write("shop_0001_authors", "CREATE TABLE authors (id bigint);", "DROP TABLE authors;\n")
    shop.write("shop_0003_loans", "CREATE TABLE loans ();", "DROP TABLE loans;")
    assert shop.rollback() == ["shop_0002_books"], "the third was applied here once: its file is in the folder"
    assert shop.rollback() == ["shop_0001_authors"], "edited, and nothing else is missing"


def test_a_single_edited_migration_can_be_undone_and_written_anew(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a (id integer);", "DROP TABLE a;")
    shop.apply()
    shop.write("shop_0001_a", "CREATE TABLE a (id bigint);", "DROP TABLE a;")
    assert shop.rollback() == ["shop_0001_a"]
    assert shop.apply() == ["shop_0001_a"]


def test_a_renamed_folder_makes_no_second_installation_without_the_word(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    shop.do("INSERT INTO shop.authors VALUES (1)")
    folder = shop.folder.rename(shop.folder.with_name("store"))
    for command in (("apply",), ("apply", "store"), ("up",), ("apply", "--dry-run"), ("adopt", "store")):
        done = shop.slate(*command)
        assert done.returncode == 1, done.stdout
        assert 'store is installed in "shop": 3 of its migrations are on record there' in done.stderr, command
        assert "--as shop" in done.stderr
        assert "--as store" in done.stderr
        assert not shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'store'")
    assert shop.slate("apply", "store", "--as", "shop").stdout == "shop: up to date\n"
    assert shop.slate("apply", "store", "--as", "store").stdout == "store: 3 applied\n"
    assert shop.slate("apply").stdout == "store: up to date\n", "once installed, nothing is asked any more"
    folder.rename(folder.with_name("shop"))
    assert shop.slate("apply").stdout == "shop: up to date\n"


def test_a_ledger_that_was_renamed_away_is_said_with_the_way_back(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE FUNCTION f() RETURNS integer LANGUAGE sql RETURN 1;")
    shop.apply()
    shop.do("ALTER TABLE shop._slate_ledger RENAME TO kept")
    done = shop.slate("apply")
    assert done.returncode == 1
    assert '"shop" has no ledger, and what belongs to one is there: relation "' in done.stderr
    assert "name it _slate_ledger again" in done.stderr
    shop.do("ALTER TABLE shop.kept RENAME TO _slate_ledger")
    assert (shop.apply(), shop.state().word) == ([], "up to date")


def test_a_renamed_schema_makes_no_second_installation_without_the_word(shop: Workshop) -> None:
    three(shop)
    shop.apply()
    shop.do('ALTER SCHEMA shop RENAME TO "shop of old"')
    done = shop.slate("apply", "shop")
    assert done.returncode == 1
    assert 'shop is installed in "shop of old"' in done.stderr
    assert not shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'shop'")
    assert shop.slate("apply", "shop", "--as", "shop").returncode == 0


def test_products_that_swap_their_folders_are_refused_both(shop: Workshop) -> None:
    three(shop)
    other = shop.folder.with_name("other")
    other.mkdir()
    for suffix, text in ((".sql", "CREATE TABLE o ();\n"), (".rollback.sql", "DROP TABLE o;\n")):
        (other / f"other_0001_o{suffix}").write_text(text)
    assert shop.slate("apply").returncode == 0
    between = shop.folder.rename(shop.folder.with_name("between"))
    other.rename(shop.folder)
    between.rename(other)
    for product, example in (("shop", "shop_0001_authors"), ("other", "other_0001_o")):
        for command in (("apply", product), ("rollback", product)):
            done = shop.slate(*command)
            assert done.returncode == 1
            assert f'"{product}" holds other migrations than {product}: {example}' in done.stderr


def test_one_product_is_installed_under_several_names_by_the_word(shop: Workshop) -> None:
    three(shop)
    assert shop.slate("apply", "shop").returncode == 0
    for name in ("shop_east", 'shop "west"'):
        assert shop.slate("apply", "shop", "--as", name).stdout == f"{name}: 3 applied\n"
    assert shop.slate("up").returncode == 0
    assert shop.slate("rollback", "shop", "--as", "shop_east").stdout == "shop_east: 1 rolled back\n"
    assert shop.slate("apply").stdout == "shop: up to date\n"


def test_a_stranger_with_the_same_names_beside_it_stops_nobody(shop: Workshop) -> None:
    a, b = flat(shop.root, "a", "0001_init"), flat(shop.root, "b", "0001_init")
    assert slate(shop, a, "apply", "--as", "theirs").returncode == 0
    assert slate(shop, b, "apply").stdout == "public: 1 applied\n"


def test_a_ledger_that_may_not_be_read_stops_nobody(shop: Workshop) -> None:
    three(shop)
    shop.apply(schema="theirs")
    if not shop.rows("SELECT 1 FROM pg_roles WHERE rolname = 'belonging_role'"):
        shop.do("CREATE ROLE belonging_role LOGIN")
    shop.do("CREATE SCHEMA shop AUTHORIZATION belonging_role")
    done = shop.slate("apply", "shop", url=shop.url.replace("postgres@", "belonging_role@"))
    shop.do("DROP SCHEMA shop CASCADE; DROP OWNED BY belonging_role")
    assert done.returncode == 0, done.stderr


def test_a_ledger_of_stock_yoyo_in_another_schema_counts_where_all_of_it_is_known(shop: Workshop) -> None:
    three(shop)
    shop.do("CREATE SCHEMA before")
    yoyo(shop, "apply", schema="before")
    done = shop.slate("apply", "shop")
    assert done.returncode == 1
    assert 'shop is installed in "before"' in done.stderr


def test_a_job_installs_nothing(shop: Workshop) -> None:
    a = flat(shop.root, "a", "0001_init")
    done = slate(shop, a, "jobs", "run", "a")
    assert done.returncode == 1
    assert "public is not installed here" in done.stderr
    assert not shop.exists("public._slate_ledger")


def test_a_backup_is_not_restored_beside_a_shared_schema_of_another_project(shop: Workshop, tmp_path: Path) -> None:
    three(shop)
    core = shop.folder.with_name("core")
    core.mkdir()
    for suffix in (".sql", ".rollback.sql"):
        (core / f"core_0001_c{suffix}").write_text("SELECT 1;\n")
    assert shop.slate("apply").returncode == 0
    assert shop.slate("backup", "shop", "--to", str(tmp_path / "kept")).returncode == 0
    [kept] = [p.parent for p in (tmp_path / "kept").rglob("manifest.json")]
    shop.do("UPDATE core._slate_ledger SET key = 'theirs_0001_c'")
    done = captured(main, "slate", "restore", str(kept), "--as", "again", "--database", shop.url)
    assert done.returncode == 1
    assert '"core" holds other migrations than the backup: theirs_0001_c' in done.stderr
    assert not shop.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'again'")
