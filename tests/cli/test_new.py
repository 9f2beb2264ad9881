"""slate new writes what can be applied at once."""

import os


def test_new_writes_a_migration_that_follows_the_last_and_can_be_applied(slate, folder):
    ran = slate("new", "db", "close_shops", "--migrations", str(folder))
    made = [os.path.basename(line) for line in ran.out.splitlines()]
    assert made == ["0003_close_shops.sql", "0003_close_shops.rollback.sql"]
    assert (folder / made[0]).read_text().startswith("-- depends: 0002_name_shops\n")
    unfilled = slate("apply", "--migrations", str(folder))
    assert (unfilled.code, "as `slate new` wrote it" in unfilled.err) == (1, True)
    for name in made:
        (folder / name).write_text((folder / name).read_text() + "SELECT 1;\n")
    assert slate("apply", "--migrations", str(folder)).out == "public: 3 applied\n"


def test_new_refuses_a_name_that_says_nothing(slate, folder):
    ran = slate("new", "db", "Fix", "--migrations", str(folder))
    assert (ran.code, "verb first" in ran.err) == (2, True)
