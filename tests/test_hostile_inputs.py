"""Files, ledgers and dumps of somebody else's, handed to each command that runs them: nothing reaches the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slate_pg.backup import logical, proof
from slate_pg.errors import SlateError
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base
from tests.workshop import Workshop

ROOT = Path(__file__).parents[1]


@pytest.fixture
def marker(tmp_path: Path) -> Iterator[Path]:
    path = Path("/tmp") / f"slate-hostile-{tmp_path.parent.name}-{tmp_path.name}"
    yield path
    assert not path.exists(), "something ran on the machine"


def slate(shop: Workshop, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "slate_pg", *arguments, "--migrations", str(shop.folder.parent)],
        capture_output=True, text=True, check=False, cwd=shop.root,
        env={**os.environ, "PYTHONPATH": str(ROOT / "toolkit")},
    )  # fmt: skip


HOSTILE = {
    "a program": "COPY (SELECT 1) TO PROGRAM 'id > {marker}'",
    "a program put together": "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PRO' || 'GRAM ''id > {marker}'''; END $$",
    "another user": "RESET SESSION AUTHORIZATION; COPY (SELECT 1) TO PROGRAM 'id > {marker}'",
    "a right": "GRANT pg_execute_server_program TO CURRENT_USER",
    "a file": "COPY (SELECT 1) TO '{marker}'",
    "a library": "LOAD '/tmp/x.so'",
    "an untrusted extension": "CREATE EXTENSION file_fdw",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_strangers_migration_is_a_finding_of_check_and_reaches_nothing(
    shop: Workshop, marker: Path, text: str
) -> None:
    shop.write("shop_0001_a", f"CREATE TABLE a (id integer);\n{text.format(marker=marker)};", "DROP TABLE a;")
    done = slate(shop, "check")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "shop_0001_a.sql:2: replay:" in done.stdout
    assert "it wants a superuser, whom only --trust gives" in done.stdout


def test_a_strangers_rollback_is_a_finding_of_check(shop: Workshop, marker: Path) -> None:
    undo = f"DROP TABLE a;\nCOPY (SELECT 1) TO PROGRAM 'id > {marker}';"
    shop.write("shop_0001_a", "CREATE TABLE a (id integer);", undo)
    done = slate(shop, "check")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "shop_0001_a.rollback.sql:2: rollback:" in done.stdout


@pytest.mark.parametrize("command", ["check", "snapshot"])
def test_a_strangers_cluster_files_reach_nothing(shop: Workshop, marker: Path, command: str) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a (id integer);", "DROP TABLE a;")
    cluster = shop.root / "sql" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "roles.sql").write_text(f"COPY (SELECT 1) TO PROGRAM 'id > {marker}';")
    done = slate(shop, command)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "roles.sql:1" in done.stderr


def test_a_strangers_migration_reaches_nothing_by_way_of_a_snapshot(shop: Workshop, marker: Path) -> None:
    shop.write("shop_0001_a", f"COPY (SELECT 1) TO PROGRAM 'id > {marker}';")
    done = slate(shop, "snapshot")
    assert done.returncode == 1
    assert "it wants a superuser" in done.stderr
    assert "--trust" in done.stderr


def test_what_is_trusted_by_name_is_run_as_superuser(shop: Workshop) -> None:
    shop.write("shop_0001_a", "CREATE EXTENSION file_fdw;", "DROP EXTENSION file_fdw;")
    assert slate(shop, "check").returncode == 3
    done = slate(shop, "check", "--trust")
    assert done.returncode == 0, done.stdout + done.stderr
    assert slate(shop, "snapshot", "--trust").returncode == 0


def test_a_strangers_setting_of_the_linter_runs_no_python(shop: Workshop, marker: Path) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a (id integer PRIMARY KEY);\n", "DROP TABLE a;\n")
    library = shop.root / "library"
    library.mkdir()
    (library / "__init__.py").write_text(f"open({str(marker)!r}, 'w').write('ran')\n")
    (shop.root / ".sqlfluff").write_text(
        "[sqlfluff]\ndialect = postgres\ntemplater = jinja\n[sqlfluff:templater:jinja]\nlibrary_path = library\n"
    )
    done = slate(shop, "lint")
    assert done.returncode in (0, 3), done.stderr


def test_adopt_builds_files_out_of_reach_unless_they_want_a_superuser_and_says_so(shop: Workshop, marker: Path) -> None:
    shop.write("shop_0001_a", "CREATE TABLE a (id integer);", "DROP TABLE a;")
    shop.write(
        "shop_0002_b",
        f"DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'id > {marker}'; EXCEPTION WHEN insufficient_privilege THEN END $$;",
    )
    shop.do("CREATE SCHEMA shop; CREATE TABLE shop.a (id integer)")
    done = shop.slate("adopt", "shop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "built as superuser" not in done.stderr


@pytest.mark.parametrize("signed", [False, True])
def test_a_dump_is_restored_for_proof_out_of_reach_of_the_machine(
    shop: Workshop, marker: Path, tmp_path: Path, signed: bool
) -> None:
    """A materialized view is filled when it is restored, by a function that its owner has changed since."""
    shop.write(
        "shop_0001_a",
        "CREATE FUNCTION f() RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';\n"
        "CREATE MATERIALIZED VIEW v AS SELECT f() AS one;",
        "DROP MATERIALIZED VIEW v; DROP FUNCTION f();",
    )
    shop.apply()
    shop.do(
        "CREATE OR REPLACE FUNCTION shop.f() RETURNS integer LANGUAGE plpgsql AS"
        f" $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat > {marker}'; RETURN 1; END $$"
    )  # cat, since a program that ends before it has read is an error of COPY now and then
    key = b"k" * 32 if signed else None
    with connect(shop.url) as connection:
        written = logical.back_up(connection, shop.product, None, tmp_path / "backups", key=key)
    if signed:  # whoever has the key has said that the backup is his own: it is restored as superuser
        assert proof.verify(written.folder, key) == []
        marker.unlink()
        return
    with pytest.raises(SlateError, match="it wants a superuser") as refused:
        proof.verify(written.folder)
    assert "--sign-key-from" in refused.value.hint


def test_a_seed_file_is_sent_with_the_rights_of_who_seeds_and_no_others(
    shop: Workshop, marker: Path, slate_server: Base
) -> None:
    """Seeds and jobs run on the database that is named, as the role that is named: the server refuses the rest."""
    shop.write("shop_0001_a", "CREATE TABLE a (id integer);", "DROP TABLE a;")
    shop.apply()
    role = f"seeder_{shop.value('SELECT current_database()')}"
    shop.do(
        f"CREATE ROLE {role} LOGIN; ALTER SCHEMA shop OWNER TO {role}; ALTER TABLE shop._slate_ledger OWNER TO {role}"
    )
    seeds = shop.root / "sql" / "shop" / "seeds"
    seeds.mkdir(parents=True)
    (seeds / "reference.sql").write_text(f"COPY (SELECT 1) TO PROGRAM 'id > {marker}';")
    done = shop.slate("seed", "shop", "--set", "reference", url=shop.url.replace("postgres@", f"{role}@"))
    shop.do(f"REASSIGN OWNED BY {role} TO postgres; DROP OWNED BY {role}; DROP ROLE {role}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "42501" in done.stderr
