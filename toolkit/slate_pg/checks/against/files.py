"""What the files of two branches say about each other, before anything is built.

Pure: migrations and texts in, findings out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slate_pg.checks.findings import Finding
from slate_pg.migrations.files import Migration

# A number of a name stands first, or behind a word; Flyway's has parts.
_NUMBER, _PARTS = (re.compile(rf"(?:^[VvUu]?|[_-])(\d+{more})(?=[_.-]|$)") for more in ("", r"(?:[._]\d+)*"))
_MERGED_BY_HAND = "decide which one it is to be"


@dataclass(frozen=True)
class Branch:
    """One product's files on one side: migrations in run order, and every file's checksum by its path below `folder`.

    `place` is `folder` as findings say it, relative to the project.
    """

    name: str
    place: str
    migrations: Sequence[Migration] = ()
    folder: Path = field(default_factory=Path)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        """The ids of its migrations."""
        return {m.id for m in self.migrations}

    def file_of(self, migration: Migration) -> str:
        """Return a migration's file as findings say it, relative to the project."""
        try:
            return f"{self.place}/{migration.apply.path.resolve().relative_to(self.folder.resolve()).as_posix()}"
        except ValueError:
            return self.place


@dataclass(frozen=True)
class Meeting:
    """One product on both sides, where they parted, and merged; `multipart` where a number may have several parts."""

    product: str
    base: Branch
    ours: Branch
    theirs: Branch
    merged: Branch
    multipart: bool = False
    heads: tuple[str, ...] = ()
    own_format: bool = True

    def added(self, side: Branch) -> list[Migration]:
        """Return the migrations that one side alone has added, in run order."""
        other = self.theirs if side is self.ours else self.ours
        there = {m.id: m.apply.checksum for m in other.migrations}
        known = self.base.ids
        return [m for m in side.migrations if m.id not in known and there.get(m.id) != m.apply.checksum]

    @property
    def is_changed(self) -> bool:
        """Whether the sides differ here at all."""
        return self.base.texts != self.ours.texts or self.base.texts != self.theirs.texts

    @property
    def meets(self) -> bool:
        """Whether both sides have changed something."""
        return self.base.texts != self.ours.texts and self.base.texts != self.theirs.texts


def find_in_files(meeting: Meeting) -> Iterator[Finding]:
    """Yield what is wrong with two branches' files together. Pure."""
    yield from _changed_twice(meeting)
    yield from _same_number(meeting)
    yield from _late(meeting)
    yield from _heads(meeting)


def late_here(meeting: Meeting) -> list[str]:
    """Return the other side's new migrations that run before one of this side's. Pure."""
    return [early.id for early, _ in _before(meeting, meeting.theirs, meeting.ours)]


def _changed_twice(meeting: Meeting) -> Iterator[Finding]:
    base, ours, theirs = meeting.base.texts, meeting.ours.texts, meeting.theirs.texts
    for name in sorted({*ours, *theirs, *base}):
        before, here, there = (texts.get(name) for texts in (base, ours, theirs))
        if here == there or before in (here, there):
            continue
        what = "was added" if before is None else "was changed"
        if here is None or there is None:
            gone, kept = (meeting.ours, meeting.theirs) if here is None else (meeting.theirs, meeting.ours)
            said = f"{gone.name} has removed it, {kept.name} has changed it: {_MERGED_BY_HAND}"
        else:
            said = f"{what} on both sides, and not the same way: {_MERGED_BY_HAND}"
        yield Finding(f"{meeting.ours.place}/{name}", 1, "merge_same_file", "", said)


def number_of(name: str, product: str, multipart: bool = False) -> str | None:
    """Return the number of a migration's name without its leading zeros, None where it has none. Pure."""
    rest = name.removeprefix(f"{product}_")
    found = (_PARTS if multipart else _NUMBER).search(rest)
    return ".".join(str(int(part)) for part in re.split(r"[._]", found[1])) if found else None


def _same_number(meeting: Meeting) -> Iterator[Finding]:
    theirs: dict[str, Migration] = {}
    for migration in meeting.added(meeting.theirs):
        if number := number_of(migration.id, meeting.product, meeting.multipart):
            theirs.setdefault(number, migration)
    for migration in meeting.added(meeting.ours):
        number = number_of(migration.id, meeting.product, meeting.multipart)
        other = theirs.get(number) if number else None
        if other and other.id != migration.id:
            said = f"{migration.id} of {meeting.ours.name} and {other.id} of {meeting.theirs.name} have number {number}"
            yield Finding(meeting.ours.file_of(migration), 1, "merge_number", "", f"{said}: give one of them the next")


def _before(meeting: Meeting, one: Branch, other: Branch) -> Iterator[tuple[Migration, Migration]]:
    """Yield the new migrations of one side that run before one of the other's, each with the last of those. Pure."""
    place = {m.id: i for i, m in enumerate(meeting.merged.migrations)}
    others = [m for m in meeting.added(other) if m.id in place and m.id not in one.ids]
    if not others:
        return
    last = max(others, key=lambda m: place[m.id])
    for migration in meeting.added(one):
        if migration.id in place and migration.id not in other.ids and place[migration.id] < place[last.id]:
            yield migration, last


def _late(meeting: Meeting) -> Iterator[Finding]:
    for migration, last in _before(meeting, meeting.ours, meeting.theirs):
        said = f"{migration.id} runs before {last.id}, which {meeting.theirs.name} has"
        way = "`slate apply` refuses it as late where that one is applied: rename it so that it comes last"
        yield Finding(meeting.ours.file_of(migration), 1, "merge_late", "", f"{said}: {way}")


def heads_of(migrations: Sequence[Migration], declared: Sequence[str] = ()) -> list[Migration]:
    """Return the migrations on which nothing depends, where files say what they depend on. Pure."""
    needed = {name for m in migrations for name in m.depends}
    return [m for m in migrations if needed and m.id not in needed and m.id not in declared]


def _heads(meeting: Meeting) -> Iterator[Finding]:
    if not meeting.own_format:
        return
    sides = (meeting.ours, meeting.theirs)
    heads = heads_of(meeting.merged.migrations, meeting.heads)
    if len(heads) <= max(1, *(len(heads_of(side.migrations, meeting.heads)) for side in sides)):
        return
    ours = [m for m in heads if m.id in {a.id for a in meeting.added(meeting.ours)}]
    named = ", ".join(f"{m.id} ({_owner(meeting, m)})" for m in heads)
    first = ours[0] if ours else heads[-1]
    said = f"nothing depends on {len(heads)} migrations once both are merged: {named}"
    yield Finding(meeting.ours.file_of(first) if ours else meeting.merged.file_of(first), 1, "merge_heads", "",
                  f"{said}. Let the last depend on the others")  # fmt: skip


def _owner(meeting: Meeting, migration: Migration) -> str:
    for side in (meeting.ours, meeting.theirs):
        if migration.id in {m.id for m in meeting.added(side)}:
            return side.name
    return "both"
