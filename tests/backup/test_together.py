"""Backups that are taken together are what each would be alone, and whatever does not fit in is taken alone."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slate_pg.backup import folders, manifest
from slate_pg.backup.contents import read_contents
from slate_pg.backup.logical import Written, back_up
from slate_pg.backup.proof import verify
from slate_pg.backup.together import back_up_together, can_be_together
from slate_pg.config import Product
from slate_pg.postgres.connection import connect
from tests.workshop import Workshop

NAMES = ["alpha", "select", 'W "x" %s.y', "ünï" * 12, "o'h\\ara"]
TABLE = """
    CREATE TYPE mood AS ENUM ('sad', 'it''s');
    CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m mood, note text DEFAULT 'a');
    CREATE VIEW v AS SELECT id FROM t;
    CREATE FUNCTION f() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT RETURN (SELECT count(*)::integer FROM t);
    CREATE TABLE parts (at date, n integer) PARTITION BY RANGE (at);
    CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON t USING (note IS NOT NULL);
    COMMENT ON TABLE t IS 'what "it" is';
    GRANT SELECT ON t TO PUBLIC;
    INSERT INTO t (m) VALUES ('sad'), ('it''s');
    INSERT INTO parts VALUES ('2026-01-01', 1);
"""


@pytest.fixture
def tenants(shop: Workshop) -> list[Product]:
    """Installations of one product under hostile names, with rows."""
    shop.write("shop_0001_t", TABLE)
    for name in NAMES:
        shop.apply(schema=name)
    return [shop.product.installed_as(name) for name in NAMES]


def told(written: Written) -> dict[str, object]:
    """What a backup says of itself, without when it was taken and the sums of its files."""
    said = json.loads((written.folder / "manifest.json").read_text())
    said["files"] = sorted(name.split("/")[0] for name in said["files"])
    return {name: value for name, value in said.items() if name != "taken_at"}


def test_each_is_what_it_would_be_alone_and_proves_equal(
    shop: Workshop, tenants: list[Product], tmp_path: Path
) -> None:
    with connect(shop.url) as connection:
        assert can_be_together(connection, tenants, None) == tenants
        together = dict(back_up_together(connection, tenants, None, tmp_path / "together", 2))
        for product, written in together.items():
            alone = back_up(connection, product, None, tmp_path / "alone", 1)
            assert told(written) == told(alone)
            assert (written.folder / "catalog.json").read_bytes() == (alone.folder / "catalog.json").read_bytes()
            kinds = [
                sorted((e.kind, e.tag) for e in read_contents(w.folder / "schema").entries) for w in (written, alone)
            ]
            assert kinds[0] == kinds[1]
            manifest.check(written.folder)
            assert verify(written.folder) == []
    assert {p.name for p in (tmp_path / "together").iterdir()} == {w.folder.name for w in together.values()}


def test_a_table_of_contents_is_written_as_it_was_read(shop: Workshop, tenants: list[Product], tmp_path: Path) -> None:
    with connect(shop.url) as connection:
        written = back_up(connection, tenants[2], None, tmp_path, 1)
    contents = read_contents(written.folder / "schema")
    assert contents.of(contents.entries) == (written.folder / "schema" / "toc.dat").read_bytes()
    assert set(contents.by_schema()) == {NAMES[2]}


def test_what_leans_on_another_or_made_something_elsewhere_is_taken_alone(
    shop: Workshop, tenants: list[Product]
) -> None:
    shop.do('CREATE VIEW "select".leaning AS SELECT * FROM alpha.t')
    shop.write(
        "shop_0002_more",
        "CREATE SCHEMA IF NOT EXISTS further; CREATE TABLE further.x ();",
        "DROP SCHEMA further CASCADE;",
    )
    shop.apply(schema=NAMES[3])
    with connect(shop.url) as connection:
        chosen = [p.schema for p in can_be_together(connection, tenants, None)]
    assert chosen == ["alpha", NAMES[2], NAMES[4]]


def test_with_large_objects_in_the_database_each_is_taken_alone(shop: Workshop, tenants: list[Product]) -> None:
    shop.do("SELECT lo_create(0)")
    with connect(shop.url) as connection:
        assert can_be_together(connection, tenants, None) == []


def test_a_name_that_another_run_has_taken_meanwhile_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making a folder and locking it, a sweep takes it for left behind, and another run makes it again."""
    at = datetime(2026, 11, 30, tzinfo=UTC)
    real = folders._lock
    others: list[Path] = []

    def late(partial: Path) -> object:
        if others:
            return real(partial)
        partial.rmdir()
        others.append(partial)
        partial.mkdir()
        (partial / "theirs").write_text("kept")
        return None

    monkeypatch.setattr(folders, "_lock", late)
    with folders.writing(tmp_path, "alpha", at) as own:
        assert own.name != others[0].name
    assert (others[0] / "theirs").read_text() == "kept"


def test_a_folder_in_which_another_run_works_is_not_waited_for(tmp_path: Path) -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    with folders.writing(tmp_path, "alpha", at) as first:
        with pytest.raises(folders._Taken):
            folders._lock(first)
        assert (first / "in_progress").is_file()


def test_two_that_write_into_one_folder_do_not_take_each_others_for_left_behind(tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(60):
                with folders.writing(tmp_path, f"{name}{number}") as folder:
                    (folder / "a").write_text("x")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(list(tmp_path.iterdir())) == 180
    assert all(os.listdir(folder) == ["a"] for folder in tmp_path.iterdir())


def test_a_backup_names_the_roles_of_its_own_schema_and_no_others(shop: Workshop, tmp_path: Path) -> None:
    roles = ["together_owner", "together_reader", "together_stranger", "together_policy", "together_default"]
    shop.write("shop_0001_t", TABLE + """
        GRANT UPDATE (note) ON t TO together_reader; CREATE POLICY mine ON t TO together_policy USING (true);
        ALTER TYPE mood OWNER TO together_owner;
    """)  # fmt: skip
    try:
        for role in roles:
            shop.do(f"CREATE ROLE {role}")
        shop.apply(schema="alpha")
        shop.do("CREATE SCHEMA strange CREATE TABLE x (); GRANT SELECT ON strange.x TO together_stranger")
        shop.do("ALTER DEFAULT PRIVILEGES IN SCHEMA alpha GRANT SELECT ON TABLES TO together_default")
        with connect(shop.url) as connection:
            written = back_up(connection, shop.product.installed_as("alpha"), None, tmp_path, 1)
        assert [r for r in written.manifest.roles if r in roles] == sorted({*roles} - {"together_stranger"})
        assert verify(written.folder) == []
    finally:
        shop.do("DROP OWNED BY " + ", ".join(roles) + " CASCADE")
        shop.do("DROP ROLE " + ", ".join(roles))


def test_backups_of_one_installation_in_one_second_are_named_apart(tmp_path: Path) -> None:
    at = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    with folders.writing(tmp_path, "alpha", at) as first:
        (first / "one").write_text("1")
        with folders.writing(tmp_path, "alpha", at) as under_way:
            (under_way / "two").write_text("2")
        with pytest.raises(ValueError, match="broken"), folders.writing(tmp_path, "alpha", at):
            raise ValueError("broken")
    with folders.writing(tmp_path, "alpha", at) as third:
        (third / "three").write_text("3")
    found = {path.name: [each.name for each in path.iterdir()] for path in tmp_path.iterdir()}
    assert found == {
        "20261231T235959Z-alpha": ["one"], "20270101T000000Z-alpha": ["two"], "20270101T000001Z-alpha": ["three"],
    }  # fmt: skip


def test_two_backups_at_once_of_one_installation_are_two(shop: Workshop, tmp_path: Path) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer);")
    shop.apply()
    each = [shop.start("backup", "shop", "--to", str(tmp_path / "to")) for _ in range(4)]
    said = [process.communicate() for process in each]
    assert [process.returncode for process in each] == [0] * 4, said
    assert len([manifest.read(folder) for folder in (tmp_path / "to").iterdir()]) == 4
