"""What check and lint say while they look, and of what they found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slate_pg.errors import AnswerIsNo

if TYPE_CHECKING:
    from slate_pg.checks.findings import Finding
    from slate_pg.checks.roundtrip import Progress


def show_findings(findings: list[Finding], form: str, done: str) -> None:
    """Print the findings in a form, and in words how many there are; exit 3 when there are any."""
    from slate_pg.checks.findings import in_form
    from slate_pg.cli.output import put, say

    text = in_form(findings, form)
    if text:
        put(text)
    say(f"{done}, {len(findings) or 'no'} finding{'' if len(findings) == 1 else 's'}")
    if findings:
        raise AnswerIsNo


@contextmanager
def proving(quiet: bool) -> Iterator[Progress]:
    """Yield what a check reports to: a progress bar on a terminal, nothing elsewhere."""
    import sys

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
