"""slate rollback as somebody types it."""

import json

from .conftest import tables


def test_rollback_undoes_the_last_one_by_default_then_what_is_asked(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    one = slate("rollback", "db", "--json", "--migrations", str(folder))
    assert json.loads(one.out)["rolled_back"] == ["0002_name_shops"]
    slate("apply", "--migrations", str(folder))
    two = slate("rollback", "db", "--steps", "2", "--migrations", str(folder))
    assert two.out == "public: 2 rolled back\n"
    assert tables(empty_database) == []
    assert slate("rollback", "db", "--migrations", str(folder)).out == "public: nothing to roll back\n"


def test_rollback_to_keeps_the_named_migration(slate, folder):
    slate("apply", "--migrations", str(folder))
    ran = slate("rollback", "db", "--to", "0001_make_shops", "--json", "--migrations", str(folder))
    assert json.loads(ran.out)["rolled_back"] == ["0002_name_shops"]


def test_rollback_takes_one_way_of_saying_how_far(slate, folder):
    ran = slate("rollback", "db", "--all", "--steps", "1", "--migrations", str(folder))
    assert (ran.code, "exclude each other" in ran.err) == (2, True)


def test_line_ends_and_comments_are_no_edit_of_a_rollback(slate, folder):
    slate("apply", "--migrations", str(folder))
    for path in folder.glob("*.sql"):
        path.write_bytes(b"\xef\xbb\xbf-- a comment\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    shown = slate("status", "--migrations", str(folder))
    assert (shown.code, "rollback edited" in shown.out) == (0, False)
    assert slate("rollback", "db", "--all", "--migrations", str(folder)).code == 0


def test_a_dry_run_of_a_rollback_prints_its_sql_and_undoes_nothing(slate, folder, empty_database):
    slate("apply", "--migrations", str(folder))
    ran = slate("rollback", "db", "--steps", "2", "--dry-run", "--migrations", str(folder))
    assert ran.err.splitlines() == ["db (public): 2 to roll back", "  0002_name_shops", "  0001_make_shops"]
    assert ran.out.index("ALTER TABLE shops DROP COLUMN name") < ran.out.index("DROP TABLE shops")
    assert tables(empty_database) == ["shops"]
    told = json.loads(slate("rollback", "db", "--dry-run", "--json", "--migrations", str(folder)).out)
    assert told["dry_run"] == [{"product": "db", "schema": "public", "to_roll_back": ["0002_name_shops"]}]
    wrong = slate("rollback", "db", "--dry-run", "--forget", "0001_make_shops", "--migrations", str(folder))
    assert wrong.code == 2
