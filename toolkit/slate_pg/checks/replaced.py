"""Holds a baseline against the migrations that it replaces, where their files are still there.

Writes to throw-away databases only; prints nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from slate_pg.catalog import reader
from slate_pg.catalog.compare import compare
from slate_pg.catalog.model import Catalog
from slate_pg.checks import replay
from slate_pg.checks.roundtrip import RoundTrip
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, runner
from slate_pg.migrations.baselines import baseline_of, is_file, one_by_one
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import digests_of


def check_baseline(trip: RoundTrip) -> None:
    """Find what a product's baseline builds otherwise than what it replaces, and which of those was edited. Writes."""
    ordered = in_order(read_migrations(trip.product))
    baseline = baseline_of(ordered)
    if baseline is None:
        return
    digests = digests_of(baseline.replaces)
    replaced = [m for m in one_by_one(ordered) if m.id in digests]
    gone = [m.id for m in replaced if not is_file(m)]
    count = len(replaced)
    if gone:
        said = f"{len(gone)} of the {count} migrations that it replaces have no file here"
        trip.report.notes.append(f"{baseline.id} was not held against what it replaces: {said}")
        return
    for migration in replaced:
        if not migration.apply.checksum.startswith(digests[migration.id]):
            path = migration.apply.path
            trip.find("replay", path, f"is not the text that {baseline.id} replaces: it was edited afterwards")
    try:
        expected, found = _built(trip, replaced, "replaced"), _built(trip, [baseline], "baseline")
    except SlateError as error:
        trip.report.notes.append(f"{baseline.id} was not held against what it replaces: {error.message}")
        return
    differences = compare(expected, found)
    for difference in differences:
        said = f"does not build what it replaces: {difference}"
        trip.find("replay", baseline.apply.path, said, str(difference.object), severity=difference.severity)
    if not differences:
        trip.report.notes.append(f"{baseline.id} builds what the {count} migrations that it replaces build")


def _built(trip: RoundTrip, migrations: Sequence[Migration], name: str) -> Catalog:
    """Return what some migrations build in a database of their own. Writes to it."""
    database = f"check_{trip.product.name}_{name}"
    with closing(replay.new_database(trip.server, database, trip.project, trip.template)) as connection:
        run = runner.Run(connection, trip.product, trip.project.shared)
        replay.prepare(run)
        for migration in migrations:
            with trip.limit(connection):
                replay.up(run, migration)
        made = elsewhere.read(connection, trip.product.schema)
        return reader.read(connection, [trip.product.schema, *made.schemas, *made.places], database=trip.alone)
