"""A disposable server with all that a product builds on: where its files are built to see what they make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slate_pg.checks.replay import parameters_of
from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Product, Project
from slate_pg.migrations.runner import Run, apply
from slate_pg.postgres.binaries import Binaries
from slate_pg.postgres.connection import Connection
from slate_pg.postgres.sandbox import Sandbox, sandbox


@contextmanager
def ground(
    binaries: Binaries, project: Project, product: Product, database: str, owner: str, *, trusted: bool
) -> Iterator[tuple[Sandbox, Connection]]:
    """Start a server with the cluster's roles and what the product builds on, and yield it with its owner's connection.

    Writes to a disposable server.
    """
    with sandbox(binaries, trusted=trusted) as box:
        box.make_owners([owner])
        box.make_database(database, owner)
        box.allow_parameters(parameters_of(project))
        with box.connect(database, owner) as connection:
            bootstrap(connection, project)
            box.stand_in([owner])
            for needed in project.select([product.name]):
                if needed.name != product.name:
                    apply(Run(connection, needed, project.shared, asks=False))
            yield box, connection
