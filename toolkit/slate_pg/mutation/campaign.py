"""Tries the mutants of a product on its suite: lists, draws, runs, and says what became of each.

Writes to disposable servers, and to its journal.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slate_pg.config import Product, Project
from slate_pg.mutation.board import CONTROL, COVER, Board
from slate_pg.mutation.controls import control
from slate_pg.mutation.crew import Hand, Orders, crew, wait_for_any
from slate_pg.mutation.journal import Journal, open_journal
from slate_pg.mutation.listing import draw
from slate_pg.mutation.model import EQUIVALENT, INVALID, KILLED, RULES, SURVIVED, Mutant, Outcome
from slate_pg.mutation.ordering import Order
from slate_pg.mutation.since import changed_since, touched

FORESEEN = 0.1  # of the mutants, at least, are to survive for a run with counting calls to be worth its time
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
    """What came of one product. `known` counts all its mutants, `outcomes` has those that were tried.

    `controls` counts the trials without a fault that passed; in `controls_killed` tests failed that are left out since.
    """

    product: str
    seed: int
    known: int
    tests: int
    seconds: float
    outcomes: list[tuple[Mutant, Outcome]] = field(default_factory=list)
    controls: int = 0
    controls_killed: int = 0
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
    with crew(orders, choice.jobs) as hands:
        # Built while the workers collect.
        changed = changed_since(project, product, choice.since) if choice.since else None
        ready = [hand.heard() for hand in hands]
        hands[0].tell(do="list")
        known = [Mutant.of_fields(m) for m in hands[0].heard()["mutants"]]
        known = known if changed is None else touched(known, changed)
        chosen = draw(known, choice.sample, choice.seed)
        progress.planned(len(chosen))
        tried = _tried(orders, hands, ready[0], chosen, choice, progress) if chosen else Tried()
    return Result(
        product.name, choice.seed, len(known), tried.tests, time.monotonic() - begun,
        [(mutant, tried.outcomes[mutant.key]) for mutant in chosen],
        tried.controls, tried.controls_killed, tried.resumed, tuple(tried.notes),
    )  # fmt: skip


@dataclass
class Tried:
    """What the trial of the chosen mutants came to; with none of them not even the suite is run."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tests: int = 0
    controls: int = 0
    controls_killed: int = 0
    resumed: int = 0


def _tried(
    orders: Orders,
    hands: Sequence[Hand],
    ready: dict[str, Any],
    chosen: Sequence[Mutant],
    choice: Choice,
    progress: Progress,
) -> Tried:
    """Run the suite without a fault, and then on every mutant whose verdict the journal does not know."""
    words = {test: frozenset(said) for test, said in ready["words"].items()}
    seconds, notes = control(orders, hands, words, alone=bool(orders.others))
    order = Order({test: words[test] for test in seconds}, seconds)
    tests = {orders.folder / test.partition("::")[0] for test in words}
    parts = [str(choice), *sorted(words), *(m.key for m in chosen)]
    files = [*tests, *_conftests(orders.folder, tests)]
    journal = open_journal(orders.folder, orders.product, parts, files, order.words)
    tried = Tried(notes=[*notes, *_left_out(ready["left_out"])], tests=len(order.words), controls=1)
    _run(hands, order, chosen, choice, journal, progress, tried)
    journal.remove()
    return tried


def _conftests(folder: Path, tests: set[Path]) -> list[Path]:
    return [parent / "conftest.py" for test in tests for parent in test.parents if parent.is_relative_to(folder)]


def _left_out(names: Sequence[str]) -> list[str]:
    return [f"{len(names)} tests name other products only, and are left out"] if names else []


def _run(
    hands: Sequence[Hand],
    order: Order,
    chosen: Sequence[Mutant],
    choice: Choice,
    journal: Journal,
    progress: Progress,
    tried: Tried,
) -> None:
    """Have the workers try every mutant, and add what became of each, and how many the journal knew."""
    outcomes = tried.outcomes
    outcomes.update({key: outcome for key, outcome in journal.read().items() if key in {m.key for m in chosen}})
    tried.resumed = len(outcomes)
    for mutant in chosen:
        if mutant.key in outcomes:
            progress.settled(mutant, outcomes[mutant.key])

    def record(mutant: Mutant, outcome: Outcome) -> None:
        outcomes[mutant.key] = outcome
        journal.add(mutant, outcome)
        progress.settled(mutant, outcome)

    board = Board(order, LIKELY_SECONDS, len(hands), record, choice.seed)
    left = [mutant for mutant in chosen if mutant.key not in outcomes]
    board.add(left, cover=len(left) * FORESEEN * LIKELY_SECONDS > sum(order.seconds.values()))
    while _step(hands, board):
        for mutant in chosen:
            if mutant.key in outcomes and outcomes[mutant.key].by in board.unreliable:
                del outcomes[mutant.key]
                board.singles.append(mutant)
    tried.controls += board.controls
    tried.controls_killed = board.controls_killed
    if board.unreliable:
        names = ", ".join(sorted(board.unreliable)[:3])
        tried.notes.append(
            f"{len(board.unreliable)} tests fail without a fault in another order, and are left out: {names}"
        )


def _step(hands: Sequence[Hand], board: Board) -> bool:
    """Give idle workers something to do, take in what others have done; False once all is known."""
    for hand in hands:
        task = board.next() if hand.busy is None else None
        if task is None:
            continue
        hand.busy = task
        if task.kind == COVER:
            hand.tell(do="cover", tests=task.tests)
        elif task.kind == CONTROL:
            hand.tell(do="control", tests=task.tests, every=True)
        else:
            single = task.kind == "single"
            hand.tell(do="try", mutants=[m.fields for m in task.mutants], tests=task.tests, compare=single)
    busy = [hand for hand in hands if hand.busy is not None]
    for hand in wait_for_any(busy):
        answer, task, hand.busy = hand.heard(), hand.busy, None
        board.take(task, answer)
    return bool(busy)
