"""Reads a big script from its file once, in bounded memory: messages for the server, and the data behind COPY.

Offsets are bytes from the script's start, a byte order mark left out. Reads only.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from slate_pg.errors import FileError
from slate_pg.postgres.placing import place_in
from slate_pg.postgres.scan import is_copy_from_stdin, same_again, skip_blank, statement_end
from slate_pg.postgres.statements import refuse_behind_copy, refuse_meta_command

CHUNK = 1 << 20
HEAD = 1 << 16  # bytes of a file in which its directives stand
_CONDITION = re.compile(rb"^[ \t]*--[ \t]*(?:before|after)[ \t]*:[ \t]*\(*(?:select|with|values|table)\b", re.I | re.M)
_MANY = 20  # inserts into one table, after which a pattern of its own pays
_RESTRICT = re.compile(rb"\\(?:un)?restrict\b[^\n]*")
_LIFTING = frozenset((b"lock_timeout", b"reset"))
_MARKS = (*_LIFTING, b"unlock_all")
_BATCHED = re.compile(rb"(?:insert\s+into|select\s+(?:pg_catalog\s*\.\s*)?setval)\b", re.I)
_KEY = re.compile(rb"[^(='$]{0,200}")


@dataclass(frozen=True, slots=True)
class Message:
    """One or more whole statements: their bytes, where they start, and the data lines behind the last, if it is COPY.

    `key` is the same for statements that act alike; `lifts` is true where one may have changed lock_timeout, `frees`
    where one may free advisory locks.
    """

    sql: bytes
    offset: int
    key: bytes
    data: Iterable[bytes] | None = None
    lifts: bool = False
    frees: bool = False


class Data:
    """The data lines behind a COPY, in chunks; they come once. FileError for a second time."""

    def __init__(self, path: Path, chunks: Iterator[bytes]) -> None:
        self.path = path
        self._chunks: Iterator[bytes] | None = chunks

    def __iter__(self) -> Iterator[bytes]:
        chunks, self._chunks = self._chunks, None
        if chunks is None:
            raise FileError(
                f"{self.path}: COPY data of a big file cannot be sent twice",
                hint="Let no trigger of a temporary table write elsewhere, or split the file.",
            )
        return chunks


class Stream:
    """A script's file, read once from its start. FileError for what is not UTF-8, holds a NUL byte, or cannot be read.

    `digest` is the checksum of what was read so far, `read` how many bytes that were.
    """

    def __init__(self, path: Path, strict: bool = False) -> None:
        self.path = path
        self.strict = strict
        self.buffer = bytearray()
        self.base = 0  # where the buffer starts in the script
        self.final = False
        self.digest = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")() if strict else None
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise _unreadable(path, error) from error
        self._skip_mark()

    def _skip_mark(self) -> None:
        start = self._file.read(len(codecs.BOM_UTF8))
        if start != codecs.BOM_UTF8:
            self._file.seek(0)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _fill(self) -> None:
        """Read on: as much again as is held, so that a long statement is looked at a few times only."""
        try:
            chunk = self._file.read(max(CHUNK, len(self.buffer)))
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self.final = not chunk
        self.digest.update(chunk)
        if self.strict:
            self._check(chunk)
        self.buffer += chunk

    def skim(self) -> None:
        """Read on and keep nothing but the checksum."""
        self._fill()
        self._drop(len(self.buffer))

    def _check(self, chunk: bytes) -> None:
        start = self.base + len(self.buffer)
        at = chunk.find(b"\0")
        if at >= 0:
            where = place_in(self.path, start + at)
            raise FileError(
                f"{self.path}:{where.line}:{where.column}: a NUL byte", hint="PostgreSQL text cannot hold it."
            )
        found = _CONDITION.search(chunk) if b"--" in chunk else None
        if found and start + found.start() > HEAD:
            line = place_in(self.path, start + found.start()).line
            raise FileError(
                f"{self.path}:{line}: a condition in a big file", hint="Write it into the first 64 kB of the file."
            )
        pending = len(self._decoder.getstate()[0])  # type: ignore[union-attr]
        try:
            self._decoder.decode(chunk, self.final)  # type: ignore[union-attr]
        except UnicodeDecodeError as error:
            at = start - pending + error.start
            line = place_in(self.path, at).line
            raise FileError(f"{self.path}:{line}: byte {at} is not UTF-8", hint="Save the file as UTF-8.") from error

    def _drop(self, end: int) -> None:
        del self.buffer[:end]
        self.base += end

    def messages(self, limit: int = 0) -> Iterator[Message]:
        """Yield the statements, each alone; up to `limit` bytes of inserts into one table come together.

        The data of a COPY is read as it is asked for; what nobody asks for is passed over.
        """
        first, at, key, number = -1, 0, b"", 0
        while True:
            start = skip_blank(self.buffer, at, self.final)
            end = None if start is None else self._end(start)
            if start is None or end is None:
                kept = at if first < 0 else first
                self._drop(kept)
                first, at = (first if first < 0 else 0), at - kept
                self._fill()
                continue
            mine = self._key(start, end)
            if first >= 0 and (not mine or mine != key or end - first > limit):
                yield self._message(first, at, key)
                first = -1
            if start >= len(self.buffer):
                return
            if self.buffer[start] == 0x5C:
                at = end
            elif mine and limit:
                number = 0 if first < 0 else number + 1
                first, at, key = (start if first < 0 else first), end, mine
                if number > _MANY:
                    at = same_again(mine).match(self.buffer, at).end()  # type: ignore[union-attr]
            else:
                at = yield from self._alone(start, end, mine)

    def _end(self, start: int) -> int | None:
        """Return where what starts there ends, the line of a psql command too; None where more has to be read."""
        if start >= len(self.buffer):
            return start
        if self.buffer[start] != 0x5C:
            return statement_end(self.buffer, start, self.final)
        if b"\n" not in self.buffer[start:] and not self.final:
            return None
        skipped = _RESTRICT.match(self.buffer, start)
        if not skipped:
            line = bytes(self.buffer[start : start + 100])
            refuse_meta_command(line.decode("utf-8", "replace"), self.line_of(start))
        return skipped.end()

    def _key(self, start: int, end: int) -> bytes:
        if not _BATCHED.match(self.buffer, start):
            return b""
        return _KEY.match(self.buffer, start, end).group()  # type: ignore[union-attr]

    def _message(self, start: int, end: int, key: bytes, data: Iterable[bytes] | None = None) -> Message:
        sql = bytes(memoryview(self.buffer)[start:end])
        marks = _marks(sql)
        return Message(sql, self.base + start, key, data, bool(marks & _LIFTING), b"unlock_all" in marks)

    def _alone(self, start: int, end: int, key: bytes) -> Generator[Message, None, int]:
        """Yield one statement, with its data where it is COPY; return where the buffer goes on."""
        copies = self.buffer[start : start + 4].upper() == b"COPY" and is_copy_from_stdin(
            self.buffer[start:end].decode("utf-8", "replace")
        )
        message = self._message(start, end, key)
        if not copies:
            self._drop(end)
            yield message
            return 0
        while (newline := self.buffer.find(b"\n", end)) < 0 and not self.final:
            self._fill()
        behind = newline + 1 if newline >= 0 else len(self.buffer)
        refuse_behind_copy(self.buffer[end:behind].decode("utf-8", "replace"), self.line_of(end))
        self._drop(behind)
        data = self._data()
        yield replace(message, data=Data(self.path, data))
        for _ in data:
            pass
        return 0

    def _data(self) -> Iterator[bytes]:
        r"""Yield data lines as they stand, up to a line with nothing but \. and without it."""
        before = 0x0A
        while True:
            stop, end = _find_data_end(self.buffer, before, self.final)
            if stop:
                before = self.buffer[stop - 1]
                yield bytes(self.buffer[:stop])
            self._drop(end if end is not None else stop)
            if end is not None or self.final:
                return
            self._fill()

    def line_of(self, at: int) -> int:
        """Return the line, from 1, of a place in the buffer."""
        return place_in(self.path, self.base + at).line


def _marks(sql: bytes) -> set[bytes]:
    """Return which words of interest may occur in statements, looked for in slices that overlap."""
    slices = (sql[at : at + CHUNK + 16].lower() for at in range(0, len(sql), CHUNK))
    return {mark for piece in slices for mark in _MARKS if mark in piece}


def _find_data_end(buffer: bytearray, before: int, final: bool) -> tuple[int, int | None]:
    r"""Return how much of a buffer is data for sure, and where its \. ends; None for that where it is not there.

    `before` is the byte in front of the buffer.
    """
    at = -1
    while (at := buffer.find(b"\\.", at + 1)) >= 0:
        if (buffer[at - 1] if at else before) != 0x0A:
            continue
        rest = bytes(buffer[at + 2 : at + 4])
        if rest[:1] == b"\n" or rest == b"\r\n":
            return at, at + 2
        if len(rest) < 2 and rest in (b"", b"\r"):
            return (at, len(buffer)) if final else (at, None)
    return (len(buffer), None) if final or not buffer.endswith(b"\\") else (len(buffer) - 1, None)


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"{path}: {error.strerror}", hint="Make it a file that slate can read, or remove it.")


def checksum_of_file(path: Path) -> str:
    """Return the checksum of a script's file, SHA-256, 64 hexadecimal digits. Reads only."""
    with Stream(path) as stream:
        while not stream.final:
            stream.skim()
        return stream.digest.hexdigest()
