"""The workers of a run: forks of one process, which are told what to try by one line, and answer by one."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from slate_pg.errors import SlateError

STOP_SECONDS = 30
END_SECONDS = 5  # where one of the forks has ended, the process goes on


@dataclass
class Hand:
    """One worker, and what it is doing."""

    process: subprocess.Popen[bytes]
    reading: int
    writing: int
    log: IO[bytes]
    buffered: bytes = b""
    busy: Any = None

    def tell(self, **said: Any) -> None:
        """Write a line to it. SlateError where it has ended."""
        line = (json.dumps(said) + "\n").encode()
        try:
            while line:
                line = line[os.write(self.writing, line) :]
        except BrokenPipeError:
            raise self.ended() from None

    def heard(self) -> dict[str, Any]:
        """Wait for its next line and return it. SlateError where it refuses, or has ended."""
        while b"\n" not in self.buffered:
            chunk = os.read(self.reading, 1 << 16)
            if not chunk:
                raise self.ended()
            self.buffered += chunk
        line, self.buffered = self.buffered.split(b"\n", 1)
        said = dict(json.loads(line))
        if "refused" in said:
            raise SlateError(str(said["refused"]), hint=str(said.get("hint") or ""))
        return said

    def ended(self) -> SlateError:
        """Return the error that says how pytest ended, with what it printed last."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        code = self.process.returncode
        said = "a worker of pytest ended" if code is None else f"pytest ended with {code}"
        return SlateError(said, detail=self._lines(), hint="Run `slate test`.")

    def _lines(self) -> list[str]:
        self.log.seek(0)
        return [line.rstrip() for line in self.log.read().decode("utf-8", "replace").splitlines() if line.strip()][-12:]


@dataclass(frozen=True)
class Orders:
    """What every worker is started with: the folder, the product, and what goes to pytest."""

    folder: Path
    product: str
    schemas: Sequence[str]
    others: Sequence[str] = ()
    installed: Sequence[str] = ()
    arguments: Sequence[str] = field(default_factory=tuple)


@contextlib.contextmanager
def crew(orders: Orders, jobs: int) -> Iterator[list[Hand]]:
    """Start so many workers, yield them, and have them stop their servers. Writes to disposable servers.

    One process collects the suite, and forks into the others then: collecting is what each would do alike.
    """
    pipes = [(os.pipe(), os.pipe()) for _ in range(jobs)]
    theirs = [(to_read, back_write) for (to_read, _), (_, back_write) in pipes]
    given = {
        "pipes": theirs, "product": orders.product, "others": list(orders.others),
        "schemas": list(orders.schemas), "installed": list(orders.installed),
    }  # fmt: skip
    command = [sys.executable, "-m", "slate_pg.mutation.worker", json.dumps(given), *orders.arguments]
    with tempfile.TemporaryFile(prefix="slate-mutate-") as log:
        process = subprocess.Popen(
            command, cwd=orders.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            pass_fds=[end for both in theirs for end in both], start_new_session=True, env=_environment(),
        )  # fmt: skip
        for end in (end for both in theirs for end in both):
            os.close(end)
        hands = [Hand(process, back_read, to_write, log) for (_, to_write), (back_read, _) in pipes]
        try:
            yield hands
        finally:
            for hand in hands:
                os.close(hand.writing)  # that is how it hears that nothing more is wanted
            _wait(process)
            for hand in hands:
                os.close(hand.reading)


def _environment() -> dict[str, str]:
    """Return ours without what another run of pytest has put there: its worker."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_XDIST_")}


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], which: signal.Signals) -> None:
    """Send a signal to it and its forks, which are one group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, which)


def wait_for_any(hands: Sequence[Hand], seconds: float | None = None) -> list[Hand]:
    """Return those of the workers that have said something."""
    told = [hand for hand in hands if b"\n" in hand.buffered]
    if told or not hands:
        return told
    ready = select.select([hand.reading for hand in hands], [], [], seconds)[0]
    return [hand for hand in hands if hand.reading in ready]
