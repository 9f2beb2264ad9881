"""A new server is added as docs/FLEET.md says, step by step."""

from __future__ import annotations

from slate_pg.postgres.server import disposable
from tests.fleet.conftest import Fleet


def test_a_new_server_is_added_step_by_step(fleet: Fleet) -> None:
    with disposable() as server:
        fleet.listed.write_text(fleet.listed.read_text() + f'"new one" = "{server.url()}"\n')
        assert fleet.slate("status").returncode == 0
        assert "new one" not in {line.get("server") for line in fleet.lines("status") if "schema" in line}
        assert fleet.slate("bootstrap").returncode == 0
        added = fleet.slate("add", "First of it", "--server", "new one")
        assert added.returncode == 0, added.stderr
        assert fleet.slate("spare", "--keep", "1", "--server", "new one").returncode == 0
        routed = fleet.slate("route", "--print", "pgbouncer", "--match", "First*")
        assert (routed.returncode, str(server.home) in routed.stdout) == (0, True), routed.stderr
        for command in ("drift", "doctor"):
            ran = fleet.slate(command, "--match", "First*")
            assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
        assert ("new one", "First of it") in {(o.get("server"), o.get("schema")) for o in fleet.lines("status")}
