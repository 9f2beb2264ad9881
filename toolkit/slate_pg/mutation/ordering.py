"""Says which tests are asked first about a mutant: those that name its object, that killed its like, that cost little.

An order, no filter: every test is asked in the end. Pure.
"""

from __future__ import annotations

import inspect
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from slate_pg.mutation.model import Mutant

DEAREST = 20  # tests that only groups are tried on
_WORD = re.compile(r"\w+")


def words_of(item: Any) -> frozenset[str]:
    """Return the words that a test holds: in its name, its parameters and its source. Reads only."""
    text = [item.nodeid]
    with suppress(OSError, TypeError):
        if getattr(item, "function", None) is not None and item.path.suffix == ".py":
            text.append(_source(item.function))
        elif item.path.suffix in (".sql", ".toml"):
            text.append(item.path.read_text("utf-8", "replace"))
    return frozenset(word.lower() for each in text for word in _WORD.findall(each))


@cache
def _source(function: Any) -> str:
    """Return the source of a function, which all of its parameters share. Reads only."""
    return inspect.getsource(function)


@dataclass
class Order:
    """The tests of a suite: what each says and costs, and which have killed what so far."""

    words: Mapping[str, frozenset[str]]
    seconds: Mapping[str, float]
    _killers: Counter[tuple[str, str]] = field(default_factory=Counter)
    _any: Counter[str] = field(default_factory=Counter)

    def drop(self, tests: Iterable[str]) -> None:
        """Ask these tests no more."""
        gone = set(tests)
        self.words = {test: words for test, words in self.words.items() if test not in gone}

    def learn(self, mutants: Iterable[Mutant], test: str) -> None:
        """Remember which test killed a mutant."""
        for mutant in mutants:
            self._killers[mutant.table, test] += 1
            self._killers[mutant.kind, test] += 1
            self._any[test] += 1

    def of(self, mutants: Sequence[Mutant]) -> list[str]:
        """Return the names of all tests, the likeliest to kill one of the mutants first."""
        wanted = [(mutant, _names(mutant)) for mutant in mutants]

        def place(test: str) -> tuple[float, float]:
            likelihood = max((self._score(mutant, names, test) for mutant, names in wanted), default=0.0)
            return -likelihood, self.seconds.get(test, 0.0)

        return sorted(self.words, key=place)

    def whole(self, mutants: Sequence[Mutant]) -> list[str]:
        """Return the names of all tests, each file's together, first the file of the likeliest test.

        What a file's tests share is made once then; between those of other files it would be made for each.
        """
        return _by_file(self.of(mutants))

    def shuffled(self, seed: int) -> list[str]:
        """Return the names of all tests in another order: of the files, and of the tests of each."""
        chance = random.Random(seed)  # noqa: S311 - an order, no secret
        return _by_file(chance.sample(list(self.words), len(self.words)))

    def suspects(self, mutants: Sequence[Mutant], test: str) -> list[Mutant]:
        """Return these mutants, first which of them this test is likeliest to kill."""
        return sorted(mutants, key=lambda mutant: -self._score(mutant, _names(mutant), test))

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

    def _score(self, mutant: Mutant, names: Sequence[tuple[float, frozenset[str]]], test: str) -> float:
        words = self.words[test]
        named = sum(weight for weight, name in names if name <= words)
        same = min(self._killers[mutant.table, test], 3) * 2.0 + min(self._killers[mutant.kind, test], 3) * 0.5
        return named + same + (0.25 if self._any[test] else 0.0) - min(self.seconds.get(test, 0.0), 4.0)


def _names(mutant: Mutant) -> list[tuple[float, frozenset[str]]]:
    """Return the words of each name of a mutant's object, and what a test counts for that has them all."""
    weights = (4.0, 2.0, 1.0)
    names = [name for name in dict.fromkeys(mutant.names) if name]
    return [
        (weights[min(place, 2)], frozenset(word.lower() for word in _WORD.findall(name)))
        for place, name in enumerate(names)
    ]


def _by_file(tests: Iterable[str]) -> list[str]:
    """Return tests with those of each file together, the files as they come first. Pure."""
    files: dict[str, list[str]] = {}
    for test in tests:
        files.setdefault(test.partition("::")[0], []).append(test)
    return [test for found in files.values() for test in found]
