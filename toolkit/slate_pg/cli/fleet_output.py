"""What the commands for fleets print: a line for each member as it comes, a bar on a terminal, a summary by state."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slate_pg.cli.output import as_json, error_fields, put, put_table, say, show_error
from slate_pg.cli.spoken import spoken

if TYPE_CHECKING:
    from slate_pg.cli.shapes import Printed, fleets
    from slate_pg.cli.shapes.common import Error
    from slate_pg.errors import SlateError
    from slate_pg.fleet.crew import Outcome
    from slate_pg.fleet.roster import Member, Roster

_EVERY_SECONDS = 10.0  # a line of progress where there is no terminal


def put_line(value: Printed) -> None:
    """Write one JSON document as one line, at once; the last one has a summary."""
    spoken.is_complete = "summary" in value
    put(as_json(value, None))
    sys.stdout.flush()


def place(member: Member) -> fleets.Place:
    """Return where a member is, for --json."""
    return {"server": member.server.name, "product": member.product.name, "schema": member.schema}


def error_as_dict(error: SlateError | None) -> Error | None:
    """Return an error for --json, with its place in a file where there is one."""
    return None if error is None else error_fields(error)


def outcome_as_dict(outcome: Outcome) -> fleets.Outcome:
    """Return what became of a member, for --json."""
    return {
        **place(outcome.member),
        "state": outcome.state,
        "ids": list(outcome.ids),
        "ms": round(outcome.milliseconds, 1),
        "attempts": outcome.attempts,
        "error": error_as_dict(outcome.error),
    }


def show_failure(outcome: Outcome) -> None:
    """Say on stderr what stopped a member, with its name in front."""
    if outcome.error is None:
        return
    say(f"{outcome.member}: {outcome.state}")
    show_error(outcome.error)


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Callable[[], None]]:
    """Yield what is called behind each member: a bar with rate and remaining time, or a line now and then."""
    if quiet or not total:
        yield lambda: None
    elif sys.stderr.isatty():
        with _bar(total) as step:
            yield step
    else:
        yield _lines(total)


def _lines(total: int) -> Callable[[], None]:
    began = last = time.monotonic()
    done = 0

    def step() -> None:
        nonlocal last, done
        done += 1
        now = time.monotonic()
        if now - last >= _EVERY_SECONDS:
            last = now
            rate = done / (now - began)
            say(f"  {done} of {total}, {rate:.1f} a second, about {(total - done) / rate:.0f} s left")

    return step


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total, rate="")
        began = time.monotonic()

        def step() -> None:
            done = bar.tasks[0].completed + 1
            bar.update(task, advance=1, rate=f"{done / max(0.001, time.monotonic() - began):.1f}/s")

        yield step


def summary(rows: Sequence[tuple[str, str, Member]]) -> list[fleets.Group]:
    """Return how many members are in each state: its word and last migration, the commonest first, one for example."""
    counts = Counter((word, last) for word, last, _ in rows)
    examples = {(word, last): member for word, last, member in reversed(rows)}
    return [
        {"state": word, "last": last or None, "installations": count, "for_example": str(examples[word, last])}
        for (word, last), count in counts.most_common()
    ]


def show_summary(groups: Sequence[fleets.Group]) -> None:
    """Print the summary as a table."""
    if groups:
        put_table(list(groups[0]), [["–" if value is None else value for value in g.values()] for g in groups])


def missing_as_dict(roster: Roster) -> fleets.Missing:
    """Return the servers and ledgers that are not in the rest, for --json."""
    from slate_pg.fleet.roster import reason

    return {
        "unreachable": [{"server": s.name, "reason": why} for s, why in roster.unreachable.items()],
        "unreadable": [{"server": s.name, "schema": n, "reason": reason(e)} for s, n, e in roster.unreadable],
    }
