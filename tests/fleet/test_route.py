"""What `slate fleet route` prints leads each client to its installation: tried with PgBouncer in transaction mode."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from slate_pg.errors import Misuse
from slate_pg.fleet.route import Place, Route
from slate_pg.fleet.routers import pgbouncer as pgbouncer_ini
from slate_pg.fleet.routers import pgdog
from slate_pg.postgres.account import server_account
from slate_pg.service.session import Sessions
from tests.fleet.conftest import Fleet
from tests.service.test_pooler import found_program

HOSTILE = ('it\'s "quoted"', "100% ; # x=y", "back\\slash")
APART = "{server}.{schema}"
CALLED = ("north.alpha", "north.Weird_Name", "north.select", "north.100______x_y", "north.back_slash", "south.alpha",
          "south._n_code", "south.it_s__quoted_")  # fmt: skip


@pytest.fixture
def routed(fleet: Fleet) -> Fleet:
    """The fleet with hostile names and a spare, each with a row that says where it is."""
    fleet.shop.apply(schema=HOSTILE[0], url=fleet.other.url)
    for schema in HOSTILE[1:]:
        fleet.shop.apply(schema=schema)
    fleet.shop.apply(schema="shop_spare_1")
    for number, (where, schema) in enumerate(members(fleet)):
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(sql.SQL("INSERT INTO {}.t VALUES ({})").format(sql.Identifier(schema), number))
    return fleet


def members(fleet: Fleet) -> list[tuple[str, str]]:
    north, south = fleet.shop.url, fleet.other.url
    return [
        *((north, s) for s in ("alpha", "Weird Name", "select", *HOSTILE[1:])),
        *((south, s) for s in ("alpha", "ünïcode", HOSTILE[0])),
    ]


@contextmanager
def pgbouncer(text: str) -> Iterator[Path]:
    """Run PgBouncer on what was printed, over a socket in a folder of its own, with auth left to trust."""
    program = found_program()
    if not program:
        pytest.skip("pgbouncer is not installed on this machine")
    home = Path(tempfile.mkdtemp(prefix="fleetroute-", dir="/tmp"))
    account = server_account()
    (home / "users").write_text('"postgres" ""\n')
    own = f"listen_addr =\nlisten_port = 6432\nunix_socket_dir = {home}\nauth_type = trust\nauth_file = {home}/users\n"
    (home / "pgbouncer.ini").write_text(text + own)
    for path in (home, *home.iterdir()):
        os.chown(path, account.uid, account.gid)
    process = subprocess.Popen(
        [program, "-q", str(home / "pgbouncer.ini")], stderr=subprocess.PIPE, text=True, cwd="/", **account.arguments
    )
    try:
        end = time.monotonic() + 90
        while not (home / ".s.PGSQL.6432").exists():
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < end
            time.sleep(0.02)
        yield home
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(home, ignore_errors=True)


def test_each_name_leads_to_its_own_installation_in_transaction_mode(routed: Fleet) -> None:
    ran = routed.slate("route", "--print", "pgbouncer", "--name", APART)
    assert ran.returncode == 0, ran.stderr
    assert "spare" not in ran.stdout
    with pgbouncer(ran.stdout) as home:
        for number, ((_, schema), name) in enumerate(zip(members(routed), CALLED, strict=True)):
            how = {"host": str(home), "port": 6432, "user": "postgres", "dbname": name}
            with psycopg.connect(**how, prepare_threshold=None) as connection:
                assert connection.execute("SELECT id, current_schema()::text FROM t").fetchone() == (number, schema)
            url = psycopg.conninfo.make_conninfo("", **how)
            with Sessions(url, schema, pooler=True, min_size=1, max_size=2) as sessions:
                for _ in range(3):
                    with sessions.session(role=None) as connection:
                        assert connection.execute("SELECT id FROM t").fetchall() == [(number,)]


def test_two_installations_of_one_name_are_refused_with_the_way_out(fleet: Fleet) -> None:
    ran = fleet.slate("route", "--print", "pgbouncer")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert '"alpha" would lead to two installations: north alpha and south alpha' in ran.stderr
    assert "--name '{server}_{schema}'" in ran.stderr
    ran = fleet.slate("route", "--print", "pgbouncer", "--match", "[!a]*")
    assert (ran.returncode, "\n_n_code = host=" in ran.stdout) == (0, True)


@pytest.mark.parametrize("name", ["pgbouncer", "x" * 64 + "{schema}", "{nothing}", "{", "{schema.x}", "{}"])
def test_a_name_that_pgbouncer_cannot_have_is_refused(fleet: Fleet, name: str) -> None:
    ran = fleet.slate("route", "--print", "pgbouncer", "--match", "select", "--name", name)
    assert (ran.returncode, ran.stdout, "Traceback" in ran.stderr) == (2, "", False)


def test_nothing_is_printed_while_a_server_does_not_answer(fleet: Fleet) -> None:
    fleet.listed.write_text(fleet.listed.read_text() + 'gone = "host=/nowhere dbname=x"\n')
    ran = fleet.slate("route", "--print", "pgbouncer", "--match", "select")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "gone is unreachable" in ran.stderr


def test_what_is_on_a_server_that_takes_no_writes_is_not_routed(fleet: Fleet) -> None:
    name = sql.Identifier(fleet.other.value("SELECT current_database()::text"))
    fleet.other.watch.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
    ran = fleet.slate("route", "--print", "pgbouncer")
    assert ran.returncode == 0, ran.stderr
    assert "south alpha is left out: its server takes no writes" in ran.stderr
    assert ("ünïcode" in ran.stdout, ran.stdout.count("\nalpha = ")) == (False, 1)


def test_no_password_is_printed_and_a_service_is_resolved(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    info = fleet.shop.watch.info
    services = fleet.shop.root / "services"
    services.write_text(
        f"[north]\nhost={info.host}\nport={info.port}\ndbname={info.dbname}\nuser={info.user}\npassword=hunter2secret\n"
    )
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    fleet.listed.write_text('[servers]\nnorth = "service=north"\n')
    ran = fleet.slate("route", "--print", "pgbouncer")
    assert ran.returncode == 0, ran.stderr
    assert f"host='{info.host}' port='{info.port}' dbname='{info.dbname}'" in ran.stdout
    assert "hunter2" not in ran.stdout + ran.stderr


def test_pgdog_has_a_shard_for_each_server_and_each_schema_on_its_shard() -> None:
    north, south = Place("10.0.0.1", 5432, "app", False), Place("::1", 5433, 'a "b"', False)
    schemas = {"Weird Name": north, 'it\'s "quoted" \\': south, "ünïcode": north}
    read = tomllib.loads(pgdog("shop", [Route(n, (n, "core"), place) for n, place in schemas.items()]))
    assert read["databases"] == [
        {"name": "shop", "host": "10.0.0.1", "port": 5432, "database_name": "app", "shard": 0},
        {"name": "shop", "host": "::1", "port": 5433, "database_name": 'a "b"', "shard": 1},
    ]
    assert [(s["database"], s["name"], s["shard"]) for s in read["sharded_schemas"]] == [
        ("shop", name, int(place is south)) for name, place in schemas.items()
    ]
    with pytest.raises(Misuse, match="by TCP"):
        pgdog("shop", [Route("a", ("a",), Place("/run/postgresql", 5432, "app", False))])


def test_the_strictest_sslmode_of_the_list_holds_for_all() -> None:
    places = [Place("a", 5432, "app", False, mode) for mode in ("require", "verify-full", "")]
    text = pgbouncer_ini([Route(str(n), ("s",), place) for n, place in enumerate(places)])
    assert text.splitlines()[-1] == "server_tls_sslmode = verify-full"


def test_what_is_printed_for_pgdog_is_of_the_whole_fleet_and_of_no_other_form(fleet: Fleet) -> None:
    ran = fleet.slate("route", "--print", "pgdgo")
    assert (ran.returncode, ran.stdout, "pgdog" in ran.stderr) == (2, "", True)
    assert fleet.slate("route", "--print", "pgdog", "--name", "x{schema}").returncode == 2
    ran = fleet.slate("route", "--print", "pgdog")
    assert (ran.returncode, '"alpha" would lead to two' in ran.stderr) == (2, True)
