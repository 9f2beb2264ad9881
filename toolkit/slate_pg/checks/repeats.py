"""Takes repeatable files up, down, up and up once more behind the migrations, and notes what is not the same.

Writes to a throw-away database only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slate_pg.catalog.rereading import Reading, differences
from slate_pg.checks.roundtrip import RoundTrip
from slate_pg.config import REPEATABLE
from slate_pg.errors import SlateError
from slate_pg.migrations import ledger
from slate_pg.migrations.repeatable.reading import read_repeatables
from slate_pg.postgres.connection import abandon, is_alive


def run_repeats(trip: RoundTrip, undo: bool) -> bool:
    """Apply the repeatable files, and with `undo` go back and again; return False where they do not apply. Writes."""
    folder = trip.product.migrations / REPEATABLE
    before = trip.last or trip.read()
    try:
        files = read_repeatables(trip.product)
        if not files:
            return True
        _run(trip, lambda: _apply(trip))
    except SlateError as error:
        return _failed(trip, folder, error, "")
    trip.last = after = trip.read(before)
    if undo:
        for run, wanted, what in (
            (lambda: _back(trip), before, "a rollback of the repeatable files does not give back"),
            (lambda: _apply(trip), after, "the repeatable files, applied after their rollback, do not give"),
            (lambda: _again(trip), after, "the repeatable files, applied once more, do not give"),
        ):
            try:
                _run(trip, run)
            except SlateError as error:
                return _failed(trip, folder, error, f"{what} what there was: ")
            _compare(trip, folder, wanted, what)
    trip.prove()
    trip.report.notes.append(f"{trip.product.name}: {len(files)} repeatable files proven")
    return True


def _run(trip: RoundTrip, run: Callable[[], object]) -> None:
    with trip.limit(trip.connection):
        run()


def _apply(trip: RoundTrip) -> None:
    from slate_pg.migrations.repeatable import applying

    applying.apply_all(trip.running)


def _again(trip: RoundTrip) -> None:
    from slate_pg.migrations.repeatable import applying

    applying.apply_again(trip.running)


def _back(trip: RoundTrip) -> None:
    from slate_pg.migrations.repeatable import applying, records

    rows = records.read_rows(trip.connection, trip.product.schema, ledger.VERSION)
    applying.roll_back(trip.running, rows, "ledger")


def _compare(trip: RoundTrip, folder: Path, wanted: Reading, what: str) -> None:
    trip.last = found = trip.read(trip.last)
    for difference in differences(wanted, found):
        trip.find(
            "rollback", folder, f"{what} what there was: {difference}", str(difference.object),
            severity=difference.severity,
        )  # fmt: skip


def _failed(trip: RoundTrip, folder: Path, error: SlateError, prefix: str) -> bool:
    if is_alive(trip.connection):
        abandon(trip.connection)
    where = error.where
    said = where.reason if where and where.reason else error.message
    path, line = (Path(where.path), where.line) if where else (folder, 1)
    trip.find("replay", path, f"{prefix}{said}", line=line)
    return False
