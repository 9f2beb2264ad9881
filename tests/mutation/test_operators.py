"""Each operator makes a fault that one statement notices, and that a statement beside it does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from slate_pg.catalog import reader
from slate_pg.mutation.listing import draw, list_mutants
from slate_pg.mutation.model import Mutant
from slate_pg.testing.database import Database

SHOP = (Path(__file__).parent / "shop.sql").read_text("utf-8")
SCHEMA = 'odd %s "shop"'
PEOPLE = 'SET LOCAL ROLE "mutant %s people"; SET LOCAL mutant.me = ann; '
OTHER = "SET LOCAL ROLE mutant_other; "
ROW = """INSERT INTO "It's 100%" VALUES """
WHOLE = 'SELECT count(*) FROM "It\'s 100%"'


@pytest.fixture
def shop(db: Database) -> Database:
    db.connection.execute(SHOP.encode())
    return db


@dataclass(frozen=True)
class Case:
    """A fault, a statement that tells it (its answer differs then) and one that does not."""

    kind: str
    object: str
    detail: str
    tells: str
    spares: str = "SELECT 1"


CASES = [
    Case("CHECK dropped", "a < b AND c", "", ROW + "(9, 'n', 'o', 0, true, 'aa')", ROW + "(9, 'n', 'o', 5, true, 'aa')"),
    Case("CHECK changed", "a < b AND c", "with >=", ROW + "(9, 'n', 'o', 0, true, 'aa')", ROW + "(9, 'n', 'o', -1, true, 'aa')"),
    Case("CHECK changed", "a < b AND c", "with <", ROW + "(9, 'n', 'o', 100, true, 'aa')", ROW + "(9, 'n', 'o', 101, true, 'aa')"),
    Case("CHECK changed", "a < b AND c", "without AND price <= 100", ROW + "(9, 'n', 'o', 101, true, 'aa')", ROW + "(9, 'n', 'o', 0, true, 'aa')"),
    Case("CHECK changed", "one of", "value 'dd'", ROW + "(9, 'n', 'o', 5, true, 'dd')", ROW + "(9, 'n', 'o', 5, true, 'bb')"),
    Case("CHECK changed", "stars_range", "without AND value <= 5", "SELECT 6::stars", "SELECT 0::stars"),
    Case("NOT NULL dropped", 'na""me %d', "", ROW + "(9, NULL, 'o', 5, true, 'aa')", ROW + "(9, 'n', NULL, 5, true, 'aa')"),
    Case("NOT NULL dropped", "stars", "", "SELECT NULL::stars"),
    Case("default dropped", "stars", "", "INSERT INTO children (id) VALUES (9) RETURNING stars"),
    Case("default dropped", "price", "", """INSERT INTO "It's 100%" (id, "na""me %d") VALUES (9, 'n') RETURNING price"""),
    Case("default changed", "price", "8, not 7", """INSERT INTO "It's 100%" (id, "na""me %d") VALUES (9, 'n') RETURNING price"""),
    Case("default changed", "live", "false", """INSERT INTO "It's 100%" (id, "na""me %d") VALUES (9, 'n') RETURNING live"""),
    Case("UNIQUE dropped", 'na""me key', "", ROW + "(9, 'one', 'o', 5, true, 'aa')", ROW + "(1, 'n', 'o', 5, true, 'aa')"),
    Case("primary key dropped", "children", "", "INSERT INTO children (id, seen) VALUES (1, 9)"),
    Case("foreign key dropped", "children_parent", "", "INSERT INTO children (id, parent, seen) VALUES (9, 99, 9)"),
    Case("foreign key action", "children_parent", "NO ACTION instead of CASCADE", "DELETE FROM \"It's 100%\" WHERE id = 1", "DELETE FROM \"It's 100%\" WHERE id = 3"),
    Case("index not UNIQUE", "children_open_idx", "", "INSERT INTO children (id, seen) VALUES (9, 1)", "INSERT INTO children (id, seen) VALUES (9, 9)"),
    Case("index dropped", "children_parent_idx", "", "SELECT to_regclass('children_parent_idx')"),
    Case("enum value added", "state", "", "SELECT array_length(enum_range(NULL::state), 1)"),
    Case("enum value renamed", "state", "it's done", "SELECT 'it''s done'::state", "SELECT 'open'::state"),
    Case("partition detached", "days_2025_01", "", "SELECT count(*) FROM days"),
    Case("partition detached", "days_rest", "DEFAULT", "INSERT INTO days VALUES ('2030-01-01')"),
    Case("row security off", "It's 100%", "", OTHER + WHOLE, PEOPLE + "SELECT count(*) FROM children"),
    Case("row security of a leaf off", "days_2025_01", "", OTHER + "SELECT count(*) FROM days_2025_01"),
    Case("policy dropped", "mine AND open", "", PEOPLE + WHOLE, PEOPLE + "SELECT count(*) FROM children"),
    Case("policy USING true", "mine AND open", "", PEOPLE + WHOLE, PEOPLE + ROW + "(9, 'n', 'bob', 5, true, 'aa')"),
    Case("policy WITH CHECK true", "mine AND open", "", PEOPLE + ROW + "(9, 'n', 'bob', 5, true, 'aa')", PEOPLE + WHOLE),
    Case("policy for PUBLIC", "public's", "", OTHER + WHOLE, PEOPLE + WHOLE),
    Case("policy changed", "mine AND open", "USING without AND live", PEOPLE + WHOLE + " WHERE id = 4", PEOPLE + WHOLE + " WHERE id = 1"),
    Case("policy changed", "mine AND open", "CHECK price < 50 with <=", PEOPLE + ROW + "(9, 'n', 'ann', 50, true, 'aa')", PEOPLE + ROW + "(9, 'n', 'ann', 51, true, 'aa')"),
    Case("policy changed", "public's", "without OR code = 'cc'", PEOPLE + WHOLE, PEOPLE + WHOLE + " WHERE id = 1"),
    Case("grant revoked", 'table "odd %s ""shop""".children', "SELECT", PEOPLE + "SELECT 1 FROM children", PEOPLE + WHOLE),
    Case("grant revoked", "price", "UPDATE", PEOPLE + "UPDATE \"It's 100%\" SET price = 6 WHERE id = 1", PEOPLE + WHOLE),
    Case("grant revoked", "is_mine", "EXECUTE", PEOPLE + "SELECT is_mine('ann')"),
    Case("grant revoked", 'schema "odd %s ""shop""" to mutant_other', "USAGE", OTHER + "SELECT 1 FROM \"It's 100%\""),
    Case("grant added", "children", "DELETE to mutant %s", PEOPLE + "DELETE FROM children", PEOPLE + "UPDATE children SET seen = 9"),
    Case("grant added", "is_mine", "EXECUTE to mutant_other", OTHER + "SELECT is_mine('ann')"),
    Case("trigger disabled", "touch", "", "UPDATE children SET seen = seen + 10 WHERE id = 1 RETURNING touched", "INSERT INTO children (id, seen) VALUES (9, 9) RETURNING touched"),
    Case("trigger column", "touch", "not for UPDATE OF seen", "UPDATE children SET seen = seen + 10 WHERE id = 1 RETURNING touched"),
    Case("trigger column", "touch", "any column", "UPDATE children SET touched = 7 WHERE id = 1 RETURNING touched", "UPDATE children SET seen = seen + 10 WHERE id = 1 RETURNING touched"),
    Case("trigger timing", "touch", "AFTER", "UPDATE children SET seen = seen + 10 WHERE id = 1 RETURNING touched"),
    Case("trigger WHEN dropped", "touch", "", "UPDATE children SET seen = 51 WHERE id = 1 RETURNING touched", "UPDATE children SET seen = 49 WHERE id = 1 RETURNING touched"),
    Case("trigger WHEN changed", "touch", "with <=", "UPDATE children SET seen = 50 WHERE id = 1 RETURNING touched", "UPDATE children SET seen = 51 WHERE id = 1 RETURNING touched"),
    Case("early return", "count_touch", "", "UPDATE children SET seen = seen + 10 WHERE id = 1 RETURNING touched"),
    Case("function changed", "count_touch", ">= for >", "UPDATE children SET seen = seen WHERE id = 1 RETURNING touched", "UPDATE children SET seen = 9 WHERE id = 1 RETURNING touched"),
    Case("function changed", "count_touch", "OR for AND", "UPDATE children SET seen = seen - 1 WHERE id = 1 RETURNING touched"),
    Case("function changed", "is_mine", "<> for =", PEOPLE + "SELECT is_mine('ann')"),
    Case("SECURITY INVOKER", "is_mine", "", "SELECT prosecdef FROM pg_proc WHERE proname = 'is_mine'"),
    Case("SECURITY DEFINER", "count_touch", "", "SELECT prosecdef FROM pg_proc WHERE proname = 'count_touch'"),
    Case("path not pinned", "is_mine", "", "SELECT proconfig FROM pg_proc WHERE proname = 'is_mine'"),
    Case("volatility", "is_mine", "VOLATILE instead of STABLE", "SELECT provolatile FROM pg_proc WHERE proname = 'is_mine'"),
    Case("strictness", "is_mine", "CALLED", "SELECT proisstrict FROM pg_proc WHERE proname = 'is_mine'"),
    Case("view changed", "cheap", "price < 10", "SELECT count(*) FROM cheap", "SELECT count(*) FROM dear"),
    Case("view changed", "dear", "without WHERE", "SELECT count(*) FROM dear", "SELECT count(*) FROM cheap"),
    Case("security_invoker off", "cheap", "", PEOPLE + "SELECT count(*) FROM cheap"),
    Case("security_invoker on", "dear", "", "SELECT reloptions FROM pg_class WHERE relname = 'dear'"),
]  # fmt: skip


def answer(db: Database, statement: str) -> str:
    """Return what a statement says: its rows or its refusal, and nothing of it stays."""
    try:
        with db.connection.transaction(force_rollback=True):
            cursor = None
            for part in statement.split("; "):
                cursor = db.connection.execute(part.encode())
            assert cursor is not None
            return f"{cursor.rowcount} {cursor.fetchall() if cursor.description else ''}"
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"


def apply(db: Database, mutant: Mutant) -> None:
    for statement in mutant.statements:
        db.connection.execute(statement.encode())


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}, {c.object}, {c.detail}")
def test_a_fault_shows_where_it_is_and_nowhere_else(shop: Database, case: Case) -> None:
    mutants = list_mutants(shop.connection, [SCHEMA])
    (mutant, *_) = [m for m in mutants if m.kind == case.kind and case.object in m.object and case.detail in m.detail]
    told, spared = answer(shop, case.tells), answer(shop, case.spares)
    apply(shop, mutant)
    assert answer(shop, case.spares) == spared
    assert answer(shop, case.tells) != told


def test_every_kind_of_fault_is_tried_here(shop: Database) -> None:
    kinds = {m.kind for m in list_mutants(shop.connection, [SCHEMA])}
    assert kinds == {case.kind for case in CASES}


def test_every_mutant_applies_or_the_server_says_why(shop: Database) -> None:
    """What cannot apply is what others depend on, or a sign that is no comparison; each other one changes the catalog."""
    plain = reader.read_facts(shop.connection, [SCHEMA], database=False)
    for mutant in list_mutants(shop.connection, [SCHEMA]):
        try:
            with shop.connection.transaction(force_rollback=True):
                apply(shop, mutant)
                assert reader.read_facts(shop.connection, [SCHEMA], database=False) != plain, mutant.title
        except psycopg.errors.DependentObjectsStillExist:
            assert mutant.kind in ("primary key dropped", "UNIQUE dropped")


def test_a_constraint_made_anew_keeps_its_comment(shop: Database) -> None:
    mutants = list_mutants(shop.connection, [SCHEMA])
    for mutant in (m for m in mutants if m.kind == "CHECK changed" and "a < b AND c" in m.object):
        with shop.connection.transaction(force_rollback=True):
            apply(shop, mutant)
            comment = "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'a < b AND c'"
            assert shop.value(comment) == "It's 100 % \\ kept"


def test_the_same_catalog_has_the_same_mutants_and_the_same_seed_the_same_sample(shop: Database) -> None:
    first, second = (list_mutants(shop.connection, [SCHEMA]) for _ in range(2))
    assert first == second
    assert len({m.key for m in first}) == len(first)
    assert draw(first, 5, 7) == draw(second, 5, 7) != draw(first, 5, 8)
    assert draw(first, None, 7) == draw(first, 10_000, 7) == first
    assert [Mutant.of_fields(m.fields) for m in first] == first
