"""One SQL file of a migration: held as text, or left in its file where it is big and read as it is needed.

Reads files, writes nothing. What lies in a folder is for files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from slate_pg.errors import FileError
from slate_pg.postgres.connection import Connection, ScriptFailed, send_script
from slate_pg.sqlfiles import read_text

if TYPE_CHECKING:
    import psycopg

    from slate_pg.environments import Value
    from slate_pg.migrations.recorded import Recorded
    from slate_pg.postgres.statements import Place, Statement
    from slate_pg.postgres.stream import Message

BIG = 2 << 20  # bytes; a file beyond is not held in memory, and the ledger keeps its checksum without its text
_LOOKED_AT = 1 << 16  # bytes of an insert that say what it acts on
_OUTLINED = 8 << 20  # characters of outline; beyond, only statements that act otherwise than those before are kept
_HEAD = re.compile(r"(?:[^\S\n]*+(?:--[^\n]*+)?\n)*+[^\n]*+")  # the leading comment block, and one line more
_BACKFILL = re.compile(r"^[ \t]*--[ \t]*backfill[ \t]*:(?:.*,[ \t]*\d+[ \t]*$)?", re.M)


def checksum_of(text: str) -> str:
    """Return the checksum that a ledger keeps of a text: SHA-256, 64 hexadecimal digits. Pure."""
    return hashlib.sha256(text.encode()).hexdigest()


def head_lines(text: str) -> str:
    """Return the lines that a text begins with and that are comments or empty. Pure."""
    head = _HEAD.match(text)  # always a match, if of nothing
    lines = head.group().splitlines(keepends=True) if head else []
    return "".join(line for line in lines if not line.strip() or line.lstrip().startswith("--"))


def is_backfill(text: str) -> bool:
    """Tell whether a text says of itself that it is run in batches. Pure.

    A comment that begins so, without a number of rows and above a statement without a key range, is a comment.
    """
    said = _BACKFILL.search(head_lines(text)) if "backfill" in text else None
    return bool(said) and (said.group()[-1] != ":" or ":from" in text)  # type: ignore[union-attr]


def agrees(text: str | None, checksum: str | None) -> bool:
    """Tell whether a ledger's text is the one its checksum was made of. Pure.

    True without a text: of what is big the ledger keeps the checksum only, and where no rollback was, neither.
    """
    return text is None or checksum_of(text) == checksum


@dataclass(frozen=True)
class Script:
    """The text of one SQL file and whether it runs in one transaction. Offsets in it are characters."""

    path: Path
    text: str
    transactional: bool = True

    is_big = False
    has_variables = False

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the text, 64 hexadecimal digits."""
        return checksum_of(self.text)

    @property
    def head(self) -> str:
        """Its text, of a big one the start."""
        return self.text

    @cached_property
    def is_backfill(self) -> bool:
        """True where its one statement is run in batches by key, each a transaction of its own."""
        return is_backfill(self.head)

    @property
    def kept(self) -> str | None:
        """The text that a ledger keeps; None for a big one."""
        return self.text

    @property
    def end(self) -> int:
        """The offset of its end."""
        return len(self.text)

    def statements(self) -> Iterator[Statement]:
        """Yield its statements. FileError for commands of psql."""
        from slate_pg.postgres.statements import split

        yield from split(self.text)

    def outline(self) -> Iterator[Statement]:
        """Yield what says what the script acts on: every statement, but for a big script, which leaves repeats out."""
        return self.statements()

    def place(self, offset: int) -> Place:
        """Return line and column of an offset."""
        from slate_pg.postgres.statements import place

        return place(self.text, offset)

    def send(self, connection: Connection, before: Sequence[str] = (), guard: str = "") -> int:
        """Send it to the server as `send_script` does; return the rows it touched. ScriptFailed."""
        return send_script(connection, self.text, before, guard)

    def line_naming(self, name: str) -> int:
        """Return the first line, from 1, that holds a name and is no comment; 1 where none does."""
        lines = enumerate(self.text.splitlines(), 1)
        return next((n for n, text in lines if name in text and not text.lstrip().startswith("--")), 1)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of its variables whose values are secrets."""
        return ()

    @property
    def used(self) -> dict[str, str]:
        """The values of its variables, but for secrets."""
        return {}

    def given(self, values: Sequence[Value]) -> Script:
        """Return the same with these values for its variables. Pure."""
        return self

    def recorded(self, known: Recorded | None, stand_in: bool = False) -> Script:
        """Return the same with the values that a ledger has; `stand_in` fills in secrets that nobody gives. Pure."""
        return self

    def remarks(self) -> list[str]:
        """Return what is worth a warning before it is run."""
        return []

    def failure(self, error: psycopg.Error, statement: Statement, done: int = 0) -> ScriptFailed:
        """Return the failure of a statement of the script, which may be several of which `done` were through."""
        from slate_pg.postgres.failures import failed_at, row_at
        from slate_pg.postgres.prescan import Segment

        offset, exact = failed_at(self.text, Segment(statement.text, statement.start), done, error)
        return ScriptFailed(error, offset, exact, row_at(self.text, offset, error))


def read_start(path: Path) -> str:
    """Return the first 64 kB of a file, as far as they are UTF-8. Reads only."""
    try:
        with path.open("rb") as file:
            return file.read(1 << 16).decode("utf-8-sig", "ignore")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}", hint="Make it a file that slate can read.") from error


def read_plain(path: Path) -> Script:
    """Read a script without directives. FileError. Reads only."""
    return BigScript(path, True) if path.stat().st_size > BIG else Script(path, read_text(path))


class BigScript(Script):
    """A script that stays in its file. Offsets in it are bytes; its `text` is its outline, for reading only."""

    is_big = True

    def __init__(self, path: Path, transactional: bool, checksum: str | None = None) -> None:
        # What is asked for later is computed then: a status needs the checksum of what is applied, and nothing else.
        for name, value in (("path", path), ("transactional", transactional)):
            object.__setattr__(self, name, value)
        if checksum:
            self.__dict__["checksum"] = checksum

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BigScript) and (self.path, self.checksum) == (other.path, other.checksum)

    def __hash__(self) -> int:
        return hash(self.path)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the file without its byte order mark, read when it is asked for."""
        from slate_pg.postgres.stream import checksum_of_file

        return checksum_of_file(self.path)

    @cached_property
    def head(self) -> str:
        """The first 64 kB of its file."""
        return read_start(self.path)

    @property
    def kept(self) -> str | None:
        """Nothing: the ledger keeps the checksum."""
        return None

    @property
    def end(self) -> int:
        """The size of its file."""
        return self.path.stat().st_size

    @cached_property
    def text(self) -> str:
        """The outline as text."""
        return "\n".join(s.text for s in self.outline()) + "\n"

    def outline(self) -> Iterator[Statement]:
        """Yield what it acts on, shortened; of inserts into one table the first. FileError for what is not UTF-8."""
        return iter(self._outlined)

    @cached_property
    def _outlined(self) -> list[Statement]:
        """Read the whole file once: whether it is UTF-8, and what it acts on."""
        from slate_pg.postgres.stream import CHUNK, Stream

        found: list[Statement] = []
        seen: set[bytes] = set()
        size = 0
        with Stream(self.path, strict=True) as stream:
            for message in stream.messages(CHUNK):
                if message.key and message.key in seen and not message.frees:
                    continue
                seen.add(message.key)
                outlined = _outlined(message)
                size += sum(len(s.text) for s in outlined)
                if size < _OUTLINED or any(s.ends_transaction for s in outlined):
                    found += outlined
            self.__dict__["checksum"] = stream.digest.hexdigest()
        return found

    def statements(self) -> Iterator[Statement]:
        """Yield its statements: up to a megabyte of inserts into one table as one, the data of COPY in chunks."""
        from slate_pg.postgres.scan import words_of
        from slate_pg.postgres.statements import Statement
        from slate_pg.postgres.stream import CHUNK, Stream

        with Stream(self.path) as stream:
            for message in stream.messages(CHUNK):
                text, end = message.sql.decode(), message.offset + len(message.sql)
                yield Statement(text, message.offset, end, words_of(text), message.data, end)

    def place(self, offset: int) -> Place:
        """Return line and column of a byte."""
        from slate_pg.postgres.placing import place_in

        return place_in(self.path, offset)

    def send(self, connection: Connection, before: Sequence[str] = (), guard: str = "") -> int:
        """Send it from its file. FileError where that is not what was read before."""
        from slate_pg.postgres.sending import send_file

        rows, checksum = send_file(connection, self.path, before, guard)
        if checksum != self.checksum:
            raise FileError(
                f"{self.path} was changed while it was being applied", hint="Nothing of it was applied; run it again."
            )
        return rows

    def line_naming(self, name: str) -> int:
        """Return the line, from 1, of the first statement that holds a name; 1 where none does."""
        found = next((s.start for s in self.outline() if name in s.text), None)
        return 1 if found is None else self.place(found).line

    def failure(self, error: psycopg.Error, statement: Statement, done: int = 0) -> ScriptFailed:
        """Return the failure of a statement of the script, which may be several of which `done` were through."""
        from slate_pg.postgres.sending import located

        copies = statement.copy_data is not None
        return located(error, self.path, statement.text.encode(), statement.start, done, copies)


def _outlined(message: Message) -> list[Statement]:
    """Return the statements of a message, shortened; of many that act alike the first, and those that free locks."""
    from slate_pg.postgres.abridge import abridged
    from slate_pg.postgres.statements import split

    if message.frees and message.key:
        every = [s.text for s in split(message.sql.decode()) if "unlock_all" in s.text.lower()]
    else:
        every = [
            (message.sql if message.frees or not message.key else message.sql[:_LOOKED_AT]).decode("utf-8", "ignore")
        ]
    short = [found for one in every for found in split(abridged(one))[:1]]
    return [replace(s, start=message.offset, end=message.offset + len(message.sql), copy_data=None) for s in short]
