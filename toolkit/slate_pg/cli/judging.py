"""Rehearses what is pending and judges it: what `slate plan`, and whatever asks the same, prints or decides by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slate_pg.config import Product, Project
    from slate_pg.migrations.files import Migration
    from slate_pg.postgres.connection import Connection
    from slate_pg.rehearsal.findings import FileVerdict

    Report = list[tuple[Product, list[FileVerdict]]]


def judged(
    target: Connection, project: Project, selected: Sequence[Product], probe: bool | None = None
) -> tuple[Report, dict[str, str]]:
    """Return each product with its pending files, judged, and the files' texts by path. Reads the target only.

    `probe` is whether the target is asked for rows against new rules: always, never, or of small tables only (None).
    """
    from slate_pg.checks.check import forward_only
    from slate_pg.cli.output import say, warn
    from slate_pg.migrations.directives import read_acceptances
    from slate_pg.migrations.installations import find_alike, read_files
    from slate_pg.migrations.refusals import read_runnable
    from slate_pg.rehearsal.answers import answered
    from slate_pg.rehearsal.asking import Target, asked, slowness
    from slate_pg.rehearsal.copy import labels, measure, stage
    from slate_pg.rehearsal.estimate import Pace
    from slate_pg.rehearsal.files import judge_files
    from slate_pg.rehearsal.probing import Asker, Bounds
    from slate_pg.rehearsal.rehearse import rehearse, wanted_extensions, wanted_parameters
    from slate_pg.rehearsal.repeats import read_pending, rehearse_repeats

    files = read_files(selected)
    states = [(p, *read_runnable(target, p, files[p.name], None, warn)) for p in selected]
    pending = [(p, migrations) for p, _, migrations in states]
    for note in (said for _, migrations in pending for said in forward_only(migrations, "pending migrations")):
        say(f"note: {note}")
    reads = {p.name: (m, read_pending(target, p, state.version)) for p, state, m in states}
    repeats = {name: r for name, (m, r) in reads.items() if r.tasks or (m and r.others)}
    finished = {p.name: {i.id: i.finished for i in state.interrupted if not i.backfill} for p, state, _ in states}
    every = [migration for _, migrations in pending for migration in migrations]
    texts = {str(m.apply.path): m.apply.text for m in every}
    texts |= {str(t.script.path): t.script.text for each in repeats.values() for t in each.tasks}
    for file, text in texts.items():
        read_acceptances(Path(file), text)
    if not every and not repeats:
        return [(product, []) for product in selected], texts
    schemas = [schema for product in selected for schema in product.path]
    others = find_alike(target, project, selected, files, keep=_changes_shared(project, pending))
    sizes = measure(target, others)
    pace = slowness(target)
    report: Report = []
    with stage(target, project, schemas, wanted_extensions(every), wanted_parameters(every), others) as copy:
        for product, migrations in pending:
            observed = (
                rehearse(copy, product, project.shared, migrations, finished=finished.get(product.name))
                if migrations
                else []
            )
            if product.name in repeats and not any(o.error and not o.not_run for o in observed):
                more, notes, whole = rehearse_repeats(copy, target, project.shared, repeats[product.name])
                observed, migrations = [*observed, *more], [*migrations, *([whole] if whole else [])]
                for note in notes:
                    say(f"note: {note}")
            path = [*product.path, *([project.shared] if project.shared else [])]
            names = labels(sizes, path)
            called = {label: sizes[key] for label, key in names.items()}
            observed = asked(Target(target, path, names), observed, called)
            asker = Asker(target, path, sizes, Bounds.chosen(probe))
            found = judge_files(observed, Pace(called, pace, True))
            report.append((product, answered(asker, found, migrations)))
        if copy.missing:
            say(f"note: {copy.missing}")
    return report, texts


def _changes_shared(project: Project, pending: Sequence[tuple[Product, Sequence[Migration]]]) -> bool:
    """Tell whether what all build on is about to change, so that others than the one rehearsed could be in the way."""
    return any(product.name == project.shared and migrations for product, migrations in pending)
