"""Files with variables through the commands: values of the environment, what the ledger keeps, and no secret anywhere."""

import json
import subprocess

import pytest

from slate_pg.cli import asked
from slate_pg.postgres.binaries import find_client
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import FAST, disposable

SECRET = "hush 'n\" \\hush"
MAKE = """-- variables: region, owner, pw
-- depends:
CREATE TABLE "places" (region text DEFAULT :'region', size integer DEFAULT 7);
COMMENT ON TABLE places IS :'region';
CREATE TABLE :"owner" (t text);
INSERT INTO places SELECT :'region' FROM (SELECT :'pw' AS x) AS s WHERE x <> '';
CREATE TABLE kept AS SELECT md5(:'pw') AS sum;
"""
UNDO = """-- variables: owner
DROP TABLE kept, places;
DROP TABLE :"owner";
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one file that has three variables, one of them a secret, and two environments."""
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_places.sql").write_text(MAKE)
    (tmp_path / "db" / "0001_places.rollback.sql").write_text(UNDO)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.slate]\nmigrations = "db"\nrules = []\n[tool.slate.variables]\nregion = "eu"\nowner = "Ow\\"ner"\n'
        'pw = { env = "PLACES_PW", secret = true }\n[tool.slate.env.us.variables]\nregion = "u\'s\\nwest"\n'
    )
    monkeypatch.setenv("PLACES_PW", SECRET)
    return tmp_path


@pytest.fixture
def slate(slate, project, monkeypatch):
    """Run slate in the project; nothing it says may hold the secret."""
    monkeypatch.chdir(project)
    monkeypatch.setattr(asked, "_asked", [asked.Asked()])

    def run(*arguments):
        ran = slate(*arguments)
        assert "hush" not in ran.out + ran.err
        return ran

    return run


def one(url, query):
    with connect(url) as connection:
        return connection.execute(query).fetchone()


def test_an_environments_values_are_applied_recorded_and_rolled_back(slate, project, empty_database, monkeypatch):
    ran = slate("apply", "--env", "us", "--json")
    assert ran.code == 0, ran.err
    assert one(empty_database, "SELECT region, size FROM places") == ("u's\nwest", 7)
    assert one(empty_database, "SELECT sum = md5('hush ''n\" \\hush') FROM kept") == (True,)
    kept = "SELECT body, variables FROM _slate_ledger WHERE kind = 'migration'"
    body, variables = one(empty_database, kept)
    assert "DEFAULT 'u''s\nwest'" in body
    assert "md5(:'pw')" in body
    assert variables["values"] == {"region": "u's\nwest", "owner": 'Ow"ner'}
    assert variables["secret"] == ["pw"]
    assert one(empty_database, "SELECT count(*) FROM _slate_ledger AS l WHERE l::text LIKE '%hush%'") == (0,)
    assert slate("status", "--env", "us").code == 0
    assert slate("drift", "--env", "us").code == 0
    monkeypatch.delenv("PLACES_PW")  # drift needs no secret, and status no value
    assert slate("drift").code == 0
    ran = slate("status")
    assert (ran.code, 'value changed: 0001_places: region was "u\'s\\nwest" when' in ran.out) == (0, True)
    assert json.loads(slate("status", "--json").out)["installations"][0]["other_values"]
    (project / "db" / "0001_places.sql").write_text(MAKE.replace("size integer", "size -- why\n  integer"))
    assert "comments edited" in slate("status").out
    (project / "db" / "0001_places.sql").write_text(MAKE.replace("DEFAULT 7", "DEFAULT 8"))
    ran = slate("apply")
    assert (ran.code, "was edited after it was applied" in ran.err, "DEFAULT 8" in ran.err) == (1, True, True)
    ran = slate("rollback", "db", "--var", "owner=other")  # as it was applied, not as it would be now
    assert (ran.code, one(empty_database, "SELECT to_regclass('places'), to_regclass('\"Ow\"\"ner\"')")) == (
        0,
        (None, None),
    ), ran.err


def test_a_rollback_with_a_secret_needs_the_secret_again(slate, project, empty_database, monkeypatch):
    (project / "db" / "0001_places.rollback.sql").write_text(
        "-- variables: pw\nDO $$ BEGIN END $$; SELECT 1 / (:'pw' <> '')::int; DROP TABLE kept, places, \"Ow\"\"ner\";"
    )
    assert slate("apply").code == 0
    monkeypatch.delenv("PLACES_PW")
    ran = slate("rollback", "db")
    assert (ran.code, 'rollback.sql:2: the variable "pw" has no value' in ran.err) == (1, True), ran.err
    (project / "db" / "0001_places.rollback.sql").unlink()
    monkeypatch.setenv("PLACES_PW", SECRET)
    assert slate("rollback", "db", "--use", "ledger").code == 0


def test_the_dry_run_has_the_values_and_asks_psql_for_the_secret(slate, empty_database, tmp_path):
    ran = slate("apply", "--dry-run")
    assert (ran.code, "DEFAULT 'eu'" in ran.out, "psql needs -v pw=…" in ran.err) == (0, True, True), ran.err
    (tmp_path / "run.sql").write_text(ran.out)
    psql = [find_client("psql"), "-X", "-q", "-f", str(tmp_path / "run.sql"), empty_database]
    assert subprocess.run(psql, capture_output=True, check=False).returncode == 3  # without it nothing is done
    assert one(empty_database, "SELECT to_regclass('places')") == (None,)
    done = subprocess.run([*psql, "-v", f"pw={SECRET}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert one(empty_database, "SELECT sum = md5('hush ''n\" \\hush') FROM kept") == (True,)
    assert slate("status").code == 0
    assert slate("drift").code == 0


def test_check_plan_snapshot_and_adopt_know_the_values(slate, project, empty_database):
    assert slate("check").code == 0
    assert "0001_places.sql has variables and was not read" in (said := slate("lint")).out + said.err
    assert slate("plan", "--json").code in (0, 3)
    assert slate("snapshot").code == 0
    assert "hush" not in "".join(p.read_text() for p in (project / "sql").rglob("*.sql"))
    with connect(empty_database) as connection:
        connection.execute(
            "CREATE TABLE places (region text DEFAULT 'eu', size integer DEFAULT 7); COMMENT ON TABLE places IS 'eu';"
            'CREATE TABLE "Ow""ner" (t text); CREATE TABLE kept (sum text)'
        )
    assert slate("adopt", "db", "--var", "region=us").code == 3
    assert slate("adopt", "db").code == 0
    assert one(empty_database, "SELECT variables->'values'->>'region' FROM _slate_ledger WHERE kind = 'migration'") == (
        "eu",
    )
    assert (slate("drift").code, slate("status").code) == (0, 0)


def test_what_is_thrown_away_needs_no_secret_and_writes_none(slate, project, monkeypatch):
    (project / "db" / "0001_places.sql").write_text(MAKE.replace("size integer", "pw text DEFAULT :'pw', size integer"))
    assert slate("snapshot").code == 0
    monkeypatch.delenv("PLACES_PW")
    assert slate("snapshot", "--check").code == 0
    assert slate("check").code == 0
    drawn = "".join(p.read_text() for p in (project / "sql").rglob("*.sql"))
    assert "DEFAULT 'secret'" in drawn
    assert "hush" not in drawn


def test_a_missing_value_is_refused_before_anything_is_run(slate, project, empty_database, monkeypatch):
    monkeypatch.delenv("PLACES_PW")
    (project / "db" / "0000_first.sql").write_text("CREATE TABLE first ();")
    (project / "db" / "0000_first.rollback.sql").write_text("DROP TABLE first;")
    for command in (("apply",), ("plan",), ("apply", "--dry-run")):
        ran = slate(*command)
        assert (ran.code, '0001_places.sql:6: the variable "pw" has no value' in ran.err) == (1, True), ran.err
        assert "Set PLACES_PW" in ran.err
    assert one(empty_database, "SELECT to_regclass('first'), to_regclass('_slate_ledger')") == (None, None)
    assert slate("status").code == 3


def test_a_variable_of_the_command_line_that_no_file_has_is_refused(slate, project):
    ran = slate("apply", "--var", "regoin=eu")
    assert (ran.code, 'no file has a variable "regoin"' in ran.err, 'Did you mean "region"?' in ran.err) == (
        2,
        True,
        True,
    )
    (project / "db" / "0001_places.sql").write_text("SELECT 1;")
    (project / "db" / "0001_places.rollback.sql").write_text("SELECT 1;")
    assert slate("apply", "--var", "region=eu").code == 2


@pytest.mark.parametrize("transactional", ["true", "false"])
def test_a_secret_in_a_statement_that_fails_is_in_no_message_and_in_no_journal(
    slate, project, empty_database, transactional
):
    (project / "db" / "0001_places.sql").write_text(
        f"-- variables: pw\n-- transactional: {transactional}\nCREATE TABLE a (t text); INSERT INTO a VALUES (:'pw');\n"
        "SELECT :'pw'::integer;\n"
    )
    (project / "db" / "0001_places.rollback.sql").write_text("DROP TABLE a;")
    ran = slate("apply", "--json")
    assert (ran.code, "0001_places.sql:4:" in ran.err, "***" in ran.err) == (1, True, True), ran.err
    if transactional == "false":
        assert one(empty_database, "SELECT t FROM a") == (SECRET,)
    assert one(empty_database, "SELECT count(*) FROM _slate_ledger AS l WHERE l::text LIKE '%hush%'") == (0,)


def test_a_script_that_stopped_half_way_goes_on_with_the_values_it_began_with_only(slate, project, empty_database):
    (project / "db" / "0001_places.sql").write_text(
        "-- variables: owner, region\n-- transactional: false\nCREATE TABLE a (t text DEFAULT :'region');\n"
        'CREATE INDEX CONCURRENTLY :"owner" ON a (t);\nSELECT 1 / (SELECT count(*) FROM pg_class WHERE relname = $$go_on$$);\n'
    )
    (project / "db" / "0001_places.rollback.sql").write_text("DROP TABLE a;")
    assert slate("apply").code == 1
    ran = slate("apply", "--var", "owner=other")
    assert (ran.code, "or its variables have other values now" in ran.err) == (1, True), ran.err
    with connect(empty_database) as connection:
        connection.execute("CREATE SCHEMA more; CREATE TABLE more.go_on ()")
    assert slate("apply").code == 0
    assert slate("status").code == 0


def test_a_tampered_text_of_a_file_with_variables_is_named(slate, empty_database):
    assert slate("apply").code == 0
    with connect(empty_database) as connection:
        connection.execute("UPDATE _slate_ledger SET body = replace(body, '''eu''', '''xx''') WHERE kind = 'migration'")
    assert "hurt" in slate("status").out
    with connect(empty_database) as connection:  # its own checksum too: then the file tells
        connection.execute(
            "UPDATE _slate_ledger SET variables = variables || jsonb_build_object('body', "
            "encode(sha256(convert_to(body, 'UTF8')), 'hex')) WHERE kind = 'migration'"
        )
    ran = slate("drift")
    assert (ran.code, "the text in the ledger is not what its checksum and the file say" in ran.out + ran.err) == (
        3,
        True,
    )


@pytest.mark.parametrize("transactional", ["true", "false"])
def test_the_servers_log_holds_no_secret_where_the_role_may_see_to_that(slate, project, transactional):
    (project / "db" / "0001_places.sql").write_text(
        f"-- variables: pw\n-- transactional: {transactional}\nCREATE TABLE a (t text);\nINSERT INTO a VALUES (:'pw');\n"
    )
    (project / "db" / "0001_places.rollback.sql").write_text("-- variables: pw\nSELECT :'pw'; DROP TABLE a;")
    (project / "db" / "0002_fails.sql").write_text(
        f"-- variables: pw\n-- transactional: {transactional}\nSELECT 1 / length(:'pw' || NULL);\nSELECT :'pw'::regclass;\n"
    )
    (project / "db" / "0002_fails.rollback.sql").write_text("SELECT 1;")
    settings = (*FAST, "log_statement=all", "log_min_duration_statement=0", "log_min_error_statement=error")
    with disposable(settings=settings) as server:
        assert slate("apply", "--database", server.url(), "--to", "0001_places").code == 0
        assert slate("apply", "--database", server.url()).code == 1
        (project / "db" / "0002_fails.sql").unlink()
        (project / "db" / "0002_fails.rollback.sql").unlink()
        with connect(server.url()) as connection:
            connection.execute("CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA public TO plain")
            connection.execute("DELETE FROM _slate_ledger WHERE key = '0002_fails'")
        assert slate("rollback", "db", "--database", server.url()).code == 0
        written = (server.home / "server.log").read_text()
        assert "_slate_ledger" in written  # it is logged at all
        assert [line for line in written.splitlines() if "hush" in line and "does not exist" not in line] == []
        ran = slate("status", "--database", server.url().replace("postgres@", "plain@"))
        assert ran.code != 2


def test_a_role_that_cannot_keep_the_log_quiet_is_warned(slate, project, empty_database):
    with connect(empty_database) as connection:
        connection.execute("DROP ROLE IF EXISTS loud; CREATE ROLE loud LOGIN; GRANT ALL ON SCHEMA public TO loud")
    try:
        ran = slate("apply", "--database", empty_database.replace("postgres@", "loud@", 1))
        assert (ran.code, "may log the secrets of 0001_places" in ran.err) == (0, True), ran.err
        assert "log_min_error_statement" in ran.err
    finally:
        with connect(empty_database) as connection:
            connection.execute("DROP OWNED BY loud; DROP ROLE loud")
