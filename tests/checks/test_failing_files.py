"""`slate check` names file, line and reason of whatever fails, and goes on with the next product."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.checks import check
from slate_pg.config import find_project

NON = "-- transactional: false\n"
KILLS = "SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());"
FAILING = {
    "division": ("SELECT 1;\nSELECT 1 / 0;", "SELECT 1;", "0002_x.sql:2: replay: division by zero (22012)"),
    "twice": ("CREATE TABLE t ();", "SELECT 1;", '0002_x.sql:1: replay: relation "t" already exists (42P07)'),
    "ended": (KILLS, "SELECT 1;", "0002_x.sql:2: replay: the session ended: terminating connection"),
    "undone": (
        "CREATE TABLE k ();",
        KILLS,
        "0002_x.rollback.sql:2: rollback: the session ended: terminating connection",
    ),
    "all": (
        "SELECT 1;\nSELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend';",
        "SELECT 1;",
        "0002_x.sql:2: replay: the session ended: terminating connection",
    ),
    "bound": (
        "SET statement_timeout = '300ms';\nDO $$ BEGIN LOOP NULL; END LOOP; END $$;",
        "SELECT 1;",
        "0002_x.sql:2: replay: canceling statement due to statement timeout (57014)",
    ),
    "endless": (
        "SELECT 1;\nDO $$ BEGIN LOOP NULL; END LOOP; END $$;",
        "SELECT 1;",
        "0002_x.sql:2: replay: the session ended",
    ),
    "stays": (
        "CREATE TABLE r ();",
        "SELECT 1;\nDROP TABLE nope;",
        '0002_x.rollback.sql:2: rollback: table "nope" does',
    ),
    "steps": (
        NON + "CREATE TABLE n ();\nCREATE INDEX CONCURRENTLY i ON nope (x);",
        "SELECT 1;",
        "0002_x.sql:3: replay: rel",
    ),
    "late": (
        "CREATE TABLE p (id integer PRIMARY KEY);\n"
        "CREATE TABLE c (id integer REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (1);",
        "DROP TABLE c, p;",
        "0002_x.sql:2: replay: insert or update on table",
    ),
    "commits": ("CREATE TABLE q ();\nCOMMIT;", "SELECT 1;", "0002_x.sql:2: replay: COMMIT in a migration"),
}


def write(root: Path, product: str, files: dict[str, str]) -> None:
    folder = root / "migrations" / product
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{product}_{name}.sql").write_text(text + "\n")


def found(root: Path, *products: str, seconds: float = 600) -> list[str]:
    project = find_project(str(root / "migrations"))
    chosen = [project.product(name) for name in products] or list(project.products)
    report = check.check(project, chosen, ("graph", "rollback"), seconds=seconds)
    return [str(finding) for finding in report.findings]


def test_every_kind_of_failure_is_named_by_file_and_line_and_hides_no_other(tmp_path: Path) -> None:
    """All in one run, so that one product's end shows nothing of another's."""
    for name, (apply, undo, _) in FAILING.items():
        write(tmp_path, name, {
            "0001_t": "CREATE TABLE t ();", "0001_t.rollback": "DROP TABLE t;", "0002_x": apply, "0002_x.rollback": undo,
        })  # fmt: skip
    write(tmp_path, "sound", {"0001_t": "CREATE TABLE t ();", "0001_t.rollback": "DROP TABLE t;"})
    findings = found(tmp_path, seconds=8)
    for name, (_, _, expected) in FAILING.items():
        own = [finding for finding in findings if f"migrations/{name}/" in finding]
        assert len(own) == 1, (name, findings)
        assert own[0].startswith(f"migrations/{name}/{name}_{expected}"), own
    assert len(findings) == len(FAILING), findings


@pytest.mark.parametrize("text", ["SELECT 1;\nSELECT 1 / 0;", KILLS])
def test_a_shared_product_that_fails_is_found_also_where_another_is_checked(tmp_path: Path, text: str) -> None:
    write(tmp_path, "core", {"0001_a": text, "0001_a.rollback": "SELECT 1;"})
    write(tmp_path, "beta", {"0001_a": "CREATE TABLE b ();", "0001_a.rollback": "DROP TABLE b;"})
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nshared = "core"\n')
    assert [finding.split(": replay")[0] for finding in found(tmp_path, "beta")] == [
        "migrations/core/core_0001_a.sql:2"
    ]
    assert [finding.split(": replay")[0] for finding in found(tmp_path)] == ["migrations/core/core_0001_a.sql:2"]
