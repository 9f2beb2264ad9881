"""What is tried next, played with a suite that is a function: which mutants each test notices."""

from __future__ import annotations

from itertools import pairwise

import pytest

from slate_pg.mutation.board import CONTROL, COVER, GROUPED, Board
from slate_pg.mutation.model import Mutant, Outcome
from slate_pg.mutation.ordering import Order

TESTS = {f"t{i:02d}": frozenset({f"t{i:02d}"}) for i in range(60)}
COST = dict.fromkeys(TESTS, 1.0)


def mutant(name: str) -> Mutant:
    return Mutant("kind", name, (f"-- {name}",), "is missing", "leak", (name,), name)


def play(
    notices: dict[str, set[str]], names: list[str], together: frozenset[str] = frozenset()
) -> tuple[dict[str, Outcome], list[int]]:
    """Return the verdicts and how many mutants each try was about; `together` is noticed by t59 only as a whole."""
    found: dict[str, Outcome] = {}

    def record(m: Mutant, outcome: Outcome) -> None:
        assert m.object not in found, "told twice"
        found[m.object] = outcome

    board = Board(Order(TESTS, COST), 2.0, 1, record)
    board.add([mutant(n) for n in names])
    sizes = []
    while task := board.next():
        if task.kind == CONTROL:
            board.take(task, {"failed": {}, "seconds": 1.0})
            continue
        sizes.append(len(task.mutants))
        objects = {m.object for m in task.mutants}
        by = next((t for t in task.tests if notices.get(t, set()) & objects), "")
        if not by and together and together <= objects and "t59" in task.tests:
            by = "t59"
        answer = {"verdict": "killed" if by else "open", "by": by, "said": "", "seconds": 0.5}
        board.take(task, answer)
    return found, sizes


def test_each_mutant_gets_the_verdict_of_the_whole_suite() -> None:
    names = [f"m{i}" for i in range(40)]
    notices = {"t10": {"m1", "m2"}, "t58": {"m3"}, "t30": {"m4", "m39"}}
    found, _ = play(notices, names)
    assert {n for n, o in found.items() if o.verdict == "killed"} == {"m1", "m2", "m3", "m4", "m39"}
    assert {n: found[n].by for n in ("m1", "m3", "m39")} == {"m1": "t10", "m3": "t58", "m39": "t30"}
    assert len(found) == 40


def test_survivors_are_tried_in_groups() -> None:
    found, sizes = play({}, [f"m{i}" for i in range(36)])
    assert {o.verdict for o in found.values()} == {"survived"}
    assert sizes == [1] * 36 + [12, 12, 12]


def test_who_of_a_group_was_killed_is_found_by_halves() -> None:
    found, sizes = play({"t59": {"m7"}}, [f"m{i}" for i in range(12)])
    assert {n for n, o in found.items() if o.verdict == "killed"} == {"m7"}
    assert len(sizes) - 12 <= 7, sizes  # the group, the likeliest, four halves or fewer, and the rest


def test_what_is_foreseen_to_survive_is_tried_in_a_group_first_and_still_killed_where_a_test_notices() -> None:
    found: dict[str, Outcome] = {}
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, o: found.update({m.object: o}))
    foreseen = [Mutant("trigger disabled", f"o{i}", (f"-- {i}",), "", "leak", ("tr",), f"t{i}") for i in range(3)]
    board.add(foreseen, cover=True)
    sizes = []
    while task := board.next():
        if task.kind in (CONTROL, COVER):
            never = [[f"t{i}.tr", "trigger", "calls f", 0, "never fired"] for i in range(3)]
            board.take(task, {"failed": {}, "found": never, "seconds": 1.0})
            continue
        killed = "t59" in task.tests and "o1" in {m.object for m in task.mutants}
        sizes.append((len(task.mutants), len(task.tests)))
        board.take(task, {"verdict": "killed" if killed else "open", "by": "t59" * killed, "said": "", "seconds": 0.1})
    assert sizes[:4] == [(1, 0), (1, 0), (1, 0), (3, 60)]
    assert {n: o.verdict for n, o in found.items()} == {"o0": "survived", "o1": "killed", "o2": "survived"}


def test_rights_that_are_added_are_tried_together_though_they_are_of_one_table() -> None:
    found: list[str] = []
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, _: found.append(m.object))
    board.add([Mutant("grant added", f"o{i}", (f"-- {i}",), "", "leak", ("t", "r"), "t", "x") for i in range(30)])
    sizes = []
    while task := board.next():
        sizes.append(len(task.mutants))
        board.take(task, {"verdict": "open", "by": "", "said": "", "seconds": 0, "failed": {}})
    assert sizes == [0, *[1] * 25, 0, *[1] * 5, 30]
    assert len(found) == 30


def test_now_and_then_the_tests_of_a_fault_are_asked_without_it_and_one_that_fails_is_counted() -> None:
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, _: None)
    board.add([mutant(f"m{i}") for i in range(60)])
    whole, between = [], []
    while task := board.next():
        if task.kind == CONTROL:
            (whole if len(task.tests) > 2 else between).append(task)
        failed = {"t00": "by chance"} if task.kind == CONTROL and len(between) == 1 else {}
        board.take(task, {"verdict": "open", "by": "", "said": "", "seconds": 0.1, "failed": failed})
    assert (len(whole), len(between)) == (1, 2)
    assert (board.controls, board.controls_killed) == (2, 1)


def test_what_kills_one_of_few_is_asked_behind_the_same_tests_without_it_and_is_left_out_where_it_fails_too() -> None:
    found: dict[str, Outcome] = {}
    board = Board(Order(TESTS, COST), 3.0, 1, lambda m, o: found.update({m.object: o}))
    board.add([mutant("m0"), mutant("m1")])
    controls = []
    while task := board.next():
        if task.kind == CONTROL:
            controls.append(task.tests)
            failed = {"t22": "behind t21 only"} if {"t21", "t22"} <= {*task.tests} else {}
            board.take(task, {"failed": failed, "seconds": 1.0})
            continue
        killed = "t22" in task.tests
        by = "t22" if killed else ""
        board.take(task, {"verdict": "killed" if killed else "open", "by": by, "said": "", "seconds": 0.1})
    assert controls == [["t20", "t21", "t22"]]
    assert (board.unreliable, board.controls_killed) == ({"t22"}, 1)


def test_what_the_whole_suite_kills_of_few_is_asked_without_it_behind_the_tests_of_its_file() -> None:
    words = {f"f{i % 5}::t{i:02d}": frozenset({f"t{i:02d}"}) for i in range(60)}
    found: dict[str, Outcome] = {}
    board = Board(Order(words, dict.fromkeys(words, 1.0)), 2.0, 1, lambda m, o: found.update({m.object: o}))
    board.add([mutant("m0")])
    controls = []
    while task := board.next():
        if task.kind == CONTROL:
            controls.append(task.tests)
        killed = task.kind == GROUPED and "f3::t13" in task.tests
        by = "f3::t13" if killed else ""
        answer = {"verdict": "killed" if killed else "open", "by": by, "said": "", "seconds": 0.1, "failed": {}}
        board.take(task, answer)
    assert found["m0"].by == "f3::t13"
    assert controls == [["f3::t03", "f3::t08", "f3::t13"]]


@pytest.mark.parametrize("order", ["whole", "shuffled"])
def test_all_tests_are_asked_a_file_at_a_time_so_that_what_a_file_shares_is_made_once(order: str) -> None:
    words = {f"f{i % 7}::t{i}": frozenset({f"t{i}"}) for i in range(70)}
    board = Order(words, dict.fromkeys(words, 0.1))
    asked = board.whole([mutant("t33")]) if order == "whole" else board.shuffled(7)
    assert sorted(asked) == sorted(words)
    assert asked != list(words)
    files = [test.partition("::")[0] for test in asked]
    assert sum(one != other for one, other in pairwise(files)) == 6
    assert asked[0] == "f5::t33" or order == "shuffled"
    assert board.shuffled(7) == board.shuffled(7) != board.shuffled(8)


def test_what_a_group_does_together_is_nobodys_fault() -> None:
    found, _ = play({}, [f"m{i}" for i in range(8)], together=frozenset({"m0", "m7"}))
    assert {o.verdict for o in found.values()} == {"survived"}


def test_mutants_of_one_table_are_not_tried_together() -> None:
    found: list[str] = []
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, _: found.append(m.object))
    one = [Mutant("k", f"o{i}", (f"-- {i}",), "", "leak", (), "same") for i in range(3)]
    board.add(one)
    while task := board.next():
        assert task.kind != GROUPED or len(task.mutants) == 1
        board.take(task, {"verdict": "open", "by": "", "said": "", "seconds": 0, "failed": {}})
    assert sorted(found) == ["o0", "o1", "o2"]


def test_a_rule_has_its_say_only_where_no_test_notices() -> None:
    found: dict[str, str] = {}
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, o: found.update({m.object: o.verdict}))
    board.add([mutant("seen"), mutant("unseen")])
    while task := board.next():
        objects = {m.object for m in task.mutants}
        killed = "seen" in objects and "t58" in task.tests
        verdict = "rules" if task.kind == "single" else "killed" if killed else "open"
        board.take(task, {"verdict": verdict, "by": "t58", "said": "", "seconds": 0, "failed": {}})
    assert found == {"seen": "killed", "unseen": "rules"}


def test_tests_that_name_the_object_come_first_and_dear_ones_are_left_to_groups() -> None:
    order = Order(TESTS | {"dear": frozenset({"m1"})}, COST | {"t33": 0.5, "dear": 90.0})
    assert order.of([mutant("t20")])[:2] == ["t20", "t33"]
    assert "dear" not in order.likely([mutant("m1")], 5.0)
    order.learn([mutant("m1")], "t44")
    assert order.of([mutant("m1")])[0] == "t44"


@pytest.mark.parametrize("budget", [0.1, 3.0])
def test_one_test_at_least_is_asked(budget: float) -> None:
    assert Order(TESTS, COST).likely([mutant("x")], budget)


def test_what_a_test_killed_that_fails_without_a_fault_is_tried_anew() -> None:
    found: dict[str, Outcome] = {}
    board = Board(Order(TESTS, COST), 2.0, 1, lambda m, o: found.update({m.object: o}))
    board.add([mutant(f"m{i}") for i in range(25)])
    control = board.next()
    single = board.next()
    assert control is not None
    assert single is not None
    board.take(control, {"failed": {"t07": "by chance"}, "seconds": 1.0})
    board.take(single, {"verdict": "killed", "by": "t07", "said": "by chance", "seconds": 0.1})
    assert found == {}
    while task := board.next():
        assert "t07" not in task.tests
        board.take(task, {"verdict": "open", "by": "", "said": "", "seconds": 0.1, "failed": {}})
    assert found["m0"].verdict == "survived"
