"""A baseline builds what the files build, of every kind of object and with their rows, or it is not written."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slate_pg.config import find_project
from slate_pg.errors import Misuse, SlateError
from slate_pg.migrations.baselines import baseline_of
from slate_pg.migrations.folders import find_format, read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import DIGITS, Replaced, write_replaced
from slate_pg.operations.baseline import Written, write_baseline
from slate_pg.operations.baseline_files import name_files, refuse_layout, remove_files, write_files
from slate_pg.postgres.connection import Connection, connect
from slate_pg.testing.plugin import Base
from tests.conftest import ROOT, Ran
from tests.formats.projects import EXAMPLES
from tests.operations import baseline_history
from tests.operations.baseline_history import LAST

SHOP = {
    "0001_shops": ("CREATE TABLE shops (id serial PRIMARY KEY, name text);", "DROP TABLE shops;"),
    "0002_open": ("ALTER TABLE shops ADD COLUMN open boolean; INSERT INTO shops (name) VALUES ('one');",
                  "ALTER TABLE shops DROP COLUMN open; DELETE FROM shops;"),
    "0003_more": ("-- depends: 0002_open\nCREATE TABLE more (id integer REFERENCES shops);", "DROP TABLE more;"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    """The hostile history with its baseline, written once."""
    root = tmp_path_factory.mktemp("hostile")
    baseline_history.write(root / "migrations" / "shop")
    project = find_project(str(root / "migrations"))
    return root, write_baseline(project, project.product("shop"), LAST, trust=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short history with its baseline, written once: the folder of folders."""
    root = tmp_path_factory.mktemp("plain")
    write_shop(root / "migrations" / "shop")
    project = find_project(str(root / "migrations"))
    write_baseline(project, project.product("shop"), "0002_open")
    return root / "migrations"


@pytest.fixture
def folder(plain: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(plain, tmp_path / "migrations"))


def write_shop(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, (up, down) in SHOP.items():
        (folder / f"{name}.sql").write_text(up + "\n")
        (folder / f"{name}.rollback.sql").write_text(down + "\n")


def without_replaced(folder: Path) -> Path:
    for path in [*folder.glob("shop/0001*"), *folder.glob("shop/0002_open*")]:
        path.unlink()
    return folder


@pytest.fixture
def roles_gone(slate_base: Base) -> Iterator[None]:
    yield
    with connect(slate_base.url()) as connection:
        for role in ('"Baseline Reader"', "baseline_keeper"):
            connection.execute(f"DROP ROLE IF EXISTS {role}")


def test_every_kind_of_object_and_row_comes_out_of_one_file(hostile: tuple[Path, Written]) -> None:
    root, written = hostile
    assert written.id == "0006_baseline"
    assert written.replaced == 7
    assert (written.anew, written.frozen) == (["shop.moving.at", "shop.moving.id"], ["shop.moving.made"])
    assert not [note for note in written.notes if "names the schema" in note or "cannot be undone" in note]
    text = (root / "migrations" / "shop" / "0006_baseline.sql").read_text()
    assert "shop." not in text.replace("audit_of_shop.", "")
    assert "slate_" not in text.replace("`slate baseline`", "")


def test_check_says_that_a_baseline_is_equal_and_can_be_undone(
    hostile: tuple[Path, Written], slate: Callable[..., Ran]
) -> None:
    ran = slate("check", "--trust", "--migrations", hostile[0] / "migrations")
    assert "0006_baseline builds what the 7 migrations that it replaces build" in ran.err
    assert [line for line in ran.out.splitlines() if "replay:" in line or "rollback:" in line] == []


def test_a_baseline_is_installed_under_a_hostile_name(
    hostile: tuple[Path, Written], slate: Callable[..., Ran], empty: Connection, empty_url: str, roles_gone: None
) -> None:
    name = 'Ein "Laden" für O\'Brien %s'
    where = ("--as", name, "--migrations", hostile[0] / "migrations", "--database", empty_url)
    ran = slate("apply", "shop", *where)
    assert (ran.code, ran.out) == (0, f"{name}: 2 applied\n"), ran.err
    rows = empty.execute('SELECT "select", gross FROM "Ein ""Laden"" für O\'Brien %s"."Weird Name%" ORDER BY id')
    assert rows.fetchall() == [("tab\tnew\nline'quote\\", 10), ("ünïcödé 日本 😀", 12)]
    place = '"Ein ""Laden"" für O\'Brien %s"'
    asked = f"SELECT v, {place}.counted() FROM {place}.named"
    assert empty.execute(asked.encode()).fetchone() == (f"{name}.x % q", 1)
    said = "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = %s"
    assert empty.execute(said, [name]).fetchone() == (f"{name}'s own",)
    assert slate("rollback", "shop", "--steps", "2", *where).code == 0
    empty.execute('DROP OWNED BY baseline_keeper, "Baseline Reader"')


def test_a_schema_that_the_files_name_stays_named(tmp_path: Path) -> None:
    write_shop(tmp_path / "shop")
    (tmp_path / "shop" / "0002_open.sql").write_text("CREATE TABLE shop.named (id integer);\n")
    project = find_project(str(tmp_path))
    written = write_baseline(project, project.product("shop"), "0002_open", "named")
    assert "CREATE TABLE shop.named" in written.paths[0].read_text()
    assert [n for n in written.notes if 'it names the schema "shop"' in n]


def test_new_and_old_installations_end_alike(
    folder: Path, slate: Callable[..., Ran], empty: Connection, empty_url: str
) -> None:
    where = ("--migrations", folder, "--database", empty_url)
    old = folder.parent / "old"
    shutil.copytree(folder, old)
    for path in old.glob("shop/*baseline*"):
        path.unlink()
    assert slate("apply", "shop", "--migrations", old, "--database", empty_url).out == "shop: 3 applied\n"
    assert slate("apply", "shop", "--as", "fresh", *where).out == "fresh: 2 applied\n"
    assert slate("status", *where).code == 0
    assert slate("drift", *where).code == 0
    for schema in ("shop", "fresh"):
        assert empty.execute(f"SELECT id, name, open FROM {schema}.shops").fetchall() == [(1, "one", None)]
        assert empty.execute(f"SELECT nextval('{schema}.shops_id_seq')").fetchone() == (2,)


@pytest.mark.parametrize("files", ["there", "gone"])
def test_a_schema_made_by_hand_is_adopted_by_the_baseline_or_up_to_a_file(
    files: str, folder: Path, slate: Callable[..., Ran], empty: Connection, empty_url: str
) -> None:
    where = ("--migrations", folder, "--database", empty_url)
    empty.execute("CREATE SCHEMA shop; SET search_path = shop; " + SHOP["0001_shops"][0])
    if files == "there":
        assert slate("adopt", "shop", "--to", "0001_shops", *where).out == "shop: equal, 1 migrations on record\n"
        assert slate("apply", "shop", *where).out == "shop: 2 applied\n"
        return
    without_replaced(folder)
    empty.execute(SHOP["0002_open"][0] + SHOP["0003_more"][0])
    assert slate("adopt", "shop", *where).out == "shop: equal, 2 migrations on record\n"
    assert slate("status", *where).code == 0


def test_a_ledger_without_files_is_repaired_by_what_the_baseline_builds(
    folder: Path, slate: Callable[..., Ran], empty: Connection, empty_url: str
) -> None:
    old = Path(shutil.copytree(folder, folder.parent / "old"))
    for path in old.glob("shop/*baseline*"):
        path.unlink()
    slate("apply", "shop", "--migrations", old, "--database", empty_url)
    empty.execute("DELETE FROM shop._slate_ledger WHERE kind = 'migration' AND key = '0003_more'")
    where = ("--migrations", without_replaced(folder), "--database", empty_url)
    assert slate("adopt", "shop", "--repair", "--yes", *where).out.endswith("shop: equal, 1 migrations put back\n")
    assert slate("status", *where).code == 0


def test_a_dry_run_prints_the_baseline_alone(folder: Path, slate: Callable[..., Ran], empty_url: str) -> None:
    ran = slate("apply", "shop", "--dry-run", "--migrations", folder, "--database", empty_url)
    assert (ran.code, "0002_baseline" in ran.err, "0001_shops" in ran.err) == (0, True, False)


def test_an_edited_file_that_is_replaced_is_found_by_check(folder: Path, slate: Callable[..., Ran]) -> None:
    (folder / "shop" / "0002_open.sql").write_text("ALTER TABLE shops ADD COLUMN open integer;\n")
    ran = slate("check", "--migrations", folder)
    assert ran.code == 3
    assert "0002_open.sql:1: replay: is not the text that 0002_baseline replaces" in ran.out
    assert "0002_baseline.sql:1: replay: column shop.shops.open: does not build what it replaces" in ran.out


def test_the_next_migration_depends_on_what_a_new_installation_has(folder: Path, slate: Callable[..., Ran]) -> None:
    assert slate("new", "shop", "add_coupons", "--migrations", folder).code == 0
    assert "-- depends: 0003_more" in (folder / "shop" / "0004_add_coupons.sql").read_text()


def test_removing_leaves_the_baseline_and_what_comes_behind_it(tmp_path: Path, slate: Callable[..., Ran]) -> None:
    write_shop(tmp_path / "db")
    ran = slate(
        "baseline", "db", "--at", "0002_open", "--name", "start", "--remove", "--migrations", tmp_path / "db", "--json"
    )
    said = json.loads(ran.out)
    assert (said["id"], said["replaces"], len(said["removed"])) == ("0002_start", 2, 4)
    names = ["0002_start.rollback.sql", "0002_start.sql", "0003_more.rollback.sql", "0003_more.sql"]
    assert sorted(os.listdir(tmp_path / "db")) == names
    assert slate("check", "--migrations", tmp_path / "db").code == 0


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"0002_open": "COMMENT ON DATABASE slate_baseline IS 'x';"}, "the database's comment: x"),
        ({"0002_open": "SELECT lo_create(4711);"}, "large object 4711"),
    ],
)
def test_what_no_file_can_hold_is_refused_by_name(files: dict[str, str], said: str, tmp_path: Path) -> None:
    write_shop(tmp_path / "shop")
    for name, text in files.items():
        (tmp_path / "shop" / f"{name}.sql").write_text(text)
    project = find_project(str(tmp_path))
    with pytest.raises(SlateError, match="cannot all be put into one file") as caught:
        write_baseline(project, project.product("shop"), "0002_open")
    assert said in "\n".join(caught.value.detail)
    assert not list(tmp_path.rglob("*baseline*"))


def test_a_folder_of_several_schemas_has_one_baseline_for_all(
    tmp_path: Path, slate: Callable[..., Ran], empty_url: str
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.slate]\nmigrations = "migrations"\nschemas = ["app", "Au dit"]\nrules = ["generic"]\n'
    )
    (tmp_path / "migrations").mkdir()
    first = """
        CREATE TABLE shops (id serial PRIMARY KEY, name text);
        CREATE SEQUENCE "Au dit".numbers; SELECT nextval('"Au dit".numbers');
        CREATE TABLE "Au dit".log (id integer REFERENCES shops DEFAULT nextval('numbers'), said text DEFAULT 'app.x');
        INSERT INTO shops (name) VALUES ('one');
    """
    (tmp_path / "migrations" / "0001_first.sql").write_text(first)
    (tmp_path / "migrations" / "0001_first.rollback.sql").write_text(
        "DROP TABLE log;\nDROP SEQUENCE numbers;\nDROP TABLE shops;\n"
    )
    project = find_project(start=tmp_path)
    write_baseline(project, project.products[0], "0001_first", removes=True)
    at = ("--database", empty_url)
    with contextlib.chdir(tmp_path):
        applied, drifted, checked = slate("apply", *at), slate("drift", *at), slate("check")
        undone = slate("rollback", "migrations", *at)
    assert (applied.code, drifted.code, checked.code, undone.code) == (0, 0, 0, 0), (drifted, checked, undone)


def test_a_file_with_variables_is_refused_by_name(tmp_path: Path, slate: Callable[..., Ran]) -> None:
    write_shop(tmp_path / "db")
    (tmp_path / "db" / "0002_open.sql").write_text("-- variables: owner\nSELECT :'owner';\n")
    ran = slate("baseline", "db", "--at", "0002_open", "--var", "owner=x", "--migrations", tmp_path / "db")
    assert (ran.code, "0002_open.sql has variables: a baseline would keep" in ran.err) == (1, True)


def test_a_superusers_files_need_a_word(tmp_path: Path) -> None:
    write_shop(tmp_path / "shop")
    (tmp_path / "shop" / "0002_open.sql").write_text(
        "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\n"
        "CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch();\n"
    )
    project = find_project(str(tmp_path))
    with pytest.raises(SlateError, match="it wants a superuser") as caught:
        write_baseline(project, project.product("shop"), "0002_open")
    assert "--trust" in caught.value.hint
    written = write_baseline(project, project.product("shop"), "0002_open", trust=True)
    assert "CREATE EVENT TRIGGER watching" in written.paths[0].read_text()


@pytest.mark.parametrize("at", ["0009_none", "0002_baseline", "0001_shops"])
def test_an_at_that_cannot_be_is_misuse(at: str, folder: Path) -> None:
    project = find_project(str(folder))
    with pytest.raises(Misuse, match=at):
        write_baseline(project, project.product("shop"), at)


@pytest.mark.parametrize("name", ["", "Base", "a-b", "../x", "ä", "0001"])
def test_a_name_that_is_none_is_misuse(name: str, folder: Path) -> None:
    project = find_project(str(folder))
    with pytest.raises(Misuse, match="is not a baseline's name"):
        write_baseline(project, project.product("shop"), "0003_more", name)


def test_a_baseline_of_a_baseline_is_written_and_equal(folder: Path, slate: Callable[..., Ran]) -> None:
    ran = slate("baseline", "shop", "--at", "0003_more", "--remove", "--migrations", folder)
    assert ran.code == 0, ran.err
    assert sorted(p.name for p in (folder / "shop").iterdir()) == ["0003_baseline.rollback.sql", "0003_baseline.sql"]
    baseline = baseline_of(read_migrations(find_project(str(folder)).product("shop")))
    assert baseline is not None
    assert [e.id for e in baseline.replaces] == ["0002_baseline", "0003_more"]
    assert [e.id for e in baseline.replaces[0].instead] == ["0001_shops", "0002_open"]


def test_a_kill_between_two_files_leaves_a_folder_that_says_what_is_missing(
    folder: Path, slate: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, empty_url: str
) -> None:
    (folder / "shop" / "0002_baseline.sql").unlink()
    (folder / "shop" / "0002_baseline.rollback.sql").unlink()
    calls = []

    def once(source: str, target: str) -> None:
        calls.append(target)
        if len(calls) > 1:
            raise KeyboardInterrupt
        os.rename(source, target)

    monkeypatch.setattr(os, "replace", once)
    product = find_project(str(folder)).product("shop")
    chosen = [m for m in read_migrations(product) if m.id < "0003"]
    head, listed = write_replaced(tuple(Replaced(m.id, m.apply.checksum[:DIGITS]) for m in chosen))
    _, files = name_files(product, in_order(read_migrations(product)), chosen[-1], "baseline", removes=False)
    with pytest.raises(KeyboardInterrupt):
        write_files(files(f"{head}\nSELECT 1;\n{listed}\n", "SELECT 1;\n"))
    ran = slate("apply", "shop", "--migrations", folder, "--database", empty_url)
    assert (ran.code, "0002_baseline.sql has no rollback" in ran.err) == (1, True)
    with pytest.raises(Misuse, match="is in the baseline 0002_baseline already"):
        write_baseline(find_project(str(folder)), product, "0002_open")


WRITABLE = ["golang-migrate", "dbmate", "goose", "node-pg-migrate", "flyway", "prisma", "diesel", "supabase"]


@pytest.mark.parametrize("removes", [True, False])
@pytest.mark.parametrize("tool", WRITABLE)
def test_a_baseline_reads_back_in_every_layout(tool: str, removes: bool, tmp_path: Path) -> None:
    (product,) = find_project(str(EXAMPLES[tool].write(tmp_path))).products
    ordered = in_order(read_migrations(product))
    last = ordered[-1] if not removes else ordered[1]
    chosen = ordered[: ordered.index(last) + 1]
    identifier, files = name_files(product, ordered, last, "baseline", removes=removes)
    head, listed = write_replaced(tuple(Replaced(m.id, m.apply.checksum[:DIGITS]) for m in chosen))
    body = "CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN '${x}; -- y'; END $$;"
    paths = write_files(files(f"{head}\n\n{body}\n\n{listed}\n", "DROP FUNCTION f();\n"))
    if removes:
        assert remove_files(product, chosen, paths).forget()
    after = in_order(read_migrations(product))
    assert find_format(product) is not None
    baseline = baseline_of(after)
    assert baseline is not None
    assert baseline.id == identifier
    assert [e.id for e in baseline.replaces] == [m.id for m in chosen]
    rest = [m.id for m in ordered if m not in chosen]
    assert [m.id for m in after] == [*([] if removes else [m.id for m in chosen]), identifier, *rest]
    assert "RETURN '${x}; -- y'" in baseline.apply.text


@pytest.mark.parametrize("tool", [t for t in EXAMPLES if t not in WRITABLE and EXAMPLES[t].name != "golang-migrate"])
def test_a_layout_without_a_place_for_it_is_refused(tool: str, tmp_path: Path) -> None:
    (product,) = find_project(str(EXAMPLES[tool].write(tmp_path))).products
    if find_format(product) is None:
        pytest.skip(f"{tool} is Slate's own layout here")
    with pytest.raises(Misuse, match="in which a baseline has no place"):
        refuse_layout(product)


def test_our_products_are_built_by_one_file_each(tmp_path: Path) -> None:
    """One product at a middle migration, with roles of its own, partitions by the month, and calls that make them."""
    for name in ("migrations/core", "migrations/learning", "sql/cluster"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    project = find_project(start=tmp_path)
    at = in_order(read_migrations(project.product("learning")))[12].id
    written = write_baseline(project, project.product("learning"), at, removes=True)
    text = written.paths[0].read_text()
    assert "create_month_partitions('interactions', 3, 1);" in text
    assert "current_schema() || '_people'" in text
    assert not [note for note in written.notes if "cannot be undone" in note or "names the schema" in note]
