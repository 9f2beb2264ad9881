"""What is measured of the start: whole processes in turn, and which imports they pay for."""

import pytest

from slate_pg.bench.own import startup
from slate_pg.bench.own.startup import Import, Startup, time_commands

PRINTED = """\
import time: self [us] | cumulative | imported package
import time:       300 |        300 |   _io
import time:      2500 |       9000 |     slow.module
import time:       700 |       1000 | site
Some other line
"""


def test_imports_are_read_with_the_dearest_first():
    found = startup.read_importtime(PRINTED)
    assert found == (Import("slow.module", 2.5, 9.0), Import("site", 0.7, 1.0), Import("_io", 0.3, 0.3))


def test_a_command_that_works_more_takes_longer_than_one_that_does_nothing():
    work = "import decimal; sum(range(20_000_000))"
    slow, nothing = time_commands({"work": (["-c", work], 0.0001), "nothing": (["-c", "pass"], 60.0)}, 3)
    assert slow.seconds > nothing.seconds
    assert [bool(s.missed) for s in (slow, nothing)] == [True, False]
    assert "decimal" in {i.module for i in startup.dearest_imports(["-c", work], 1000)}


def test_a_command_that_fails_is_not_timed():
    with pytest.raises(startup.subprocess.CalledProcessError):
        time_commands({"broken": (["-c", "raise SystemExit(1)"], None)}, 1)


def test_slate_itself_is_timed_as_people_run_it():
    (found,) = time_commands({"slate --help": (["-m", "slate_pg", "--help"], 60.0)}, 1)
    assert "slate_pg" in {i.module for i in startup.dearest_imports(["-m", "slate_pg", "--help"], 1000)}
    assert len(found.imports) == 10


@pytest.mark.parametrize(("seconds", "budget", "kept"), [(0.1, 0.12, "yes"), (0.13, 0.12, "NO"), (9.9, None, "")])
def test_a_row_says_whether_the_budget_was_kept(seconds, budget, kept):
    row = Startup("slate", seconds, budget, (Import("a", 1.25, 2),)).row
    assert len(row) == len(startup.HEAD)
    assert row[3] == kept
    assert row[4] == "a 1.2"
