"""slate seed adds each row once."""

import json


def test_seeds_loaded_twice_add_nothing(slate):
    slate("bootstrap")
    slate("apply", "flourish")
    first = json.loads(slate("seed", "flourish", "--json").out)["seeds"]
    assert [s["seed"] for s in first] == ["reference", "demo"]
    assert all(s["rows"] > 0 for s in first)
    second = json.loads(slate("seed", "flourish", "--json").out)["seeds"]
    assert [s["rows"] for s in second] == [0, 0]


def test_an_unknown_seed_set_is_named(slate):
    slate("bootstrap")
    slate("apply", "flourish")
    ran = slate("seed", "flourish", "--set", "demoo")
    assert (ran.code, 'Did you mean "demo"?' in ran.err) == (2, True)
