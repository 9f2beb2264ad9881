"""The snapshot of the catalogs: read once, and never stale."""

import pytest

from slate_pg.testing import UnknownObject, col
from slate_pg.testing.freshness import snapshots


@pytest.fixture
def reads(db):
    """Return how many catalog queries were run since the last call."""
    kept = snapshots(db.connection)
    before = [kept.reads]

    def count():
        done, before[0] = kept.reads - before[0], kept.reads
        return done

    return count


def test_many_questions_in_one_state_cost_one_query_per_part(shop, reads):
    users = shop.table("users")
    assert users.column("email") == col(null=False)
    first = reads()
    for _ in range(50):
        assert shop.table("shop.users").column("email") == col(type="varchar(80)")
        assert users.primary_key == ["id"]
    assert first <= 3
    assert reads() <= 2


def test_a_test_that_writes_nothing_uses_what_an_earlier_test_has_read(db, reads):
    assert db.catalog.places("schema")
    reads()
    db.connection.execute("ROLLBACK")
    db.connection.execute("BEGIN")
    assert db.catalog.places("schema")
    assert reads() == 0


@pytest.mark.parametrize(
    "ddl",
    [
        "ALTER TABLE users ALTER COLUMN email DROP NOT NULL",
        "DO $$ BEGIN ALTER TABLE users ALTER COLUMN email DROP NOT NULL; END $$",
        "SELECT loosen()",
    ],
)
def test_ddl_is_seen_however_it_was_run(shop, ddl):
    shop.execute("""
        CREATE FUNCTION loosen() RETURNS void LANGUAGE plpgsql
        AS $$ BEGIN ALTER TABLE users ALTER COLUMN email DROP NOT NULL; END $$
    """)
    email = shop.table("users").column("email")
    assert email == col(null=False)
    shop.connection.execute(ddl.encode())
    assert shop.table("users").column("email") == col(null=True)
    assert email == col(null=False), "a thing is what it was when it was looked at"


def test_a_rollback_to_a_savepoint_is_seen(shop):
    with shop.connection.transaction(force_rollback=True):
        shop.execute("ALTER TABLE users ADD COLUMN phone text")
        assert shop.table("users").column("phone") == col(type="text")
    with pytest.raises(UnknownObject):
        shop.table("users").column("phone")


def test_a_handle_outlives_changes_and_tells_when_its_table_is_gone(shop):
    papers = shop.table("letters")
    shop.execute("DROP TABLE letters")
    with pytest.raises(UnknownObject, match=r"no table shop\.letters"):
        _ = papers.columns


def test_the_next_test_does_not_see_what_this_one_made(db):
    with pytest.raises(UnknownObject):
        db.table("shop.users")


def test_another_sessions_ddl_is_seen_in_a_committed_database(db_committed):
    db_committed.execute("CREATE SCHEMA shop")
    with pytest.raises(UnknownObject):
        db_committed.table("shop.later")
    with db_committed.sessions(1) as (other,):
        other.execute("CREATE TABLE shop.later (id integer)")
        other.commit()
        assert db_committed.table("shop.later").columns == ["id"]
        assert other.table("shop.later").columns == ["id"]


def test_refresh_reads_anew(shop, reads):
    shop.table("users")
    reads()
    shop.refresh()
    shop.table("users")
    assert reads() > 0


def test_a_bare_name_follows_the_search_path(shop):
    assert repr(shop.table("users")) == "shop.users"
    shop.execute("SET LOCAL search_path = pg_temp")
    with pytest.raises(UnknownObject, match=r"did you mean .*shop\.users"):
        shop.table("users")
    shop.execute("CREATE TEMP TABLE users (mine integer)")
    shop.execute("SET LOCAL search_path = pg_temp, shop")
    assert shop.table("users").columns == ["mine"]
    assert shop.table("pg_temp.users").columns == ["mine"]


def test_looking_changes_no_setting_of_the_tests(shop):
    before = shop.value("SHOW search_path")
    shop.table("users").column("email")
    shop.function("touch")
    assert shop.value("SHOW search_path") == before


def test_a_role_without_rights_may_look_too(shop):
    with shop.as_role("shop_clerk"):
        assert shop.table("shop.users").column("email") == col(null=False)


def test_tables_of_the_system_are_found_without_being_listed(db):
    assert db.table("pg_class").column("relname") == col(type="name")
    assert "pg_class" not in db.tables()
