"""Holds a baseline against the migrations that it replaces, where their files are still there.

Writes to throw-away databases only; prints nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import psycopg

from slate_pg.catalog import reader
from slate_pg.catalog.compare import compare
from slate_pg.catalog.model import Catalog
from slate_pg.catalog.normalise import normalise_catalog
from slate_pg.checks import replay
from slate_pg.checks.roundtrip import RoundTrip
from slate_pg.errors import SlateError
from slate_pg.migrations import elsewhere, runner
from slate_pg.migrations.baselines import baseline_of, is_file, of_new, one_by_one
from slate_pg.migrations.files import Migration
from slate_pg.migrations.folders import read_migrations
from slate_pg.migrations.order import in_order
from slate_pg.migrations.replacing import digests_of
from slate_pg.postgres.sandbox import Sandbox, bounded, owned

LONGEST_SECONDS = 600.0  # of one file on empty tables


def check_baseline(box: Sandbox, trip: RoundTrip) -> None:
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
        # On a server of its own: a file that makes a role meets none of the round trip's.
        with owned(box.server.binaries, trusted=box.trusted) as fresh:
            fresh.allow_parameters(replay.parameters_of(trip.project))
            expected = _built(fresh, trip, replaced, "check_replaced")
            found = _built(fresh, trip, [baseline], "check_baseline")
    except (SlateError, psycopg.Error) as error:
        trip.report.notes.append(f"{baseline.id} was not held against what it replaces: {_first_line(error)}")
        return
    differences = compare(expected, found)
    for difference in differences:
        said = f"does not build what it replaces: {difference}"
        trip.find("replay", baseline.apply.path, said, str(difference.object), severity=difference.severity)
    if not differences:
        trip.report.notes.append(f"{baseline.id} builds what the {count} migrations that it replaces build")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _built(box: Sandbox, trip: RoundTrip, migrations: Sequence[Migration], name: str) -> Catalog:
    """Return what some migrations build in a database of their own, beside all that they build on. Writes to it."""
    project = trip.project
    with closing(replay.new_database(box.server, name, project)) as connection:
        for product in project.select([trip.product.name]):
            run = runner.Run(connection, product, project.shared)
            replay.prepare(run)
            files = migrations if product.name == trip.product.name else of_new(in_order(read_migrations(product)))
            for migration in files:
                with bounded(box, connection, LONGEST_SECONDS):
                    replay.up(run, migration)
        made = elsewhere.read(connection, trip.product.schema)
        schemas = [trip.product.schema, *made.schemas, *made.places]
        # What pg_dump has printed, the server prints otherwise the second time, and means the same.
        return normalise_catalog(reader.read(connection, schemas))
