"""What `--dry-run` prints: the SQL that would run, as one file for psql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slate_pg.cli.shapes.history import ApplyDryRun
    from slate_pg.config import Product, Project
    from slate_pg.migrations.files import Migration, Script
    from slate_pg.migrations.runner import Run
    from slate_pg.migrations.state import State


def show_apply(
    runs: Sequence[Run],
    files: Mapping[str, Sequence[Migration]],
    to: str | None,
    command: str,
    as_json: bool,
    project: Project,
) -> None:
    """Print what an apply of these installations would send. What it would refuse is refused here. Reads only."""
    from slate_pg.cli.output import put_json, warn
    from slate_pg.errors import Busy
    from slate_pg.migrations.byhand import apply_file, head
    from slate_pg.migrations.keeping import open_keepers
    from slate_pg.migrations.refusals import read_runnable

    parts, pending = [], []
    stopped: Busy | None = None
    for run in runs:
        product = run.product
        last = to if to and run is runs[-1] else None
        state, chosen = read_runnable(run.connection, product, files[product.name], last, warn)
        run.kept[:] = open_keepers(run.connection, product, files[product.name], state, chosen)
        repeats = _repeats(run, project, state, chosen) if last in (None, files[product.name][-1].id) else None
        pending.append((product, [m.id for m in chosen] + (repeats[0] if repeats else [])))
        try:
            parts.append(apply_file(run, state, chosen, repeats[1] if repeats else ""))
        except Busy as error:  # an apply would go on there, which no file can
            stopped = stopped or error
    text = head(runs[0].connection, command) + "\n" + "\n".join(parts)
    if as_json:
        told: ApplyDryRun = {
            "dry_run": [{"product": p.name, "schema": p.schema, "pending": ids} for p, ids in pending],
            "sql": None if stopped else text,
        }
        if stopped:
            told["no_sql"] = f"{stopped.message}. {stopped.hint}"
        put_json(told)
        return
    for product, ids in pending:
        _say(product, ids, "to apply", "up to date")
    _say_secrets([(m.id, m.apply) for product, ids in pending for m in files[product.name] if m.id in ids])
    if stopped:
        raise stopped
    _put(text)


def _repeats(run: Run, project: Project, state: State, chosen: Sequence[Migration]) -> tuple[list[str], str] | None:
    """Return the repeatable files that would run, and what they would send as a copy says; None without. Reads only."""
    from slate_pg.migrations.repeatable.records import read_standing

    standing = read_standing(run.connection, run.product, state.version)
    if not any(s.is_pending or (chosen and s.row) for s in standing):
        return None
    from slate_pg.cli.output import warn
    from slate_pg.rehearsal.printed import print_repeats

    names, text, notes = print_repeats(run, project, state, chosen)
    for note in notes:
        warn(note)
    return names, text


def show_rollback(
    run: Run,
    to: str | None,
    steps: int | None,
    use: str | None,
    command: str,
    as_json: bool,
    repeatable: str | None = None,
) -> None:
    """Print what a rollback would send. What it would refuse is refused here. Reads only."""
    from slate_pg.cli.output import put_json
    from slate_pg.errors import SlateError
    from slate_pg.migrations.belonging import refuse_hurt, refuse_other
    from slate_pg.migrations.byhand import head, rollback_file
    from slate_pg.migrations.folders import read_migrations
    from slate_pg.migrations.keeping import open_keepers
    from slate_pg.migrations.ledger import read_state
    from slate_pg.migrations.order import in_order
    from slate_pg.migrations.refusals import refuse_interrupted
    from slate_pg.migrations.repeatable.history import read_undos

    ordered = in_order(read_migrations(run.product))
    state = read_state(run.connection, run.product, ordered)
    refuse_other(run.connection, state)
    refuse_interrupted(state, "apply")
    refuse_hurt(run.connection, run.product, ordered, state, use)
    undos = read_undos(run.connection, state, ordered, to, steps, use, repeatable)
    if names := [name for undo in undos if not undo.script for name in undo.names]:
        raise SlateError(
            f"the way back of repeatable files is not printed: {', '.join(names)}",
            hint="What has to be taken down and put back is found out while it runs. Let slate run it: leave --dry-run "
            "out; one that fails changes nothing.",
        )
    scripts = [(undo.name, undo.script) for undo in undos if undo.script]
    run.kept[:] = open_keepers(run.connection, run.product, ordered, state)
    text = head(run.connection, command) + "\n" + rollback_file(run, state, scripts)
    ids = [name for name, _ in scripts]
    if as_json:
        put_json(
            {"dry_run": [{"product": run.product.name, "schema": run.product.schema, "to_roll_back": ids}], "sql": text}
        )
        return
    _say(run.product, ids, "to roll back", "nothing to roll back")
    _say_secrets(scripts)
    _put(text)


def _say(product: Product, ids: Sequence[str], what: str, nothing: str) -> None:
    """Say on stderr what the file holds."""
    from slate_pg.cli.output import say

    say(f"{product.name} ({product.schema}): " + (f"{len(ids)} {what}" if ids else nothing))
    for identifier in ids:
        say(f"  {identifier}")


def _say_secrets(scripts: Sequence[tuple[str, Script]]) -> None:
    """Say which secrets psql has to be given, for they are printed nowhere."""
    from slate_pg.cli.output import warn

    for name, script in scripts:
        if script.secrets:
            given = " ".join(f"-v {secret}=…" for secret in script.secrets)
            warn(f"{name} has secrets, which are not printed: psql needs {given}")


def _put(text: str) -> None:
    """Write the file to stdout in UTF-8, as its first settings say. SlateError where that would write a secret."""
    import sys

    from slate_pg.conninfo import hide
    from slate_pg.errors import SlateError

    if hide(text) != text:
        raise SlateError(
            "the files hold the password of this connection, or a secret variable's value, which slate prints nowhere: "
            "nothing was printed",
            hint="Take it out of the files, or give the connection by a service or a password file.",
        )
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    raw.write(text.encode())
    raw.flush()
