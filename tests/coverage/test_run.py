"""`pytest --coverage` on a project of its own: figures that are right, outcomes and exit codes as without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent
from xml.etree import ElementTree

import pytest

MIGRATION = """
CREATE FUNCTION grade(points integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF points > 90 THEN
        RETURN 'A';
    END IF;
    RETURN 'B';
END $$;
CREATE TABLE sales (
    id integer PRIMARY KEY,
    points integer CONSTRAINT sales_points_check CHECK (points > 0 OR points IS NULL)
);
CREATE INDEX sales_points_idx ON sales (points);
CREATE FUNCTION never() RETURNS integer LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1';
"""
TESTS = """
import pytest

def test_a_good_one(db):
    db.use("shop")
    assert db.value("SELECT grade(95)") == "A"
    db.insert("sales", id=1, points=None)
    with db.throws("23505", constraint="sales_pkey"):
        db.insert("sales", id=1, points=2)

def test_of_a_clone(db_committed):
    db_committed.use("shop")
    assert db_committed.value("SELECT grade(%s)", 95) == "A"
    db_committed.insert("sales", id=1, points=1)
    with db_committed.throws("23505"):
        db_committed.insert("sales", id=1, points=2)
"""


@pytest.fixture
def shop(tmp_path):
    """A project with one product, and a function that runs pytest in it."""
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "migrations"\n')
    (folder / "shop_0001_grade.sql").write_text(MIGRATION)
    (folder / "shop_0001_grade.rollback.sql").write_text(
        "DROP FUNCTION never(); DROP TABLE sales; DROP FUNCTION grade(integer);"
    )

    def run(*arguments, tests=TESTS):
        (tmp_path / "test_shop.py").write_text(dedent(tests))
        alone = {k: v for k, v in os.environ.items() if not k.startswith(("SLATE_", "PYTEST_"))}
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:django", "-q", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=alone)

    run.folder = tmp_path
    return run


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_counts_of_rolled_back_tests_and_of_clones_are_added_up_over_all_workers(shop, spread):
    ran = shop("--coverage", "--coverage-json", "found.json", *spread)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads((shop.folder / "found.json").read_text())
    counts = {(i["object"], i["kind"], i["said"]): i["count"] for i in found["items"] if "count" in i}
    assert counts == {
        ("grade(integer)", "statement", "IF points > 90"): 2,
        ("grade(integer)", "statement", "RETURN 'A'"): 2,
        ("grade(integer)", "statement", "RETURN 'B'"): 0,
        ("grade(integer)", "branch", "IF points > 90"): 2,
        ("grade(integer)", "branch", "not IF points > 90"): 0,
        ("never()", "statement", "SELECT 1"): 0,
        ("sales.sales_pkey", "constraint", "primary key"): 2,
        ("sales.sales_points_check", "constraint", "check"): 0,
    }
    assert found["schemas"]["shop"]["statement"] == {"reached": 2, "total": 4}
    operands = {i["said"]: [i[k] for k in ("true", "false", "null")] for i in found["items"] if i["kind"] == "check"}
    assert operands == {"CHECK (points > 0)": [3, 0, 1], "CHECK (points IS NULL)": [1, 0, 0]}
    assert found["percent"] == 40.0
    assert {i["file_line"] for i in found["items"] if i["said"] == "RETURN 'B'"} == {7}
    assert "migrations/shop/shop_0001_grade.sql:7" in ran.stdout
    assert "shop" in ran.stdout
    assert "40.0 %" in ran.stdout


def test_too_little_is_exit_3_enough_is_0_and_a_failed_test_stays_1(shop):
    low = shop("--coverage-fail-under", "40.1")
    assert (low.returncode, "40.00 % was reached, less than 40.1" in low.stdout) == (3, True)
    assert shop("--coverage-fail-under", "40").returncode == 0
    failing = TESTS + "\ndef test_wrong(db):\n    assert db.value('SELECT 1') == 2\n"
    assert shop("--coverage-fail-under", "99", tests=failing).returncode == 1


def test_a_run_without_a_database_says_that_nothing_was_counted(shop):
    ran = shop("--coverage", tests="def test_sums():\n    assert 1 + 1 == 2\n")
    assert ran.returncode == 0
    assert "no test asked for a database: nothing was counted" in ran.stdout


def test_a_test_that_sees_the_counting_calls_is_judged_without_them_and_said(shop):
    tests = """
    def test_the_definition(db):
        db.use("shop")
        assert db.table("shop.sales").checks == {"sales_points_check": "points > 0 OR points IS NULL"}

    def test_of_a_clone(db_committed):
        assert "slate" not in db_committed.value("SELECT prosrc FROM pg_proc WHERE proname = 'grade'")

    def test_wrong_in_any_case(db):
        assert db.value("SELECT 1") == 2
    """
    ran = shop("--coverage-json", "found.json", tests=tests)
    assert "1 failed, 2 passed" in ran.stdout
    found = json.loads((shop.folder / "found.json").read_text())
    assert found["judged_without_counting"] == ["test_shop.py::test_the_definition", "test_shop.py::test_of_a_clone"]
    assert "judged on a database that does not count" in ran.stdout


def test_lcov_and_cobertura_are_on_the_lines_of_the_migration(shop):
    ran = shop("--coverage-lcov", "out/lcov.info", "--coverage-xml", "out/cobertura.xml")
    assert ran.returncode == 0, ran.stdout
    lines = (shop.folder / "out/lcov.info").read_text().splitlines()
    assert lines[:2] == ["TN:", "SF:migrations/shop/shop_0001_grade.sql"]
    assert {"DA:4,2", "DA:5,2", "DA:7,0", "BRDA:4,0,0,2", "BRDA:4,0,1,0", "DA:11,0", "end_of_record"} <= set(lines)
    root = ElementTree.parse(shop.folder / "out/cobertura.xml").getroot()  # noqa: S314 - written by ourselves
    file = root.find("packages/package/classes/class")
    assert file.get("filename") == "migrations/shop/shop_0001_grade.sql"
    found = {line.get("number"): line for line in file.find("lines")}
    assert (found["5"].get("hits"), found["7"].get("hits")) == ("2", "0")
    assert found["4"].get("condition-coverage") == "50% (1/2)"


def test_a_report_that_cannot_be_written_is_said_and_the_run_fails(shop):
    (shop.folder / "file").write_text("")
    ran = shop("--coverage-json", "file/found.json")
    assert ran.returncode == 1
    assert "error: file/found.json could not be written" in ran.stdout


def test_without_the_option_nothing_is_changed_or_said(shop):
    tests = """
    def test_nothing_counts(db):
        assert db.rows("SELECT FROM pg_namespace WHERE nspname = 'slate_coverage'") == []
        assert db.value("SHOW track_functions") == "none"
    """
    ran = shop(tests=tests)
    assert ran.returncode == 0, ran.stdout
    assert "coverage" not in ran.stdout


def test_privileges_are_told_by_role_and_verb_as_used_and_as_denied(shop):
    file = shop.folder / "migrations/shop/shop_0001_grade.sql"
    file.write_text(
        MIGRATION
        + "GRANT SELECT, INSERT, UPDATE (points) ON sales TO shop_member;\nGRANT USAGE ON SCHEMA shop TO shop_member;\n"
    )
    (shop.folder / "sql/cluster").mkdir(parents=True)
    (shop.folder / "sql/cluster/roles.sql").write_text(
        "DO $$ BEGIN CREATE ROLE shop_member; CREATE ROLE shop_person IN ROLE shop_member;"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    )
    tests = """
    def test_a_person(db):
        db.use("shop")
        with db.as_role("shop_person"):
            assert db.sees("sales") == 0
            assert [db.value("SELECT grade(%s)", 1), db.value("SELECT never()")] == ["B", 1]
            db.denied("DELETE FROM sales WHERE id = %s", 1)
            db.execute("WITH new AS (SELECT 1 AS id) INSERT INTO shop.sales SELECT id FROM new")
        db.execute("UPDATE sales SET points = 1")
    """
    ran = shop("--coverage-json", "found.json", tests=tests)
    assert ran.returncode == 0, ran.stdout
    found = json.loads((shop.folder / "found.json").read_text())
    counts = {(i["kind"], i["said"]): i["count"] for i in found["items"] if i["kind"] in ("privilege", "denial")}
    assert counts == {
        ("privilege", "SELECT by shop_member"): 1, ("privilege", "INSERT by shop_member"): 1,
        ("privilege", "UPDATE by shop_member"): 0, ("denial", "DELETE by shop_member"): 1,
        ("privilege", "EXECUTE by shop_member"): 1,
    }  # fmt: skip
