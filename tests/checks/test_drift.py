"""Drift misses nothing: one object of every kind, changed in every way, each change reported by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.catalog import reader
from slate_pg.catalog.compare import SEVERITIES, compare
from slate_pg.checks import drift, replay
from slate_pg.config import find_project
from slate_pg.errors import SlateError
from slate_pg.migrations import runner
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.connection import connect
from tests.school import Mutation, Target, read_mutations
from tests.workshop import Workshop

MUTATIONS = read_mutations()
# The school under its own names, and twice under names that look like something else.
IN_TURN = pytest.mark.parametrize("target", [None, 0, 3], ids=["plain", "hostile", "hostile again"], indirect=True)


@IN_TURN
@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_every_single_change_is_reported_by_name(
    mutation: Mutation, target: Target, changed: psycopg.Connection[Any]
) -> None:
    if changed.info.server_version // 10000 < mutation.major:
        pytest.skip(f"PostgreSQL {mutation.major} has it first")
    before = None if mutation.told_by_drift else reader.read(changed)
    changed.execute(target.renamed(mutation.sql))
    differences = compare(before, reader.read(changed)) if before else drift.differ(target.expected, changed)
    said = [(str(d.object), d.attribute) for d in differences]
    assert (target.renamed(mutation.object), mutation.attribute) in said, f"reported instead: {said}"
    assert {d.severity for d in differences} <= set(SEVERITIES)


@IN_TURN
@pytest.mark.parametrize(
    "nothing",
    [
        "SELECT 1",
        "SELECT nextval('receipt_numbers')",
        "INSERT INTO teachers (name) VALUES ('Ada'); ANALYZE teachers",
        "ALTER TABLE teachers ADD COLUMN gap integer; ALTER TABLE teachers DROP COLUMN gap",
        "REINDEX TABLE teachers",
        "GRANT EXECUTE ON FUNCTION is_adult(integer) TO PUBLIC",
        "REVOKE SELECT ON teachers FROM school_writer",
        "ALTER TABLE students DISABLE TRIGGER students_told; ALTER TABLE students ENABLE TRIGGER students_told",
        "REFRESH MATERIALIZED VIEW ages",
        "CREATE TABLE visits_2026_03 PARTITION OF visits FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');"
        " ALTER TABLE visits_2026_03 ENABLE ROW LEVEL SECURITY; REVOKE SELECT ON visits_2026_03 FROM school_reader",
        "DROP TABLE visits_2026_01",
        "CREATE ROLE somebody LOGIN; GRANT school_reader TO somebody",
        "CREATE SCHEMA elsewhere CREATE TABLE other (id integer)",
        "CREATE EXTENSION citext SCHEMA public",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 7', current_database()); END $$",
    ],
)
def test_what_is_no_change_is_not_reported(nothing: str, target: Target, changed: psycopg.Connection[Any]) -> None:
    changed.execute(target.renamed(nothing))
    assert [str(d) for d in drift.differ(target.expected, changed)] == []


def test_there_are_at_least_180_mutations() -> None:
    assert sum(m.told_by_drift for m in MUTATIONS) >= 180


def test_a_ledger_alone_never_makes_a_superuser_run_it(target: Target) -> None:
    with pytest.raises(SlateError, match=r"school_0001_build_one_of_each.*it wants a superuser") as refused:
        drift.find_drift(target.connection, [], None)
    assert "is in the database only" in refused.value.hint


def test_what_wants_a_superuser_is_run_as_one_from_the_operators_files_and_said(target: Target) -> None:
    assert any("replayed as superuser, from files of this project only" in n for n in target.expected.notes)


def test_select_is_all_that_reading_a_catalog_takes(target: Target) -> None:
    with connect(target.server.url(target.name), options="-c default_transaction_read_only=on") as connection:
        connection.execute("SET SESSION AUTHORIZATION school_writer")
        assert drift.differ(target.expected, connection) == []


@pytest.mark.skipif(not os.environ.get("SLATE_MEASURE"), reason="a measurement of minutes: set SLATE_MEASURE=1")
def test_how_many_of_them_a_text_diff_of_pg_dump_sees(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    program = find_binaries().path("pg_dump")

    def dump(name: str) -> list[str]:
        answer = subprocess.run(
            [program, "--schema-only", target.server.url(name)], capture_output=True, text=True, check=True
        )
        return [line for line in answer.stdout.splitlines() if not line.startswith("\\")]

    major = target.connection.info.server_version // 10000
    wanted = [m for m in MUTATIONS if m.told_by_drift and m.major <= major]
    missed = []
    target.connection.close()
    before = dump(target.name)
    with connect(target.server.url()) as admin:
        for mutation in wanted:
            admin.execute("CREATE DATABASE proof_copy TEMPLATE proof_target")
            with connect(target.server.url("proof_copy")) as copy:
                copy.execute("SET search_path = school, public, pg_temp")
                copy.execute(f"BEGIN; {mutation.sql}; COMMIT")
            if dump("proof_copy") == before:
                missed.append(str(mutation))
            admin.execute("DROP DATABASE proof_copy")
    with capsys.disabled():
        print(f"\npg_dump -s sees {len(wanted) - len(missed)} of {len(wanted)}; it misses:")
        print("\n".join(f"  {name}" for name in missed))


def test_the_command_exits_0_without_drift_and_3_with_it_one_line_each(target: Target) -> None:
    def slate() -> subprocess.CompletedProcess[str]:
        url = target.server.url(target.name)
        return subprocess.run(
            [sys.executable, "-m", "slate_pg", "drift", "--migrations", str(target.project.root / "migrations"), "-d", url],
            capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    assert (slate().returncode, slate().stdout) == (0, "")
    with connect(target.server.url(target.name)) as connection:
        connection.execute("ALTER TABLE school.homework DISABLE TRIGGER ALL; GRANT SELECT ON school.homework TO PUBLIC")
        done = slate()
        connection.execute(
            "ALTER TABLE school.homework ENABLE TRIGGER ALL; REVOKE SELECT ON school.homework FROM PUBLIC"
        )
    assert done.returncode == 3
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["security", "integrity"]
    assert "homework_student_id_fkey (D)" in done.stdout


def test_roles_that_migrations_make_are_made_again_in_the_replay(shop: Workshop) -> None:
    """`CREATE ROLE` in a migration found its role on the disposable server already, and drift ended."""
    shop.write(
        "shop_0001_roles",
        'CREATE ROLE "Reads ""All"""; -- CREATE ROLE nobody\ncreate user Writer_1;\nCREATE TABLE a (id integer);\n'
        'GRANT SELECT ON a TO "Reads ""All""", writer_1;\n',
        'DROP TABLE a;\nDROP ROLE "Reads ""All""", writer_1;\n',
    )
    shop.apply()
    try:
        assert (shop.slate("drift").returncode, shop.slate("adopt", "shop").returncode) == (0, 1)
        shop.do("REVOKE SELECT ON shop.a FROM writer_1")
        drifted = shop.slate("drift")
    finally:
        shop.rollback()
    assert drifted.returncode == 3
    assert "writer_1" in drifted.stdout


def test_a_role_whose_name_has_a_space_is_named_by_the_command_with_its_fields(
    slate_server: Any, tmp_path: Path
) -> None:
    """`ALTER ROLE "web app" SUPERUSER` was not seen: the first word of its sentence is no role."""
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    (folder / "shop_0001_a.sql").write_text("CREATE TABLE a (id integer);", encoding="utf-8")
    (folder / "shop_0001_a.rollback.sql").write_text("DROP TABLE a;", encoding="utf-8")
    cluster = tmp_path / "sql" / "cluster"
    cluster.mkdir(parents=True)
    made = 'DO $$ BEGIN CREATE ROLE "web app" NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$'
    (cluster / "roles.sql").write_text(made, encoding="utf-8")
    project = find_project(str(tmp_path / "migrations"))

    def slate(*more: str) -> subprocess.CompletedProcess[str]:
        where = ["--migrations", str(tmp_path / "migrations"), "-d", slate_server.url("drift_web_app")]
        return subprocess.run(
            [sys.executable, "-m", "slate_pg", "drift", *where, *more],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    with replay.new_database(slate_server, "drift_web_app", project) as connection:
        runner.apply(runner.Run(connection, project.product("shop"), None))
        assert slate().returncode == 0
        connection.execute('ALTER ROLE "web app" SUPERUSER')
        try:
            plain, as_json = slate(), slate("--json")
        finally:
            connection.execute('DROP ROLE "web app"')
    assert plain.returncode == as_json.returncode == 3
    assert plain.stdout == 'security     role "web app": superuser: expected false, found true\n'
    (difference,) = json.loads(as_json.stdout)["differences"]
    assert difference["object"] == 'role "web app"'
    assert difference["identity"] == {"kind": "role", "name": "web app"}
    assert (difference["attribute"], difference["expected"], difference["found"]) == ("superuser", False, True)
