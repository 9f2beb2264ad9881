"""The suite without a fault: what it says when a test has to be ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from slate_pg.errors import SlateError
from slate_pg.mutation.controls import control
from slate_pg.mutation.crew import Orders


class Suite:
    """A worker whose run breaks off at each test that never ends, as a real one does; `flaky` fails once."""

    def __init__(self, endless: set[str], flaky: set[str] | None = None, always: set[str] | None = None) -> None:
        self.always = always or set()
        self.endless, self.flaky, self.asked = endless, flaky or set(), [""]
        self.busy, self.buffered, self.all_asked = None, b"\n", list[list[str]]()

    def tell(self, **said: object) -> None:
        self.asked = list(said.get("tests", []))  # type: ignore[call-overload]
        self.all_asked.append(self.asked)

    def heard(self) -> dict[str, object]:
        seconds, failed = {}, {}
        for test in self.asked:
            if test in self.endless:
                failed[test] = "did not end"
                break
            seconds[test] = 0.1
            if test in self.always:
                failed[test] = "always"
            if test in self.flaky:
                self.flaky.remove(test)
                failed[test] = "by chance"
        return {"seconds": seconds, "failed": failed, "skipped": []}


WORDS = {f"t{i}": frozenset[str]() for i in range(6)}
ORDERS = Orders(folder=None, product="p", schemas=["p"])  # type: ignore[arg-type]


def test_who_is_done_first_takes_the_next_files_and_none_is_asked_twice() -> None:
    words = {f"f{i}::t{j}": frozenset[str]() for i in range(20) for j in range(2)}
    quick, slow = Suite(set()), Suite(set())
    slow.buffered = b""  # has not answered while the other has
    whole = slow.heard

    def heard() -> dict[str, object]:
        quick.buffered = slow.buffered = b"\n"
        return whole()

    quick_heard = quick.heard
    answers = iter(range(100))

    def heard_quickly() -> dict[str, object]:
        if next(answers) == 5:
            quick.buffered, slow.buffered = b"", b"\n"
        return quick_heard()

    slow.heard, quick.heard = heard, heard_quickly  # type: ignore[method-assign]
    seconds, _ = control(ORDERS, [quick, slow], words, alone=False)  # type: ignore[list-item]
    assert set(seconds) == set(words)
    pieces = [asked for suite in (quick, slow) for asked in suite.all_asked if asked]
    assert sorted(t for asked in pieces for t in asked) == sorted(words)
    assert len(quick.all_asked) > len(slow.all_asked) > 0
    files = [{t.partition("::")[0] for t in asked} for asked in pieces]
    assert sum(map(len, files)) == 20, "a file is asked whole, by one worker"


def test_tests_behind_one_that_fails_by_chance_are_asked_and_it_is_left_out() -> None:
    seconds, notes = control(ORDERS, [Suite(set(), {"t2"})], WORDS, alone=False)  # type: ignore[list-item]
    assert set(seconds) == set(WORDS) - {"t2"}
    assert notes == ["1 tests fail now and then without a fault, and are left out: t2"]


def test_of_tests_that_fail_those_that_pass_with_other_products_are_left_out_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_it.py").write_text("def test_a():\n    assert 0\n\n\ndef test_b():\n    pass\n")
    words = {f"test_it.py::{name}": frozenset[str]() for name in ("test_a", "test_b", "test_c")}
    always = {"test_it.py::test_a", "test_it.py::test_b"}
    orders = Orders(folder=tmp_path, product="p", schemas=["p"])
    with pytest.raises(SlateError, match=r"fails without any fault: test_it\.py::test_a: always"):
        control(orders, [Suite(set(), always=always)], words, alone=True)  # type: ignore[list-item]
    seconds, notes = control(orders, [Suite(set(), always={"test_it.py::test_b"})], words, alone=True)  # type: ignore[list-item]
    assert set(seconds) == {"test_it.py::test_a", "test_it.py::test_c"}
    assert notes == ["1 tests need other products, and are left out: test_it.py::test_b"]


def test_a_test_that_never_ends_is_named_and_those_behind_it_are_asked() -> None:
    with pytest.raises(SlateError, match="the suite fails without any fault: t1: did not end") as refused:
        control(ORDERS, [Suite({"t1", "t4"})], WORDS, alone=False)  # type: ignore[list-item]
    assert "2 of 6 tests fail" in refused.value.detail[0]
