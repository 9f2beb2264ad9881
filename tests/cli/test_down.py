"""slate down stops its own server only."""


def test_down_stops_no_server_but_its_own(slate):
    ran = slate("down")
    assert (ran.code, "stops no server but its own" in ran.err) == (2, True)
