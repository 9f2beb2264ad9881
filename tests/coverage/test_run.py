"""`pytest --coverage` on a project of its own: figures that are right, outcomes and exit codes as without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent

import pytest

MIGRATION = """
CREATE FUNCTION grade(points integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF points > 90 THEN
        RETURN 'A';
    END IF;
    RETURN 'B';
END $$;
CREATE FUNCTION never() RETURNS integer LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1';
"""
TESTS = """
import pytest

def test_a_good_one(db):
    db.use("shop")
    assert db.value("SELECT grade(95)") == "A"

def test_of_a_clone(db_committed):
    db_committed.use("shop")
    assert db_committed.value("SELECT grade(%s)", 95) == "A"
"""


@pytest.fixture
def shop(tmp_path):
    """A project with one product, and a function that runs pytest in it."""
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "migrations"\n')
    (folder / "shop_0001_grade.sql").write_text(MIGRATION)
    (folder / "shop_0001_grade.rollback.sql").write_text("DROP FUNCTION never(); DROP FUNCTION grade(integer);")

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
    counts = {(i["object"], i["kind"], i["said"]): i["count"] for i in found["items"]}
    assert counts == {
        ("grade(integer)", "statement", "IF points > 90"): 2,
        ("grade(integer)", "statement", "RETURN 'A'"): 2,
        ("grade(integer)", "statement", "RETURN 'B'"): 0,
        ("grade(integer)", "branch", "IF points > 90"): 2,
        ("grade(integer)", "branch", "not IF points > 90"): 0,
        ("never()", "statement", "SELECT 1"): 0,
    }
    assert found["schemas"]["shop"]["statement"] == {"reached": 2, "total": 4}
    assert found["percent"] == 50.0
    assert {i["file_line"] for i in found["items"] if i["said"] == "RETURN 'B'"} == {7}
    assert "migrations/shop/shop_0001_grade.sql:7" in ran.stdout
    assert "shop" in ran.stdout
    assert "50.0 %" in ran.stdout


def test_too_little_is_exit_3_enough_is_0_and_a_failed_test_stays_1(shop):
    low = shop("--coverage-fail-under", "50.1")
    assert (low.returncode, "50.00 % was reached, less than 50.1" in low.stdout) == (3, True)
    assert shop("--coverage-fail-under", "50").returncode == 0
    failing = TESTS + "\ndef test_wrong(db):\n    assert db.value('SELECT 1') == 2\n"
    assert shop("--coverage-fail-under", "99", tests=failing).returncode == 1


def test_a_run_without_a_database_says_that_nothing_was_counted(shop):
    ran = shop("--coverage", tests="def test_sums():\n    assert 1 + 1 == 2\n")
    assert ran.returncode == 0
    assert "no test asked for a database: nothing was counted" in ran.stdout


def test_without_the_option_nothing_is_changed_or_said(shop):
    tests = """
    def test_nothing_counts(db):
        assert db.rows("SELECT FROM pg_namespace WHERE nspname = 'slate_coverage'") == []
        assert db.value("SHOW track_functions") == "none"
    """
    ran = shop(tests=tests)
    assert ran.returncode == 0, ran.stdout
    assert "coverage" not in ran.stdout
