"""What is measured of fleets: one command over more and more installations, beside psycopg alone."""

from __future__ import annotations

from slate_pg.bench.own.fleet import APPLY, NOTHING, Moved, time_fleet


def test_a_fleet_is_measured_beside_its_floor_and_every_installation_is_reached() -> None:
    measured = time_fleet((4, 6))
    assert [(m.what, m.installations) for m in measured] == [
        (what, size) for size in (4, 6) for what in (APPLY, NOTHING, "status")
    ]
    assert all(m.seconds > 0 and m.memory_mb > 10 for m in measured)
    assert all((m.floor is not None) is (m.what == APPLY) for m in measured)


def test_budgets_are_for_a_thousand_and_ratios_from_a_hundred_on() -> None:
    assert Moved(APPLY, 10, 99.0, 0.1, 40).missed == ()
    assert len(Moved(APPLY, 100, 99.0, 0.1, 40).missed) == 1
    assert len(Moved(APPLY, 1000, 99.0, 0.1, 400).missed) == 3
    assert Moved(APPLY, 1000, 19.0, 5.0, 40).missed == ()
    assert len(Moved(NOTHING, 1000, 2.5, None, 40).missed) == 1
