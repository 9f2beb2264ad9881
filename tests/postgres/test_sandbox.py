"""What no SQL can do in a sandbox, by whatever way it tries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.sandbox import Role, Sandbox, bounded, sandbox

OWNER = "post;gres'"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with sandbox(find_binaries()) as running:
        running.make_roles([Role(OWNER, createrole=True, bypassrls=True), Role("postgres", createrole=True)])
        running.make_database("tar get", OWNER)
        running.allow_extensions("tar get", ["hstore", "file_fdw"])
        yield running


ESCAPES = (
    "COPY (SELECT 1) TO PROGRAM 'touch {marker}'",
    "COPY (SELECT 1) TO '{marker}'",
    "GRANT pg_execute_server_program TO CURRENT_USER",
    "GRANT pg_write_server_files TO CURRENT_USER",
    "GRANT pg_create_subscription TO CURRENT_USER",
    "CREATE ROLE other SUPERUSER",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    'GRANT "{keeper}" TO CURRENT_USER',
    'SET SESSION AUTHORIZATION "{keeper}"',
    'SET ROLE "{keeper}"',
    "ALTER ROLE \"{keeper}\" PASSWORD 'x'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '{marker}')",
    "LOAD '/tmp/x.so'",
    "CREATE FUNCTION f() RETURNS integer LANGUAGE c AS 'libc', 'getpid'",
    "CREATE FUNCTION f() RETURNS integer LANGUAGE internal AS 'pg_backend_pid'",
    "ALTER SYSTEM SET archive_command = 'touch {marker}'",
    "SET allow_system_table_mods = on",
    "INSERT INTO pg_catalog.pg_auth_members (roleid, member, grantor, admin_option) VALUES (10, 10, 10, true)",
    "UPDATE pg_catalog.pg_proc SET prolang = 12",
    "SELECT pg_reload_conf()",
    "CREATE DATABASE more",
    "CREATE TABLESPACE t LOCATION '/tmp'",
    "CREATE EXTENSION plpython3u",
    "SELECT slate_sandbox.create_extension('dblink', 'public', NULL, false)",
    "CREATE OR REPLACE FUNCTION slate_sandbox.close_network() RETURNS void LANGUAGE sql AS ''",
)


@pytest.mark.parametrize("role", [OWNER, "postgres"])
def test_no_statement_reaches_the_machine_or_becomes_superuser(box: Sandbox, role: str, tmp_path: Path) -> None:
    marker = Path("/tmp") / f"slate-{tmp_path.name}"
    with box.connect("tar get", role) as connection:
        for escape in ESCAPES:
            with pytest.raises(psycopg.Error) as refused:
                connection.execute(escape.format(marker=marker, keeper=box.keeper))  # type: ignore[call-overload]
            assert refused.value.sqlstate in ("42501", "42704", "42883", "0A000", "58P01"), escape
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    assert not marker.exists()


def test_an_extension_that_was_named_is_made_whoever_asks(box: Sandbox) -> None:
    with box.connect("tar get", OWNER) as connection:
        connection.execute('CREATE SCHEMA "ex;t\'"')
        connection.execute("SELECT slate_sandbox.create_extension('hstore', 'ex;t''', NULL, false)")
        connection.execute("SELECT 'a=>1'::\"ex;t'\".hstore")
        connection.execute("SELECT slate_sandbox.create_extension('file_fdw', NULL, NULL, true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):  # it is there, and of no use
            connection.execute("CREATE SERVER files FOREIGN DATA WRAPPER file_fdw")


def test_nothing_outlasts_its_time_whatever_it_catches(box: Sandbox) -> None:
    with box.connect("tar get", OWNER) as connection:
        began = time.monotonic()
        connection.execute("SET statement_timeout = 0")
        with pytest.raises(psycopg.OperationalError), bounded(box, connection, 1):
            connection.execute(
                "DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$"
            )
        assert time.monotonic() - began < 30
