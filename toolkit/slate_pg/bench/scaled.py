"""A disposable server that carries one product at a scale, for the sections that measure it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from slate_pg.cluster.bootstrap import bootstrap
from slate_pg.config import Product, Project
from slate_pg.migrations.runner import Run, Watcher, apply
from slate_pg.operations.seeds import Loaded, load
from slate_pg.postgres.connection import Connection, connect
from slate_pg.postgres.server import Server, disposable

SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=1GB", "work_mem=32MB",
    "max_wal_size=1GB", "max_connections=60", "jit=off", "max_parallel_workers_per_gather=0", "autovacuum=off",
)  # fmt: skip


@dataclass(frozen=True)
class Scaled:
    """One product at a scale: its server, an owner's connection, and the milliseconds each slice took."""

    project: Project
    product: Product
    scale: int
    server: Server
    connection: Connection
    loaded: list[Loaded] = field(default_factory=list)
    slices: list[float] = field(default_factory=list)

    @property
    def run(self) -> Run:
        """The product's installation, over the owner's connection."""
        return Run(self.connection, self.product, self.project.shared)

    @property
    def has_scale_data(self) -> bool:
        """True when the product has a scale seed."""
        return any(one.seed == "scale" for one in self.loaded)


Watching = Callable[[], AbstractContextManager[Watcher]]


@contextmanager
def scaled_server(project: Project, product: Product, scale: int, watching: Watching) -> Iterator[Scaled]:
    """Start a disposable server with one product at a scale, vacuumed and analyzed, and yield it. Writes to it only.

    The load is watched, what is done with the server is not.
    """
    with disposable(settings=SETTINGS) as server, connect(server.url()) as connection:
        bootstrap(connection, project)
        found = Scaled(project, product, scale, server, connection)
        with watching() as watcher:
            for each in project.select([product.name]):
                _load(found, each, watcher)
        connection.execute("VACUUM ANALYZE")
        yield found


def _load(scaled: Scaled, product: Product, watcher: Watcher) -> None:
    def finished(name: str, took: float) -> None:
        scaled.slices.append(took)
        watcher.finished(name, took)

    apply(Run(scaled.connection, product, scaled.project.shared, asks=False))
    listening = Watcher(planned=watcher.planned, started=watcher.started, finished=finished)
    run = Run(scaled.connection, product, scaled.project.shared, watcher=listening)
    scaled.loaded.extend(load(run, ("reference", "demo", "scale"), scaled.scale))
