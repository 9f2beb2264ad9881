"""What is to be tried next, and what is known so far: first each mutant alone on the likely tests, then groups on all.

Pure: tasks out, answers in. A group that all tests pass has survived; where a test kills one, its members are tried on
that test, likeliest first and then by halves, and what is left of it goes on from there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from slate_pg.mutation.model import ADDED, KILLED, OPEN, RULES, SURVIVED, Mutant, Outcome
from slate_pg.mutation.ordering import Order
from slate_pg.mutation.prediction import survivors

GROUP = 12
EVERY = 25  # mutants, behind which the same tests are asked once without a fault; for fewer the suite is not asked anew
GRANTS = 48  # rights that are added hide no other's being added, so that many may be tried together, of one table too
COVER, CONTROL, SINGLE, GROUPED, CONFIRM = "cover", "control", "single", "group", "confirm"


@dataclass
class Task:
    """Mutants to be tried together on these tests; a confirmation belongs to the group that a test has killed."""

    kind: str
    mutants: list[Mutant]
    tests: list[str]
    group: Group | None = None


@dataclass
class Group:
    """A group that a test has killed, the tests from that one on, and who of it is suspected, likeliest first."""

    mutants: list[Mutant]
    tests: list[str]
    suspects: list[Mutant]
    asked: int = 0


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
    controls: int = 0
    controls_killed: int = 0
    predicted: set[str] = field(default_factory=set)
    _few: bool = False
    _proven: set[tuple[str, ...]] = field(default_factory=set)
    _rules: dict[str, Outcome] = field(default_factory=dict)
    _spent: dict[str, float] = field(default_factory=dict)
    _tried: int = 0

    def add(self, mutants: Sequence[Mutant], *, cover: bool = False) -> None:
        """Take in what is to be tried, and one control: no fault, the tests in another order; maybe coverage.

        Few mutants are proven one by one instead: what kills them is asked as it was then, without a fault.
        """
        self.singles.extend(mutants)
        self._few = len(mutants) < EVERY
        if cover:
            self.ready.append(Task(COVER, [], list(self.order.words)))
        if not self._few:
            self.ready.append(Task(CONTROL, [], self.order.shuffled(self.seed)))

    def next(self) -> Task | None:
        """Return what is to be tried now; None where there is nothing, for now or at all."""
        if self.ready:
            task = self.ready.popleft()
            task.tests = [test for test in task.tests if test not in self.unreliable]
            return task
        if self.singles:
            mutant = self.singles.popleft()
            likely = [] if mutant.key in self.predicted else self.order.likely([mutant], self.budget)
            self._tried += bool(likely)
            if likely and self._tried % EVERY == 0:
                self.ready.append(Task(CONTROL, [], list(likely)))
            return Task(SINGLE, [mutant], likely)
        if self.open:
            members = self._members()
            return Task(GROUPED, members, self.order.whole(members))
        return None

    def _members(self) -> list[Mutant]:
        """Take mutants out of those that are open: added rights, or others of different tables."""
        added = self.open[0].kind == ADDED
        alike = [mutant for mutant in self.open if (mutant.kind == ADDED) == added]
        size = min(GRANTS if added else GROUP, max(1, -(-len(alike) // self.jobs)))
        taken: list[Mutant] = []
        for mutant in alike:
            if len(taken) < size and (added or mutant.table not in {m.table for m in taken}):
                taken.append(mutant)
                self.open.remove(mutant)
        return taken

    def take(self, task: Task, answer: Mapping[str, Any]) -> None:
        """Take in what came of a task."""
        for mutant in task.mutants:
            share = answer.get("seconds", 0.0) / len(task.mutants)
            self._spent[mutant.key] = self._spent.get(mutant.key, 0.0) + share
        if task.kind == COVER:
            self.predicted = survivors(self.singles, answer["found"])
        elif task.kind == CONTROL:
            self.controls += not answer["failed"]
            self.controls_killed += bool(answer["failed"])
            self.unreliable |= set(answer["failed"])
            self.order.drop(self.unreliable)
        elif task.kind == SINGLE:
            self._single(task, answer)
        elif task.kind == GROUPED:
            self._grouped(task, answer)
        else:
            self._confirmed(task, answer)

    def _prove(self, tests: Sequence[str], by: str) -> None:
        """Have a test that killed asked without a fault, once: alone, or of few mutants behind those before it."""
        asked = (*takewhile(lambda test: test != by, tests), by) if self._few else (by,)
        if asked not in self._proven:
            self._proven.add(asked)
            self.ready.append(Task(CONTROL, [], list(asked)))

    def _settle(self, mutant: Mutant, verdict: str, by: str = "", said: str = "", tests: Sequence[str] = ()) -> None:
        if by in self.unreliable:  # fails without a fault too: the others are to say
            self.singles.append(mutant)
            return
        found = self._rules.get(mutant.key) if verdict == SURVIVED else None
        if found:
            verdict, by, said = found.verdict, found.by, found.said
        if verdict == KILLED:
            self.order.learn([mutant], by)
            self._prove(tests, by)
        self.record(mutant, Outcome(verdict, by, said, round(self._spent.get(mutant.key, 0.0), 3)))

    def _single(self, task: Task, answer: Mapping[str, Any]) -> None:
        (mutant,), verdict = task.mutants, answer["verdict"]
        if verdict == RULES:
            self._rules[mutant.key] = Outcome(RULES, answer["by"], answer["said"])
            verdict = OPEN
        if verdict != OPEN:
            self._settle(mutant, verdict, answer["by"], answer["said"], task.tests)
        elif len(task.tests) == len(self.order.words):
            self._settle(mutant, SURVIVED)
        else:
            self.open.append(mutant)

    def _grouped(self, task: Task, answer: Mapping[str, Any]) -> None:
        if answer["verdict"] == OPEN:
            for mutant in task.mutants:
                self._settle(mutant, SURVIVED)
        elif len(task.mutants) == 1:
            file = answer["by"].partition("::")[0]  # the whole suite is asked a file at a time
            beside = [test for test in task.tests if test.partition("::")[0] == file]
            self._settle(task.mutants[0], answer["verdict"], answer["by"], answer["said"], beside)
        elif answer["verdict"] != KILLED:  # together only: each by itself applied, and was a fault
            self._halve(task.mutants, task.tests)
        else:
            test = answer["by"]
            rest = task.tests[task.tests.index(test) :]
            self._suspect(Group(task.mutants, rest, self.order.suspects(task.mutants, test)))

    def _halve(self, mutants: list[Mutant], tests: list[str]) -> None:
        middle = len(mutants) // 2
        self.ready.extend(Task(GROUPED, part, tests) for part in (mutants[:middle], mutants[middle:]))

    def _suspect(self, group: Group) -> None:
        """Try the likeliest alone first, and then halves of who is suspected."""
        group.asked = 1 if len(group.suspects) == len(group.mutants) else -(-len(group.suspects) // 2)
        self.ready.append(Task(CONFIRM, group.suspects[: group.asked], group.tests[:1], group))

    def _confirmed(self, task: Task, answer: Mapping[str, Any]) -> None:
        group = task.group
        if group is None:
            return
        found = answer["verdict"] == KILLED
        if found and len(task.mutants) == 1:
            self._settle(task.mutants[0], KILLED, answer["by"], answer["said"], task.tests)
            left = [mutant for mutant in group.mutants if mutant not in task.mutants]
            self.ready.append(Task(GROUPED, left, group.tests))
            return
        group.suspects = task.mutants if found else group.suspects[group.asked :]
        if group.suspects:
            self._suspect(group)
        else:  # what killed them is what they do together
            self._halve(group.mutants, group.tests)
