"""What each command for fleets really prints with --json is as its schema says: of every kind, hostile and failing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from tests.fleet.conftest import Fleet
from tests.published import validator
from tests.showing import heard, published_kinds, shown, shows

NAME = 'Ne"w %s\u2028'
__all__ = ["heard"]
pytestmark = pytest.mark.usefixtures("heard")


def lines(fleet: Fleet, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    ran = fleet.slate(*arguments, "--json")
    assert ran.returncode == code, ran.stdout + ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def beside(fleet: Fleet, kind: str, name: str, text: str) -> None:
    path = fleet.shop.root / "sql" / "shop" / kind / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@shows("fleet status", "Member", "MembersSummary")
@shows("fleet apply", "Outcome", "OutcomesSummary")
@shows("fleet rollback", "Outcome", "OutcomesSummary")
@shows("fleet plan", "Rehearsed", "RehearsedSummary")
@shows("fleet drift", "Compared", "ComparedSummary")
def test_status_and_moves(fleet: Fleet) -> None:
    assert lines(fleet, "plan")[-1]["summary"] == {"states": 0, "passes": True}
    fleet.shop.write("shop_0002_u", "SELECT nothing_such;")
    assert lines(fleet, "plan", code=3)[0]["gate"]["refused"]
    fleet.shop.write("shop_0002_u", "CREATE TABLE u (id integer CHECK (id > 0));\nDROP TABLE t;", "CREATE TABLE t ();")
    assert lines(fleet, "status", code=3)[0]["pending"] == ["shop_0002_u"]
    fleet.shop.do('CREATE VIEW "select".leaning AS SELECT * FROM "select".t')
    outcomes = lines(fleet, "apply", "--max-failures", "9", "--match", "*", code=1)
    assert {o["state"] for o in outcomes[:-1]} == {"done", "failed"}
    assert next(o for o in outcomes if o.get("error"))["error"]["sqlstate"] == "2BP01"
    fleet.shop.do('DROP VIEW "select".leaning')
    assert lines(fleet, "apply")[-1]["down"] == []
    fleet.other.do('ALTER TABLE alpha.u ADD COLUMN "m\'ore" text')
    assert lines(fleet, "drift", code=3)[-1]["summary"]["differing"] == 1
    assert lines(fleet, "rollback", "--to", "shop_0001_t")[-1]["summary"][0]["last"] == "shop_0001_t"


@shows("fleet status", "MembersSummary")
@shows("fleet apply", "Failure")
def test_a_server_that_does_not_answer_and_an_answer_that_is_no(fleet: Fleet) -> None:
    listed = fleet.listed.read_text()
    fleet.listed.write_text(listed + 'gone = "postgresql://nobody@127.0.0.1:1/none"\n')
    found = lines(fleet, "status", code=1)
    assert found[-1]["unreachable"][0]["server"] == "gone"
    (failure,) = lines(fleet, "apply", "--to", "nothing such", code=2)
    assert "nothing such" in failure["error"]["message"]
    fleet.listed.write_text('[servers]\ngone = "postgresql://nobody@127.0.0.1:1/none"\n')
    assert lines(fleet, "status", code=1)[-1]["summary"] == []


@shows("fleet jobs", "Due", "DueSummary", "Outcome", "OutcomesSummary")
@shows("fleet seed", "Outcome", "OutcomesSummary")
@shows("fleet backup", "Outcome", "OutcomesSummary")
@shows("fleet doctor", "ServerUnwell", "FindingsSummary")
def test_what_is_kept_and_run(fleet: Fleet, tmp_path: Path) -> None:
    assert lines(fleet, "jobs")[-1]["summary"] == {}
    beside(fleet, "jobs", "odd", "-- schedule: * * * * *\n-- why: it\nSELECT 1 / count(*) FROM t;")
    beside(fleet, "seeds", "reference", "INSERT INTO t VALUES (1);")
    assert lines(fleet, "jobs", code=3)[-1]["summary"] == {"odd": 5}
    assert {line["state"] for line in lines(fleet, "jobs", "--run", "--max-failures", "9", code=1)[:-1]} == {"failed"}
    assert lines(fleet, "seed", "--set", "reference")[0]["state"] == "done"
    assert lines(fleet, "backup", "--to", str(tmp_path / "kept"))[-1]["summary"][0]["installations"] == 5
    fleet.shop.do("CREATE TABLE alpha.p (id integer PRIMARY KEY); CREATE TABLE alpha.c (p integer REFERENCES alpha.p)")
    found = lines(fleet, "doctor", code=3)  # a foreign key without an index
    assert found[-1]["summary"]["findings"] == len(found) - 1


@shows("fleet bootstrap", "Prepared", "PreparedSummary")
@shows("fleet spare", "AllSpares")
@shows("fleet add", "Added")
@shows("fleet rename", "Renamed")
@shows("fleet remove", "Removed")
def test_which_installations_there_are(fleet: Fleet, tmp_path: Path) -> None:
    bootstrap = fleet.shop.slate_with("fleet", "bootstrap", "--servers", str(fleet.listed), "--json")
    assert json.loads(bootstrap.stdout.splitlines()[-1])["summary"] == {"bootstrapped": 2, "failed": 0}
    assert [s["made"] for s in json.loads(fleet.slate("spare", "--keep", "1", "--json").stdout)["spares"]] == [
        ["shop_spare_1"],
        ["shop_spare_1"],
    ]
    beside(fleet, "seeds", "reference", "INSERT INTO t VALUES (1);")
    added = json.loads(fleet.slate("add", NAME, "--server", "south", "--seed", "reference", "--json").stdout)
    assert (added["spare"], added["seeds"][0]["rows"]) == ("shop_spare_1", 1)
    renamed = json.loads(fleet.slate("rename", NAME, "x" * 63, "--server", "south", "--json").stdout)
    assert (renamed["schema"], renamed["before"]) == ("x" * 63, NAME)
    arguments = ("remove", "x" * 63, "--server", "south", "--to", str(tmp_path / "kept"), "--json")
    removed = json.loads(fleet.slate(*arguments).stdout)
    assert removed["backup"] in removed["restore"]
    again = fleet.slate(*arguments)
    assert json.loads(again.stdout)["error"]["hint"]


@shows("fleet move", "Relocated")
def test_a_move_and_the_event_of_its_switch(fleet: Fleet, tmp_path: Path) -> None:
    fleet.shop.do('INSERT INTO "select".t VALUES (1)')
    arguments = ("move", "select", "--to", "south", "--switch", f"cat >> '{tmp_path}/events'", "--json")
    (moved,) = (json.loads(fleet.slate(*arguments).stdout),)
    assert (moved["state"], moved["before"], moved["server"]) == ("moved", "north", "south")
    assert {m["moves"]["move"] for m in lines(fleet, "status")[:-1] if m["moves"]} == {moved["move"]}
    ran = json.loads(
        fleet.slate(
            "move", "select", "--to", "south", "--abort", "--switch", f"cat >> '{tmp_path}/events'", "--json"
        ).stdout
    )
    assert ran["state"] == "aborted"
    events = [json.loads(line) for line in (tmp_path / "events").read_text("utf-8").splitlines()]
    assert [event["event"] for event in events] == ["switch", "switch back"]
    for event in events:
        validator("switch").validate(event)


@shows("fleet role add", "LoginOutcome", "LoginOutcomesSummary")
@shows("fleet role drop", "LoginOutcome", "LoginOutcomesSummary")
@shows("fleet role list", "Reach", "LoginsSummary")
def test_logins(fleet: Fleet) -> None:
    kinds = ("people", "service", "reader")
    makes = "".join(
        f"EXECUTE format('CREATE ROLE %I NOLOGIN', current_schema() || '_{kind}'); "
        f"EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), current_schema() || '_{kind}'); "
        for kind in kinds
    )
    fleet.shop.write("shop_0002_r", f"DO $$BEGIN {makes} END$$;", "SELECT 1;")
    match = ("--match", "[Ws]e*")  # "Weird Name" and "select", on one server

    def told(command: str, *more: str) -> list[dict[str, Any]]:
        words = ("fleet", "role", command, "shop", *match, *more, "--servers", str(fleet.listed), "--json")
        return [json.loads(line) for line in fleet.shop.slate_with(*words).stdout.splitlines()]

    try:
        assert lines(fleet, "apply", *match)[-1]["summary"]
        assert {line["state"] for line in told("add")[:-1]} == {"made"}
        assert {line["state"] for line in told("add")[:-1]} == {"there already"}
        assert {line["kind"] for line in told("list")[:-1]} == {"service"}
        assert {line["state"] for line in told("drop")[:-1]} == {"removed"}
        assert told("list")[-1]["summary"]["without"]
    finally:
        for schema in ("Weird Name", "select"):
            for role in (f"{schema}_{kind}" for kind in (*kinds, "app")):
                if fleet.shop.value("SELECT count(*) FROM pg_roles WHERE rolname = %s", role):
                    fleet.shop.watch.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_every_kind_is_shown_by_a_test_here() -> None:
    assert shown(fleets=True) == published_kinds(fleets=True)
