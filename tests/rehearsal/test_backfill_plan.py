"""A plan knows what a backfill is: all rows, and nobody who waits for longer than a batch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slate_pg.cli import main
from tests.workshop import Workshop, captured

FILL = "-- backfill: t, 500\nUPDATE t SET n = n + 1 WHERE id BETWEEN :from AND :to;\n"


@pytest.fixture
def big(shop: Workshop) -> Workshop:
    """A workshop with a table that is worked through in more than a moment."""
    shop.write("shop_0001_t", "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);")
    shop.apply()
    shop.do("INSERT INTO shop.t SELECT generate_series(1, 200000); ANALYZE shop.t")
    return shop


def plan(shop: Workshop, code: int) -> dict[str, Any]:
    ran = shop.slate("plan", "--json")
    assert ran.returncode == code, ran.stdout + ran.stderr
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def findings(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for plan in found["plans"] for file in plan["files"] for one in file["findings"]]


def test_a_backfill_blocks_nobody_and_the_same_in_one_transaction_does(big: Workshop) -> None:
    big.write("shop_0002_fill", FILL)
    [one] = findings(plan(big, 0))
    assert one["kind"] == "long-scan"
    assert one["rows"] == 200_000
    assert "in batches of at most 500 rows: whoever writes one of them waits for a batch" in one["reason"]
    assert one["seconds"]["low"] > 0
    big.write("shop_0002_fill", "UPDATE t SET n = n + 1;")
    [other] = findings(plan(big, 3))
    assert other["kind"] == "blocks-writes"
    assert one["seconds"]["low"] > other["seconds"]["low"], "batches take longer in all"


def test_a_backfill_that_deletes_loses_data(big: Workshop) -> None:
    big.write("shop_0002_fill", "-- backfill: t, 500\nDELETE FROM t WHERE id BETWEEN :from AND :to AND n > 5;")
    assert "loses-data" in [one["kind"] for one in findings(plan(big, 3))]


def test_a_plan_and_apply_refuse_a_table_without_a_key_with_the_same_words(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer, n integer);")
    shop.write("shop_0002_fill", FILL)
    said = [shop.slate(command) for command in ("plan", "apply")]
    assert [ran.returncode for ran in said] == [1, 1]
    assert all('"id" of t may be NULL' in ran.stderr for ran in said)


def test_a_statement_that_names_what_is_not_there_fails_in_the_plan(big: Workshop) -> None:
    big.write("shop_0002_fill", "-- backfill: t, 5\nUPDATE t SET m = 1 WHERE id BETWEEN :from AND :to;")
    assert [one["kind"] for one in findings(plan(big, 3))] == ["fails"]


def test_check_replays_a_backfill_up_down_and_up(shop: Workshop) -> None:
    shop.write("shop_0001_t", "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0);\n"
               "INSERT INTO t SELECT generate_series(1, 50);", "DROP TABLE t;")  # fmt: skip
    shop.write("shop_0002_fill", FILL, FILL.replace("n + 1", "n - 1"))
    ran = captured(main, "slate", "check", "--migrations", str(shop.folder.parent))
    assert ran.returncode == 0, ran
    shop.write("shop_0002_fill", FILL.replace("SET n", "SET m"))
    ran = captured(main, "slate", "check", "--migrations", str(shop.folder.parent))
    assert ran.returncode != 0
    assert "shop_0002_fill" in ran.stdout + ran.stderr


def test_drift_replays_a_backfill_from_the_ledger(big: Workshop) -> None:
    big.write("shop_0002_fill", FILL)
    big.apply()
    assert big.slate("drift").returncode == 0
    for file in big.folder.glob("shop_0002*"):
        file.unlink()
    ran = big.slate("drift")
    assert ran.returncode == 0, ran.stdout + ran.stderr
