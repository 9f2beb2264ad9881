"""Seeds: the scale set comes in slices, each wholly there and recorded or not at all, and a load goes on where it was."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from slate_pg.errors import Busy, MigrationFailed, SlateError
from slate_pg.operations import seeds
from tests.workshop import HURRY, Workshop, eventually

SLICE = """
INSERT INTO visit (slice, number)
SELECT current_setting('slate.slice')::integer, n FROM generate_series(1, 10) AS n
ON CONFLICT DO NOTHING;
"""


@pytest.fixture
def school(shop: Workshop) -> Workshop:
    """A shop with one table and a scale seed of ten rows a slice."""
    shop.write(
        "shop_0001_create_visits", "CREATE TABLE visit (slice integer, number integer, PRIMARY KEY (slice, number));"
    )
    shop.apply()
    write_scale(shop, SLICE)
    return shop


def write_scale(shop: Workshop, text: str) -> None:
    folder = shop.root / "sql" / "shop" / "seeds"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scale.sql").write_text(text)


def load(shop: Workshop, scale: int, patience: Any = HURRY) -> seeds.Loaded:
    with shop.run(patience=patience) as run:
        return seeds.load(run, ["scale"], scale)[0]


def slices(shop: Workshop) -> dict[int, int]:
    return dict(shop.rows("SELECT slice, count(*) FROM shop.visit GROUP BY slice ORDER BY slice"))


def test_a_scale_of_n_loads_the_slices_1_to_n(school):
    assert (load(school, 3).rows, slices(school)) == (30, {1: 10, 2: 10, 3: 10})


def test_a_greater_scale_adds_the_slices_that_are_missing(school):
    load(school, 2)
    again, more = load(school, 2), load(school, 4)
    assert (again.slices, again.rows, more.slices, more.rows) == (0, 0, 2, 20)


def test_a_changed_file_is_run_again_for_every_slice(school):
    load(school, 2)
    write_scale(school, SLICE.replace("1, 10", "1, 12"))
    assert (load(school, 2).rows, slices(school)) == (4, {1: 12, 2: 12})


def test_a_slice_that_fails_leaves_the_ones_before_it_and_says_which_it_was(school):
    write_scale(school, SLICE + "SELECT 1 / (3 - current_setting('slate.slice')::integer);")
    with pytest.raises(MigrationFailed) as failed:
        load(school, 5)
    assert "seed scale 3 of shop" in failed.value.message
    assert "Nothing of scale 3 was loaded" in failed.value.hint
    write_scale(school, SLICE)
    assert load(school, 5).slices == 5  # the file is another one now
    assert slices(school) == dict.fromkeys(range(1, 6), 10)


def test_a_load_that_was_killed_goes_on_with_the_slice_it_was_in(school):
    write_scale(
        school,
        SLICE + "SELECT pg_sleep(60) WHERE current_setting('slate.slice') = '3' AND NOT EXISTS (SELECT FROM stone);",
    )
    school.do("CREATE TABLE shop.stone ()")
    process = school.start("seed", "shop", "--set", "scale", "--scale", "4")
    eventually(
        lambda: school.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), "slice 3 is under way"
    )
    school.kill(process)
    school.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    school.all_gone()
    assert slices(school) == {1: 10, 2: 10}
    school.do("INSERT INTO shop.stone DEFAULT VALUES")
    assert (load(school, 4).slices, slices(school)) == (2, dict.fromkeys(range(1, 5), 10))


def test_statistics_follow_the_size(school):
    load(school, 4)
    assert school.value("SELECT reltuples FROM pg_class WHERE oid = 'shop.visit'::regclass") == 40


def test_a_load_that_goes_on_begins_with_statistics_of_what_is_there(school):
    school.do("CREATE TABLE shop.planned_for (slice text, rows real)")
    looks = "INSERT INTO planned_for SELECT current_setting('slate.slice'), reltuples FROM pg_class WHERE relname = 'visit';"
    write_scale(school, looks + SLICE)
    load(school, 2)
    school.do("INSERT INTO shop.visit SELECT 9, n FROM generate_series(1, 70) AS n")
    load(school, 3)
    assert school.value("SELECT rows FROM shop.planned_for WHERE slice = '3'") == 90


def test_two_loads_at_once_load_each_slice_once(school):
    first, second = (school.start("seed", "shop", "--set", "scale", "--scale", "5", "--json") for _ in range(2))
    outputs = [process.communicate()[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert sorted(output.count('"slices": 5') for output in outputs) == [0, 1]
    assert slices(school) == dict.fromkeys(range(1, 6), 10)


def test_a_load_waits_for_a_runner_no_longer_than_it_is_told(school):
    from slate_pg.migrations.ledger import lock_key
    from slate_pg.migrations.locking import Patience

    with psycopg.connect(school.url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_key("shop")])
        with pytest.raises(Busy):
            load(school, 1, Patience(lock_timeout_ms=50, wait_seconds=0))
    assert slices(school) == {}


def test_a_product_that_is_not_installed_is_named(shop):
    shop.write("shop_0001_create_visits", "CREATE TABLE visit (slice integer);")
    write_scale(shop, SLICE)
    with pytest.raises(SlateError, match="shop is not installed here") as missing:
        load(shop, 1)
    assert missing.value.hint == "slate apply shop --as shop"
