"""Each role of each product may do what is written, column by column, and nothing else; a failure lists every difference."""

from __future__ import annotations

import difflib

import pytest

from slate_pg.testing.database import Database
from tests.access import rights

PRODUCTS = ["flourish", "learning", "physed", "spark", "vividly"]


def differences(expected: rights.Blocks, found: rights.Blocks) -> list[str]:
    """Return a line for each fact that is written and not so, or so and not written, under its object."""
    changed = []
    for name in sorted(expected.keys() | found.keys()):
        lines = difflib.ndiff(expected.get(name, []), found.get(name, []))
        changed += [f"{name}: {line}" for line in lines if line[0] in "-+"]
    return changed


def skip_without(db: Database, product: str) -> None:
    """Skip where --products left the product out."""
    if not db.value("SELECT to_regnamespace(%s) IS NOT NULL", product):
        pytest.skip(f"{product} is not among --products")


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_role_may_do_what_is_written_and_nothing_else(
    db: Database, product: str, request: pytest.FixtureRequest
) -> None:
    skip_without(db, product)
    found = rights.read_rights(db, product)
    if request.config.getoption("--write-access"):
        rights.write(product, found)
    changed = differences(rights.written(product), found)
    assert not changed, "\n".join([f"{rights.path_of(product).name} and the server differ:", *changed])


PLANTED = {
    "a column to change": ("GRANT UPDATE (email) ON users TO authenticated_users", "users: +   learning_people: update ("),
    "a column no more": ("REVOKE INSERT (tags) ON study_materials FROM authenticated_users", "study_materials: -   lear"),
    "a partition": (
        "DO $$ BEGIN EXECUTE format('GRANT SELECT ON %s TO slate_readers', (SELECT min(inhrelid::regclass::text) "
        "FROM pg_inherits WHERE inhparent = 'interactions'::regclass)); END $$",
        "a partition: something is granted to learning_reader",
    ),
    "a policy for everybody": ("ALTER POLICY people_read_themselves ON users TO PUBLIC", "select for public"),
    "an owner's rights": ("ALTER FUNCTION forget_user(uuid) SECURITY DEFINER", "with the rights of its owner"),
    "a caller's path": ("ALTER FUNCTION log_changes() RESET search_path", "log_changes(): +   runs"),
    "another product's people": ("GRANT USAGE ON SCHEMA learning TO spark_people", "the schema: +   spark_people: usage"),
}  # fmt: skip


def test_rights_that_nobody_wrote_are_named_with_their_objects(db: Database) -> None:
    skip_without(db, "learning")
    db.use("learning")
    for statement, _ in PLANTED.values():
        db.connection.execute(statement.encode())
    changed = differences(rights.written("learning"), rights.read_rights(db, "learning"))
    silent = {what for what, (_, named) in PLANTED.items() if not any(named in line for line in changed)}
    assert silent == set(), "\n".join(changed)
