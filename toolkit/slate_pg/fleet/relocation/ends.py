"""What a move has to do with: the installation, and the two servers with a connection to each. Opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from slate_pg.config import Product, Project
from slate_pg.fleet.renaming import holding
from slate_pg.migrations.locking import Patience
from slate_pg.postgres import pins
from slate_pg.postgres.connection import Connection


@dataclass(frozen=True)
class Ends:
    """From where to where: connections in autocommit mode, and the servers' names in the list of the fleet."""

    source: Connection
    target: Connection
    origin: str
    to: str
    product: Product
    project: Project
    patience: Patience

    @property
    def schema(self) -> str:
        """The schema that the installation has on both."""
        return self.product.schema

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the installation's lock on both servers, so that no other slate works on it. Busy.

        What one of them was told is written down before the other is: a crash of either must not take it back.
        """
        for connection in (self.source, self.target):
            pins.wait_for_log(connection)
        with holding(self.source, [self.schema], self.patience), holding(self.target, [self.schema], self.patience):
            yield


@dataclass(frozen=True)
class Lost:
    """What is left of a move whose target does not answer: the source, and how the target would be reached."""

    source: Connection
    origin: str
    to: str
    url: str
    product: Product
    patience: Patience

    @property
    def schema(self) -> str:
        """The schema that the installation has on both."""
        return self.product.schema
