"""What a baseline says of the migrations that it stands for: a line at its head, and the list at its end.

The line counts them, names the last and holds the list's SHA-256, so that the list is whole or refused:

    -- replaces: 342 migrations to 0342_add_tags sha256:…

The list has a line a migration, the first 16 digits of its text's SHA-256 before its id. Below one that is a baseline
itself, further in, stands what that one replaces: whoever has those has it too. Reads files, writes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from slate_pg.errors import FileError
from slate_pg.migrations.script import Script

DIGITS = 16  # of a replaced text's SHA-256, as the list keeps them
LIST = "-- replaced:"
_LOOKED_AT = 1 << 13  # characters at the start of a file in which the line stands
_TAIL = 1 << 22  # bytes at the end of a big file in which the list stands
_LINE = re.compile(r"^-- replaces: (\d+) migrations? to (.+) sha256:([0-9a-f]{64})[^\S\n]*$", re.M)
_LIKE = re.compile(r"^--[^\S\n]*replaces:.*sha", re.M | re.I)
_ENTRY = re.compile(rf"-- {{3}}((?: {{2}})*)([0-9a-f]{{{DIGITS}}}) (.+)\Z")


@dataclass(frozen=True)
class Replaced:
    """One migration that a baseline stands for, and, where it is a baseline itself, what that one stands for."""

    id: str
    digest: str
    instead: tuple[Replaced, ...] = ()

    def is_had(self, applied: Mapping[str, str | None]) -> bool:
        """Tell whether an installation has it: its row, or the rows of what it replaces. Pure."""
        return self.id in applied or (bool(self.instead) and all(each.is_had(applied) for each in self.instead))

    def lacking(self, applied: Mapping[str, str | None]) -> Iterator[str]:
        """Yield the ids that an installation lacks of it, by the way that it has begun. Pure."""
        if self.id in applied:
            return
        if any(name in applied for name in ids_of(self.instead)):
            for each in self.instead:
                yield from each.lacking(applied)
        else:
            yield self.id


def ids_of(entries: Iterable[Replaced]) -> Iterator[str]:
    """Yield the id of every migration that is replaced, through all baselines. Pure."""
    for entry in entries:
        yield entry.id
        yield from ids_of(entry.instead)


def digests_of(entries: Iterable[Replaced]) -> dict[str, str]:
    """Return the digest of each migration that is replaced, by its id. Pure."""
    return {e.id: e.digest for e in entries} | {k: v for e in entries for k, v in digests_of(e.instead).items()}


def read_replaced(script: Script) -> tuple[Replaced, ...]:
    """Return what a file says that it replaces, nothing for one that is no baseline. Reads only.

    FileError for a line or a list that was changed: neither without the other is believed.
    """
    head = script.head
    likely = "replaces:" in head[:_LOOKED_AT].lower()
    if not (likely or script.is_big or f"\n{LIST}" in head):
        return ()
    said = _LINE.search(head, 0, _LOOKED_AT)
    if said is None and not _LIKE.search(head, 0, _LOOKED_AT) and (script.is_big or f"\n{LIST}" not in head):
        return ()
    listed = _list_of(script)
    if said is None:
        if listed is None and not _LIKE.search(head, 0, _LOOKED_AT):
            return ()
        raise _broken(script.path, "its line `-- replaces: N migrations to ID sha256:…` is not as it was written")
    if listed is None:
        raise _broken(script.path, f"the list `{LIST}` at its end is gone")
    if hashlib.sha256("\n".join(listed).encode()).hexdigest() != said[3]:
        raise _broken(script.path, "its list is not the one that its line was made of")
    entries = _entries(script.path, [_parse(script.path, line) for line in listed], 0)
    if len(entries) != int(said[1]) or entries[-1].id != said[2]:
        raise _broken(script.path, "its line and its list do not name the same migrations")
    return entries


def _list_of(script: Script) -> list[str] | None:
    """Return the lines of the list, which ends before the first of another kind; None without one.

    Reads the end of a big file.
    """
    text = _end_of(script.path) if script.is_big else script.head
    at = text.rfind(f"\n{LIST}\n") if "\r" not in text[-64:] else text.rfind(f"\n{LIST}\r\n")
    lines = text[at + 1 :].splitlines()[1:]
    return [line.rstrip() for line in takewhile(lambda line: line.startswith("--   "), lines)] if at >= 0 else None


def _end_of(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read().decode("utf-8", "ignore")


def _parse(path: Path, line: str) -> tuple[int, str, str]:
    found = _ENTRY.match(line)
    if not found:
        raise _broken(path, f'"{line[:80]}" is no line of its list')
    return len(found[1]) // 2, found[2], found[3]


def _entries(path: Path, lines: list[tuple[int, str, str]], depth: int) -> tuple[Replaced, ...]:
    entries: list[Replaced] = []
    at = 0
    while at < len(lines):
        level, digest, name = lines[at]
        if level != depth:
            raise _broken(path, f'"{name}" stands too far in')
        end = next((i for i in range(at + 1, len(lines)) if lines[i][0] <= depth), len(lines))
        entries.append(Replaced(name, digest, _entries(path, lines[at + 1 : end], depth + 1)))
        at = end
    return tuple(entries)


def _broken(path: Path, reason: str) -> FileError:
    return FileError(
        f"{path} is a baseline, and {reason}",
        hint="Nothing was run. Put the file back as `slate baseline` wrote it.",
    )


def write_replaced(entries: tuple[Replaced, ...]) -> tuple[str, str]:
    """Return the line for the head of a baseline and the list for its end, as `read_replaced` takes them. Pure."""
    lines = list(_lines(entries, ""))
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    count = f"{len(entries)} migration{'' if len(entries) == 1 else 's'}"
    return f"-- replaces: {count} to {entries[-1].id} sha256:{digest}", "\n".join([LIST, *lines])


def _lines(entries: Iterable[Replaced], indent: str) -> Iterator[str]:
    for entry in entries:
        yield f"--   {indent}{entry.digest} {entry.id}"
        yield from _lines(entry.instead, indent + "  ")
