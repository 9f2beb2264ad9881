"""One folder that builds several schemas is as good as one folder a schema, in every command."""

import json
import subprocess
import sys

import pytest

from slate_pg.cli import asked
from slate_pg.postgres.binaries import find_client
from slate_pg.postgres.connection import connect

AUDIT = 'Audit "log"'
QUOTED = '"Audit ""log"""'


@pytest.fixture
def project(tmp_path):
    """A project with two migrations that build the schemas app and one with a hostile name."""
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "0001_a.sql").write_text(
        f"CREATE TABLE t (id integer PRIMARY KEY);\nCREATE TABLE {QUOTED}.t (id integer PRIMARY KEY, note text);\n"
        f"CREATE TABLE {QUOTED}.only_there (id integer REFERENCES app.t);\n"
    )
    (folder / "0001_a.rollback.sql").write_text(f"DROP TABLE {QUOTED}.only_there, {QUOTED}.t;\nDROP TABLE t;\n")
    (folder / "0002_b.sql").write_text(
        "ALTER TABLE only_there ADD COLUMN more text;\n"  # found on the path
        f"CREATE VIEW {QUOTED}.v AS SELECT t.id FROM t;\nINSERT INTO only_there (more) VALUES ('x');\n"
    )
    (folder / "0002_b.rollback.sql").write_text(
        f"DROP VIEW {QUOTED}.v; DELETE FROM only_there; ALTER TABLE only_there DROP COLUMN more;"
    )
    write(tmp_path, ["app", AUDIT])
    return tmp_path


def write(root, schemas, more=""):
    (root / "pyproject.toml").write_text(
        f'[tool.slate]\nmigrations = "db"\nrules = []\nschemas = {json.dumps(schemas)}\n{more}'
    )


@pytest.fixture
def slate(slate, project, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setattr(asked, "_asked", [asked.Asked()])
    return slate


def one(url, query):
    with connect(url) as connection:
        return connection.execute(query).fetchone()


def run(url, query):
    with connect(url) as connection:
        connection.execute(query)


def test_apply_makes_all_and_the_first_has_the_ledger(slate, empty_database):
    ran = slate("apply")
    assert ran.code == 0, ran.err
    assert one(empty_database, f"SELECT more FROM {QUOTED}.only_there") == ("x",)
    assert one(
        empty_database, f"SELECT to_regclass('app._slate_ledger') IS NOT NULL, to_regclass('{QUOTED}._slate_ledger')"
    ) == (True, None)
    assert slate("status").code == 0
    assert slate("doctor").code in (0, 3)
    ran = slate("drift")
    assert (ran.code, ran.out) == (0, ran.out), ran.out + ran.err
    run(empty_database, f"ALTER TABLE {QUOTED}.t DROP COLUMN note; CREATE TABLE {QUOTED}.strange ()")
    ran = slate("drift")
    assert (ran.code, "note" in ran.out, "strange" in ran.out) == (3, True, True)
    run(empty_database, f"DROP TABLE {QUOTED}.strange; ALTER TABLE {QUOTED}.t ADD COLUMN note text")
    assert slate("rollback", "db", "--all").code == 0
    assert one(empty_database, f"SELECT count(*) FROM pg_class WHERE relnamespace = '{QUOTED}'::regnamespace") == (0,)
    assert slate("apply").code == 0
    run(empty_database, f"DROP SCHEMA {QUOTED} CASCADE")
    ran = slate("status")
    assert (ran.code, "gone from outside its schema: schema" in ran.out) == (3, True)


def test_check_plan_and_snapshot_know_all_schemas(slate, project):
    ran = slate("check")
    assert ran.code in (0, 3), ran.err
    assert "failed" not in ran.out + ran.err
    assert slate("snapshot").code == 0
    drawn = {str(p.relative_to(project / "sql" / "schema")) for p in (project / "sql" / "schema").rglob("*.sql")}
    assert any(name.startswith("schemas/") and name.endswith("only_there.sql") for name in drawn), drawn
    ran = slate("plan", "--json")
    assert ran.code in (0, 3), ran.err
    assert "does not exist" not in ran.out


def test_the_dry_run_builds_the_same_through_psql(slate, empty_database, tmp_path):
    ran = slate("apply", "--dry-run")
    (tmp_path / "run.sql").write_text(ran.out)
    done = subprocess.run(
        [find_client("psql"), "-X", "-q", "-f", str(tmp_path / "run.sql"), empty_database],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (slate("status").code, slate("drift").code, slate("apply").code) == (0, 0, 0)


def test_a_backup_carries_all_and_comes_back_elsewhere(slate, empty_database, tmp_path, slate_base):
    slate("apply")
    assert slate("backup", "--to", tmp_path / "kept").code == 0
    (folder,) = [p for p in (tmp_path / "kept").iterdir() if p.is_dir()]
    ran = slate("restore", folder, "--verify")
    assert ran.code == 0, ran.out + ran.err
    run(empty_database, f"DROP SCHEMA app CASCADE; DROP SCHEMA {QUOTED} CASCADE")
    ran = slate("restore", folder)
    assert ran.code == 0, ran.err
    assert one(empty_database, f"SELECT more FROM {QUOTED}.only_there") == ("x",)
    assert (slate("status").code, slate("drift").code) == (0, 0)


def test_a_schema_made_by_hand_is_adopted_with_all_its_schemas(slate, empty_database):
    slate("apply")
    run(empty_database, "DROP TABLE app._slate_ledger CASCADE")
    run(empty_database, f"ALTER TABLE {QUOTED}.only_there RENAME COLUMN more TO less")
    assert slate("adopt", "db").code == 3
    run(empty_database, f"ALTER TABLE {QUOTED}.only_there RENAME COLUMN less TO more")
    ran = slate("adopt", "db")
    assert ran.code == 0, ran.out + ran.err
    assert (slate("status").code, slate("drift").code) == (0, 0)


def test_a_stated_schema_has_the_ledger_and_new_schemas_come_behind(slate, project, empty_database):
    write(project, ["app", AUDIT], f"schema = {json.dumps(AUDIT)}")
    assert slate("apply").code == 0
    assert one(empty_database, f"SELECT to_regclass('{QUOTED}._slate_ledger') IS NOT NULL") == (True,)
    (project / "db" / "0003_c.sql").write_text("CREATE TABLE third.c ();")
    (project / "db" / "0003_c.rollback.sql").write_text("DROP TABLE third.c;")
    for wrong in ([AUDIT, "app", "third"], ["third", "app", AUDIT]):
        write(project, wrong, f"schema = {json.dumps(AUDIT)}")
        ran = slate("apply")
        assert (ran.code, "was applied with the schemas" in ran.err) == (1, True), ran.err
    write(project, ["app", AUDIT, "third"], f"schema = {json.dumps(AUDIT)}")
    assert slate("apply").code == 0
    assert (slate("status").code, slate("drift").code) == (0, 0)


def test_a_schema_of_another_installation_is_refused_both_ways(slate, project, empty_database, tmp_path):
    slate("apply")
    other = tmp_path / "other"
    (other / "db").mkdir(parents=True)
    (other / "db" / "9001_x.sql").write_text("CREATE TABLE x ();")
    (other / "db" / "9001_x.rollback.sql").write_text("DROP TABLE x;")
    for schemas, more in ((["mine", AUDIT], ""), (["mine", "app"], ""), ([AUDIT], "")):
        write(other, schemas, more)
        ran = subprocess.run(
            [sys.executable, "-m", "slate_pg", "apply", "--database", empty_database],
            cwd=other,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, "Two projects cannot share a schema" in ran.stderr) == (1, True), (schemas, ran.stderr)
    assert one(empty_database, "SELECT to_regnamespace('mine')") == (None,)


def test_what_the_role_may_not_make_is_refused_with_the_statement_that_lets_it(slate, empty_database):
    run(
        empty_database,
        f"CREATE SCHEMA {QUOTED}; CREATE SCHEMA app; DROP ROLE IF EXISTS several_app; CREATE ROLE several_app LOGIN; GRANT ALL ON SCHEMA app TO several_app",
    )
    try:
        url = empty_database.replace("postgres@", "several_app@", 1)
        ran = slate("apply", "--database", url)
        assert (ran.code, f'GRANT ALL ON SCHEMA {QUOTED} TO "several_app"' in ran.err) == (1, True), ran.err
        run(empty_database, f"GRANT ALL ON SCHEMA {QUOTED} TO several_app")
        assert slate("apply", "--database", url).code == 0
        assert slate("drift").code in (0, 3)
    finally:
        run(empty_database, "DROP OWNED BY several_app; DROP ROLE several_app")


def test_public_may_be_one_of_them(slate, project, empty_database):
    for path in (project / "db").glob("*.sql"):
        path.write_text(path.read_text().replace(QUOTED, "public"))
    write(project, ["app", "public"])
    assert slate("apply").code == 0
    assert (slate("status").code, slate("drift").code, slate("check").code) == (0, 0, 0)
    run(empty_database, "CREATE TABLE public.strange ()")
    assert slate("drift").code == 3
    notes = "SELECT string_agg(note, '' ORDER BY key) FROM app._slate_ledger WHERE kind = 'migration'"
    assert one(empty_database, notes) == ("[][]",)  # nothing but what lies in its schemas
    run(empty_database, "DROP TABLE public.strange")
    assert slate("rollback", "db", "--all").code == 0
    assert slate("apply").code == 0


def test_as_is_refused_for_several(slate):
    ran = slate("apply", "--as", "other")
    assert (ran.code, "builds 2 schemas" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("schemas", "more", "said"),
    [
        ([], "", "schemas is empty"),
        (["app", "app"], "", '"app" is there twice'),
        (["app", "pg_x"], "", '"pg_x" cannot be a schema'),
        (["app", ""], "", '"" cannot be a schema'),
        (["app", "x" * 64], "", "cannot be a schema"),
        (["app", "information_schema"], "", "is the server's own"),
        (["app", "audit"], 'schema = "adit"', "none of schemas"),
    ],
)
def test_schemas_that_cannot_be_are_refused(slate, project, schemas, more, said):
    write(project, schemas, more)
    ran = slate("status")
    assert (ran.code, said in ran.err) == (2, True), ran.err
