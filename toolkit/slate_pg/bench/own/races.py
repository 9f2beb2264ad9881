"""Times the runner on generated migrations beside psql and, where they are installed, yoyo and Alembic."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slate_pg.bench.own.commands import slate_command
from slate_pg.postgres.binaries import run_client
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import Server, disposable

HEAD = ("work", "with", "median s", "x psql -1 -f", "budget", "kept")
FLOOR = "psql -1 -f"
Apply = Callable[[str], None]


@dataclass(frozen=True)
class Race:
    """Ways to the same end, timed in turn: the median seconds of each, and slate's budget over the floor."""

    what: str
    seconds: dict[str, float]
    budget: float

    @property
    def ratios(self) -> dict[str, float]:
        """Each contender's seconds over the floor's."""
        return {name: taken / self.seconds[FLOOR] for name, taken in self.seconds.items()}

    @property
    def missed(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        ratio = self.ratios["slate"]
        return (f"{self.what}: {ratio:.2f} x {FLOOR}, budget {self.budget} x",) if ratio > self.budget else ()

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The cells of its lines in a table under HEAD, one a contender."""
        verdict = f"{self.budget:g}", "NO" if self.missed else "yes"
        return [
            (self.what, name, f"{taken:.3f}", f"{self.ratios[name]:.2f}", *(verdict if name == "slate" else ("", "")))
            for name, taken in self.seconds.items()
        ]


def race_runner(repeats: int) -> list[Race]:
    """Time slate, psql, yoyo and Alembic on many small migrations and on a big one. Writes temporary files."""
    many = [_small(number) for number in range(1, 201)]
    big = ["".join(_small(number, functions=False) for number in range(1, 501))]
    with disposable() as server, tempfile.TemporaryDirectory(prefix="slate-bench-") as folder:
        return [
            _race("apply 200 small migrations", server, Path(folder) / "many", many, repeats, 1.6),
            _race("apply one file of 2,000 statements", server, Path(folder) / "big", big, repeats, 1.15),
        ]


def _small(number: int, functions: bool = True) -> str:
    name = f"t_{number:04}"
    body = (
        f"CREATE FUNCTION {name}_touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n"
        f"CREATE TRIGGER {name}_touch BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_touch();\n"
    )
    return (
        f"CREATE TABLE {name} (id bigint PRIMARY KEY, note text NOT NULL, at timestamptz DEFAULT now());\n"
        f"CREATE INDEX {name}_note_idx ON {name} (note);\n"
        f"COMMENT ON TABLE {name} IS 'table {number}';\n"
        f"INSERT INTO {name} (id, note) VALUES (1, 'a'), (2, 'b');\n" + (body if functions else "")
    )


def _race(what: str, server: Server, folder: Path, texts: Sequence[str], repeats: int, budget: float) -> Race:
    contenders = {name: make(server, folder / name.split()[0], texts) for name, make in _contenders().items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):  # the first is to warm up
        for name, apply in contenders.items():
            taken = time_once(server, apply)
            if turn:
                times[name].append(taken)
    return Race(what, {name: statistics.median(taken) for name, taken in times.items()}, budget)


def _contenders() -> dict[str, Callable[[Server, Path, Sequence[str]], Apply]]:
    found = {FLOOR: _psql_once, "psql -f each": _psql_each, "slate": _slate}
    others = {"yoyo": _yoyo, "alembic": _alembic}
    return {**found, **{name: make for name, make in others.items() if importlib.util.find_spec(name)}}


def _psql_once(server: Server, folder: Path, texts: Sequence[str]) -> Apply:
    folder = folder.with_name("once")
    folder.mkdir(parents=True)
    (folder / "all.sql").write_text("".join(texts))
    return lambda url: _psql(server, "-1", "-f", str(folder / "all.sql"), url)


def _psql_each(server: Server, folder: Path, texts: Sequence[str]) -> Apply:
    files = _write(folder.with_name("each"), texts)

    def apply(url: str) -> None:
        for file in files:
            _psql(server, "-1", "-f", str(file), url)

    return apply


def _psql(server: Server, *arguments: str) -> None:
    _check(run_client(server.binaries, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *arguments))


def _slate(server: Server, folder: Path, texts: Sequence[str]) -> Apply:
    _write(folder, texts)
    return lambda url: run([*slate_command(), "apply", "--migrations", str(folder), "--database", url])


def _yoyo(server: Server, folder: Path, texts: Sequence[str]) -> Apply:
    _write(folder, texts)
    script = "import sys; from yoyo.scripts.main import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", script, "apply", "--batch", "--no-config-file", "-d"]
    return lambda url: run([*command, url.replace("postgresql:", "postgresql+psycopg:"), str(folder)])


def _alembic(server: Server, folder: Path, texts: Sequence[str]) -> Apply:
    versions = folder / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s\n")
    (folder / "env.py").write_text(_ENVIRONMENT)
    for number, text in enumerate(texts, 1):
        before = repr(f"{number - 1:04}") if number > 1 else None
        (versions / f"r{number:04}.py").write_text(
            f"from alembic import op\n\nrevision, down_revision = '{number:04}', {before}\n\n\n"
            f"def upgrade():\n    op.get_bind().exec_driver_sql({text!r})\n"
        )
    command = [sys.executable, "-m", "alembic", "-c", str(folder / "alembic.ini"), "upgrade", "head"]
    return lambda url: run(command, BENCH_URL=url.replace("postgresql:", "postgresql+psycopg:"))


_ENVIRONMENT = """import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["BENCH_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""


def _write(folder: Path, texts: Sequence[str]) -> list[Path]:
    """Write each text as a migration with a rollback, numbered; return the migrations' paths."""
    folder.mkdir(parents=True)
    files = []
    for number, text in enumerate(texts, 1):
        files.append(folder / f"{number:04}_make.sql")
        files[-1].write_text(text)
        (folder / f"{number:04}_make.rollback.sql").write_text("SELECT 1;\n")
    return files


def run(command: Sequence[str], **environment: str) -> None:
    """Run a program to its end; RuntimeError with its last words when it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8", **environment}
    )
    _check(done)


def _check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        raise RuntimeError(f"{done.args[0]} failed: {done.stderr.strip()[-400:]}")


def time_once(server: Server, work: Apply) -> float:
    """Time some work on a new database, dropped afterwards; seconds."""
    with _database(server) as url:
        began = time.perf_counter()
        work(url)
        return time.perf_counter() - began


@contextmanager
def _database(server: Server) -> Iterator[str]:
    with connect(server.url()) as connection:
        connection.execute("CREATE DATABASE bench TEMPLATE template0")
        connection.execute("CHECKPOINT")
        try:
            yield server.url("bench")
        finally:
            connection.execute("DROP DATABASE bench WITH (FORCE)")
