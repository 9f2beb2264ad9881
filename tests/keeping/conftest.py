"""One database with every product and its demo data, and the command line run on it."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolkit.cli import main
from toolkit.config import find_project
from toolkit.connection import connect
from toolkit.runner import Run
from toolkit.seeds import load

ROOT = Path(__file__).parents[2]
PRODUCTS = [p.name for p in find_project(start=ROOT).products]


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def among(pytestconfig):
    """Skip a test about a product that --products left out."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]

    def check(product):
        if chosen and product not in chosen:
            pytest.skip(f"{product} is not among --products")

    return check


@pytest.fixture(scope="session")
def filled_url(slate_template, slate_base, slate_project, pytestconfig):
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
def filled(filled_url):
    """A connection to the database with demo data."""
    with connect(filled_url) as connection:
        yield connection


@pytest.fixture
def empty_url(slate_base, request):
    """The connection string of a new, empty database, dropped afterwards."""
    name = "keeping_" + str(abs(hash(request.node.nodeid)) % 10**8)
    with connect(slate_base.url()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield slate_base.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty(empty_url):
    with connect(empty_url) as connection:
        yield connection


@pytest.fixture
def slate(monkeypatch, capfd):
    """Run `slate …`; return exit code, stdout and stderr."""
    monkeypatch.chdir(ROOT)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["slate", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:  # noqa: PT012 - main() only leaves when it must
            main()
            sys.exit(0)
        said = capfd.readouterr()
        return Ran(left.value.code or 0, said.out, said.err)

    return run
