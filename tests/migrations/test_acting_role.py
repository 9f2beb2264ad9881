"""A session that begins as another role keeps to it: what a login is set to be, what the URL or PGOPTIONS says."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from psycopg import sql

from tests.workshop import COMMAND, Workshop

OWNER = "Schema Owner"


@pytest.fixture
def roles(shop: Workshop) -> Iterator[tuple[str, str]]:
    """A login that may become an owner, who may do nothing but make schemas here."""
    database = str(shop.value("SELECT current_database()"))
    login, owner = f"deploy_{database}", f"{OWNER} {database}"[:63]
    names = {"login": sql.Identifier(login), "owner": sql.Identifier(owner), "database": sql.Identifier(database)}

    def do(text: str) -> None:
        shop.do(sql.SQL(text).format(**names).as_string())

    do(
        "CREATE ROLE {login} LOGIN NOINHERIT; CREATE ROLE {owner}; GRANT {owner} TO {login}; GRANT CREATE ON DATABASE {database} TO {owner}"
    )
    yield login, owner
    do("DROP OWNED BY {owner}, {login} CASCADE; DROP ROLE {login}, {owner}")


def slate(shop: Workshop, *arguments: str, url: str) -> tuple[int, str]:
    """Run the command in a process that has not started the server, so that it is a target like any other."""
    process = subprocess.Popen(
        [*COMMAND, *arguments, "--migrations", str(shop.folder.parent), "--database", url],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def owners(shop: Workshop) -> set[tuple[str, str]]:
    found = shop.rows(
        "SELECT c.relname, r.rolname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner"
        " WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind IN ('r', 'S')"
    )
    return {(name, owner) for name, owner in found}


def test_every_migration_and_the_ledger_belong_to_the_role_that_the_login_is_set_to_be(
    shop: Workshop, roles: tuple[str, str]
) -> None:
    login, owner = roles
    shop.do(sql.SQL("ALTER ROLE {} SET role = {}").format(sql.Identifier(login), sql.Literal(owner)).as_string())
    shop.write("shop_0002_none", "SET ROLE NONE;", "SET ROLE NONE;")
    for number in (1, 3):
        shop.write(f"shop_000{number}_t", f"CREATE TABLE t{number} ();", f"DROP TABLE t{number};")
    shop.write(
        "shop_0004_i",
        "-- transactional: false\nCREATE TABLE t4 (id integer);\nCREATE INDEX CONCURRENTLY i ON t4 (id);",
        "DROP TABLE t4;",
    )
    shop.write("shop_0005_t", "CREATE TABLE t5 ();", "DROP TABLE t5;")
    url = shop.url.replace("postgres@", f"{login}@")
    done = shop.slate("apply", "shop", url=url)
    assert done.returncode == 0, done.stderr
    assert {role for _, role in owners(shop)} == {owner}, owners(shop)
    done = shop.slate("rollback", "shop", "--all", url=url)
    assert done.returncode == 0, done.stderr


def test_role_says_as_whom_every_session_begins(shop: Workshop, roles: tuple[str, str]) -> None:
    login, owner = roles
    shop.write("shop_0001_t", "CREATE TABLE t1 ();\nSET ROLE NONE;", "DROP TABLE t1;")
    shop.write("shop_0002_t", "RESET ROLE; CREATE TABLE t2 ();", "DROP TABLE t2;")
    url = shop.url.replace("postgres@", f"{login}@")
    _, said = slate(shop, "apply", "shop", url=url)
    assert "permission denied for database" in said, "the login itself may do nothing here"
    code, said = slate(shop, "apply", "shop", "--role", owner, url=url)
    assert code == 0, said
    assert {role for _, role in owners(shop)} == {owner}, owners(shop)
    for command in (("status",), ("drift", "shop"), ("doctor",), ("backup", "shop", "--to", str(shop.root / "kept"))):
        code, said = slate(shop, *command, "--role", owner, url=url)
        assert code == 0, (command, said)
    assert slate(shop, "rollback", "shop", "--all", "--role", owner, url=url)[0] == 0


@pytest.mark.parametrize("role", ["nobody there", "pg_monitor", ""])
def test_a_role_that_is_not_to_be_had_is_refused_with_the_way_out(
    shop: Workshop, roles: tuple[str, str], role: str
) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t1 ();", "DROP TABLE t1;")
    code, said = slate(shop, "apply", "shop", "--role", role, url=shop.url.replace("postgres@", f"{roles[0]}@"))
    assert code == (1 if role else 2), said
    assert "GRANT role TO login" in said or not role, said


def test_a_statement_that_takes_longer_than_it_may_ends_and_is_told_why(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t1 ();\nSELECT pg_sleep(20);", "DROP TABLE t1;")
    code, said = slate(shop, "apply", "shop", "--statement-timeout", "1500", url=shop.url)
    assert code == 1
    assert "shop_0001_t.sql:2" in said
    assert "--statement-timeout gives a statement 1500ms" in said
    assert not shop.exists("shop.t1")


@pytest.mark.parametrize(
    ("milliseconds", "shown"), [(1, "1ms"), (1500, "1500ms"), (5000, "5s"), (90_000, "90s"), (3_600_000, "1h")]
)
def test_a_time_is_written_as_the_server_shows_it(shop: Workshop, milliseconds: int, shown: str) -> None:
    from slate_pg.postgres.pins import as_duration

    shop.do("SELECT 1")
    assert as_duration(milliseconds) == shown
    assert shop.value(f"SELECT set_config('statement_timeout', '{milliseconds}', true)") == shown


def test_nobody_who_answers_is_given_up_after_so_many_seconds(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t1 ();", "DROP TABLE t1;")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d"
        code, said = slate(shop, "status", "--connect-timeout", "2", url=url)
    assert (code, "cannot connect" in said) == (1, True)
    assert time.monotonic() - began < 60
