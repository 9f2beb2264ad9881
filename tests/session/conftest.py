"""Where the test database is, as a service would say it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(db_committed):
    info = db_committed.connection.info
    return f"postgresql://{info.user}@/{info.dbname}?host={info.host}&port={info.port}"


@pytest.fixture(scope="session")
def among(pytestconfig):
    """Skip a test about a product that --products left out."""
    chosen = [n for n in pytestconfig.getoption("products").split(",") if n]

    def check(product):
        if chosen and product not in chosen:
            pytest.skip(f"{product} is not among --products")

    return check
