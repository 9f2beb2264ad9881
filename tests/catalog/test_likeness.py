"""A digest of a schema is another as soon as anything that a reader reads of it is, and the same under another name."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from slate_pg.catalog import reader
from slate_pg.catalog.identity import schema_of
from slate_pg.catalog.likeness import digests
from slate_pg.catalog.model import Facts
from slate_pg.checks.alike import may_stand
from slate_pg.postgres.connection import connect
from tests.school import Mutation, Target, read_mutations
from tests.workshop import Workshop


def facts_of(connection: psycopg.Connection[Any], schema: str) -> Facts:
    return {
        i: attributes
        for i, attributes in reader.read_facts(connection, [schema], database=False).items()
        if schema_of(i) == schema
    }


@pytest.mark.parametrize("target", [None, 0], ids=["plain", "hostile"], indirect=True)
@pytest.mark.parametrize("mutation", read_mutations(), ids=str)
def test_whatever_changes_in_a_schema_changes_its_digest(
    mutation: Mutation, target: Target, changed: psycopg.Connection[Any]
) -> None:
    if changed.info.server_version // 10000 < mutation.major:
        pytest.skip(f"PostgreSQL {mutation.major} has it first")
    schema = target.names.get("school", "school")
    before = digests(changed, [schema, "public"])[schema], facts_of(changed, schema)
    changed.execute(target.renamed(mutation.sql))
    after = digests(changed, [schema, "public"]).get(schema, "cannot be told"), facts_of(changed, schema)
    assert (before[0] == after[0]) <= (before[1] == after[1])


def test_twins_are_told_by_digest_and_one_that_differs_is_not_among_them(shop: Workshop) -> None:
    shop.write(
        "shop_0001_t",
        "CREATE TABLE t (id integer PRIMARY KEY, of regclass DEFAULT 't'::regclass);\n"
        "CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT n * 2';\n"
        "CREATE VIEW v AS SELECT twice(id) AS n FROM t;",
    )
    names = ["tenant_1", "tenant_10", "tenant_2", "Weird Name", 'Odd 100% "Name"', "ünïcode", "select", "x" * 60]
    for name in names:
        shop.apply(schema=name)
    shop.do("ALTER TABLE tenant_2.t ALTER COLUMN id SET STATISTICS 7")
    with connect(shop.url) as connection:
        found = digests(connection, [*names, "not there"])
    assert found.keys() == {*names}
    assert found["tenant_1"] == found["tenant_10"] == found["x" * 60] != found["tenant_2"]


def test_a_name_that_a_text_holds_and_a_text_that_is_not_kept_let_nothing_stand_for_another() -> None:
    assert may_stand("tenant_1", ["CREATE TABLE t ()", ""])
    assert not may_stand("tenant_1", ["COMMENT ON TABLE t IS 'of tenant_1'"])
    assert not may_stand("tenant_1", ["CREATE TABLE t ()", None])
