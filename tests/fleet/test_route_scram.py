"""Two servers with ports, roles and passwords of their own behind one PgBouncer: each login reaches its installation."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.postgres.account import server_account
from slate_pg.postgres.server import FAST, disposable
from slate_pg.service.session import Sessions
from tests.fleet.test_roles import ROLES
from tests.service.test_pooler import found_program
from tests.workshop import captured

HBA = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
PLACES = {"alpha": "north", "Weird Name": "north", "beta": "south"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def server(password: str) -> Iterator[tuple[int, psycopg.Connection]]:
    """Run a server that wants SCRAM passwords over TCP; yield its port and a superuser's connection by its socket."""
    port = free_port()
    with disposable(settings=(*FAST, "listen_addresses=127.0.0.1", f"port={port}")) as made:
        (made.data / "pg_hba.conf").write_text(HBA)
        with psycopg.connect(made.url(), port=port, autocommit=True) as admin:
            admin.execute("SELECT pg_reload_conf()")
            admin.execute(f"CREATE ROLE deploy LOGIN SUPERUSER PASSWORD '{password}'".encode())
            yield port, admin


@contextmanager
def pooler(text: str, users: str) -> Iterator[str]:
    """Run PgBouncer on what was printed with the logins' verifiers; yield the folder of its socket."""
    program = found_program()
    if not program:
        pytest.skip("pgbouncer is not installed on this machine")
    home, account = Path(tempfile.mkdtemp(prefix="fleetscram-", dir="/tmp")), server_account()
    (home / "users").write_text(users)
    own = f"listen_addr =\nlisten_port = 6432\nunix_socket_dir = {home}\nauth_file = {home}/users\n"
    (home / "pgbouncer.ini").write_text(text + own)
    for path in (home, *home.iterdir()):
        os.chown(path, account.uid, account.gid)
    command = [program, "-q", str(home / "pgbouncer.ini")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/", **account.arguments)
    try:
        end = time.monotonic() + 60
        while not (home / ".s.PGSQL.6432").exists():
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < end
            time.sleep(0.02)
        yield str(home)
    finally:
        process.terminate()
        process.communicate()
        shutil.rmtree(home, ignore_errors=True)


def test_each_login_reaches_its_installation_on_its_server_by_its_own_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations" / "shop"
    folder.mkdir(parents=True)
    (folder / "shop_1.sql").write_text(f"CREATE TABLE t AS SELECT current_schema()::text AS place;\n{ROLES}")
    (folder / "shop_1.rollback.sql").write_text("DROP TABLE t;")

    def slate(*words: str) -> subprocess.CompletedProcess[str]:
        ran = captured(main, "slate", "fleet", *words, "--migrations", str(folder.parent), "--servers", str(listed))
        assert ran.returncode == 0, ran.stderr
        assert "secret of" not in ran.stdout + ran.stderr
        return ran

    with server("secret of deploy in north") as (north, first), server("secret of deploy in south") as (south, second):
        listed, kept = tmp_path / "servers.toml", tmp_path / "pgpass"
        where = "host=127.0.0.1 port={} dbname=postgres user=deploy"
        listed.write_text(f'[servers]\nnorth = "{where.format(north)}"\nsouth = "{where.format(south)}"\n')
        lines = [f"*:{port}:*:deploy:secret of deploy in {name}" for name, port in (("north", north), ("south", south))]
        kept.write_text("\n".join([*lines, *(f"*:*:*:{schema}_app:secret of {schema}" for schema in PLACES)]))
        kept.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(kept))
        for schema, place in PLACES.items():
            slate("add", "shop", schema, "--server", place)
        slate("role", "add", "shop", "--pgpass")
        query = "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE '%\\_app'"
        users = [row for admin in (first, second) for row in admin.execute(query).fetchall()]
        assert len(users) == 3
        printed = slate("route", "shop", "--print", "pgbouncer").stdout
        assert (f"port='{north}'" in printed, f"port='{south}'" in printed, "auth_type = scram" in printed) == (
            True,
        ) * 3
        with pooler(printed, "".join(f'"{name}" "{verifier}"\n' for name, verifier in users)) as home:
            for schema in PLACES:
                how = {"host": home, "port": 6432, "dbname": schema.replace(" ", "_"), "user": f"{schema}_app"}
                with pytest.raises(psycopg.OperationalError, match=r"SASL|auth"):
                    psycopg.connect(**how, password="wrong").close()
                url = psycopg.conninfo.make_conninfo("", **how, password=f"secret of {schema}")
                with Sessions(url, schema, pooler=True, min_size=1, max_size=2) as sessions:
                    for _ in range(3):
                        with sessions.session() as connection:
                            assert connection.execute("SELECT place FROM t").fetchall() == [(schema,)]
