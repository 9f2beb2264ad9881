"""`slate fleet bootstrap` prepares every server that answers, again without a change, and says which did not."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.fleet.conftest import Fleet

SETTINGS = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database()); END $$;"
NOTED = "DO $$ BEGIN RAISE WARNING 'only said' USING HINT = 'Do it.'; END $$;"


@pytest.fixture
def prepared(fleet: Fleet) -> Path:
    """A fleet whose project has settings, and a server that is not there."""
    folder = fleet.shop.root / "sql" / "cluster"
    folder.mkdir(parents=True)
    (folder / "settings.sql").write_text(SETTINGS)
    return folder


def bootstrap(fleet: Fleet, *more: str) -> subprocess.CompletedProcess[str]:
    return fleet.shop.slate_with("fleet", "bootstrap", *more, "--servers", str(fleet.listed))


def zones(fleet: Fleet) -> list[str]:
    query = (
        "SELECT count(*) FROM pg_db_role_setting INNER JOIN pg_database AS d ON d.oid = setdatabase"
        " WHERE datname = current_database() AND 'TimeZone=UTC' ILIKE ANY (setconfig)"
    )
    return [each.value(query) for each in (fleet.shop, fleet.other)]


def test_every_server_is_prepared_and_a_second_time_changes_nothing(fleet: Fleet, prepared: Path) -> None:
    for product in ([], ["shop"]):
        ran = bootstrap(fleet, *product)
        assert (ran.returncode, ran.stdout) == (0, "north: bootstrapped\nsouth: bootstrapped\n")
        assert zones(fleet) == [1, 1]
    assert bootstrap(fleet, "shpo").returncode == 2


def test_a_server_that_does_not_answer_is_said_and_stops_no_other(fleet: Fleet, prepared: Path) -> None:
    fleet.listed.write_text('[servers]\ngone = "host=/nowhere dbname=x"\n' + fleet.listed.read_text().split("\n", 1)[1])
    ran = bootstrap(fleet)
    assert (ran.returncode, ran.stdout) == (1, "north: bootstrapped\nsouth: bootstrapped\n")
    assert "gone is unreachable: " in ran.stderr
    gone, north, south, last = [json.loads(line) for line in bootstrap(fleet, "--json").stdout.splitlines()]
    assert (gone["server"], bool(gone["error"]), gone["database"]) == ("gone", True, None)
    assert (north["error"], south["notes"]) == (None, [])
    assert last["summary"] == {"bootstrapped": 2, "failed": 1}
    assert [u["server"] for u in last["unreachable"]] == ["gone"]


def test_what_could_not_be_done_is_said_with_the_server_and_a_fault_with_its_place(
    fleet: Fleet, prepared: Path
) -> None:
    (prepared / "zz.sql").write_text(NOTED)
    ran = bootstrap(fleet)
    assert (ran.returncode, "south: only said. Do it." in ran.stderr) == (0, True)
    assert "north: bootstrapped, 1 items could not be done as wanted" in ran.stdout
    (prepared / "zz.sql").write_text("\nSELECT 1 / (current_database() ~ '^south')::integer;")
    ran = bootstrap(fleet)
    assert (ran.returncode, ran.stdout) == (1, "south: bootstrapped\n")
    assert "north: failed" in ran.stderr
    assert "zz.sql:2: division by zero" in ran.stderr
