"""Plan and --dry-run say what an apply of repeatable files takes down, makes and puts back, and run nothing there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.migrations.test_byhand import psql
from tests.workshop import Workshop

TABLE = "CREATE TABLE t (id integer, b text); INSERT INTO t SELECT g, g FROM generate_series(1, 1000) AS g;"


@pytest.fixture
def filled(shop: Workshop) -> Workshop:
    """A view, a materialized view on it, a view by hand on that; and a change that takes all of them down."""
    shop.write("m1", TABLE)
    put(shop, "v", "CREATE VIEW v WITH (security_invoker) AS SELECT id FROM t;")
    put(shop, "m", "CREATE MATERIALIZED VIEW m AS SELECT id FROM v; CREATE UNIQUE INDEX mi ON m (id);")
    shop.apply()
    shop.do("CREATE VIEW shop.hand AS SELECT id FROM shop.m; GRANT SELECT ON shop.hand TO PUBLIC; ANALYZE")
    put(shop, "v", "CREATE VIEW v WITH (security_invoker) AS SELECT id::bigint AS id, b FROM t2 JOIN t USING (id);")
    shop.write("m2", "CREATE TABLE t2 (id integer);")
    return shop


def put(shop: Workshop, name: str, text: str) -> None:
    (shop.folder / "repeatable").mkdir(exist_ok=True)
    (shop.folder / "repeatable" / f"{name}.sql").write_text(text)


def plan(shop: Workshop, code: int = 0) -> tuple[dict[str, Any], str]:
    ran = shop.slate("plan", "--json")
    assert ran.returncode == code, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def test_plan_says_what_is_taken_down_and_put_back_with_its_locks_and_what_filling_costs(filled: Workshop) -> None:
    report, said = plan(filled)
    statements = report["plans"][0]["statements"]
    texts = [s["sql"] for s in statements]
    assert set(texts) >= {"DROP VIEW shop.hand;", "DROP MATERIALIZED VIEW shop.m;", "DROP VIEW shop.v;"}
    assert any(t.startswith("GRANT SELECT ON TABLE shop.hand TO") for t in texts)
    dropped = next(s for s in statements if s["sql"] == "DROP MATERIALIZED VIEW shop.m;")
    assert "AccessExclusiveLock" in {lock["mode"] for lock in dropped["held"]}
    assert "shop.m is made anew and filled: about 1,000 rows" in said
    assert filled.value("SELECT count(*) FROM shop.hand") == 1000


def test_plan_fails_where_a_file_would(filled: Workshop) -> None:
    put(filled, "v", "CREATE VIEW v AS SELECT nothing FROM t;")
    report, _ = plan(filled, 3)
    assert report["plans"][0]["statements"][-1]["verdict"] == "fails"


def test_a_dry_run_prints_what_psql_makes_the_same_of(filled: Workshop) -> None:
    printed = filled.slate("apply", "--dry-run")
    assert printed.returncode == 0, printed.stderr
    assert [m.id for m in filled.state().pending] == ["m2"]
    ran = psql(filled.url, printed.stdout.encode())
    assert ran.returncode == 0, ran.stderr
    assert filled.slate("status").returncode == 0
    assert filled.value("SELECT count(*) FROM shop.hand") == 0
    assert (
        filled.value("SELECT relacl::text FROM pg_class WHERE relname = 'hand'").count("{=r/")
        + filled.value("SELECT relacl::text FROM pg_class WHERE relname = 'hand'").count(",=r/")
        == 1
    )
    back = filled.slate("rollback", "shop", "--dry-run")
    assert (back.returncode, "the way back of repeatable files is not printed: v" in back.stderr) == (1, True)
