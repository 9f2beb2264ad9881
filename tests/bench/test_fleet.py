"""What is measured of fleets: every row with a budget at every size, beside its floor, from one command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slate_pg.bench.own import moved
from slate_pg.bench.own.moved import (
    APPLY,
    BACKUP,
    BESIDE_ONE,
    BUDGETS,
    DRIFT,
    NEW,
    NOTHING,
    PLAN,
    SPARE,
    STATUS,
    Memory,
    Moved,
)  # fmt: skip
from slate_pg.cli import main
from tests.workshop import captured

EVERY = (APPLY, NOTHING, STATUS, NEW, SPARE, DRIFT, BESIDE_ONE, BACKUP, PLAN)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one command measures of ten and of twenty."""
    saved = tmp_path_factory.mktemp("fleet") / "figures.json"
    only = ("--only", "fleet", "--installations", "20,10", "--save", str(saved))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")  # or a wide figure breaks the words that are looked for
        ran = captured(main, "slate", "bench", *only, "--report", str(saved.with_suffix(".md")))
    assert ran.returncode in (0, 3), ran.stderr
    assert "memory, the most" in ran.stdout
    return saved


def test_one_command_measures_every_row_at_every_size_beside_its_floor(measured: Path) -> None:
    found = json.loads(measured.read_text())["fleet"]
    assert [(m["what"], m["installations"]) for m in found] == [
        (what, size) for size in (10, 20) for what in (*EVERY, Memory(0, 0).what)
    ]
    for one in found:
        assert one.get("seconds", 1) > 0
        assert (one["memory_mb"] is None) is (one["what"] in (NEW, SPARE))
        assert bool(one.get("floor")) is (one["what"] not in (NOTHING, STATUS, Memory(0, 0).what)), one["what"]
    for size in (10, 20):
        most = [m["memory_mb"] for m in found if m["installations"] == size and m["memory_mb"]]
        assert most[-1] == max(most) > 10


def test_the_report_holds_the_table_and_a_line_for_each_row(measured: Path) -> None:
    text = measured.with_suffix(".md").read_text()
    chart = measured.with_name("figures-fleet.svg").read_text()
    assert "--installations 20,10" in text
    assert "![figures: fleet](figures-fleet.svg)" in text
    assert all(f"| {what} | 20 |" in text for what in EVERY)
    assert all(what in chart for what in EVERY)
    assert chart.count("<polyline") == len(EVERY)


@pytest.mark.parametrize("text", ["", "0", "9", "11", "-10", "10,x", "1e2", "10,,20", "٣٠", "10000000"])
def test_a_number_of_installations_that_cannot_be_is_refused(text: str) -> None:
    ran = captured(main, "slate", "bench", "--only", "fleet", "--installations", text)
    assert (ran.returncode, "--installations takes even numbers" in ran.stderr) == (2, True), ran.stderr


def test_seconds_are_judged_where_they_are_meant_and_ratios_from_a_hundred_on() -> None:
    assert Moved(APPLY, 10, 99.0, 0.1, 40).missed == ()
    assert len(Moved(APPLY, 100, 99.0, 0.1, 40).missed) == 1
    assert len(Moved(APPLY, 1000, 99.0, 0.1, 40).missed) == 2
    assert Moved(APPLY, 1000, 19.0, 5.0, 40).missed == ()
    assert len(Moved(NOTHING, 1000, 2.5, None, 40).missed) == 1
    assert [len(Moved(DRIFT, n, 8.5, 1.0, 40).missed) for n in (100, 300, 1000)] == [0, 1, 0]
    assert [len(Moved(BESIDE_ONE, n, 3.1, 1.0, 40).missed) for n in (10, 100, 300, 1000)] == [0, 1, 1, 0]
    assert [len(Moved(SPARE, n, 0.021, 0.01, None).missed) for n in (10, 1000)] == [1, 1]
    assert [len(Moved(NEW, n, 0.16, 0.1, None).missed) for n in (10, 100)] == [0, 1]
    assert Moved(PLAN, 300, 1.3, 1.0, 40).missed == ()
    assert [len(Memory(1000, mb).missed) for mb in (200, 201)] == [0, 1]


def test_a_row_says_what_it_may_take_and_whether_it_did() -> None:
    assert Moved(BACKUP, 300, 8.0, 2.0, 61.0).row == (
        BACKUP, "300", "8.00", "2.00", "4.0", "3 ×", "NO", "61",
    )  # fmt: skip
    assert Moved(SPARE, 10, 0.0071, 0.00025, None).row[2:] == ("0.00710", "0.00025", "28.4", "0.02 s", "yes", "")
    assert Moved(STATUS, 10, 1.0, None, 40.0).row[-3:] == ("", "", "40")
    assert {b.seconds for b in BUDGETS.values()} == {20.0, 2.0, None, 0.02, 8.0}
    assert {b.times for b in BUDGETS.values()} == {4.0, None, 1.5, 1.3, 3.0}
    assert moved.SIZES == (10, 100, 300, 1000)
