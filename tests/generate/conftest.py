"""The modules of all five products, written once a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.checks.snapshot import built
from slate_pg.config import Project
from slate_pg.generate import modules
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def everything(slate_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a typed module of each product."""
    folder = tmp_path_factory.mktemp("typed") / "typed"
    products = [p for p in slate_project.products if p.name != slate_project.shared]
    places = modules.places(products, folder, None, "")
    with built(slate_project, products) as connection:
        written = modules.render(connection, slate_project, places)
    modules.save(written, list(written))
    assert ROOT not in folder.parents
    return folder
