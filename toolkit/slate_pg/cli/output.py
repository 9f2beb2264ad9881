"""What is written: data on stdout, messages on stderr, colour on terminals only."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING, TextIO

from slate_pg.cli.spoken import spoken
from slate_pg.errors import SlateError

if TYPE_CHECKING:
    from slate_pg.cli.shapes import Printed
    from slate_pg.cli.shapes.common import Error


def colour(text: str, code: str, stream: TextIO | None = None) -> str:
    """Return the text in an ANSI colour when the stream is a terminal and NO_COLOR is not set."""
    on = (stream or sys.stderr).isatty() and not os.environ.get("NO_COLOR")
    return f"\033[{code}m{text}\033[0m" if on else text


def say(text: str) -> None:
    """Write a message to stderr."""
    sys.stderr.write(text + "\n")


def put(text: str) -> None:
    """Write data to stdout."""
    sys.stdout.write(text + "\n")


def put_json(value: Printed) -> None:
    """Write one JSON document to stdout."""
    spoken.is_complete = True
    put(as_json(value, 2))


def as_json(value: object, indent: int | None) -> str:
    """Return JSON in ASCII, which every terminal, and whatever splits lines, leaves as it is."""
    try:
        return json.dumps(value, indent=indent, default=_plain, allow_nan=False)
    except ValueError:  # a job's own row may hold what JSON has no number for
        return json.dumps(_with_finite(value), indent=indent, default=_plain, allow_nan=False)


def _with_finite(value: object) -> object:
    """Return the same with text in place of NaN and the infinities."""
    if isinstance(value, dict):
        return {key: _with_finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_finite(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _plain(value: object) -> str:
    """Return what JSON has no words for as text, moments as RFC 3339 has them."""
    return value.isoformat() if isinstance(value, date) else str(value)


def error_fields(error: SlateError) -> Error:
    """Return an error for --json, with its place in a file where there is one."""
    where = error.where
    return {
        "message": error.message,
        "file": (where.path or None) if where else None,
        "line": (where.line or None) if where else None,
        "column": (where.column or None) if where else None,
        "sqlstate": (where.sqlstate or None) if where else None,
        "reason": (where.reason or None) if where else None,
        "hint": error.hint or None,
    }


def tell_failure(error: SlateError) -> None:
    """Write an error as one line to stdout where a command was asked for JSON and has not printed all of that."""
    if spoken.as_json and not spoken.is_complete:
        put(as_json({"error": error_fields(error)}, None))


def show_error(error: SlateError) -> None:
    """Write an error, where it is, and the way out to stderr."""
    say(f"{colour('error:', '31')} {error.message}")
    for line in error.detail:
        say(line)
    if error.hint:
        say(f"{colour('hint:', '36')}  {error.hint}")


def warn(text: str) -> None:
    """Write a warning to stderr."""
    say(f"{colour('warning:', '33')} {text}")


def put_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, fitted: bool = True) -> None:
    """Write an aligned table to stdout; numbers to the right, long texts on several lines where it is to fit."""
    cells = [["" if v is None else str(v) for v in row] for row in rows]
    width = [max(len(r[i]) for r in [list(head), *cells]) for i in range(len(head))]
    right = [all(_numeric(r[i]) for r in cells) and bool(cells) for i in range(len(head))]
    if fitted:
        width = _fitted(width, [len(h) for h in head], columns() - 2 * (len(head) - 1))
    for number, row in enumerate([list(head), *cells]):
        for parts in zip_longest(*(_lines(c, w) for c, w in zip(row, width, strict=True)), fillvalue=""):
            places = zip(parts, width, right, strict=True)
            line = "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in places).rstrip()
            put(colour(line, "1", sys.stdout) if number == 0 else line)


def columns() -> int:
    """Return how wide a table may be: as COLUMNS says, as the terminal, else 80."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() or os.environ.get("COLUMNS") else 80


def _fitted(width: list[int], least: list[int], room: int) -> list[int]:
    """Return widths that fit the room, the widest made narrower first; none below its title, or 12."""
    found = list(width)
    while sum(found) > room:
        i = max(range(len(found)), key=lambda n: (found[n] > max(least[n], 12), found[n]))
        if found[i] <= max(least[i], 12):
            break
        found[i] -= 1
    return found


def _lines(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, break_on_hyphens=False) if len(text) > width else [text]


def _numeric(text: str) -> bool:
    return text.replace(",", "").replace(".", "").replace("+", "").isdigit() or text == ""


def milliseconds(value: float) -> str:
    """Return a duration in ms below ten seconds, in s above."""
    return f"{value:.0f} ms" if value < 10_000 else f"{value / 1000:.1f} s"
