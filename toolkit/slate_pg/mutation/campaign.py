"""Tries the mutants of a product on its suite: lists, draws, runs, and says what became of each.

Writes to disposable servers, and to its journal.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.config import Product, Project
from slate_pg.errors import SlateError
from slate_pg.mutation.board import CONTROL, Board
from slate_pg.mutation.crew import Hand, Orders, crew, wait_for_any
from slate_pg.mutation.journal import Journal, open_journal
from slate_pg.mutation.listing import draw
from slate_pg.mutation.model import EQUIVALENT, INVALID, KILLED, RULES, SURVIVED, Mutant, Outcome
from slate_pg.mutation.ordering import Order
from slate_pg.mutation.since import changed_since, touched

LIKELY_SECONDS = 2.0  # of tests that one mutant alone is tried on


@dataclass(frozen=True)
class Choice:
    """What is to be tried: how many (None: all), by which seed, of what changed since a commit, by how many workers.

    `arguments` go to pytest.
    """

    sample: int | None = None
    seed: int = 0
    jobs: int = 1
    since: str | None = None
    arguments: tuple[str, ...] = ()


@dataclass
class Progress:
    """Who is told how far a run is: the number of mutants, and each verdict."""

    planned: Callable[[int], None] = lambda _: None
    settled: Callable[[Mutant, Outcome], None] = lambda _m, _o: None


@dataclass(frozen=True)
class Result:
    """What came of one product. `known` counts all its mutants, `outcomes` has those that were tried."""

    product: str
    seed: int
    known: int
    tests: int
    seconds: float
    outcomes: list[tuple[Mutant, Outcome]] = field(default_factory=list)
    controls: int = 0
    resumed: int = 0
    notes: tuple[str, ...] = ()

    def count(self, verdict: str) -> int:
        """Return how many mutants have this verdict."""
        return Counter(outcome.verdict for _, outcome in self.outcomes)[verdict]

    @property
    def effective(self) -> int:
        """How many were faults at all: neither equivalent nor invalid."""
        return len(self.outcomes) - self.count(EQUIVALENT) - self.count(INVALID)

    @property
    def percent(self) -> float:
        """How many of the effective ones tests or rules kill, in percent; 100 of none."""
        return 100.0 * (self.count(KILLED) + self.count(RULES)) / self.effective if self.effective else 100.0

    def survivors(self) -> list[Mutant]:
        """Return what no test and no rule notices."""
        return [mutant for mutant, outcome in self.outcomes if outcome.verdict == SURVIVED]


def mutate(project: Project, product: Product, choice: Choice, folder: Path, progress: Progress) -> Result:
    """Try the product's mutants on the suite of pytest in this folder, and return what became of each.

    SlateError where the suite fails without a fault, for then no failure says anything. Writes to disposable servers.
    """
    begun = time.monotonic()
    alone = len(project.products) > 1 and product.name != project.shared
    others = [p.name for p in project.products if p.name not in (product.name, project.shared)] if alone else []
    orders = Orders(
        folder, product.name, product.path, others, (product.name,) if others else (), choice.arguments
    )  # fmt: skip
    changed = changed_since(project, product, choice.since) if choice.since else None
    with crew(orders, choice.jobs) as hands:
        ready = [hand.heard() for hand in hands]
        hands[0].tell(do="list")
        known = [Mutant.of_fields(m) for m in hands[0].heard()["mutants"]]
        words = {test: frozenset(said) for test, said in ready[0]["words"].items()}
        seconds, notes = control(orders, hands, words, alone=bool(others))
        notes += _left_out(ready[0]["left_out"])
        order = Order({test: words[test] for test in seconds}, seconds)
        if changed is not None:
            known = touched(known, changed)
        chosen = draw(known, choice.sample, choice.seed)
        tests = {folder / test.partition("::")[0] for test in order.words}
        parts = [str(choice), *sorted(order.words), *(m.key for m in chosen)]
        journal = open_journal(folder, product.name, parts, [*tests, *_conftests(folder, tests)])
        progress.planned(len(chosen))
        outcomes, resumed = _run(hands, order, chosen, choice, journal, progress, notes)
        journal.remove()
    found = [(mutant, outcomes[mutant.key]) for mutant in chosen]
    return Result(
        product.name, choice.seed, len(known), len(order.words), time.monotonic() - begun, found,
        1 + bool(len(chosen) > resumed), resumed, tuple(notes),
    )  # fmt: skip


def _conftests(folder: Path, tests: set[Path]) -> list[Path]:
    return [parent / "conftest.py" for test in tests for parent in test.parents if parent.is_relative_to(folder)]


def _left_out(names: Sequence[str]) -> list[str]:
    return [f"{len(names)} tests name other products only, and are left out"] if names else []


def control(
    orders: Orders, hands: Sequence[Hand], words: dict[str, frozenset[str]], *, alone: bool
) -> tuple[dict[str, float], list[str]]:
    """Run the whole suite without a fault, and return what each test took, with notes. SlateError where one fails.

    A test that fails now and then, or only because other products are not installed, is left out, which is a note.
    """
    told = _ask(hands[0], list(words))
    failed, gone = dict(told.failed), set[str]()
    notes: list[str] = []
    if failed and (again := set(_ask(hands[0], list(failed)).failed)) != set(failed):
        chance = sorted(set(failed) - again)
        notes.append(
            f"{len(chance)} tests fail now and then without a fault, and are left out: {', '.join(chance[:3])}"
        )
        gone, failed = set(chance), {test: said for test, said in failed.items() if test in again}
    if failed and alone and _passes(orders, list(failed)):
        notes.append(f"{len(failed)} tests need other products, and are left out: {', '.join(sorted(failed)[:3])}")
        failed, gone = {}, gone | set(failed)
    if failed:
        test, said = next(iter(failed.items()))
        raise SlateError(
            f"the suite fails without any fault: {test}: {said}",
            detail=[f"       {len(failed)} of {len(words)} tests fail"] if len(failed) > 1 else [],
            hint="Mend it first: a test that fails anyway notices nothing.",
        )
    seconds = {test: took for test, took in told.seconds.items() if test not in gone | told.skipped}
    if not seconds:
        raise SlateError("every test was skipped, so no fault can be noticed", hint="`slate test -ra` says why.")
    for hand in hands:
        hand.tell(do="seconds", seconds=seconds)
    return seconds, notes


@dataclass
class _Told:
    """What tests said without a fault."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def _ask(hand: Hand, tests: list[str]) -> _Told:
    """Ask every one of these tests without a fault; those behind one that has to be ended, in another go."""
    found, left = _Told(), tests
    while left:
        hand.tell(do="control", tests=left, every=True)
        told = hand.heard()
        found.seconds.update(told["seconds"])
        found.failed.update(told["failed"])
        found.skipped.update(told["skipped"])
        left = [test for test in left if test not in found.seconds and test not in found.failed]
    return found


def _passes(orders: Orders, tests: list[str]) -> bool:
    """Return whether an ordinary run of these tests, all products installed, passes."""
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    return subprocess.run(command, cwd=orders.folder, capture_output=True, check=False).returncode == 0


def _run(
    hands: Sequence[Hand],
    order: Order,
    chosen: Sequence[Mutant],
    choice: Choice,
    journal: Journal,
    progress: Progress,
    notes: list[str],
) -> tuple[dict[str, Outcome], int]:
    """Have the workers try every mutant, and return what became of each, and how many the journal knew."""
    outcomes = {key: outcome for key, outcome in journal.read().items() if key in {m.key for m in chosen}}
    resumed = len(outcomes)
    for mutant in chosen:
        if mutant.key in outcomes:
            progress.settled(mutant, outcomes[mutant.key])

    def record(mutant: Mutant, outcome: Outcome) -> None:
        outcomes[mutant.key] = outcome
        journal.add(mutant, outcome)
        progress.settled(mutant, outcome)

    board = Board(order, LIKELY_SECONDS, len(hands), record, choice.seed)
    board.add([mutant for mutant in chosen if mutant.key not in outcomes])
    while _step(hands, board):
        for mutant in chosen:
            if mutant.key in outcomes and outcomes[mutant.key].by in board.unreliable:
                del outcomes[mutant.key]
                board.singles.append(mutant)
    if board.unreliable:
        names = ", ".join(sorted(board.unreliable)[:3])
        notes.append(f"{len(board.unreliable)} tests fail without a fault in another order, and are left out: {names}")
    return outcomes, resumed


def _step(hands: Sequence[Hand], board: Board) -> bool:
    """Give idle workers something to do, take in what others have done; False once all is known."""
    for hand in hands:
        task = board.next() if hand.busy is None else None
        if task is None:
            continue
        hand.busy = task
        if task.kind == CONTROL:
            hand.tell(do="control", tests=task.tests, every=True)
        else:
            single = task.kind == "single"
            hand.tell(do="try", mutants=[m.fields for m in task.mutants], tests=task.tests, compare=single)
    busy = [hand for hand in hands if hand.busy is not None]
    for hand in wait_for_any(busy):
        answer, task, hand.busy = hand.heard(), hand.busy, None
        board.take(task, answer)
    return bool(busy)
