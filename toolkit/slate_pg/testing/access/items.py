"""Collects <name>.access.toml as tests: one for each entry of the table beside it, and one that the table is whole.

The people stand in the TOML file, what became of them in <name>.access.sql (run after the seeds), what each reaches in
<name>.access.txt. `pytest --write-access` writes the latter anew; leaks and wrong writes fail even then.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_postgresql.janitor import DatabaseJanitor

from slate_pg.config import Project
from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import connect
from slate_pg.testing.access.matrix import Entry, Matrix
from slate_pg.testing.access.people import read_world
from slate_pg.testing.access.table import SUFFIX, read_table, write_table

_SHOWN = 60  # lines of one failure
Worlds = Callable[[Path], Matrix]


def beside(path: Path, suffix: str) -> Path:
    """Return the file of another kind beside a file of people."""
    return path.with_name(path.name.removesuffix(SUFFIX) + suffix)


class AccessFile(pytest.File):
    """The people of one schema; collects as one test for each entry of their table."""

    def collect(self) -> Iterable[pytest.Item]:
        """Return the tests; the table is read, no server is asked yet."""
        yield pytest.Function.from_parent(self, name="the table is whole", callobj=whole(self.path))
        if not self.config.getoption("--write-access"):
            for name in read_table(beside(self.path, ".access.txt")):
                yield pytest.Function.from_parent(self, name=name, callobj=one(self.path, name))


def whole(path: Path) -> Callable[..., None]:
    """Return the test that every relation and function has its entry; with --write-access it writes them."""

    def test_whole(slate_worlds: Worlds, request: pytest.FixtureRequest) -> None:
        matrix, table = slate_worlds(path), beside(path, ".access.txt")
        if request.config.getoption("--write-access"):
            entries = list(matrix.entries())
            write_table(table, [entry.text for entry in entries])
            for entry in entries:
                _record(request, path, entry)
            _refuse([fault for entry in entries for fault in _faults(entry)])
            return
        known, there = read_table(table), matrix.names
        _refuse(
            [f'"{n}" is not in {table.name}: run pytest --write-access {path.name}' for n in there if n not in known]
        )

    return test_whole


def one(path: Path, name: str) -> Callable[..., None]:
    """Return the test of one entry."""

    def test_entry(slate_worlds: Worlds, request: pytest.FixtureRequest) -> None:
        matrix, table = slate_worlds(path), beside(path, ".access.txt")
        if name not in matrix.names:
            pytest.fail(f'{table.name} has "{name}", which is not in the schema', pytrace=False)
        entry = matrix.entry(name)
        _record(request, path, entry)
        expected = read_table(table)[name].splitlines()
        changed = difflib.unified_diff(expected, entry.text.splitlines(), table.name, "the server", lineterm="")
        _refuse([*_faults(entry), *changed])

    return test_entry


def _faults(entry: Entry) -> Iterator[str]:
    yield from (f"leak: {entry.name}: {fault}" for fault in entry.leaks)
    yield from (f"wrong write: {entry.name}: {fault}" for fault in entry.wrong_writes)


def _refuse(faults: list[str]) -> None:
    if faults:
        more = [f"… and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        pytest.fail("\n".join([*faults[:_SHOWN], *more]), pytrace=False)


def _record(request: pytest.FixtureRequest, path: Path, entry: Entry) -> None:
    schema = path.name.removesuffix(SUFFIX)
    request.node.user_properties.append(
        ("slate_access", [schema, entry.cells, len(entry.leaks), len(entry.wrong_writes)])
    )


def open_worlds(stack: ExitStack, server: Any, template: str, project: Project, chosen: list[str]) -> Worlds:
    """Return what makes the matrix of a file: a clone, seeded, with what became of its people. Each is made once.

    Skips the test where products were chosen and the file's is not among them.
    """
    made: dict[Path, Matrix] = {}

    def world(path: Path) -> Matrix:
        if path not in made:
            said = read_world(path)
            if chosen and said.schema not in chosen:
                pytest.skip(f"{said.schema} is not among --products")
            name = f"slate_access_{len(made)}"
            place = {"host": server.host, "port": server.port, "dbname": name, "template_dbname": template}
            stack.enter_context(DatabaseJanitor(user="postgres", **place))
            connection = stack.enter_context(connect(server.url(name)))
            product = project.product(said.schema)
            load(Run(connection, product, project.shared), said.seeds)
            stack.enter_context(connection.transaction(force_rollback=True))
            became = beside(path, ".access.sql")
            if became.exists():
                path_of = ", ".join(f'"{n}"' for n in (product.schema, project.shared) if n)
                connection.execute("SELECT set_config('search_path', %s, true)", [path_of])
                connection.execute(became.read_text("utf-8").encode())
            made[path] = Matrix(connection, said)
        return made[path]

    return world
