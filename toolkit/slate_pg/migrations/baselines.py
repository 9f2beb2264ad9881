"""Decides which files an installation runs where one of them is a baseline: it, or what it replaces, never both.

A new installation runs the baseline alone; one that has all that it replaces needs nothing; one that has some goes on
with the files themselves while they are there. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from slate_pg.errors import GraphError, Misuse
from slate_pg.migrations.files import Migration, Script
from slate_pg.migrations.replacing import Replaced, digests_of, ids_of


@dataclass(frozen=True)
class Stuck:
    """Why a baseline and an installation do not go together, and the way out."""

    said: str
    hint: str


@dataclass(frozen=True)
class Chosen:
    """The migrations of one installation, in run order, out of a folder with or without a baseline.

    `replaced` are the ids that a baseline stands for. `taken` is the baseline where the installation runs it or has
    it, `left` where it has what it replaces.
    """

    ordered: list[Migration]
    taken: Migration | None = None
    left: Migration | None = None
    replaced: frozenset[str] = field(default=frozenset())
    stuck: Stuck | None = None

    def meant(self, product: str, name: str) -> str:
        """Return the migration that is meant by a name here: a baseline and its last one are the same moment.

        Misuse for one that the baseline of the installation has left behind.
        """
        if self.left and name == self.left.id:
            return self.left.replaces[-1].id
        if self.taken and name in self.replaced:
            if name == self.taken.replaces[-1].id:
                return self.taken.id
            raise Misuse(
                f'{product}: "{name}" is one of the migrations that {self.taken.id} replaces',
                hint=f"A new installation runs {self.taken.id} in their place: say that, or a later one.",
            )
        return name

    def built(self, ordered: Sequence[Migration]) -> list[Migration]:
        """Return what builds the same as these of its migrations: the baseline for what has no file any more."""
        files = {m.id for m in ordered}
        if self.left is None or self.left.replaces[-1].id in files:
            return list(ordered)
        return [self.left, *(m for m in ordered if m.id not in self.replaced)]


def baseline_of(migrations: Sequence[Migration]) -> Migration | None:
    """Return the baseline of a folder, the one that replaces the others where there are several; None without one.

    GraphError where two stand beside each other.
    """
    found = [m for m in migrations if m.replaces]
    outer = [m for m in found if not any(m.id in ids_of(other.replaces) for other in found if other is not m)]
    if len(outer) > 1:
        one, other = outer[0], outer[1]
        raise GraphError(
            f"two baselines in one folder: {one.apply.path} and {other.apply.path}, and neither replaces the other",
            hint="Keep one: remove the files of the other, or write one that stands for both (`slate baseline`).",
        )
    return outer[0] if outer else None


def replaced_ids(migrations: Sequence[Migration]) -> frozenset[str]:
    """Return every id that the baselines among these stand for."""
    return frozenset(name for m in migrations for name in ids_of(m.replaces))


def of_new(ordered: Sequence[Migration]) -> list[Migration]:
    """Return what a new installation runs: a baseline in the place of all that it replaces, as a dependency too."""
    baseline = baseline_of(ordered)
    if baseline is None:
        return list(ordered)
    gone = frozenset(ids_of(baseline.replaces))

    def depends(migration: Migration) -> tuple[str, ...]:
        return tuple(dict.fromkeys(baseline.id if name in gone else name for name in migration.depends))

    rest = [m for m in ordered if m is not baseline and m.id not in gone]
    return [baseline, *(replace(m, depends=depends(m)) if m.depends else m for m in rest)]


def choose(ordered: Sequence[Migration], applied: Mapping[str, str | None], schema: str) -> Chosen:
    """Return what an installation runs that has these on record, by id, with their checksums where they are known."""
    baseline = baseline_of(ordered)
    if baseline is None:
        return Chosen(list(ordered))
    gone = frozenset(ids_of(baseline.replaces))
    had = [name for name in applied if name in gone]
    if not had or baseline.id in applied:
        stuck = _both(baseline, had, schema) if had else None
        return Chosen(of_new(ordered), taken=baseline, replaced=gone, stuck=stuck)
    inner = choose([m for m in ordered if m is not baseline], applied, schema)
    files = {m.id for m in inner.ordered}
    lacking = [name for entry in baseline.replaces for name in entry.lacking(applied)]
    stuck = inner.stuck or _strange(baseline, applied, files, schema) or _some(baseline, lacking, files, schema)
    return replace(inner, left=baseline, replaced=gone | inner.replaced, stuck=stuck)


def _both(baseline: Migration, had: list[str], schema: str) -> Stuck:
    return Stuck(
        f'"{schema}" has {baseline.id} and {len(had)} of the migrations that it replaces: {_some_of(had)}',
        "It can have only one of them: its ledger was written by somebody else. Restore it, or take the rows out "
        "that were never run.",
    )


def _some(baseline: Migration, lacking: list[str], files: set[str], schema: str) -> Stuck | None:
    """Say that an installation has a part of what is replaced, and that the files of the rest are gone."""
    without = [name for name in lacking if name not in files]
    if not without:
        return None
    count = len(baseline.replaces)
    return Stuck(
        f'"{schema}" lacks {len(lacking)} of the {count} migrations that {baseline.id} replaces, and '
        f"{'its file is' if len(without) == 1 else 'their files are'} gone: {_some_of(without)}",
        f"Check out the folder as it was before {baseline.id} was written, or put those files back beside it, and "
        "`slate apply`; then come back. The baseline itself is for new installations only.",
    )


def _strange(baseline: Migration, applied: Mapping[str, str | None], files: set[str], schema: str) -> Stuck | None:
    """Say that a migration on record is not the text that is replaced, where no file is left to show it."""
    for name, digest in digests_of(baseline.replaces).items():
        checksum = applied.get(name)
        if checksum and name not in files and not checksum.startswith(digest):
            return Stuck(
                f'{name} as it was applied to "{schema}" is not the text that {baseline.id} replaces',
                "It is the installation of another project, or a file was edited afterwards: put the replaced files "
                "back into the folder, and slate says what differs.",
            )
    return None


def _some_of(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def one_by_one(ordered: Sequence[Migration]) -> list[Migration]:
    """Return the migrations as another tool has run them: what is replaced, not the baseline.

    What has no file any more is there by its id alone, with an empty script.
    """
    baseline = baseline_of(ordered)
    if baseline is None:
        return list(ordered)
    files = {m.id: m for m in ordered}
    replaced = [_file_of(entry, files) for entry in baseline.replaces]
    gone = {baseline.id, *ids_of(baseline.replaces)}
    return [m for each in replaced for m in each] + [m for m in ordered if m.id not in gone]


def _file_of(entry: Replaced, files: Mapping[str, Migration]) -> list[Migration]:
    if entry.instead:
        return [m for each in entry.instead for m in _file_of(each, files)]
    return [files.get(entry.id) or Migration(entry.id, (), Script(Path(f"{entry.id}.sql"), ""), None)]


def is_file(migration: Migration) -> bool:
    """Tell whether a migration of `one_by_one` has its file, and not its id alone."""
    return bool(migration.apply.head)
