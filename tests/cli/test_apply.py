"""slate apply as somebody types it."""

import json

from slate_pg.postgres.connection import connect

from .conftest import tables


def test_a_foreign_folder_is_applied_into_public_and_then_up_to_date(slate, folder, empty_database):
    first = slate("apply", "--migrations", str(folder))
    assert (first.code, first.out) == (0, "public: 2 applied\n")
    assert "0002_name_shops" in first.err  # progress is no data
    assert slate("apply", "--migrations", str(folder)).out == "public: up to date\n"
    assert tables(empty_database) == ["shops"]


def test_a_dry_run_names_what_would_run_and_writes_nothing(slate, folder, empty_database):
    ran = slate("apply", "--dry-run", "--migrations", str(folder))
    assert ran.out.splitlines() == ["db (public): 2 to apply", "  0001_make_shops", "  0002_name_shops"]
    with connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname ~ '^_(slate|yoyo)'").fetchone() == (0,)


def test_apply_to_stops_there(slate, folder):
    ran = slate("apply", "--json", "--to", "0001_make_shops", "--migrations", str(folder))
    assert json.loads(ran.out)["applied"][0]["ids"] == ["0001_make_shops"]


def test_apply_to_an_unknown_migration_names_the_nearest(slate, folder):
    ran = slate("apply", "--to", "0001_make_shop", "--migrations", str(folder))
    assert ran.code == 2
    assert 'Did you mean "0001_make_shops"?' in ran.err


def test_two_installations_stand_side_by_side_each_with_its_ledger(slate, empty_database):
    slate("bootstrap")
    assert slate("apply", "flourish").code == 0
    assert slate("apply", "flourish", "--as", "flourish_north").code == 0
    assert tables(empty_database, "flourish") == tables(empty_database, "flourish_north") != []
    shown = slate("status", "flourish", "--json")
    assert [i["schema"] for i in json.loads(shown.out)["installations"]] == ["flourish", "flourish_north"]
    assert slate("rollback", "flourish", "--all", "--as", "flourish_north").code == 0
    assert tables(empty_database, "flourish_north") == []
    assert "students" in tables(empty_database, "flourish")
    again = json.loads(slate("status", "flourish", "--json").out)["installations"][0]
    assert again["up_to_date"] is True


def test_as_needs_one_product(slate):
    ran = slate("apply", "--as", "somewhere")
    assert (ran.code, "needs one product" in ran.err) == (2, True)


def test_a_schema_name_that_postgresql_reserves_is_refused(slate):
    ran = slate("apply", "flourish", "--as", "pg_north")
    assert (ran.code, '"pg_north" cannot be a schema' in ran.err) == (2, True)


def test_a_failing_migration_shows_the_place_and_the_way_out(slate, folder):
    (folder / "0003_break.sql").write_text("-- depends: 0002_name_shops\nSELECT 1;\nSELECT nme FROM shops;\n")
    (folder / "0003_break.rollback.sql").write_text("SELECT 1;\n")
    ran = slate("apply", "--migrations", str(folder))
    assert ran.code == 1
    assert "0003_break.sql:3:8" in ran.err
    assert "    3 | SELECT nme FROM shops;" in ran.err
    assert "      |        ^" in ran.err
    assert "42703" in ran.err
    assert "hint:" in ran.err


def test_an_edited_file_is_refused_with_the_difference(slate, folder):
    slate("apply", "--migrations", str(folder))
    (folder / "0001_make_shops.sql").write_text("CREATE TABLE shops (id bigint PRIMARY KEY);\n")
    ran = slate("apply", "--migrations", str(folder))
    assert ran.code == 1
    assert "-CREATE TABLE shops (id integer PRIMARY KEY);" in ran.err
    assert "+CREATE TABLE shops (id bigint PRIMARY KEY);" in ran.err
    assert "edited: 0001_make_shops" in slate("status", "--migrations", str(folder)).out
