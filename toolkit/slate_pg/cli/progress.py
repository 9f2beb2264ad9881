"""What a command shows while it works: progress bars on a terminal, one line a migration elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slate_pg.cli.output import milliseconds, say, warn

if TYPE_CHECKING:
    from slate_pg.checks.roundtrip import Progress
    from slate_pg.migrations.locking import Holder
    from slate_pg.migrations.runner import Watcher


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
    kept: list[dict[str, str]] = field(default_factory=list)
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
    def as_json(self) -> list[dict[str, str]]:
        """The kept ones, and one line for each migration that had more."""
        more = [{"id": n, "severity": "INFO", "message": f"{c} more messages"} for n, c in self.left_out.items()]
        return [*self.kept, *more]


@contextmanager
def watching(quiet: bool = False, lines: bool = True) -> Iterator[Watcher]:
    """Yield what a run reports to: a progress bar on a terminal, and one line a migration unless told otherwise."""
    from slate_pg.migrations.runner import Watcher

    if not quiet and sys.stderr.isatty():
        with _progress_bar(lines) as watcher:
            yield watcher
        return

    def finished(name: str, took: float) -> None:
        if lines and not quiet:
            say(f"  {name}  {milliseconds(took)}")

    yield Watcher(finished=finished, waiting=on_waiting, warned=warn)


@contextmanager
def _progress_bar(lines: bool) -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from slate_pg.migrations.runner import Watcher

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def planned(schema: str, ids: list[str]) -> None:
            bar.update(task, description=schema, total=len(ids), completed=0)

        def finished(name: str, took: float) -> None:
            bar.advance(task)
            if lines:
                bar.print(f"  {name}  {milliseconds(took)}", highlight=False)

        yield Watcher(
            planned=planned,
            started=lambda name: bar.update(task, description=name),
            finished=finished,
            waiting=lambda what, holders: on_waiting(what, holders),
            warned=warn,
        )


@contextmanager
def checking(quiet: bool) -> Iterator[Progress]:
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
