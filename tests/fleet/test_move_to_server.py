"""An installation goes to another server whole: never two copies that take writes, and no row is lost on the way."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.errors import ServerError, SlateError
from slate_pg.fleet.relocation import closing, copying, steps
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.mark import new, read_marks
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import connect
from tests.fleet.conftest import Fleet
from tests.workshop import Workshop, reap

HOSTILE = ['Weird "Na\'me" %s', "user", "x" * 63, "ünï.çode", "a,b", "$1", "a[*]?", "back\\slash"]


def there(shop: Workshop, schema: str) -> bool:
    return bool(shop.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", schema))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def takes_writes(shop: Workshop, schema: str) -> bool:
    """Tell whether a copy takes a write, which is taken back."""
    with psycopg.connect(shop.url) as session:
        try:
            session.execute(f"INSERT INTO {quoted(schema)}.t VALUES (4711)".encode())
        except psycopg.errors.ReadOnlySqlTransaction:
            return False
        finally:
            session.rollback()
    return True


def guarded(shop: Workshop) -> int:
    return shop.value("SELECT count(*) FROM pg_trigger WHERE tgname = '_slate_read_only'") + shop.value(
        "SELECT count(*) FROM pg_proc WHERE proname = '_slate_read_only'"
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_it_goes_whole_and_the_old_copy_takes_no_writes_until_it_goes(fleet: Fleet, tmp_path: Path, name: str) -> None:
    fleet.shop.apply(schema=name)
    fleet.shop.do(f"INSERT INTO {quoted(name)}.t SELECT generate_series(1, 50)")
    ran = fleet.slate("move", name, "--to", "south", "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["before"], said["server"], said["state"]) == ("north", "south", "moved")
    assert said["refused_seconds"] > 0
    assert fleet.other.value(f"SELECT count(*) FROM {quoted(name)}.t") == 50
    assert (takes_writes(fleet.shop, name), takes_writes(fleet.other, name)) == (False, True)
    assert guarded(fleet.other) == 0
    status = fleet.slate("status")
    assert f'north {name}: it was moved to "south", and this copy is read-only' in status.stdout, status.stdout
    assert fleet.slate("move", name, "--to", "south").returncode == 0  # once more does nothing
    ran = fleet.slate("move", name, "--to", "south", "--confirm", "--backup", str(tmp_path / "kept"))
    assert ran.returncode == 0, ran.stderr
    assert (there(fleet.shop, name), takes_writes(fleet.other, name)) == (False, True)
    assert guarded(fleet.shop) == 0
    assert fleet.slate("drift", "--match", name.replace("[", "[[]")).returncode == 0
    assert "is there already" in fleet.slate("move", name, "--to", "south").stdout


def test_back_again_where_nothing_was_written(fleet: Fleet) -> None:
    fleet.shop.do('INSERT INTO "Weird Name".t SELECT generate_series(1, 9)')
    assert fleet.slate("move", "Weird Name", "--to", "south").returncode == 0
    ran = fleet.slate("move", "Weird Name", "--to", "south", "--abort")
    assert ran.returncode == 0, ran.stderr
    assert (takes_writes(fleet.shop, "Weird Name"), there(fleet.other, "Weird Name")) == (True, False)
    assert guarded(fleet.shop) == 0
    assert fleet.slate("status").returncode == 0
    assert fleet.slate("drift").returncode == 0


def test_a_move_is_taken_back_though_its_target_does_not_answer(fleet: Fleet, tmp_path: Path) -> None:
    away = f'[servers]\nnorth = "{fleet.shop.url}"\nsouth = "host=127.0.0.1 port=1 dbname=gone connect_timeout=2"\n'
    begun = new("north", "south", (), ())
    with connect(fleet.shop.url) as connection:  # as a kill before the switch leaves it
        closing.close(connection, "select", begun, Patience(100, 30))
    assert fleet.slate("move", "Weird Name", "--to", "south").returncode == 0
    listed = fleet.listed.read_text()
    fleet.listed.write_text(away)
    back = fleet.slate("move", "select", "--abort")
    assert (back.returncode, takes_writes(fleet.shop, "select")) == (0, True), back.stderr
    assert "south does not answer" in back.stdout
    refused = fleet.slate("move", "Weird Name", "--abort")
    assert (refused.returncode, takes_writes(fleet.shop, "Weird Name")) == (1, False)
    assert 'south does not answer, and "Weird Name" may have been written to there' in refused.stderr
    told = tmp_path / "event.json"
    lost = fleet.slate("move", "Weird Name", "--abort", "--discard", "--json", "--switch", f"cat > {told}")
    assert (lost.returncode, takes_writes(fleet.shop, "Weird Name")) == (0, True), lost.stderr
    assert json.loads(lost.stdout)["stays"] == [
        "south takes writes too once it answers: remove its copy before clients reach it"
    ]
    event = json.loads(told.read_text())
    assert (event["event"], event["from"]["server"], event["from"]["port"], event["to"]["server"]) == (
        "switch back", "south", 1, "north",
    )  # fmt: skip
    again = fleet.slate("move", "alpha", "--abort")
    assert (again.returncode, "not all of the fleet could be read" in again.stderr) == (2, True)
    fleet.listed.write_text(listed)
    assert guarded(fleet.shop) == 0


def test_status_says_what_a_move_has_closed(fleet: Fleet) -> None:
    assert fleet.slate("move", "Weird Name", "--to", "south").returncode == 0
    words = 'it was moved to "south", and this copy is read-only'
    assert f"Weird Name: {words}" in fleet.shop.slate("status").stdout
    told = json.loads(fleet.shop.slate("status", "--json").stdout)["installations"]
    assert {i["schema"]: i["move"] for i in told if i["applied"]} == {
        "Weird Name": words,
        "alpha": None,
        "select": None,
    }
    assert fleet.slate("move", "Weird Name", "--abort").returncode == 0
    assert words not in fleet.shop.slate("status").stdout


def test_what_was_written_there_is_not_lost_by_going_back_unless_that_is_said(fleet: Fleet) -> None:
    assert fleet.slate("move", "select", "--to", "south").returncode == 0
    fleet.other.do('INSERT INTO "select".t VALUES (7)')
    ran = fleet.slate("move", "select", "--to", "south", "--abort")
    assert (ran.returncode, "written to" in ran.stderr, '"t"' in ran.stderr or ".t:" in ran.stderr) == (1, True, True)
    assert (takes_writes(fleet.shop, "select"), takes_writes(fleet.other, "select")) == (False, True)
    ran = fleet.slate("move", "select", "--abort", "--discard")
    assert ran.returncode == 0, ran.stderr
    assert (takes_writes(fleet.shop, "select"), there(fleet.other, "select")) == (True, False)


WRITES = {
    "insert": "INSERT INTO alpha.t VALUES (1)", "update": "UPDATE alpha.t SET id = 2", "delete": "DELETE FROM alpha.t",
    "truncate": "TRUNCATE alpha.t", "copy": "COPY alpha.t FROM PROGRAM 'echo 5'",
    "merge": "MERGE INTO alpha.t USING (VALUES (1)) AS v (x) ON v.x = id WHEN NOT MATCHED THEN INSERT VALUES (v.x)",
    "by a view": "INSERT INTO alpha.v VALUES (1)", "by a leaf": "INSERT INTO alpha.p1 VALUES (1)",
    "by its parent": "INSERT INTO alpha.p VALUES (1)", "as replica": "INSERT INTO alpha.t VALUES (1)",
    "with a modifying query": "WITH w AS (DELETE FROM alpha.t RETURNING id) SELECT count(*) FROM w",
    "the ledger": "DELETE FROM alpha._slate_ledger", "beside": "INSERT INTO beside.b VALUES (1)",
    "in a schema of others": "INSERT INTO others.ours VALUES (1)",
    "by a rule": "DELETE FROM alpha.ruled",
}  # fmt: skip


def test_no_way_of_writing_leads_into_the_old_copy_and_superusers_are_refused_too(fleet: Fleet) -> None:
    fleet.shop.do("CREATE SCHEMA others")
    made = """CREATE VIEW v AS SELECT id FROM t; CREATE TABLE p (id integer) PARTITION BY LIST (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE SCHEMA beside; CREATE TABLE beside.b (id integer);
    CREATE TABLE others.ours (id integer); CREATE TABLE ruled (id integer);
    CREATE RULE instead AS ON DELETE TO ruled DO INSTEAD INSERT INTO t VALUES (3);"""
    fleet.shop.write("shop_0002_more", made, "SELECT 1;")
    fleet.shop.apply(schema="alpha")
    fleet.slate("rename", "alpha", "away", "--server", "south")
    fleet.other.do("CREATE SCHEMA others")
    ran = fleet.slate("move", "alpha", "--server", "north", "--to", "south")
    assert ran.returncode == 0, ran.stderr
    for way, statement in WRITES.items():
        with fleet.shop.session() as session:
            if way == "as replica":
                session.execute("SET session_replication_role = replica")
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match='moved to "south"') as refused:
                session.execute(statement)
            assert refused.value.diag.message_hint == "It takes writes on south.", way
            session.rollback()
            assert session.execute("SELECT count(*) FROM alpha.t").fetchone() == (0,)
    for way, statement in WRITES.items():
        fleet.other.do(statement if way != "as replica" else "SELECT 1")


def test_other_commands_leave_the_old_copy_alone_and_name_the_move(fleet: Fleet, tmp_path: Path) -> None:
    assert fleet.slate("move", "select", "--to", "south").returncode == 0
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer);", "DROP TABLE u;")
    *each, _ = fleet.lines("apply")
    assert ("north", "select") not in {(o["server"], o["schema"]) for o in each}
    assert ("south", "select", "done") in {(o["server"], o["schema"], o["state"]) for o in each}
    *_, last = fleet.lines("backup", "--to", str(tmp_path / "all"))
    assert sum(g["installations"] for g in last["summary"]) == 5
    for arguments in (
        ("rename", "select", "other", "--server", "north"), ("add", "select", "--server", "south"),
        ("remove", "select", "--server", "north", "--to", str(tmp_path / "kept")),
    ):  # fmt: skip
        ran = fleet.slate(*arguments)
        assert ran.returncode == 1, arguments
        assert "moved" in ran.stderr or "already" in ran.stderr, ran.stderr
    ran = fleet.shop.slate_with("apply", "shop", "--as", "select", "--database", fleet.shop.url)
    assert (ran.returncode, 'moved to "south"' in ran.stderr, "25006" in ran.stderr) == (1, True, True), ran.stderr
    assert not fleet.shop.exists('"select".u')
    lines = [json.loads(line) for line in fleet.slate("status", "--json").stdout.splitlines()]
    [old] = [line for line in lines if line.get("moves")]
    assert (old["server"], old["state"], old["moves"]["target"], old["moves"]["stage"]) == (
        "north",
        "moved",
        "south",
        "moved",
    )
    assert '{product="shop",server="north",state="moved"' in fleet.slate("status", "--prometheus").stdout
    assert fleet.slate("rename", "alpha", "north_alpha", "--server", "north").returncode == 0
    routes = fleet.slate("route", "--print", "pgbouncer").stdout
    assert [
        line.split("dbname='")[1].split("'")[0] for line in routes.splitlines() if line.startswith("select = ")
    ] == [fleet.other.value("SELECT current_database()")]


def untouched(fleet: Fleet, schema: str = "select") -> None:
    """Assert that nothing was written: the source takes writes, and nothing is on the target."""
    assert takes_writes(fleet.shop, schema)
    assert (guarded(fleet.shop), guarded(fleet.other)) == (0, 0)
    assert not there(fleet.other, schema)


def refused(fleet: Fleet, said: str, *arguments: str, code: int = 1) -> None:
    ran = fleet.slate("move", "select", *(arguments or ("--to", "south")))
    assert (ran.returncode, said in ran.stderr) == (code, True), ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_what_stands_in_the_way_is_named_before_anything_is_written(fleet: Fleet) -> None:
    fleet.listed.write_text(fleet.listed.read_text() + 'gone = "host=127.0.0.1 port=1 dbname=x"\n')
    refused(fleet, "Say --server NAME", code=2)
    refused(fleet, "gone is unreachable", "--to", "gone", "--server", "north")
    refused(fleet, 'no server "soth"', "--to", "soth", "--server", "north", code=2)
    fleet.listed.write_text(fleet.listed.read_text().replace('gone = "host=127.0.0.1 port=1 dbname=x"\n', ""))
    refused(fleet, "Say --to SERVER", "--switch", "true", code=2)
    refused(fleet, "--backup DIR", "--to", "south", "--confirm", code=2)
    refused(fleet, "no move of", "--to", "south", "--abort", code=2)
    refused(fleet, "no move of", "--to", "south", "--confirm", "--backup", "x", code=2)
    refused(fleet, "no folder", "--to", "south", "--route", "/no/such/folder/file", code=2)
    ran = fleet.slate("move", "alpha", "--server", "north", "--to", "south")
    assert (ran.returncode, "on south already" in ran.stderr) == (1, True), ran.stderr
    assert fleet.slate("move", "slect", "--to", "south").returncode == 2
    fleet.other.do('CREATE SCHEMA "select" CREATE TABLE anything ()')
    refused(fleet, 'schema "select" is on south already')
    fleet.other.do('DROP SCHEMA "select" CASCADE')
    fleet.shop.do('CREATE SCHEMA others; CREATE VIEW others.v AS SELECT * FROM "select".t')
    refused(fleet, "lean on")
    fleet.shop.do("DROP SCHEMA others CASCADE")
    fleet.shop.do('SELECT lo_create(0); CREATE TABLE "select".o (id oid)')
    refused(fleet, "large objects")
    fleet.shop.do('SELECT lo_unlink(oid) FROM pg_largeobject_metadata; DROP TABLE "select".o')
    untouched(fleet)


def test_a_target_that_may_not_be_written_to_is_refused(fleet: Fleet) -> None:
    role = f"poor_{secrets.token_hex(4)}"
    database = fleet.other.value("SELECT current_database()")
    fleet.shop.do(f"CREATE ROLE {role} LOGIN")
    try:
        fleet.listed.write_text(f'[servers]\nnorth = "{fleet.shop.url}"\nsouth = "{fleet.other.url}&user={role}"\n')
        fleet.other.do(f"GRANT pg_read_all_data TO {role}")
        refused(fleet, "may not make a schema")
        fleet.listed.write_text(
            f'[servers]\nnorth = "{fleet.shop.url}"\nsouth = "{fleet.other.url}&options=-cdefault_transaction_read_only%3Don"\n'
        )
        refused(fleet, "may only read")
        fleet.listed.write_text(f'[servers]\nnorth = "{fleet.shop.url}&user={role}"\nsouth = "{fleet.other.url}"\n')
        refused(fleet, "may not close")
    finally:
        fleet.shop.do(f"DROP ROLE {role}")
    assert database
    untouched(fleet)


def test_writers_in_flight_are_awaited_and_what_they_commit_goes_along(fleet: Fleet) -> None:
    with fleet.shop.session() as writer:
        writer.execute('INSERT INTO "select".t VALUES (99)')
        ran = fleet.slate("move", "select", "--to", "south", "--wait", "0")
        assert (ran.returncode, f"pid {writer.info.backend_pid}" in ran.stderr) == (1, True), ran.stderr
        untouched(fleet)
        timer = threading.Timer(2, writer.commit)
        timer.start()
        ran = fleet.slate("move", "select", "--to", "south")
        timer.join()
    assert ran.returncode == 0, ran.stderr
    assert fleet.other.rows('SELECT id FROM "select".t') == [(99,)]


@contextmanager
def opened(fleet: Fleet, name: str) -> Iterator[Ends]:
    product = fleet.shop.project.product("shop").installed_as(name)
    with connect(fleet.shop.url, "slate move") as source, connect(fleet.other.url, "slate move") as target:
        yield Ends(source, target, "north", "south", product, fleet.shop.project, Patience())


def dying(module: Any, name: str, behind: bool) -> Callable[[], None]:
    """Return what makes this process kill itself before or behind a function."""

    def arm() -> None:
        real = getattr(module, name)

        def die(*arguments: Any, **more: Any) -> None:
            if behind:
                real(*arguments, **more)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, die)

    return arm


STEPS = [
    (steps.closing, "close"), (copying, "back_up"), (copying, "restore"), (copying.closing, "amend"),
    (copying.logins, "carry"), (copying, "refuse_unequal"), (copying, "analyze"), (steps, "_advance"),
    (copying, "follow_sequences"), (steps.closing, "reopen"),
]  # fmt: skip


@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_killed_at_any_step_the_same_command_ends_it(fleet: Fleet, step: tuple[Any, str], behind: bool) -> None:
    fleet.shop.do('INSERT INTO "Weird Name".t SELECT generate_series(1, 30)')
    arm = dying(*step, behind)

    def killed() -> None:
        arm()
        with opened(fleet, "Weird Name") as ends:
            steps.move(ends, lambda event: None)

    assert reap(fleet.shop.fork(killed)) == -signal.SIGKILL
    fleet.shop.all_gone()
    fleet.other.all_gone()
    open_ones = [shop for shop in (fleet.shop, fleet.other) if there(shop, "Weird Name")]
    open_ones = [shop for shop in open_ones if has_table(shop, "Weird Name") and takes_writes(shop, "Weird Name")]
    assert len(open_ones) <= 1
    ran = fleet.slate("move", "Weird Name", "--to", "south")
    assert ran.returncode == 0, ran.stderr
    assert (takes_writes(fleet.shop, "Weird Name"), takes_writes(fleet.other, "Weird Name")) == (False, True)
    assert fleet.other.value('SELECT count(*) FROM "Weird Name".t') == 30
    assert not list(Path(tempfile.gettempdir()).glob(f"slate-move-{mark_of(fleet)}*"))


def has_table(shop: Workshop, schema: str) -> bool:
    return bool(shop.value("SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename = 't'", schema))


def mark_of(fleet: Fleet) -> str:
    with connect(fleet.shop.url) as connection:
        return next(iter(read_marks(connection).values())).id


@pytest.mark.parametrize("step", STEPS[1:-1], ids=lambda step: step[1])
def test_killed_before_the_switch_it_can_be_taken_back(fleet: Fleet, step: tuple[Any, str]) -> None:
    arm = dying(*step, True)

    def killed() -> None:
        arm()
        with opened(fleet, "select") as ends:
            steps.move(ends, lambda event: None)

    assert reap(fleet.shop.fork(killed)) == -signal.SIGKILL
    ran = fleet.slate("move", "select", "--to", "south", "--abort")
    assert ran.returncode == 0, ran.stderr
    untouched(fleet)
    assert fleet.slate("drift").returncode == 0


@pytest.mark.parametrize("step", STEPS[1:-3], ids=lambda step: step[1])
def test_what_fails_before_the_switch_is_taken_back_at_once(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, step: tuple[Any, str]
) -> None:
    """A full disk of the target, for one."""
    module, name = step
    real, calls = getattr(module, name), []

    def fail(*arguments: Any, **more: Any) -> None:
        calls.append(real(*arguments, **more))
        if len(calls) == 1:
            raise ServerError("no space left on device")

    monkeypatch.setattr(module, name, fail)
    with opened(fleet, "select") as ends, pytest.raises(ServerError, match="no space left") as refused:
        steps.move(ends, lambda event: None)
    assert "takes writes on north as before" in refused.value.hint
    untouched(fleet)


def test_a_switch_that_fails_is_gone_on_with_and_gets_the_event(fleet: Fleet, tmp_path: Path) -> None:
    told, route = tmp_path / "it's told", tmp_path / "pooler.ini"
    ran = fleet.slate("move", "select", "--to", "south", "--switch", "echo went wrong >&2; exit 7")
    assert (ran.returncode, "left with 7" in ran.stderr, "went wrong" in ran.stderr) == (1, True, True), ran.stderr
    assert (takes_writes(fleet.shop, "select"), takes_writes(fleet.other, "select")) == (False, True)
    assert "not in use" in fleet.slate("move", "select", "--confirm", "--backup", str(tmp_path)).stderr
    command = f"cat >> {shlex.quote(str(told))}"
    assert fleet.slate("rename", "alpha", "north_alpha", "--server", "north").returncode == 0
    ran = fleet.slate("move", "select", "--to", "south", "--switch", command, "--route", str(route))
    assert ran.returncode == 0, ran.stderr
    event = json.loads(told.read_text())
    assert (event["event"], event["schema"], event["from"]["server"], event["to"]["server"]) == (
        "switch", "select", "north", "south"
    )  # fmt: skip
    assert event["to"]["dbname"] == fleet.other.value("SELECT current_database()")
    assert f"dbname='{event['to']['dbname']}'" in next(
        line for line in route.read_text().splitlines() if line.startswith("select = ")
    )
    told.unlink()
    ran = fleet.slate("move", "select", "--to", "south", "--abort", "--switch", command, "--route", str(route))
    assert ran.returncode == 0, ran.stderr
    event = json.loads(told.read_text())
    assert (event["event"], event["to"]["server"]) == ("switch back", "north")
    assert f"dbname='{event['to']['dbname']}'" in next(
        line for line in route.read_text().splitlines() if line.startswith("select = ")
    )
    untouched(fleet)


def test_what_the_old_copy_is_changed_to_meanwhile_is_noticed(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    real = copying.restore

    def restore(*arguments: Any) -> None:
        real(*arguments)
        fleet.shop.do('CREATE TABLE "select".late AS SELECT 1 AS id')

    monkeypatch.setattr(copying, "restore", restore)
    with opened(fleet, "select") as ends, pytest.raises(SlateError, match="is not what it is on north"):
        steps.move(ends, lambda event: None)
    untouched(fleet)


def test_a_value_that_a_sequence_gave_meanwhile_is_not_given_again(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.shop.do('CREATE SEQUENCE "select".s; SELECT nextval(\'"select".s\')')
    real = copying.analyze

    def analyze(*arguments: Any) -> None:
        fleet.shop.do("SELECT nextval('\"select\".s') FROM generate_series(1, 10)")
        real(*arguments)

    monkeypatch.setattr(copying, "analyze", analyze)
    with opened(fleet, "select") as ends:
        steps.move(ends, lambda event: None)
    assert fleet.other.value("SELECT nextval('\"select\".s')") == 12


def test_whoever_owns_both_databases_moves_without_a_superuser(fleet: Fleet, tmp_path: Path) -> None:
    mover, service = f"mover_{secrets.token_hex(4)}", f"svc_{secrets.token_hex(4)}"
    own = f'"own {mover}"'
    fleet.shop.do(f"CREATE ROLE {mover} LOGIN CREATEROLE; CREATE ROLE {service} LOGIN NOINHERIT")
    fleet.shop.do(f'CREATE ROLE "own {mover}_people"; GRANT "own {mover}_people" TO {service}, {mover}')
    try:
        for shop in (fleet.shop, fleet.other):
            shop.do(f"ALTER DATABASE {shop.value('SELECT quote_ident(current_database())')} OWNER TO {mover}")
        fleet.shop.apply(schema=f"own {mover}", url=f"{fleet.shop.url}&user={mover}")
        fleet.shop.do(f'INSERT INTO {own}.t VALUES (1); GRANT USAGE ON SCHEMA {own} TO "own {mover}_people"')
        fleet.listed.write_text(
            f'[servers]\nnorth = "{fleet.shop.url}&user={mover}"\nsouth = "{fleet.other.url}&user={mover}"\n'
        )
        ran = fleet.slate("move", f"own {mover}", "--to", "south", "--server", "north")
        assert ran.returncode == 0, ran.stderr
        assert (takes_writes(fleet.shop, f"own {mover}"), takes_writes(fleet.other, f"own {mover}")) == (False, True)
        ran = fleet.slate("move", f"own {mover}", "--confirm", "--backup", str(tmp_path), "--server", "north")
        assert ran.returncode == 0, ran.stderr
        assert not there(fleet.shop, f"own {mover}")
    finally:
        for shop in (fleet.shop, fleet.other):
            shop.do(f"ALTER DATABASE {shop.value('SELECT quote_ident(current_database())')} OWNER TO CURRENT_USER")
            shop.do(f'DROP OWNED BY {mover}, {service}, "own {mover}_people" CASCADE')
        fleet.shop.do(f'DROP ROLE {service}; DROP ROLE "own {mover}_people"; DROP ROLE {mover}')
