"""Writes what an apply of repeatable files would send, as it comes out on a copy, for a file that psql runs.

Reads the target only.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from slate_pg.config import Project
from slate_pg.errors import MigrationFailed
from slate_pg.migrations.byhand import repeated
from slate_pg.migrations.files import Migration
from slate_pg.migrations.repeatable.records import record
from slate_pg.migrations.run import Run
from slate_pg.migrations.state import State
from slate_pg.rehearsal.copy import stage
from slate_pg.rehearsal.rehearse import rehearse, wanted_extensions, wanted_parameters
from slate_pg.rehearsal.repeats import find_steps, read_pending

_HOST = sql.SQL("host(pg_catalog.inet_client_addr())")


def print_repeats(
    run: Run, project: Project, state: State, chosen: Sequence[Migration]
) -> tuple[list[str], str, list[str]]:
    """Return the names of the files, their transaction, and what there is to say. Errors as an apply has them."""
    target, product = run.connection, run.product
    pending = read_pending(target, product, state.version)
    with stage(target, project, [product.schema], wanted_extensions(chosen), wanted_parameters(chosen)) as copy:
        found = rehearse(copy, product, project.shared, chosen) if chosen else []
        failed = next((o for o in found if o.error), None)
        if failed:
            raise MigrationFailed(
                f"what the repeatable files send cannot be told: {failed.file}:{failed.line} fails on a copy: "
                f"{failed.error}",
                hint=f"Nothing was printed. `{product.command('plan')}` says more.",
            )
        steps = find_steps(copy, target, project.shared, pending, run.patience)
    if steps.error:
        raise MigrationFailed(
            f"{pending.label}:{steps.line} fails on a copy: {steps.error}",
            hint="Nothing was printed. Correct the file.",
        )
    former = {t.name: t.former for t in steps.tasks if t.former is not None}
    rows = [
        record(
            target, product.schema, t.name, t.script.text, (steps.existing | former).get(t.name) or "", host=_HOST,
            made=steps.made.get(t.name),
        )
        for t in steps.tasks
    ]  # fmt: skip
    if not rows:
        return [], "", []
    return [t.name for t in steps.tasks], repeated(run, steps.statements, rows), steps.notes
