"""With --online the copy follows its source first: nothing fires twice, nothing is left over, and kills are gone on from."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from slate_pg.errors import SlateError
from slate_pg.fleet.relocation import closing, copying, following, steps
from slate_pg.fleet.relocation.ends import Ends
from slate_pg.fleet.relocation.mark import Mark
from slate_pg.migrations.locking import Patience
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.server import FAST, Server, disposable
from tests.fleet.conftest import Fleet
from tests.workshop import Workshop, reap

NAME = 'Weird "Na\'me" %s'
QUOTED = '"Weird ""Na\'me"" %s"'
SETTINGS = (*FAST, "wal_level=logical", "log_statement=all", "log_min_duration_statement=0")
RICH = """
    CREATE TABLE p (id integer GENERATED ALWAYS AS IDENTITY, at integer NOT NULL, twice integer GENERATED ALWAYS AS (at * 2) STORED,
        PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;
    CREATE TABLE "select" (id bigserial PRIMARY KEY, long text, n integer);
    CREATE TABLE child (id integer PRIMARY KEY, parent bigint NOT NULL REFERENCES "select" (id) ON DELETE CASCADE);
    CREATE TABLE whole (a text, b numeric); ALTER TABLE whole REPLICA IDENTITY FULL;
    CREATE TABLE noted (id bigserial PRIMARY KEY, what text); CREATE TABLE emptied (id integer PRIMARY KEY);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS
        $$ BEGIN INSERT INTO noted (what) VALUES (TG_NAME); RETURN NULL; END $$;
    CREATE TRIGGER ordinary AFTER INSERT ON "select" FOR EACH ROW EXECUTE FUNCTION note();
    CREATE TRIGGER always AFTER INSERT ON "select" FOR EACH ROW EXECUTE FUNCTION note();
    ALTER TABLE "select" ENABLE ALWAYS TRIGGER always;
    CREATE TRIGGER "a replica's" AFTER INSERT ON "select" FOR EACH ROW EXECUTE FUNCTION note();
    ALTER TABLE "select" ENABLE REPLICA TRIGGER "a replica's";
    CREATE TRIGGER on_leaf AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE p ENABLE ALWAYS TRIGGER on_leaf;
    CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM noted; CREATE MATERIALIZED VIEW mm AS SELECT n + 1 AS n FROM m;
    CREATE SEQUENCE loose; ALTER TABLE p ENABLE ROW LEVEL SECURITY;
"""
FIRST = """
    INSERT INTO p (at) SELECT generate_series(1, 20); INSERT INTO "select" (long, n) SELECT repeat(md5(g::text), 400), g FROM generate_series(1, 50) g;
    INSERT INTO child SELECT g, g FROM generate_series(1, 50) g; INSERT INTO whole SELECT g::text, g FROM generate_series(1, 20) g;
    INSERT INTO emptied SELECT generate_series(1, 9); REFRESH MATERIALIZED VIEW m; REFRESH MATERIALIZED VIEW mm;
"""
MEANWHILE = """
    INSERT INTO p (at) VALUES (3), (300); UPDATE p SET at = 200 WHERE at = 5; UPDATE "select" SET n = n + 1000 WHERE n % 2 = 0;
    INSERT INTO "select" (long, n) VALUES (repeat('x', 9000), 7); DELETE FROM "select" WHERE n < 10; DELETE FROM whole WHERE b < 5;
    UPDATE whole SET b = b + 1; TRUNCATE emptied; INSERT INTO emptied VALUES (77); SELECT nextval('loose') FROM generate_series(1, 40);
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with disposable(settings=SETTINGS) as north, disposable(settings=SETTINGS) as south:
        yield north, south


@pytest.fixture
def late_writer(servers: tuple[Server, Server]) -> Iterator[None]:
    """Neither server writes what is committed to its log unless somebody waits for that: a crash loses the rest."""
    for server in servers:
        _alter(server, "ALTER SYSTEM SET wal_writer_delay = '10s'")
    yield
    for server in servers:
        _alter(server, "ALTER SYSTEM RESET wal_writer_delay")


def _alter(server: Server, statement: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(statement.encode())
        admin.execute("SELECT pg_reload_conf()")


@pytest.fixture
def pair(servers: tuple[Server, Server], tmp_path: Path) -> Iterator[Fleet]:
    """A rich installation on "north", whose role has a password, and an empty database on "south"."""
    name = "d" + os.urandom(4).hex()
    for server in servers:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            admin.execute("SET log_statement = 'none'; SET log_min_duration_statement = -1")
            admin.execute("ALTER ROLE postgres PASSWORD 'open sesame'")
    shop = Workshop(servers[0].url(name), tmp_path / "north")
    other = Workshop(servers[1].url(name), tmp_path / "south")
    shop.write("shop_0001_t", RICH, "SELECT 1;")
    shop.apply(schema=NAME)
    run(shop, FIRST)
    listed = tmp_path / "servers.toml"
    listed.write_text(f'[servers]\nnorth = "{shop.url}"\nsouth = "{other.url}"\n')
    yield Fleet(shop, other, listed)
    shop.watch.close()
    other.watch.close()


def run(shop: Workshop, statements: str) -> None:
    with psycopg.connect(shop.url) as session:
        session.execute(f"SET search_path = {QUOTED}".encode())
        session.execute(statements.encode())


@contextmanager
def opened(pair: Fleet) -> Iterator[Ends]:
    product = pair.shop.project.product("shop").installed_as(NAME)
    secret = "&password=open%20sesame"
    with connect(pair.shop.url + secret, "slate move") as source, connect(pair.other.url, "slate move") as target:
        yield Ends(source, target, "north", "south", product, pair.shop.project, Patience(1000, 120))


def move_until_it_goes_away(pair: Fleet, crashing: Server, *, online: bool = False) -> None:
    """Move the installation until a server crashes, and start that again."""
    try:
        with opened(pair) as ends, pytest.raises((SlateError, psycopg.Error)):
            steps.move(ends, lambda event: None, online=online)
    finally:
        crashing.start(SETTINGS)
    for shop in (pair.shop, pair.other):
        if str(crashing.home) in shop.url:
            shop.watch = psycopg.connect(shop.url, autocommit=True)


def nothing_left(pair: Fleet) -> None:
    for shop in (pair.shop, pair.other):
        assert shop.value("SELECT count(*) FROM pg_publication") == 0
        assert shop.value(
            "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ) == 0  # fmt: skip
        assert shop.value("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()") == 0


def test_all_that_is_written_meanwhile_goes_along_and_no_trigger_fires_twice(
    pair: Fleet, servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, kept = following.start, list[str]()

    def start(*arguments: Any) -> Mark:
        moving = real(*arguments)
        kept.append(pair.other.value("SELECT subconninfo FROM pg_subscription WHERE subenabled LIMIT 1"))
        run(pair.shop, MEANWHILE)
        return moving

    monkeypatch.setattr(following, "start", start)
    with opened(pair) as ends:
        steps.move(ends, lambda event: None, online=True)
    nothing_left(pair)
    for table in ("p", '"select"', "child", "whole", "noted", "emptied"):
        query = f"SELECT count(*), sum(hashtext(r::text)::bigint) FROM {QUOTED}.{table} AS r"
        assert pair.shop.rows(query) == pair.other.rows(query), table
    assert pair.other.rows(f"SELECT id FROM {QUOTED}.emptied") == [(77,)]
    assert pair.other.value(f"SELECT n FROM {QUOTED}.mm") == pair.other.value(
        f"SELECT count(*) + 1 FROM {QUOTED}.noted"
    )
    run(pair.other, "INSERT INTO p (at) VALUES (4); INSERT INTO \"select\" (n) VALUES (1); SELECT nextval('loose')")
    assert pair.other.value(f"SELECT last_value FROM {QUOTED}.loose") == 41
    states = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgname <> '_slate_read_only' ORDER BY 1, tgrelid"
    assert pair.shop.rows(states) == pair.other.rows(states)
    assert "open sesame" in kept[0]
    for server in servers:
        log = (server.home / "server.log").read_text("utf-8")  # all of it
        assert ("open sesame" in log, "DROP SUBSCRIPTION" in log) == (False, server == servers[1])


STEPS = [
    (copying, "carry_over"), (following, "_quiet"), (following, "_publish"), (following, "_subscribe"),
    (following, "_wait_until_near"), (following, "finish"), (following, "_wait_for_all"), (following, "end"),
    (following, "_fill_views"), (copying, "refuse_unequal"),
]  # fmt: skip


def killed_behind(pair: Fleet, module: Any, name: str) -> None:
    def killed() -> None:
        real = getattr(module, name)

        def die(*arguments: Any, **more: Any) -> None:
            real(*arguments, **more)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, die)
        with opened(pair) as ends:
            steps.move(ends, lambda event: None, online=True)

    assert reap(pair.shop.fork(killed)) == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
def test_killed_at_any_step_the_same_command_ends_it(pair: Fleet, step: tuple[Any, str]) -> None:
    killed_behind(pair, *step)
    ran = pair.slate("move", NAME, "--to", "south", "--online", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["state"] == "moved"
    nothing_left(pair)
    assert pair.other.value(f"SELECT count(*) FROM {QUOTED}.child") == 50
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run(pair.shop, "DELETE FROM child")


@pytest.mark.parametrize("step", STEPS[2::3], ids=lambda step: step[1])
def test_killed_before_the_switch_it_is_taken_back_whole(pair: Fleet, step: tuple[Any, str]) -> None:
    killed_behind(pair, *step)
    ran = pair.slate("move", NAME, "--abort")
    assert ran.returncode == 0, ran.stderr
    nothing_left(pair)
    run(pair.shop, MEANWHILE)
    assert pair.other.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", NAME) == 0


def test_what_goes_wrong_while_it_follows_is_taken_back(pair: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that only the source has: the copy cannot be written to any more."""
    real = following._publish

    def publish(*arguments: Any) -> None:
        real(*arguments)
        run(pair.shop, "ALTER TABLE child ADD COLUMN late integer; INSERT INTO child VALUES (99, 50, 1)")

    monkeypatch.setattr(following, "_publish", publish)
    with opened(pair) as ends, pytest.raises(SlateError) as refused:
        steps.move(ends, lambda event: None, online=True)
    assert "takes writes on north as before" in refused.value.hint
    nothing_left(pair)
    run(pair.shop, "DELETE FROM child WHERE id = 99")
    assert pair.other.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", NAME) == 0


def test_while_it_follows_no_slate_changes_it_and_only_its_ledger_is_closed(pair: Fleet) -> None:
    killed_behind(pair, following, "_wait_until_near")
    run(pair.shop, MEANWHILE)
    ran = pair.shop.slate_with("rollback", "shop", "--as", NAME, "--database", pair.shop.url)
    assert (ran.returncode, "ledger" in ran.stderr, "being copied" in ran.stderr) == (1, True, True), ran.stderr
    assert "being copied" in pair.slate("status").stdout
    assert [line for line in pair.slate("route", "--print", "pgbouncer").stdout.splitlines() if "[databases]" in line]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run(pair.other, "DELETE FROM child")
    assert pair.slate("move", NAME, "--to", "south").returncode == 0
    nothing_left(pair)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("CREATE TABLE loose_one (id integer)", "no replica identity"),
        ("CREATE UNLOGGED TABLE quick (id integer PRIMARY KEY)", "not logged"),
    ],
)
def test_what_replication_does_not_carry_is_named_before_anything_is_written(
    pair: Fleet, statement: str, said: str
) -> None:
    run(pair.shop, statement)
    ran = pair.slate("move", NAME, "--to", "south", "--online")
    assert (ran.returncode, said in ran.stderr, "loose_one" in ran.stderr or "quick" in ran.stderr) == (1, True, True)
    nothing_left(pair)
    run(pair.shop, "DELETE FROM child")
    assert pair.other.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", NAME) == 0


def test_a_server_without_logical_wal_is_refused_with_the_way_out(fleet: Fleet) -> None:
    ran = fleet.slate("move", "select", "--to", "south", "--online")
    assert (ran.returncode, "wal_level" in ran.stderr, "leave --online out" in ran.stderr) == (1, True, True), (
        ran.stderr
    )
    assert fleet.shop.value("SELECT count(*) FROM pg_proc WHERE proname = '_slate_read_only'") == 0


def test_a_target_that_goes_away_leaves_the_source_in_use_and_the_next_move_sweeps_what_is_left(
    pair: Fleet, servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying.restore

    def restore(target: Connection, *arguments: Any) -> None:
        real(target, *arguments)
        target.execute("CHECKPOINT")
        servers[1].stop("immediate")

    monkeypatch.setattr(copying, "restore", restore)
    move_until_it_goes_away(pair, servers[1])
    monkeypatch.undo()
    run(pair.shop, MEANWHILE)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run(pair.other, "DELETE FROM child")
    assert "which is not in use yet" in pair.slate("status").stdout
    ran = pair.slate("move", NAME, "--to", "south")
    assert ran.returncode == 0, ran.stderr
    query = f'SELECT count(*), sum(n) FROM {QUOTED}."select"'
    assert pair.shop.rows(query) == pair.other.rows(query)


def test_what_a_crash_took_back_of_a_copy_is_in_the_way_of_no_further_move(
    pair: Fleet, servers: tuple[Server, Server], late_writer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restored(*arguments: Any) -> None:  # of a restore the schema had come to the disk
        arguments[0].execute(f"CREATE SCHEMA {QUOTED}")
        servers[1].stop("immediate")

    monkeypatch.setattr(copying, "restore", restored)
    move_until_it_goes_away(pair, servers[1])
    monkeypatch.undo()
    assert pair.other.value("SELECT count(*) FROM pg_namespace WHERE nspname = %s", NAME) == 1
    ran = pair.slate("move", NAME, "--to", "south")
    assert ran.returncode == 0, ran.stderr


def test_a_source_that_goes_away_in_the_switch_is_no_second_copy_that_takes_writes(
    pair: Fleet, servers: tuple[Server, Server], late_writer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = closing.reopen

    def reopen(connection: Connection, *arguments: Any) -> None:
        real(connection, *arguments)
        servers[0].stop("immediate")

    monkeypatch.setattr(closing, "reopen", reopen)
    move_until_it_goes_away(pair, servers[0])
    monkeypatch.undo()
    run(pair.other, "DELETE FROM child")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        run(pair.shop, "DELETE FROM child")
    ran = pair.slate("move", NAME, "--to", "south")
    assert ran.returncode == 0, ran.stderr


def test_a_schema_that_holds_anything_is_in_the_way(pair: Fleet) -> None:
    pair.other.do(f"CREATE SCHEMA {QUOTED}; CREATE COLLATION {QUOTED}.mine (provider = libc, locale = 'C')")
    ran = pair.slate("move", NAME, "--to", "south")
    assert (ran.returncode, "on south already" in ran.stderr) == (1, True), ran.stderr


def test_a_target_that_goes_away_while_it_follows_leaves_no_slot_that_keeps_wal(
    pair: Fleet, servers: tuple[Server, Server], late_writer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = following._wait_until_near

    def wait(*arguments: Any) -> None:
        real(*arguments)
        servers[1].stop("immediate")

    monkeypatch.setattr(following, "_wait_until_near", wait)
    move_until_it_goes_away(pair, servers[1], online=True)
    monkeypatch.undo()
    run(pair.shop, MEANWHILE)
    assert pair.shop.rows("SELECT slot_name FROM pg_replication_slots WHERE database = current_database()") == []
    ran = pair.slate("move", NAME, "--to", "south", "--online")
    assert ran.returncode == 0, ran.stderr
    nothing_left(pair)
