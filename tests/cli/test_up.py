"""slate up builds, seeds, shows, and starts a server where none is given."""

import json
import os


def test_up_builds_seeds_and_shows_then_changes_nothing(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    first = slate("up")
    assert first.code == 0, first.err
    assert "flourish: what the AI was not sure of" in first.out
    assert "T001" not in first.out.split("connect:")[1]
    second = slate("up")
    assert second.code == 0
    assert second.out.startswith("up to date: nothing applied, nothing seeded\n")
    assert second.out.split("\n", 2)[2] == first.out  # what is there is shown again, and is the same
    assert second.err == ""


def test_up_as_json_says_what_changed(slate, copy, monkeypatch):
    monkeypatch.chdir(copy)
    first = json.loads(slate("up", "--json").out)
    assert first["up_to_date"] is False
    assert "flourish/demo" in first["seeded"]
    assert json.loads(slate("up", "--json").out)["up_to_date"] is True


def test_up_starts_an_embedded_server_and_down_stops_it(slate, copy, monkeypatch, slate_server):
    home = os.path.join(os.path.dirname(slate_server.host), f"slate-{os.getpid()}-up")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SLATE_HOME", home)
    monkeypatch.chdir(copy)
    try:
        assert "starting PostgreSQL" in slate("up").err
        assert slate("status").code == 0
        assert slate("up").err == ""
    finally:
        stopped = slate("down")
    assert stopped.out.startswith("stopped; the data stays in")
    assert slate("down").out == "the embedded server was not running\n"
    assert slate("status").code == 1
