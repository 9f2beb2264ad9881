"""The suite without a fault: what it says when a test has to be ended."""

from __future__ import annotations

import pytest

from slate_pg.errors import SlateError
from slate_pg.mutation.controls import control
from slate_pg.mutation.crew import Orders


class Suite:
    """A worker whose run breaks off at each test that never ends, as a real one does; `flaky` fails once."""

    def __init__(self, endless: set[str], flaky: set[str] | None = None) -> None:
        self.endless, self.flaky, self.asked = endless, flaky or set(), [""]

    def tell(self, **said: object) -> None:
        self.asked = list(said.get("tests", []))  # type: ignore[call-overload]

    def heard(self) -> dict[str, object]:
        seconds, failed = {}, {}
        for test in self.asked:
            if test in self.endless:
                failed[test] = "did not end"
                break
            seconds[test] = 0.1
            if test in self.flaky:
                self.flaky.remove(test)
                failed[test] = "by chance"
        return {"seconds": seconds, "failed": failed, "skipped": []}


WORDS = {f"t{i}": frozenset[str]() for i in range(6)}
ORDERS = Orders(folder=None, product="p", schemas=["p"])  # type: ignore[arg-type]


def test_tests_behind_one_that_fails_by_chance_are_asked_and_it_is_left_out() -> None:
    seconds, notes = control(ORDERS, [Suite(set(), {"t2"})], WORDS, alone=False)  # type: ignore[list-item]
    assert set(seconds) == set(WORDS) - {"t2"}
    assert notes == ["1 tests fail now and then without a fault, and are left out: t2"]


def test_a_test_that_never_ends_is_named_and_those_behind_it_are_asked() -> None:
    with pytest.raises(SlateError, match="the suite fails without any fault: t1: did not end") as refused:
        control(ORDERS, [Suite({"t1", "t4"})], WORDS, alone=False)  # type: ignore[list-item]
    assert "2 of 6 tests fail" in refused.value.detail[0]
