"""What tests of several packages share: a workshop to run migrations in, a school that is altered, filled databases."""

from __future__ import annotations

import itertools
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from slate_pg.checks import drift, replay
from slate_pg.cli import main
from slate_pg.config import Project, find_project
from slate_pg.migrations import runner
from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import Connection, connect
from slate_pg.testing.plugin import Base
from tests import published
from tests.school import HERE, ROLES, Target
from tests.school.names import hostile_names, rename, write_project
from tests.workshop import Workshop

# Generated examples are the same in every run and have no deadline: a slow machine is no failure.
settings.register_profile("slate", deadline=None, derandomize=True)
settings.load_profile("slate")

# A shell's background job ignores Ctrl-C, and whatever it starts does: tests that send one start what takes it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
PRODUCTS = [p.name for p in find_project(start=ROOT).products]
_numbers = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def json_as_published() -> Iterator[None]:
    """What any test hears of `slate … --json` is as its schema says."""
    leave = published.watch_processes()
    yield
    leave()


@pytest.fixture
def shop(slate_server: Base, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop on a new database of the shared server."""
    name = f"shop_{tmp_path.parent.name.replace('-', '_')}_{next(_numbers)}"
    with psycopg.connect(slate_server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY FILE_COPY").format(sql.Identifier(name)))
        try:
            workshop = Workshop(slate_server.url(name), tmp_path)
            with workshop.watch:
                yield workshop
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def school() -> Project:
    """The fixture's project: one product, one migration, one object of every kind."""
    return find_project(str(HERE / "project" / "migrations"))


@pytest.fixture(scope="session")
def target(
    request: pytest.FixtureRequest, slate_server: Base, school: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """A database with the fixture applied by the runner, under its plain names or (a turn as parameter) hostile ones."""
    turn = getattr(request, "param", None)
    names = {} if turn is None else hostile_names(turn)
    if names:
        school = find_project(str(write_project(school.root, tmp_path_factory.mktemp("school"), names)))
    connection = replay.new_database(slate_server, "proof_target", school)
    connection.execute(rename("CREATE ROLE school_superuser SUPERUSER", names))
    product = school.product("school").installed_as(names.get("school", "school"))
    runner.apply(runner.Run(connection, product, None))
    expected = drift.expect(connection, [], school)
    yield Target(connection, school, expected, slate_server, "proof_target", names)
    connection.close()
    with connect(slate_server.url()) as other:
        other.execute("DROP DATABASE proof_target WITH (FORCE)")
        for role in ROLES:
            other.execute(rename(f"DROP ROLE {role}", names))


@pytest.fixture
def changed(target: Target) -> Iterator[psycopg.Connection[Any]]:
    """The target inside a transaction that is rolled back, with the schema on the path."""
    target.connection.execute(target.renamed("BEGIN; SET LOCAL search_path = school, public, pg_temp"))
    yield target.connection
    target.connection.execute("ROLLBACK")


@pytest.fixture(scope="session")
def among(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Skip a test about a product that --products left out."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]

    def check(product: str) -> None:
        if chosen and product not in chosen:
            pytest.skip(f"{product} is not among --products")

    return check


@pytest.fixture(scope="session")
def filled_url(
    slate_template: Any, slate_base: Base, slate_project: Project, pytestconfig: pytest.Config
) -> Iterator[str]:
    """The connection string of a clone with reference and demo data; tests only read it."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]
    name = f"keeping_{slate_template.template_dbname}"[:60]
    with connect(slate_base.url()) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{slate_template.template_dbname}"')
        with connect(slate_base.url(name)) as connection:
            for product in slate_project.select(chosen):
                load(Run(connection, product, slate_project.shared), ("reference", "demo"))
        yield slate_base.url(name)
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def filled(filled_url: str) -> Iterator[Connection]:
    """A connection to the database with demo data."""
    with connect(filled_url) as connection:
        yield connection


@pytest.fixture
def empty_url(slate_base: Base, request: pytest.FixtureRequest) -> Iterator[str]:
    """The connection string of a new, empty database, dropped afterwards."""
    name = "keeping_" + str(abs(hash(request.node.nodeid)) % 10**8)
    with connect(slate_base.url()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield slate_base.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(empty_url: str) -> Iterator[Connection]:
    with connect(empty_url) as connection:
        yield connection


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def slate(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `slate …`; return exit code, stdout and stderr."""
    monkeypatch.chdir(ROOT)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["slate", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:  # noqa: PT012 - main() only leaves when it must
            main()
            sys.exit(0)
        said = capfd.readouterr()
        code = int(left.value.code or 0)
        published.check([*map(str, arguments)], code, said.out, said.err)
        return Ran(code, said.out, said.err)

    return run
