"""What a plan may never do to its target, its server or the machine, whatever the pending files say."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.postgres.private import PREFIX, private_root
from slate_pg.postgres.server import FAST, Server, disposable, disposable_server, socket_url

# The log tells every statement; an archive of WAL is not needed for a standby that streams.
LOGGED = (*FAST, "log_statement=all", "log_line_prefix=%u~%d~%a~")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that plays production: every statement is in its log."""
    with disposable(settings=LOGGED) as running:
        yield running


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """An application with one migration applied, in a database of its own."""
    place = Shop(server, tmp_path)
    with place.admin() as admin:
        admin.execute("CREATE DATABASE shop")
    place.write("0001_base", "CREATE TABLE items (id integer PRIMARY KEY, note text);", "DROP TABLE items;")
    place.slate("apply", expect=0)
    yield place
    with place.admin() as admin:
        admin.execute("DROP DATABASE shop WITH (FORCE)")


class Shop:
    """A folder of migrations and the database it belongs to."""

    def __init__(self, server: Server, root: Path) -> None:
        self.server = server
        self.folder = root / "shop"
        self.folder.mkdir()
        self.url = server.url("shop")

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.server.url(database), autocommit=True)

    def write(self, name: str, text: str, rollback: str = "SELECT 1;") -> None:
        (self.folder / f"{name}.sql").write_text(text)
        (self.folder / f"{name}.rollback.sql").write_text(rollback)

    def slate(self, *arguments: str, url: str = "", expect: int | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*arguments, url=url), capture_output=True, text=True, check=False)
        assert expect in (None, done.returncode), done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def command(self, *arguments: str, url: str = "") -> list[str]:
        options = ("--migrations", str(self.folder), "--database", url or self.url)
        return [sys.executable, "-m", "slate_pg", *arguments, *options]

    def plan(self, expect: int = 0, url: str = "") -> list[dict[str, Any]]:
        done = self.slate("plan", "--json", url=url, expect=expect)
        return json.loads(done.stdout)["plans"][0]["statements"]

    def databases(self) -> set[str]:
        with self.admin() as admin:
            return {row[0] for row in admin.execute("SELECT datname FROM pg_database")}

    def roles(self) -> set[str]:
        with self.admin() as admin:
            return {row[0] for row in admin.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")}


def words(statements: list[dict[str, Any]]) -> list[str]:
    return [statement["verdict"] for statement in statements]


def test_a_plan_leaves_roles_settings_and_databases_alone(shop: Shop) -> None:
    with shop.admin() as admin:
        admin.execute("CREATE DATABASE old_product")
        admin.execute("CREATE ROLE old_service LOGIN PASSWORD 'before'")
        before = admin.execute(
            "SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'old_service'"
        ).fetchone()
    shop.write(
        "0002_clean_up",
        "-- transactional: false\nALTER ROLE old_service PASSWORD 'x' NOLOGIN;\n"
        "ALTER SYSTEM SET work_mem = '77MB';\nDROP DATABASE old_product;\n",
    )
    try:
        statements = shop.plan(expect=3)
        assert words(statements) == ["acts on the cluster"] * 3
        assert [s["acts_on"] for s in statements] == ["cluster"] * 3
        assert [s["ran"] for s in statements] == [True, False, False]
        assert "old_product" in shop.databases()
        with shop.admin() as admin:
            query = "SELECT rolcanlogin, rolpassword FROM pg_authid WHERE rolname = 'old_service'"
            assert admin.execute(query).fetchone() == before
            query = "SELECT count(*) FROM pg_file_settings WHERE name = 'work_mem' AND setting = '77MB'"
            assert admin.execute(query).fetchone() == (0,)
    finally:
        with shop.admin() as admin:
            admin.execute("DROP DATABASE IF EXISTS old_product")
            admin.execute("DROP ROLE old_service")


def test_a_role_that_a_plan_has_rehearsed_can_still_be_made(shop: Shop) -> None:
    shop.write(
        "0002_role",
        'CREATE ROLE "plain; \'role""" NOLOGIN;\nGRANT SELECT ON items TO "plain; \'role""";\n'
        "DO $$ BEGIN EXECUTE 'CRE' || 'ATE ROLE made_up_name'; END $$;",
        'REVOKE ALL ON items FROM "plain; \'role"""; DROP ROLE "plain; \'role""", made_up_name;',
    )
    before = shop.roles()
    statements = shop.plan(expect=3)
    assert words(statements) == ["acts on the cluster", "safe", "acts on the cluster"]
    assert statements[2]["put_together_at_run_time"]
    assert shop.roles() == before
    shop.slate("apply", expect=0)
    assert shop.roles() - before == {"plain; 'role\"", "made_up_name"}
    shop.slate("rollback", shop.folder.name, expect=0)


@pytest.mark.parametrize(
    "text",
    [
        "COPY items (note) FROM PROGRAM 'touch {marker}; echo 1';",
        "COPY (SELECT 1) TO PROGRAM $p$touch {marker}$p$;",
        "COPY (SELECT 1) TO '{marker}';",
        "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch {marker}'''; END $$;",
        "DO $$ BEGIN EXECUTE 'CO' || 'PY (SELECT 1) TO PRO' || 'GRAM ''touch {marker}'''; END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO '{marker}'; END $$;\n"
        "SELECT f();",
        "SELECT lo_export(lo_create(0), '{marker}');",
        "SELECT pg_catalog.\"lo_export\"(1, '{marker}');",
        "GRANT pg_execute_server_program TO CURRENT_USER;\nCOPY (SELECT 1) TO PROGRAM 'touch {marker}';",
    ],
)
def test_no_program_runs_and_no_file_is_written_by_a_plan(shop: Shop, text: str) -> None:
    marker = Path("/tmp") / f"slate-marker-{os.getpid()}"
    shop.write("0002_reach", text.format(marker=marker))
    statements = shop.plan(expect=3)
    assert "acts on the machine" in words(statements), statements
    assert "safe" not in words(statements), statements
    assert not marker.exists()


def test_a_function_may_set_a_parameter_of_the_application(shop: Shop) -> None:
    body = "CREATE FUNCTION {} RETURNS integer LANGUAGE sql SET {} AS 'SELECT 1';"
    shop.write("0002_sets", "\n".join([body.format("f()", "app.one = 'on'"), body.format("g()", "\"app.two\" = 'on'")]))
    assert words(shop.plan()) == ["safe", "safe"]


def test_what_comes_after_a_statement_that_is_left_out_is_not_said_to_fail(shop: Shop) -> None:
    shop.write(
        "0002_far", "CREATE SERVER far FOREIGN DATA WRAPPER nobody;\nALTER SERVER far OPTIONS (a 'b');\nSELECT 1;"
    )
    assert words(shop.plan(expect=3)) == ["acts on the machine", "acts on the machine", "safe"]
    shop.write("0002_far", "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION items_seen();\nSELECT 1;")
    shop.write(
        "0002_far",
        "CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\n"
        "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION seen();\nALTER EVENT TRIGGER seen DISABLE;\n"
        "ALTER TABLE items ADD COLUMN seen boolean;\n",
    )
    statements = shop.plan(expect=3)
    assert words(statements) == ["safe", "cannot be rehearsed", "cannot be rehearsed", "needs a quiet moment"]
    assert "superuser" in statements[1]["why"]
    assert "line 2 was not run" in statements[2]["why"]


def test_a_killed_plan_leaves_nothing_on_the_target_and_its_server_goes_with_the_next_run(shop: Shop) -> None:
    shop.write("0002_slow", "SELECT pg_sleep(300);")
    before, folders = shop.databases(), _private_folders()
    process = subprocess.Popen(shop.command("plan"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 240
    while not (ours := [f for f in _private_folders() - folders if "SELECT pg_sleep(300)" in _activity(f)]):
        assert time.monotonic() < end, "the plan rehearsed nothing"
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert ours[0].exists()
    assert shop.databases() == before
    with disposable():
        assert not ours[0].exists()


def _private_folders() -> set[Path]:
    return set(private_root().glob(f"{PREFIX}*"))


def _activity(folder: Path) -> str:
    """Return what a sandbox is doing, asked as a role of the target, for its superuser is hidden."""
    try:
        with psycopg.connect(socket_url(folder / "server", "shop")) as connection:
            return " ".join(str(row[0]) for row in connection.execute("SELECT query FROM pg_stat_activity"))
    except psycopg.OperationalError:
        return ""


def test_a_plan_works_where_nothing_may_be_written(shop: Shop) -> None:
    shop.write("0002_more", "ALTER TABLE items ADD COLUMN more integer;")
    with shop.admin() as admin:
        admin.execute("ALTER DATABASE shop SET default_transaction_read_only = on")
    assert words(shop.plan()) == ["needs a quiet moment"]


def test_a_plan_works_on_a_standby(shop: Shop, tmp_path: Path) -> None:
    shop.write("0002_more", "ALTER TABLE items ADD COLUMN more integer;")
    with disposable_server(shop.server.binaries) as standby:
        made = standby.run(
            "pg_basebackup", "-h", str(shop.server.home), "-U", "postgres", "-R", "-c", "fast", "-D",
            str(_folder_of(standby) / "data"),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        standby.start(FAST)
        with psycopg.connect(standby.url("shop")) as connection:
            assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        assert words(shop.plan(url=standby.url("shop"))) == ["needs a quiet moment"]


def _folder_of(server: Server) -> Path:
    """Make a server's folder for its own user, as `create` would."""
    server.home.mkdir(mode=0o700)
    os.chown(server.home, server.account.uid, server.account.gid)
    return server.home


READS = re.compile(r"(?:SELECT|SHOW|SET|BEGIN|COMMIT|ROLLBACK|WITH)\b", re.I)  # none of our WITHs changes data


def test_a_role_that_may_only_select_can_plan_and_the_server_sees_nothing_but_reading(shop: Shop) -> None:
    shop.write("0002_more", "ALTER TABLE items ADD COLUMN more integer;\nCREATE INDEX ON items (note);")
    with shop.admin("shop") as admin:
        admin.execute('CREATE ROLE "re;ader\'" LOGIN')
        admin.execute('GRANT USAGE ON SCHEMA public TO "re;ader\'"')
        admin.execute('GRANT SELECT ON ALL TABLES IN SCHEMA public TO "re;ader\'"')
        admin.execute("CREATE TABLE secret (id integer)")
        admin.execute("SELECT pg_stat_force_next_flush()")
        before = _written(admin)
    databases = shop.databases()
    log = shop.server.home / "server.log"
    length = log.stat().st_size
    url = f"postgresql://re%3Bader%27@/shop?host={shop.server.home}"
    assert words(shop.plan(url=url)) == ["needs a quiet moment", "needs a quiet moment"]
    with log.open("rb") as lines:
        lines.seek(length)
        said = lines.read().decode()
    sent = re.findall(r"~LOG:  (?:statement|execute [^:]*): (.*(?:\n\t.*)*)", said)
    assert len(sent) > 20
    for statement in sent:
        assert READS.match(_uncommented(statement)), statement
    assert shop.databases() == databases
    with shop.admin("shop") as admin:
        admin.execute("SELECT pg_stat_force_next_flush()")
        assert _written(admin) == before
        admin.execute('DROP TABLE secret; DROP OWNED BY "re;ader\'"; DROP ROLE "re;ader\'"')


def _uncommented(statement: str) -> str:
    return re.sub(r"--[^\n]*\n?", "", statement.replace("\n\t", "\n")).strip()


def _written(admin: psycopg.Connection[Any]) -> Any:
    query = """
        SELECT tup_inserted, tup_updated, tup_deleted, (SELECT count(*) FROM pg_database), (SELECT max(oid) FROM pg_class)
        FROM pg_stat_database WHERE datname = current_database()
    """
    return admin.execute(query).fetchone()


def test_what_a_schema_needs_from_elsewhere_comes_along(shop: Shop) -> None:
    with shop.admin("shop") as admin:
        admin.execute("""
            CREATE ROLE "own;er" NOLOGIN; CREATE ROLE clerk NOLOGIN; GRANT "own;er" TO clerk;
            CREATE SCHEMA "o""ther; -- '"; CREATE EXTENSION hstore SCHEMA "o""ther; -- '";
            CREATE TYPE "o""ther; -- '".mood AS ENUM ('it''s', 'b"ad');
            CREATE FUNCTION "o""ther; -- '".is_fine(m "o""ther; -- '".mood) RETURNS boolean IMMUTABLE
                LANGUAGE sql RETURN m = 'it''s';
            CREATE TABLE "o""ther; -- '"."ta;ble" (id integer PRIMARY KEY, m "o""ther; -- '".mood);
            ALTER TABLE "o""ther; -- '"."ta;ble" OWNER TO "own;er";
        """)
    try:
        shop.write(
            "0002_uses",
            """
            ALTER TABLE items ADD COLUMN m "o""ther; -- '".mood CHECK ("o""ther; -- '".is_fine(m));
            ALTER TABLE items ADD COLUMN h "o""ther; -- '".hstore;
            ALTER TABLE items ADD CONSTRAINT far FOREIGN KEY (id) REFERENCES "o""ther; -- '"."ta;ble" (id);
            ALTER TABLE "o""ther; -- '"."ta;ble" ALTER COLUMN m SET DEFAULT 'it''s';
            """,
        )
        assert set(words(shop.plan())) <= {"needs a quiet moment", "safe"}
    finally:
        with shop.admin("shop") as admin:
            admin.execute('DROP OWNED BY "own;er", clerk; DROP ROLE clerk, "own;er"')


def test_who_may_not_apply_is_told_so(shop: Shop) -> None:
    with shop.admin("shop") as admin:
        admin.execute("CREATE ROLE lowly LOGIN; CREATE TABLE theirs (id integer)")
        admin.execute("ALTER TABLE _slate_ledger OWNER TO lowly")
    try:
        shop.write("0002_denied", "ALTER TABLE theirs ADD COLUMN x integer;")
        (statement,) = shop.plan(expect=3)
        assert statement["verdict"] == "fails"
        assert "must be owner of table theirs" in statement["why"]
    finally:
        with shop.admin("shop") as admin:
            admin.execute("REASSIGN OWNED BY lowly TO postgres; DROP ROLE lowly")


def test_an_interrupted_rehearsal_is_said_to_be_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from slate_pg.config import find_project
    from slate_pg.errors import ServerError
    from slate_pg.migrations.files import read_folder
    from slate_pg.postgres.connection import connect
    from slate_pg.rehearsal import rehearse
    from slate_pg.rehearsal.copy import stage

    monkeypatch.setattr(rehearse, "LONGEST_SECONDS", 1.0)
    shop.write(
        "0002_endless",
        "SET LOCAL statement_timeout = 0;\n"
        "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(9); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$;",
    )
    project = find_project(str(shop.folder))
    (product,) = project.products
    with (
        connect(shop.url) as target,
        stage(target, project, [product.schema]) as copy,
        pytest.raises(ServerError, match=r"0002_endless\.sql was ended"),
    ):
        rehearse.rehearse(copy, product, None, read_folder(product.migrations)[1:])


def test_each_product_is_rehearsed_on_what_those_before_it_made(server: Server, tmp_path: Path) -> None:
    for name, text in {
        "core": "CREATE FUNCTION core.one() RETURNS integer LANGUAGE sql RETURN 1;",
        "b": "CREATE TABLE t (id integer DEFAULT core.one());",
    }.items():
        folder = tmp_path / "migrations" / name
        folder.mkdir(parents=True)
        (folder / f"{name}_0001.sql").write_text(text)
        (folder / f"{name}_0001.rollback.sql").write_text("SELECT 1;")
    command = [sys.executable, "-m", "slate_pg", "plan", "--json", "--migrations", str(tmp_path / "migrations")]
    done = subprocess.run([*command, "--database", server.url()], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [words(p["statements"]) for p in json.loads(done.stdout)["plans"]] == [["safe"], ["safe"]]


def test_programs_of_another_version_are_refused_with_the_way_out() -> None:
    from slate_pg.errors import ServerError
    from slate_pg.postgres.sandbox import native_binaries

    with pytest.raises(
        ServerError, match="the target is PostgreSQL 13, and this machine has no server programs of that version"
    ) as told:
        native_binaries(13, "A rehearsal")
    assert "PG_BIN" in told.value.hint
    assert "postgresql-13" in told.value.hint
