"""Loads seed files: reference (production needs it), demo (small and telling), scale (any size)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from toolkit.connection import Connection, ScriptFailed, send, send_script
from toolkit.errors import MigrationFailed, Misuse, did_you_mean
from toolkit.failures import explain
from toolkit.files import Script, read_text
from toolkit.runner import Run

SETS = ("reference", "demo", "scale")


@dataclass(frozen=True)
class Loaded:
    """One seed file: rows it wrote (0 when all were there) and the milliseconds it took."""

    seed: str
    rows: int
    milliseconds: float


def seed_file(run: Run, seed: str) -> Path:
    """Return the file of a seed set of a product; Misuse when the set's name is unknown. Reads only."""
    if seed not in SETS:
        raise Misuse(f'no seed set "{seed}"', hint=did_you_mean(seed, SETS))
    return run.product.sql / "seeds" / f"{seed}.sql"


def load(run: Run, seeds: Sequence[str], scale: int = 1, only_new: bool = False) -> list[Loaded]:
    """Load seed sets in order, each in one transaction; a product without a file is passed over. Writes.

    With only_new a file that was loaded in this very version is passed over.
    """
    loaded = []
    for seed in seeds:
        path = seed_file(run, seed)
        if path.exists():
            script = Script(path, read_text(path))
            if not (only_new and _known(run.connection, run.product.schema).get(seed) == script.checksum):
                loaded.append(_load_one(run, seed, script, scale))
    return loaded


def _known(connection: Connection, schema: str) -> dict[str, str]:
    query = psycopg.sql.SQL("SELECT seed, checksum FROM {}").format(psycopg.sql.Identifier(schema, "_slate_seed"))
    return dict(connection.execute(query).fetchall())


def _load_one(run: Run, seed: str, script: Script, scale: int) -> Loaded:
    began = time.perf_counter()
    send(run.connection, f"BEGIN; {run.settings} SET LOCAL slate.scale = {int(scale)}")
    try:
        rows = send_script(run.connection, script.text)
        send(run.connection, _remember(run, seed, script) + "; COMMIT")
    except ScriptFailed as failure:
        error = explain(run.connection, run.product, f"seed {seed} of {run.product.name}", script, failure)
        send(run.connection, "ROLLBACK")
        raise MigrationFailed(
            error.message, detail=error.detail, hint="Nothing of this seed was loaded; fix the file and run it again."
        ) from failure.error
    return Loaded(seed, rows, (time.perf_counter() - began) * 1000)


def _remember(run: Run, seed: str, script: Script) -> str:
    template = """
        RESET ROLE;
        INSERT INTO {table} (seed, checksum) VALUES ({seed}, {checksum})
        ON CONFLICT (seed) DO UPDATE SET checksum = excluded.checksum, applied_at = now()
    """
    return (
        psycopg.sql.SQL(template)
        .format(
            table=psycopg.sql.Identifier(run.product.schema, "_slate_seed"),
            seed=psycopg.sql.Literal(seed),
            checksum=psycopg.sql.Literal(script.checksum),
        )
        .as_string(run.connection)
    )
