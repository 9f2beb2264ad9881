"""Reads the table of contents of an archive in pg_dump's directory format, and writes a smaller one of the same.

pg_dump reads the catalogs of the whole database however little it is to dump. So it runs once for many schemas, and
what it wrote is set apart here: each entry as it stands, byte for byte, with the file of its rows.

The format is of PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c: integers are a byte for the sign and as many as the
head says, the lowest first; a text is its length, -1 for NULL, and its bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import ServerError

NAME = "toc.dat"
_KNOWN = ((1, 14), (1, 15), (1, 16))  # versions of the format: PostgreSQL 12 to 15, 16, 17 and 18
_FRAME = frozenset(
    {"ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES"}
)  # in every archive, whatever is asked for


@dataclass(frozen=True)
class Entry:
    """One entry: its number, what it is, the schema it lies in, what it waits for, the file of its rows, its bytes."""

    number: int
    kind: str
    tag: str
    schema: str
    needs: frozenset[int]
    file: str
    raw: bytes


@dataclass(frozen=True)
class Contents:
    """All entries of an archive, and the bytes before them."""

    head: bytes
    integer: int
    entries: tuple[Entry, ...]

    def of(self, chosen: Collection[Entry]) -> bytes:
        """Return the bytes of a table of contents with these entries. Pure."""
        return self.head + _integer(len(chosen), self.integer) + b"".join(e.raw for e in chosen)

    def by_schema(self) -> dict[str, list[Entry]]:
        """Return the entries by the schema they are of, what every archive begins with in each. ServerError. Pure.

        What lies in no schema is of the schema that it makes, or of which it waits for the making.
        """
        homes = {e.number: e.tag for e in self.entries if e.kind == "SCHEMA"}
        base = {e.number for e in self.entries if e.kind in _FRAME}
        frame = [e for e in self.entries if not e.schema and ({e.number} | e.needs) & base]
        framed = {e.number for e in frame}
        apart: dict[str, list[Entry]] = defaultdict(lambda: [*frame])
        for entry in self.entries:
            if entry.number in framed:
                continue
            found = {entry.schema} if entry.schema else {homes[n] for n in entry.needs | {entry.number} if n in homes}
            if len(found) != 1:
                raise ServerError(f"pg_dump wrote {entry.kind} {entry.tag}, which is of no schema that was asked for")
            apart[found.pop()].append(entry)
        return dict(apart)


def read_contents(archive: Path) -> Contents:
    """Return the table of contents of an archive. ServerError for a version that is not known. Reads only."""
    text = (archive / NAME).read_bytes()
    if text[:5] != b"PGDMP" or tuple(text[5:7]) not in _KNOWN:
        raise ServerError(f"{archive} is an archive of version {text[5]}.{text[6]}, which is not known here")
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 11  # behind magic, version, sizes and format
        self.version = tuple(text[5:7])
        self.size = text[8]

    def read(self) -> Contents:
        if self.version >= (1, 15):
            self.at += 1  # how rows are compressed
        else:
            self.integer()
        for _ in range(7):  # when it was made
            self.integer()
        for _ in range(3):  # database, and versions of server and pg_dump
            self.word()
        head = self.text[: self.at]
        return Contents(head, self.size, tuple(self.entries(self.integer())))

    def entries(self, count: int) -> Iterator[Entry]:
        for _ in range(count):
            began = self.at
            number = self.integer()
            self.integer()
            self.pass_over(2)
            tag, kind = self.word(), self.word()
            self.integer()
            self.pass_over(3)
            schema = self.word()
            self.pass_over(2)
            if self.version >= (1, 16):
                self.integer()
            self.pass_over(2)
            needs = set()
            while (need := self.word()) is not None:
                needs.add(int(need))
            file = self.word()
            raw = self.text[began : self.at]
            yield Entry(number, kind or "", tag or "", schema or "", frozenset(needs), file or "", raw)

    def integer(self) -> int:
        sign, value = self.text[self.at], int.from_bytes(self.text[self.at + 1 : self.at + 1 + self.size], "little")
        self.at += 1 + self.size
        return -value if sign else value

    def pass_over(self, words: int) -> None:
        for _ in range(words):
            length = self.integer()
            self.at += max(0, length)

    def word(self) -> str | None:
        length = self.integer()
        if length < 0:
            return None
        self.at += length
        return self.text[self.at - length : self.at].decode("utf-8", "surrogateescape")


def _integer(value: int, size: int) -> bytes:
    return b"\0" + value.to_bytes(size, "little")
