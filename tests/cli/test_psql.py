"""slate psql opens with a product's search path."""

import os
import subprocess
import sys

from .conftest import ROOT


def test_psql_opens_with_the_products_search_path(empty_database):
    arguments = [sys.executable, "-m", "slate_pg", "psql", "flourish", "-XAtc", "SHOW search_path"]
    ran = subprocess.run(
        arguments, capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "DATABASE_URL": empty_database},
    )  # fmt: skip
    assert ran.stdout.strip() == "flourish,core"
