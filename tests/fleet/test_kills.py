"""Killed between any two steps, the same command ends what was begun: each migration once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.postgres import connection as wire
from tests.fleet.conftest import Fleet
from tests.workshop import captured

TEXT = (
    "CREATE FUNCTION {}() RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1'; CREATE TABLE {} ();"
)
HISTORY = ["apply shop_0001_t", "apply shop_0002_u", "apply shop_0003_v"]


def dying_at(number: int) -> Callable[[], None]:
    """Return slate's main function, in which it is killed at its n-th step.

    Steps are what may change something: before each message of statements, and before and behind each commit.
    """

    def run() -> None:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        real_exchange, real_exit = wire._exchange, psycopg.Transaction.__exit__

        def exchange(*arguments: Any) -> Any:
            step()
            return real_exchange(*arguments)

        def leave(*arguments: Any) -> Any:
            step()
            found = real_exit(*arguments)
            step()
            return found

        wire._exchange = exchange
        psycopg.Transaction.__exit__ = leave  # type: ignore[method-assign]
        main()

    return run


@pytest.fixture
def three(fleet: Fleet) -> Fleet:
    """The fleet with three migrations and functions that pin their path."""
    for name in ("shop_0002_u", "shop_0003_v"):
        fleet.shop.write(name, TEXT.format(name[-1] + "_f", name[-1]), "SELECT 1;")
    assert fleet.slate("apply").returncode == 0
    return fleet


def until_it_ends(fleet: Fleet, again: Callable[[subprocess.CompletedProcess[str], int], None], *command: str) -> int:
    """Kill a command at its first step, its second and so on until it ends by itself; check after each."""
    whole = (*command, "--server", "north", "--servers", str(fleet.listed))
    whole += ("--migrations", str(fleet.shop.folder.parent))
    for number in range(1, 400):
        ran = captured(dying_at(number), "slate", "fleet", *whole)
        if ran.returncode != -signal.SIGKILL:
            assert ran.returncode == 0, ran.stderr
            return number
        fleet.shop.all_gone()
        again(captured(main, "slate", "fleet", *whole), number)
    raise AssertionError("it never ended")


def history(fleet: Fleet, schema: str) -> list[str]:
    return fleet.ledgers()["north", schema]


def gone(fleet: Fleet, schema: str) -> None:
    """Have a schema gone, as if there had been none."""
    fleet.shop.do(f"DROP SCHEMA {schema} CASCADE")


def test_an_add_of_its_files(three: Fleet) -> None:
    def check(ran: subprocess.CompletedProcess[str], number: int) -> None:
        done = (1, True) if ran.returncode else (0, False)  # 1 where the kill came behind the last migration
        assert (ran.returncode, "on north already: up to date" in ran.stderr) == done, (number, ran.stderr)
        assert history(three, "new") == HISTORY, number
        gone(three, "new")

    assert until_it_ends(three, check, "add", "shop", "new") > 4
    assert history(three, "new") == HISTORY


def test_an_add_of_a_spare_takes_one(three: Fleet) -> None:
    for name in ("shop_spare_1", "shop_spare_2"):
        three.shop.apply(schema=name)

    def check(ran: subprocess.CompletedProcess[str], number: int) -> None:
        done = (1, True) if ran.returncode else (0, False)
        assert (ran.returncode, "on north already: up to date" in ran.stderr) == done, (number, ran.stderr)
        assert history(three, "new") == HISTORY, number
        assert three.shop.value("SELECT new.u_f()") == 1
        left = three.shop.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shop_spare%%'")
        assert left == [("shop_spare_2",)], number
        three.shop.do("ALTER SCHEMA new RENAME TO shop_spare_1")
        three.shop.do("ALTER FUNCTION shop_spare_1.u_f SET search_path = shop_spare_1, pg_temp")
        three.shop.do("ALTER FUNCTION shop_spare_1.v_f SET search_path = shop_spare_1, pg_temp")

    assert until_it_ends(three, check, "add", "shop", "new") > 4


def test_spares_are_as_many_as_wanted_and_all_of_them_whole(three: Fleet) -> None:
    def check(ran: subprocess.CompletedProcess[str], number: int) -> None:
        assert ran.returncode == 0, (number, ran.stderr)
        names = [r[0] for r in three.shop.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shop_spare%%'")]
        assert sorted(names) == ["shop_spare_1", "shop_spare_2"], number
        for name in names:
            assert history(three, name) == HISTORY, (number, name)
            gone(three, name)

    assert until_it_ends(three, check, "spare", "shop", "--keep", "2") > 4


def test_a_rename_gives_one_name_and_mends_all_or_nothing(three: Fleet) -> None:
    three.shop.do('CREATE ROLE select_kills; GRANT USAGE ON SCHEMA "select" TO select_kills')

    def check(ran: subprocess.CompletedProcess[str], number: int) -> None:
        done = (2, True) if ran.returncode else (0, False)
        assert (ran.returncode, "a rename that was begun before may be complete" in ran.stderr) == done, ran.stderr
        assert history(three, "beta") == HISTORY, number
        assert three.shop.value("SELECT proconfig FROM pg_proc WHERE oid = 'beta.u_f'::regproc") == [
            "search_path=beta, pg_temp"
        ]
        roles = three.shop.rows("SELECT rolname FROM pg_roles WHERE rolname LIKE '%%\\_kills'")
        assert roles == [("beta_kills",)], number
        back = three.slate("rename", "beta", "select", "--server", "north")
        assert back.returncode == 0, back.stderr

    try:
        assert until_it_ends(three, check, "rename", "shop", "select", "beta") > 4
    finally:
        for role in ("beta_kills", "select_kills"):
            if three.shop.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", role):
                three.shop.do(f"DROP OWNED BY {role}; DROP ROLE {role}")
