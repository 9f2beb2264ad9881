"""A run that is killed goes on where it was, and leaves no worker behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from slate_pg.mutation.journal import Journal
from slate_pg.mutation.model import Mutant, Outcome
from tests.mutation.conftest import SUITE, Shop


def eventually(condition: Callable[[], bool], seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.1)


def processes_in(folder: Path) -> list[int]:
    """Return the processes whose working directory is a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")) == folder:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_after_kill_9_the_same_command_goes_on_and_says_how_much_it_knew(shop: Shop) -> None:
    journals = shop.home.parent / f"{shop.home.name}-mutation"

    def known() -> int:
        return sum(len(file.read_text().splitlines()) for file in journals.glob("*.jsonl"))

    arguments = ("--json", "--jobs", "1", "--sample", "14", "--seed", "3")
    said = (shop.home.parent / "said").open("w+")
    first = subprocess.Popen(shop.command(*arguments), cwd=shop.folder, env=shop.environment, stdout=said, stderr=said)
    eventually(lambda: known() >= 3 or first.poll() is not None)
    first.send_signal(signal.SIGKILL)
    first.wait()
    there = known()
    said.seek(0)
    assert first.returncode == -signal.SIGKILL, said.read()
    assert 3 <= there < 14
    eventually(lambda: not processes_in(shop.folder))
    ran = shop.mutate(*arguments)
    (product,) = ran.products
    assert there <= product["resumed"] < 14
    assert product["run"] == len(product["mutants"]) == 14
    assert list(journals.glob("*.jsonl")) == []
    again = shop.mutate(*arguments)
    assert again.products[0]["resumed"] == 0
    assert again.verdicts == ran.verdicts


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    mutant = Mutant("k", "o", ("SELECT 1",), "m", "leak")
    journal = Journal(tmp_path / "new" / "j.jsonl", ["t"])
    assert journal.read() == {}
    journal.add(mutant, Outcome("killed", "t", "é\n", 0.5))
    whole = journal.path.read_text("utf-8")
    journal.path.write_text(whole + '{"key": "x", "verd', "utf-8")
    assert journal.read() == {mutant.key: Outcome("killed", "t", "é\n", 0.5)}
    journal.remove()
    assert journal.read() == {}


def test_what_a_test_said_that_is_left_out_today_holds_no_more(tmp_path: Path) -> None:
    verdicts = {"killed": "t1", "survived": "", "rules": "a_rule", "equivalent": "catalogs", "invalid": ""}
    mutants = {verdict: Mutant("k", verdict, ("SELECT 1",), "m", "leak") for verdict in verdicts}
    journal = Journal(tmp_path / "j.jsonl", ["t1", "t2"])
    for verdict, by in verdicts.items():
        journal.add(mutants[verdict], Outcome(verdict, by))

    def kept(*tests: str) -> set[str]:
        return {outcome.verdict for outcome in Journal(journal.path, tests).read().values()}

    assert kept("t2", "t1") == set(verdicts)
    assert kept("t1") == {"killed", "equivalent", "invalid"}
    assert kept("t2", "t3") == {"equivalent", "invalid"}


def test_other_tests_have_another_journal(shop: Shop) -> None:
    from slate_pg.mutation.journal import open_journal

    test = shop.folder / "tests" / "test_shop.py"
    one = open_journal(shop.folder, "shop", ["a"], [test])
    assert open_journal(shop.folder, "shop", ["a"], [test]).path == one.path
    assert open_journal(shop.folder, "shop", ["b"], [test]).path != one.path
    assert open_journal(shop.folder, "shop", ["a"], [test], ["t1"]).path == one.path, "left out by chance"
    test.write_text(SUITE + "\n# more\n", "utf-8")
    assert open_journal(shop.folder, "shop", ["a"], [test]).path != one.path
