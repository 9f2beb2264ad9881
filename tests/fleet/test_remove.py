"""An installation ends whole behind a backup that brings it back equal, and nothing of others goes with it."""

from __future__ import annotations

import json
import secrets
import shlex
import signal
import threading
import time
from pathlib import Path

import pytest

from slate_pg.backup import restore as restoring
from slate_pg.cli import main
from slate_pg.cluster.logins import memberships
from slate_pg.cluster.role_names import find_own_roles
from slate_pg.config import Project
from slate_pg.errors import Busy, SlateError
from slate_pg.fleet import removing
from slate_pg.migrations import runner
from slate_pg.migrations.locking import Patience
from slate_pg.migrations.run import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import connect
from tests.fleet.conftest import Fleet
from tests.workshop import captured, reap

HOSTILE = ['Weird "Na\'me" %s', "user", "x" * 63, "ünï.çode", "a,b", "$1", "a[*]?"]


def there(fleet: Fleet, schema: str) -> bool:
    return bool(fleet.shop.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", schema))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_goes_whole_and_its_backup_brings_it_back_equal(fleet: Fleet, tmp_path: Path, name: str) -> None:
    fleet.shop.apply(schema=name)
    quoted = '"' + name.replace('"', '""') + '"'
    fleet.shop.do(f"INSERT INTO {quoted}.t SELECT generate_series(1, 50)")
    ran = fleet.slate("remove", name, "--to", str(tmp_path / "kept"), "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert not there(fleet, name)
    assert all(there(fleet, other) for other in ("alpha", "Weird Name", "select"))
    again = fleet.slate("remove", name, "--to", str(tmp_path / "kept"))
    assert (again.returncode, said["backup"] in again.stderr) == (2, True), again.stderr
    words = shlex.split(said["restore"])
    assert words[:3] == ["slate", "restore", said["backup"]]
    back = captured(main, *words)
    assert back.returncode == 0, back.stderr
    assert fleet.shop.value(f"SELECT count(*) FROM {quoted}.t") == 50
    assert fleet.slate("drift", "--match", name.replace("[", "[[]")).returncode == 0


def test_without_a_place_for_the_backup_only_a_spare_goes(fleet: Fleet) -> None:
    ran = fleet.slate("remove", "alpha", "--server", "north")
    assert (ran.returncode, "--to DIR" in ran.stderr) == (2, True), ran.stderr
    assert there(fleet, "alpha")
    assert fleet.slate("spare", "--keep", "1", "--server", "north").returncode == 0
    assert fleet.slate("remove", "shop_spare_1").returncode == 0
    assert not there(fleet, "shop_spare_1")
    assert fleet.slate("remove", "alpha", "--to", "x").returncode == 2  # on two servers
    assert fleet.slate("remove", "alpah", "--to", "x", "--server", "north").returncode == 2


LEANING = {
    "view": "CREATE VIEW others.v AS SELECT * FROM alpha.t",
    "foreign key": "ALTER TABLE alpha.t ADD PRIMARY KEY (id); CREATE TABLE others.k (id integer REFERENCES alpha.t)",
    "column": "CREATE TABLE others.c (one alpha.t)",
    "default": "CREATE SEQUENCE alpha.s; CREATE TABLE others.d (id bigint DEFAULT nextval('alpha.s'))",
    "body": "CREATE FUNCTION others.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM alpha.t; END",
    "inherits": "CREATE TABLE others.h () INHERITS (alpha.t)",
    "partition": "CREATE TABLE alpha.p (id integer) PARTITION BY LIST (id); "
    "CREATE TABLE others.p1 PARTITION OF alpha.p FOR VALUES IN (1)",
    "trigger": "CREATE FUNCTION alpha.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
    "CREATE TABLE others.g (id integer); "
    "CREATE TRIGGER g BEFORE INSERT ON others.g FOR EACH ROW EXECUTE FUNCTION alpha.g()",
    "publication": "CREATE PUBLICATION others FOR TABLE alpha.t",
    "cast": "CREATE TYPE alpha.y AS (a integer); CREATE FUNCTION alpha.z(alpha.y) RETURNS text LANGUAGE sql "
    "RETURN 'y'; CREATE CAST (alpha.y AS text) WITH FUNCTION alpha.z(alpha.y)",
}


@pytest.mark.parametrize("how", LEANING)
def test_where_others_lean_on_it_they_are_named_and_nothing_is_dropped(fleet: Fleet, tmp_path: Path, how: str) -> None:
    fleet.shop.do(f"CREATE SCHEMA others; {LEANING[how]}")
    ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path))
    assert (ran.returncode, 'lean on "alpha"' in ran.stderr) == (1, True), ran.stderr + ran.stdout
    assert "others" in ran.stderr or how == "cast"
    assert fleet.shop.exists("alpha.t")


def test_whoever_works_in_it_is_named_and_it_stays(fleet: Fleet, tmp_path: Path) -> None:
    with fleet.shop.session() as holder:
        holder.execute("SELECT * FROM alpha.t")
        ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path))
        assert (ran.returncode, f"pid {holder.info.backend_pid}" in ran.stderr) == (1, True), ran.stderr
    with fleet.shop.run("alpha") as run, runner.locked(run):
        ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path), "--wait", "0")
        assert (ran.returncode, "another slate" in ran.stderr) == (1, True), ran.stderr
    assert fleet.shop.exists("alpha.t")


@pytest.mark.parametrize(
    "meanwhile",
    ["INSERT INTO alpha.t VALUES (7)", "UPDATE alpha.t SET id = 2", "CREATE TABLE alpha.late (id integer)",
     "CREATE FUNCTION alpha.late() RETURNS integer LANGUAGE sql RETURN 1", "ALTER TABLE alpha.t ADD COLUMN n integer",
     "CREATE SCHEMA others; CREATE VIEW others.v AS SELECT id FROM alpha.t"],
)  # fmt: skip
def test_what_is_written_between_backup_and_drop_keeps_it(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    fleet.shop.do("INSERT INTO alpha.t VALUES (1)")
    monkeypatch.setattr(removing.proof, "verify", lambda folder, key: fleet.shop.do(meanwhile) or [])
    product = fleet.shop.project.product("shop").installed_as("alpha")
    with connect(fleet.shop.url) as connection, pytest.raises(SlateError, match=r"changed while|lean on"):
        removing.remove(connection, product, fleet.shop.project, tmp_path / "kept", Patience(), None)
    assert fleet.shop.exists("alpha.t")


def test_after_a_kill_the_same_command_ends_it(fleet: Fleet, tmp_path: Path) -> None:
    """Killed in the transaction that drops, behind the schema and before the commit."""
    arguments = ("fleet", "remove", "shop", "select", "--servers", str(fleet.listed), "--to", str(tmp_path / "kept"))
    product = fleet.shop.project.product("shop").installed_as("select")

    def killed() -> None:
        def die(*_: object) -> list[str]:
            signal.raise_signal(signal.SIGKILL)
            return []

        removing.dropping.drop_roles = die  # type: ignore[assignment]  # in a process of its own
        with connect(fleet.shop.url) as connection:
            removing.remove(connection, product, fleet.shop.project, tmp_path / "kept" / "north", Patience(), None)

    assert reap(fleet.shop.fork(killed)) == -signal.SIGKILL
    fleet.shop.all_gone()
    assert there(fleet, "select")
    time.sleep(1)  # a backup is named for its second, and a folder is never written twice
    ran = fleet.shop.slate_with(*arguments)
    assert ran.returncode == 0, ran.stderr
    assert not there(fleet, "select")


def test_what_it_made_elsewhere_goes_too_and_comes_back(fleet: Fleet, tmp_path: Path) -> None:
    fleet.shop.do("CREATE SCHEMA others; CREATE TABLE others.theirs (id integer)")
    made = """CREATE SCHEMA beside; CREATE TABLE beside.b AS SELECT 1 AS id; CREATE TABLE others.ours AS SELECT 2 AS id;
    CREATE VIEW others.seen AS SELECT o.id FROM others.ours AS o, t;
    CREATE FUNCTION others.f(integer, text) RETURNS integer LANGUAGE sql RETURN 1;
    CREATE PUBLICATION ours FOR TABLE t, others.ours;"""
    fleet.shop.write("shop_0002_beside", made, "SELECT 1;")
    fleet.shop.apply(schema="alpha")
    ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path / "kept"), "--json")
    assert ran.returncode == 0, ran.stderr
    for relation in ("others.ours", "others.seen", "beside.b", "alpha.t"):
        assert not fleet.shop.exists(relation), relation
    assert fleet.shop.exists("others.theirs")
    assert fleet.shop.value("SELECT count(*) FROM pg_proc WHERE pronamespace = 'others'::regnamespace") == 0
    assert fleet.shop.value("SELECT count(*) FROM pg_publication") == 0
    back = captured(main, *shlex.split(json.loads(ran.stdout)["restore"]))
    assert back.returncode == 0, back.stderr
    assert fleet.shop.value("SELECT id FROM others.ours") == 2
    assert fleet.shop.value("SELECT count(*) FROM pg_publication") == 1


def test_where_not_every_server_answers_it_wants_to_be_told_which_is_meant(fleet: Fleet, tmp_path: Path) -> None:
    fleet.listed.write_text(fleet.listed.read_text() + 'gone = "host=127.0.0.1 port=1 dbname=x"\n')
    ran = fleet.slate("remove", "select", "--to", str(tmp_path))
    assert (ran.returncode, "--server NAME" in ran.stderr) == (2, True), ran.stderr
    assert fleet.slate("remove", "select", "--to", str(tmp_path), "--server", "north").returncode == 0


def test_a_role_that_others_need_stays_and_a_login_is_not_left_behind(fleet: Fleet, tmp_path: Path) -> None:
    mark = "m" + secrets.token_hex(4)
    name = f"Own {mark}"
    fleet.shop.apply(schema=name)
    own, needed, group = f'"{name}_a{mark}"', f'"{name}_b{mark}"', f"group_{mark}"
    made = [own, needed, f"shop_a{mark}", f"shop_b{mark}", group, f"login_{mark}"]
    try:
        for role in made:
            fleet.shop.do(f"CREATE ROLE {role}")
        fleet.shop.do(
            f"ALTER ROLE login_{mark} LOGIN; GRANT {own} TO login_{mark}; GRANT {group} TO shop_a{mark}, {own}"
        )
        fleet.shop.do(f'GRANT USAGE ON SCHEMA "{name}" TO {own}, {needed}; GRANT SELECT ON "{name}".t TO {own}')
        fleet.other.do(f"GRANT USAGE ON SCHEMA public TO {needed}")
        arguments = ("remove", name, "--to", str(tmp_path / "kept"), "--json")
        ran = fleet.slate(*arguments)
        assert (ran.returncode, f"login_{mark}" in ran.stderr) == (1, True), ran.stderr
        fleet.shop.do(f"DROP ROLE login_{mark}")
        ran = fleet.slate(*arguments)
        assert ran.returncode == 0, ran.stderr
        said = json.loads(ran.stdout)
        assert said["roles"] == [own.strip('"')]
        assert [needed.strip('"') in line for line in said["stayed"]] == [True], said
        back = captured(main, *shlex.split(said["restore"]))
        assert back.returncode == 0, back.stderr
        with fleet.shop.session() as session:
            assert find_own_roles(session, name) == [own.strip('"'), needed.strip('"')]
            assert memberships(session, own.strip('"')).keys() == {group}
    finally:
        fleet.shop.do(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
        fleet.other.do(f"REVOKE USAGE ON SCHEMA public FROM {needed}")
        for role in made:
            fleet.shop.do(f"DROP ROLE IF EXISTS {role}")


def test_under_serializable_defaults_what_is_written_meanwhile_is_seen(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer has the table as the drop begins, and commits while it waits for the lock."""
    fleet.shop.do("ALTER DATABASE " + fleet.shop.value("SELECT quote_ident(current_database())")
                  + " SET default_transaction_isolation = serializable")  # fmt: skip
    product = fleet.shop.project.product("shop").installed_as("alpha")
    writer = fleet.shop.session()
    monkeypatch.setattr(removing.proof, "verify", lambda *_: writer.execute("INSERT INTO alpha.t VALUES (9)") and [])
    timer = threading.Timer(2, writer.commit)
    timer.start()
    with writer, connect(fleet.shop.url) as connection, pytest.raises(SlateError, match="changed while"):
        removing.remove(connection, product, fleet.shop.project, tmp_path / "kept", Patience(30_000, 60), None)
    timer.join()
    assert fleet.shop.value("SELECT count(*) FROM alpha.t") == 1


def test_one_that_stays_in_use_is_busy_and_stays(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    product = fleet.shop.project.product("shop").installed_as("alpha")
    with fleet.shop.session() as reader, connect(fleet.shop.url) as connection:
        monkeypatch.setattr(removing.proof, "verify", lambda *_: reader.execute("SELECT * FROM alpha.t") and [])
        with pytest.raises(Busy, match="stayed in use"):
            removing.remove(connection, product, fleet.shop.project, tmp_path / "kept", Patience(50, 0), None)
    assert fleet.shop.exists("alpha.t")


ON_WHAT_IT_MADE = [
    "CREATE VIEW others.v AS SELECT * FROM others.ours", "CREATE VIEW others.v AS SELECT * FROM beside.b",
    "CREATE TABLE others.z () INHERITS (others.ours)", "CREATE PUBLICATION strange FOR TABLE others.ours",
    "CREATE RULE r AS ON INSERT TO others.x DO ALSO INSERT INTO others.ours VALUES (1)",
    "CREATE POLICY p ON others.x USING (EXISTS (SELECT FROM alpha.t))",
]  # fmt: skip


def test_what_leans_on_what_it_made_elsewhere_keeps_it_too(fleet: Fleet, tmp_path: Path) -> None:
    fleet.shop.do("CREATE SCHEMA others; CREATE TABLE others.x (id integer)")
    made = """CREATE TABLE others.ours (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text);
    CREATE INDEX ON others.ours (n); CREATE SCHEMA beside; CREATE TABLE beside.b (id integer);"""
    fleet.shop.write("shop_0002_beside", made, "SELECT 1;")
    fleet.shop.apply(schema="alpha")
    for how in ON_WHAT_IT_MADE:
        fleet.shop.do(how)
        ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path / "kept"))
        assert (ran.returncode, "lean on" in ran.stderr) == (1, True), how + ran.stderr + ran.stdout
        fleet.shop.do("DROP VIEW IF EXISTS others.v; DROP TABLE IF EXISTS others.z; DROP PUBLICATION IF EXISTS strange;"
                      "DROP RULE IF EXISTS r ON others.x; DROP POLICY IF EXISTS p ON others.x")  # fmt: skip
    ran = fleet.slate("remove", "alpha", "--server", "north", "--to", str(tmp_path / "kept"))
    assert ran.returncode == 0, ran.stderr
    assert fleet.shop.exists("others.x")


@pytest.mark.parametrize("product", ["flourish", "spark"])
def test_roles_of_its_own_go_with_a_product_and_come_back_with_it(
    empty_url: str, slate_project: Project, product: str, among, tmp_path: Path
) -> None:
    among(product)
    name = f"gone_{product}"
    folder = ("--migrations", str(slate_project.root / "migrations"), "--database", empty_url)
    assert captured(main, "slate", "bootstrap", *folder).returncode == 0
    with connect(empty_url) as connection:
        runner.apply(Run(connection, slate_project.product("core"), "core"))
        installed = Run(connection, slate_project.product(product).installed_as(name), "core")
        runner.apply(installed)
        load(installed, ("reference", "demo"))
        roles = find_own_roles(connection, name)
        ran = captured(main, "slate", "fleet", "remove", product, name, "--to", str(tmp_path), "--json", *folder)
        assert ran.returncode == 0, ran.stderr
        said = json.loads(ran.stdout)
        assert (said["roles"], said["stayed"]) == (roles, [])
        query = "SELECT count(*) FROM pg_roles WHERE rolname = ANY(%s)"
        assert connection.execute(query, [roles]).fetchone() == (0,)
        restoring.restore(connection, Path(said["backup"]))
        assert find_own_roles(connection, name) == roles
    ran = captured(main, "slate", "drift", product, *folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert captured(main, "slate", "fleet", "remove", "core", "core", "--to", str(tmp_path), *folder).returncode == 2
    with connect(empty_url) as connection:
        runner.rollback(Run(connection, slate_project.product(product).installed_as(name), "core"), steps=10**9)
