"""Loads seed files: reference (production needs it), demo (small and telling), scale (any size).

The scale file describes one slice of the data (a school, a year group), read from the setting slate.slice; a load of
scale N runs it for the slices 1 to N, each in a transaction of its own and recorded in it. So a load goes on where it
was stopped, and a greater N adds the slices that are missing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slate_pg.errors import MigrationFailed, Misuse, SlateError, did_you_mean
from slate_pg.migrations.belonging import read_own_state
from slate_pg.migrations.diagnostics import Attempt, explain
from slate_pg.migrations.files import Script
from slate_pg.migrations.ledger import format_sql, read_seeds
from slate_pg.migrations.runner import Run, locked
from slate_pg.migrations.script import read_plain
from slate_pg.migrations.upgrade import create
from slate_pg.postgres.connection import ScriptFailed, package_sql, send

SETS = ("reference", "demo", "scale")


@dataclass(frozen=True)
class Loaded:
    """One seed file: rows it wrote (0 when all were there), the milliseconds it took, and the slices loaded now."""

    seed: str
    rows: int
    milliseconds: float
    slices: int = 0


def seed_file(run: Run, seed: str) -> Path:
    """Return the file of a seed set of a product; Misuse when the set's name is unknown. Reads only."""
    if seed not in SETS:
        raise Misuse(f'no seed set "{seed}"', hint=did_you_mean(seed, SETS))
    return run.product.sql / "seeds" / f"{seed}.sql"


def load(run: Run, seeds: Sequence[str], scale: int = 1, only_new: bool = False) -> list[Loaded]:
    """Load seed sets in order, each in one transaction (scale: each slice in one), under the installation's lock.

    A product without a file is passed over; so is, with only_new, a file that was loaded in this very version. Writes.
    """
    paths = {seed: seed_file(run, seed) for seed in seeds}
    scripts = {seed: read_plain(path) for seed, path in paths.items() if path.exists()}
    if not scripts:
        return []
    with locked(run):
        known = _known(run)
        wanted = {seed: s for seed, s in scripts.items() if not (only_new and known.get(seed) == s.checksum)}
        return [
            _load_slices(run, script, scale, known) if seed == "scale" else _load_one(run, seed, script)
            for seed, script in wanted.items()
        ]


def _known(run: Run) -> dict[str, str]:
    """Return the checksums of what was loaded; brings an older ledger up to date. SlateError where there is none."""
    name = run.product.schema
    if read_own_state(run.connection, run.product).version is None:
        raise SlateError(f"{name} is not installed here", hint=run.product.command("apply"))
    create(run.connection, name, run.patience, run.watcher.waiting)
    return read_seeds(run.connection, name)


def _load_slices(run: Run, script: Script, scale: int, known: dict[str, str]) -> Loaded:
    """Load the slices up to a scale that are not there yet, with statistics that keep up with them."""
    missing = [k for k in range(1, scale + 1) if known.get(f"scale {k}") != script.checksum]
    run.watcher.planned(run.product.schema, [f"scale {k}" for k in missing])
    began = time.perf_counter()
    rows = 0
    if missing and missing[0] > 1:
        _analyze(run)  # a load that was cut short may have left this undone
    for k in missing:
        run.watcher.started(f"{run.product.schema} scale {k}")
        loaded = _load_one(run, f"scale {k}", script, f"SET LOCAL slate.slice = {k}")
        rows += loaded.rows
        run.watcher.finished(f"scale {k}", loaded.milliseconds)
        if k in _ANALYZED or k == scale:
            _analyze(run)
    return Loaded("scale", rows, (time.perf_counter() - began) * 1000, len(missing))


_ANALYZED = {4**n for n in range(6)}


def _analyze(run: Run) -> None:
    query = package_sql("operations/format_analyze")
    for (command,) in run.connection.execute(query, [run.product.schema]).fetchall():
        send(run.connection, command)


def _load_one(run: Run, seed: str, script: Script, settings: str = "") -> Loaded:
    began = time.perf_counter()
    send(run.connection, f"BEGIN; {run.settings} {settings}")
    try:
        rows = script.send(run.connection)
        send(run.connection, _remember(run, seed, script) + "; COMMIT")
    except ScriptFailed as failure:
        error = explain(run.connection, Attempt(run.product, f"seed {seed} of {run.product.name}", script), failure)
        send(run.connection, "ROLLBACK")
        raise MigrationFailed(
            error.message,
            detail=error.detail,
            where=error.where,
            hint=f"Nothing of {seed} was loaded; fix the file and run it again.",
        ) from failure.error
    return Loaded(seed, rows, (time.perf_counter() - began) * 1000)


def _remember(run: Run, seed: str, script: Script) -> str:
    template = """
        RESET ROLE;
        INSERT INTO {schema}._slate_ledger (kind, key, number, checksum) VALUES ('seed', {seed}, 0, {checksum})
        ON CONFLICT (kind, key, number) DO UPDATE SET
            checksum = excluded.checksum, began_at = excluded.began_at, ended_at = excluded.ended_at, who = excluded.who
    """
    return format_sql(run.connection, run.product.schema, template, seed=seed, checksum=script.checksum)
