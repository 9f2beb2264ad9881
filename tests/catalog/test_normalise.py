"""One form for what the server prints first and what it prints after reading that: measured on the server."""

import pytest

from slate_pg.catalog.normalise import normalise_expression

EXPRESSIONS = [
    "a BETWEEN 1 AND 2 AND b BETWEEN 3 AND 4",
    "(a = 1 OR b = 2) AND (a = 3 OR b = 4)",
    "(name = 'x' AND a = 1) OR (name = 'y (or) z' AND a = 2) OR name = 'it''s'",
    "name IN ('x', 'y, z', 'it''s [1]')",
    "name NOT IN ('x', '(', ')')",
    "NOT (a BETWEEN 1 AND 2) OR (CASE WHEN a = 1 AND b = 2 THEN a > b ELSE a < b END AND name = 'q')",
    "(a = 1 AND (b = 2 AND (a = 3 AND b = 4))) IS NOT TRUE",
    "name LIKE 'a%' AND lower(name) = ANY (ARRAY['x', 'y'])",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_first_and_a_second_reading_settle_to_one_form(db, expression):
    db.execute("CREATE TABLE core.one (a int, b int, name varchar(20))")
    db.execute(f"ALTER TABLE core.one ADD CONSTRAINT c CHECK ({expression})")
    printed = (
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND conrelid = 'core.one'::regclass"
    )
    first = db.value(printed, "c")
    db.execute(f"ALTER TABLE core.one ADD CONSTRAINT d {first}")
    second = db.value(printed, "d")
    assert normalise_expression(first) == normalise_expression(second)


def test_what_means_something_else_stays_something_else():
    assert normalise_expression("((a OR b) AND c)") != normalise_expression("(a OR (b AND c))")
