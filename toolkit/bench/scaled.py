"""A disposable server that carries one product at a scale, for the sections that measure it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from toolkit.bootstrap import bootstrap
from toolkit.config import Product, Project
from toolkit.connection import Connection, connect
from toolkit.runner import Run, Watcher, apply
from toolkit.seeds import Loaded, load
from toolkit.server import Server, disposable

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


@contextmanager
def scaled_server(project: Project, product: Product, scale: int, watcher: Watcher | None = None) -> Iterator[Scaled]:
    """Start a disposable server with one product at a scale, vacuumed and analyzed, and yield it. Writes to it only."""
    with disposable(SETTINGS) as server, connect(server.url()) as connection:
        bootstrap(connection, project)
        found = Scaled(project, product, scale, server, connection)
        told = watcher or Watcher()

        def finished(name: str, took: float) -> None:
            found.slices.append(took)
            told.finished(name, took)

        for each in project.select([product.name]):
            apply(Run(connection, each, project.shared))
            listening = Watcher(planned=told.planned, started=told.started, finished=finished)
            run = Run(connection, each, project.shared, watcher=listening)
            found.loaded.extend(load(run, ("reference", "demo", "scale"), scale))
        connection.execute("VACUUM ANALYZE")
        yield found
