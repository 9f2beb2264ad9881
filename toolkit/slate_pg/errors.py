"""What can go wrong, in words a DBA can act on. Every error has a message, and a hint where there is a way out.

Messages follow PostgreSQL's manners: lower-case start, no final stop, values in quotes. Hints are sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Where(NamedTuple):
    """The place of a failure: file, line and column from 1 (0 where unknown), what the server said, and its code."""

    path: str
    line: int = 1
    column: int = 0
    reason: str = ""
    sqlstate: str = ""


class SlateError(Exception):
    """Something failed; message and detail say what and where. `exit_code` is the process's: 1 failed, 2 misuse.

    `where` is the place in a file, where there is one.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", detail: Iterable[str] = (), where: Where | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = list(detail)
        self.where = where


class AnswerIsNo(Exception):
    """The command did its work, and what it was asked is not so: pending, drift, findings. Exit code 3, no message."""

    exit_code = 3


class Misuse(SlateError):
    """The command was given something it cannot work with."""

    exit_code = 2


class NoMigrations(Misuse):
    """There is no folder of migrations where one was looked for."""


class FileError(SlateError):
    """A file of the project cannot be read or does not say what it must."""


class GraphError(SlateError):
    """The migrations do not form one order: a cycle, an unknown dependency, a duplicate, a late file."""


class EditedError(SlateError):
    """A migration that was applied does not read as it did then."""


class MigrationFailed(SlateError):
    """A statement of a migration failed; `detail` shows where."""


class Busy(SlateError):
    """Somebody else holds what is needed, and --wait ran out."""


class ServerError(SlateError):
    """The server cannot be found, started or reached."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `Did you mean "x"?`, or the known names when none is near, or an empty string."""
    from difflib import get_close_matches  # only for who has made a mistake

    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Known: {', '.join(names)}." if names else ""
