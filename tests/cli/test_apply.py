"""slate apply as somebody types it."""

import json

import pytest

from slate_pg.postgres.connection import connect

from .conftest import tables


def test_a_foreign_folder_is_applied_into_public_and_then_up_to_date(slate, folder, empty_database):
    first = slate("apply", "--migrations", str(folder))
    assert (first.code, first.out) == (0, "public: 2 applied\n")
    assert "0002_name_shops" in first.err  # progress is no data
    assert slate("apply", "--migrations", str(folder)).out == "public: up to date\n"
    assert tables(empty_database) == ["shops"]


def test_a_dry_run_prints_what_would_run_and_writes_nothing(slate, folder, empty_database):
    ran = slate("apply", "--dry-run", "--migrations", str(folder))
    assert ran.err.splitlines() == ["db (public): 2 to apply", "  0001_make_shops", "  0002_name_shops"]
    assert ran.out.index("-- apply 0001_make_shops") < ran.out.index("CREATE TABLE shops") < ran.out.rindex("COMMIT;")
    with connect(empty_database) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname ~ '^_(slate|yoyo)'").fetchone() == (0,)
    told = json.loads(slate("apply", "--dry-run", "--json", "--migrations", str(folder)).out)
    assert told["dry_run"] == [{"product": "db", "schema": "public", "pending": ["0001_make_shops", "0002_name_shops"]}]
    assert told["sql"] == ran.out


def test_a_dry_run_never_prints_the_password_of_its_connection(slate, folder, empty_database, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "correct horse battery")
    (folder / "0003_link.sql").write_text("-- depends: 0002_name_shops\nSELECT 'correct horse battery';\n")
    (folder / "0003_link.rollback.sql").write_text("SELECT 1;\n")
    ran = slate("apply", "--dry-run", "--migrations", str(folder))
    assert (ran.code, ran.out, "hold the password" in ran.err) == (1, "", True)


REFUSED = {
    "no rollback": ({"0003_c.sql": "SELECT 1;"}, "0003_c.sql has no rollback"),
    "late": ({"0000_a.sql": "SELECT 1;", "0000_a.rollback.sql": "SELECT 1;"}, "0000_a stands before"),
    "an edit": ({"0001_make_shops.sql": "CREATE TABLE shops (id bigint);"}, "was edited after it was applied"),
    "its lock": (
        {"0003_c.sql": "SELECT pg_advisory_unlock_all();", "0003_c.rollback.sql": "SELECT 1;"},
        "pg_advisory_unlock_all() in a migration",
    ),
    "a commit": ({"0003_c.sql": "COMMIT;", "0003_c.rollback.sql": "SELECT 1;"}, "COMMIT in a migration"),
    "a comment without end": (
        {"0003_c.sql": "SELECT 1; /* and", "0003_c.rollback.sql": "SELECT 1;"},
        "a comment /* does not end",
    ),
    "a name": ({"0003_c.SQL": "SELECT 1;"}, "does not end in .sql"),
    "a scaffold": (
        {"0003_c.sql": "-- Why:  .\n-- Lock: . Rollback loses: .\n", "0003_c.rollback.sql": "SELECT 1;"},
        "as `slate new` wrote it",
    ),
    "a circle": (
        {"0003_c.sql": "-- depends: 0003_c\nSELECT 1;", "0003_c.rollback.sql": "SELECT 1;"},
        "depend on each other in a circle",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_apply_refuses_plan_and_dry_run_refuse_with_the_same_words(slate, folder, case):
    files, words = REFUSED[case]
    slate("apply", "--migrations", str(folder))
    for name, text in files.items():
        (folder / name).write_text(text)
    said = [slate(*command, "--migrations", str(folder)) for command in (("apply",), ("apply", "--dry-run"), ("plan",))]
    assert [(ran.code, ran.out) for ran in said] == [(1, "")] * 3
    assert words in said[0].err
    assert said[0].err == said[1].err == said[2].err


def test_a_hurt_ledger_is_refused_by_all_three_alike(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    with connect(empty_database) as connection:
        connection.execute("ALTER TABLE _slate_ledger DROP CONSTRAINT _slate_ledger_version_3")
    said = [slate(*command, "--migrations", str(folder)) for command in (("apply",), ("apply", "--dry-run"), ("plan",))]
    assert [ran.code for ran in said] == [1, 1, 1]
    assert said[0].err == said[1].err == said[2].err
    assert "does not say its version" in said[0].err


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
