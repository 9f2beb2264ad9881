"""What `slate fleet status --prometheus` prints is read by Prometheus' own parser, whatever servers are called."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from slate_pg.fleet.prometheus import exposition
from slate_pg.fleet.roster import Roster
from slate_pg.fleet.servers import Server
from slate_pg.migrations import ledger
from tests.fleet.conftest import Fleet

HOSTILE = (
    'no"r\\th', "two\nlines", "ends with \\", "\\n", "{a=\"b\"} 1", "# HELP x y", "ünïcode ☃", "100% %s", "", "a,b=c",
    "tab\there", "carriage\rreturn", "\u2028apart", "x" * 300, "'", " ", "\\\"", "select",
)  # fmt: skip


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample by name and labels; each family must be a gauge that says what it is."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert (family.type, bool(family.documentation)) == ("gauge", True), family.name
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def value(found: Mapping[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float | None:
    return found.get((f"slate_fleet_{name}", frozenset(labels.items())))


def test_the_parser_reads_every_name_of_a_server_back() -> None:
    servers = [Server(name, "host=x") for name in HOSTILE]
    roster = Roster(unreachable={servers[1]: "away", servers[-1]: "away"})
    found = samples(exposition('sh"op\\', servers, roster))
    for server in servers:
        up = server not in roster.unreachable
        assert value(found, "server_up", server=server.name) == float(up), server.name
        pending = value(found, "pending_migrations", product='sh"op\\', server=server.name)
        assert pending == (0.0 if up else None), server.name
        assert value(found, "unreadable_ledgers", server=server.name) == (0.0 if up else None)
    assert len(found) == len(servers) + 2 * (len(servers) - 2)


@pytest.mark.parametrize("name", ['no"r\\th', "two\nlines", '{a="b"} 1', "ünïcode ☃"])
def test_figures_for_monitoring_are_what_prometheus_reads(fleet: Fleet, name: str) -> None:
    fleet.shop.write("shop_0002_u", "CREATE TABLE u ();", "DROP TABLE u;")
    fleet.shop.do(f"ALTER TABLE alpha._slate_ledger DROP CONSTRAINT _slate_ledger_version_{ledger.VERSION}")
    fleet.shop.apply(schema="no column")
    fleet.shop.do('ALTER TABLE "no column"._slate_ledger RENAME COLUMN rollback_checksum TO x')
    fleet.shop.apply(schema="select")
    fleet.shop.apply(schema="shop_spare_1")
    listed = fleet.listed.read_text().replace("north", json.dumps(name))
    fleet.listed.write_text(listed + 'gone = "host=/nowhere dbname=x"\n')
    ran = fleet.slate("status", "--prometheus")
    assert ran.returncode == 0, ran.stderr
    found = samples(ran.stdout)
    assert value(found, "server_up", server="gone") == 0
    assert value(found, "server_up", server=name) == 1
    assert value(found, "unreadable_ledgers", server=name) == 2
    where = {"product": "shop", "server": name}
    assert value(found, "installations", **where, state="pending", last="shop_0001_t") == 1
    assert value(found, "installations", **where, state="up to date", last="shop_0002_u") == 1
    assert value(found, "pending_migrations", **where) == 1
    assert value(found, "pending_migrations", product="shop", server="south") == 2
    assert value(found, "pending_migrations", product="shop", server="gone") is None
