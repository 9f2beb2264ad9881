"""Each product works under whatever name its installation has."""

from __future__ import annotations

import pytest

from slate_pg.checks.drift import find_drift
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Project
from slate_pg.migrations import runner
from slate_pg.migrations.run import Run
from slate_pg.postgres.connection import connect

NAME = 'Größe "1" o\'h %s'


@pytest.mark.parametrize("product", ["flourish", "learning", "physed", "spark", "vividly"])
def test_a_name_that_needs_quotes_is_applied_without_drift_and_rolled_back(
    slate_project: Project, empty_url: str, product: str
) -> None:
    installed = slate_project.product(product).installed_as(NAME)
    with connect(empty_url) as connection:
        bootstrap(connection, slate_project)
        runner.apply(Run(connection, slate_project.product("core"), None))
        runner.apply(Run(connection, installed, "core"))
        found = find_drift(connection, [NAME], slate_project)
        assert (list(map(str, found.differences)), found.tampered) == ([], [])
        runner.rollback(Run(connection, installed, "core"), steps=10**6)
        left = """
            SELECT c.relname FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = %s AND c.relname !~ '^(_slate|_yoyo|yoyo)'
        """
        assert connection.execute(left, [NAME]).fetchall() == []
