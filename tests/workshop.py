"""A database and a folder of migrations to break things in: writes files, runs slate, and waits for conditions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import psycopg

from slate_pg.cli import main
from slate_pg.config import Product, Project, build_project
from slate_pg.migrations import ledger, runner
from slate_pg.migrations.locking import Holder, Patience
from slate_pg.migrations.runner import Run, Watcher
from slate_pg.migrations.state import State
from slate_pg.postgres import connection as wire
from slate_pg.postgres.connection import connect
from tests import published

COMMAND = [sys.executable, "-c", "from slate_pg.cli import main; main()"]
HURRY = Patience(lock_timeout_ms=50, wait_seconds=20)
MOMENTS = ("before it is sent", "while the server works", "after the answer")


Found = TypeVar("Found")


def eventually(condition: Callable[[], Found | None], what: str, seconds: float = 240) -> Found:
    """Wait until the condition is true and return what it returned; AssertionError names what never came."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"never happened within {seconds} s: {what}"
        time.sleep(0.003)
    return found


@dataclass
class Heard:
    """What a run said: waits with the holders it named, warnings, and the migrations it finished."""

    waits: list[tuple[str, list[Holder]]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)

    @property
    def watcher(self) -> Watcher:
        return Watcher(
            waiting=lambda what, holders: self.waits.append((what, holders)),
            warned=self.warnings.append,
            finished=lambda name, _: self.finished.append(name),
        )


class Workshop:
    """One database, one folder with the product "shop", and the ways to run slate on them."""

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        self.folder = root / "migrations" / "shop"
        self.folder.mkdir(parents=True)
        self.heard = Heard()
        self.started: list[subprocess.Popen[str]] = []
        self.watch = psycopg.connect(url, autocommit=True)

    @property
    def read_only_url(self) -> str:
        """The connection string with which every write fails."""
        return f"{self.url}&options=-c%20default_transaction_read_only%3Don"

    @property
    def project(self) -> Project:
        return build_project(self.root, {})

    @property
    def product(self) -> Product:
        return self.project.product("shop")

    def write(self, name: str, apply: str | bytes, rollback: str | None = "SELECT 1;") -> Path:
        """Write a migration and its rollback (none for None) byte by byte, and return its path."""
        path = self.folder / f"{name}.sql"
        path.write_bytes(apply.encode() if isinstance(apply, str) else apply)
        if rollback is not None:
            (self.folder / f"{name}.rollback.sql").write_bytes(rollback.encode())
        return path

    @contextmanager
    def run(self, schema: str = "shop", patience: Patience = HURRY, url: str = "") -> Iterator[Run]:
        with connect(url or self.url, purpose=f"slate {schema}") as connection:
            yield Run(connection, self.product.installed_as(schema), None, patience, self.heard.watcher)

    def apply(
        self, to: str | None = None, schema: str = "shop", patience: Patience = HURRY, url: str = ""
    ) -> list[str]:
        with self.run(schema, patience, url) as run:
            return runner.apply(run, to)

    def rollback(self, *, schema: str = "shop", **how: Any) -> list[str]:
        with self.run(schema) as run:
            return runner.rollback(run, **how)

    def state(self, schema: str = "shop", url: str = "") -> State:
        with connect(url or self.url) as connection:
            return ledger.read_state(connection, self.product.installed_as(schema))

    def session(self, autocommit: bool = False, **options: Any) -> psycopg.Connection[Any]:
        """Return one more connection; close it with `with`."""
        return psycopg.connect(self.url, autocommit=autocommit, **options)

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask over the workshop's own connection, in autocommit mode."""
        return self.watch.execute(statement, parameters or None).fetchall()

    def value(self, statement: str, *parameters: Any) -> Any:
        return self.rows(statement, *parameters)[0][0]

    def do(self, statement: str) -> None:
        """Run statements over the workshop's own connection, in autocommit mode."""
        self.watch.execute(statement.encode())

    def exists(self, relation: str) -> bool:
        return bool(self.value("SELECT to_regclass(%s) IS NOT NULL", relation))

    def ledger(self, schema: str = "shop") -> list[str]:
        """Return the ids in the ledger, in order; yoyo's view and Slate's table must name the same."""
        if not self.exists(f"{schema}._slate_ledger"):
            return []
        ids = [
            r[0]
            for r in self.rows(f'SELECT migration_id FROM {schema}._yoyo_migration ORDER BY migration_id COLLATE "C"')
        ]
        ours = [
            r[0] for r in self.rows(f"SELECT key FROM {schema}._slate_ledger WHERE kind = 'migration' ORDER BY key")
        ]
        assert ids == ours, f"yoyo's ledger has {ids}, Slate's has {ours}"
        return ids

    def log(self, schema: str = "shop") -> list[tuple[str, str]]:
        """Return (operation, id) of every log row, in order."""
        return self.rows(
            f"SELECT operation, migration_id FROM {schema}._yoyo_log ORDER BY created_at_utc, migration_id"
        )

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start the command `slate` as a process of its own."""
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--migrations", str(self.folder.parent), "--database", self.url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **options,
        )  # fmt: skip
        self.started.append(process)
        return process

    def slate(self, *arguments: str, url: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command `slate` to its end in a forked process, which saves Python's start."""
        return captured(
            main, "slate", *arguments, "--migrations", str(self.folder.parent), "--database", url or self.url
        )

    def slate_with(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command `slate` with this folder and no database but those that the arguments name."""
        return captured(main, "slate", *arguments, "--migrations", str(self.folder.parent))

    def fork(self, work: Callable[[], Any]) -> int:
        """Run something in a forked process and return its pid: as real as any process, without Python's start."""
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        return pid

    def waiting_backend(self, event: str = "%") -> int:
        """Wait until a slate backend waits for a lock; return its pid."""
        return eventually(lambda: self._waiting(event), "a backend of slate waits for a lock")

    def _waiting(self, event: str) -> int | None:
        for process in self.started:
            assert process.poll() is None, f"slate ended before it waited: {process.communicate()[1]}"
        found = self.rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'slate %%' "
            "AND wait_event_type = 'Lock' AND wait_event LIKE %s",
            event,
        )
        return found[0][0] if found else None

    def all_gone(self) -> None:
        """Wait until the server has noticed that every runner is dead."""
        eventually(
            lambda: (
                not self.rows(
                    "SELECT 1 FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name LIKE 'slate %%' AND "
                    "backend_type = 'client backend'"
                )
            ),
            "the server ends the sessions of dead runners",
        )

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Send kill -9 to a runner's process group and collect it."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def captured(command: Callable[[], Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program's main function in a forked process with these arguments; return its exit code and output."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        pid = os.fork()
        if pid == 0:
            _become(command, arguments, out.fileno(), err.fileno())
        code = reap(pid)
        out.seek(0)
        err.seek(0)
        done = subprocess.CompletedProcess(arguments, code, out.read(), err.read())
    if command is main:
        published.check(arguments[1:], code, done.stdout, done.stderr)
    return done


def _become(command: Callable[[], Any], arguments: tuple[str, ...], out: int, err: int) -> NoReturn:
    signal.alarm(300)  # who hangs; a busy machine takes four times as long as a quiet one
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.argv = list(arguments)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    code = 0
    try:
        command()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def reap(pid: int) -> int:
    """Wait for a forked process; return its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die_at(number: int, moment: str) -> None:
    """Make this process kill itself at its n-th message to the server. Called in the forked runner."""
    real, count = wire._exchange, 0

    def exchange(pgconn: Any, sql: bytes, copy_data: Any) -> Any:
        nonlocal count
        count += 1
        if count != number:
            return real(pgconn, sql, copy_data)
        if moment == "while the server works":
            pgconn.send_query(sql)
            wire._flush(pgconn)
        elif moment == "after the answer":
            real(pgconn, sql, copy_data)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")

    wire._exchange = exchange
