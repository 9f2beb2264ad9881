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
