"""Retention: a month's partition goes in the same time whatever it holds, and a way that does not is told."""

import pytest

from slate_pg.bench import retention
from slate_pg.bench.retention import Month, Retention, measure, prepare, time_retention
from slate_pg.config import Project
from slate_pg.errors import Misuse

# A way to retire that looks at every row first.
SLOW = """
CREATE SCHEMA slow;
CREATE FUNCTION slow.ensure_partitions(regclass, text, integer, integer, timestamptz) RETURNS void
LANGUAGE sql AS 'SELECT core.ensure_partitions($1, $2, $3, $4, $5)';
CREATE FUNCTION slow.retire_partitions(p_table regclass, p_before timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sha512(convert_to(repeat(note, 200), 'UTF8')) FROM retention.events WHERE happened_at < p_before;
    PERFORM core.retire_partitions(p_table, p_before);
END $$;
"""


def test_every_month_is_retired_and_timed_by_its_size(db_committed):
    prepare(db_committed.connection, "core", (10, 200), 2)
    assert db_committed.value("SELECT count(*) FROM retention.events") == 420
    assert db_committed.value("SELECT count(*) FROM retention.events_default") == 0
    found = measure(db_committed.connection, "core", (10, 200), 2)
    assert [m.rows for m in found.months] == [10, 200]
    assert db_committed.value("SELECT count(*) FROM retention.events") == 0
    assert all(m.retire_ms > 0 and m.delete_ms > 0 for m in found.months)


def test_a_cost_for_each_row_is_told(db_committed):
    db_committed.execute(SLOW)
    prepare(db_committed.connection, "slow", (1, 5000), 1)
    found = measure(db_committed.connection, "slow", (1, 5000), 1)
    assert found.ratio > 2
    assert found.missed
    assert found.lines[-1][-1] == "NO"


def test_months_of_equal_time_keep_the_budget():
    found = Retention((Month(1_000, 2.0, 1.0, 5.0), Month(1_000_000, 3.9, 12.0, 900.0)))
    assert not found.missed
    assert found.lines[-1][-1] == "kept"
    assert found.months[1].row == ("by partition", "1,000,000", "3.9", "12.0", "900.0", "56.6")
    assert {len(line) for line in found.lines} == {len(retention.HEAD)}


def test_a_project_without_the_shared_functions_is_told_so(tmp_path):
    with pytest.raises(Misuse, match="no shared product"):
        time_retention(Project(tmp_path, (), tmp_path / "cluster"), (1,), 1)
