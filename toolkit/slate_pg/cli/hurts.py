"""What commands that only read say of ledgers that lack something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slate_pg.config import Project
    from slate_pg.postgres.connection import Connection


def warn_of_hurts(connection: Connection, project: Project, names: list[str], done: str = "") -> None:
    """Say on stderr what ledgers lack, and what puts it back.

    What is `done` with a ledger cannot be done without one: then SlateError where one is gone altogether.
    """
    from slate_pg.cli.output import warn
    from slate_pg.errors import SlateError
    from slate_pg.migrations.belonging import say_repair
    from slate_pg.migrations.hurts import LEDGER
    from slate_pg.migrations.installations import find_hurts

    for hurt in find_hurts(connection, project, names):
        if done and hurt.kind == LEDGER:
            raise SlateError(hurt.said, hint=f"Nothing was {done}. {say_repair(hurt)}")
        as_it_is = f"the ledger is {done} as it is: " if done else "the ledger is hurt: "
        warn(f"{'' if hurt.kind == LEDGER else as_it_is}{hurt.said}. {say_repair(hurt)}")
