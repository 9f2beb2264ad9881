"""What is to be tried next, and what is known so far: first each mutant alone on the likely tests, then groups on all.

Pure: tasks out, answers in. A group that all tests pass has survived; one that a test kills is tried singly on that
test, and what is left of it goes on from there.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slate_pg.mutation.model import KILLED, OPEN, RULES, SURVIVED, Mutant, Outcome
from slate_pg.mutation.ordering import Order

GROUP = 12
CONTROL, SINGLE, GROUPED, CONFIRM = "control", "single", "group", "confirm"


@dataclass
class Task:
    """Mutants to be tried together on these tests; a confirmation belongs to the group that a test has killed."""

    kind: str
    mutants: list[Mutant]
    tests: list[str]
    group: Group | None = None


@dataclass
class Group:
    """A group that a test has killed: whose members are tried on it, and which of them it killed."""

    mutants: list[Mutant]
    test: str
    tests: list[str]
    waiting: int
    killed: list[Mutant] = field(default_factory=list)


@dataclass
class Board:
    """All mutants of a run. `record` is told each verdict; again where a test turns out to fail without a fault."""

    order: Order
    budget: float
    jobs: int
    record: Callable[[Mutant, Outcome], None]
    seed: int = 0
    singles: deque[Mutant] = field(default_factory=deque)
    open: list[Mutant] = field(default_factory=list)
    ready: deque[Task] = field(default_factory=deque)
    unreliable: set[str] = field(default_factory=set)
    _proven: set[str] = field(default_factory=set)
    _rules: dict[str, Outcome] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)

    def add(self, mutants: Sequence[Mutant]) -> None:
        """Take in what is to be tried, and one control: no fault, the tests in another order."""
        self.singles.extend(mutants)
        if mutants:
            tests = list(self.order.words)
            random.Random(self.seed).shuffle(tests)  # noqa: S311 - an order, no secret
            self.ready.append(Task(CONTROL, [], tests))

    def next(self) -> Task | None:
        """Return what is to be tried now; None where there is nothing, for now or at all."""
        if self.ready:
            task = self.ready.popleft()
            task.tests = [test for test in task.tests if test not in self.unreliable]
            return task
        if self.singles:
            mutant = self.singles.popleft()
            return Task(SINGLE, [mutant], self.order.likely([mutant], self.budget))
        if self.open:
            members = self._members()
            return Task(GROUPED, members, self.order.of(members))
        return None

    def _members(self) -> list[Mutant]:
        """Take mutants of different tables out of those that are open."""
        size = min(GROUP, max(1, -(-len(self.open) // self.jobs)))
        taken: list[Mutant] = []
        for mutant in list(self.open):
            if len(taken) < size and mutant.table not in {m.table for m in taken}:
                taken.append(mutant)
                self.open.remove(mutant)
        return taken

    def take(self, task: Task, answer: Mapping[str, Any]) -> None:
        """Take in what came of a task."""
        for mutant in task.mutants:
            share = answer.get("seconds", 0.0) / len(task.mutants)
            self._spent[mutant.key] = self._spent.get(mutant.key, 0.0) + share
        if task.kind == CONTROL:
            self.unreliable |= set(answer["failed"])
            self.order.drop(self.unreliable)
        elif task.kind == SINGLE:
            self._single(task, answer)
        elif task.kind == GROUPED:
            self._grouped(task, answer)
        else:
            self._confirmed(task, answer)

    def _settle(self, mutant: Mutant, verdict: str, by: str = "", said: str = "") -> None:
        if by in self.unreliable:  # fails without a fault too: the others are to say
            self.singles.append(mutant)
            return
        found = self._rules.get(mutant.key) if verdict == SURVIVED else None
        if found:
            verdict, by, said = found.verdict, found.by, found.said
        if verdict == KILLED:
            self.order.learn([mutant], by)
            if by not in self._proven:  # once: alone and without a fault it has to pass
                self._proven.add(by)
                self.ready.append(Task(CONTROL, [], [by]))
        self.record(mutant, Outcome(verdict, by, said, round(self._spent.get(mutant.key, 0.0), 3)))

    def _single(self, task: Task, answer: Mapping[str, Any]) -> None:
        (mutant,), verdict = task.mutants, answer["verdict"]
        if verdict == RULES:
            self._rules[mutant.key] = Outcome(RULES, answer["by"], answer["said"])
            verdict = OPEN
        if verdict != OPEN:
            self._settle(mutant, verdict, answer["by"], answer["said"])
        elif len(task.tests) == len(self.order.words):
            self._settle(mutant, SURVIVED)
        else:
            self.open.append(mutant)

    def _grouped(self, task: Task, answer: Mapping[str, Any]) -> None:
        if answer["verdict"] == OPEN:
            for mutant in task.mutants:
                self._settle(mutant, SURVIVED)
        elif len(task.mutants) == 1:
            self._settle(task.mutants[0], answer["verdict"], answer["by"], answer["said"])
        elif answer["verdict"] != KILLED:  # together only: each by itself applied, and was a fault
            self._halve(task.mutants, task.tests)
        else:
            test = answer["by"]
            rest = task.tests[task.tests.index(test) :]
            group = Group(task.mutants, test, rest, len(task.mutants))
            self.ready.extend(Task(CONFIRM, [mutant], [test], group) for mutant in task.mutants)

    def _halve(self, mutants: list[Mutant], tests: list[str]) -> None:
        middle = len(mutants) // 2
        self.ready.extend(Task(GROUPED, part, tests) for part in (mutants[:middle], mutants[middle:]))

    def _confirmed(self, task: Task, answer: Mapping[str, Any]) -> None:
        group = task.group
        if group is None:
            return
        group.waiting -= 1
        if answer["verdict"] == KILLED:
            group.killed.append(task.mutants[0])
            self._settle(task.mutants[0], KILLED, answer["by"], answer["said"])
        if group.waiting:
            return
        left = [mutant for mutant in group.mutants if mutant not in group.killed]
        if not group.killed:  # what killed them is what they do together
            self._halve(left, group.tests)
        elif left:
            self.ready.append(Task(GROUPED, left, group.tests))
