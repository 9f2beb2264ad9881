"""What a command shows while it works: progress bars on a terminal, one line a migration elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slate_pg.cli.output import milliseconds, say, warn

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from slate_pg.checks import roundtrip
    from slate_pg.cli.shapes.common import Advance, Notice, Rows
    from slate_pg.migrations.backfill.progress import Progress
    from slate_pg.migrations.locking import Holder
    from slate_pg.migrations.runner import Watcher
    from slate_pg.postgres.connection import Connection
    from slate_pg.postgres.longwork import LongWork

_EVERY_SECONDS = 5.0  # between two lines of how far a backfill has come


def on_waiting(what: str, holders: list[Holder]) -> None:
    """Say what is waited for, and who holds it."""
    say(what + (":" if holders else ""))
    for holder in holders:
        say(f"  {holder}")


@dataclass
class Notices:
    """What the server said beside its answers: at most so many a migration, each cut to a length."""

    most: int = 20
    length: int = 400
    kept: list[Notice] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, severity: str, text: str) -> bool:
        """Keep one, and say whether it was kept."""
        if sum(kept["id"] == name for kept in self.kept) >= self.most:
            self.left_out[name] = self.left_out.get(name, 0) + 1
            return False
        shown = text if len(text) <= self.length else text[: self.length - 1] + "…"
        self.kept.append({"id": name, "severity": severity, "message": shown})
        return True

    def heard(self, name: str, severity: str, text: str) -> None:
        """Keep one, and say it on stderr."""
        if self.add(name, severity, text):
            say(f"  {name}: {severity}: {self.kept[-1]['message']}")

    def say_left_out(self) -> None:
        """Say how many were not shown."""
        for name, number in self.left_out.items():
            say(f"  {name}: {number} more messages of the server")

    @property
    def as_json(self) -> list[Notice]:
        """The kept ones, and one line for each migration that had more."""
        more: list[Notice] = [
            {"id": n, "severity": "INFO", "message": f"{c} more messages"} for n, c in self.left_out.items()
        ]
        return [*self.kept, *more]


@contextmanager
def watching(quiet: bool = False, lines: bool = True, connection: Connection | None = None) -> Iterator[Watcher]:
    """Yield what a run reports to: a progress bar on a terminal, and one line a migration unless told otherwise.

    With a connection the bar shows also what its session has the server do.
    """
    from slate_pg.migrations.runner import Watcher

    if not quiet and sys.stderr.isatty():
        with _progress_bar(lines, connection) as watcher:
            yield watcher
        return

    def finished(name: str, took: float) -> None:
        if lines and not quiet:
            say(f"  {name}  {milliseconds(took)}")

    yield Watcher(finished=finished, waiting=on_waiting, warned=warn, advanced=_Sparingly(quiet).advanced)


def rows_as_json(progress: Progress) -> Rows:
    """Return how far a backfill has come in the stable form of --json."""
    return {
        "rows": progress.rows, "about": max(progress.total, progress.rows), "percent": progress.percent,
        "seconds": round(progress.seconds, 1),
        "remaining_seconds": None if progress.remaining is None else round(progress.remaining, 1),
    }  # fmt: skip


@dataclass
class _Sparingly:
    """Says now and then on stderr how far a backfill has come, as JSON where the command speaks that."""

    as_json: bool
    _said: float = field(default_factory=time.monotonic)

    def advanced(self, name: str, progress: Progress) -> None:
        if time.monotonic() - self._said < _EVERY_SECONDS:
            return
        self._said = time.monotonic()
        told: Advance = {"backfill": name, **rows_as_json(progress)}
        say(json.dumps(told) if self.as_json else f"  {name}  {progress}")


def _bar() -> Bar:
    """Return a display of tasks, each with a bar and an amount in words, that leaves nothing behind."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"), TimeElapsedColumn(),
    )  # fmt: skip
    return Bar(*columns, console=Console(stderr=True), transient=True)


@contextmanager
def _progress_bar(lines: bool, connection: Connection | None) -> Iterator[Watcher]:
    from slate_pg.migrations.runner import Watcher
    from slate_pg.postgres.longwork import watching_work

    with _bar() as bar:
        shown = _Shown(bar, bar.add_task("", total=None, amount=""), lines)
        with watching_work(connection, shown.working) if connection else nullcontext():
            yield Watcher(
                planned=shown.planned, started=shown.started, finished=shown.finished, waiting=on_waiting, warned=warn,
                advanced=shown.advanced,
            )  # fmt: skip


@dataclass
class _Shown:
    """A bar for the migrations, and below it one for what takes long within one of them."""

    bar: Bar
    task: TaskID
    lines: bool
    below: TaskID | None = None
    of: int = 0
    done: int = 0

    def planned(self, schema: str, ids: list[str]) -> None:
        self.of, self.done = len(ids), 0
        self.bar.update(self.task, description=schema, total=len(ids), completed=0, amount=f"0/{len(ids)}")

    def started(self, name: str) -> None:
        self.bar.update(self.task, description=name)

    def finished(self, name: str, took: float) -> None:
        self.done += 1
        self.bar.update(self.task, completed=self.done, amount=f"{self.done}/{self.of}")
        self._hide()
        if self.lines:
            self.bar.print(f"  {name}  {milliseconds(took)}", highlight=False)

    def advanced(self, name: str, progress: Progress) -> None:
        self._show("", progress.rows, max(progress.total, progress.rows), str(progress))

    def working(self, work: LongWork | None) -> None:
        if work is not None:
            percent = f"{work.done * 100 // work.total} %" if work.total else ""
            self._show(str(work), work.done, work.total, percent)
        elif self.below is not None and self.bar.tasks[-1].description:
            self._hide()

    def _show(self, what: str, done: int, total: int, amount: str) -> None:
        if self.below is None:
            self.below = self.bar.add_task(what, total=None, amount="")
        self.bar.update(self.below, description=what, completed=done, total=total or None, amount=amount)

    def _hide(self) -> None:
        if self.below is not None:
            self.bar.remove_task(self.below)
            self.below = None


@contextmanager
def base_backup(connection: Connection, quiet: bool) -> Iterator[None]:
    """Show on a terminal how far a base backup of the cluster is."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from slate_pg.postgres.longwork import read_base_backup, watching_work

    with _bar() as bar:
        shown = _Shown(bar, bar.add_task("backup", total=None, amount=""), lines=False)
        with watching_work(connection, shown.working, read_base_backup):
            yield


@contextmanager
def checking(quiet: bool) -> Iterator[roundtrip.Progress]:
    """Yield what a check reports to: a progress bar on a terminal, nothing elsewhere."""
    from slate_pg.checks.roundtrip import Progress

    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield Progress(
            planned=lambda steps: bar.update(task, total=steps),
            done=lambda name: bar.update(task, advance=1, description=name),
        )
