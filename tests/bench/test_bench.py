"""`slate bench`: figures with budgets, saved and compared. Whether they are good is for a quiet machine to say."""

import json
import sys

import pytest

from toolkit import bench
from toolkit.cli import main
from toolkit.queries import SqlFile


def run(*arguments):
    argv, sys.argv = sys.argv, ["slate", *arguments]
    try:
        main()
    except SystemExit as left:
        return left.code or 0
    finally:
        sys.argv = argv
    return 0


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A bench of one product at scale 1, saved."""
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    code = run("bench", "flourish", "--repeats", "3", "--no-runner", "--save", str(path))
    return code, path


def test_every_query_with_a_budget_is_timed(saved, slate_project):
    from toolkit.queries import read_files

    folder = slate_project.product("flourish").sql / "queries"
    wanted = {f.name for f in read_files(folder) if f.header.get("budget_ms")}
    assert {q["query"] for q in json.loads(saved[1].read_text())["queries"]} == wanted


def test_the_exit_code_says_whether_every_budget_was_kept(saved):
    code, path = saved
    within = all(q["within_budget"] for q in json.loads(path.read_text())["queries"])
    assert code == (0 if within else 3)


def timed(**over):
    figures = {
        "product": "p", "query": "q", "budget_ms": 50.0, "rows": 1, "owner_p50": 10.0, "owner_p95": 12.0,
        "person_p50": 11.0, "person_p95": 14.0, "indexes": (), "scans": (),
    }  # fmt: skip
    return bench.Timed(**{**figures, **over})


def test_a_budget_binds_the_slower_of_owner_and_person():
    assert timed().within_budget
    assert not timed(person_p95=51.0).within_budget
    assert not timed(owner_p95=51.0, person_p50=None, person_p95=None).within_budget


def test_the_ratio_is_what_row_security_costs():
    assert timed().ratio == pytest.approx(1.1)
    assert timed(person_p50=None, person_p95=None).ratio is None


def test_what_got_slower_than_a_saved_run_is_named(tmp_path):
    path = tmp_path / "then.json"
    bench.save(path, [timed()], [], 1)
    assert bench.slower_than(path, [timed(owner_p50=14.0)]) == []
    assert bench.slower_than(path, [timed(owner_p50=16.0)]) == ["p/q: 10.00 ms then, 16.00 ms now"]


def test_a_query_is_run_with_its_own_examples_as_parameters(tmp_path):
    file = SqlFile("q", tmp_path / "q.sql", {}, "SELECT 'S001' LIKE 'S%'", {"student": "'S001'"})
    assert file.parameterised == "SELECT %(student)s LIKE 'S%%'"
    assert file.examples == {"student": "S001"}
