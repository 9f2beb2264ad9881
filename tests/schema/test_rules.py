"""Rules over the catalog, for every product: what `slate check` proves, on whichever PostgreSQL the suite runs.

The id says product and rule; the failure lists the objects.
"""

import pytest

from slate_pg.catalog.rules import ALL
from slate_pg.checks.check import check
from slate_pg.config import find_project

PRODUCTS = [p.name for p in find_project().products]
RULES = [rule for rule in ALL if rule not in ("lint", "snapshot")]  # those two do not depend on the server


@pytest.fixture(scope="module")
def findings(slate_project, pytestconfig):
    """What a check of the chosen products finds, and which products those are."""
    names = [n for n in pytestconfig.getoption("products").split(",") if n]
    products = slate_project.select(names)
    return check(slate_project, products, RULES).findings, {p.name for p in products}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("rule", RULES)
def test_the_product_keeps_the_rule(findings, product, rule):
    found, checked = findings
    if product not in checked:
        pytest.skip(f"{product} is not among --products")
    here = f"migrations/{product}/"
    assert [str(f) for f in found if f.rule == rule and f.file.startswith(here)] == []


def test_every_finding_belongs_to_a_product(findings):
    found, _ = findings
    assert [str(f) for f in found if not f.file.startswith("migrations/")] == []
