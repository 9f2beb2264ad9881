"""A right that no role can use is no fault; one that some role can use is."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.mutation.listing import list_mutants
from slate_pg.mutation.model import Mutant
from slate_pg.testing.database import Database

SCHEMA = 'odd %s "shop"'
# Rights of roles that have no USAGE, that have the right by membership, and a view that takes no writes.
MORE = """
    CREATE ROLE mutant_outside;
    CREATE ROLE mutant_member IN ROLE mutant_other;
    GRANT SELECT ON children TO mutant_outside, mutant_other, mutant_member;
    CREATE VIEW counted AS SELECT count(*) FROM children;
    GRANT SELECT ON counted TO mutant_other;
    CREATE TABLE unreached (id integer PRIMARY KEY);
    ALTER TABLE unreached ENABLE ROW LEVEL SECURITY;
    CREATE POLICY nobodys ON unreached TO mutant_other USING (true);
"""


@pytest.fixture
def shop(db: Database) -> Database:
    db.connection.execute((Path(__file__).parent / "shop.sql").read_text("utf-8").encode())
    db.connection.execute(MORE.encode())
    return db


def is_a_fault(db: Database, mutant: Mutant) -> bool:
    before = db.rows(mutant.reach)
    with db.connection.transaction(force_rollback=True):
        for statement in mutant.statements:
            db.connection.execute(statement.encode())
        return db.rows(mutant.reach) != before


@pytest.mark.parametrize(
    ("kind", "object_", "detail", "fault"),
    [
        ("grant revoked", 'children to mutant_outside', "SELECT", False),
        ("grant revoked", 'children to mutant_member', "SELECT", False),
        ("grant revoked", 'children to mutant_other', "SELECT", True),
        ("grant revoked", 'children to "mutant %s people"', "SELECT", True),
        ("grant revoked", ".price", "UPDATE", True),
        ("grant revoked", "is_mine", "EXECUTE", True),
        ("grant added", "children", "DELETE to mutant_outside", False),
        ("grant added", "children", "DELETE to mutant_other", True),
        ("grant added", "counted", "DELETE to mutant_other", False),
        ("grant added", "cheap", "DELETE to mutant_other", True),
        ("row security off", "unreached", "", False),
        ("row security off", "It's 100%", "", True),
        ("row security of a leaf off", "days_2025_01", "", True),
        ("policy for PUBLIC", "nobodys", "", False),
        ("policy for PUBLIC", "public's", "", True),
    ],
)  # fmt: skip
def test_a_right_is_a_fault_where_some_role_can_use_it(
    shop: Database, kind: str, object_: str, detail: str, fault: bool
) -> None:
    found = list_mutants(shop.connection, [SCHEMA])
    (mutant, *_) = [m for m in found if m.kind == kind and object_ in m.object and detail in m.detail]
    assert is_a_fault(shop, mutant) is fault


def test_every_fault_of_rights_can_be_asked_about(shop: Database) -> None:
    for mutant in list_mutants(shop.connection, [SCHEMA]):
        if mutant.reach:
            is_a_fault(shop, mutant)
