"""slate bootstrap makes roles, settings and, where asked, the database."""

import json

from slate_pg.postgres.connection import connect


def test_bootstrap_is_safe_to_run_twice(slate, empty_database):
    assert slate("bootstrap").code == 0
    assert slate("bootstrap").code == 0
    with connect(empty_database) as connection:
        query = "SELECT rolname FROM pg_roles WHERE rolname ~ '^flourish_[^_]+$' ORDER BY 1"
        assert [name for (name,) in connection.execute(query)] == [
            "flourish_people", "flourish_reader", "flourish_service",
        ]  # fmt: skip
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_bootstrap_can_create_the_database_first(slate, empty_database):
    name = "cli_created"
    ran = slate("bootstrap", "--create-database", name, "--connection-limit", "7", "--json")
    try:
        assert json.loads(ran.out)["database"] == name
        with connect(empty_database) as connection:
            query = "SELECT pg_encoding_to_char(encoding), datconnlimit FROM pg_database WHERE datname = %s"
            assert connection.execute(query, [name]).fetchone() == ("UTF8", 7)
        again = slate("bootstrap", "--create-database", name)
        assert (again.code, "exists already" in again.err) == (0, True)
    finally:
        with connect(empty_database) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
