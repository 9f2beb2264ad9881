"""Says which backups of an installation are kept, and removes the others.

What a backup says of itself is for manifest.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from slate_pg.backup.folders import PARTIAL, remove, taken_at
from slate_pg.backup.manifest import MANIFEST, Manifest, read
from slate_pg.errors import SlateError


def list_backups(root: Path, like: Manifest) -> list[tuple[datetime, Path]]:
    """Return the complete backups of the same kind, schema and database, newest first. Reads only."""
    found = []
    for folder in root.iterdir() if root.is_dir() else []:
        at = taken_at(folder)
        if at is None or folder.name.endswith(PARTIAL) or not (folder / MANIFEST).is_file():
            continue
        with contextlib.suppress(SlateError):
            other = read(folder)
            same = (other.kind, other.schema, other.database, other.system)
            if same == (like.kind, like.schema, like.database, like.system) and other.made_by == like.made_by:
                found.append((at, folder))
    return sorted(found, reverse=True)


def to_keep(times: Sequence[datetime], daily: int, weekly: int, monthly: int) -> set[datetime]:
    """Return which to keep: the newest of each of the last N days, ISO weeks and months that have one; always the last.

    Pure.
    """
    newest_first = sorted(times, reverse=True)
    kept = set(newest_first[:1])
    for count, form in ((daily, "%Y-%m-%d"), (weekly, "%G-%V"), (monthly, "%Y-%m")):
        periods: dict[str, datetime] = {}
        for time_ in newest_first:
            periods.setdefault(time_.strftime(form), time_)
        kept |= set(list(periods.values())[:count])
    return kept


def prune(root: Path, like: Manifest, daily: int, weekly: int, monthly: int) -> list[str]:
    """Remove the complete backups of this installation that no rule keeps; return their names. Writes.

    What a kept incremental backup is based on is kept too. A folder that is not ours is never touched.
    """
    found = list_backups(root, like)
    kept = to_keep([at for at, _ in found], daily, weekly, monthly)
    needed = {folder.name for at, folder in found if at in kept}
    while more := {read(root / n).based_on for n in needed if (root / n).is_dir()} - needed - {""}:
        needed |= more
    removed = []
    for _, folder in found:
        if folder.name not in needed:
            remove(folder)
            removed.append(folder.name)
    return removed
