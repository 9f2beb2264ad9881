"""What --events and the hooks of a project are for a command: a file that is open, and who is told."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from slate_pg.errors import Misuse, SlateError

if TYPE_CHECKING:
    from slate_pg.config import Project
    from slate_pg.migrations.telling import Event, Listener, Teller

Events = Annotated[
    Optional[str],
    typer.Option(
        "--events", metavar="FILE", help="Add what happens to a file or pipe, as JSON lines.", show_default=False
    ),
]
_OURS = {"/dev/stderr": 2, "/dev/stdout": 1, "/dev/fd/2": 2, "/dev/fd/1": 1}


@dataclass
class EventFile:
    """A file of events that is open: each line is one write, so that others may add to it too."""

    path: str
    number: int
    is_broken: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, event: Event) -> None:
        """Write an event. SlateError, once, where that cannot be done. Writes."""
        with self._lock:
            if self.is_broken:
                return
            left = event.as_json().encode() + b"\n"
            try:
                while left:
                    left = left[os.write(self.number, left) :]
            except OSError as error:
                self.is_broken = True
                raise SlateError(
                    f"--events {self.path}: {error.strerror}", hint="Nothing more is written there. " + _way(error)
                ) from error


def _way(error: OSError) -> str:
    if error.errno == errno.EPIPE:
        return "Nobody reads that pipe any more."
    return "Make room, or give another file." if error.errno == errno.ENOSPC else "Give another file."


@contextmanager
def telling(command: str, project: Project, events: str | None, *, dry_run: bool = False) -> Iterator[Teller]:
    """Yield who is told of a command's runs; nobody where nothing runs. Misuse for a file that cannot be written."""
    from slate_pg.cli.output import say, warn
    from slate_pg.migrations.telling import Teller

    if dry_run:
        yield Teller(command)
        return
    listeners: list[Listener] = []
    file = _open(events) if events is not None else None
    try:
        if file:
            listeners.append(file)
        traced = _tracing(warn)
        if traced:
            listeners.append(traced[0])
        yield Teller(command, project.hooks, listeners, say, warn)
    finally:
        if file:
            with suppress(OSError):
                os.close(file.number)
        if listeners and traced:
            _quietly(traced[1], warn)


def _open(path: str) -> EventFile:
    if path in ("", "-"):
        raise Misuse("--events takes a file", hint="Say /dev/stderr for the terminal; stdout is for the answer.")
    if Path(path).is_fifo():
        from slate_pg.cli.output import say

        say(f"waiting for who reads {path}")
    try:
        number = (
            os.dup(_OURS[path])
            if path in _OURS
            else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o666)
        )
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise Misuse(f"--events {path}: {said}", hint="Nothing was begun. Give a file you may write.") from error
    return EventFile(path, number)


def _tracing(warn: Callable[[str], None]) -> tuple[Listener, Callable[[], None]] | None:
    """Return what makes spans and metrics, where OpenTelemetry is installed and asked for by its environment."""
    asked = any(name.startswith("OTEL_") and value for name, value in os.environ.items())
    if not asked or os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    from importlib.util import find_spec

    if find_spec("opentelemetry") is None or find_spec("opentelemetry.trace") is None:
        return None
    try:
        from slate_pg.migrations.tracing import open_tracing

        tracing, flush = open_tracing()
    except Exception as error:  # whatever a plugin of OpenTelemetry's does, migrations are not its business
        warn(f"OpenTelemetry cannot be set up: {error}")
        return None
    return (lambda event: _quietly(lambda: tracing(event), warn)), flush


def _quietly(act: Callable[[], None], warn: Callable[[str], None]) -> None:
    try:
        act()
    except Exception as error:  # the same
        warn(f"OpenTelemetry: {error}")
