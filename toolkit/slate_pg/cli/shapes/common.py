"""What the outputs of several commands share: errors, places, differences, notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from slate_pg.catalog.compare import SEVERITIES


class OneOf:
    """Annotates a text that is one of these words, which the code itself has in one place."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_json_schema__(
        self, core: object, handler: Callable[[object], dict[str, object]]
    ) -> dict[str, object]:
        """Add the words to the schema of a text."""
        return {**handler(core), "enum": list(self.words)}


class Says:
    """Annotates a key with what it is, where the key is a word of Python's and no class can have it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __get_pydantic_json_schema__(
        self, core: object, handler: Callable[[object], dict[str, object]]
    ) -> dict[str, object]:
        """Add the text to the schema of a key."""
        return {**handler(core), "description": self.text}


SEVERITY = OneOf(*SEVERITIES)
DIRECTION = OneOf("apply", "rollback")


class Error(TypedDict):
    """What went wrong, where, and the way out."""

    message: str
    """What went wrong, in words."""
    file: str | None
    """The file that it is about; null where it is about none."""
    line: int | None
    """Line in the file, from 1."""
    column: int | None
    """Column in the line, in characters from 1; null where it is not known."""
    sqlstate: str | None
    """The server's code, five characters; null where no server said it."""
    reason: str | None
    """What the server said, in its own words."""
    hint: str | None
    """The way out, in sentences."""


class Failure(TypedDict):
    """The command failed (exit 1 or 2) and has nothing else to show."""

    error: Error
    """What went wrong; stderr has the same for people."""


class Identity(TypedDict):
    """What one object of a database is known by; keys that say nothing are left out. Names are unquoted."""

    kind: str
    """What it is: table, column, function, policy, grant, …"""
    schema: NotRequired[str]
    """Its schema."""
    name: NotRequired[str]
    """Its name; of a grant the role, with "public" for PUBLIC."""
    arguments: NotRequired[str]
    """What tells apart those that share a name, as SQL: the types of a function."""
    on: NotRequired[Identity]
    """What it hangs on: a column's table, a grant's object."""


class SaidDifference(TypedDict):
    """One difference of a schema from what files or a ledger build."""

    object: str
    """The object, in words."""
    identity: Identity
    """The object, in fields."""
    severity: Annotated[str, SEVERITY]
    """How grave it is."""
    said: str
    """The difference in a sentence."""


class Hurt(TypedDict):
    """One thing that is missing or changed in a ledger itself."""

    kind: Annotated[str, OneOf("row", "history", "ledger", "half done", "text", "rollback text", "text missing")]
    """What is amiss: a row, its history, the whole ledger, a file half applied, a text that was changed or is gone."""
    id: str
    """The migration; empty where it is about the whole ledger."""
    said: str
    """What is amiss, in a sentence."""
    repair: str
    """The command, or the sentence, that says how it is put right."""


class Notice(TypedDict):
    """What the server said beside its answers: at most 20 a migration, then how many more there were."""

    id: str
    """The migration that was running."""
    severity: str
    """NOTICE, WARNING, INFO, …, as the server says it."""
    message: str
    """Its words, at most 400 characters."""


class Rows(TypedDict):
    """How far a backfill has come."""

    rows: int
    """Rows that it went through."""
    about: int
    """About how many there are."""
    percent: int
    """How much is done, 0 to 99: all of it is known at the end only."""
    seconds: float
    """Seconds so far, rests too."""
    remaining_seconds: float | None
    """About how many seconds are left; null before anything is known."""


class Advance(Rows):
    """A line on stderr, every few seconds, while a backfill runs and stderr is no terminal."""

    backfill: str
    """The migration whose backfill it is."""


class Changed(TypedDict):
    """The files that were written, for they were not as they should be."""

    changed: list[str]
    """Their paths; none where all were fresh."""


class Stale(TypedDict):
    """With --check: the files that are not as they should be. Nothing was written."""

    stale: list[str]
    """Their paths; none where all are fresh."""
