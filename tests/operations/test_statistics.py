"""`slate doctor --stats`: what the server counted, and a word where it counts nothing."""

import json

import pytest

from slate_pg.operations.doctor import read_statistics
from slate_pg.postgres.connection import connect
from slate_pg.postgres.server import FAST, disposable


@pytest.fixture(scope="module")
def counting(slate_server):
    """A server with pg_stat_statements and a little traffic; skipped where contrib is not installed."""
    with connect(slate_server.url()) as connection:
        offered = connection.execute(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
        ).fetchone()
        major = connection.info.server_version // 10000
    if not offered:
        pytest.skip(f"pg_stat_statements is not installed for PostgreSQL {major}")
    with disposable(settings=(*FAST, "shared_preload_libraries=pg_stat_statements")) as server:
        with connect(server.url()) as connection:
            connection.execute('CREATE SCHEMA "Ext"; CREATE EXTENSION pg_stat_statements SCHEMA "Ext"')
            connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.goods (id int PRIMARY KEY, name text)")
            connection.execute("CREATE INDEX goods_name ON shop.goods (name)")
            connection.execute(
                "CREATE TABLE shop.sales (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
                "CREATE TABLE shop.sales_1 PARTITION OF shop.sales FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
                "CREATE TABLE shop.sales_2 PARTITION OF shop.sales FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')"
            )
            connection.execute("INSERT INTO shop.goods SELECT g, 'n' || g FROM generate_series(1, 1000) AS g")
            connection.execute("INSERT INTO shop.sales VALUES (1, '2026-01-05'), (2, '2026-02-05'), (3, '2026-02-06')")
            connection.execute("DELETE FROM shop.goods WHERE id > 990")
            for number in range(5):
                connection.execute("SELECT name FROM shop.goods WHERE id = %s", [number])
            connection.execute('SELECT "Ext".pg_stat_statements_reset()')
            connection.execute("SELECT pg_sleep(0.05)")
        with connect(server.url()) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
            yield connection


def table(connection, name):
    found = next(s for s in read_statistics(connection, ["shop"]) if s.name == name)
    return found, [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_the_slowest_statement_comes_first_with_its_times(counting):
    found, rows = table(counting, "slow_queries")
    assert found.note == ""
    assert rows[0]["query"].startswith("SELECT pg_sleep(")
    assert rows[0]["mean_ms"] >= 50
    assert rows[0]["calls"] == 1


def test_the_use_of_an_index_is_counted_and_partitions_are_one(counting):
    _, rows = table(counting, "index_usage")
    by_name = {row["index"]: row for row in rows}
    assert by_name["shop.goods_name"]["scans"] == 0
    assert by_name["shop.goods_pkey"]["scans"] >= 1
    assert by_name["shop.goods_pkey"]["keeps"] == "primary key"
    assert set(by_name) == {"shop.goods_name", "shop.goods_pkey", "shop.sales_pkey"}


def test_a_table_says_how_big_it_is_and_what_came_and_went(counting):
    _, rows = table(counting, "table_growth")
    by_name = {row["table"]: row for row in rows}
    assert (by_name["shop.goods"]["inserted"], by_name["shop.goods"]["deleted"]) == (1000, 10)
    assert by_name["shop.goods"]["rows"] == 990
    assert (by_name["shop.sales"]["parts"], by_name["shop.sales"]["inserted"]) == (2, 3)
    assert by_name["shop.goods"]["size"].endswith("kB")


def test_growth_a_day_is_told_once_the_statistics_have_a_beginning(counting):
    assert table(counting, "table_growth")[1][0]["grows_per_day"] is None
    counting.execute("SELECT pg_stat_reset()")
    counting.execute("INSERT INTO shop.goods SELECT g, 'n' FROM generate_series(2001, 2100) AS g")
    counting.execute("SELECT pg_stat_force_next_flush()")
    grown = {row["table"]: row for row in table(counting, "table_growth")[1]}
    assert grown["shop.goods"]["grows_per_day"] > 100


def test_a_role_that_may_not_see_others_statements_is_told_so(counting):
    counting.execute('CREATE ROLE stats_reader LOGIN; GRANT USAGE ON SCHEMA "Ext" TO stats_reader')
    with connect(f"postgresql://stats_reader@/postgres?host={counting.info.host}") as connection:
        found, _ = table(connection, "slow_queries")
    assert "pg_read_all_stats" in found.note


def test_without_the_extension_it_says_what_to_do_and_shows_the_rest(filled_url, slate):
    ran = slate("doctor", "--stats", "core", "--database", filled_url)
    assert ran.code == 0
    assert "CREATE EXTENSION pg_stat_statements" in ran.out
    assert "index_usage: " in ran.out
    ran = slate("doctor", "--stats", "--database", filled_url, "--json")
    assert set(json.loads(ran.out)["statistics"]) == {"index_usage", "slow_queries", "table_growth"}


def test_figures_of_every_table_are_numbers_as_their_schema_says(counting, slate, tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "0001_goods.sql").write_text("SELECT 1;\n")
    url = f"postgresql://postgres@/postgres?host={counting.info.host}"
    counting.execute("SELECT pg_sleep(0.01)")
    ran = slate("doctor", "--stats", "--json", "--database", url, "--migrations", tmp_path / "shop")
    found = json.loads(ran.out)["statistics"]
    slow = found["slow_queries"]["rows"]
    assert slow, ran.err
    assert all(isinstance(row[key], float) for row in slow for key in ("total_ms", "mean_ms", "max_ms"))
