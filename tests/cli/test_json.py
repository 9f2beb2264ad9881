"""What each command really prints with --json is as its schema says: of every kind, empty, hostile and failing."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from slate_pg.bench import queries, retention, seeding, sizes, writes
from slate_pg.bench.own import fleet, growth, isolation, races, startup
from slate_pg.checks.findings import Finding
from slate_pg.cli import main
from slate_pg.cli.shapes import OUTPUTS, findings, history, measures
from slate_pg.cluster.access import Access
from slate_pg.cluster.answers import Answer, Judged, Operand
from slate_pg.migrations.installations import Inventory
from slate_pg.operations.doctor import Finding as Unwell
from tests import published
from tests.conftest import ROOT
from tests.showing import heard, published_kinds, shown, shows
from tests.workshop import Workshop, captured

NAME = 'Weird "Näme" %s\u2028'
ELSEWHERE = {("mutate", "Mutated")}  # tests/mutation, where a suite of its own is tried for minutes
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
__all__ = ["heard"]
pytestmark = pytest.mark.usefixtures("heard")


def told(ran: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    assert ran.returncode == code, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def files(shop: Workshop, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that takes no database."""
    return captured(main, "slate", *arguments, "--migrations", str(shop.folder.parent))


def beside(shop: Workshop, kind: str, name: str, text: str) -> None:
    path = shop.root / "sql" / "shop" / kind / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def filled(shop: Workshop) -> Workshop:
    """A shop with two migrations whose objects have names that need quotes; nothing is applied."""
    shop.write(
        "shop_0001_t", 'CREATE TABLE "select" (id integer PRIMARY KEY, "Weird ""N" text);', 'DROP TABLE "select";'
    )
    shop.write("shop_0002_ünï %s", "CREATE TABLE u (id integer PRIMARY KEY);", "DROP TABLE u;")
    (shop.folder / "repeatable").mkdir()
    (shop.folder / "repeatable" / "seen.sql").write_text("CREATE VIEW seen AS SELECT 1 AS one;\n")
    return shop


@shows("status", "Status")
@shows("apply", "Applied", "ApplyFailed", "ApplyDryRun")
def test_status_and_apply(filled: Workshop) -> None:
    assert told(filled.slate("status", "--json"), 3)["installations"][0]["applied"] == []
    assert told(filled.slate("apply", "--dry-run", "--json"))["dry_run"][0]["pending"][0] == "shop_0001_t"
    filled.write("shop_0003_e", "SELECT 1;\nSELECT nothing_such;")
    filled.write("shop_0004_f", "SELECT 1;")
    failed = told(filled.slate("apply", "--as", NAME, "--json"), 1)
    assert failed["failed"].items() >= {"id": "shop_0003_e", "line": 2, "sqlstate": "42703", "schema": NAME}.items()
    assert failed["not_touched"] == ["shop_0004_f"]
    notices = "DO $$BEGIN FOR i IN 1..30 LOOP RAISE NOTICE 'n % %', i, repeat('x', 500); END LOOP; END$$;"
    filled.write("shop_0003_e", notices)
    done = told(filled.slate("apply", "--as", NAME, "--json"))
    assert len(done["notices"]) == 21
    assert done["applied"][0]["repeatable"] == ["seen"]
    filled.write("shop_0004_f", "SELECT 2;")
    assert told(filled.slate("apply", "shop", "--as", "shop", "--json"))["behind"] == []
    filled.write("shop_0005_g", "SELECT 1;")
    found = told(filled.slate("apply", "shop", "--json"))
    assert found["behind"] == [{"product": "shop", "schema": NAME, "pending": ["shop_0005_g"]}]
    shown_now = told(filled.slate("status", "--json"), 3)["installations"]
    assert {each["schema"] for each in shown_now} == {"shop", NAME}
    assert told(filled.slate("apply", "--json"))["applied"][0]["ids"] == []


@shows("status", "Status")
def test_status_of_what_is_edited_missing_late_interrupted_and_hurt(filled: Workshop) -> None:
    filled.write("shop_0003_i", "-- transactional: false\nSELECT 1;\nSELECT nothing_such;")
    assert filled.slate("apply", "--json").returncode == 1
    filled.write("shop_0001_t", 'CREATE TABLE "select" (id bigint PRIMARY KEY);', "SELECT 2;")
    (filled.folder / "shop_0002_ünï %s.sql").unlink()
    (filled.folder / "shop_0002_ünï %s.rollback.sql").unlink()
    filled.write("shop_0000_l", "SELECT 1;")
    filled.do("UPDATE shop._slate_ledger SET body = 'SELECT 3' WHERE key = 'shop_0002_ünï %s' AND kind = 'migration'")
    found = told(filled.slate("status", "--json"), 3)["installations"][0]
    assert found["edited"]
    assert found["missing"]
    assert found["late"]
    assert found["interrupted"]
    assert found["hurt"]
    assert told(filled.slate("drift", "--json"), 3)


def test_a_hint_names_an_installation_as_a_shell_takes_it(filled: Workshop) -> None:
    filled.write("shop_0003_i", "-- transactional: false\nSELECT 1;\nSELECT nothing_such;")
    failed = told(filled.slate("apply", "shop", "--as", NAME, "--json"), 1)["failed"]
    assert f"slate apply shop --as {shlex.quote(NAME)}" in failed["hint"]


@shows("rollback", "RolledBack", "RollbackFailed", "RollbackDryRun", "Forgotten")
def test_rollback(filled: Workshop) -> None:
    filled.write("shop_0003_i", "-- transactional: false\nSELECT 1;\nSELECT nothing_such;")
    assert filled.slate("apply", "--json").returncode == 1
    assert told(filled.slate("rollback", "shop", "--forget", "shop_0003_i", "--json"))["direction"] == "apply"
    (filled.folder / "shop_0003_i.sql").unlink()
    (filled.folder / "shop_0003_i.rollback.sql").unlink()
    assert told(filled.slate("rollback", "shop", "--dry-run", "--json"))["dry_run"][0]["to_roll_back"] == [
        "shop_0002_ünï %s"
    ]
    assert told(filled.slate("rollback", "shop", "--json"))["rolled_back"] == ["shop_0002_ünï %s"]
    filled.do('CREATE VIEW shop.leaning AS SELECT * FROM shop."select"')
    failed = told(filled.slate("rollback", "shop", "--json"), 1)
    assert failed["failed"]["sqlstate"] == "2BP01"
    assert told(filled.slate("rollback", "shop", "--all", "--as", "nowhere", "--json"))["rolled_back"] == []


@shows("plan", "Plans")
def test_plan_of_nothing_and_of_what_is_in_the_way(filled: Workshop) -> None:
    assert told(filled.slate("apply", "--json"))
    assert told(filled.slate("plan", "--json"))["plans"][0]["statements"] == []
    filled.write(
        "shop_0003_p",
        '-- accept: fails never\n-- accept: loses-data u is empty\nALTER TABLE "select" ALTER COLUMN id TYPE bigint;\nDROP TABLE u;\nCREATE ROLE plan_role_nobody;\n'
        "CREATE INDEX i ON \"select\" (id);\nDO $$BEGIN EXECUTE 'SELECT 1'; END$$;\nSELECT nothing_such;",
    )
    found = told(filled.slate("plan", "--json", "--allow", "blocking"), 3)
    assert found["gate"]["refused"]
    assert found["gate"]["unmatched"]
    assert {s["verdict"] for s in found["plans"][0]["statements"]} > {"fails"}


@shows("check", "Findings")
@shows("lint", "Findings")
@shows("drift", "Drift")
@shows("doctor", "Doctor", "Statistics")
def test_what_looks_for_faults(filled: Workshop) -> None:
    filled.write("shop_0003_k", "CREATE TABLE k (id integer PRIMARY KEY, b integer REFERENCES u (id));", "SELECT 1;")
    assert told(files(filled, "check", "--json"), 3)["findings"]
    assert told(files(filled, "check", "--format=json"), 3)["findings"]
    ran = files(filled, "lint", "--json")
    assert json.loads(ran.stdout)["findings"] == [] or ran.returncode == 3
    assert told(filled.slate("doctor", "--json")) == {"findings": [], "not_checked": []}
    assert told(filled.slate("apply", "--json"))
    assert told(filled.slate("drift", "--json"))["differences"] == []
    filled.do(
        'ALTER TABLE shop."select" ADD COLUMN "Mörë" jsonb; CREATE TABLE shop.extra (id integer); DROP TABLE shop.u CASCADE'
    )
    found = told(filled.slate("drift", "--format", "json"), 3)["differences"]
    assert {type(each["expected"]) for each in found} >= {type(None), dict}
    filled.do("UPDATE shop._slate_ledger SET body = 'SELECT 3' WHERE key = 'shop_0003_k' AND kind = 'migration'")
    assert told(filled.slate("drift", "--json"), 3)["tampered"][0]["id"] == "shop_0003_k"
    filled.do(
        'CREATE TABLE shop.parent (id integer PRIMARY KEY); CREATE TABLE shop."chi\'ld" (p integer REFERENCES shop.parent)'
    )
    assert told(filled.slate("doctor", "--json"), 3)["findings"]
    figures = told(filled.slate("doctor", "--stats", "--json"))["statistics"]
    assert figures["slow_queries"]["rows"] == []
    assert "CREATE EXTENSION" in figures["slow_queries"]["note"]
    assert isinstance(figures["table_growth"]["rows"][0]["dead_percent"], float | None)


@shows("seed", "Seeded")
@shows("up", "Up")
@shows("bootstrap", "Bootstrapped")
def test_what_fills_a_database(filled: Workshop) -> None:
    assert told(filled.slate("bootstrap", "--json"))["notes"] == []
    first = told(filled.slate("up", "--json"))
    assert first["applied"][0] == "shop_0001_t"
    assert first["products"][0]["schema"] == "shop"
    assert told(filled.slate("seed", "--json"))["seeds"] == []
    beside(filled, "seeds", "reference", "INSERT INTO u SELECT generate_series(1, 3) ON CONFLICT DO NOTHING;")
    assert told(filled.slate("seed", "shop", "--json"))["seeds"][0]["rows"] == 3
    assert told(filled.slate("up", "--json"))["up_to_date"] is True


@shows("jobs list", "Jobs")
@shows("jobs due", "Jobs")
@shows("jobs run", "Runs")
def test_jobs_with_rows_that_json_has_no_numbers_for(filled: Workshop) -> None:
    for command in ("list", "due"):
        assert told(filled.slate("jobs", command, "--json"))["jobs"] == []
    assert filled.slate("apply", "--json").returncode == 0
    head = '-- schedule: * * * * *\n-- why: "this" & <that>\n'
    odd = "SELECT 'NaN'::float8 AS nan, '-Infinity'::float8 AS inf, 1.50 AS n, now() AS at, NULL AS \"a\"\"b\", '{\"a\": [1e999]}'::text AS j;"
    beside(filled, "jobs", "odd", head + odd)
    beside(filled, "jobs", "bad", head + "SELECT 1 / 0;")
    beside(filled, "jobs", "none", "SELECT 1;")
    assert {each["last"] for each in told(filled.slate("jobs", "due", "--json"), 1)["jobs"]} == {"never ran"}
    ran = told(filled.slate("jobs", "run", "shop", "--json"), 1)
    states = {each["job"]: each for each in ran["runs"]}
    assert states["bad"]["state"] == "failed"
    assert states["odd"]["result"][0].items() >= {"nan": "nan", "inf": "-inf", "n": "1.50"}.items()
    assert ran["unusable"]
    listed = told(filled.slate("jobs", "list", "--json"), 1)
    assert {each["last"] for each in listed["jobs"]} == {"done", "failed"}
    assert told(filled.slate("status", "--json"))["installations"][0]["failed_jobs"]


@shows("backup", "Backups")
@shows("restore", "Restored", "Verified")
def test_backup_and_restore(filled: Workshop, tmp_path: Path) -> None:
    assert filled.slate("apply", "--as", NAME, "--json").returncode == 0
    (made,) = told(filled.slate("backup", "shop", "--as", NAME, "--to", str(tmp_path / "kept"), "--json"))["backups"]
    assert told(captured(main, "slate", "restore", made["folder"], "--verify", "--json"))["equal"] is True
    again = captured(main, "slate", "restore", made["folder"], "--database", filled.url, "--json")
    assert told(again, 1)["error"]["hint"] == "Restore beside it: slate restore DIR --as " + shlex.quote(
        f"{NAME}_restored"
    )
    filled.do('DROP SCHEMA "' + NAME.replace('"', '""') + '" CASCADE')
    back = captured(main, "slate", "restore", made["folder"], "--database", filled.url, "--json")
    assert told(back)["restored"] == [NAME]


@shows("adopt", "Adopted", "Left", "Repaired")
def test_adopt(shop: Workshop) -> None:
    shop.write("1_t", "CREATE TABLE t (id integer);", "DROP TABLE t;")
    shop.do("CREATE SCHEMA shop CREATE TABLE t (id integer, more text)")
    assert told(shop.slate("adopt", "shop", "--json"), 3)["differences"]
    shop.do("ALTER TABLE shop.t DROP COLUMN more")
    shop.do(
        "CREATE TABLE shop.goose_db_version (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, version_id bigint NOT NULL, "
        "is_applied boolean NOT NULL, tstamp timestamp DEFAULT now());"
        "INSERT INTO shop.goose_db_version (version_id, is_applied) VALUES (0, true), (1, true)"
    )
    done = told(shop.slate("adopt", "shop", "--from", "goose", "--keep-theirs", "--json"))
    assert (done["adopted"], done["keeps"]) == (True, "goose")
    assert told(shop.slate("adopt", "shop", "--leave-theirs", "--json"))["left"] == "goose"
    assert shop.slate("apply", "--as", "second", "--json").returncode == 0
    repair = ("adopt", "shop", "--as", "second", "--repair", "--json")
    assert told(shop.slate(*repair))["repairs"] == []
    shop.do("DELETE FROM second._slate_ledger WHERE kind = 'migration'")
    assert told(shop.slate(*repair), 3)["repairs"][0]["id"] == "1_t"
    assert told(shop.slate(*repair, "--yes"))["written"] is True


@shows("snapshot", "Changed", "Stale")
@shows("generate python", "Changed", "Stale")
@shows("generate sqlalchemy", "Changed", "Stale")
@shows("baseline", "Baseline")
def test_what_writes_files(filled: Workshop, tmp_path: Path) -> None:
    assert told(files(filled, "snapshot", "--check", "--json"), 3)["stale"]
    assert told(files(filled, "snapshot", "--json"))["changed"]
    assert told(files(filled, "snapshot", "--json"))["changed"] == []
    to = ("generate", "python", "shop", "--to", str(tmp_path / "shop_rows.py"), "--json")
    assert told(files(filled, *to, "--check"), 3)["stale"]
    assert told(files(filled, *to))["changed"]
    to = ("generate", "sqlalchemy", "shop", "--to", str(tmp_path / "shop_models.py"), "--json")
    assert told(files(filled, *to, "--check"), 3)["stale"]
    assert told(files(filled, *to))["changed"]
    written = told(files(filled, "baseline", "shop", "--at", "shop_0002_ünï %s", "--remove", "--json"))
    assert written["replaces"] == 2
    assert len(written["removed"]) == 4


@shows("convert", "Converted")
def test_convert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told_by = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);\n"
    assert told_by
    (tmp_path / "al" / "versions").mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = al\n")
    (tmp_path / "al" / "env.py").write_text(
        "from alembic import context\ncontext.configure(url='postgresql+psycopg://', literal_binds=True)\n"
        "with context.begin_transaction():\n    context.run_migrations()\n"
    )
    (tmp_path / "al" / "versions" / "a.py").write_text(
        'revision = "a1"\ndown_revision = None\nfrom alembic import op\n'
        'def upgrade():\n    op.execute("SELECT 1")\ndef downgrade():\n    pass\n'
    )
    arguments = ("convert", "db", "--from", "alembic", "--run", f"{sys.executable} -m alembic", "--json")
    first = told(captured(main, "slate", *arguments))
    assert len(first["written"]) >= 1
    assert told(captured(main, "slate", *arguments))["written"] == []


@shows("access", "AccessTable", "AccessChanges")
@shows("why", "Why")
def test_access_and_why(filled: Workshop, tmp_path: Path) -> None:
    filled.write(
        "shop_0003_rls",
        "DO $$BEGIN CREATE ROLE \"json Rëader\"; EXCEPTION WHEN duplicate_object THEN NULL; END$$;\n"
        'GRANT USAGE ON SCHEMA shop TO "json Rëader"; GRANT SELECT (id), INSERT ON u TO "json Rëader";\n'
        "ALTER TABLE u ENABLE ROW LEVEL SECURITY;\n"
        "CREATE POLICY \"p %\" ON u FOR SELECT USING (id > 0 AND id = nullif(current_setting('app.user_id', true), '')::integer);\n"
        'CREATE VIEW v AS SELECT id FROM u; GRANT SELECT ON v TO "json Rëader";',
        "DROP VIEW v;",
    )  # fmt: skip
    try:
        assert filled.slate("apply", "--json").returncode == 0
        filled.do("INSERT INTO shop.u VALUES (1)")
        rows = told(filled.slate("access", "--json", "--role", "json Rëader"))["access"]
        assert {each["select"] for each in rows} >= {"none", "own rows, columns", "by the view"}
        expected = tmp_path / "expected.txt"
        expected.write_text("shop.u | json Rëader | SELECT | none\n")
        changes = captured(main, "slate", "access", "--expect", str(expected), "--json", "--database", filled.url,
                           "--migrations", str(filled.folder.parent))  # fmt: skip
        assert changes.returncode in (0, 3), changes.stderr
        for person, key in (("1", ["1"]), ("2", ["1"]), ("none", ["1"]), ("1", [])):
            asked = ("why", "json Rëader", person, "shop.u", *key, "--database", filled.url, "--json")
            found = told(captured(main, "slate", *asked))
            assert found["version"] == 1
        assert found["policies"][0]["whole"]["value"] == ""
    finally:
        filled.do('DROP OWNED BY "json Rëader"; DROP ROLE "json Rëader"')


@shows("bench", "Figures")
def test_bench_of_nothing_to_measure(filled: Workshop) -> None:
    found = told(files(filled, "bench", "--only", "data", "--repeats", "3", "--json"))
    assert set(found) == {"machine", "scale"}


@pytest.mark.parametrize(
    ("measured", "shape"),
    [(sizes.Sizes, measures.Sizes), (queries.Timed, measures.Timed), (seeding.Seeded, measures.Seeded),
     (writes.Cost, measures.Cost), (retention.Retention, measures.Retention), (retention.Month, measures.Month),
     (races.Race, measures.Race), (startup.Startup, measures.Startup), (startup.Import, measures.Import),
     (growth.Growth, measures.Growth), (isolation.Isolation, measures.Isolation), (fleet.Moved, measures.Moved)],
    ids=lambda kind: kind.__name__,
)  # fmt: skip
def test_every_figure_of_a_measurement_is_in_its_shape(measured: type, shape: type) -> None:
    """As `slate_pg.bench.sections` makes figures: the fields, and what is made of them."""
    made = {name for name, each in vars(measured).items() if isinstance(each, property)} - {"row", "lines"}
    fields = set(measured.__dataclass_fields__)  # type: ignore[attr-defined]
    inner = measured in (retention.Month, startup.Import)
    assert set(shape.__annotations__) == (fields if inner else fields | made)


@pytest.mark.parametrize(
    ("printed", "shape"),
    [(Access, findings.Access), (Unwell, findings.Unwell), (Finding, findings.Finding), (Inventory, history.Inventory),
     (Answer, findings.Why), (Judged, findings.Judged), (Operand, findings.Operand)],
    ids=lambda kind: kind.__name__,
)  # fmt: skip
def test_what_is_printed_field_by_field_has_the_fields_of_its_shape(printed: type, shape: type) -> None:
    assert set(shape.__annotations__) - {"version"} == set(printed.__dataclass_fields__)  # type: ignore[attr-defined]


def failing(name: str, nowhere: Path) -> list[str]:
    """Return a command line that cannot work: there is no server, no folder, no such tool."""
    words = {
        "convert": ["db", "--from", "nothing"], "mutate": ["nothing such"], "restore": [str(nowhere)], "baseline": ["x", "--at", "y"],
        "rollback": ["x"], "adopt": ["x"], "jobs run": ["x"], "generate python": ["--to", "x.py"], "generate sqlalchemy": ["--to", "x.py"],
        "why": ["role", "1", "t", "--database", NOWHERE],
        "fleet spare": ["x", "--keep", "1"], "fleet add": ["x", "y"], "fleet rename": ["x", "y", "z"],
        "fleet remove": ["x", "y"], "fleet move": ["x", "y"], "fleet backup": ["x", "--to", str(nowhere)], "fleet bootstrap": [],
    }  # fmt: skip
    given = words.get(name, ["x"] if name.startswith("fleet ") else [])
    if name in ("convert", "restore", "why", "mutate"):
        return [*name.split(), *given, "--json"]
    return [*name.split(), *given, "--migrations", str(nowhere), "--json"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_command_that_fails_says_so_in_json_too(name: str, tmp_path: Path) -> None:
    ran = captured(main, "slate", *failing(name, tmp_path / 'no "where"'))
    assert ran.returncode in (1, 2), ran.stdout
    error = json.loads(ran.stdout)["error"]
    assert error["message"] in ran.stderr
    assert (error["hint"] or "") in ran.stderr
    assert published.kind_of(name, {"error": error}) == "Failure"


def test_without_json_nothing_of_it_is_printed(tmp_path: Path) -> None:
    ran = captured(main, "slate", "status", "--migrations", str(tmp_path / "none"))
    assert (ran.returncode, ran.stdout) == (2, "")
    ran = captured(main, "slate", "check", "--format", "sarif", "--migrations", str(tmp_path / "none"))
    assert (ran.returncode, ran.stdout) == (2, "")


def test_a_failure_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("SELECT 1;")
    url = "postgresql://someone:s3cr%22tä@127.0.0.1:1/none"
    ran = captured(main, "slate", "status", "--json", "--database", url, "--migrations", str(tmp_path))
    assert json.loads(ran.stdout)["error"]["message"]
    assert "s3cr" not in ran.stdout + ran.stderr


def test_every_kind_is_shown_by_a_test_here() -> None:
    assert shown(fleets=False) | ELSEWHERE == published_kinds(fleets=False)
    text = (ROOT / "tests" / "mutation" / "test_mutate.py").read_text()
    assert 'mutate("--json"' in text
