"""Runs tests in a fork of a process that has collected them, until one fails. Linux and macOS.

The parent has imported and collected everything, so a fork costs milliseconds; what the child does to its fixtures
ends with it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn, Protocol

import pytest

from slate_pg.errors import SlateError

SECONDS_OF_A_CONTROL = 900.0  # of a test, where it is not known yet how long it takes
SECONDS_OF_A_TEST = 20.0  # allowed above ten times what it took without a fault


@dataclass(frozen=True)
class Ran:
    """What a fork told: the test that failed first and its message, or nothing; how many ran, and each one's time."""

    failed: str = ""
    said: str = ""
    count: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    all_failed: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    found: Any = None


class Watch(Protocol):
    """What looks on while the tests of a fork run, and then says what it saw, as JSON has it."""

    def listening(self) -> AbstractContextManager[None]:
        """Look on until the end of the block."""

    def found(self) -> Any:
        """Return what it saw."""


class Recorder:
    """Takes down what fails, as pytest reports it; a part of a test of pgTAP's fails the whole."""

    def __init__(self) -> None:
        self.failed = ""
        self.skipped = False

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember a failure of any phase, and a skip."""
        if report.failed and not self.failed:
            self.failed = message_of(report) or "failed"
        self.skipped = self.skipped or report.skipped


def message_of(report: Any) -> str:
    """Return what a failed report says, on one line: the error's own message where there is one."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr or "")
    return " ".join(text.split())[:300]


def run(
    items: Sequence[pytest.Item],
    end: pytest.Item,
    expected: dict[str, float],
    *,
    every: bool = False,
    stop: Callable[[], bool] = lambda: False,
    watch: Watch | None = None,
) -> Ran:
    """Run these tests in a fork, in this order, up to the first that fails; with `every`, all of them.

    `end` is an item of no file, for which the last is torn down. A test that takes far longer than the `expected`
    seconds is ended, and counts as failed. `stop` is asked between messages whether to give up; `watch` looks on.
    SlateError where the fork itself ends.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _in_child([*items, end], writing, every, watch)
    os.close(writing)
    try:
        return _listen(reading, items, {} if every else expected, stop, every)
    finally:
        os.close(reading)
        _end(pid)


def _end(pid: int) -> None:
    """End the fork with everything that it started, and wait for it."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    os.waitpid(pid, 0)


def _in_child(items: Sequence[pytest.Item], writing: int, every: bool, watch: Watch | None) -> NoReturn:
    """Run the tests and tell of each; nothing of the parent's is torn down."""
    try:
        os.setpgid(0, 0)
        tell = os.fdopen(writing, "w", buffering=1, encoding="utf-8")
        with watch.listening() if watch else nullcontext():
            _run_all(items, tell, every)
        tell.write(json.dumps({"done": True, "found": watch.found() if watch else None}) + "\n")
        tell.flush()
    except BaseException as error:  # whatever it is, the parent has to hear of it
        os.write(writing, (json.dumps({"broken": f"{type(error).__name__}: {error}"[:300]}) + "\n").encode())
    finally:
        os.kill(os.getpid(), signal.SIGKILL)  # nothing that the parent has open is to be closed twice
    raise AssertionError("a killed process went on")


def _run_all(items: Sequence[pytest.Item], tell: IO[str], every: bool) -> None:
    """Run the tests, tell of each, and end with the first that fails, unless all are wanted."""
    for number, item in enumerate(items[:-1]):
        recorder = Recorder()
        item.config.pluginmanager.register(recorder, "slate-mutation-recorder")
        tell.write(json.dumps({"start": number}) + "\n")
        begun = time.monotonic()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=items[number + 1])
        item.config.pluginmanager.unregister(recorder)
        taken = round(time.monotonic() - begun, 4)
        tell.write(json.dumps({"end": number, "seconds": taken, "failed": recorder.failed,
                               "skipped": recorder.skipped}) + "\n")  # fmt: skip
        if recorder.failed and not every:
            break


def _listen(
    reading: int, items: Sequence[pytest.Item], expected: dict[str, float], stop: Callable[[], bool], every: bool
) -> Ran:
    heard = _Heard([item.nodeid for item in items])
    buffered = b""
    while not heard.done:
        allowed = SECONDS_OF_A_CONTROL if every else SECONDS_OF_A_TEST
        limit = allowed + 10 * expected.get(heard.current, 0.0)
        left = heard.begun + limit - time.monotonic()
        if stop():
            raise SlateError("the run was ended")
        if left <= 0:
            heard.failed[heard.current] = f"did not end within {limit:.0f} s"
            break
        if not select.select([reading], [], [], min(left, 1.0))[0]:
            continue
        chunk = os.read(reading, 65536)
        if not chunk:
            heard.failed.setdefault(heard.current, "ended the whole run of tests")
            break
        *lines, buffered = (buffered + chunk).split(b"\n")
        for line in lines:
            heard.take(json.loads(line))
    return heard.result()


class _Heard:
    """What has been heard of a fork so far."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.current = ""
        self.begun = time.monotonic()
        self.done = False
        self.failed: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.skipped: list[str] = []
        self.found: Any = None

    def take(self, told: dict[str, Any]) -> None:
        """Take in one message."""
        self.begun = time.monotonic()
        if "start" in told:
            self.current = self.names[told["start"]]
        elif "end" in told:
            self.seconds[self.current] = told["seconds"]
            if told["skipped"]:
                self.skipped.append(self.current)
            if told["failed"]:
                self.failed[self.current] = told["failed"]
        elif "broken" in told:
            raise SlateError(f"pytest broke off: {told['broken']}")
        else:
            self.done, self.found = True, told["found"]

    def result(self) -> Ran:
        """Return it all."""
        first, said = next(iter(self.failed.items()), ("", ""))
        return Ran(first, said, len(self.seconds), self.seconds, self.failed, tuple(self.skipped), self.found)
