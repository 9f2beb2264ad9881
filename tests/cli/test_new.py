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


def test_core_is_written_once_completed_and_never_over_another_text(slate, tmp_path):
    (tmp_path / "db").mkdir()
    project = ["--migrations", tmp_path / "db"]
    ran = slate("new", "--core", *project)
    assert (ran.code, len(ran.out.splitlines())) == (0, 19), ran.err
    lost = tmp_path / "db" / "core" / "core_0009_take_names_out.sql"
    text = lost.read_text()
    lost.unlink()
    assert slate("new", "--core", *project).out == f"{lost}\n"
    assert lost.read_text() == text
    lost.write_text("mine")
    (tmp_path / "sql" / "cluster" / "groups.sql").unlink()
    ran = slate("new", "--core", *project)
    assert (ran.code, lost.read_text(), "nothing was written" in ran.err) == (1, "mine", True)
    assert not (tmp_path / "sql" / "cluster" / "groups.sql").exists()


def test_core_is_refused_where_it_cannot_be_beside_the_migrations(slate, tmp_path, monkeypatch):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001_a.sql").write_text("SELECT 1;")
    ran = slate("new", "--core", "--migrations", tmp_path / "db")
    assert (ran.code, "Move them into a folder of their own" in ran.err) == (2, True)
    ran = slate("new", "shop", "--core", "--migrations", tmp_path / "db")
    assert (ran.code, "nothing is done with shop" in ran.err) == (2, True)
    assert [p.name for p in tmp_path.rglob("*.sql")] == ["0001_a.sql"]
    (tmp_path / "db" / "shop").mkdir()
    (tmp_path / "db" / "0001_a.sql").rename(tmp_path / "db" / "shop" / "0001_a.sql")
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "db"\nshared = "common"\n')
    monkeypatch.chdir(tmp_path)
    ran = slate("new", "--core")
    assert (ran.code, 'shared is "common"' in ran.err) == (2, True)
    (tmp_path / "pyproject.toml").write_text('[tool.slate]\nmigrations = "db"\n')
    (tmp_path / "sql").write_text("a file where a folder should be")
    ran = slate("new", "--core")
    assert (ran.code, [p.name for p in tmp_path.rglob("*.sql")]) == (1, ["0001_a.sql"]), ran.err
    assert "Traceback" not in ran.err
