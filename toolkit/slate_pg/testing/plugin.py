"""Fixtures for pytest: one disposable server a worker, one migrated template, a database a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_postgresql import factories
from pytest_postgresql.janitor import DatabaseJanitor

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project, find_project, read_slate_table
from slate_pg.environments import with_stand_ins
from slate_pg.errors import SlateError
from slate_pg.migrations import runner
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import disposable
from slate_pg.testing import covering
from slate_pg.testing.access.table import summary
from slate_pg.testing.database import Database
from slate_pg.testing.sessions import CommittedDatabase


@dataclass(frozen=True)
class Base:
    """Where the test server is, in pytest-postgresql's words."""

    host: str
    port: int = 5432
    user: str = "postgres"
    password: str | None = None
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template0"

    def url(self, database: str = "postgres") -> str:
        """Return the connection string of a database."""
        return f"postgresql://{self.user}@/{database}?host={self.host}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --products, --write-access and --coverage."""
    group = parser.getgroup("slate")
    group.addoption(
        "--products", default="", help="migrate only these products (comma separated) into the test databases"
    )
    group.addoption("--write-access", action="store_true", help="write the tables of <name>.access.toml files anew")
    covering.add_options(group)


def pytest_configure(config: pytest.Config) -> None:
    """Count what is run in the database, where that was asked for."""
    if covering.wanted(config):
        config.pluginmanager.register(covering.Covering(config), covering.NAME)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which PostgreSQL the run is about, where there is a project of ours."""
    from slate_pg.postgres.binaries import find_binaries

    if not _is_ours(config.rootpath):
        return None
    try:
        binaries = find_binaries()
    except SlateError as error:
        return f"slate: {error.message}"
    return f"slate: PostgreSQL {binaries.major}"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect pgTAP's own files, test_*.sql and *.pgtap.sql, and matrices of access, *.access.toml."""
    from slate_pg.testing import tap

    if file_path.suffix not in (".sql", ".toml") or not _is_ours(parent.config.rootpath):
        return None
    if file_path.name.endswith(".access.toml"):
        from slate_pg.testing.access.items import AccessFile

        return AccessFile.from_parent(parent, path=file_path)
    return tap.TapFile.from_parent(parent, path=file_path) if tap.is_test(file_path) else None


@cache
def _is_ours(root: Path) -> bool:
    """Tell whether pytest runs in a project that says it is one of ours, or has SQL migrations. Reads only."""
    try:
        if any(read_slate_table(folder / "pyproject.toml") is not None for folder in (root, *root.parents)):
            return True
        products = find_project(start=root).products
        return any(next(product.migrations.rglob("*.sql"), None) for product in products)
    except SlateError:
        return False


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison with a matcher: field by field, the nearest name, the SQL to look yourself."""
    from slate_pg.testing.reports import explain

    return explain(op, left, right)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many cells of the matrices of access were tried, and what was wrong."""
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    for line in summary(reports):
        terminalreporter.write_line(f"access of {line}")


@pytest.fixture(scope="session")
def slate_project(pytestconfig: pytest.Config) -> Project:
    """Find the project whose migrations the test databases carry."""
    project = find_project(start=Path(pytestconfig.rootpath))
    return project.having(with_stand_ins(project.variables))


@pytest.fixture(scope="session")
def slate_server() -> Iterator[Base]:
    """Run a disposable server from here to the end of the run: under pytest-xdist each worker has its own."""
    with disposable() as server:
        yield Base(str(server.home))


@pytest.fixture(scope="session")
def slate_base(slate_server: Base, slate_project: Project, pytestconfig: pytest.Config) -> Base:
    """Give the server the cluster's roles."""
    with connect(slate_server.url()) as connection:
        bootstrap(connection, slate_project)
    names = [n for n in pytestconfig.getoption("products").split(",") if n]
    _chosen.update(project=slate_project, names=names, covering=pytestconfig.pluginmanager.get_plugin(covering.NAME))
    return slate_server


_chosen: dict[str, Any] = {}


def _migrate(host: str, port: int, user: str, dbname: str, **_: object) -> None:
    """Load the template: the cluster's settings and every migration of the chosen products."""
    project = _chosen["project"]
    with connect(Base(host, port, user).url(dbname)) as connection:
        bootstrap(connection, project)
        for product in project.select(_chosen["names"]):
            runner.apply(runner.Run(connection, product, project.shared, asks=False))
    if counts := _chosen["covering"]:
        counts.prepare(Base(host, port, user), dbname, project.select(_chosen["names"]))


slate_migrated = factories.postgresql_noproc(depends_on="slate_base", dbname="slate_test", load=[_migrate])
slate_clone = factories.postgresql("slate_template", dbname="slate_clone")


@pytest.fixture(scope="session")
def slate_template(slate_migrated: Any, pytestconfig: pytest.Config) -> Any:
    """Give what test databases are cloned from; with --coverage it counts, but for a test that is tried without."""
    return covering.template_of(pytestconfig, slate_migrated)


@pytest.fixture(scope="session")
def slate_shared(slate_template: Any, slate_base: Base) -> Iterator[psycopg.Connection[Any]]:
    """One connection to one clone, for every test that only rolls back."""
    with _shared(slate_template, slate_base, "slate_shared") as connection:
        yield connection


@pytest.fixture(scope="session")
def slate_shared_plain(slate_template: Any, slate_base: Base) -> Iterator[psycopg.Connection[Any]]:
    """Connect likewise to a clone that does not count, for a test that failed on one that does."""
    with _shared(slate_template, slate_base, "slate_shared_plain") as connection:
        yield connection


@contextmanager
def _shared(template: Any, base: Base, name: str) -> Iterator[psycopg.Connection[Any]]:
    with DatabaseJanitor(
        user="postgres", host=base.host, port=base.port, dbname=name, template_dbname=template.template_dbname,
    ), connect(base.url(name)) as connection:  # fmt: skip
        yield connection


@pytest.fixture(scope="session")
def slate_worlds(slate_template: Any, slate_base: Base, slate_project: Project) -> Iterator[Any]:
    """Give what makes the matrix of access of a file of people, each in a clone of its own."""
    from slate_pg.testing.access import items

    with ExitStack() as stack:
        chosen = [n for n in _chosen["names"] if n]
        yield items.open_worlds(stack, slate_base, slate_template.template_dbname, slate_project, chosen)


@pytest.fixture
def slate_db(
    slate_shared: psycopg.Connection[Any], slate_project: Project, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """Give a migrated database without seeds; whatever the test does is rolled back.

    Deferred constraints are checked before the rollback, as a commit would have done; not where the test ended with an
    error that it expected, behind which nothing can be committed.
    """
    shared = request.getfixturevalue("slate_shared_plain") if covering.is_plain(request.config) else slate_shared
    shared.execute("BEGIN")
    database = Database(shared, slate_project)
    database.sealed = True
    try:
        yield database
        if slate_shared.info.transaction_status != psycopg.pq.TransactionStatus.INERROR:
            database.check_deferred()
    finally:
        shared.execute("ROLLBACK")
        shared.execute("DISCARD ALL")


@pytest.fixture
def slate_db_committed(slate_clone: psycopg.Connection[Any], slate_project: Project) -> CommittedDatabase:
    """Give a fresh clone of the migrated database, for commits and for several sessions."""
    slate_clone.autocommit = True
    return CommittedDatabase(slate_clone, slate_project)
