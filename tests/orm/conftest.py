"""A database with demo data, and for each product a login of `slate role add`: no superuser touches a test's rows."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

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
DJANGO = DOCS / "DJANGO.md"


@dataclass(frozen=True)
class Place:
    """Where the database is, and who may connect: one login a product."""

    host: str
    dbname: str
    admin: Connection
    roles: list[str]  # that a test has made, dropped with the database

    def user(self, product: str) -> str:
        return f"orm_{product}"

    def address(self, product: str) -> str:
        """Return what follows the scheme in a URL, as a service's settings have it."""
        return f"{self.user(product)}@/{self.dbname}?host={self.host}"


@pytest.fixture(scope="session")
def place(
    slate_template: Any, slate_base: Base, slate_project: Project, pytestconfig: pytest.Config
) -> Iterator[Place]:
    """Give a clone with demo data in which tests of this folder commit, each to rows of its own."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]
    name, roles = "orm", list[str]()
    with connect(slate_base.url()) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{slate_template.template_dbname}"')
        try:
            with connect(slate_base.url(name)) as admin:
                found = Place(slate_base.host, name, admin, roles)
                for product in [p for p in slate_project.select(chosen) if p.name != slate_project.shared]:
                    load(Run(admin, product, slate_project.shared), ("reference", "demo"))
                    if product.name == "spark":  # room for submissions
                        admin.execute("UPDATE spark.quizzes SET max_attempts = 1000")
                    add(admin, login(product, slate_project.shared, found.user(product.name), "service"), None)
                    roles.append(found.user(product.name))
                yield found
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            for role in roles:
                server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


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


@pytest.fixture(scope="session")
def django(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Set Django up as docs/DJANGO.md does, with a database alias and an app for each product; give it as a module."""
    folder = tmp_path_factory.mktemp("django")
    page = read(DJANGO)
    page.write(folder)
    for package in ("slate", "slate/management", "slate/management/commands", *(s.product for s in STORIES)):
        (folder / package).mkdir(exist_ok=True)
        (folder / package / "__init__.py").touch()
    for story in STORIES:
        there = place.user(story.product) in place.roles
        (folder / story.product / "models.py").write_text(_inspected(folder, place, story) if there else "")
    module = importlib.import_module("django")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        with pytest.MonkeyPatch.context() as reading:  # no longer: other tests ask whether a database is named
            for name, value in _environment(place, "spark").items():
                reading.setenv(name, value)
            settings = importlib.import_module("settings")
        default = settings.DATABASES["default"]
        for story in STORIES:
            settings.DATABASES[story.product] = default | {"USER": place.user(story.product)}
        settings.INSTALLED_APPS += [s.product for s in STORIES if s.product not in settings.INSTALLED_APPS]
        with pytest.MonkeyPatch.context() as reading:  # nor who their pytest would take Django's settings from
            reading.setenv("DJANGO_SETTINGS_MODULE", "settings")
            module.setup()
        yield module
        from django.db import connections

        connections.close_all()


def _environment(place: Place, product: str) -> dict[str, str]:
    return {"PGHOST": place.host, "PGDATABASE": place.dbname, "PGUSER": place.user(product)}


def _inspected(folder: Path, place: Place, story: Story) -> str:
    """Return what the page's command writes, run as its reader runs it."""
    own = {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "settings"}
    command = [sys.executable, "-m", "django", "inspectslate", "--role", story.service]
    environment = {**os.environ, **_environment(place, story.product), **own}
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
