"""What isolation costs is measured by tests that really run, of each kind in turn, and judged over the floor."""

import pytest

from slate_pg.bench.own import isolation
from slate_pg.bench.own.isolation import over_floor, time_isolation, write_tests
from slate_pg.config import find_project


@pytest.fixture
def small_project(tmp_path):
    (tmp_path / "migrations" / "small").mkdir(parents=True)
    (tmp_path / "migrations" / "small" / "small_0001.sql").write_text("CREATE TABLE t (id integer);\n")
    (tmp_path / "migrations" / "small" / "small_0001.rollback.sql").write_text("DROP TABLE t;\n")
    (tmp_path / "pyproject.toml").write_text("[tool.slate]\n")
    return find_project(start=tmp_path)


def test_generated_tests_of_each_kind_run_and_are_timed(small_project):
    floor, rolled_back, committed = time_isolation(small_project, tests=80, clones=1)
    assert [k.tests for k in (floor, rolled_back, committed)] == [80, 80, 1]
    assert floor.over_ms == 0
    assert committed.each_ms > rolled_back.each_ms > floor.each_ms


def test_tests_that_do_not_pass_give_no_figures(small_project):
    (small_project.products[0].migrations / "small_0001.sql").write_text("CREATE TABLE t (id missing);\n")
    with pytest.raises(RuntimeError, match="do not pass"):
        time_isolation(small_project, tests=1, clones=1)


def test_the_kinds_take_turns(tmp_path):
    write_tests(tmp_path, 2, 1)
    names = [line for line in (tmp_path / "test_isolation.py").read_text().splitlines() if line.startswith("def ")]
    assert [n.partition("(")[0][len("def test_00000_") :] for n in names] == ["floor", "db"] * 3 + ["db_committed"] * 2


def test_a_rollback_dearer_than_a_millisecond_over_the_floor_is_told():
    slow = {"floor": [9.0, 0.0003, 0.0003], "db": [9.0, 0.0015, 0.0015], "db_committed": [9.0, 0.08]}
    floor, db, clone = over_floor(slow)
    assert db.over_ms == pytest.approx(1.2)
    assert db.missed == ("a test that rolls back (db): 1.20 ms over the floor, budget 1 ms",)
    assert not floor.missed
    assert not clone.missed  # a clone has no budget
    assert not over_floor({**slow, "db": [9.0, 0.0010, 0.0010]})[1].missed


def test_what_sets_the_database_up_is_no_test_s_cost():
    assert over_floor({"floor": [5.0, 0.001, 0.001], "db": [60.0, 0.002, 0.002]})[1].each_ms == pytest.approx(2)


def test_a_row_has_a_cell_for_each_column():
    for kind in over_floor({"floor": [0.1, 0.001], "db": [0.1, 0.002]}):
        assert len(kind.row) == len(isolation.HEAD)
