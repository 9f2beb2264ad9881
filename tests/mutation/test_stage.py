"""The stage of a fault: nobody is in the template when tests begin to clone it."""

from __future__ import annotations

import threading

from slate_pg.mutation.stage import Stage
from slate_pg.postgres.connection import connect
from slate_pg.testing.plugin import Base


def test_tests_are_not_asked_before_every_session_has_left_the_template(slate_base: Base, empty_url: str) -> None:
    with connect(empty_url) as lingering:
        stage = Stage(slate_base, lingering.info.dbname, ["public"])
        waiting = threading.Thread(target=stage.wait_until_left)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive(), "a session is still there"
    waiting.join(60)
    assert not waiting.is_alive()
    with connect(slate_base.url()) as server:
        server.execute(f'CREATE DATABASE "{stage.template}_copy" TEMPLATE "{stage.template}"')
        server.execute(f'DROP DATABASE "{stage.template}_copy"')
