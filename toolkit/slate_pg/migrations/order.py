"""Puts migrations into the one order in which they run.

Pure: no database, no files, no printing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from slate_pg.errors import GraphError, did_you_mean
from slate_pg.migrations.baselines import replaced_ids
from slate_pg.migrations.files import Migration


def in_order(migrations: Sequence[Migration]) -> list[Migration]:
    """Return migrations so that each follows what it depends on, in file-name order where that leaves a choice.

    GraphError for a dependency that is not there, and for a cycle.
    """
    if any(m.replaces for m in migrations):
        return _around_baselines(migrations)
    by_id = {m.id: m for m in migrations}
    for migration in migrations:
        for name in migration.depends:
            if name not in by_id:
                raise GraphError(
                    f'{migration.apply.path} depends on "{name}", which is not there',
                    hint=did_you_mean(name, by_id) or "Add it, or correct the depends line.",
                )
    seen: set[str] = set()
    for migration in migrations:
        if not seen.issuperset(migration.depends):
            return _sorted_by_yoyo(migrations)
        seen.add(migration.id)
    return list(migrations)


def _around_baselines(migrations: Sequence[Migration]) -> list[Migration]:
    """Return the order with each baseline behind all that it replaces, before the others where nothing of it is left.

    Whoever depends on what is replaced, or on a baseline, has it.
    """
    baselines = [m for m in migrations if m.replaces]
    had = {m.id for m in baselines} | replaced_ids(baselines)
    there = {m.id for m in migrations if not m.replaces}
    files = {m.id: m for m in migrations}
    rest = [
        replace(m, depends=tuple(n for n in m.depends if n in there or n not in had))
        for m in migrations
        if not m.replaces
    ]
    ordered = [files[m.id] for m in in_order(rest)]
    for baseline in sorted(baselines, key=lambda m: len(replaced_ids([m]))):
        inside = replaced_ids([baseline])
        ordered.insert(1 + max((i for i, m in enumerate(ordered) if m.id in inside), default=-1), baseline)
    return ordered


def find_misnumbered(ordered: Sequence[Migration]) -> tuple[str, str] | None:
    """Return two neighbours that run by name in another order than their numbers say, as 10_b before 2_a. Pure."""
    for one, two in pairwise(ordered):
        if not two.depends and not (one.replaces or two.replaces) and natural(one.id) > natural(two.id):
            return one.id, two.id
    return None


def natural(name: str) -> list[tuple[int, str]]:
    """Return what to sort names by so that 2 comes before 10. Pure."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", name)]


def _sorted_by_yoyo(migrations: Sequence[Migration]) -> list[Migration]:
    """Return yoyo's own order. Imported here: it costs as much as the rest of a status."""
    from yoyo.topologicalsort import CycleError, topological_sort

    by_id = {m.id: m for m in migrations}
    try:
        order = list(topological_sort([m.id for m in migrations], {m.id: m.depends for m in migrations}))
    except CycleError as error:
        raise GraphError(
            f"migrations depend on each other in a circle: {' -> '.join(error.args[1])}",
            hint="Remove one of the depends lines.",
        ) from error
    return [by_id[name] for name in order]
