"""Runs a command of the operator's: by the shell where it is a text, as it stands where it is a list of words.

The only place that does. A command is told what happened in its environment and on its input, never in its own text,
so that no name can become a part of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from slate_pg.conninfo import hide

Command = str | Sequence[str]
_KEPT = 50  # lines of what it said
_GRACE_SECONDS = 5.0  # between asking a command to end and ending it
_LISTENED_SECONDS = 1.0  # to what it left running, once it has ended itself
_under_way: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, None where it was ended for its time, and its last lines, secrets hidden."""

    command: str
    code: int | None
    lines: tuple[str, ...]
    seconds: float | None = None

    @property
    def failure(self) -> str | None:
        """How it failed, to stand behind its name; None where it did not."""
        if self.code == 0:
            return None
        return f"did not end within {self.seconds:g} s" if self.code is None else f"left with {self.code}"


def run_command(
    command: Command,
    *,
    given: str = "",
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
    seconds: float | None = None,
    heard: Callable[[str], None] = lambda line: None,
) -> Ran:
    """Run a command in a process group of its own, and wait for it; whatever ends the wait ends the group too.

    `given` is its input, `variables` are added to the environment that it inherits, `heard` gets each line that it
    says as it comes. After so many `seconds` it is ended. One that cannot be started has left with 127.
    """
    shown = command if isinstance(command, str) else " ".join(command)
    lines: deque[str] = deque(maxlen=_KEPT)
    try:
        process = subprocess.Popen(
            command if isinstance(command, str) else list(command), shell=isinstance(command, str), cwd=folder,
            env={**os.environ, **(variables or {})}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Ran(shown, 127, (said,))
    _under_way.add(process)
    try:
        threads = [
            threading.Thread(target=_tell, args=(process.stdin, given), daemon=True),
            threading.Thread(target=_listen, args=(process.stdout, lines, heard), daemon=True),
        ]
        for thread in threads:
            thread.start()
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(seconds)
        if code is None:
            end(process)
        threads[1].join(_LISTENED_SECONDS)
        return Ran(shown, code, tuple(lines), seconds)
    except BaseException:
        end(process)
        raise
    finally:
        _under_way.discard(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a command and what it has started: asked first, and then not asked."""
    _signal(process, signal.SIGTERM)
    until = time.monotonic() + _GRACE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def end_all() -> None:
    """End every command that is under way in any thread: nobody waits for it any more."""
    for process in tuple(_under_way):
        end(process)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)


def _tell(stream: IO[bytes] | None, text: str) -> None:
    with suppress(OSError, ValueError):  # one that does not read its input does not have to
        if stream:
            with stream:
                stream.write(text.encode("utf-8", "surrogateescape"))


def _listen(stream: IO[bytes] | None, lines: deque[str], heard: Callable[[str], None]) -> None:
    for line in stream or ():
        said = hide(line.decode("utf-8", "replace").rstrip("\r\n"))
        lines.append(said)
        heard(said)
