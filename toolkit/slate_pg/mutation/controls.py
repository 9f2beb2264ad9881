"""Runs a suite without any fault: what fails then notices nothing, and is refused or left out by name.

Writes to disposable servers only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from slate_pg.errors import SlateError
from slate_pg.mutation.crew import Hand, Orders, wait_for_any

PIECES = 4  # of a suite for each worker, so that none waits long for the dearest tests of another


def control(
    orders: Orders, hands: Sequence[Hand], words: dict[str, frozenset[str]], *, alone: bool
) -> tuple[dict[str, float], list[str]]:
    """Run the whole suite without a fault, and return what each test took, with notes. SlateError where one fails.

    A test that fails now and then, or only because other products are not installed, is left out, which is a note.
    """
    told = _ask(hands, list(words))
    gone, notes = _left_out(orders, hands[:1], told, alone=alone)
    if set(told.failed) - gone and len(hands) > 1:  # maybe they need what tests before them leave
        told = _ask(hands[:1], list(words))
    failed = {test: said for test, said in told.failed.items() if test not in gone}
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


def _left_out(orders: Orders, hand: Sequence[Hand], told: _Told, *, alone: bool) -> tuple[set[str], list[str]]:
    """Return which of those that failed are no reason to refuse the suite, with a note for each reason."""
    if not told.failed:
        return set(), []
    told_again = _ask(hand, list(told.failed))
    again = [test for test in told.failed if test in told_again.failed]
    chance = sorted(set(told.failed) - set(again))
    elsewhere = sorted(set(again) - _failing(orders, again)) if again and alone else []
    reasons = ((chance, "fail now and then without a fault"), (elsewhere, "need other products"))
    notes = [f"{len(t)} tests {why}, and are left out: {', '.join(t[:3])}" for t, why in reasons if t]
    return {*chance, *elsewhere}, notes


def _ask(hands: Sequence[Hand], tests: list[str]) -> _Told:
    """Ask every one of these tests without a fault; those behind one that has to be ended, in another go."""
    found, left = _Told(), tests
    while left:
        pieces = _pieces(left, len(hands) * PIECES if len(hands) > 1 else 1)
        while pieces or any(hand.busy for hand in hands):
            for hand in hands:
                if pieces and not hand.busy:
                    hand.busy = pieces.pop(0)
                    hand.tell(do="control", tests=hand.busy, every=True)
            for hand in wait_for_any([hand for hand in hands if hand.busy]):
                told, hand.busy = hand.heard(), None
                found.seconds.update(told["seconds"])
                found.failed.update(told["failed"])
                found.skipped.update(told["skipped"])
        left = [test for test in left if test not in found.seconds and test not in found.failed]
    return found


def _pieces(tests: list[str], number: int) -> list[list[str]]:
    """Return the tests in so many pieces at most, each file whole and in its order. Pure."""
    files = [list(found) for _, found in groupby(tests, key=lambda test: test.partition("::")[0])]
    pieces: list[list[str]] = [[]]
    for found in files:
        if len(pieces) < number and len(pieces[-1]) >= len(tests) / number:
            pieces.append([])
        pieces[-1] += found
    return pieces


def _failing(orders: Orders, tests: list[str]) -> set[str]:
    """Return which of these tests fail in an ordinary run, all products installed; all where it does not run."""
    command = [sys.executable, "-m", "pytest", "-q", "--color=no", "-rfE", *tests]
    ran = subprocess.run(command, cwd=orders.folder, capture_output=True, text=True, check=False)
    lines = [line.partition(" ")[2] for line in ran.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    failed = {test for test in tests if any(line == test or line.startswith(f"{test} - ") for line in lines)}
    return set() if ran.returncode == 0 else failed if ran.returncode == 1 and failed else set(tests)
