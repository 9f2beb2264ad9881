"""A server that is still starting is waited for; one that is there is not asked twice."""

import threading
import time

import pytest

from slate_pg.errors import ServerError
from slate_pg.postgres.binaries import find_binaries
from slate_pg.postgres.server import FAST, disposable_server
from slate_pg.postgres.waiting import wait_for_database


@pytest.fixture
def stopped():
    """A server that is made and does not run."""
    with disposable_server(find_binaries()) as server:
        server.create()
        yield server


def test_a_server_that_starts_meanwhile_is_waited_for_and_said_once(stopped):
    said = []
    starter = threading.Timer(1.0, lambda: stopped.start(FAST))
    starter.start()
    began = time.monotonic()
    wait_for_database(stopped.url(), 60, said.append)
    assert time.monotonic() - began >= 0.9
    assert said == [f"postgresql://postgres@/postgres?host={stopped.home}"]
    starter.join()


def test_a_server_that_never_comes_is_named_with_the_time(stopped):
    with pytest.raises(ServerError, match=r"takes no connections, after 0\.5 s"):
        wait_for_database(stopped.url(), 0.5)


def test_who_may_not_connect_is_not_waited_for(slate_server):
    began = time.monotonic()
    wait_for_database(f"postgresql://nobody:wrong@/no_such?host={slate_server.host}", 30)
    assert time.monotonic() - began < 25
