"""A seeded installation of spark moves between two servers while people write to it: nothing lost, the seconds printed."""

from __future__ import annotations

import json
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from slate_pg.cli import main
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.cluster.logins import add, login, memberships
from slate_pg.config import Project
from slate_pg.migrations import runner
from slate_pg.migrations.run import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import FAST, Server, disposable
from tests.workshop import captured, eventually

NAME = "spark Ост"
WRITERS = 4
WRITE = """
    INSERT INTO "spark Ост".user_notifications (user_id, title, message, type)
    SELECT u.id, %s, %s, (enum_range(NULL::"spark Ост".notification_type))[1]
    FROM "spark Ост".users AS u ORDER BY u.id LIMIT 1
    RETURNING id::text
"""


@dataclass
class Show:
    """Two servers, the one installation, and the file that says where clients are to go."""

    north: Server
    south: Server
    root: Path
    project: Project
    asked: list[str] = field(default_factory=list)

    @property
    def route(self) -> Path:
        return self.root / "route"

    def move(self, *arguments: str) -> dict[str, Any]:
        listed = self.root / "servers.toml"
        listed.write_text(f'[servers]\nnorth = "{self.north.url()}"\nsouth = "{self.south.url()}"\n')
        urls = " ".join(shlex.quote(f"{s}={u.url()}") for s, u in (("north", self.north), ("south", self.south)))
        switch = (
            f"cat >/dev/null; for u in {urls}; do case $u in $SLATE_SERVER=*) echo ${{u#*=}} > {self.route}.new;; esac; "
            f"done; mv {self.route}.new {self.route}"
        )
        ran = captured(
            main, "slate", "fleet", "move", "spark", NAME, "--to", "south", "--servers", str(listed), "--json",
            "--migrations", str(self.project.root / "migrations"), "--switch", switch, *arguments,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture
def show(slate_project: Project, tmp_path: Path) -> Iterator[Show]:
    settings = (*FAST, "wal_level=logical", "log_statement=ddl")
    with disposable(settings=settings) as north, disposable(settings=settings) as south:
        for server in (north, south):
            with connect(server.url()) as connection:
                bootstrap(connection, slate_project)
        with connect(north.url()) as connection:
            runner.apply(Run(connection, slate_project.product("core"), "core"))
            installed = Run(connection, slate_project.product("spark").installed_as(NAME), "core")
            runner.apply(installed)
            load(installed, ("reference", "demo"))
            found = login(slate_project.product("spark").installed_as(NAME), "core", "svc ost", "service")
            add(connection, found, "it's secret")
        made = Show(north, south, tmp_path, slate_project)
        made.route.write_text(north.url())
        yield made


@dataclass
class Writer(threading.Thread):
    """One client: writes, commits, notes what was acknowledged; on a refusal it connects again to where it is led."""

    show: Show
    number: int
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    maybe: set[str] = field(default_factory=set)
    refused: list[float] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                with psycopg.connect(self.show.route.read_text().strip()) as session:
                    while not self.stop.is_set():
                        [id_] = session.execute(WRITE, [f"by {self.number}", "m" * 50]).fetchone()
                        self.maybe = {id_}
                        session.commit()
                        self.acknowledged.append(id_)
                        self.maybe = set()
            except psycopg.errors.ReadOnlySqlTransaction:
                self.refused.append(time.monotonic())
                time.sleep(0.01)
            except psycopg.Error as error:
                self.strange.append(str(error))
                time.sleep(0.05)


def under_writers(show: Show, work: Callable[[], dict[str, Any]]) -> tuple[list[Writer], dict[str, Any]]:
    """Do some work while writers are at it, and let them go on for a while on the other side."""
    stop = threading.Event()
    writers = [Writer(show, number, stop) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        eventually(lambda: all(len(w.acknowledged) > 20 for w in writers), "writers write")
        said = work()
        before = [len(w.acknowledged) for w in writers]
        eventually(
            lambda: all(len(w.acknowledged) > b + 20 for w, b in zip(writers, before, strict=True)), "they go on"
        )
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    return writers, said


def ids(server: Server) -> set[str]:
    with psycopg.connect(server.url()) as session:
        return {
            r[0] for r in session.execute("SELECT id::text FROM \"spark Ост\".user_notifications WHERE title ^@ 'by '")
        }


@pytest.mark.parametrize("how", [(), ("--online",)], ids=["offline", "online"])
def test_of_what_was_acknowledged_nothing_is_lost(show: Show, how: tuple[str, ...]) -> None:
    writers, said = under_writers(show, lambda: show.move(*how))
    acknowledged = {i for w in writers for i in w.acknowledged}
    there = ids(show.south)
    assert acknowledged <= there
    assert there - acknowledged <= set().union(*(w.maybe for w in writers))
    assert ids(show.north) < there
    assert [w.strange for w in writers] == [[]] * WRITERS
    seen = max(w.refused[-1] for w in writers) - min(w.refused[0] for w in writers)
    print(f"{' '.join(how) or 'offline'}: {len(acknowledged)} acknowledged and there; refused for {said['refused_seconds']:.2f} s, "
          f"seen by clients {seen:.2f} s")  # fmt: skip
    nothing_left(show)
    logs_in(show, there=True)
    done = show.move("--confirm", "--backup", str(show.root / "kept"))
    assert done["stays"] == [], done
    logs_in(show, there=False)


def nothing_left(show: Show) -> None:
    """Assert that no publication, subscription, slot or trigger of a move is on either server, but of the old copy."""
    for server in (show.north, show.south):
        with connect(server.url()) as connection:
            for relation in ("pg_publication", "pg_subscription", "pg_replication_slots"):
                assert connection.execute(f"SELECT count(*) FROM {relation}".encode()).fetchone() == (0,), relation
    with connect(show.south.url()) as connection:
        query = "SELECT count(*) FROM pg_trigger WHERE tgname = '_slate_read_only'"
        assert connection.execute(query).fetchone() == (0,)


def logs_in(show: Show, *, there: bool) -> None:
    """Assert that the service's login came along as it was, and is on its old server only while the old copy is."""
    with connect(show.south.url()) as connection:
        assert {*memberships(connection, "svc ost")} == {f"{NAME}_people", f"{NAME}_service"}
        secret = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'svc ost'").fetchone()
        assert str(secret[0]).startswith("SCRAM-SHA-256$")
        settings = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting WHERE setrole = '\"svc ost\"'::regrole"
        ).fetchone()
        assert settings == (['search_path="spark Ост", core'],)
    assert secret[0] not in (show.south.home / "server.log").read_text("utf-8")
    with connect(show.north.url()) as connection:
        found = connection.execute("SELECT count(*) FROM pg_roles WHERE starts_with(rolname, 'spark Ост_')").fetchone()
        assert (found != (0,)) == there
        found = connection.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'svc ost'").fetchone()
        assert (found != (0,)) == there


def test_what_is_taken_back_leaves_no_role_and_no_login_behind(show: Show) -> None:
    show.move()
    done = show.move("--abort")
    assert done["state"] == "aborted"
    with connect(show.south.url()) as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'spark Ост') OR rolname = 'svc ost' UNION ALL "
            "SELECT nspname FROM pg_namespace WHERE nspname = 'spark Ост'"
        ).fetchall()
    assert rows == []
    assert show.route.read_text().strip() == show.north.url()
