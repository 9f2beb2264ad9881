"""Says which tests are asked first about a mutant: those that name its object, that killed its like, that cost little.

An order, no filter: every test is asked in the end. Pure.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from slate_pg.mutation.model import Mutant

DEAREST = 20  # tests that only groups are tried on
_WORD = re.compile(r"\w+")


def words_of(item: Any) -> frozenset[str]:
    """Return the words that a test holds: in its name, its parameters and its source. Reads only."""
    text = [item.nodeid]
    with suppress(OSError, TypeError):
        if getattr(item, "function", None) is not None and item.path.suffix == ".py":
            text.append(inspect.getsource(item.function))
        elif item.path.suffix in (".sql", ".toml"):
            text.append(item.path.read_text("utf-8", "replace"))
    return frozenset(word.lower() for each in text for word in _WORD.findall(each))


@dataclass
class Order:
    """The tests of a suite: what each says and costs, and which have killed what so far."""

    words: Mapping[str, frozenset[str]]
    seconds: Mapping[str, float]
    _killers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _any: Counter[str] = field(default_factory=Counter)

    def learn(self, mutants: Iterable[Mutant], test: str) -> None:
        """Remember which test killed a mutant."""
        for mutant in mutants:
            self._killers[mutant.table, test] += 1
            self._killers[mutant.kind, test] += 1
            self._any[test] += 1

    def of(self, mutants: Sequence[Mutant]) -> list[str]:
        """Return the names of all tests, the likeliest to kill one of the mutants first."""
        return sorted(self.words, key=lambda test: (-self._likelihood(mutants, test), self.seconds.get(test, 0.0)))

    def likely(self, mutants: Sequence[Mutant], budget: float) -> list[str]:
        """Return the tests that one mutant alone is tried on: the likeliest, of so many seconds together."""
        by_cost = sorted(self.words, key=lambda test: -self.seconds.get(test, 0.0))
        dear = set(by_cost[:DEAREST]) if len(by_cost) > 2 * DEAREST else set()
        chosen: list[str] = []
        spent = 0.0
        for test in self.of(mutants):
            cost = self.seconds.get(test, 0.0)
            if test in dear and cost > budget / 4:
                continue
            if spent + cost > budget and chosen:
                break
            chosen.append(test)
            spent += cost
        return chosen

    def _likelihood(self, mutants: Sequence[Mutant], test: str) -> float:
        return max((self._score(mutant, test) for mutant in mutants), default=0.0)

    def _score(self, mutant: Mutant, test: str) -> float:
        words = self.words[test]
        named = sum(
            (4.0 if place == 0 else 2.0 if place == 1 else 1.0)
            for place, name in enumerate(dict.fromkeys(mutant.names))
            if name and {w.lower() for w in _WORD.findall(name)} <= words
        )
        same = min(self._killers[mutant.table, test], 3) * 2.0 + min(self._killers[mutant.kind, test], 3) * 0.5
        return named + same + (0.25 if self._any[test] else 0.0) - min(self.seconds.get(test, 0.0), 4.0)
