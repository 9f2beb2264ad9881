"""Four hundred installations on two servers, with all that goes wrong in a night: the end is right and told right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.config import build_project
from slate_pg.migrations import runner
from slate_pg.migrations.installations import read_files
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import Server, disposable
from tests.workshop import COMMAND, eventually

EACH = 20  # on each server
MANY = pytest.param(
    200,
    marks=pytest.mark.skipif(not os.environ.get("SLATE_MEASURE"), reason="400 take minutes: set SLATE_MEASURE=1"),
)


class Night:
    """Two servers, a folder, and the ways to run slate on all that is installed there."""

    def __init__(self, root: Path, north: Server, south: Server, each: int) -> None:
        self.root, self.north, self.south, self.each = root, north, south, each
        self.folder = root / "migrations" / "shop"
        self.folder.mkdir(parents=True)
        self.write("shop_0001_t", "CREATE TABLE t (id integer NOT NULL)")
        (root / "servers.toml").write_text(f'[servers]\nnorth = "{north.url()}"\nsouth = "{south.url()}"\n')
        product = build_project(root, {}).product("shop")
        for server in (north, south):
            with connect(server.url()) as connection:
                for number in range(each):
                    run = Run(connection, product.installed_as(f"tenant_{number:03}"), None)
                    runner.apply(run, None, read_files([product])["shop"])

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.sql").write_text(text + ";")
        (self.folder / f"{name}.rollback.sql").write_text("SELECT 1;")

    def command(self, *arguments: str) -> list[str]:
        listed = ["--servers", str(self.root / "servers.toml"), "--migrations", str(self.folder.parent)]
        return [*COMMAND, "fleet", *arguments, *listed]

    def slate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False)

    def lines(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.slate(*arguments, "--json").stdout.splitlines()]

    def ran(self, server: Server) -> dict[str, list[str]]:
        """Return what each installation's history says was applied, in order."""
        names = [f"tenant_{number:03}" for number in range(self.each)]
        one = "SELECT '{0}', array_agg(key::text ORDER BY number) FROM {0}._slate_ledger WHERE kind = 'apply'"
        with psycopg.connect(server.url(), autocommit=True) as connection:
            return dict(connection.execute(" UNION ALL ".join(one.format(name) for name in names).encode()).fetchall())


@pytest.fixture(params=[EACH, MANY])
def night(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Night]:
    with disposable() as north, disposable() as south:
        yield Night(tmp_path, north, south, request.param)


def test_a_bad_migration_stops_at_the_one_canary(night: Night) -> None:
    night.write("shop_0002_u", "ALTER TABLE t ADD COLUMN n integer; SELECT 1 / 0")
    ran = night.slate("apply", "shop", "--canary", "1")
    assert (ran.returncode, "division by zero" in ran.stderr) == (1, True)
    assert {tuple(h) for s in (night.north, night.south) for h in night.ran(s).values()} == {("shop_0001_t",)}
    *each, last = night.lines("apply", "shop", "--canary", "1")
    assert sorted(g["installations"] for g in last["summary"]) == [1, 2 * night.each - 1]
    assert [o["state"] for o in each].count("failed") == 1
    print(last["summary"])


def test_a_night_with_a_dead_server_a_locked_tenant_a_failing_row_and_five_kills_ends_right(night: Night) -> None:
    names = ["shop_0002_u", "shop_0003_v"]
    night.write(names[0], "ALTER TABLE t ADD CONSTRAINT t_small CHECK (id < 10); SELECT pg_sleep(0.02)")
    night.write(names[1], "CREATE TABLE v (id integer); SELECT pg_sleep(0.02)")
    with psycopg.connect(night.north.url()) as locker:
        locker.execute("INSERT INTO tenant_003.t VALUES (1)")  # and no commit
        with psycopg.connect(night.south.url(), autocommit=True) as other:
            other.execute("INSERT INTO tenant_007.t VALUES (77)")
        command = night.command("apply", "shop", "--wait", "2", "--max-failures", "99", "--jobs", "1")
        for kill in range(1, 6):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

            def goes_on(
                process: subprocess.Popen[bytes] = process, least: int = night.each + 3 * night.each // 20 * kill
            ) -> bool:
                return sum(map(len, night.ran(night.north).values())) > least or process.poll() is not None

            eventually(goes_on, "progress", 120)
            process.send_signal(signal.SIGKILL)
            process.wait()
        night.south.stop("immediate")
        *each, last = night.lines("apply", "shop", "--wait", "2", "--max-failures", "99")
        assert [u["server"] for u in last["unreachable"]] == ["south"]
        assert [(o["server"], o["schema"]) for o in each if o["state"] == "busy"] == [("north", "tenant_003")]
        night.south.start()
        *each, last = night.lines("apply", "shop", "--wait", "2", "--max-failures", "99")
        assert last["unreachable"] == []
        wrong = {(o["server"], o["schema"]): o["state"] for o in each if o["state"] != "done"}
        assert wrong == {("north", "tenant_003"): "busy", ("south", "tenant_007"): "failed"}
        print(last["summary"])
        locker.rollback()
    with psycopg.connect(night.south.url(), autocommit=True) as other:
        other.execute("DELETE FROM tenant_007.t")
    assert night.slate("apply", "shop").returncode == 0
    told = night.slate("status", "shop")
    assert told.returncode == 0
    print(told.stdout)
    wanted = ("shop_0001_t", *names)
    assert {tuple(h) for s in (night.north, night.south) for h in night.ran(s).values()} == {wanted}
