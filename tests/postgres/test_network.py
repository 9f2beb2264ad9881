"""Nothing that was asked for the connection is weakened for a client program, and a silent network is noticed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from slate_pg.conninfo import ALIVE, alive
from slate_pg.errors import Misuse
from slate_pg.postgres.binaries import run_client
from slate_pg.postgres.connection import client_url, connect, send
from slate_pg.postgres.server import FAST, Server, disposable
from slate_pg.service.session import Sessions

ASKED = {
    "sslmode": "allow", "sslrootcert": "/none.crt", "sslcrldir": "/none",
    "channel_binding": "disable", "target_session_attrs": "read-write", "ssl_min_protocol_version": "TLSv1.3",
    "ssl_max_protocol_version": "TLSv1.3", "sslsni": "0", "require_auth": "none",
    "application_name": "mine", "keepalives_idle": "7", "tcp_user_timeout": "9000", "options": "-c work_mem=77kB",
}  # fmt: skip


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Server, int]]:
    """A server that also listens on every address of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with disposable() as server:
        server.stop("fast")
        with (server.data / "pg_hba.conf").open("a") as file:
            file.write("host all all all trust\n")
        with (server.data / "postgresql.conf").open("a") as file:
            file.write("listen_addresses = '*'\n")
        server.start((*FAST, "listen_addresses=*", f"port={port}"))
        yield server, port


def test_a_client_program_gets_all_that_the_connection_was_asked_for(listening: tuple[Server, int]) -> None:
    _, port = listening
    asked = {name: value for name, value in ASKED.items() if name != "application_name"}
    with connect("host=127.0.0.1 user=postgres dbname=postgres password=hunter2 sslpassword=hunter3 port=" + str(port) + "".join(
        f" {name}='{value}'" for name, value in asked.items()
    )) as connection:  # fmt: skip
        given = conninfo_to_dict(client_url(connection))
        assert given.pop("options").startswith(asked.pop("options") + " "), "and Slate's own behind it"
        assert {name: given.get(name) for name in asked} == asked
        assert "password" not in given
        assert "sslpassword" not in given
        assert conninfo_to_dict(client_url(connection, dbname="other d"))["dbname"] == "other d"


def test_keepalives_and_a_timeout_are_set_and_the_url_overrides_them(listening: tuple[Server, int]) -> None:
    _, port = listening
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with connect(url) as connection:
        assert {name: connection.info.get_parameters().get(name) for name in ALIVE if name != "keepalives"} == {
            name: value for name, value in ALIVE.items() if name != "keepalives"
        }
        with socket.socket(fileno=os.dup(connection.fileno())) as raw:
            assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60000
    with connect(f"{url}?tcp_user_timeout=5000&keepalives=0") as connection:
        assert connection.info.get_parameters()["tcp_user_timeout"] == "5000"
        assert connection.info.get_parameters()["keepalives"] == "0"
    with Sessions(url, "core", min_size=1, keepalives_idle="11") as pool, pool.session(role=None) as connection:
        found = connection.info.get_parameters()
        assert (found["keepalives_idle"], found["tcp_user_timeout"]) == ("11", "60000")
    assert "connect_timeout" not in alive({}, {"PGCONNECT_TIMEOUT": "3"})


def test_a_url_cannot_ask_for_a_term_that_nobody_knows(listening: tuple[Server, int]) -> None:
    with pytest.raises(Misuse, match="no parameter that libpq knows"):
        connect(f"postgresql://postgres@127.0.0.1:{listening[1]}/postgres?keepalive_idle=1")


@pytest.fixture
def cable(listening: tuple[Server, int]) -> Iterator[tuple[str, str]]:
    """A network of one cable; the name of the far end's namespace and the server's address as seen from there."""
    name = f"slate{os.getpid()}"
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a network of our own needs root and the program ip")
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"this machine makes no network namespace: {made.stderr.strip()}")
    near, far = f"sl{os.getpid()}a", f"sl{os.getpid()}b"
    try:
        for words in (
            f"link add {near} type veth peer name {far} netns {name}", f"addr add 10.199.7.1/30 dev {near}",
            f"link set {near} up", f"-n {name} addr add 10.199.7.2/30 dev {far}", f"-n {name} link set {far} up",
        ):  # fmt: skip
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)
        yield name, near
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)
        subprocess.run(["ip", "link", "del", near], check=False, capture_output=True)


def test_a_cable_that_is_pulled_ends_a_waiting_statement(listening: tuple[Server, int], cable: tuple[str, str]) -> None:
    namespace, near = cable
    url = f"postgresql://postgres@10.199.7.1:{listening[1]}/postgres"
    settings = "?keepalives_idle=1&keepalives_interval=1&keepalives_count=2&tcp_user_timeout=3000"

    def wait_for_ever() -> int:
        import ctypes

        with open(f"/var/run/netns/{namespace}") as file:
            ctypes.CDLL(None).setns(file.fileno(), 0x40000000)  # only this process goes to the cable's far end
        with connect(url + settings) as connection:
            os.write(told, b"x")
            try:
                send(connection, "SELECT pg_sleep(600)")
            except psycopg.OperationalError:
                return 7
        return 8

    listen, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = wait_for_ever()
        finally:
            os._exit(code)
    os.close(told)
    assert os.read(listen, 1) == b"x"
    started = time.monotonic()
    subprocess.run(["ip", "link", "set", near, "down"], check=True)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert time.monotonic() - started < 20
    os.close(listen)


def test_a_client_program_of_any_version_understands_what_was_not_asked_for(listening: tuple[Server, int]) -> None:
    server, port = listening
    with connect(f"postgresql://postgres@127.0.0.1:{port}/postgres") as connection:
        ran = run_client(server.binaries, "pg_dump", "--schema-only", f"--dbname={client_url(connection)}")
        assert (ran.returncode, ran.stderr) == (0, "")
    with connect(f"postgresql://postgres@127.0.0.1:{port}/postgres?load_balance_hosts=random") as connection:
        assert conninfo_to_dict(client_url(connection))["load_balance_hosts"] == "random"
