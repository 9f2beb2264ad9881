"""Cuts a file that holds both ways into its two scripts. Each keeps its line numbers: the rest is blanked. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import FileError
from slate_pg.migrations.alone import runs_alone
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.formats.listing import blank, has_statement, migration, unwrap

DIRECTIVE = "-- transactional: false"


@dataclass(frozen=True)
class Marks:
    """The lines that begin the way there and the way back, and the tool they are of."""

    up: re.Pattern[str]
    down: re.Pattern[str]
    tool: str
    shape: str


def cut(path: Path, text: str, marks: Marks) -> tuple[str, str | None]:
    """Return the text of both ways, None without a mark of the second. FileError for SQL before the first mark."""
    ups, downs = list(marks.up.finditer(text)), list(marks.down.finditer(text))
    if len(ups) != 1 or len(downs) > 1:
        what = f"{len(ups)} marks of the way there and {len(downs)} of the way back"
        raise FileError(f"{path}: {what}", hint=f"{marks.tool} has one of each in a file: {marks.shape}.")
    borders = sorted([ups[0].start(), *(d.start() for d in downs), len(text)])
    _refuse_before(path, text[: borders[0]], marks)
    up = _only(text, ups[0].end(), borders[borders.index(ups[0].start()) + 1])
    if not downs:
        return up, None
    down = _only(text, downs[0].end(), borders[borders.index(downs[0].start()) + 1])
    return up, down if has_statement(down) else None


def _only(text: str, start: int, end: int) -> str:
    return (blank(text[:start]) + text[start:end]).rstrip() + "\n"


def _refuse_before(path: Path, head: str, marks: Marks) -> None:
    if head.strip() and has_statement(head):
        raise FileError(
            f"{path} has SQL before its first mark, which {marks.tool} would not run",
            hint=f"Put it behind the mark: {marks.shape}.",
        )


def both(
    path: Path, identifier: str, ways: tuple[str, str | None], alone: Sequence[bool] = (False, False)
) -> Migration:
    """Return the migration of a file's two ways; `alone` says which of them the tool runs without a transaction."""
    up, down = ways
    undo = None if down is None else _script(path, down, alone[1])
    return migration(identifier, _script(path, up, alone[0]), undo)


def _script(path: Path, text: str, alone: bool) -> Script:
    text = unwrap(text)
    if alone:
        # The mark's line, blank now, takes what makes the text that the ledger keeps say how it is run.
        head, line, rest = text.partition("\n")
        text = f"{DIRECTIVE}{line}{rest}" if line and not head.strip() else text
    return Script(path, text, not (alone or runs_alone(text)))
