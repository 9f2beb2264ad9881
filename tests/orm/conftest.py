"""A database with demo data, and for each product a login of `slate role add`: no superuser touches a test's rows."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slate_pg.cluster.logins import add, login
from slate_pg.config import Project
from slate_pg.migrations.runner import Run
from slate_pg.operations.seeds import load
from slate_pg.postgres.connection import Connection, connect
from slate_pg.testing.plugin import Base
from tests.orm.pages import read
from tests.orm.stories import STORIES, Story

DOCS = Path(__file__).parents[2] / "docs"
SQLALCHEMY = DOCS / "SQLALCHEMY.md"


@dataclass(frozen=True)
class Place:
    """Where the database is, and who may connect: one login a product."""

    host: str
    dbname: str
    admin: Connection
    suffix: str

    def user(self, product: str) -> str:
        return f"orm_{product}{self.suffix}"

    def address(self, product: str) -> str:
        """Return what follows the scheme in a URL, as a service's settings have it."""
        return f"{self.user(product)}@/{self.dbname}?host={self.host}"


@pytest.fixture(scope="session")
def place(
    slate_template: Any, slate_base: Base, slate_project: Project, pytestconfig: pytest.Config
) -> Iterator[Place]:
    """Give a clone with demo data in which tests of this folder commit, each to rows of its own."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]
    suffix = os.getenv("PYTEST_XDIST_WORKER", "")
    name = f"orm{suffix}"
    with connect(slate_base.url()) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{slate_template.template_dbname}"')
        try:
            with connect(slate_base.url(name)) as admin:
                found = Place(slate_base.host, name, admin, suffix)
                for product in [p for p in slate_project.select(chosen) if p.name != slate_project.shared]:
                    load(Run(admin, product, slate_project.shared), ("reference", "demo"))
                    if product.name == "spark":  # room for submissions
                        admin.execute("UPDATE spark.quizzes SET max_attempts = 1000")
                    add(admin, login(product, slate_project.shared, found.user(product.name), "service"), None)
                yield found
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=STORIES, ids=lambda story: story.product)
def story(request: pytest.FixtureRequest, among: Any) -> Story:
    """Give one product's story after the other."""
    among(request.param.product)
    return request.param


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Give the modules of docs/SQLALCHEMY.md."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("sqlalchemy")
        read(SQLALCHEMY).write(folder)
        patch.syspath_prepend(folder)
        yield {name: importlib.import_module(name) for name in ("acting", "reflecting")}
